//! Until when a call may go on, and who may interrupt it.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The life of one operation: its deadline and the switch that interrupts it.
///
/// Every call of this room takes one. Cloning is cheap and shares the switch.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    cancel: CancellationToken,
    deadline: Option<Instant>,
}

/// Why an operation ended before its work did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Interrupted,
    DeadlinePassed,
}

impl Scope {
    /// A scope that ends when `cancel` is cancelled or when `allowed` has passed from now.
    pub fn new(cancel: CancellationToken, allowed: Duration) -> Self {
        Self { cancel, deadline: Some(Instant::now() + allowed) }
    }

    /// A scope that ends only when `cancel` is cancelled. Retries are then bounded by their number alone.
    pub fn until_cancelled(cancel: CancellationToken) -> Self {
        Self { cancel, deadline: None }
    }

    /// A scope with both ends as given.
    pub(crate) fn between(cancel: CancellationToken, deadline: Option<Instant>) -> Self {
        Self { cancel, deadline }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The same scope with a deadline no later than `allowed` from now.
    pub fn within(&self, allowed: Duration) -> Self {
        let sooner = Instant::now() + allowed;
        Self { cancel: self.cancel.clone(), deadline: Some(self.deadline.map_or(sooner, |d| d.min(sooner))) }
    }

    /// How much time is left; `None` when there is no deadline.
    pub fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Whether the operation was interrupted.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Runs `work` until it is done or the scope ends, whichever is first. The work is dropped when the scope ends.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Result<T, Ended> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Ended::Interrupted),
            () = self.passed() => Err(Ended::DeadlinePassed),
            done = work => Ok(done),
        }
    }

    /// Sleeps for `time`, or less when the scope ends.
    pub(crate) async fn sleep(&self, time: Duration) -> Result<(), Ended> {
        self.run(tokio::time::sleep(time)).await
    }

    async fn passed(&self) {
        match self.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_ends_with_the_deadline() {
        let scope = Scope::new(CancellationToken::new(), Duration::from_secs(5));
        let started = Instant::now();
        assert_eq!(scope.run(std::future::pending::<()>()).await, Err(Ended::DeadlinePassed));
        assert_eq!(started.elapsed(), Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn an_interruption_wins_over_finished_work() {
        let cancel = CancellationToken::new();
        let scope = Scope::until_cancelled(cancel.clone());
        cancel.cancel();
        assert_eq!(scope.run(async { 1 }).await, Err(Ended::Interrupted));
    }

    #[tokio::test(start_paused = true)]
    async fn a_narrower_scope_never_outlives_the_wider_one() {
        let wide = Scope::new(CancellationToken::new(), Duration::from_secs(5));
        assert_eq!(wide.within(Duration::from_secs(60)).left(), Some(Duration::from_secs(5)));
        assert_eq!(wide.within(Duration::from_secs(1)).left(), Some(Duration::from_secs(1)));
    }
}
