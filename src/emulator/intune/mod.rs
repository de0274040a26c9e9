//! Intune: Autopilot devices, profiles, status pages, apps, and powering on a device.

use serde::{Deserialize, Serialize};

use super::model::Type;
use super::route::Route;
use super::tenant::Tenant;

mod answer;
mod behaviour;
mod device_name;
mod identities;
mod permissions;
mod profiles;
mod target;
mod types;

pub use behaviour::Behaviour;

/// What Intune does later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    /// Nothing at all.
    Nothing,
}

/// Lets an event happen.
pub(crate) fn happen(event: Event, _tenant: &mut Tenant) {
    match event {
        Event::Nothing => {}
    }
}

/// Hears that groups have other members than before, or that a group came or went.
pub(crate) fn memberships_changed(_tenant: &mut Tenant) {}

/// The type of the objects in each collection.
pub(crate) fn types() -> &'static [(&'static str, &'static Type)] {
    static TYPES: [(&str, &Type); 2] = [
        (identities::IDENTITIES, &types::IDENTITY),
        (profiles::PROFILES, &types::PROFILE),
    ];
    &TYPES
}

/// Fills what every tenant has from its first day.
pub(crate) fn foundation(_tenant: &mut Tenant) {}

/// Fills Contoso's sample objects.
pub(crate) fn sample(_tenant: &mut Tenant) {}

/// Every operation of Intune.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = profile_routes();
    routes.extend(identity_routes());
    routes
}

fn profile_routes() -> Vec<Route> {
    use permissions::{READ_SERVICE, WRITE_SERVICE};
    use profiles::assignments;
    macro_rules! below {
        ($path:literal) => {
            concat!(
                "/deviceManagement/windowsAutopilotDeploymentProfiles",
                $path
            )
        };
    }
    let routes = [
        Route::get(below!(""), &READ_SERVICE, profiles::list),
        Route::post(below!(""), &WRITE_SERVICE, profiles::create),
        Route::post(
            below!("/hasPayloadLinks"),
            &READ_SERVICE,
            profiles::has_payload_links,
        ),
        Route::get(below!("/{id}"), &READ_SERVICE, profiles::get),
        Route::patch(below!("/{id}"), &WRITE_SERVICE, profiles::update),
        Route::delete(below!("/{id}"), &WRITE_SERVICE, profiles::delete),
        Route::post(below!("/{id}/assign"), &WRITE_SERVICE, assignments::assign),
        Route::get(
            below!("/{id}/assignedDevices"),
            &READ_SERVICE,
            assignments::assigned_devices,
        ),
        Route::get(below!("/{id}/assignments"), &READ_SERVICE, assignments::list),
        Route::post(below!("/{id}/assignments"), &WRITE_SERVICE, assignments::create),
        Route::get(
            below!("/{id}/assignments/{assignmentId}"),
            &READ_SERVICE,
            assignments::get,
        ),
        Route::delete(
            below!("/{id}/assignments/{assignmentId}"),
            &WRITE_SERVICE,
            assignments::delete,
        ),
    ];
    routes.into_iter().map(Route::beta).collect()
}

fn identity_routes() -> Vec<Route> {
    use permissions::READ_SERVICE;
    macro_rules! below {
        ($path:literal) => {
            concat!("/deviceManagement/windowsAutopilotDeviceIdentities", $path)
        };
    }
    vec![
        Route::get(below!(""), &READ_SERVICE, identities::list),
        Route::get(below!("/{id}"), &READ_SERVICE, identities::get),
    ]
}

/// Plays the out-of-box experience of a device against the tenant: what `POST /_emulator/power-on` does. The text says
/// what is wrong with the request.
pub(crate) fn power_on(
    _tenant: &mut Tenant,
    _request: &serde_json::Value,
) -> Result<serde_json::Value, String> {
    Err("powering on a device is not built yet".to_owned())
}
