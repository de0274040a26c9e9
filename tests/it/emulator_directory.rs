//! The directory of the emulated tenant, as a client without any knowledge of it would meet it.

use std::time::Duration;

use autopilot_provider::emulator::{Clock, Entity, Latencies, Options};
use serde_json::{Value, json};

use crate::support::emulated_tenant::{EmulatedTenant, Reply};
use autopilot_provider::emulator::collections::DEVICES;

mod device_join_policy;
mod enrollment_scope;
mod groups;
mod people_and_devices;

const MDM: &str = "/beta/policies/mobileDeviceManagementPolicies";
const INTUNE: &str = "/beta/policies/mobileDeviceManagementPolicies/0000000a-0000-0000-c000-000000000000";
const REGISTRATION: &str = "/v1.0/policies/deviceRegistrationPolicy";
const MEGAN: &str = "2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b20";
const ALEX: &str = "7c1e9d53-6b2a-4f08-a3d4-1f5b8c0e9a67";
const EMPLOYEES: &str = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";

fn group(name: &str) -> Value {
    json!({"displayName": name, "mailEnabled": false, "mailNickname": "n", "securityEnabled": true})
}

fn dynamic(rule: &str, state: &str) -> Value {
    json!({
        "displayName": "Dynamic", "mailEnabled": false, "mailNickname": "dynamic", "securityEnabled": true,
        "groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": state,
    })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

fn reference(id: &str) -> Value {
    json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")})
}

async fn create(tenant: &EmulatedTenant, body: Value) -> String {
    tenant.call("POST", "/v1.0/groups", body).await.expect(201).text("id")
}

fn put_device(tenant: &EmulatedTenant, number: usize, physical_ids: &[&str]) -> (String, String) {
    let id = format!("0b1ec700-0000-4000-8000-{number:012}");
    let device_id = format!("de71ce00-0000-4000-8000-{number:012}");
    let device = json!({
        "id": id, "deviceId": device_id, "displayName": format!("PC-{number:04}"), "accountEnabled": true,
        "operatingSystem": "Windows", "physicalIds": physical_ids,
    });
    let device: Entity = device.as_object().cloned().unwrap_or_default();
    tenant.control().with_tenant(|tenant| tenant.collection_mut(DEVICES).insert(device));
    (id, device_id)
}

fn message(reply: &Reply) -> &str {
    reply.body["error"]["message"].as_str().unwrap_or_default()
}
