//! The directory: users, groups, devices, and the policies that say who may join and enroll.
//!
//! Beside its routes, this module answers what Intune and a device at its first start ask: [`transitive_members`] about
//! groups, [`user`] and [`device_by_device_id`] about objects, [`mobility_covers`], [`may_join`],
//! [`becomes_administrator`] and [`device_quota`] about policies. Whoever changes devices says so with [`put_device`],
//! [`remove_device`] or [`devices_changed`], and dynamic groups follow.

use super::api::model::Type;
use super::world::event::{Changed, DirectoryEvent};
use super::world::tenant::Tenant;
use crate::emulator::world::collections::{
    BRANDING, CollectionName, DEVICES, GROUPS, MAM_POLICIES, MDM_POLICIES, REGISTRATION_POLICY, USERS,
};

mod deleted;
pub(crate) mod devices;
pub(crate) mod groups;
pub(super) mod licences;
pub(crate) mod links;
mod member_of;
pub(crate) mod membership;
pub(crate) mod mobility;
mod navigation;
pub(crate) mod objects;
pub(crate) mod organization;
mod permissions;
mod reference;
pub(crate) mod registration;
mod replication;
mod routes;
pub(crate) mod sample;
mod types;
pub(crate) mod users;
mod views;

pub(crate) use devices::{by_device_id as device_by_device_id, devices_changed, put_device, remove_device};
pub(crate) use membership::{is_dynamic, transitive_members};
pub(crate) use mobility::{Mobility, covers as mobility_covers};
pub(crate) use objects::{find_user as user, owns_group};
pub(crate) use organization::is_branded;
pub(crate) use registration::{becomes_administrator, may_join, quota as device_quota};
pub(crate) use routes::routes;
pub(crate) use sample::sample;

/// Does what was to be done later.
pub(crate) fn handle(event: DirectoryEvent, tenant: &mut Tenant) {
    match event {
        DirectoryEvent::Evaluate(what) => membership::evaluate_all(tenant, what),
        DirectoryEvent::EvaluateGroup(id) => membership::evaluate(tenant, &id),
        DirectoryEvent::Purge(id) => deleted::purge(tenant, &id),
    }
}

/// Hears that objects were changed by hand: rules are looked at as after any change.
pub(crate) fn objects_changed(tenant: &mut Tenant) {
    for what in [Changed::Users, Changed::Devices, Changed::Groups] {
        membership::changed(tenant, what);
    }
    tenant.resolve_profiles_later();
}

/// The type of the objects in each collection.
pub(crate) fn types() -> &'static [(CollectionName, &'static Type)] {
    static TYPES: [(CollectionName, &Type); 7] = [
        (USERS, &types::USER),
        (GROUPS, &types::GROUP),
        (DEVICES, &types::DEVICE),
        (BRANDING, &types::BRANDING),
        (MDM_POLICIES, &types::MOBILE_DEVICE_MANAGEMENT_POLICY),
        (MAM_POLICIES, &types::MOBILE_APP_MANAGEMENT_POLICY),
        (REGISTRATION_POLICY, &types::DEVICE_REGISTRATION_POLICY),
    ];
    &TYPES
}

/// Fills what every tenant has from its first day.
pub(crate) fn init(tenant: &mut Tenant) {
    mobility::init(tenant);
    registration::init(tenant);
}
