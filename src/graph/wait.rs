//! Waiting for what Graph has promised: named, bounded, visible in the log, over at once when interrupted.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tracing::info;

use super::error::Error;
use super::scope::{Ended, Scope};

/// What one look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Poll<T> {
    /// It is there.
    Ready(T),
    /// It is not, and this is the state in words: `status unknown`. Shown in the log and when time runs out.
    Pending(String),
}

/// How often to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    before: Duration,
    first: Duration,
    longest: Duration,
    in_a_row: u32,
}

impl Schedule {
    /// Always after the same time.
    pub const fn every(time: Duration) -> Self {
        Self { before: Duration::ZERO, first: time, longest: time, in_a_row: 1 }
    }

    /// First after `first`, then after half as long again each time, up to `longest`.
    pub const fn growing(first: Duration, longest: Duration) -> Self {
        Self { before: Duration::ZERO, first, longest, in_a_row: 1 }
    }

    /// Believes only so many good looks in a row: the directory's replicas know a new object one after the other.
    pub const fn in_a_row(mut self, looks: u32) -> Self {
        self.in_a_row = looks;
        self
    }

    /// The first look is after this time.
    pub const fn starting_after(mut self, time: Duration) -> Self {
        self.before = time;
        self
    }

    fn after(&self, looks: u32) -> Duration {
        self.first.mul_f64(1.5_f64.powi(looks.min(60).cast_signed())).min(self.longest)
    }
}

/// Looks until it is done, an error comes, or the scope ends. The first look is at once, unless the schedule
/// says otherwise. `what` completes the sentence "waiting for …": `the import of serial X to finish`.
///
/// # Errors
/// Those of the look; or, when the scope ends, what was awaited, for how long, and the last state seen.
pub async fn wait<T, E, F, Fut>(what: &str, scope: &Scope, schedule: Schedule, mut look: F) -> Result<T, E>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Poll<T>, E>>,
    E: From<Error>,
{
    let started = Instant::now();
    let mut last = String::new();
    let mut good = 0;
    let mut looks = 0;
    let ended = |ended: Ended, last: &str| {
        let seen = if last.is_empty() { String::new() } else { format!("; last seen: {last}") };
        E::from(Error::ended(ended, format_args!("{what}, after {} s{seen}", started.elapsed().as_secs())))
    };
    if !schedule.before.is_zero() {
        scope.sleep(schedule.before).await.map_err(|e| ended(e, &last))?;
    }
    loop {
        match scope.run(look()).await.map_err(|e| ended(e, &last))?? {
            Poll::Ready(found) if good + 1 >= schedule.in_a_row => return Ok(found),
            Poll::Ready(_) => good += 1,
            Poll::Pending(state) => {
                good = 0;
                last = state;
            }
        }
        info!(waited_s = started.elapsed().as_secs(), state = last, "Waiting for {what}");
        scope.sleep(schedule.after(looks)).await.map_err(|e| ended(e, &last))?;
        looks += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::ErrorKind;
    use tokio_util::sync::CancellationToken;

    const SECOND: Duration = Duration::from_secs(1);

    fn scope(allowed: u64) -> Scope {
        Scope::new(CancellationToken::new(), SECOND * allowed as u32)
    }

    #[tokio::test(start_paused = true)]
    async fn looks_at_once_and_then_on_schedule() {
        let started = Instant::now();
        let mut times = Vec::new();
        let found: Result<_, Error> =
            wait("x", &scope(600), Schedule::growing(SECOND * 2, SECOND * 4), || {
                times.push(started.elapsed().as_secs());
                let done = times.len() == 5;
                async move { Ok(if done { Poll::Ready(7) } else { Poll::Pending("nothing".into()) }) }
            })
            .await;
        assert_eq!((found.unwrap(), times), (7, vec![0, 2, 5, 9, 13]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_schedule_may_start_later() {
        let started = Instant::now();
        let schedule = Schedule::every(SECOND).starting_after(SECOND * 30);
        let look = || async { Ok::<_, Error>(Poll::Ready(started.elapsed())) };
        assert_eq!(wait("x", &scope(600), schedule, look).await.unwrap(), SECOND * 30);
        assert_eq!(wait("x", &scope(20), schedule, look).await.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_names_what_was_awaited_and_its_last_state() {
        let never = async || Ok::<_, Error>(Poll::<()>::Pending("status unknown".into()));
        let error = wait("the import of serial X to finish", &scope(60), Schedule::every(SECOND * 7), never)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(
            error.to_string(),
            "The time ran out while waiting for the import of serial X to finish, after 60 s; last seen: status unknown"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_interruption_ends_even_a_look() {
        let cancel = CancellationToken::new();
        let scope = Scope::until_cancelled(cancel.clone());
        let hang = || async {
            cancel.cancel();
            std::future::pending::<Result<Poll<()>, Error>>().await
        };
        assert_eq!(
            wait("x", &scope, Schedule::every(SECOND), hang).await.unwrap_err().kind(),
            ErrorKind::Interrupted
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_flapping_object_is_believed_only_after_enough_good_looks() {
        let mut answers = [true, false, true, true, false, true, true, true].into_iter();
        let found: Result<_, Error> = wait("x", &scope(600), Schedule::every(SECOND).in_a_row(3), || {
            let there = answers.next().unwrap();
            async move { Ok(if there { Poll::Ready(()) } else { Poll::Pending("404".into()) }) }
        })
        .await;
        found.unwrap();
        assert_eq!(answers.next(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_of_a_look_ends_the_wait() {
        let broken = async || Err::<Poll<()>, _>(Error::new(ErrorKind::Refused, "no"));
        assert_eq!(
            wait("x", &scope(60), Schedule::every(SECOND), broken).await.unwrap_err().kind(),
            ErrorKind::Refused
        );
    }
}
