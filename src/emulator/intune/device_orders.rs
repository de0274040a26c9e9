//! What a managed device is ordered to do. It answers at once; the device obeys when it next contacts Intune.
//!
//! Source: the references of `syncDevice`, `wipe` and `deviceActionResult`. How Intune names orders is a guess.

use serde_json::{Value, json};

use super::types::WIPE;
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collections::MANAGED_DEVICES;

pub(super) fn sync(call: &mut Call<'_>) -> OperationResult {
    order(call, "syncDevice", None)
}

/// That a second one is taken too is a guess.
pub(super) fn wipe(call: &mut Call<'_>) -> OperationResult {
    let sent = call.parameters(&WIPE)?;
    let keeps = sent.get("keepEnrollmentData") == Some(&Value::Bool(true));
    let name = if keeps { "factoryResetKeepEnrollmentData" } else { "factoryReset" };
    order(call, name, Some("wipePending"))
}

/// Notes an order among the device's.
fn order(call: &mut Call<'_>, name: &str, state: Option<&str>) -> OperationResult {
    let id = call.key("id");
    let now = intune_timestamp(call.tenant.now());
    let Some(device) = call.tenant.collection_mut(MANAGED_DEVICES).get_mut(&id) else {
        return Err(call.not_found(&id));
    };
    let order = json!({
        "actionName": name, "actionState": "pending", "startDateTime": now, "lastUpdatedDateTime": now,
    });
    match device.get_mut("deviceActionResults").and_then(Value::as_array_mut) {
        Some(orders) => orders.push(order),
        None => drop(device.insert("deviceActionResults".to_owned(), json!([order]))),
    }
    if let Some(state) = state {
        device.insert("managementState".to_owned(), Value::from(state));
    }
    Ok(Reply::no_content())
}
