//! `/users` and `/me`.

use std::borrow::Cow;

use super::objects::{self, Object, ObjectKind};
use super::{member_of, membership, views};
use crate::emulator::api::call::{Call, OperationResult};
use crate::emulator::api::error::GraphError;
use crate::emulator::login::Identity;
use crate::emulator::world::collection::text;
use crate::emulator::world::collections::{DEVICES, USERS};
use crate::emulator::world::event::Changed;
use crate::emulator::world::tenant::Tenant;

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    views::users(call).page(call, call.tenant.collection(USERS).iter())
}

pub(super) fn count(call: &mut Call<'_>) -> OperationResult {
    views::users(call).count(call, call.tenant.collection(USERS).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    answer(call, &call.key("id"))
}

pub(super) fn groups(call: &mut Call<'_>) -> OperationResult {
    member_of::list_groups_of(call, &id(call, &call.key("id"))?, false)
}

pub(super) fn all_groups(call: &mut Call<'_>) -> OperationResult {
    member_of::list_groups_of(call, &id(call, &call.key("id"))?, true)
}

pub(super) fn all_groups_as_groups(call: &mut Call<'_>) -> OperationResult {
    member_of::list_groups_of_as_groups(call, &id(call, &call.key("id"))?, true)
}

/// The devices that the user joined.
pub(super) fn owned_devices(call: &mut Call<'_>) -> OperationResult {
    devices_of(call, "_registeredOwners")
}

/// The devices that the user uses.
pub(super) fn registered_devices(call: &mut Call<'_>) -> OperationResult {
    devices_of(call, "_registeredUsers")
}

pub(super) fn me(call: &mut Call<'_>) -> OperationResult {
    answer(call, &own_id(call)?)
}

pub(super) fn my_groups(call: &mut Call<'_>) -> OperationResult {
    member_of::list_groups_of(call, &own_id(call)?, false)
}

/// Takes a user away, and out of every group.
pub(super) fn remove_user(tenant: &mut Tenant, id: &str) {
    if tenant.collection_mut(USERS).remove(id).is_some() {
        membership::forget(tenant, id);
        membership::changed(tenant, Changed::Users);
    }
}

fn devices_of(call: &Call<'_>, link: &str) -> OperationResult {
    let id = id(call, &call.key("id"))?;
    let devices = call.tenant.collection(DEVICES).iter();
    let own = devices.filter(|device| objects::ids(device, link).any(|user| user.eq_ignore_ascii_case(&id)));
    let own: Vec<Object<'_>> =
        own.map(|device| Object { kind: ObjectKind::Device, entity: Cow::Borrowed(device) }).collect();
    views::mixed_page(call, &own)
}

fn answer(call: &Call<'_>, key: &str) -> OperationResult {
    let user = objects::find_user(call.tenant, key).ok_or_else(|| GraphError::directory_not_found(key))?;
    views::users(call).one(call, user)
}

fn id(call: &Call<'_>, key: &str) -> Result<String, GraphError> {
    let user = objects::find_user(call.tenant, key).ok_or_else(|| GraphError::directory_not_found(key))?;
    Ok(text(user, "id").to_owned())
}

fn own_id(call: &Call<'_>) -> Result<String, GraphError> {
    match &call.caller.identity {
        Identity::User { id, .. } => Ok(id.clone()),
        // Source: the answer that Graph gives.
        Identity::Application => {
            Err(GraphError::bad_request("/me request is only valid with delegated authentication flow."))
        }
    }
}
