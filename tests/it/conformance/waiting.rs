//! Deadlines, interrupts, and hosts that go away.

use std::time::{Duration, Instant};

use serde_json::json;

use super::playground;
use crate::support::core::Action;
use crate::support::raw::soon;

const SLOW: &str = "playground_slow";

/// Check 64.
#[tokio::test]
async fn an_interrupt_ends_a_wait_at_once_and_keeps_what_exists() {
    let (core, outside) = playground().await;
    let mut bread = core.resource(SLOW);
    let started = Instant::now();
    let config = json!({ "name": "rye", "create_seconds": 600 });
    let (outcome, ()) = soon(async {
        tokio::join!(bread.try_apply(config), async {
            outside.until("waiting").await;
            core.interrupt().await;
        })
    })
    .await;
    outcome.said.error("interrupted");
    assert!(started.elapsed() < Duration::from_secs(3), "took {:?}", started.elapsed());
    assert!(bread.is_tainted() && !bread.text("id").is_empty());
    assert!(outside.journal().iter().any(|line| line.starts_with("interrupted")));
}

/// Check 64. Terraform asks on after an interrupt, and may ask the same process for another run.
#[tokio::test]
async fn after_an_interrupt_the_server_goes_on() {
    let (core, _outside) = playground().await;
    core.interrupt().await;
    let mut bread = core.resource(SLOW);
    bread.apply(json!({ "name": "rye" })).await;
    assert_eq!(bread.last_action(), Action::Create);
}

/// Check 64. Even a handler that never looks up is over in less than five seconds.
#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_a_handler_that_does_not_heed_it() {
    let (core, outside) = playground().await;
    let mut bread = core.resource(SLOW);
    let config = json!({ "name": "rye", "create_seconds": 600, "attentive": false });
    let (outcome, interrupted) = tokio::join!(bread.try_apply(config), async {
        outside.until("waiting").await;
        core.interrupt().await;
        tokio::time::Instant::now()
    });
    outcome.said.error("Interrupted");
    assert!(interrupted.elapsed() < Duration::from_secs(5), "took {:?}", interrupted.elapsed());
    assert!(bread.is_tainted() && !bread.text("id").is_empty());
}

/// Check 65.
#[tokio::test]
async fn a_deadline_names_the_operation_and_keeps_what_exists() {
    let (core, outside) = playground().await;
    let mut bread = core.resource(SLOW);
    let config = json!({ "name": "rye", "create_seconds": 600, "timeouts": { "create": "50ms" } });
    let outcome = bread.try_apply(config).await;
    assert!(outcome.said.error("Timed out").detail.contains("create_seconds"));
    assert!(outside.journal().iter().any(|line| line.starts_with("expired")));
    assert!(bread.is_tainted() && !bread.text("id").is_empty());
}

/// Check 65. The same for handlers that do not look at the clock.
#[tokio::test(start_paused = true)]
async fn a_deadline_ends_a_handler_that_does_not_heed_it() {
    let (core, _outside) = playground().await;
    let mut bread = core.resource(SLOW);
    let mut slow = json!({ "name": "rye", "update_seconds": 600, "delete_seconds": 600, "attentive": false });
    slow["timeouts"] = json!({ "update": "1m", "delete": "2m" });
    bread.apply(slow.clone()).await;
    let mut hurried = slow;
    hurried["name"] = json!("wheat");
    let outcome = bread.try_apply(hurried.clone()).await;
    let detail = &outcome.said.error("Timed out").detail;
    assert!(detail.contains("update of `playground_slow`") && detail.contains("1m"), "{detail}");
    assert_eq!(bread.text("name"), "rye", "nothing was changed");
    let outcome = bread.try_destroy().await;
    let detail = &outcome.said.error("Timed out").detail;
    assert!(detail.contains("delete of `playground_slow`"), "{detail}");
    assert_eq!(bread.text("name"), "rye");
}

/// Checks 16 and 17. A client that gives up interrupts its own call and no other, and the write it was in is completed.
#[tokio::test]
async fn a_call_that_is_given_up_is_interrupted_and_others_go_on() {
    let (core, outside) = playground().await;
    let mut bread = core.resource(SLOW);
    let given_up = bread.try_apply(json!({ "name": "rye", "create_seconds": 600 }));
    tokio::select! {
        outcome = given_up => panic!("it ended: {}", outcome.said),
        () = outside.until("waiting") => {}
    }
    soon(outside.until("interrupted")).await;
    core.resource(SLOW).apply(json!({ "name": "wheat" })).await;
}
