//! What a change of a fleet means: which devices come, change and go. Pure, and linear in the number of devices.

use std::collections::BTreeMap;

use super::rows::by_serial;
use super::schema::row;
use crate::autopilot::devices::{comparable, listed};
use crate::autopilot::on_destroy::{self, KEEP};
use crate::autopilot::registering::leaving::Leaver;
use crate::autopilot::registering::properties::Desired;
use crate::autopilot::registering::trouble::{self, Trouble};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::value::Value;

/// What is to be done between two states of a fleet.
#[derive(Default)]
pub(super) struct Changes {
    /// Keys of devices that are not registered, and whether that runs already.
    pub(super) to_register: BTreeMap<String, bool>,
    /// Devices that are to show something else: their keys and ids, and their rows as they were.
    pub(super) to_change: Vec<(String, String, Value)>,
    /// Devices that are not to be in the fleet any more.
    pub(super) to_leave: Vec<Leaver>,
}

impl Changes {
    pub(super) fn between(prior: &Value, planned: &Value) -> Self {
        let (before, after) = (by_serial(prior.get("devices")), by_serial(planned.get("devices")));
        let failed = trouble::from_state(prior.get("failed"));
        let is_pending = |key: &String| failed.get(key).is_some_and(Trouble::is_pending);
        let mut changes = Self::default();
        for (key, row) in planned.get("devices").entries() {
            let (known_as, known) = before.get(&comparable(key)).copied().unwrap_or((key, &Value::Null));
            match known.get("id").as_str() {
                None => drop(changes.to_register.insert(key.clone(), is_pending(known_as))),
                Some(id) if Desired::of(row) != Desired::of(known) => {
                    changes.to_change.push((key.clone(), id.to_owned(), known.clone()));
                }
                Some(_) => {}
            }
        }
        let prior = prior.get("devices").entries().iter();
        let leavers = prior
            .filter(|(key, _)| !after.contains_key(&comparable(key)))
            .map(|(key, row)| Leaver { key: key.clone(), id: row.get("id").as_str().map(str::to_owned) });
        changes.to_leave = leavers.filter(|one| one.id.is_some() || is_pending(&one.key)).collect();
        changes
    }
}

/// Completes what the schema planned: a key that is only spelt otherwise keeps what is known, and what is not registered is
/// tried again.
pub(super) fn complete(plan: &mut Plan) -> Changes {
    let Value::Map(planned) = plan.planned.get("devices").clone() else {
        return Changes::default();
    };
    let before = by_serial(plan.prior.get("devices"));
    let computed: Vec<&str> = row().iter().filter(|one| one.is_computed()).map(|one| one.name).collect();
    let complete = |(key, row): (String, Value)| {
        let known = before.get(&comparable(&key)).map_or(&Value::Null, |(_, known)| known);
        // Nothing is known of a device that is not registered.
        let known = if known.get("id").is_null() { &Value::Unknown } else { known };
        let row = computed.iter().fold(row, |row, name| row.with(*name, known.get(name).clone()));
        (key, row)
    };
    let rows: BTreeMap<String, Value> = planned.into_iter().map(complete).collect();
    plan.set("devices", Value::Map(rows));
    let changes = Changes::between(&plan.prior, &plan.planned);
    if !changes.to_register.is_empty() {
        plan.set("failed", Value::Unknown);
    }
    let stays = changes.to_register.is_empty() && changes.to_leave.is_empty() && !plan.prior.is_null();
    for counted in ["device_count", "profile_states"] {
        let value = if stays { plan.prior.get(counted).clone() } else { Value::Unknown };
        plan.set(counted, value);
    }
    changes
}

/// Refuses to take out more devices than anybody means to.
pub(super) fn guard_removals(plan: &Plan, changes: &Changes) -> Result<(), Failure> {
    let (leaving, all) = (changes.to_leave.len(), plan.prior.get("devices").entries().len());
    let allowed = plan.planned.get("removals_allowed").as_i64().and_then(|n| usize::try_from(n).ok());
    let is_much = leaving > allowed.unwrap_or(MOST_UNASKED.max(all / 20));
    if !is_much || on_destroy::of(&plan.planned) == KEEP {
        return Ok(());
    }
    Err(Failure::at(
        "devices",
        "Many devices would be deregistered",
        format!(
            "This plan takes {leaving} of {all} devices out of the fleet, and they would be deregistered from Windows \
             Autopilot: {}. That is what a file that was cut off looks like. If it is meant, set `removals_allowed = \
             {leaving}`, and remove it after the apply.",
            listed(changes.to_leave.iter().map(|one| one.key.as_str()))
        ),
    ))
}

/// How many devices may go without being asked for.
const MOST_UNASKED: usize = 20;
