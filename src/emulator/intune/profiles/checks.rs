//! What the service refuses in a profile beyond its types.

use super::{legacy_names, text};
use crate::emulator::api::error::GraphError;
use crate::emulator::intune::device_name::{self, Fault};
use crate::emulator::world::collection::Entity;

/// Checks what a client sent; `before` is the profile it changes.
pub(super) fn check(sent: &Entity, before: Option<&Entity>) -> Result<(), GraphError> {
    // The sources of each refusal stand where it is.
    let refuse = |text: String| Err(GraphError::intune_bad_request(text));
    if let Some(before) = before {
        // A guess: Graph changes no object's type. That the kind of device stays is in Microsoft's reference.
        if text(before, "@odata.type") != text(sent, "@odata.type") {
            return refuse("The type of a deployment profile cannot be changed.".to_owned());
        }
        if sent.contains_key("deviceType") && sent.get("deviceType") != before.get("deviceType") {
            return refuse("The device type of a deployment profile cannot be changed.".to_owned());
        }
    }
    if let Some(name) = sent.get("displayName").and_then(|name| name.as_str()) {
        // CIPP-API's name test of 2026-07-20 and M365DSC #3892: anything else is answered without a reason.
        if name.trim().is_empty() || name.chars().count() > 200 || !name.chars().all(is_taken_in_a_name) {
            return refuse(String::new());
        }
    }
    // Source: the metadata's description.
    if text(sent, "description").chars().count() > 1500 {
        return refuse("The description must not have more than 1500 characters.".to_owned());
    }
    let experience = legacy_names::sent_experience(sent);
    let stays_shared = || before.is_some_and(|before| legacy_names::is_shared(&of(before)));
    let shared = match experience.get("deviceUsageType") {
        Some(_) => legacy_names::is_shared(&experience),
        None => stays_shared(),
    };
    // Source: CIPP-API, which leaves the user type out because Intune refuses it.
    if shared && experience.get("userType").is_some_and(|kind| !kind.is_null()) {
        return refuse(String::new());
    }
    // Source: Microsoft's troubleshooting page "An error occurred while creating Autopilot profile"; that hybrid joins take
    // no template is on the page about profiles, what the service says to one is a guess.
    let template = text(sent, "deviceNameTemplate");
    let hybrid = text(sent, "@odata.type").contains("activeDirectory");
    match device_name::check_template(template) {
        _ if template.is_empty() => Ok(()),
        _ if hybrid => {
            refuse("A device name template cannot be used with hybrid Microsoft Entra join.".to_owned())
        }
        Err(Fault(reason)) => refuse(format!("The device name template is not valid: {reason}.")),
        Ok(()) => Ok(()),
    }
}

fn of(profile: &Entity) -> Entity {
    let experience = profile.get("outOfBoxExperienceSetting");
    experience.and_then(|experience| experience.as_object()).cloned().unwrap_or_default()
}

/// Letters and digits of any script, blanks, and a few signs.
fn is_taken_in_a_name(character: char) -> bool {
    character.is_alphanumeric() || " :\"?.@$&_[]{}|\\".contains(character)
}
