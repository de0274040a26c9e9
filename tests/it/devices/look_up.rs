//! `data.autopilot_device` and `data.autopilot_devices`.

use serde_json::json;

use super::Tenant;
use autopilot_provider::emulator::collections::{DEVICES, IDENTITIES};

#[tokio::test]
async fn devices_are_found_by_what_they_are() {
    let tenant = Tenant::quick().await;
    for (serial, tag) in [("B-2 x", "HQ"), ("A1", ""), ("C3", "hq")] {
        let mut device = tenant.core.resource("autopilot_device_identity");
        device
            .apply(json!({"serial_number": serial, "hardware_hash": tenant.hash(serial), "group_tag": tag}))
            .await;
    }
    let one = tenant.core.data("autopilot_device", json!({"serial_number": "b-2 X"})).await;
    assert_eq!(one.get("group_tag").as_str(), Some("HQ"));
    let id = one.get("id").as_str().expect("an id");
    let same = tenant.core.data("autopilot_device", json!({"id": id})).await;
    assert_eq!(same.get("serial_number").as_str(), Some("B-2 x"));

    for (filter, expected) in [
        (json!({}), vec!["A1", "B-2 x", "C3"]),
        (json!({"group_tag": "HQ"}), vec!["B-2 x", "C3"]),
        (json!({"group_tag": ""}), vec!["A1"]),
        (json!({"model": "contoso book 14", "profile_status": "not_assigned"}), vec!["A1", "B-2 x", "C3"]),
        (json!({"enrollment_state": "enrolled"}), vec![]),
    ] {
        let found = tenant.core.data("autopilot_devices", filter.clone()).await;
        let serials: Vec<_> = found
            .get("devices")
            .elements()
            .iter()
            .filter_map(|device| device.get("serial_number").as_str())
            .collect();
        assert_eq!(serials, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_device_shows_the_profile_it_has_the_one_it_is_to_have_and_its_object_in_entra() {
    let tenant = Tenant::quick().await;
    let mut profile = tenant.core.resource("autopilot_deployment_profile");
    profile.apply(json!({"display_name": "Laptops", "assignments": [{"target": "all_devices"}]})).await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    device
        .apply(json!({"serial_number": "SN1", "hardware_hash": tenant.hash("SN1"), "wait_for_profile": true}))
        .await;
    assert_eq!(device.state().get("profile_status").as_str(), Some("assigned"));
    assert!(device.state().get("profile_assigned_date_time").as_str().is_some());
    let object = tenant.collection(DEVICES)[0]["id"].as_str().map(str::to_owned);
    assert_eq!(device.state().get("entra_object_id").as_str().map(str::to_owned), object);
    tenant.change(device.text("id"), "remediationState", json!("manualRemediationRequired"));

    let core = tenant.another_core().await;
    let found = core.data("autopilot_device", json!({"serial_number": "SN1"})).await;
    for which in ["assigned_profile", "intended_profile"] {
        assert_eq!(found.get(which).get("id").as_str(), Some(profile.text("id")), "{which}");
        assert_eq!(found.get(which).get("display_name").as_str(), Some("Laptops"), "{which}");
        assert!(found.get(which).get("last_modified_date_time").as_str().is_some(), "{which}");
    }
    assert_eq!(found.get("entra_object_id").as_str().map(str::to_owned), object);
    assert_eq!(found.get("remediation_state").as_str(), Some("manual_required"));
    let mut seen = device.moved_to(&core);
    seen.refresh().await;
    assert_eq!(seen.state().get("remediation_state").as_str(), Some("manual_required"));
}

/// docs-contrib #5985.
#[tokio::test]
async fn a_profile_status_that_a_single_read_does_not_know_is_taken_from_the_list() {
    let tenant = Tenant::quick().await;
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.hides_profile_status_of_one = true);
    let mut profile = tenant.core.resource("autopilot_deployment_profile");
    profile.apply(json!({"display_name": "Laptops", "assignments": [{"target": "all_devices"}]})).await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    let written =
        json!({"serial_number": "SN1", "hardware_hash": tenant.hash("SN1"), "wait_for_profile": true});
    device.apply(written).await;
    assert_eq!(device.state().get("profile_status").as_str(), Some("assigned"));
    let by_id = tenant.core.data("autopilot_device", json!({"id": device.text("id")})).await;
    assert_eq!(by_id.get("profile_status").as_str(), Some("assigned"));
}

#[tokio::test]
async fn a_device_that_is_not_there_is_an_error_that_names_it() {
    let tenant = Tenant::quick().await;
    let said = tenant.core.try_data("autopilot_device", json!({"serial_number": "SN404"})).await.unwrap_err();
    let detail = &said.error("No such Autopilot device").detail;
    assert!(detail.contains("`SN404`") && detail.contains("`serial_number`"), "{detail}");
    assert!(!detail.contains("serial:"), "that is for import ids: {detail}");
}

#[tokio::test]
async fn a_serial_number_of_two_devices_is_an_error_that_lists_both() {
    let tenant = Tenant::quick().await;
    let written = json!({"serial_number": "DefaultString", "hardware_hash": tenant.hash("DefaultString")});
    tenant.control().with_tenant(|tenant| {
        let devices = tenant.collection_mut(IDENTITIES);
        for (id, tag) in [("one", "HQ"), ("another", "KIOSK")] {
            let device = json!({"id": id, "serialNumber": "DefaultString", "groupTag": tag});
            devices.insert(device.as_object().cloned().expect("an object"));
        }
    });
    let before = tenant.devices();
    let lists_both = |said: &crate::support::core::Said| {
        let detail = &said.error("Several devices have this serial number").detail;
        assert!(
            detail.contains("one (") && detail.contains("another (") && detail.contains("`KIOSK`"),
            "{detail}"
        );
    };

    let wanted = json!({"serial_number": "defaultstring"});
    lists_both(&tenant.core.try_data("autopilot_device", wanted).await.unwrap_err());
    let mut device = tenant.core.resource("autopilot_device_identity");
    lists_both(&device.try_import("serial:DefaultString").await);
    let mut adopting = written;
    adopting["adopt_existing"] = json!(true);
    lists_both(&tenant.core.resource("autopilot_device_identity").try_apply(adopting).await.said);
    lists_both(&tenant.core.resource("autopilot_user_assignment").try_import("serial:DefaultString").await);
    assert_eq!(tenant.devices(), before);
}
