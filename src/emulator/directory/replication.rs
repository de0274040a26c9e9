//! Replicas that do not know yet what was written to another one.
//!
//! For a while after a group is created, a request may reach a replica that does not know it and answers 404; for a
//! while after a deletion, one that still shows it. Which replica answers is chance: half and half.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::emulator::api::error::GraphError;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{DELETED_ITEMS, GROUPS};
use crate::emulator::world::tenant::Tenant;

/// How often the replica is one that lags.
const ODDS: f64 = 0.5;

/// Until when replicas disagree about an entity.
const UNTIL: &str = "_replicatedAt";

/// Notes that replicas disagree about the entity from now on, for the tenant's latency.
pub(super) fn begin(tenant: &Tenant, entity: &mut Entity) {
    let until = tenant.moment_after(tenant.latencies.replication);
    if until > tenant.now() {
        entity.insert(UNTIL.to_owned(), until.format(&Rfc3339).unwrap_or_default().into());
    } else {
        entity.remove(UNTIL);
    }
}

/// The group with this id, unless the replica that is asked has not heard of it.
pub(super) fn group<'t>(tenant: &'t mut Tenant, id: &str) -> Result<&'t Entity, GraphError> {
    let lagging = tenant.collection(GROUPS).get(id).is_some_and(|group| disputed(tenant, group))
        && tenant.random.chance(ODDS);
    let found = tenant.collection(GROUPS).get(id).filter(|_| !lagging);
    found.ok_or_else(|| GraphError::directory_not_found(id))
}

/// The same for a read, which may also still see a group that was deleted.
pub(super) fn group_for_reading<'t>(tenant: &'t mut Tenant, id: &str) -> Result<&'t Entity, GraphError> {
    let lingers = tenant.collection(DELETED_ITEMS).get(id).is_some_and(|group| disputed(tenant, group))
        && tenant.random.chance(ODDS);
    if lingers {
        let found = tenant.collection(DELETED_ITEMS).get(id);
        return found.ok_or_else(|| GraphError::directory_not_found(id));
    }
    group(tenant, id)
}

/// Whether one lagging replica serves a whole list, and so leaves out what is new.
pub(super) fn list_lags(tenant: &mut Tenant) -> bool {
    let disputed = tenant.collection(GROUPS).iter().any(|group| disputed(tenant, group));
    disputed && tenant.random.chance(ODDS)
}

/// Whether replicas disagree about the entity now.
pub(super) fn disputed(tenant: &Tenant, entity: &Entity) -> bool {
    let until = text(entity, UNTIL);
    !until.is_empty() && OffsetDateTime::parse(until, &Rfc3339).is_ok_and(|until| until > tenant.now())
}
