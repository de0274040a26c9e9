//! The directory's object for an Autopilot device, which registration makes and deregistration removes.

use std::time::Duration;

use serde_json::{Value, json};

use super::ENTRA_DEVICE;
use crate::emulator::directory;
use crate::emulator::world::clock::directory_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{DEVICES, IDENTITIES};
use crate::emulator::world::event::IntuneEvent;
use crate::emulator::world::tenant::Tenant;

/// Makes the directory's objects of registered devices.
pub(in crate::emulator::intune) fn join_directory(tenant: &mut Tenant, ids: &[String]) {
    for id in ids {
        let Some(identity) = tenant.collection(IDENTITIES).get(id).cloned() else {
            continue;
        };
        let (object_id, device_id) = (tenant.new_guid(), tenant.new_guid());
        let device = json!({
            "id": object_id,
            "deviceId": device_id,
            "accountEnabled": true,
            "displayName": text(&identity, "serialNumber"),
            "operatingSystem": "Windows",
            "physicalIds": physical_ids(&identity),
            "registrationDateTime": directory_timestamp(tenant.now()),
            "trustType": "AzureAd",
        });
        if let Value::Object(device) = device {
            directory::put_device(tenant, device);
        }
        if let Some(identity) = tenant.collection_mut(IDENTITIES).get_mut(id) {
            identity.insert(ENTRA_DEVICE.to_owned(), Value::from(object_id));
            for name in ["azureActiveDirectoryDeviceId", "azureAdDeviceId"] {
                identity.insert(name.to_owned(), Value::from(device_id.as_str()));
            }
        }
    }
    tenant.resolve_profiles_later();
}

/// Makes the directory's objects of registered devices that have none.
pub(in crate::emulator::intune) fn adopt(tenant: &mut Tenant) {
    let lacks = |identity: &&Entity| text(identity, ENTRA_DEVICE).is_empty();
    let identities = tenant.collection(IDENTITIES).iter().filter(lacks);
    let ids: Vec<String> = identities.map(|identity| text(identity, "id").to_owned()).collect();
    if !ids.is_empty() {
        tenant.schedule(Duration::ZERO, IntuneEvent::JoinDirectory(ids));
    }
}

/// Writes a device's tag and purchase order into its directory object, which dynamic groups look at.
pub(super) fn follow(tenant: &mut Tenant, identity: &Entity) {
    let ours = ["[ZTDID]:", "[OrderID]:", "[PurchaseOrderId]:"];
    let devices = tenant.collection_mut(DEVICES);
    let Some(device) = devices.get_mut(text(identity, ENTRA_DEVICE)) else {
        return;
    };
    let others = device.get("physicalIds").and_then(Value::as_array).cloned();
    let others = others.unwrap_or_default().into_iter().filter(|id| {
        let id = id.as_str().unwrap_or_default();
        !ours.iter().any(|prefix| id.starts_with(prefix))
    });
    let all = physical_ids(identity).into_iter().map(Value::from).chain(others);
    device.insert("physicalIds".to_owned(), all.collect());
    directory::devices_changed(tenant);
}

fn physical_ids(identity: &Entity) -> Vec<String> {
    let mut ids = vec![format!("[ZTDID]:{}", text(identity, "id"))];
    for (prefix, property) in [("[OrderID]:", "groupTag"), ("[PurchaseOrderId]:", "purchaseOrderIdentifier")]
    {
        let value = text(identity, property);
        if !value.is_empty() {
            ids.push(format!("{prefix}{value}"));
        }
    }
    ids
}
