//! `/deviceManagement/managedDevices`, and `/deviceManagement/autopilotEvents` (beta).

use serde_json::Value;

use super::types::{AUTOPILOT_EVENT, MANAGED_DEVICE};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::NO_ID;
use crate::emulator::api::odata::{FilterPolicy, Op, Policy};
use crate::emulator::api::view::View;
use crate::emulator::directory;
use crate::emulator::intune::views::view as intune_view;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{AUTOPILOT_EVENTS, DEVICES, IDENTITIES, MANAGED_DEVICES};

const VIEW: View = intune_view(&MANAGED_DEVICE, "deviceManagement/managedDevices");
/// A filter on a time is refused (seen live).
const EVENT_POLICY: Policy = Policy {
    filter: FilterPolicy {
        refused_on: &[
            ("eventDateTime", Op::Ge),
            ("eventDateTime", Op::Gt),
            ("eventDateTime", Op::Le),
            ("eventDateTime", Op::Lt),
            ("deploymentStartDateTime", Op::Ge),
            ("deploymentStartDateTime", Op::Gt),
            ("deploymentStartDateTime", Op::Le),
            ("deploymentStartDateTime", Op::Lt),
            ("enrollmentStartDateTime", Op::Ge),
            ("enrollmentStartDateTime", Op::Gt),
            ("enrollmentStartDateTime", Op::Le),
            ("enrollmentStartDateTime", Op::Lt),
        ],
        ..Policy::INTUNE.filter
    },
    ..Policy::INTUNE
};
const EVENT_VIEW: View =
    intune_view(&AUTOPILOT_EVENT, "deviceManagement/autopilotEvents").with_policy(EVENT_POLICY);

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    VIEW.page(call, call.tenant.collection(MANAGED_DEVICES).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    VIEW.one(call, find(call)?)
}

/// Ends Intune's management. The Autopilot registration stays, and can be deleted from now on.
pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let device = find(call)?.clone();
    let id = text(&device, "id");
    call.tenant.collection_mut(MANAGED_DEVICES).remove(id);
    for identity in call.tenant.collection_mut(IDENTITIES).iter_mut() {
        if text(identity, "managedDeviceId").eq_ignore_ascii_case(id) {
            identity.insert("managedDeviceId".to_owned(), Value::from(NO_ID));
            identity.insert("enrollmentState".to_owned(), Value::from("notContacted"));
        }
    }
    let entra = directory::device_by_device_id(call.tenant, text(&device, "azureADDeviceId"));
    if let Some(entra) = entra.map(|entra| text(entra, "id").to_owned())
        && let Some(entra) = call.tenant.collection_mut(DEVICES).get_mut(&entra)
    {
        entra.insert("isManaged".to_owned(), Value::from(false));
        entra.insert("isCompliant".to_owned(), Value::from(false));
        directory::devices_changed(call.tenant);
    }
    Ok(Reply::no_content())
}

pub(super) fn list_events(call: &mut Call<'_>) -> OperationResult {
    EVENT_VIEW.page(call, call.tenant.collection(AUTOPILOT_EVENTS).iter())
}

pub(super) fn get_event(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let event = call.tenant.collection(AUTOPILOT_EVENTS).get(&id);
    EVENT_VIEW.one(call, event.ok_or_else(|| call.not_found(&id))?)
}

fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    let device = call.tenant.collection(MANAGED_DEVICES).get(&id);
    device.ok_or_else(|| call.not_found(&id))
}
