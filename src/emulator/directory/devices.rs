//! `/devices`: devices that are registered in the directory.

use super::types::DEVICE;
use super::{member_of, membership, navigation, views};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::DEVICES;
use crate::emulator::world::event::Changed;
use crate::emulator::world::tenant::Tenant;

/// Adds a device, or replaces the one with its id; what is left out gets its default. Dynamic groups will notice.
pub(crate) fn put_device(tenant: &mut Tenant, device: Entity) {
    let device = DEVICE.with_defaults(device);
    tenant.collection_mut(DEVICES).insert(device);
    devices_changed(tenant);
}

/// Takes a device away, and out of every group.
pub(crate) fn remove_device(tenant: &mut Tenant, id: &str) {
    if tenant.collection_mut(DEVICES).remove(id).is_some() {
        membership::forget(tenant, id);
        devices_changed(tenant);
    }
}

/// Says that devices are other than they were: dynamic groups follow when the service would have noticed. To be called
/// after any change of `devices` that is not made through this module.
pub(crate) fn devices_changed(tenant: &mut Tenant) {
    membership::changed(tenant, Changed::Devices);
}

/// The device with this `deviceId`, which is not its object id.
pub(crate) fn by_device_id<'t>(tenant: &'t Tenant, device_id: &str) -> Option<&'t Entity> {
    tenant.collection(DEVICES).find("deviceId", device_id).filter(|_| !device_id.is_empty())
}

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    views::DEVICES.page(call, call.tenant.collection(DEVICES).iter())
}

pub(super) fn count(call: &mut Call<'_>) -> OperationResult {
    views::DEVICES.count(call, call.tenant.collection(DEVICES).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    views::DEVICES.one(call, find(call, &call.key("id"))?)
}

/// By the alternate key.
pub(super) fn get_by_device_id(call: &mut Call<'_>) -> OperationResult {
    let device_id = call.key("deviceId");
    let device = by_device_id(call.tenant, &device_id);
    views::DEVICES.one(call, device.ok_or_else(|| GraphError::directory_not_found(&device_id))?)
}

pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let id = text(find(call, &call.key("id"))?, "id").to_owned();
    remove_device(call.tenant, &id);
    Ok(Reply::no_content())
}

pub(super) fn groups(call: &mut Call<'_>) -> OperationResult {
    let id = text(find(call, &call.key("id"))?, "id").to_owned();
    member_of::list_groups_of(call, &id, false)
}

pub(super) fn all_groups(call: &mut Call<'_>) -> OperationResult {
    let id = text(find(call, &call.key("id"))?, "id").to_owned();
    member_of::list_groups_of(call, &id, true)
}

pub(super) fn registered_owners(call: &mut Call<'_>) -> OperationResult {
    list_linked(call, "registeredOwners")
}

pub(super) fn registered_users(call: &mut Call<'_>) -> OperationResult {
    list_linked(call, "registeredUsers")
}

fn list_linked(call: &Call<'_>, navigation: &str) -> OperationResult {
    let device = find(call, &call.key("id"))?;
    let found =
        navigation::linked(call.tenant, device, navigation).map(|(_, found)| found).unwrap_or_default();
    views::mixed_page(call, &found)
}

fn find<'c>(call: &'c Call<'_>, id: &str) -> Result<&'c Entity, GraphError> {
    call.tenant.collection(DEVICES).get(id).ok_or_else(|| GraphError::directory_not_found(id))
}
