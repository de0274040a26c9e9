//! References to objects in bodies: `{"@odata.id": "…"}` and `members@odata.bind`.

use serde_json::Value;

use super::objects::{self, Object, ObjectKind};
use crate::emulator::api::call::Call;
use crate::emulator::api::error::GraphError;
use crate::emulator::world::collection::text;
use crate::emulator::world::tenant::Tenant;

/// The most references one request may carry.
const MAX_REFERENCES: usize = 20;

/// The object that the body of a `$ref` request names.
pub(super) fn body_target(call: &Call<'_>) -> Result<String, GraphError> {
    let body = call.json()?;
    // Source: the OData reader that Graph uses.
    let reference = body.get("@odata.id").ok_or_else(|| {
        GraphError::bad_request("The payload of an entity reference link must have the property '@odata.id'.")
    })?;
    target(reference)
}

/// The objects that `members@odata.bind` or the like names.
pub(super) fn bound_targets(value: &Value) -> Result<Vec<String>, GraphError> {
    let references = value.as_array().ok_or_else(invalid)?;
    if references.len() > MAX_REFERENCES {
        return Err(too_many(references.len()));
    }
    references.iter().map(target).collect()
}

/// Source: the references of groups (20 references in a request); the words are a guess.
pub(super) fn too_many(count: usize) -> GraphError {
    GraphError::directory(format!(
        "The request adds {count} references, which is more than the limit of {MAX_REFERENCES} in a single request."
    ))
}

/// Whether that many references are too many for one request.
pub(super) fn exceeds_limit(count: usize) -> bool {
    count > MAX_REFERENCES
}

/// The existing object that a reference names by id, or a user by name.
pub(super) fn resolve<'a>(tenant: &'a Tenant, key: &str) -> Result<Object<'a>, GraphError> {
    let user = |key| {
        let id = text(objects::find_user(tenant, key)?, "id");
        objects::find(tenant, id).filter(|object| object.kind == ObjectKind::User)
    };
    objects::find(tenant, key)
        .or_else(|| key.contains('@').then(|| user(key)).flatten())
        .ok_or_else(|| GraphError::directory_not_found(key))
}

/// The key at the end of an address, whatever version or segment it names: `…/v1.0/directoryObjects/{id}`,
/// `…/beta/users('{id}')`, `…/odata/groups('{id}')`.
fn target(reference: &Value) -> Result<String, GraphError> {
    let address = reference.as_str().ok_or_else(invalid)?;
    let path =
        address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).ok_or_else(invalid)?;
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
    let path = percent_encoding::percent_decode_str(path).decode_utf8().map_err(|_| invalid())?;
    let (parent, last) = path.rsplit_once('/').ok_or_else(invalid)?;
    let key = match last.split_once('(') {
        Some((_, key)) => {
            let key = key.strip_suffix(')').ok_or_else(invalid)?;
            key.strip_prefix('\'').and_then(|key| key.strip_suffix('\'')).unwrap_or(key).replace("''", "'")
        }
        None if parent.contains('/') => last.to_owned(),
        None => return Err(invalid()),
    };
    if key.is_empty() { Err(invalid()) } else { Ok(key) }
}

/// A guess in its words.
fn invalid() -> GraphError {
    GraphError::directory("Invalid URL format specified in payload.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_reference_names_its_object() {
        for address in [
            "https://graph.microsoft.com/v1.0/directoryObjects/1",
            "https://graph.microsoft.com/beta/users('1')",
            "https://graph.microsoft.com/odata/groups('1')",
            "http://127.0.0.1:4711/odata/groups/1",
            "https://graph.microsoft.com/v1.0/devices/1/",
            "https://graph.microsoft.com/v1.0/groups(%271%27)",
        ] {
            assert_eq!(target(&Value::from(address)).as_deref(), Ok("1"), "{address}");
        }
        for address in
            ["", "1", "https://graph.microsoft.com", "https://graph.microsoft.com/", "https://x/groups("]
        {
            assert!(target(&Value::from(address)).is_err(), "{address}");
        }
        assert!(target(&Value::from(1)).is_err());
    }
}
