//! Between the rows of a fleet and what the service knows of their devices.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value as Json;

use super::planning::{NO_HASH, hash};
use super::schema::{row, text_in};
use crate::autopilot::devices::{PROFILE_STATES, PROFILE_STATUS, comparable, listed};
use crate::autopilot::entra_object;
use crate::autopilot::hardware_hash;
use crate::autopilot::mapping::{local_word, values};
use crate::autopilot::registering::arriving::{Arrived, Newcomer};
use crate::autopilot::registering::many::{Candidate, Standing, Trouble};
use crate::autopilot::registering::properties::Wish;
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
pub(super) fn newcomer(key: &str, change: &Change) -> Newcomer {
    let planned = change.planned.get("devices").get(key);
    let config = change.config.get("devices").get(key);
    let text = |name: &str| text_in(planned, name).to_owned();
    let device = match hash(key, config) {
        Err(None) => Err(Trouble::new("no_hash", NO_HASH)),
        Err(Some(wrong)) => {
            let reason = format!(
                "Its hardware hash cannot be right: {wrong}. Capture it again, or correct the serial number."
            );
            Err(Trouble::new("wrong_hash", reason))
        }
        Ok((hash, _)) => Ok(Device {
            serial_number: key.trim().to_owned(),
            hardware_hash: hardware_hash::normalized(hash).unwrap_or_default(),
            product_key: text("product_key"),
            group_tag: text("group_tag"),
            user: text("user_principal_name"),
        }),
    };
    let adopts =
        change.planned.get("adopt_existing").as_bool() == Some(true) || is_pending(&change.prior, key);
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
        let mut by_reason: BTreeMap<&Trouble, Vec<&str>> = BTreeMap::new();
        for (key, trouble) in &self.failed {
            by_reason.entry(trouble).or_default().push(key);
        }
        let told: Vec<String> = by_reason
            .into_iter()
            .map(|(trouble, keys)| {
                format!("{} of them ({}): {}", keys.len(), listed(keys.into_iter()), trouble.reason)
            })
            .collect();
        (!told.is_empty()).then(|| told.join("\n\n"))
    }
}

/// How many devices have which profile status.
pub(super) fn profile_states<'a>(devices: impl IntoIterator<Item = &'a Json>) -> Value {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for device in devices {
        let status = device[PROFILE_STATUS].as_str().unwrap_or("unknown");
        *counts.entry(local_word(PROFILE_STATES, status)).or_default() += 1;
    }
    Value::map(counts.into_iter().map(|(status, count)| (status, Value::from(count))))
}

/// Whether a row without an id was sent, so that its device is ours wherever it turns up.
pub(super) fn is_pending(state: &Value, key: &str) -> bool {
    let failed = state.get("failed").entries();
    let entry = failed.get(key).or_else(|| {
        let serial = comparable(key);
        failed.iter().find(|(other, _)| comparable(other) == serial).map(|(_, entry)| entry)
    });
    entry.is_some_and(|entry| entry.get("code").as_str() == Some(PENDING))
}

/// The code of a device whose registration runs.
pub(super) const PENDING: &str = "pending";
const DEVICE_ID: &str = "entra_device_id";
const OBJECT_ID: &str = "entra_object_id";
