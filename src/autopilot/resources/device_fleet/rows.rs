//! Between the rows of a fleet and what the service knows of their devices.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value as Json;

use super::schema::{row, text_in};
use crate::autopilot::devices::comparable;
use crate::autopilot::entra_object;
use crate::autopilot::mapping::values;
use crate::autopilot::registering::arriving::{Arrived, Newcomer};
use crate::autopilot::registering::hashes;
use crate::autopilot::registering::many::{Candidate, Standing};
use crate::autopilot::registering::properties::Wish;
use crate::autopilot::registering::trouble::{self, Trouble};
use crate::autopilot::registration::Device;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::tf_provider::resource::Change;
use crate::tf_provider::value::Value;

/// Devices by their keys, as they are put together for a state, and what failed.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) devices: BTreeMap<String, Value>,
    pub(super) failed: BTreeMap<String, Trouble>,
}

/// A row that is to be registered.
pub(super) fn newcomer(key: &str, change: &Change, pending: &HashSet<String>) -> Newcomer {
    let planned = change.planned.get("devices").get(key);
    let config = change.config.get("devices").get(key);
    let text = |name: &str| text_in(planned, name).to_owned();
    let device = hashes::to_send(key, config).map(|hardware_hash| Device {
        serial_number: key.trim().to_owned(),
        hardware_hash,
        product_key: text("product_key"),
        group_tag: text("group_tag"),
        user: text("user_principal_name"),
    });
    let adopts =
        change.planned.get("adopt_existing").as_bool() == Some(true) || pending.contains(&comparable(key));
    Newcomer {
        candidate: Candidate { serial: key.trim().to_owned(), device, adopts },
        wish: wish("", planned),
    }
}

/// What a row wants its device to show.
pub(super) fn wish(id: &str, row: &Value) -> Wish {
    Wish {
        id: id.to_owned(),
        group_tag: text_in(row, "group_tag").to_owned(),
        display_name: text_in(row, "display_name").to_owned(),
        user: row.get("user_principal_name").as_str().map(str::to_owned),
        greeting: row.get("addressable_user_name").as_str().map(str::to_owned),
    }
}

impl Rows {
    /// Takes a device in as the service tells it. Of users only what is managed; after an import, everything.
    pub(super) fn tell(&mut self, key: &str, known: &Value, device: &Json, everything: bool) {
        thread_local!(static ROW: Vec<crate::tf_provider::schema::Attribute> = row());
        let mut fields = ROW.with(|row| values(row, device));
        for name in ["user_principal_name", "addressable_user_name"] {
            if !everything && known.get(name).is_null() {
                fields.insert(name.to_owned(), Value::Null);
            }
        }
        for name in ["hardware_hash", "hardware_hash_wo", "product_key", OBJECT_ID] {
            fields.insert(name.to_owned(), known.get(name).clone());
        }
        // An object id belongs to the device id it was looked up for.
        let is_another = fields.get(DEVICE_ID) != Some(known.get(DEVICE_ID));
        if is_another || known.get(OBJECT_ID).is_unknown() {
            fields.insert(OBJECT_ID.to_owned(), Value::Null);
        }
        self.devices.insert(key.to_owned(), Value::Object(fields));
    }

    /// Takes a row in as it is written, without what only the service could tell.
    pub(super) fn leave(&mut self, key: &str, row: &Value) {
        self.devices.insert(key.to_owned(), row.clone().unknown_to_null());
    }

    /// Takes in what became of a row that was to be registered.
    pub(super) fn arrive(&mut self, key: &str, row: &Value, arrived: &Arrived) {
        let (standing, refused) = arrived.of(key);
        let trouble = match standing {
            Some(Standing::Open(trouble)) => Some(Trouble::new(PENDING, trouble.reason.as_str())),
            Some(Standing::Refused(trouble) | Standing::Unsent(trouble)) => Some(trouble.clone()),
            Some(Standing::Registered(_)) => refused.cloned(),
            None => None,
        };
        self.failed.extend(trouble.map(|trouble| (key.to_owned(), trouble)));
        match standing {
            Some(Standing::Registered(id)) => match arrived.roll.get(id) {
                Some(device) => self.tell(key, row, device, false),
                None => self.leave(key, &row.clone().with("id", id)),
            },
            _ => self.leave(key, row),
        }
    }

    /// Looks up the object ids that are not known.
    pub(super) async fn with_object_ids(mut self, cx: &Cx, session: &Session) -> Self {
        let lacks = |row: &&Value| row.get(OBJECT_ID).is_null();
        let device_ids = self.devices.values().filter(lacks).filter_map(|row| row.get(DEVICE_ID).as_str());
        let device_ids: HashSet<String> = device_ids.map(str::to_owned).collect();
        let found = entra_object::ids(cx, session, device_ids).await;
        for row in self.devices.values_mut().filter(|row| row.get(OBJECT_ID).is_null()) {
            let object = row.get(DEVICE_ID).as_str().and_then(|device_id| found.get(device_id)).cloned();
            *row = std::mem::take(row).with(OBJECT_ID, object);
        }
        self
    }

    /// The state: `rest` has what is local to the fleet.
    pub(super) fn state(self, rest: &Value, profile_states: Value) -> Value {
        let registered = self.devices.values().filter(|row| row.get("id").as_str().is_some()).count();
        let failed = self.failed.into_iter().map(|(key, Trouble { code, reason })| {
            (key, Value::object([("code", Value::from(code)), ("reason", Value::from(reason))]))
        });
        rest.clone()
            .with("devices", Value::Map(self.devices))
            .with("failed", Value::map(failed))
            .with("device_count", u64::try_from(registered).unwrap_or(u64::MAX))
            .with("profile_states", profile_states)
    }

    /// What failed, for a person: by reason, with the serial numbers and their count.
    pub(super) fn troubles(&self) -> Option<String> {
        trouble::told(self.failed.iter().map(|(key, trouble)| (key.as_str(), trouble)))
    }
}

/// Devices without an id that were sent, by comparable serial number: they are ours wherever they turn up.
pub(super) fn pending(state: &Value) -> HashSet<String> {
    let failed = state.get("failed").entries().iter();
    let sent = failed.filter(|(_, entry)| entry.get("code").as_str() == Some(PENDING));
    sent.map(|(key, _)| comparable(key)).collect()
}

/// The code of a device whose registration runs.
pub(super) const PENDING: &str = "pending";
const DEVICE_ID: &str = "entra_device_id";
const OBJECT_ID: &str = "entra_object_id";
