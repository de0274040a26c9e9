//! By what registered devices are picked out of all there are.

use super::devices::{ENROLLMENT_STATES, PROFILE_STATES};
use crate::tf_provider::schema::{Attribute, choice, optional, text};
use crate::tf_provider::value::Value;

/// The arguments.
pub(crate) fn filters() -> Vec<Attribute> {
    let [tag, manufacturer, model, profile_status, enrollment_state] = NAMES;
    vec![
        optional(tag, text(), "Only devices with this group tag; empty text for those without one."),
        optional(manufacturer, text(), "Only devices of this manufacturer."),
        optional(model, text(), "Only devices of this model."),
        optional(profile_status, choice(PROFILE_STATES), "Only devices with this profile status."),
        optional(enrollment_state, choice(ENROLLMENT_STATES), "Only devices in this enrollment state."),
    ]
}

/// Whether a device is as wanted. Nothing wanted fits all; empty text wanted fits nothing at all.
pub(crate) fn fits(device: &Value, wanted: &Value) -> bool {
    NAMES.iter().all(|name| {
        let fact = device.get(name).as_str().unwrap_or_default();
        wanted.get(name).as_str().is_none_or(|wanted| fact.to_lowercase() == wanted.to_lowercase())
    })
}

/// Of attributes of a device, which the arguments are named as.
const NAMES: [&str; 5] = ["group_tag", "manufacturer", "model", "profile_status", "enrollment_state"];
