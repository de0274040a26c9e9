//! Status pages among each other, and the apps they wait for.

use serde_json::json;

use super::case::SignedIn;
use super::enrollment_status_page::{VPN, another_page};
use super::stage::Stage;

const TYPE: &str = "autopilot_enrollment_status_page";

async fn stage_with_kiosks() -> Stage {
    let stage = Stage::quick().await;
    stage.put("deviceEnrollmentConfigurations", another_page(1, "Kiosks"));
    stage
}

#[tokio::test]
async fn pages_made_at_the_same_time_get_the_places_they_ask_for() {
    let stage = stage_with_kiosks().await;
    let core = stage.provider(SignedIn::Application).await;
    let page = |name: &str, priority: i64| {
        (core.resource(TYPE), json!({"display_name": name, "priority": priority}))
    };
    let mut pages = [page("Third", 3), page("First", 1), page("Second", 2)];
    let [a, b, c] = &mut pages;
    let (a_said, b_said, c_said) =
        tokio::join!(a.0.try_apply(a.1.clone()), b.0.try_apply(b.1.clone()), c.0.try_apply(c.1.clone()));
    for outcome in [a_said, b_said, c_said] {
        outcome.said.expect_no_errors("a page with a priority");
    }
    for (page, config) in &mut pages {
        page.assert_no_drift().await;
        page.assert_empty_plan(config.clone()).await;
    }
}

#[tokio::test]
async fn pages_swap_places() {
    let stage = stage_with_kiosks().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut page = core.resource(TYPE);
    page.apply(json!({"display_name": "Laptops"})).await;
    assert_eq!(page.state().get("priority").as_i64(), Some(2));
    page.apply(json!({"display_name": "Laptops", "priority": 1})).await;
    page.apply(json!({"display_name": "Laptops", "priority": 2})).await;
    page.destroy().await;
}

#[tokio::test]
async fn a_place_nobody_holds_is_refused_with_the_numbers_in_use() {
    let stage = stage_with_kiosks().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut page = core.resource(TYPE);
    let outcome = page.try_apply(json!({"display_name": "Laptops", "priority": 7})).await;
    let error = outcome.said.error("Priority cannot be reached");
    assert!(error.detail.contains("the numbers in use are 1, 2"), "{}", error.detail);
    assert_ne!(page.text("id"), "", "the page exists and is not lost");
}

#[tokio::test]
async fn one_place_for_two_pages_is_refused_while_planning() {
    let stage = stage_with_kiosks().await;
    let core = stage.provider(SignedIn::Application).await;
    let first = core.resource(TYPE);
    first.plan(json!({"display_name": "One", "priority": 1})).await;
    let second = core.resource(TYPE);
    let said = second.try_plan(json!({"display_name": "Two", "priority": 1})).await.expect_err("refused");
    assert!(said.error("Two status pages with one priority").detail.contains("`One` and `Two`"));
}

#[tokio::test]
async fn apps_that_cannot_block_are_named_while_planning() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let page = core.resource(TYPE);
    let config = |apps: &[&str]| json!({"display_name": "Laptops", "block_device_use": true, "blocking_app_ids": apps});
    let intranet = "82f905da-be67-4143-a8c2-7f31bda04eb5";
    let nothing = "00000000-1111-4222-8333-444444444444";
    let said = page.try_plan(config(&[VPN, intranet, nothing])).await.expect_err("refused");
    assert!(said.error("App cannot block").detail.contains("`Contoso Intranet`"));
    assert!(said.error("No such app").detail.contains(nothing));
    page.plan(config(&[VPN])).await;
}

#[tokio::test]
async fn a_tenant_without_quality_updates_says_so_and_does_the_rest() {
    let stage = Stage::quick().await;
    stage.control().with_tenant(|tenant| tenant.behaviour.intune.installs_quality_updates = false);
    let core = stage.provider(SignedIn::Application).await;
    let mut page = core.resource(TYPE);
    let outcome = page.try_apply(json!({"display_name": "Laptops", "install_quality_updates": true})).await;
    outcome.said.expect_no_errors("the page");
    assert!(outcome.said.warnings().any(|one| one.summary.contains("not available in this tenant")));
    assert!(!page.is_tainted());
}
