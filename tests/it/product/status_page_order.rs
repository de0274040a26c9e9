//! Status pages among each other, and the apps they wait for.

use futures_util::StreamExt;
use serde_json::{Value as Json, json};

use super::case::SignedIn;
use super::enrollment_status_page::{VPN, another_page};
use super::stage::Stage;
use crate::support::core::Instance;

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

/// Terraform runs ten at a time, and a page that waited for one that is still to be created would wait for ever.
#[tokio::test]
async fn thirty_pages_get_their_places_in_whatever_order_they_are_made() {
    let stage = Stage::quick().await;
    // Terraform plans in one process and applies in another.
    let core = stage.provider(SignedIn::Application).await.one_command();
    let applying = stage.provider(SignedIn::Application).await.one_command();
    let mut pages: Vec<(Instance, Json)> = (1..=30)
        .map(|place| {
            (core.resource(TYPE), json!({"display_name": format!("Page {place}"), "priority": place}))
        })
        .collect();
    // Far from sorted: 30, 1, 29, 2 ...
    pages.sort_by_key(|(_, config)| (config["priority"].as_i64().unwrap_or_default() - 15).abs());
    pages.reverse();
    let applied = pages.iter_mut().map(async |(page, config)| {
        let planned = page.plan(&*config).await;
        page.continue_with(applying.clone());
        page.apply_planned(planned, &*config).await
    });
    let said: Vec<_> = futures_util::stream::iter(applied).buffer_unordered(10).collect().await;
    said.iter().for_each(|said| said.expect_no_errors("a page of thirty"));
    everything_is_in_place(&stage, &mut pages).await;
    // One in the middle is deleted outside, and its number is not used again.
    let gone = pages.remove(pages.len() / 2);
    let address = format!("/beta/deviceManagement/deviceEnrollmentConfigurations/{}", gone.0.text("id"));
    stage.administrator("DELETE", &address, Json::Null).await;
    pages.sort_by_key(|(_, config)| config["priority"].as_i64());
    for (rank, (page, config)) in pages.iter_mut().enumerate() {
        config["priority"] = json!(rank + 1);
        page.continue_with(stage.provider(SignedIn::Application).await);
        page.apply(&*config).await;
    }
    everything_is_in_place(&stage, &mut pages).await;
}

/// In new processes, because what one of them reads once it may tell again.
async fn everything_is_in_place(stage: &Stage, pages: &mut [(Instance, Json)]) {
    for (page, config) in pages {
        page.continue_with(stage.provider(SignedIn::Application).await);
        page.assert_empty_plan(&*config).await;
    }
}

#[tokio::test]
async fn a_place_behind_the_last_page_is_the_last() {
    let stage = stage_with_kiosks().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut page = core.resource(TYPE);
    page.apply(json!({"display_name": "Laptops", "priority": 7})).await;
    page.assert_no_drift().await;
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
