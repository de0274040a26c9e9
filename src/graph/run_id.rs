//! What the requests of one run have in common, so that an administrator finds the run again.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// What the ids of all requests of this process begin with: `1a2b3c4d-5e6f`.
///
/// Each request tells Graph a `client-request-id` of its own, which is a GUID: the run's part, and a number. Microsoft
/// keeps it in the Graph activity logs (`ClientRequestId`), and Intune takes it for its activity id in errors.
pub fn run_id() -> &'static str {
    &RUN
}

/// The id of the next request.
pub(crate) fn next_request_id() -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed) & 0xffff_ffff_ffff;
    format!("{}-4000-8000-{number:012x}", run_id())
}

static RUN: LazyLock<String> = LazyLock::new(|| Uuid::new_v4().to_string()[..13].to_owned());
static NEXT: AtomicU64 = AtomicU64::new(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_guids_that_begin_alike_and_differ() {
        let (one, other) = (next_request_id(), next_request_id());
        assert_ne!(one, other);
        for id in [one, other] {
            assert!(Uuid::try_parse(&id).is_ok() && id.starts_with(run_id()), "{id}");
        }
    }
}
