//! State that other providers have written, as far as it tells which object it is about: the read that follows a move tells
//! the rest.
//!
//! Types and attributes as of their published schemas: hashicorp/azuread 3, deploymenttheory/microsoft365 0.2x to 0.4x, and
//! terraprovider/microsoft365wp 0.1x.

use serde_json::Value as Json;

use super::engine::prior_settings::KEEP;
use crate::tf_provider::resource::Move;
use crate::tf_provider::value::Value;

/// Where a type is from whose state can be taken over.
pub(crate) const AZUREAD: &str = "hashicorp/azuread";
pub(crate) const MICROSOFT365: &str = "deploymenttheory/microsoft365";
pub(crate) const MICROSOFT365WP: &str = "terraprovider/microsoft365wp";

/// A type whose objects have the ids that ours have.
pub(crate) const fn same_id(provider: &'static str, type_name: &'static str) -> Move {
    Move { provider, type_name, convert: by_id }
}

/// Groups of types that also manage groups which `autopilot_device_group` does not.
pub(crate) const fn group(provider: &'static str, type_name: &'static str) -> Move {
    Move { provider, type_name, convert: plain_group }
}

/// A tenant-wide setting. Whoever managed it so far remembered no former values, so none can be put back.
pub(crate) const fn setting(provider: &'static str, type_name: &'static str) -> Move {
    Move { provider, type_name, convert: |_| Ok(setting_as_it_is()) }
}

/// The state of a setting that is to be read.
pub(crate) fn setting_as_it_is() -> Value {
    Value::object([("on_destroy", Value::from(KEEP))])
}

/// The state of the object whose id is stored.
pub(crate) fn by_id(stored: &Json) -> Result<Value, String> {
    Ok(with_id(text(stored, "id")?))
}

/// The state of the object with this id.
pub(crate) fn with_id(id: &str) -> Value {
    Value::object([("id", Value::from(id))])
}

/// What is stored under a name.
pub(crate) fn text<'s>(stored: &'s Json, name: &str) -> Result<&'s str, String> {
    let found = stored[name].as_str().filter(|text| !text.is_empty());
    found.ok_or_else(|| format!("it has no `{name}`"))
}

fn plain_group(stored: &Json) -> Result<Value, String> {
    if stored["mail_enabled"] == true {
        return Err("it is of a group with mail, and only security groups are device groups".to_owned());
    }
    if stored["onpremises_sync_enabled"] == true {
        return Err("it is of a group that is kept in sync from on-premises".to_owned());
    }
    // azuread's own id is a path since its version 3.
    text(stored, "object_id").or_else(|_| text(stored, "id")).map(with_id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_group_is_known_by_its_object_id() {
        let id = "298fded6-b252-4166-a473-f405e935f58d";
        for stored in [
            json!({"id": format!("/groups/{id}"), "object_id": id, "mail_enabled": false}),
            json!({"id": id, "object_id": id, "mail_enabled": null}),
            json!({"id": id, "mail_enabled": false}),
        ] {
            assert_eq!(plain_group(&stored), Ok(with_id(id)));
        }
    }

    #[test]
    fn what_is_no_device_group_is_refused_with_a_reason() {
        for (stored, reason) in [
            (json!({"id": "a", "mail_enabled": true}), "with mail"),
            (json!({"id": "a", "onpremises_sync_enabled": true}), "on-premises"),
            (json!({"id": ""}), "no `id`"),
        ] {
            let said = plain_group(&stored).expect_err("a reason");
            assert!(said.contains(reason), "{said}");
        }
    }
}
