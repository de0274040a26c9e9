//! What exists is found by the ways a person would name it.

use autopilot_provider::tf_provider::value::Value;
use serde_json::json;

use super::case::SignedIn;
use super::enrollment_status_page::VPN;
use super::stage::Stage;
use autopilot_provider::emulator::collections::BRANDING;

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

#[tokio::test]
async fn filters_and_scope_tags_are_found_by_name_and_by_id() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    for (kind, name, id) in [
        ("autopilot_assignment_filter", "windows 11 24h2", "4d0f8c26-9a17-4e5b-b3c8-71f6a2d9e054"),
        ("autopilot_scope_tag", "HEADQUARTERS", "1"),
        ("autopilot_scope_tag", "default", "0"),
    ] {
        let by_name = core.data(kind, json!({"display_name": name})).await;
        assert_eq!(by_name.get("id").as_str(), Some(id));
        let by_id = core.data(kind, json!({"id": id})).await;
        assert_eq!(by_id.get("display_name").as_str().map(str::to_lowercase), Some(name.to_lowercase()));
    }
    let filter = core.data("autopilot_assignment_filter", json!({"display_name": "Windows 11 24H2"})).await;
    assert_eq!(filter.get("rule").as_str(), Some("(device.osVersion -startsWith \"10.0.26100\")"));
    let said = core.try_data("autopilot_scope_tag", json!({"id": "Default"})).await.expect_err("no number");
    said.error("Invalid value for id");
}

#[tokio::test]
async fn a_device_in_entra_is_found_by_both_ids_and_by_a_name_that_only_one_has() {
    let stage = Stage::quick().await;
    let device = |id: &str, device_id: &str, name: &str| {
        stage.put(
            "devices",
            json!({"id": id, "deviceId": device_id, "displayName": name, "accountEnabled": true}),
        );
    };
    let (object, other, third) = (
        "0c5f6a3e-7b1d-4f02-9a64-3e8d2c1b5f70",
        "1d60f74b-8c2e-4013-8b75-4f9e3d2c6081",
        "2e71085c-9d3f-4124-9c86-50af4e3d7192",
    );
    device(object, "a0b1c2d3-e4f5-4061-8273-94a5b6c7d8e9", "HQ-1");
    device(other, "b1c2d3e4-f506-4172-9384-a5b6c7d8e9fa", "HQ-2");
    device(third, "c2d3e4f5-0617-4283-a495-b6c7d8e9fa0b", "hq-2");
    let core = stage.provider(SignedIn::Application).await;
    let kind = "autopilot_entra_device";
    for config in [
        json!({"id": object}),
        json!({"device_id": "A0B1C2D3-E4F5-4061-8273-94A5B6C7D8E9"}),
        json!({"display_name": "hq-1"}),
    ] {
        let found = core.data(kind, config).await;
        assert_eq!(
            (found.get("id").as_str(), found.get("account_enabled")),
            (Some(object), &Value::from(true))
        );
    }
    for (config, expected) in [
        (json!({"display_name": "HQ-2"}), "Several Entra devices have this name"),
        (json!({"device_id": object}), "No such Entra device"),
        (json!({"id": "00000000-1111-4222-8333-444444444444"}), "No such Entra device"),
    ] {
        core.try_data(kind, config).await.expect_err(expected).error(expected);
    }
}

#[tokio::test]
async fn company_branding_is_set_or_not_and_neither_is_an_error() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let branding = core.data("autopilot_company_branding", json!({})).await;
    assert_eq!(branding.get("is_set"), &Value::from(true));
    assert_eq!(branding.get("username_hint_text").as_str(), Some("name@contoso.com"));
    stage.control().with_tenant(|tenant| drop(tenant.collection_mut(BRANDING).remove("0")));
    let branding = core.data("autopilot_company_branding", json!({})).await;
    assert_eq!(branding.get("is_set"), &Value::from(false));
    assert!(branding.get("username_hint_text").is_null());
}

#[tokio::test]
async fn the_tenant_tells_who_signed_in_and_what_is_missing() {
    let stage = Stage::without(&["Policy.ReadWrite.DeviceConfiguration"]).await;
    let application = stage.provider(SignedIn::Application).await;
    let tenant = application.data("autopilot_tenant", json!({})).await;
    assert_eq!(tenant.get("display_name").as_str(), Some("Contoso"));
    assert_eq!(tenant.get("default_domain").as_str(), Some("contoso.onmicrosoft.com"));
    assert_eq!(tenant.get("domains").elements().len(), 2);
    assert_eq!(tenant.get("intune_licensed"), &Value::from(true));
    assert_eq!(tenant.get("entra_p1_licensed"), &Value::from(true));
    assert_eq!(tenant.get("account").get("kind").as_str(), Some("application"));
    let policy = type_of(&tenant, "autopilot_device_join_policy");
    assert_eq!(
        (policy.get("can_read"), policy.get("can_change")),
        (&Value::from(false), &Value::from(false))
    );
    let scope = type_of(&tenant, "data.autopilot_enrollment_scope");
    let missing = scope.get("missing").elements()[0].as_str().expect("a text");
    assert!(missing.contains("a signed-in person only"), "{missing}");
    let person = stage.provider(SignedIn::Administrator).await;
    let tenant = person.data("autopilot_tenant", json!({})).await;
    let account = tenant.get("account");
    assert_eq!(account.get("kind").as_str(), Some("person"));
    assert_eq!(account.get("user_principal_name").as_str(), Some("admin@contoso.onmicrosoft.com"));
    assert_eq!(type_of(&tenant, "data.autopilot_enrollment_scope").get("can_read"), &Value::from(true));
}

#[tokio::test]
async fn profiles_and_pages_are_listed_in_an_order_that_means_something() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    for name in ["Laptops", "Kiosks", "old laptops"] {
        core.resource("autopilot_deployment_profile").apply(json!({"display_name": name})).await;
        core.resource("autopilot_enrollment_status_page").apply(json!({"display_name": name})).await;
    }
    let names = |list: &Value| -> Vec<String> {
        let name = |one: &Value| one.get("display_name").as_str().unwrap_or_default().to_owned();
        list.elements().iter().map(name).collect()
    };
    let profiles = core.data("autopilot_deployment_profiles", json!({})).await;
    assert_eq!(names(profiles.get("profiles")), ["Kiosks", "Laptops", "old laptops"]);
    let some = json!({"display_name_contains": "LAPTOP"});
    let profiles = core.data("autopilot_deployment_profiles", some.clone()).await;
    assert_eq!(names(profiles.get("profiles")), ["Laptops", "old laptops"]);
    assert_eq!(profiles.get("ids").elements()[0], *profiles.get("profiles").elements()[0].get("id"));
    let pages = core.data("autopilot_enrollment_status_pages", json!({})).await;
    let all = ["Laptops", "Kiosks", "old laptops", "All users and all devices"];
    assert_eq!(names(pages.get("pages")), all);
    assert_eq!(pages.get("pages").elements()[3].get("default_page"), &Value::from(true));
    let none = core.data("autopilot_enrollment_status_pages", json!({"display_name_contains": "none"})).await;
    assert_eq!(none.get("pages"), &Value::list([]));
}

fn type_of<'v>(tenant: &'v Value, name: &str) -> &'v Value {
    let mut types = tenant.get("types").elements().iter();
    types.find(|one| one.get("type").as_str() == Some(name)).expect("the type is listed")
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
