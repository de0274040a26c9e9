//! What the service refuses in a configuration beyond its types.

use serde_json::Value;

use crate::emulator::api::call::Call;
use crate::emulator::api::error::GraphError;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::APPS;

/// The most apps a status page waits for.
const MOST_APPS: usize = 100;

/// Checks what a client sent and takes out what only the service decides.
pub(super) fn check(call: &Call<'_>, sent: &mut Entity) -> Result<(), GraphError> {
    sent.remove("priority");
    if sent.contains_key("installQualityUpdates") && !call.tenant.behaviour.intune.installs_quality_updates {
        sent.insert("installQualityUpdates".to_owned(), Value::from(false));
    }
    // Source: the beta metadata's description of the property.
    if text(sent, "customErrorMessage").chars().count() > 10_000 {
        return Err(GraphError::intune_bad_request(
            "The custom error message must not have more than 10000 characters.",
        ));
    }
    let Some(apps) = sent.get("selectedMobileAppIds").and_then(Value::as_array) else {
        return Ok(());
    };
    // Source: Microsoft's guide to the status page.
    if apps.len() > MOST_APPS {
        return Err(GraphError::intune_bad_request(format!(
            "No more than {MOST_APPS} apps can be selected."
        )));
    }
    // An id that no app has is refused (seen live); in which words is a guess.
    let known = call.tenant.collection(APPS);
    match apps.iter().filter_map(Value::as_str).find(|id| !known.contains(id)) {
        Some(id) => Err(GraphError::intune_bad_request(format!("The app '{id}' does not exist."))),
        None => Ok(()),
    }
}
