//! Who belongs to a group: links that a client writes, and rules that the service evaluates.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::objects::{self, ids};
use super::types;
use crate::emulator::rules::{Member, Rule, Subject};
use crate::emulator::world::clock::directory_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{DEVICES, GROUPS, USERS};
use crate::emulator::world::event::{Changed, DirectoryEvent, Event};
use crate::emulator::world::tenant::Tenant;

/// Where a group keeps the ids of its members and owners.
pub(super) const MEMBERS: &str = "_members";
pub(super) const OWNERS: &str = "_owners";

/// Whether a rule decides about the group's members.
pub(crate) fn is_dynamic(group: &Entity) -> bool {
    has_type(group, "DynamicMembership")
}

/// Whether `groupTypes` has this one.
pub(super) fn has_type(group: &Entity, name: &str) -> bool {
    ids(group, "groupTypes").any(|own| own == name)
}

/// The ids of the group's members and of the members of groups in it. The nested groups themselves are among them.
pub(crate) fn transitive_members(tenant: &Tenant, group_id: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = vec![group_id.to_ascii_lowercase()];
    while let Some(id) = waiting.pop() {
        let Some(group) = tenant.collection(GROUPS).get(&id) else {
            continue;
        };
        for member in ids(group, MEMBERS) {
            if objects::find(tenant, member).is_some() && seen.insert(member.to_ascii_lowercase()) {
                found.push(member.to_owned());
                waiting.push(member.to_ascii_lowercase());
            }
        }
    }
    found
}

/// The ids of the groups that the object belongs to: directly, or also through groups that are members of groups.
pub(crate) fn groups_of(tenant: &Tenant, id: &str, transitive: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![id.to_ascii_lowercase()];
    while let Some(id) = waiting.pop() {
        for group in tenant.collection(GROUPS).iter() {
            let own = text(group, "id");
            let contains = ids(group, MEMBERS).any(|member| member.eq_ignore_ascii_case(&id));
            if contains && found.insert(own.to_owned()) && transitive {
                waiting.push(own.to_ascii_lowercase());
            }
        }
    }
    found
}

/// Whether the object is in the group, directly or through groups in it. For one object; for many, ask
/// [`transitive_members`] once.
pub(crate) fn is_member(tenant: &Tenant, group_id: &str, object_id: &str) -> bool {
    transitive_members(tenant, group_id).iter().any(|member| member.eq_ignore_ascii_case(object_id))
}

/// Replaces a link of a group. Intune and `memberOf` rules hear of new members.
pub(super) fn set(tenant: &mut Tenant, group_id: &str, link: &str, ids: Vec<String>) {
    let Some(group) = tenant.collection_mut(GROUPS).get_mut(group_id) else {
        return;
    };
    group.insert(link.to_owned(), Value::from(ids));
    if link == MEMBERS {
        changed(tenant, Changed::Groups);
        tenant.resolve_profiles_later();
    }
}

/// Takes an object that is gone out of every group.
pub(super) fn forget(tenant: &mut Tenant, object_id: &str) {
    for link in [MEMBERS, OWNERS] {
        let holding: Vec<String> = tenant
            .collection(GROUPS)
            .iter()
            .filter(|group| ids(group, link).any(|id| id.eq_ignore_ascii_case(object_id)))
            .map(|group| text(group, "id").to_owned())
            .collect();
        for group_id in holding {
            let group = tenant.collection(GROUPS).get(&group_id);
            let left = group.into_iter().flat_map(|group| ids(group, link));
            let left = left.filter(|id| !id.eq_ignore_ascii_case(object_id)).map(str::to_owned).collect();
            set(tenant, &group_id, link, left);
        }
    }
}

/// Lets dynamic groups follow a change when the service would have noticed it. Changes that come before it looks are
/// seen in one go.
pub(crate) fn changed(tenant: &mut Tenant, what: Changed) {
    let event = Event::from(DirectoryEvent::Evaluate(what));
    let pending = tenant.scheduled().any(|scheduled| *scheduled == event);
    let concerned = tenant.collection(GROUPS).iter().any(|group| concerns(group, what));
    if concerned && !pending {
        tenant.schedule(tenant.latencies.dynamic_group, event);
    }
}

/// Lets one group follow its new rule.
pub(super) fn rule_changed(tenant: &mut Tenant, group_id: &str) {
    let event = DirectoryEvent::EvaluateGroup(group_id.to_owned());
    tenant.schedule(tenant.latencies.dynamic_group, event);
}

/// Evaluates the rules that look at what changed.
pub(super) fn evaluate_all(tenant: &mut Tenant, what: Changed) {
    let concerned = tenant.collection(GROUPS).iter().filter(|group| concerns(group, what));
    let concerned: Vec<String> = concerned.map(|group| text(group, "id").to_owned()).collect();
    for group_id in concerned {
        evaluate(tenant, &group_id);
    }
}

/// Makes the group's members what its rule says.
pub(super) fn evaluate(tenant: &mut Tenant, group_id: &str) {
    let Some(group) = tenant.collection(GROUPS).get(group_id) else {
        return;
    };
    if !is_dynamic(group) || text(group, "membershipRuleProcessingState") != "On" {
        return;
    }
    let Ok(rule) = Rule::parse(text(group, "membershipRule")) else {
        // A rule that was accepted while processing was paused fails only now. The members stay as they are.
        let error = "Membership updates could not be evaluated: unsupported property.";
        note_processing(tenant, group_id, "Failed", Some(error), false);
        return;
    };
    let selected = select(tenant, &rule, text(group, "membershipRule"));
    let changed = !ids(group, MEMBERS).eq(selected.iter().map(String::as_str));
    note_processing(tenant, group_id, "Succeeded", None, changed);
    if changed {
        set(tenant, group_id, MEMBERS, selected);
    }
}

/// What beta shows of a dynamic group whose rule was not looked at yet.
pub(super) fn not_started() -> Value {
    json!({
        "errorMessage": null,
        "lastMembershipUpdated": types::PROCESSING_STATUS_UPDATED_NEVER,
        "status": "NotStarted",
    })
}

fn select(tenant: &Tenant, rule: &Rule, rule_text: &str) -> Vec<String> {
    let candidates = match rule.about() {
        Subject::Users => tenant.collection(USERS),
        Subject::Devices => tenant.collection(DEVICES),
    };
    let groups = if looks_at_groups(rule_text) { direct_groups(tenant) } else { HashMap::new() };
    let now = tenant.now();
    let satisfies = |entity: &&Entity| {
        let groups = groups.get(text(entity, "id")).map_or(&[][..], Vec::as_slice);
        rule.matches(&Member { entity, groups, now })
    };
    candidates.iter().filter(satisfies).map(|entity| text(entity, "id").to_owned()).collect()
}

fn direct_groups(tenant: &Tenant) -> HashMap<&str, Vec<&str>> {
    let mut groups: HashMap<&str, Vec<&str>> = HashMap::new();
    for group in tenant.collection(GROUPS).iter() {
        for member in ids(group, MEMBERS) {
            groups.entry(member).or_default().push(text(group, "id"));
        }
    }
    groups
}

fn concerns(group: &Entity, what: Changed) -> bool {
    let rule = text(group, "membershipRule");
    is_dynamic(group)
        && match what {
            Changed::Users => {
                rule.contains("user.") || rule.to_ascii_lowercase().starts_with("direct reports")
            }
            Changed::Devices => rule.contains("device."),
            Changed::Groups => looks_at_groups(rule),
        }
}

fn looks_at_groups(rule: &str) -> bool {
    rule.contains(".memberOf")
}

fn note_processing(tenant: &mut Tenant, group_id: &str, status: &str, error: Option<&str>, updated: bool) {
    let now = directory_timestamp(tenant.now());
    let Some(group) = tenant.collection(GROUPS).get(group_id) else {
        return;
    };
    let before = group.get("membershipRuleProcessingStatus").cloned().unwrap_or_default();
    let first = before["status"] == "NotStarted";
    let moment = match &before["lastMembershipUpdated"] {
        Value::String(moment) if !updated && (!first || error.is_some()) => moment.clone(),
        _ => now,
    };
    let after = json!({ "errorMessage": error, "lastMembershipUpdated": moment, "status": status });
    if after != before
        && let Some(group) = tenant.collection_mut(GROUPS).get_mut(group_id)
    {
        group.insert("membershipRuleProcessingStatus".to_owned(), after);
    }
}
