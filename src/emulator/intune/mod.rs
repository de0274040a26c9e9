//! Intune: Autopilot devices, profiles, status pages, apps, and powering on a device.

use serde::{Deserialize, Serialize};

use super::model::Type;
use super::route::Route;
use super::tenant::Tenant;

/// Every operation of Intune.
pub(crate) fn routes() -> Vec<Route> {
    Vec::new()
}

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
    &[]
}

/// Fills what every tenant has from its first day.
pub(crate) fn foundation(_tenant: &mut Tenant) {}

/// Fills Contoso's sample objects.
pub(crate) fn sample(_tenant: &mut Tenant) {}

/// Plays the out-of-box experience of a device against the tenant: what `POST /_emulator/power-on` does. The text says
/// what is wrong with the request.
pub(crate) fn power_on(
    _tenant: &mut Tenant,
    _request: &serde_json::Value,
) -> Result<serde_json::Value, String> {
    Err("powering on a device is not built yet".to_owned())
}
