//! Taking devices out of Autopilot. The answer comes at once, the row goes later.

use serde_json::{Value, json};

use super::{ENTRA_DEVICE, find, is_enrolled};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::directory;
use crate::emulator::intune::types::DELETE_DEVICES;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::IDENTITIES;
use crate::emulator::world::event::IntuneEvent;
use crate::emulator::world::tenant::Tenant;

const DELETING: &str = "_deleting";

pub(in crate::emulator::intune) fn delete(call: &mut Call<'_>) -> OperationResult {
    let identity = find(call)?.clone();
    if identity.contains_key(DELETING) {
        // Reports say both, that a second deletion is taken and that it is refused.
        return match call.tenant.behaviour.intune.refuses_repeated_deletion {
            true => Err(GraphError::intune_bad_request("")),
            false => Ok(Reply::no_content()),
        };
    }
    if let Some(reason) = obstacle(call.tenant, &identity) {
        return Err(GraphError::intune_bad_request(reason));
    }
    delete_later(call.tenant, vec![text(&identity, "id").to_owned()]);
    Ok(Reply::no_content())
}

/// By serial numbers, many at once. Each gets an answer of its own.
pub(in crate::emulator::intune) fn delete_devices(call: &mut Call<'_>) -> OperationResult {
    let parameters = call.parameters(&DELETE_DEVICES)?;
    let serials = parameters.get("serialNumbers").and_then(Value::as_array);
    let mut accepted = Vec::new();
    let mut states = Vec::new();
    for serial in serials.into_iter().flatten().filter_map(Value::as_str) {
        let identity = call.tenant.collection(IDENTITIES).find("serialNumber", serial);
        let id = identity.map(|identity| text(identity, "id").to_owned());
        let reason = match identity {
            None => Some("The device is not registered with Windows Autopilot."),
            Some(identity) => obstacle(call.tenant, identity),
        };
        if let (None, Some(id)) = (reason, &id) {
            accepted.push(id.clone());
        }
        states.push(json!({
            "serialNumber": serial,
            "deviceRegistrationId": id.unwrap_or_default(),
            "deletionState": if reason.is_none() { "accepted" } else { "failed" },
            "errorMessage": reason,
        }));
    }
    delete_later(call.tenant, accepted);
    let context = call.context("Collection(microsoft.graph.deletedWindowsAutopilotDeviceState)");
    Ok(Reply::values(context, states))
}

/// Lets a device go, with its object in the directory unless it is in use: an enrolled device stays joined and managed
/// ("What's new in Microsoft Intune", service release 2307).
pub(in crate::emulator::intune) fn deregister(tenant: &mut Tenant, ids: &[String]) {
    for id in ids {
        if let Some(identity) = tenant.collection_mut(IDENTITIES).remove(id)
            && !is_enrolled(&identity)
        {
            directory::remove_device(tenant, text(&identity, ENTRA_DEVICE));
        }
    }
}

fn delete_later(tenant: &mut Tenant, ids: Vec<String>) {
    for id in &ids {
        if let Some(identity) = tenant.collection_mut(IDENTITIES).get_mut(id) {
            identity.insert(DELETING.to_owned(), Value::from(true));
        }
    }
    if !ids.is_empty() {
        tenant.schedule(tenant.latencies.device_deletion, IntuneEvent::Deregister(ids));
    }
}

/// Why a device cannot go now. The deregistration page says that an enrolled one cannot; "What's new" of 2307 says that it
/// can.
fn obstacle(tenant: &Tenant, identity: &Entity) -> Option<&'static str> {
    if is_enrolled(identity) && tenant.behaviour.intune.refuses_enrolled_deregistration {
        return Some("The device is enrolled. Delete its managed device before its Autopilot registration.");
    }
    // That a registration cannot be undone before it is through is a guess.
    text(identity, ENTRA_DEVICE).is_empty().then_some("")
}
