//! `/directory/deletedItems`: groups that can still be restored.

use serde_json::Value;

use super::types::GROUP;
use super::{membership, replication, views};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::view::View;
use crate::emulator::world::clock::directory_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{DELETED_ITEMS, GROUPS};
use crate::emulator::world::event::{Changed, DirectoryEvent, Event};
use crate::emulator::world::tenant::Tenant;

const VIEW: View = views::view(&GROUP, "groups");

/// Moves a group to the deleted items, where it stays for the tenant's latency.
pub(super) fn soft_delete(tenant: &mut Tenant, id: &str) {
    let Some(mut group) = tenant.collection_mut(GROUPS).remove(id) else {
        return;
    };
    let now = directory_timestamp(tenant.now());
    group.insert("deletedDateTime".to_owned(), Value::from(now));
    replication::begin(tenant, &mut group);
    tenant.collection_mut(DELETED_ITEMS).insert(group);
    let event = DirectoryEvent::Purge(id.to_ascii_lowercase());
    tenant.schedule(tenant.latencies.soft_delete, event);
    membership::changed(tenant, Changed::Groups);
    tenant.resolve_profiles_later();
}

/// Takes a group away for good.
pub(super) fn purge(tenant: &mut Tenant, id: &str) {
    if tenant.collection_mut(DELETED_ITEMS).remove(id).is_some() {
        membership::forget(tenant, id);
    }
}

pub(super) fn list_groups(call: &mut Call<'_>) -> OperationResult {
    VIEW.page(call, call.tenant.collection(DELETED_ITEMS).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    let item = item(call)?.clone();
    let mut reply = views::view(&GROUP, "directoryObjects").one(call, &item)?;
    name_type(&mut reply);
    Ok(reply)
}

pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let id = text(item(call)?, "id").to_owned();
    cancel_purge(call.tenant, &id);
    purge(call.tenant, &id);
    Ok(Reply::no_content())
}

pub(super) fn restore(call: &mut Call<'_>) -> OperationResult {
    let mut group = item(call)?.clone();
    let id = text(&group, "id").to_owned();
    cancel_purge(call.tenant, &id);
    call.tenant.collection_mut(DELETED_ITEMS).remove(&id);
    group.insert("deletedDateTime".to_owned(), Value::Null);
    replication::begin(call.tenant, &mut group);
    call.tenant.collection_mut(GROUPS).insert(group.clone());
    if membership::is_dynamic(&group) {
        membership::rule_changed(call.tenant, &id);
    }
    membership::changed(call.tenant, Changed::Groups);
    call.tenant.resolve_profiles_later();
    let mut reply = views::GROUPS.one(call, &group)?;
    name_type(&mut reply);
    Ok(reply)
}

fn item<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    call.tenant.collection(DELETED_ITEMS).get(&id).ok_or_else(|| GraphError::directory_not_found(&id))
}

fn cancel_purge(tenant: &mut Tenant, id: &str) {
    let purge = Event::from(DirectoryEvent::Purge(id.to_ascii_lowercase()));
    tenant.cancel(|event| *event == purge);
}

/// Among objects of any type, each says what it is.
fn name_type(reply: &mut Reply) {
    if let Some(Value::Object(body)) = &mut reply.body {
        body.insert("@odata.type".to_owned(), GROUP.odata_type().into());
    }
}
