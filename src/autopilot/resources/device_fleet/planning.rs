//! What a change of a fleet means: which devices come, go, are tried again. Pure, and linear in the number of devices.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::schema::row;
use crate::autopilot::devices::{KEEP, comparable, listed};
use crate::autopilot::registering::hashes::Doubts;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::value::Value;

/// What a plan will do, by the keys of its devices.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Not registered yet, or to be tried again.
    pub(super) to_register: Vec<String>,
    /// Registered, and not to be in the fleet any more: keys of the prior state.
    pub(super) to_leave: Vec<String>,
}

/// Completes what the schema planned: a key that is only spelt otherwise keeps what is known, and what is not registered is
/// tried again.
pub(super) fn complete(plan: &mut Plan) -> Changes {
    let mut changes = Changes::default();
    let Value::Map(planned) = plan.planned.get("devices").clone() else {
        return changes;
    };
    let before = by_serial(plan.prior.get("devices"));
    let told: Vec<&str> = row().iter().filter(|one| one.is_computed()).map(|one| one.name).collect();
    let mut rows = BTreeMap::new();
    for (key, mut row) in planned {
        let known = before.get(&comparable(&key)).map(|(_, row)| *row);
        match known {
            Some(known) if !known.get("id").is_null() => {
                for name in &told {
                    row = row.with(*name, known.get(name).clone());
                }
            }
            _ => {
                for name in &told {
                    row = row.with(*name, Value::Unknown);
                }
                changes.to_register.push(key.clone());
            }
        }
        rows.insert(key, row);
    }
    let kept: HashSet<String> = rows.keys().map(|key| comparable(key)).collect();
    let leaves = |(serial, (_, row)): &(&String, &(&String, &Value))| {
        !kept.contains(*serial) && !row.get("id").is_null()
    };
    changes.to_leave = before.iter().filter(leaves).map(|(_, (key, _))| (*key).clone()).collect();
    changes.to_leave.sort();
    plan.set("devices", Value::Map(rows));
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
    let is_much = match allowed {
        Some(allowed) => leaving > allowed,
        None => leaving > MOST_UNASKED && leaving * 20 > all,
    };
    if !is_much || plan.planned.get("on_destroy").as_str() == Some(KEEP) {
        return Ok(());
    }
    Err(Failure::at(
        "devices",
        "Many devices would be deregistered",
        format!(
            "This plan takes {leaving} of {all} devices out of the fleet, and they would be deregistered from Windows \
             Autopilot: {}. That is what a file that was cut off looks like. If it is meant, set `removals_allowed = \
             {leaving}`, and remove it after the apply.",
            listed(changes.to_leave.iter().map(String::as_str))
        ),
    ))
}

/// What is doubtful about the hashes of devices that are to be registered.
pub(super) fn doubts(plan: &Plan, changes: &Changes) -> Vec<(&'static str, String)> {
    let rows = plan.config.get("devices");
    let mut doubts = Doubts::default();
    changes.to_register.iter().for_each(|key| doubts.look_at(key, rows.get(key)));
    doubts.told(plan.planned.get("adopt_existing").as_bool() == Some(true))
}

/// Rows by comparable serial number, with their keys.
pub(super) fn by_serial(devices: &Value) -> HashMap<String, (&String, &Value)> {
    devices.entries().iter().map(|(key, row)| (comparable(key), (key, row))).collect()
}

/// How many devices may go without being asked for.
const MOST_UNASKED: usize = 20;
