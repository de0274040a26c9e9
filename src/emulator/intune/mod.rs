//! Intune: Autopilot devices, profiles, status pages, apps, and powering on a device.

use super::api::model::Type;
use super::world::tenant::Tenant;
use crate::emulator::world::collections::CollectionName;
use crate::emulator::world::collections::{
    APPS, AUTOPILOT_EVENTS, AUTOPILOT_SETTINGS, COMPLIANCE_POLICIES, CONFIGURATION_POLICIES, CONFIGURATIONS,
    DEVICE_CONFIGURATIONS, DEVICES_OF_OTHER_TENANTS, FILTERS, IDENTITIES, IMPORTED_IDENTITIES,
    MANAGED_DEVICES, PROFILES, SCOPE_TAGS,
};
use crate::emulator::world::event::IntuneEvent;

pub(crate) mod apps;
pub(crate) mod device_name;
mod device_orders;
pub(crate) mod enrollment;
pub(crate) mod filters;
pub(crate) mod hardware_hash;
pub(crate) mod identities;
pub(crate) mod imports;
pub(crate) mod managed_devices;
mod permissions;
mod policies;
pub(crate) mod profiles;
pub(crate) mod resolution;
mod routes;
pub(crate) mod sample;
pub(crate) mod scope_tags;
pub(crate) mod settings;
pub(crate) mod target;
pub(crate) mod types;
pub(crate) mod views;

pub(crate) use routes::routes;

/// Does what was to be done later.
pub(crate) fn handle(event: IntuneEvent, tenant: &mut Tenant) {
    match event {
        IntuneEvent::Import(ids) => imports::process(tenant, &ids),
        IntuneEvent::TellRegistrations(taken) => imports::tell(tenant, taken),
        IntuneEvent::Register(ids) => identities::register(tenant, ids),
        IntuneEvent::JoinDirectory(ids) => identities::entra::join_directory(tenant, &ids),
        IntuneEvent::Change { id, changes } => identities::actions::apply(tenant, &id, changes),
        IntuneEvent::Deregister(ids) => identities::deletion::deregister(tenant, &ids),
        IntuneEvent::Synced => {
            for event in settings::take_waiting(tenant) {
                handle(event, tenant);
            }
            settings::synced(tenant);
        }
        IntuneEvent::ResolveProfiles => resolution::resolve_all(tenant),
        IntuneEvent::SettleProfiles(ids) => resolution::settle(tenant, ids),
    }
}

/// The type of the objects in each collection.
pub(crate) fn types() -> &'static [(CollectionName, &'static Type)] {
    static TYPES: [(CollectionName, &Type); 13] = [
        (APPS, &types::APP),
        (COMPLIANCE_POLICIES, &types::COMPLIANCE_POLICY),
        (CONFIGURATION_POLICIES, &types::CONFIGURATION_POLICY),
        (CONFIGURATIONS, &types::CONFIGURATION),
        (DEVICE_CONFIGURATIONS, &types::DEVICE_CONFIGURATION),
        (FILTERS, &types::FILTER),
        (IDENTITIES, &types::IDENTITY),
        (IMPORTED_IDENTITIES, &types::IMPORT),
        (AUTOPILOT_EVENTS, &types::AUTOPILOT_EVENT),
        (MANAGED_DEVICES, &types::MANAGED_DEVICE),
        (PROFILES, &types::PROFILE),
        (SCOPE_TAGS, &types::SCOPE_TAG),
        (AUTOPILOT_SETTINGS, &types::SETTINGS),
    ];
    &TYPES
}

/// Collections that Graph does not have, and a tenant's file may fill: what is outside the tenant, and how apps behave.
pub(crate) const OWN_COLLECTIONS: [CollectionName; 1] = [DEVICES_OF_OTHER_TENANTS];

/// Fills what every tenant has from its first day.
pub(crate) fn init(tenant: &mut Tenant) {
    settings::init(tenant);
    enrollment::init(tenant);
    scope_tags::init(tenant);
}

/// Fills Contoso's sample objects.
pub(crate) fn sample(tenant: &mut Tenant) {
    sample::sample(tenant);
}

/// Hears that objects came in whole, not through the service: registered devices get what registration would have made.
pub(crate) fn seeded(tenant: &mut Tenant) {
    enrollment::adopt(tenant);
    identities::entra::adopt(tenant);
    tenant.resolve_profiles_later();
}
