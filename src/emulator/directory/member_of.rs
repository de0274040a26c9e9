//! What groups, users and devices belong to.

use std::borrow::Cow;

use super::objects::{Object, ObjectKind};
use super::{membership, replication, views};
use crate::emulator::api::call::{Call, OperationResult};
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::GROUPS;
use crate::emulator::world::tenant::Tenant;

/// The groups of a group, user or device.
pub(super) fn groups_of_group(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let id = text(replication::group_for_reading(call.tenant, &id)?, "id").to_owned();
    list_groups_of(call, &id, false)
}

pub(super) fn all_groups_of_group(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let id = text(replication::group_for_reading(call.tenant, &id)?, "id").to_owned();
    list_groups_of(call, &id, true)
}

pub(super) fn list_groups_of(call: &Call<'_>, id: &str, transitive: bool) -> OperationResult {
    let found: Vec<Object<'_>> = groups_in_order(call.tenant, id, transitive)
        .map(|group| Object { kind: ObjectKind::Group, entity: Cow::Borrowed(group) })
        .collect();
    views::mixed_page(call, &found)
}

/// The same as `microsoft.graph.group`.
pub(super) fn list_groups_of_as_groups(call: &Call<'_>, id: &str, transitive: bool) -> OperationResult {
    views::GROUPS.page(call, groups_in_order(call.tenant, id, transitive))
}

/// Oldest first.
fn groups_in_order<'t>(tenant: &'t Tenant, id: &str, transitive: bool) -> impl Iterator<Item = &'t Entity> {
    let found = membership::groups_of(tenant, id, transitive);
    tenant.collection(GROUPS).iter().filter(move |group| found.contains(text(group, "id")))
}
