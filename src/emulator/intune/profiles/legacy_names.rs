//! Properties that exist under a new and an old name. The service answers both, in step, and takes either.

use serde_json::{Map, Value};

use crate::emulator::intune::types::EXPERIENCE;
use crate::emulator::world::collection::Entity;

/// New name, old name.
const TWINS: [(&str, &str); 3] = [
    ("locale", "language"),
    ("hardwareHashExtractionEnabled", "extractHardwareHash"),
    ("preprovisioningAllowed", "enableWhiteGlove"),
];

const EXPERIENCE_TWINS: [(&str, &str); 6] = [
    ("deviceUsageType", "deviceUsageType"),
    ("escapeLinkHidden", "hideEscapeLink"),
    ("eulaHidden", "hideEULA"),
    ("keyboardSelectionPageSkipped", "skipKeyboardSelectionPage"),
    ("privacySettingsHidden", "hidePrivacySettings"),
    ("userType", "userType"),
];

const NEW: &str = "outOfBoxExperienceSetting";
const OLD: &str = "outOfBoxExperienceSettings";

/// Completes what a client sent (beside what was there before), so that both names of everything say the same. Where
/// a client contradicts itself, the new name counts.
pub(super) fn mirror(sent: &mut Entity, before: Option<&Entity>) {
    for (new, old) in TWINS {
        let value = sent.get(new).or_else(|| sent.get(old)).cloned();
        if let Some(value) = value {
            set(sent, new, value);
        }
    }
    if before.is_none() || sent.contains_key(NEW) || sent.contains_key(OLD) {
        let mut experience = before.and_then(|profile| object(profile, NEW)).cloned().unwrap_or_default();
        experience.extend(sent_experience(sent));
        let shared = is_shared(&experience);
        let mut experience = EXPERIENCE.with_defaults(experience);
        if shared {
            // A shared device has no user whose account could be of a type.
            experience.remove("userType");
        }
        let old = EXPERIENCE_TWINS
            .into_iter()
            .filter_map(|(new, old)| Some((old.to_owned(), experience.get(new)?.clone())));
        let old: Map<String, Value> = old.collect();
        sent.insert(OLD.to_owned(), Value::Object(old));
        sent.insert(NEW.to_owned(), Value::Object(experience));
    }
}

/// The same for a new profile, after defaults were filled in.
pub(super) fn complete(profile: &mut Entity) {
    for (new, old) in TWINS {
        let value = profile.get(new).cloned().unwrap_or_default();
        profile.insert(old.to_owned(), value);
    }
    if object(profile, NEW).is_some_and(is_shared) {
        for name in [NEW, OLD] {
            if let Some(Value::Object(experience)) = profile.get_mut(name) {
                experience.remove("userType");
            }
        }
    }
}

/// Writes a property under both its names.
pub(super) fn set(profile: &mut Entity, new: &str, value: Value) {
    if let Some((_, old)) = TWINS.into_iter().find(|(name, _)| *name == new) {
        profile.insert(old.to_owned(), value.clone());
    }
    profile.insert(new.to_owned(), value);
}

/// What a client says about the pages of the first start, under the new names.
pub(super) fn sent_experience(sent: &Entity) -> Entity {
    let renamed = object(sent, OLD).into_iter().flatten().filter_map(|(name, value)| {
        let (new, _) = EXPERIENCE_TWINS.into_iter().find(|(_, old)| old == name)?;
        Some((new.to_owned(), value.clone()))
    });
    let mut experience: Entity = renamed.collect();
    experience.extend(object(sent, NEW).cloned().unwrap_or_default());
    experience
}

/// Whether nobody in particular will use the device.
pub(super) fn is_shared(experience: &Entity) -> bool {
    experience.get("deviceUsageType").is_some_and(|usage| usage == "shared")
}

fn object<'e>(entity: &'e Entity, name: &str) -> Option<&'e Entity> {
    entity.get(name).and_then(Value::as_object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mirrored(sent: Value, before: Option<Value>) -> Value {
        let mut sent = sent.as_object().cloned().unwrap_or_default();
        let before = before.and_then(|before| before.as_object().cloned());
        mirror(&mut sent, before.as_ref());
        Value::Object(sent)
    }

    #[test]
    fn either_name_sets_both() {
        let by_old = mirrored(
            json!({ "language": "de-DE", "outOfBoxExperienceSettings": { "hideEULA": true } }),
            None,
        );
        let by_new =
            mirrored(json!({ "locale": "de-DE", "outOfBoxExperienceSetting": { "eulaHidden": true } }), None);
        assert_eq!(by_old, by_new);
        assert_eq!(by_old["outOfBoxExperienceSettings"]["hideEULA"], true);
        assert_eq!(by_old["locale"], "de-DE");
    }

    #[test]
    fn the_new_name_wins_a_contradiction() {
        let both = mirrored(json!({ "enableWhiteGlove": true, "preprovisioningAllowed": false }), None);
        assert_eq!(both["enableWhiteGlove"], false);
    }

    #[test]
    fn a_change_leaves_the_other_pages_alone() {
        let before = mirrored(json!({ "outOfBoxExperienceSetting": { "eulaHidden": true } }), None);
        let after =
            mirrored(json!({ "outOfBoxExperienceSetting": { "deviceUsageType": "shared" } }), Some(before));
        assert_eq!(after["outOfBoxExperienceSetting"]["eulaHidden"], true);
        assert_eq!(after["outOfBoxExperienceSettings"].get("userType"), None);
        assert_eq!(mirrored(json!({ "description": "x" }), Some(after)), json!({ "description": "x" }));
    }
}
