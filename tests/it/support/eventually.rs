//! Awaiting a condition instead of sleeping.

use std::time::{Duration, Instant};

/// Whether something comes to hold within a minute.
#[must_use = "asserted by who waits"]
pub(crate) async fn eventually(mut holds: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > PATIENCE {
            return false;
        }
        tokio::time::sleep(PAUSE).await;
    }
    true
}

/// The same where no runtime waits: for tests of processes.
#[must_use = "asserted by who waits"]
pub(crate) fn eventually_blocking(mut holds: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
    true
}

const PAUSE: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(60);
