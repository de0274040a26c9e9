//! What exists is found by the ways a person would name it.

use autopilot_provider::tf_provider::value::Value;
use serde_json::json;

use super::case::SignedIn;
use super::enrollment_status_page::VPN;
use super::stage::Stage;

#[tokio::test]
async fn a_profile_is_found_by_name_in_any_case_and_by_id() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut profile = core.resource("autopilot_deployment_profile");
    profile
        .apply(json!({"display_name": "Contoso laptops", "assignments": [{"target": "all_devices"}]}))
        .await;
    let by_name = core.data("autopilot_deployment_profile", json!({"display_name": "contoso LAPTOPS"})).await;
    assert_eq!(by_name.get("id").as_str(), Some(profile.text("id")));
    assert_eq!(by_name.get("assignments").elements()[0].get("target").as_str(), Some("all_devices"));
    let by_id = core.data("autopilot_deployment_profile", json!({"id": profile.text("id")})).await;
    assert_eq!(by_id.get("display_name").as_str(), Some("Contoso laptops"));
    assert_eq!(by_id.get("user_account_type"), profile.state().get("user_account_type"));
}

#[tokio::test]
async fn the_default_status_page_is_found_by_what_it_is() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let kind = "autopilot_enrollment_status_page";
    let page = core.data(kind, json!({"default_page": true})).await;
    assert_eq!(page.get("display_name").as_str(), Some("All users and all devices"));
    assert_eq!(page.get("priority").as_i64(), Some(0));
    let again = core.data(kind, json!({"id": page.get("id").as_str()})).await;
    assert_eq!(again.get("default_page"), &Value::from(true));
    let mut own = core.resource(kind);
    own.apply(json!({"display_name": "Laptops"})).await;
    let found = core.data(kind, json!({"display_name": "laptops"})).await;
    assert_eq!(found.get("id").as_str(), Some(own.text("id")));
    assert_eq!(found.get("default_page"), &Value::from(false));
}

#[tokio::test]
async fn a_group_and_a_user_are_found_and_judged() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let group = core.data("autopilot_group", json!({"display_name": "contoso employees"})).await;
    assert_eq!(group.get("id").as_str(), Some("a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346"));
    assert_eq!(group.get("membership_rule_paused"), &Value::from(false));
    let megan = core.data("autopilot_user", json!({"user_principal_name": "Megan@Contoso.com"})).await;
    assert_eq!(megan.get("account_enabled"), &Value::from(true));
    assert_eq!(megan.get("intune_licensed"), &Value::from(true));
    let guest = core.data("autopilot_user", json!({"id": guest(&stage)})).await;
    assert_eq!(guest.get("intune_licensed"), &Value::from(false));
}

#[tokio::test]
async fn what_is_not_there_is_an_error_at_the_argument() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let id = json!({"id": "00000000-1111-4222-8333-444444444444"});
    let page =
        json!({"id": "00000000-1111-4222-8333-444444444444_Windows10EnrollmentCompletionPageConfiguration"});
    for (kind, config, expected) in [
        ("autopilot_user", json!({"user_principal_name": "nobody@contoso.com"}), "No such user"),
        ("autopilot_group", json!({"display_name": "Nobody"}), "No such group"),
        ("autopilot_group", id.clone(), "No such group"),
        ("autopilot_deployment_profile", id.clone(), "No such deployment profile"),
        ("autopilot_enrollment_status_page", page, "No such enrollment status page"),
        ("autopilot_enrollment_status_page", id, "Invalid value for id"),
        ("autopilot_group", json!({}), "Argument missing"),
        ("autopilot_enrollment_status_page", json!({"default_page": false}), "No page is named"),
    ] {
        let said = core.try_data(kind, config).await.expect_err(expected);
        said.error(expected);
    }
}

#[tokio::test]
async fn apps_are_searched_among_those_that_can_block() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let kind = "autopilot_mobile_apps";
    let vpn = core.data(kind, json!({"display_name": "company vpn"})).await;
    assert_eq!(vpn.get("ids"), &Value::list([Value::from(VPN)]));
    assert_eq!(vpn.get("apps").elements()[0].get("kind").as_str(), Some("win32"));
    let all = core.data(kind, json!({})).await;
    let names: Vec<_> =
        all.get("apps").elements().iter().filter_map(|app| app.get("display_name").as_str()).collect();
    assert!(!names.contains(&"Contoso Intranet"), "a web link blocks nothing: {names:?}");
    assert!(names.is_sorted_by_key(|name| name.to_lowercase()), "{names:?}");
    let of_contoso = core.data(kind, json!({"publisher": "contoso", "kinds": ["msi"]})).await;
    assert_eq!(of_contoso.get("apps").elements().len(), 1);
    let none = core.data(kind, json!({"display_name_contains": "no such thing"})).await;
    assert_eq!(none.get("ids"), &Value::list([]));
}

#[tokio::test]
async fn the_policies_of_the_tenant_are_shown_to_whom_may_see_them() {
    let stage = Stage::quick().await;
    let application = stage.provider(SignedIn::Application).await;
    let policy = application.data("autopilot_device_join_policy", json!({})).await;
    assert!(policy.get("device_limit").as_i64().is_some());
    let said = application.try_data("autopilot_enrollment_scope", json!({})).await.expect_err("refused");
    said.error("signed-in person");
    let person = stage.provider(SignedIn::Administrator).await;
    let scope = person.data("autopilot_enrollment_scope", json!({})).await;
    assert!(scope.get("mdm").get("scope").as_str().is_some());
}

fn guest(stage: &Stage) -> String {
    let state = stage.control().state();
    let users = state["collections"]["users"].to_string();
    let all: serde_json::Value = serde_json::from_str(&users).unwrap_or_default();
    let rows: Vec<serde_json::Value> = match all {
        serde_json::Value::Array(rows) => rows,
        serde_json::Value::Object(rows) => rows.into_iter().map(|(_, row)| row).collect(),
        _ => Vec::new(),
    };
    let guest = rows.iter().find(|user| user["userType"] == "Guest").expect("Contoso has a guest");
    guest["id"].as_str().expect("an id").to_owned()
}
