//! `autopilot_user_assignment`.

use autopilot_provider::emulator::{Effect, Fault};
use serde_json::{Value as Json, json};

use super::Tenant;
use crate::support::core::{Action, Instance};

async fn registered(tenant: &Tenant, serial: &str) -> Instance {
    let mut device = tenant.core.resource("autopilot_device_identity");
    device.apply(json!({"serial_number": serial, "hardware_hash": tenant.hash(serial)})).await;
    device
}

fn to(device: &Instance, user: &str) -> Json {
    json!({"device_id": device.text("id"), "user_principal_name": user})
}

#[tokio::test]
async fn an_assignment_lives_and_leaves_the_device() {
    let tenant = Tenant::alive().await;
    let device = registered(&tenant, "SN1").await;
    let mut user = tenant.core.resource("autopilot_user_assignment");
    user.apply(to(&device, "megan@contoso.com")).await;
    assert_eq!(user.text("addressable_user_name"), "Megan Bowen");
    assert_eq!(user.text("serial_number"), "SN1");
    user.assert_empty_plan(to(&device, "Megan@Contoso.com")).await;

    user.apply(to(&device, "alex@contoso.com")).await;
    assert_eq!((user.last_action(), user.text("addressable_user_name")), (Action::Update, "Alex Wilber"));
    let mut greeted = to(&device, "alex@contoso.com");
    greeted["addressable_user_name"] = json!("Boss");
    user.apply(greeted).await;
    assert_eq!(tenant.devices()[0]["addressableUserName"], "Boss");

    for name in [device.text("id"), "serial:sn1"] {
        let mut found = tenant.core.resource("autopilot_user_assignment");
        found.import(name).await;
        assert_eq!(found.state(), user.state(), "{name}");
    }
    user.destroy().await;
    assert_eq!(tenant.devices()[0]["userPrincipalName"], "");
}

#[tokio::test]
async fn a_refusal_of_the_action_is_worked_around() {
    let tenant = Tenant::quick().await;
    let device = registered(&tenant, "SN1").await;
    tenant.control().add_fault(Fault::always("/assignUserToDevice", Effect::status(400)));
    let mut user = tenant.core.resource("autopilot_user_assignment");
    user.apply(to(&device, "megan@contoso.com")).await;
    assert_eq!(tenant.devices()[0]["userPrincipalName"], "megan@contoso.com");
}

#[tokio::test]
async fn a_user_nobody_knows_is_warned_of_and_an_unreadable_directory_is_not() {
    let tenant = Tenant::quick().await;
    let device = registered(&tenant, "SN1").await;
    let user = tenant.core.resource("autopilot_user_assignment");
    let planned = user.plan(to(&device, "nobody@contoso.com")).await;
    planned.warnings.warning("No such user");

    let tenant = Tenant::quick().await;
    let device = registered(&tenant, "SN1").await;
    tenant.control().add_fault(Fault::always("/users/", Effect::status(403)));
    let mut user = tenant.core.resource("autopilot_user_assignment");
    user.apply(to(&device, "nobody@contoso.com")).await;
}

#[tokio::test]
async fn somebody_else_s_assignment_is_not_taken_over_unasked() {
    let tenant = Tenant::quick().await;
    let device = registered(&tenant, "SN1").await;
    let id = device.text("id").to_owned();
    tenant.change(&id, "userPrincipalName", json!("lee@contoso.com"));
    let mut user = tenant.core.resource("autopilot_user_assignment");
    let outcome = user.try_apply(to(&device, "megan@contoso.com")).await;
    assert!(outcome.said.error("another user").detail.contains("lee@contoso.com"));
    let mut adopting = to(&device, "megan@contoso.com");
    adopting["adopt_existing"] = json!(true);
    user.apply(adopting).await;
}

#[tokio::test]
async fn a_change_outside_is_mended_and_an_end_outside_is_seen() {
    let tenant = Tenant::quick().await;
    let device = registered(&tenant, "SN1").await;
    let id = device.text("id").to_owned();
    let mut user = tenant.core.resource("autopilot_user_assignment");
    let written = to(&device, "megan@contoso.com");
    user.apply(written.clone()).await;
    tenant.change(&id, "userPrincipalName", json!("lee@contoso.com"));
    user.apply(written).await;
    assert_eq!(user.last_action(), Action::Update);
    tenant.change(&id, "userPrincipalName", json!(""));
    user.assert_gone().await;
}
