//! Directory objects of every kind, and the links between them.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::types::{DEVICE, GROUP, SERVICE_PRINCIPAL, USER, USER_DEFAULTS};
use crate::emulator::api::model::{Type, Version};
use crate::emulator::api::path::Keys;
use crate::emulator::world::collection::Entity;
use crate::emulator::world::collections::{CollectionName, DEVICES, GROUPS, USERS};
use crate::emulator::world::tenant::Tenant;

/// An object of the directory.
#[derive(Debug, Clone)]
pub(crate) struct Object<'a> {
    pub(crate) kind: ObjectKind,
    pub(crate) entity: Cow<'a, Entity>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    User,
    Group,
    Device,
    ServicePrincipal,
}

impl ObjectKind {
    pub(super) fn of(self) -> &'static Type {
        match self {
            Self::User => &USER,
            Self::Group => &GROUP,
            Self::Device => &DEVICE,
            Self::ServicePrincipal => &SERVICE_PRINCIPAL,
        }
    }

    /// The object among others: it says what it is.
    pub(super) fn show_with_type(self, entity: &Entity, version: Version, select: Option<&[&str]>) -> Entity {
        let select = match (self, version, select) {
            (Self::User, Version::V1, None) => Some(USER_DEFAULTS),
            _ => select,
        };
        let mut shown = Entity::new();
        shown.insert("@odata.type".to_owned(), Value::from(self.of().odata_type()));
        shown.extend(self.of().show(entity, version, select));
        shown
    }
}

/// The object with this id.
pub(crate) fn find<'a>(tenant: &'a Tenant, id: &str) -> Option<Object<'a>> {
    const STORED: [(ObjectKind, CollectionName); 3] =
        [(ObjectKind::Group, GROUPS), (ObjectKind::Device, DEVICES), (ObjectKind::User, USERS)];
    STORED
        .into_iter()
        .find_map(|(kind, collection)| Some((kind, tenant.collection(collection).get(id)?)))
        .map(|(kind, entity)| Object { kind, entity: Cow::Borrowed(entity) })
        .or_else(|| service_principal(tenant, id))
}

/// The user with this id or user principal name.
pub(crate) fn find_user<'a>(tenant: &'a Tenant, id_or_name: &str) -> Option<&'a Entity> {
    let users = tenant.collection(USERS);
    users
        .get(id_or_name)
        .or_else(|| users.find("userPrincipalName", id_or_name).filter(|_| !id_or_name.is_empty()))
}

/// Whether the user with this id owns the group that a path names.
pub(crate) fn owns_group(tenant: &Tenant, user: &str, keys: &Keys) -> bool {
    let group =
        keys.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| tenant.collection(GROUPS).get(id));
    group.is_some_and(|group| ids(group, "_owners").any(|owner| owner.eq_ignore_ascii_case(user)))
}

/// The ids of a private link (`_members`, `_owners`) of an entity, in order.
pub(super) fn ids<'e>(entity: &'e Entity, link: &str) -> impl Iterator<Item = &'e str> {
    entity.get(link).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn service_principal<'a>(tenant: &Tenant, id: &str) -> Option<Object<'a>> {
    let mut applications = tenant.registrations.applications.iter();
    let application = applications.find(|application| application.object_id.eq_ignore_ascii_case(id))?;
    let entity = json!({
        "id": application.object_id,
        "deletedDateTime": null,
        "accountEnabled": true,
        "appId": application.client_id,
        "displayName": application.display_name,
        "servicePrincipalType": "Application",
    });
    let Value::Object(entity) = entity else {
        return None;
    };
    Some(Object { kind: ObjectKind::ServicePrincipal, entity: Cow::Owned(entity) })
}
