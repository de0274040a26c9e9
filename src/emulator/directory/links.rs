//! Members and owners of groups, and what an object belongs to.

use super::groups::{already_there, check_members, check_owners, insufficient_privileges};
use super::membership::{self, MEMBERS, OWNERS, is_dynamic};
use super::objects::{self, Object, ObjectKind, ids};
use super::{deleted, devices, reference, replication, users, views};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::tenant::Tenant;

pub(super) fn list_members(call: &mut Call<'_>) -> OperationResult {
    list(call, |tenant, group| direct(tenant, group, MEMBERS), None)
}

pub(super) fn list_member_users(call: &mut Call<'_>) -> OperationResult {
    list(call, |tenant, group| direct(tenant, group, MEMBERS), Some(ObjectKind::User))
}

pub(super) fn list_member_devices(call: &mut Call<'_>) -> OperationResult {
    list(call, |tenant, group| direct(tenant, group, MEMBERS), Some(ObjectKind::Device))
}

pub(super) fn list_member_groups(call: &mut Call<'_>) -> OperationResult {
    list(call, |tenant, group| direct(tenant, group, MEMBERS), Some(ObjectKind::Group))
}

pub(super) fn list_transitive_members(call: &mut Call<'_>) -> OperationResult {
    list(call, transitive, None)
}

pub(super) fn list_transitive_member_users(call: &mut Call<'_>) -> OperationResult {
    list(call, transitive, Some(ObjectKind::User))
}

pub(super) fn list_transitive_member_devices(call: &mut Call<'_>) -> OperationResult {
    list(call, transitive, Some(ObjectKind::Device))
}

pub(super) fn list_owners(call: &mut Call<'_>) -> OperationResult {
    list(call, |tenant, group| direct(tenant, group, OWNERS), None)
}

pub(super) fn list_owner_users(call: &mut Call<'_>) -> OperationResult {
    list(call, |tenant, group| direct(tenant, group, OWNERS), Some(ObjectKind::User))
}

pub(super) fn count_members(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let group = replication::group_for_reading(call.tenant, &id)?.clone();
    let found = direct(call.tenant, &group, MEMBERS);
    views::MIXED.count(call, found.iter().map(|object| object.entity.as_ref()))
}

pub(super) fn add_member(call: &mut Call<'_>) -> OperationResult {
    add(call, MEMBERS)
}

pub(super) fn add_owner(call: &mut Call<'_>) -> OperationResult {
    add(call, OWNERS)
}

pub(super) fn remove_member(call: &mut Call<'_>) -> OperationResult {
    remove(call, MEMBERS)
}

pub(super) fn remove_owner(call: &mut Call<'_>) -> OperationResult {
    remove(call, OWNERS)
}

/// Without `/$ref` the address is that of the object itself, and it is the object that goes.
pub(super) fn delete_member_itself(call: &mut Call<'_>) -> OperationResult {
    let (id, member) = (call.key("id"), call.key("memberId"));
    let group = replication::group(call.tenant, &id)?;
    if !ids(group, MEMBERS).any(|own| own.eq_ignore_ascii_case(&member)) {
        return Err(GraphError::directory_not_found(&member));
    }
    let kind = reference::resolve(call.tenant, &member)?.kind;
    let application = call.caller.is_application();
    let wanted = match kind {
        ObjectKind::Device if application => "Device.ReadWrite.All",
        ObjectKind::Device | ObjectKind::ServicePrincipal => "Directory.AccessAsUser.All",
        ObjectKind::User => "User.ReadWrite.All",
        ObjectKind::Group => "Group.ReadWrite.All",
    };
    if !call.caller.permissions.iter().any(|held| held == wanted) {
        return Err(insufficient_privileges());
    }
    match kind {
        ObjectKind::Group => deleted::soft_delete(call.tenant, &member),
        ObjectKind::Device => devices::remove_device(call.tenant, &member),
        ObjectKind::User => users::remove_user(call.tenant, &member),
        ObjectKind::ServicePrincipal => return Err(insufficient_privileges()),
    }
    Ok(Reply::no_content())
}

/// Any object, by id alone.
pub(super) fn get_object(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let object = objects::find(call.tenant, &id).ok_or_else(|| GraphError::directory_not_found(&id))?;
    let mut reply = views::view(object.kind.of(), "directoryObjects").one(call, &object.entity)?;
    if let Some(serde_json::Value::Object(body)) = &mut reply.body {
        body.insert("@odata.type".to_owned(), object.kind.of().odata_type().into());
    }
    Ok(reply)
}

type Follow = for<'t> fn(&'t Tenant, &Entity) -> Vec<Object<'t>>;

fn list(call: &mut Call<'_>, follow: Follow, cast: Option<ObjectKind>) -> OperationResult {
    let id = call.key("id");
    let group = replication::group_for_reading(call.tenant, &id)?.clone();
    let found = follow(call.tenant, &group);
    let Some(kind) = cast else {
        return views::mixed_page(call, &found);
    };
    let view = match kind {
        ObjectKind::User => views::users(call),
        ObjectKind::Device => views::DEVICES,
        ObjectKind::Group | ObjectKind::ServicePrincipal => views::GROUPS,
    };
    view.page(call, found.iter().filter(|object| object.kind == kind).map(|object| object.entity.as_ref()))
}

fn direct<'t>(tenant: &'t Tenant, group: &Entity, link: &str) -> Vec<Object<'t>> {
    ids(group, link).filter_map(|id| objects::find(tenant, id)).collect()
}

fn transitive<'t>(tenant: &'t Tenant, group: &Entity) -> Vec<Object<'t>> {
    let found = membership::transitive_members(tenant, text(group, "id"));
    found.iter().filter_map(|id| objects::find(tenant, id)).collect()
}

fn add(call: &mut Call<'_>, link: &'static str) -> OperationResult {
    let id = call.key("id");
    let target = reference::body_target(call)?;
    let group = replication::group(call.tenant, &id)?;
    let mut all: Vec<String> = ids(group, link).map(str::to_owned).collect();
    if link == MEMBERS && is_dynamic(group) {
        return Err(insufficient_privileges());
    }
    let target = text(&reference::resolve(call.tenant, &target)?.entity, "id").to_owned();
    if all.contains(&target) {
        return Err(already_there(link));
    }
    match link {
        MEMBERS => check_members(call.tenant, std::slice::from_ref(&target))?,
        _ => check_owners(call.tenant, std::slice::from_ref(&target))?,
    }
    all.push(target);
    membership::set(call.tenant, &id, link, all);
    Ok(Reply::no_content())
}

fn remove(call: &mut Call<'_>, link: &'static str) -> OperationResult {
    let (id, target) = (call.key("id"), call.key("memberId"));
    let group = replication::group(call.tenant, &id)?;
    let all: Vec<String> = ids(group, link).map(str::to_owned).collect();
    if link == MEMBERS && is_dynamic(group) {
        return Err(insufficient_privileges());
    }
    let left: Vec<String> = all.iter().filter(|own| !own.eq_ignore_ascii_case(&target)).cloned().collect();
    if left.len() == all.len() {
        return Err(GraphError::directory_not_found(&target));
    }
    let is_user =
        |id: &String| objects::find(call.tenant, id).is_some_and(|object| object.kind == ObjectKind::User);
    // Source: the reference of "Remove owners".
    if link == OWNERS && all.iter().any(is_user) && !left.iter().any(is_user) {
        return Err(GraphError::directory(
            "The group must have at least one owner, hence this owner cannot be removed.",
        ));
    }
    membership::set(call.tenant, &id, link, left);
    Ok(Reply::no_content())
}
