//! The tenant's past, for replicas that lag behind.

use std::collections::VecDeque;
use std::time::Duration;

use time::OffsetDateTime;

use crate::emulator::world::tenant::Snapshot;

/// How far a replica is behind: by writes, by time, or whichever is farther.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lag {
    pub(crate) writes: usize,
    pub(crate) seconds: f64,
}

impl Lag {
    pub(crate) fn max(self, other: Self) -> Self {
        Self { writes: self.writes.max(other.writes), seconds: self.seconds.max(other.seconds) }
    }

    fn duration(self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default()
    }
}

/// What the tenant looked like before each of its latest writes, newest last.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<(OffsetDateTime, Snapshot)>);

impl History {
    /// Remembers the moment before a write at `now`, and forgets what no replica of this `reach` can still show.
    pub(crate) fn keep(&mut self, before: Snapshot, now: OffsetDateTime, reach: Lag) {
        self.0.push_back((now, before));
        let horizon = now - reach.duration();
        while self.0.len() > reach.writes.max(1) && self.0.front().is_some_and(|(at, _)| *at <= horizon) {
            self.0.pop_front();
        }
    }

    /// What a replica with this lag shows; none when that is the present. A lag that reaches beyond what is remembered
    /// shows the oldest moment known.
    pub(crate) fn seen_with(&self, lag: Lag, now: OffsetDateTime) -> Option<Snapshot> {
        let then = now - lag.duration();
        let missed = self.0.iter().filter(|(at, _)| *at > then).count().max(lag.writes).min(self.0.len());
        let moment = self.0.len().checked_sub(missed).filter(|_| missed > 0)?;
        self.0.get(moment).map(|(_, snapshot)| snapshot.clone())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
