//! Whom a profile or page applies to: one shape in configuration, Graph's assignment targets on the other side.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::path::Path;
use crate::tf_provider::schema::{
    Attribute, Choice, Rule, choice, default, guid, object, optional, pick, set_of,
};
use crate::tf_provider::value::Value;

use super::left_out::left_alone;
use super::mapping::{NO_ID, local_word, remote_word};

/// Targets a deployment profile takes.
pub(crate) const PROFILE_TARGETS: &[Choice] = &[GROUP, EXCLUSION, ALL_DEVICES];
/// Targets a status page takes.
pub(crate) const PAGE_TARGETS: &[Choice] = &[GROUP, ALL_DEVICES, ALL_USERS];

/// The `assignments` argument. Filters are an option of some objects only.
pub(crate) fn assignments(targets: &'static [Choice], filters: bool, description: &'static str) -> Attribute {
    let mut parts = vec![
        default("target", choice(targets), GROUP.name, "What is targeted.").open(),
        optional("group_id", guid(), "Object id of the group, for a target that is a group."),
    ];
    if filters {
        parts.push(optional("filter_id", guid(), "Id of an assignment filter that narrows the target."));
        parts
            .push(optional("filter_mode", choice(FILTER_MODES), "How the filter narrows the target.").open());
    }
    left_alone("assignments", set_of(object(parts)), description)
}

/// What assignments of these targets must satisfy beyond their parts.
pub(crate) fn rules(targets: &[Choice], filters: bool) -> Vec<Rule> {
    let mut rules = vec![
        each(
            "A target that is a group needs `group_id`; any other target takes none.",
            |one, _, at, problems| {
                let (target, group) = (one.get("target"), one.get("group_id"));
                if target.is_unknown() || group.is_unknown() {
                    return;
                }
                // The default is not filled in yet when a configuration is checked.
                let target = target.as_str().unwrap_or(GROUP.name);
                if !TARGETS.iter().any(|known| known.name == target) {
                    return;
                }
                let is_group = target == GROUP.name || target == EXCLUSION.name;
                if is_group && group.is_null() {
                    problems.error_at(at, "Assignment without a group", format!(
                    "An assignment with target \"{target}\" needs `group_id`. Add the group's object id, or choose \
                     another target."
                ));
                } else if !is_group && !group.is_null() {
                    problems.error_at(at, "Assignment with a superfluous group", format!(
                    "An assignment with target \"{target}\" already means everybody; `group_id` would be ignored. \
                     Remove `group_id`, or set `target = \"group\"`."
                ));
                }
            },
        ),
        Rule::new("A target stands only once.", |config, problems| {
            let mut seen = Vec::new();
            for one in config.get("assignments").elements() {
                let group = one.get("group_id");
                if one.is_unknown() || one.get("target").is_unknown() || group.is_unknown() {
                    continue;
                }
                let target = one.get("target").as_str().unwrap_or(GROUP.name).to_owned();
                let key = (target, group.as_str().map(str::to_lowercase));
                if seen.contains(&key) {
                    problems.error_at(
                        Path::from("assignments").set_element(one.clone()),
                        "Target assigned twice",
                        "Two assignments have this target and differ in their filter only; Graph keeps one of them. \
                         Remove one.",
                    );
                }
                seen.push(key);
            }
        }),
    ];
    if filters {
        rules.push(each("`filter_id` and `filter_mode` go together.", |one, _, at, problems| {
            let (id, mode) = (one.get("filter_id"), one.get("filter_mode"));
            if id.is_null() != mode.is_null() {
                problems.error_at(
                    at,
                    "Assignment filter incomplete",
                    "`filter_id` and `filter_mode` have an effect only together. Give both, or neither.",
                );
            }
        }));
    }
    if targets.contains(&EXCLUSION) {
        rules.push(each("A group that is excluded too gets nothing.", |one, config, at, problems| {
            let is_excluded = |other: &Value| {
                other.get("target").as_str() == Some(EXCLUSION.name)
                    && other.get("group_id").as_str().map(str::to_lowercase)
                        == one.get("group_id").as_str().map(str::to_lowercase)
            };
            let is_included = matches!(one.get("target"), Value::Null) || one.get("target").as_str() == Some(GROUP.name);
            if is_included && !one.get("group_id").is_null() && config.get("assignments").elements().iter().any(is_excluded) {
                // "Exclude groups when you assign": exclusion takes precedence over inclusion (learn.microsoft.com, Assign
                // policies in Microsoft Intune).
                problems.warning_at(
                    at,
                    "Group included and excluded",
                    "The group is both assigned and excluded, and the exclusion wins, so its members get nothing. Remove one \
                     of the two.",
                );
            }
        }));
        rules.push(Rule::new(
            "Excluding groups has no effect on a target of all devices; Graph refuses the combination.",
            |config, problems| {
                let targets: Vec<&str> = config
                    .get("assignments")
                    .elements()
                    .iter()
                    .filter_map(|one| one.get("target").as_str())
                    .collect();
                if targets.contains(&ALL_DEVICES.name) && targets.contains(&EXCLUSION.name) {
                    problems.error_at(Path::from("assignments"), "Exclusion from all devices",
                    "Graph does not exclude groups from an assignment to all devices. Assign to a group that holds \
                     the devices you mean, and exclude from that.");
                }
            },
        ));
    }
    rules.into_iter().map(Rule::of_changes).collect()
}

/// An assignment as Graph's target object. With `filters`, the filter properties are always written.
pub(crate) fn target(assignment: &Value, filters: bool) -> Json {
    let kind = assignment.get("target").as_str().unwrap_or(GROUP.name);
    let mut target = json!({"@odata.type": remote_word(TARGETS, kind)});
    if let Some(group) = assignment.get("group_id").as_str() {
        target["groupId"] = json!(group);
    }
    if filters {
        let mode = assignment.get("filter_mode").as_str().unwrap_or("none");
        target["deviceAndAppManagementAssignmentFilterId"] = json!(assignment.get("filter_id").as_str());
        target["deviceAndAppManagementAssignmentFilterType"] = json!(mode);
    }
    target
}

/// The target of an assignment, as Graph answers it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    #[serde(rename = "@odata.type")]
    kind: String,
    group_id: Option<String>,
    #[serde(rename = "deviceAndAppManagementAssignmentFilterId")]
    filter_id: Option<String>,
    #[serde(rename = "deviceAndAppManagementAssignmentFilterType")]
    filter_mode: Option<String>,
}

/// The assignment that a target means. Targets of other kinds keep Graph's name for their kind.
pub(crate) fn from_target(target: &Target, filters: bool) -> Value {
    let existing = |id: &Option<String>| id.clone().filter(|id| !id.is_empty() && id != NO_ID);
    let kind = local_word(TARGETS, &target.kind);
    let mut fields =
        vec![("target", Value::from(kind)), ("group_id", Value::from(existing(&target.group_id)))];
    if filters {
        let id = existing(&target.filter_id);
        // Without a filter the mode is "none", whatever Graph leaves in the field.
        let mode = target.filter_mode.clone().filter(|mode| id.is_some() && mode != "none");
        fields.push(("filter_id", Value::from(id)));
        fields.push(("filter_mode", Value::from(mode)));
    }
    Value::object(fields)
}

/// What to add and what to remove to get from one set of assignments to another.
pub(crate) fn difference(from: &Value, to: &Value) -> (Vec<Value>, Vec<Value>) {
    let only_in = |a: &Value, b: &Value| {
        let b: Vec<Value> = b.elements().iter().map(spelled_plainly).collect();
        let others = a.elements().iter().filter(|x| !b.contains(&spelled_plainly(x)));
        others.cloned().collect::<Vec<_>>()
    };
    (only_in(to, from), only_in(from, to))
}

/// Whether two sets assign the same.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    let (additions, removals) = difference(a, b);
    additions.is_empty() && removals.is_empty()
}

/// Whether an assignment targets every device of the tenant.
pub(crate) fn is_all_devices(assignment: &Value) -> bool {
    assignment.get("target").as_str() == Some(ALL_DEVICES.name)
}

/// Whether a profile or page is assigned to every device of the tenant.
pub(crate) fn has_all_devices(state: &Value) -> bool {
    state.get("assignments").elements().iter().any(is_all_devices)
}

/// An assignment with its ids in small letters, as ids are compared.
fn spelled_plainly(assignment: &Value) -> Value {
    let plain = assignment.entries().iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.clone(), |text| Value::from(text.to_lowercase()));
        (name.clone(), value)
    });
    Value::object(plain)
}

fn each(
    sentence: &'static str,
    test: impl Fn(&Value, &Value, Path, &mut Diagnostics) + Send + Sync + 'static,
) -> Rule {
    Rule::new(sentence, move |config, problems| {
        for one in config.get("assignments").elements() {
            if !one.is_unknown() {
                test(one, config, Path::from("assignments").set_element(one.clone()), problems);
            }
        }
    })
}

const GROUP: Choice = pick("group", "#microsoft.graph.groupAssignmentTarget", "the members of a group");
const EXCLUSION: Choice = pick(
    "exclusion_group",
    "#microsoft.graph.exclusionGroupAssignmentTarget",
    "everybody but the members of a group",
);
const ALL_DEVICES: Choice =
    pick("all_devices", "#microsoft.graph.allDevicesAssignmentTarget", "every device");
const ALL_USERS: Choice =
    pick("all_users", "#microsoft.graph.allLicensedUsersAssignmentTarget", "every licensed user");
const TARGETS: &[Choice] = &[GROUP, EXCLUSION, ALL_DEVICES, ALL_USERS];
const FILTER_MODES: &[Choice] = &[
    pick("include", "include", "only devices that match the filter"),
    pick("exclude", "exclude", "only devices that do not match the filter"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::decode;

    const GROUP_ID: &str = "6e2b7c3a-6a0e-4f0b-9d5e-2f6d9a1b0c11";

    fn to_group() -> Value {
        Value::object([("target", Value::from("group")), ("group_id", Value::from(GROUP_ID))])
    }

    #[test]
    fn a_target_comes_back_as_the_assignment_it_was() {
        let back = |target: Json, filters| from_target(&decode(&target).unwrap(), filters);
        assert_eq!(back(target(&to_group(), false), false), to_group());
        let filtered = to_group().with("filter_id", GROUP_ID).with("filter_mode", "exclude");
        assert_eq!(back(target(&filtered, true), true), filtered);
    }

    #[test]
    fn no_filter_has_one_spelling() {
        let plain = to_group().with("filter_id", Value::Null).with("filter_mode", Value::Null);
        for id in [json!(null), json!(""), json!(NO_ID)] {
            let mut target = target(&plain, true);
            target["deviceAndAppManagementAssignmentFilterId"] = id;
            assert_eq!(from_target(&decode(&target).unwrap(), true), plain);
        }
    }

    #[test]
    fn a_difference_names_only_what_changes() {
        let all = Value::object([("target", Value::from("all_devices")), ("group_id", Value::Null)]);
        let before = Value::set([to_group()]);
        let after = Value::set([all.clone()]);
        assert_eq!(difference(&before, &after), (vec![all], vec![to_group()]));
        assert_eq!(difference(&before, &before), (vec![], vec![]));
        assert_eq!(difference(&Value::Null, &before).0, vec![to_group()]);
    }

    #[test]
    fn ids_in_capitals_are_the_same_ids() {
        let shouted = to_group().with("group_id", GROUP_ID.to_uppercase());
        assert!(same(&Value::set([shouted]), &Value::set([to_group()])));
        assert!(!same(&Value::Null, &Value::set([to_group()])));
    }

    #[test]
    fn an_incomplete_assignment_is_refused_with_its_place() {
        let table = [
            (Value::object([("target", Value::from("group"))]), "without a group"),
            (to_group().with("target", "all_devices"), "superfluous"),
            (to_group().with("filter_id", GROUP_ID), "incomplete"),
            (to_group().with("group_id", GROUP_ID.to_uppercase()), "twice"),
        ];
        for (assignment, expected) in table {
            let config = Value::object([("assignments", Value::set([to_group(), assignment]))]);
            let mut problems = Diagnostics::default();
            rules(PAGE_TARGETS, true).iter().for_each(|rule| rule.run(&config, &mut problems));
            let summaries: Vec<_> = problems.iter().map(|p| p.summary.clone()).collect();
            assert!(summaries.iter().any(|s| s.contains(expected)), "{expected}: {summaries:?}");
        }
    }
}
