//! Running a handler: deadline, interrupt, panic, and a caller that goes away.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::tf_provider::failure::Failure;

/// How long a handler may take to end by itself once it is interrupted. Terraform's users expect an interrupt to take
/// effect within five seconds.
const GRACE_AFTER_INTERRUPT: Duration = Duration::from_secs(4);
/// How long a handler may overrun its deadline, which its own waits should have noticed.
const GRACE_AFTER_DEADLINE: Duration = Duration::from_secs(5);

/// Runs `work` to its end, or as far as deadline and interrupt allow. A panic becomes a failure that says it is our bug.
pub(super) async fn run<T>(
    operation: &str,
    limit: Duration,
    cancel: &CancellationToken,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let interrupted = async {
        cancel.cancelled().await;
        tokio::time::sleep(GRACE_AFTER_INTERRUPT).await;
    };
    tokio::select! {
        biased;
        done = AssertUnwindSafe(work).catch_unwind() => done.unwrap_or_else(|panic| Err(panicked(operation, &*panic))),
        () = interrupted => Err(Failure::new(
            "Interrupted",
            format!("The operation ({operation}) was interrupted before it ended. The state holds what is known to \
                     exist; run apply again to go on."),
        )),
        () = tokio::time::sleep(limit + GRACE_AFTER_DEADLINE) => Err(Failure::new(
            "Timed out",
            format!("The operation ({operation}) was not finished within {}. The state holds what is known to exist. \
                     Run apply again to go on, or allow more time in the `timeouts` block.", readable(limit)),
        )),
    }
}

/// Runs pure work to its end. A panic becomes a failure that says it is our bug.
pub(super) fn guarded<T>(operation: &str, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(operation, &*panic)))
}

/// Runs `work` on a task of its own, so that a caller who goes away interrupts it (through the token it is given)
/// instead of cutting it off in the middle of a write.
pub(super) async fn detached<T, F>(
    stop: CancellationToken,
    work: impl FnOnce(CancellationToken) -> F,
) -> Result<T, Failure>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let cancel = stop.child_token();
    let on_drop = cancel.clone().drop_guard();
    let finished = tokio::spawn(work(cancel).in_current_span()).await;
    on_drop.disarm();
    finished.map_err(|error| match error.try_into_panic() {
        Ok(panic) => panicked("answering Terraform", &*panic),
        Err(_) => Failure::bug("A task was stopped before it ended"),
    })
}

/// A duration as a person writes it in the `timeouts` block.
pub(crate) fn readable(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) if s > 0 || duration.is_zero() => format!("{s}s"),
        (0, 0, _) => format!("{}ms", duration.as_millis()),
        (0, m, 0) => format!("{m}m"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, 0, _) => format!("{h}h"),
        (h, m, _) => format!("{h}h{m}m"),
    }
}

fn panicked(operation: &str, panic: &(dyn Any + Send)) -> Failure {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    Failure::bug(format!("The provider panicked in the operation ({operation}): {text}"))
}
