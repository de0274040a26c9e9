//! Whether a tenant is as it was: what of its state counts, and what differs.

use std::collections::BTreeMap;

use serde_json::Value;

/// What of a tenant's state must be as before, by a name for it. Memories (logs, events, deleted groups, sign-ins) and
/// times of change are not part of the picture.
pub(crate) fn picture(state: &Value) -> BTreeMap<String, Value> {
    let mut picture = BTreeMap::new();
    let Some(collections) = state["collections"].as_object() else {
        return picture;
    };
    for (collection, objects) in collections {
        if MEMORIES.contains(&collection.as_str()) {
            continue;
        }
        for object in each(objects) {
            let name = object["displayName"].as_str().or_else(|| object["id"].as_str()).unwrap_or_default();
            let key = format!("{collection} `{name}` ({})", object["id"].as_str().unwrap_or_default());
            picture.insert(key, lasting(object));
        }
    }
    picture
}

/// What one picture has and the other has not, or has otherwise.
pub(crate) fn difference(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let missing =
        before.keys().filter(|key| !after.contains_key(*key)).map(|key| format!("{key} is missing"));
    let left = after.keys().filter(|key| !before.contains_key(*key)).map(|key| format!("{key} is left"));
    let changed = before
        .iter()
        .filter(|(key, value)| after.get(*key).is_some_and(|now| now != *value))
        .map(|(key, value)| format!("{key} changed in {}", members_that_differ(value, &after[key])));
    missing.chain(left).chain(changed).collect()
}

fn each(objects: &Value) -> Vec<&Value> {
    match objects {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

fn lasting(object: &Value) -> Value {
    let Value::Object(members) = object else {
        return object.clone();
    };
    let lasting = members.iter().filter(|(name, _)| !PASSING.iter().any(|passing| name.contains(passing)));
    Value::Object(lasting.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn members_that_differ(before: &Value, after: &Value) -> String {
    let names = before.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    names.filter(|name| before[*name] != after[*name]).collect::<Vec<_>>().join(", ")
}

/// Collections that remember what happened.
const MEMORIES: [&str; 4] =
    ["deletedItems", "autopilotEvents", "factoryLaptops", "importedWindowsAutopilotDeviceIdentities"];
/// Members that change by being touched.
const PASSING: [&str; 5] = ["lastModifiedDateTime", "version", "DateTime", "renewed", "lastSync"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_names_what_is_left_missing_or_changed() {
        let state = |groups: Value| {
            picture(&json!({"collections": {"groups": groups, "deletedItems": [{"id": "x"}]}}))
        };
        let before =
            state(json!([{"id": "1", "displayName": "A", "rule": "x"}, {"id": "2", "displayName": "B"}]));
        let after =
            state(json!([{"id": "1", "displayName": "A", "rule": "y"}, {"id": "3", "displayName": "C"}]));
        assert_eq!(
            difference(&before, &after),
            ["groups `B` (2) is missing", "groups `C` (3) is left", "groups `A` (1) changed in rule"]
        );
        assert!(difference(&before, &before).is_empty());
    }
}
