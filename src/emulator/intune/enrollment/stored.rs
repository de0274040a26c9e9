//! Finding a configuration, and changing it.

use serde_json::Value;

use super::defaults::is_default;
use crate::emulator::api::call::Call;
use crate::emulator::api::error::GraphError;
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::Entity;
use crate::emulator::world::collections::CONFIGURATIONS;
use crate::emulator::world::tenant::Tenant;

/// Changes a configuration, counts the change, and answers what it became.
pub(super) fn change(tenant: &mut Tenant, id: &str, work: impl FnOnce(&mut Entity)) -> Entity {
    let now = intune_timestamp(tenant.now());
    let Some(configuration) = tenant.collection_mut(CONFIGURATIONS).get_mut(id) else {
        return Entity::new();
    };
    work(configuration);
    let version = configuration.get("version").and_then(Value::as_i64).unwrap_or_default();
    configuration.insert("version".to_owned(), Value::from(version + 1));
    configuration.insert("lastModifiedDateTime".to_owned(), Value::from(now));
    configuration.clone()
}

/// A default configuration is neither deleted, assigned nor moved: the admin center offers none of these, and what the
/// service itself would say is a guess.
pub(super) fn refuse_default(configuration: &Entity) -> Result<(), GraphError> {
    match is_default(configuration) {
        true => Err(GraphError::intune_bad_request("")),
        false => Ok(()),
    }
}

pub(super) fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    let found = call.tenant.collection(CONFIGURATIONS).get(&id);
    found.ok_or_else(|| call.not_found(&id))
}
