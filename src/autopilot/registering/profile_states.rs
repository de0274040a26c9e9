//! How many devices have which profile status.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value as Json;

use super::roll::{Sought, once};
use crate::autopilot::devices::{PROFILE_STATES, PROFILE_STATUS};
use crate::autopilot::mapping::local_word;
use crate::autopilot::session::Session;
use crate::tf_provider::value::Value;

/// Counts devices by the status.
pub(crate) fn profile_states<'a>(devices: impl IntoIterator<Item = &'a Json>) -> Value {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for device in devices {
        let status = device[PROFILE_STATUS].as_str().unwrap_or("unknown");
        *counts.entry(local_word(PROFILE_STATES, status)).or_default() += 1;
    }
    Value::map(counts.into_iter().map(|(status, count)| (status, Value::from(count))))
}

/// Counts the devices with these ids, as they are now.
pub(crate) async fn counted<'a>(session: &Session, ids: impl IntoIterator<Item = &'a str>) -> Value {
    let roll = Sought::ids(ids).look(session, &once("profile states")).await;
    profile_states(roll.unwrap_or_default().devices())
}

/// The sum of two such counts.
pub(crate) fn more(some: &Value, others: &Value) -> Value {
    let statuses: BTreeSet<&String> = some.entries().keys().chain(others.entries().keys()).collect();
    let count = |counts: &Value, status: &str| counts.get(status).as_i64().unwrap_or_default();
    let sum = |status: &String| Value::from(count(some, status) + count(others, status));
    Value::map(statuses.into_iter().map(|status| (status.clone(), sum(status))))
}
