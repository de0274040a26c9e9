//! What is stored when something goes wrong.

use serde_json::{Value as Json, json};

use super::{Outside, playground};
use crate::support::core::{Action, ApplyOutcome, Core, Instance};

const FRAGILE: &str = "playground_fragile";

fn fragile(first: &str, second: &str, fail: &str) -> Json {
    json!({ "first": first, "second": second, "fail": fail })
}

/// Creates an object that is to fail at this moment.
async fn created_to_fail(fail: &str) -> (Core, Outside, Instance, ApplyOutcome) {
    let (core, outside) = playground().await;
    let mut vase = core.resource(FRAGILE);
    let outcome = vase.try_apply(fragile("a", "b", fail)).await;
    assert!(outcome.said.has_errors(), "{fail} failed nothing");
    (core, outside, vase, outcome)
}

/// Check 58.
#[tokio::test]
async fn what_failed_before_it_existed_leaves_nothing() {
    for fail in ["before_create", "panic_before_create"] {
        let (_core, outside, mut vase, _) = created_to_fail(fail).await;
        assert!(vase.state().is_null() && !vase.is_tainted(), "{fail}");
        vase.apply(fragile("a", "b", "never")).await;
        assert_eq!((vase.last_action(), outside.count(FRAGILE)), (Action::Create, 1));
    }
}

/// Checks 58 and 62.
#[tokio::test]
async fn what_failed_once_it_existed_is_stored_tainted_and_then_replaced() {
    for fail in ["after_create", "panic_after_create", "null_create", "undecided_create", "misshapen_create"]
    {
        let (_core, outside, mut vase, outcome) = created_to_fail(fail).await;
        assert!(vase.is_tainted(), "{fail}: {}", outcome.said);
        assert!(!vase.text("id").is_empty(), "{fail} lost the id");
        assert_eq!(vase.text("first"), "a", "{fail}");
        vase.apply(fragile("a", "b", "never")).await;
        assert_eq!((vase.last_action(), outside.count(FRAGILE)), (Action::Replace, 1), "{fail}");
        assert!(!vase.is_tainted());
    }
}

/// Check 18.
#[tokio::test]
async fn a_panic_is_reported_as_our_mistake_and_the_server_lives_on() {
    let (core, _outside, vase, outcome) = created_to_fail("panic_before_create").await;
    let message = outcome.said.error("Bug in the provider");
    assert!(message.detail.contains("create of `playground_fragile`"), "{}", message.detail);
    assert!(message.detail.contains("asked to panic before creating"), "{}", message.detail);
    assert!(vase.state().is_null());
    let said = core.resource(FRAGILE).try_plan(fragile("a", "b", "plan")).await.expect_err("it panics");
    said.error("asked to panic while planning");
    let (text, _) = core.call("initials", &[json!("panic")]).await.expect_err("it panics");
    assert!(text.contains("panicked"));
    core.resource(FRAGILE).apply(fragile("a", "b", "never")).await;
}

/// Check 59.
#[tokio::test]
async fn an_update_that_failed_half_way_shows_what_is_left_to_do() {
    for fail in ["second_step", "panic_second_step"] {
        let (core, _outside) = playground().await;
        let mut vase = core.resource(FRAGILE);
        vase.apply(fragile("a", "b", "never")).await;
        let outcome = vase.try_apply(fragile("A", "B", fail)).await;
        assert!(outcome.said.has_errors() && !vase.is_tainted());
        assert_eq!((vase.text("first"), vase.text("second"), vase.text("echo")), ("A", "b", "A"), "{fail}");
        let plan = vase.plan(fragile("A", "B", "never")).await;
        assert_eq!(plan.action, Action::Update);
        assert_eq!(plan.planned.get("first"), plan.prior.get("first"));
        assert_ne!(plan.planned.get("second"), plan.prior.get("second"));
        vase.apply(fragile("A", "B", "never")).await;
    }
}

/// Check 59.
#[tokio::test]
async fn an_update_that_failed_at_once_changes_nothing() {
    let (core, _outside) = playground().await;
    let mut vase = core.resource(FRAGILE);
    vase.apply(fragile("a", "b", "never")).await;
    let before = vase.state().clone();
    assert!(vase.try_apply(fragile("A", "B", "update")).await.said.has_errors());
    assert_eq!(vase.state(), &before);
    assert!(!vase.is_tainted());
}

/// Check 60.
#[tokio::test]
async fn what_could_not_be_deleted_is_still_stored() {
    for fail in ["delete", "panic_delete"] {
        let (core, outside) = playground().await;
        let mut vase = core.resource(FRAGILE);
        vase.apply(fragile("a", "b", fail)).await;
        let before = vase.state().clone();
        assert!(vase.try_destroy().await.said.has_errors());
        assert_eq!((vase.state(), outside.count(FRAGILE)), (&before, 1));
        vase.apply(fragile("a", "b", "never")).await;
        vase.destroy().await;
        assert_eq!(outside.count(FRAGILE), 0);
    }
}

/// Check 60.
#[tokio::test]
async fn deleting_what_is_gone_already_succeeds() {
    let (core, outside) = playground().await;
    let mut vase = core.resource(FRAGILE);
    vase.apply(fragile("a", "b", "never")).await;
    outside.delete(FRAGILE, vase.text("id"));
    vase.destroy().await;
    assert!(vase.state().is_null());
}

/// A read that fails is not an object that is gone.
#[tokio::test]
async fn a_failed_read_keeps_the_state() {
    let (core, _outside) = playground().await;
    let mut vase = core.resource(FRAGILE);
    let outcome = vase.try_apply(fragile("a", "b", "read")).await;
    assert!(!outcome.said.has_errors());
    let before = vase.state().clone();
    vase.try_refresh().await.error("nothing is known about the object");
    assert_eq!(vase.state(), &before);
}

/// Check 18. Nobody's service can be used, and everything says so in place.
#[tokio::test]
async fn a_broken_service_is_an_error_and_not_an_absence() {
    let (core, outside) = playground().await;
    let mut vase = core.resource(FRAGILE);
    vase.apply(fragile("a", "b", "never")).await;
    for object in std::fs::read_dir(outside.path().join(FRAGILE)).expect("a directory") {
        let path = object.expect("an object").path();
        std::fs::remove_file(&path).and_then(|()| std::fs::create_dir(&path)).expect("something in the way");
    }
    let said = vase.try_refresh().await;
    said.error("Service unavailable");
    assert!(!vase.state().is_null());
}
