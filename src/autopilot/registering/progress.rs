//! How far a registration is, for whoever waits: in the log, and in a file if one is named.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What is reported while devices are registered.
pub(crate) struct Progress {
    all: usize,
    began: Instant,
    last: String,
    file: Option<PathBuf>,
}

impl Progress {
    /// Of so many devices; `AUTOPILOT_PROGRESS_FILE` names the file.
    pub(crate) fn new(all: usize) -> Self {
        let file = std::env::var_os("AUTOPILOT_PROGRESS_FILE").filter(|name| !name.is_empty());
        Self { all, began: Instant::now(), last: String::new(), file: file.map(PathBuf::from) }
    }

    /// Says that so many are registered, and so many decided, if that is news.
    pub(crate) fn tell(&mut self, registered: usize, decided: usize) {
        let line = sentence(registered, decided, self.all, self.began.elapsed());
        if self.all == 0 || line == self.last {
            return;
        }
        tracing::info!("{line}");
        if let Some(path) = &self.file
            && let Err(error) = append(path, &line)
        {
            tracing::warn!(%error, "AUTOPILOT_PROGRESS_FILE cannot be written");
            self.file = None;
        }
        self.last = line;
    }
}

fn sentence(registered: usize, decided: usize, all: usize, took: Duration) -> String {
    let progress = format!("{registered} of {all} registered");
    let open = all.saturating_sub(decided);
    if open == 0 {
        return progress;
    }
    let Some(each) = took.checked_div(u32::try_from(decided).unwrap_or(u32::MAX)) else {
        return format!("{progress}; the first ones take one to two minutes, hundreds fifteen");
    };
    let left = each.saturating_mul(u32::try_from(open).unwrap_or(u32::MAX));
    format!("{progress}, about {} minutes left", left.as_secs().div_ceil(60))
}

fn append(path: &PathBuf, line: &str) -> std::io::Result<()> {
    let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
    writeln!(OpenOptions::new().create(true).append(true).open(path)?, "{now} {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_what_was_done() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let table = [
            (0, 0, "0 of 500 registered; the first ones take one to two minutes, hundreds fifteen"),
            (100, 100, "100 of 500 registered, about 8 minutes left"),
            (240, 250, "240 of 500 registered, about 2 minutes left"),
            (499, 500, "499 of 500 registered"),
        ];
        for (registered, decided, expected) in table {
            assert_eq!(sentence(registered, decided, 500, minutes(2)), expected);
        }
    }
}
