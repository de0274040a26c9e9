//! Who is meant by a device registration setting: everybody, nobody, or selected users and groups.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::mapping::{local_word, remote_word};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::path::Path;
use crate::tf_provider::schema::{
    AttributeKind, Choice, GUID, IdForm, Rule, choice, id, object, optional, pick, required, set_of,
};
use crate::tf_provider::value::Value;

/// The kind of an argument that says who is meant.
pub(crate) fn membership() -> AttributeKind {
    object([
        required("scope", choice(SCOPES), "Who is meant.").open(),
        optional("user_ids", object_ids(), "Object ids of users, with scope `selected`."),
        optional("group_ids", object_ids(), "Object ids of groups, with scope `selected`."),
    ])
}

/// What a membership must satisfy: ids with `selected`, and only there.
pub(crate) fn rule(path: &'static [&'static str]) -> Rule {
    let written = path.join(".");
    Rule::new(
        format!("`{written}` takes ids with scope `{SELECTED}`, at least one, and with no other scope."),
        move |config, problems| {
            let membership = path.iter().fold(config, |value, step| value.get(step));
            let at = path.iter().skip(1).fold(Path::from(path[0]), |path, step| path.attr(*step));
            judge(membership, at, problems);
        },
    )
    .of_changes()
}

/// What settings must satisfy whose scope can be selected groups.
pub(crate) fn groups_rule(settings: &'static [&'static str]) -> Rule {
    Rule::new(
        "`group_ids` goes with scope `selected`, at least one, and with no other scope.",
        move |config, problems| {
            for part in settings {
                let value = config.get(part);
                let (Some(scope), groups) = (value.get("scope").as_str(), value.get("group_ids")) else {
                    continue;
                };
                let empty = groups.elements().is_empty() && !groups.is_unknown();
                let at = Path::from(*part).attr("group_ids");
                if scope == "selected" && empty {
                    problems.error_at(at, "No group is selected",
                    "Scope `selected` needs at least one group in `group_ids`: Graph has no scope of selected groups \
                     without groups. Add one, or use scope `none`.");
                } else if scope != "selected" && !empty {
                    problems.error_at(at, "Groups without effect", format!(
                    "Scope `{scope}` removes all groups from the policy, so `group_ids` would be lost. Remove \
                     `group_ids`, or use scope `selected`."));
                }
            }
        },
    )
}

/// A membership as Graph writes it. Both lists are always there for selected ones, as the service wants them.
pub(crate) fn to_graph(membership: &Value) -> Json {
    let ids = |name: &str| -> Vec<&str> {
        membership.get(name).elements().iter().filter_map(Value::as_str).collect()
    };
    let scope = membership.get("scope").as_str().unwrap_or(NONE);
    let kind = remote_word(SCOPES, scope);
    match scope {
        SELECTED => json!({"@odata.type": kind, "users": ids("user_ids"), "groups": ids("group_ids")}),
        _ => json!({"@odata.type": kind}),
    }
}

/// A membership as Graph answers it.
#[derive(Deserialize)]
pub(crate) struct Membership {
    #[serde(rename = "@odata.type")]
    kind: String,
    users: Option<Vec<String>>,
    groups: Option<Vec<String>>,
}

/// The membership that Graph's answer means; null when there is none.
pub(crate) fn from_graph(found: Option<Membership>) -> Value {
    let Some(Membership { kind, users, groups }) = found else {
        return Value::Null;
    };
    let ids = |ids: Option<Vec<String>>| match ids {
        Some(ids) if !ids.is_empty() => Value::set(ids.into_iter().map(Value::from)),
        _ => Value::Null,
    };
    let scope = Value::from(local_word(SCOPES, &kind));
    Value::object([("scope", scope), ("user_ids", ids(users)), ("group_ids", ids(groups))])
}

/// Ids of objects in the directory. Names of people are the usual mistake, so they are told apart.
pub(crate) const OBJECT_ID: IdForm = IdForm {
    sentence: "an object id (a GUID)",
    several: "object ids (GUIDs)",
    test: |text| match text {
        name if name.contains('@') => Err(format!(
            "`{name}` is a user principal name; use the user's object id, for instance from `data.autopilot_user`"
        )),
        id => (GUID.test)(id),
    },
};

/// Several of them.
pub(crate) fn object_ids() -> AttributeKind {
    set_of(id(&OBJECT_ID))
}

/// The ids to add, and those to remove, to get from one set of ids to another.
pub(crate) fn difference<'a>(from: &'a Value, to: &'a Value) -> (Vec<&'a str>, Vec<&'a str>) {
    let only_in = |a: &'a Value, b: &Value| -> Vec<&'a str> {
        let has =
            |id: &str| b.elements().iter().filter_map(Value::as_str).any(|b| b.eq_ignore_ascii_case(id));
        a.elements().iter().filter_map(Value::as_str).filter(|id| !has(id)).collect()
    };
    (only_in(to, from), only_in(from, to))
}

fn judge(membership: &Value, at: Path, problems: &mut Diagnostics) {
    let Some(scope) = membership.get("scope").as_str() else {
        return;
    };
    let lists = [membership.get("user_ids"), membership.get("group_ids")];
    if lists.iter().any(|list| list.is_unknown()) {
        return;
    }
    let empty = lists.iter().all(|list| list.elements().is_empty());
    if scope == SELECTED && empty {
        problems.error_at(at, "Nobody is selected",
            "Scope `selected` needs at least one id in `user_ids` or `group_ids`. Add one, or use scope `none` if \
             nobody is meant.");
    } else if scope != SELECTED && !empty {
        problems.error_at(at, "Ids without effect", format!(
            "With scope `{scope}` the ids in `user_ids` and `group_ids` would be ignored. Remove them, or use scope \
             `selected`."));
    }
}

const NONE: &str = "none";
const SELECTED: &str = "selected";
const SCOPES: &[Choice] = &[
    pick("all", "#microsoft.graph.allDeviceRegistrationMembership", "everybody"),
    pick(SELECTED, "#microsoft.graph.enumeratedDeviceRegistrationMembership", "the users and groups given"),
    pick(NONE, "#microsoft.graph.noDeviceRegistrationMembership", "nobody"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::decode;

    const ID: &str = "6e2b7c3a-6a0e-4f0b-9d5e-2f6d9a1b0c11";

    #[test]
    fn a_membership_comes_back_as_it_was_written() {
        let selected = Value::object([
            ("scope", Value::from(SELECTED)),
            ("user_ids", Value::Null),
            ("group_ids", Value::set([Value::from(ID)])),
        ]);
        let back = |written: Json| from_graph(decode(&written).unwrap());
        assert_eq!(back(to_graph(&selected)), selected);
        assert_eq!(to_graph(&selected)["users"], json!([]));
        let all = selected.with("scope", "all").with("group_ids", Value::Null);
        assert_eq!(
            to_graph(&all),
            json!({"@odata.type": "#microsoft.graph.allDeviceRegistrationMembership"})
        );
        assert_eq!(back(to_graph(&all)), all);
    }

    #[test]
    fn ids_belong_to_selected_and_to_nothing_else() {
        let table = [
            ("selected", false, Some("Nobody")),
            ("all", true, Some("without effect")),
            ("none", false, None),
        ];
        for (scope, with_ids, expected) in table {
            let ids = if with_ids { Value::set([Value::from(ID)]) } else { Value::Null };
            let membership = Value::object([("scope", Value::from(scope)), ("user_ids", ids)]);
            let mut problems = Diagnostics::default();
            judge(&membership, Path::from("allowed_to_join"), &mut problems);
            let found = problems.iter().next().map(|p| p.summary.clone());
            assert_eq!(found.is_some(), expected.is_some(), "{scope}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{scope}");
        }
    }

    #[test]
    fn ids_in_capitals_are_the_same_ids() {
        let (small, capital) = (Value::set([Value::from(ID)]), Value::set([Value::from(ID.to_uppercase())]));
        assert_eq!(difference(&small, &capital), (vec![], vec![]));
        assert_eq!(difference(&Value::Null, &small), (vec![ID], vec![]));
        assert_eq!(difference(&small, &Value::set([])), (vec![], vec![ID]));
    }

    #[test]
    fn a_person_s_name_is_told_from_a_broken_id() {
        let problem = (OBJECT_ID.test)("ann@contoso.com").unwrap_err();
        assert!(problem.contains("user principal name"), "{problem}");
        assert!((OBJECT_ID.test)(ID).is_ok());
    }
}
