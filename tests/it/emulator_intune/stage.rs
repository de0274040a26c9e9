//! What these tests do often.

use std::time::Duration;

use autopilot_provider::emulator::{Clock, Latencies, Options};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) use crate::support::emulated_tenant::{EmulatedTenant, Reply};

pub(crate) const PROFILES: &str = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles";
pub(crate) const IMPORTS: &str = "/v1.0/deviceManagement/importedWindowsAutopilotDeviceIdentities";
pub(crate) const DEVICES: &str = "/v1.0/deviceManagement/windowsAutopilotDeviceIdentities";
pub(crate) const BETA_DEVICES: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";
pub(crate) const SETTINGS: &str = "/beta/deviceManagement/windowsAutopilotSettings";

/// Contoso, as slow as the real service, with a clock that only the test moves.
pub(crate) async fn slow() -> EmulatedTenant {
    EmulatedTenant::start(Options {
        clock: Clock::stepped(),
        latencies: Latencies::realistic(),
        ..Options::default()
    })
    .await
}

/// Lets time pass.
pub(crate) fn wait(tenant: &EmulatedTenant, seconds: u64) {
    tenant.control().step(Duration::from_secs(seconds));
}

/// A hardware hash of the laptop with this serial number.
pub(crate) fn hash(tenant: &EmulatedTenant, serial: &str) -> String {
    let laptop = tenant.control().laptop(&json!({ "serialNumber": serial }));
    laptop.expect("a laptop")["hardwareHash"].as_str().expect("a hash").to_owned()
}

/// The bytes of a hash that says nothing but these texts, by the types of their records.
pub(crate) fn capture(texts: &[(u8, &str)]) -> Vec<u8> {
    let mut bytes = b"OA\0\0".to_vec();
    for (kind, text) in texts {
        bytes.extend([*kind, 0, text.len() as u8 + 4, 0]);
        bytes.extend(text.as_bytes());
    }
    let used = (bytes.len() as u16).to_le_bytes();
    bytes[2..4].copy_from_slice(&used);
    let checksum = Sha256::digest(&bytes);
    bytes.extend(b"CS\x24\0");
    bytes.extend(checksum);
    bytes
}

/// Queues a laptop, and answers the record as it came back.
pub(crate) async fn import(tenant: &EmulatedTenant, serial: &str, tag: &str) -> Reply {
    let body = json!({
        "@odata.type": "#microsoft.graph.importedWindowsAutopilotDeviceIdentity",
        "serialNumber": serial,
        "hardwareIdentifier": hash(tenant, serial),
        "productKey": "",
        "groupTag": tag,
        "assignedUserPrincipalName": "",
        "state": {
            "@odata.type": "microsoft.graph.importedWindowsAutopilotDeviceIdentityState",
            "deviceImportStatus": "pending",
            "deviceRegistrationId": "",
            "deviceErrorCode": 0,
            "deviceErrorName": "",
        },
    });
    tenant.call("POST", IMPORTS, body).await.expect(201)
}

/// A laptop that is registered, as beta shows it. For tenants that do everything at once.
pub(crate) async fn register(tenant: &EmulatedTenant, serial: &str, tag: &str) -> Value {
    let record = import(tenant, serial, tag).await.text("id");
    let state = tenant.get(&format!("{IMPORTS}/{record}")).await.expect(200).body["state"].clone();
    let id = state["deviceRegistrationId"].as_str().expect("registered");
    tenant.get(&format!("{BETA_DEVICES}/{id}")).await.expect(200).body
}

/// A user-driven profile.
pub(crate) async fn profile(tenant: &EmulatedTenant, name: &str) -> String {
    let body = json!({
        "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
        "displayName": name,
        "outOfBoxExperienceSetting": {
            "deviceUsageType": "singleUser", "userType": "standard", "eulaHidden": true,
            "privacySettingsHidden": true, "keyboardSelectionPageSkipped": true, "escapeLinkHidden": true,
        },
    });
    tenant.call("POST", PROFILES, body).await.expect(201).text("id")
}

/// A group of the Autopilot devices with this tag.
pub(crate) async fn tagged(tenant: &EmulatedTenant, tag: &str) -> String {
    let rule = format!("(device.devicePhysicalIds -any (_ -eq \"[OrderID]:{tag}\"))");
    let body = json!({
        "displayName": format!("Devices {tag}"), "mailEnabled": false, "mailNickname": format!("devices{tag}"),
        "securityEnabled": true, "groupTypes": ["DynamicMembership"], "membershipRule": rule,
        "membershipRuleProcessingState": "On",
    });
    tenant.call("POST", "/v1.0/groups", body).await.expect(201).text("id")
}

pub(crate) fn group_target(group: &str) -> Value {
    json!({ "target": { "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group } })
}

pub(crate) fn all_devices() -> Value {
    json!({ "target": { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } })
}

/// The text inside Intune's message, up to the first separator. Empty when there is no document in it.
pub(crate) fn reason(reply: &Reply) -> String {
    let message = reply.body["error"]["message"].as_str().unwrap_or_default();
    let document: Value = serde_json::from_str(message).unwrap_or_default();
    let text = document["Message"].as_str().unwrap_or_default();
    text.split(" - Operation ID").next().unwrap_or_default().to_owned()
}
