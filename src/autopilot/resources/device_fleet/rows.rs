//! The rows of a fleet: what is written of devices, and what the service tells of them.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value as Json;

use super::schema;
use crate::autopilot::devices::comparable;
use crate::autopilot::entra_object;
use crate::autopilot::mapping;
use crate::autopilot::registering::arriving::Arrived;
use crate::autopilot::registering::trouble::{self, Trouble};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::tf_provider::schema::Attribute;
use crate::tf_provider::value::Value;

/// Devices by their keys, as they are put together for a state, and what failed.
pub(super) struct Rows {
    attributes: Vec<Attribute>,
    pub(super) devices: BTreeMap<String, Value>,
    pub(super) failed: BTreeMap<String, Trouble>,
}

impl Rows {
    /// Rows as they are written or known, without what only the service could tell.
    pub(super) fn of(devices: &Value) -> Self {
        let rows = devices.entries().iter().map(|(key, row)| (key.clone(), row.clone().unknown_to_null()));
        Self { attributes: schema::row(), devices: rows.collect(), failed: BTreeMap::new() }
    }

    /// Takes in a device of which nothing is written, as the service tells it.
    pub(super) fn import(&mut self, key: &str, device: &Json) {
        self.devices.insert(key.to_owned(), mapping::state(&self.attributes, device, &Value::Null));
    }

    /// Takes in what the service tells of the device of a row. Of users only what is managed.
    pub(super) fn show(&mut self, key: &str, device: &Json) {
        let row = self.devices.entry(key.to_owned()).or_default();
        let shown = mapping::state(&self.attributes, device, row);
        let unmanaged = USERS.into_iter().filter(|name| row.get(name).is_null());
        let shown = unmanaged.fold(shown, |shown, name| shown.with(name, Value::Null));
        *row = entra_object::forget_if_other(shown, row);
    }

    /// Takes in what became of a row that was to be registered.
    pub(super) fn arrive(&mut self, key: &str, arrived: &Arrived) {
        let (id, trouble) = arrived.of(key);
        self.failed.extend(trouble.map(|trouble| (key.to_owned(), trouble.clone())));
        if let Some(id) = id {
            self.devices.entry(key.to_owned()).and_modify(|row| *row = std::mem::take(row).with("id", id));
            arrived.roll.get(id).into_iter().for_each(|device| self.show(key, device));
        }
    }

    /// The state, with the object ids looked up that are not known: `rest` has what is local to the fleet.
    pub(super) async fn state(mut self, cx: &Cx, session: &Session, rest: &Value, states: Value) -> Value {
        entra_object::look_up_all(cx, session, self.devices.values_mut()).await;
        self.into_state(rest, states)
    }

    /// The state without a look at anything else.
    pub(super) fn into_state(self, rest: &Value, profile_states: Value) -> Value {
        let registered = self.ids().count();
        rest.clone()
            .with("devices", Value::Map(self.devices))
            .with("failed", trouble::to_state(&self.failed))
            .with("device_count", u64::try_from(registered).unwrap_or(u64::MAX))
            .with("profile_states", profile_states)
    }

    /// The ids of the devices that are registered.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.devices.values().filter_map(|row| row.get("id").as_str())
    }
}

/// Rows by comparable serial number, with their keys.
pub(super) fn by_serial(devices: &Value) -> HashMap<String, (&String, &Value)> {
    devices.entries().iter().map(|(key, row)| (comparable(key), (key, row))).collect()
}

/// The arguments of a row that are managed only where they are written.
pub(super) const USERS: [&str; 2] = ["user_principal_name", "addressable_user_name"];
