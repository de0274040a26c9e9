//! What a fleet does when its devices come and go, as its arguments ask: profiles awaited, Intune left, registrations kept.

use serde_json::{Map, Value as Json, json};

use super::{of, serials};
use crate::devices::Tenant;
use autopilot_provider::emulator::collections::MANAGED_DEVICES;

#[tokio::test]
async fn waiting_for_profiles_ends_with_them_or_with_a_warning() {
    let tenant = Tenant::alive().await;
    let mut waiting = of(&tenant.rows(serials(12), "HQ"));
    waiting["wait_for_profile"] = json!(true);
    let mut impatient = waiting.clone();
    impatient["timeouts"] = json!({"create": "5s"});
    let mut fleet = tenant.fleet();
    let outcome = fleet.try_apply(impatient).await;
    outcome.said.expect_no_errors("registering");
    let warning = &outcome.said.warning("without a confirmed deployment profile").detail;
    assert!(warning.contains("12 devices") && !fleet.is_tainted(), "{warning}");

    let mut profile = tenant.core.resource("autopilot_deployment_profile");
    let for_all = json!({"display_name": "All", "assignments": [{"target": "all_devices"}]});
    profile.try_apply(for_all).await.said.expect_no_errors("a profile");
    let more: Vec<String> = serials(24).collect();
    waiting["devices"] = json!(tenant.rows(more, "HQ"));
    let outcome = fleet.try_apply(waiting).await;
    outcome.said.expect_no_errors("registering");
    assert_eq!(outcome.said.warnings().count(), 0, "{}", outcome.said);
    let settled = "assignedInSync";
    let of_the_new =
        tenant.devices().into_iter().filter(|one| one["serialNumber"].as_str() >= Some("SN0012"));
    assert!(of_the_new.into_iter().all(|device| device["deploymentProfileAssignmentStatus"] == settled));
}

#[tokio::test]
async fn a_device_that_goes_leaves_intune_first_if_that_is_wanted() {
    let tenant = Tenant::quick().await;
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.refuses_enrolled_deregistration = true);
    let rows = tenant.rows(serials(3), "HQ");
    let mut leaving = of(&rows);
    leaving["on_destroy"] = json!("remove_from_intune");
    let mut fleet = tenant.fleet();
    fleet.apply(leaving.clone()).await;
    let id = fleet.state().get("devices").get("SN0001").get("id").as_str().expect("an id").to_owned();
    let managed = "0b1d3a51-4a71-4c3b-9d12-7f5d5d0f8a11";
    tenant.control().with_tenant(|tenant| {
        let record = json!({"id": managed, "serialNumber": "SN0001", "deviceName": "PC-1"});
        let record = record.as_object().cloned().expect("an object");
        tenant.collection_mut(MANAGED_DEVICES).insert(record);
    });
    tenant.change(&id, "managedDeviceId", json!(managed));
    let core = tenant.another_core().await;
    fleet.continue_with(core);
    let mut fewer = rows;
    fewer.remove("SN0001");
    leaving["devices"] = json!(fewer);
    fleet.apply(leaving).await;
    assert_eq!((tenant.devices().len(), tenant.collection(MANAGED_DEVICES).len()), (2, 0));
    fleet.destroy().await;
    assert!(tenant.devices().is_empty());
}

#[tokio::test]
async fn keeping_leaves_devices_registered_whether_they_are_taken_out_or_the_fleet_ends() {
    let tenant = Tenant::quick().await;
    let mut rows = tenant.rows(serials(30), "HQ");
    let kept = |rows: &Map<String, Json>| json!({"devices": rows, "on_destroy": "keep"});
    let mut fleet = tenant.fleet();
    fleet.apply(kept(&rows)).await;
    tenant.control().clear_requests();
    rows.retain(|serial, _| serial.as_str() < "SN0003");
    fleet.apply(kept(&rows)).await;
    assert_eq!((tenant.devices().len(), tenant.count("DELETE", "")), (30, 0), "27 go, and no guard asks");
    fleet.try_destroy().await.said.expect_no_errors("destroying");
    assert!(fleet.state().is_null());
    assert_eq!((tenant.devices().len(), tenant.count("DELETE", "")), (30, 0));
}

#[tokio::test]
async fn a_device_that_changes_fleets_in_one_apply_is_refused_while_planning() {
    let tenant = Tenant::quick().await;
    let rows = tenant.rows(serials(4), "HQ");
    let part = |range: std::ops::Range<&str>| {
        let mut part = rows.clone();
        part.retain(|serial, _| range.contains(&serial.as_str()));
        of(&part)
    };
    let (mut first, mut second) = (tenant.fleet(), tenant.fleet());
    first.apply(part("SN0000".."SN0002")).await;
    second.apply(part("SN0002".."SN0004")).await;
    // Adopted by the one and let go by the other: Terraform would do both, in no certain order.
    let adopting = |mut config: Json| {
        config["adopt_existing"] = json!(true);
        config
    };
    for leaves_first in [true, false] {
        let core = tenant.another_core().await.one_command();
        let (one, other) = (first.moved_to(&core), second.moved_to(&core));
        let (left, taken) = (part("SN0000".."SN0001"), adopting(part("SN0001".."SN0004")));
        let said = if leaves_first {
            one.plan(left).await;
            other.try_plan(taken).await
        } else {
            other.plan(taken).await;
            one.try_plan(left).await
        };
        let said = said.expect_err("one device at two addresses");
        assert!(said.error("One object at two addresses").detail.contains("removed"), "{said}");
    }
    assert_eq!(tenant.devices().len(), 4);
}
