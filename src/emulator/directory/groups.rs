//! `/groups`: creating, reading, changing and deleting.

use serde_json::Value;

use super::membership::{self, MEMBERS, OWNERS, has_type, is_dynamic};
use super::objects::{ObjectKind, ids};
use super::types::GROUP;
use super::{deleted, reference, replication, views};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::login::Identity;
use crate::emulator::rules::{Rule, RuleError};
use crate::emulator::world::clock::directory_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::GROUPS;
use crate::emulator::world::event::Changed;
use crate::emulator::world::tenant::Tenant;

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    let lags = replication::list_lags(call.tenant);
    let tenant = &*call.tenant;
    let known = |group: &&Entity| !lags || !replication::disputed(tenant, group);
    views::GROUPS.page(call, tenant.collection(GROUPS).iter().filter(known))
}

pub(super) fn count(call: &mut Call<'_>) -> OperationResult {
    views::GROUPS.count(call, call.tenant.collection(GROUPS).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let group = replication::group_for_reading(call.tenant, &id)?.clone();
    views::GROUPS.one(call, &group)
}

/// By the alternate key.
pub(super) fn get_by_unique_name(call: &mut Call<'_>) -> OperationResult {
    let name = call.key("uniqueName");
    let group = call.tenant.collection(GROUPS).find("uniqueName", &name).filter(|_| !name.is_empty());
    let group = group.ok_or_else(|| GraphError::directory_not_found(&name))?;
    views::GROUPS.one(call, group)
}

pub(super) fn create(call: &mut Call<'_>) -> OperationResult {
    let mut group = call.new_entity(&GROUP)?;
    let owners = take_bound(call, &mut group, "owners@odata.bind")?;
    let members = take_bound(call, &mut group, "members@odata.bind")?;
    let count = owners.len() + members.len();
    if reference::exceeds_limit(count) {
        return Err(reference::too_many(count));
    }
    check(&group)?;
    check_rule(&group, call.tenant)?;
    if is_dynamic(&group) && !members.is_empty() {
        return Err(insufficient_privileges());
    }
    if group.get("isAssignableToRole") == Some(&Value::Bool(true)) {
        let granted = call.caller.permissions.iter().any(|name| name == "RoleManagement.ReadWrite.Directory");
        if !granted {
            return Err(insufficient_privileges());
        }
    }
    check_unique(call.tenant, &group)?;
    check_members(call.tenant, &members)?;
    check_owners(call.tenant, &owners)?;

    let id = call.tenant.new_guid();
    complete(call, &mut group, &id);
    group.insert(MEMBERS.to_owned(), Value::from(members));
    group.insert(OWNERS.to_owned(), Value::from(with_creator(call, &group, owners)));
    replication::begin(call.tenant, &mut group);
    let dynamic = is_dynamic(&group);
    call.tenant.collection_mut(GROUPS).insert(group.clone());
    if dynamic {
        membership::rule_changed(call.tenant, &id);
    } else {
        membership::changed(call.tenant, Changed::Groups);
        call.tenant.resolve_profiles_later();
    }
    let location = format!(
        "{}/v2/{}/directoryObjects/{id}/Microsoft.DirectoryServices.Group",
        call.origin, call.tenant.id
    );
    Ok(views::GROUPS.one(call, &group)?.created(&location))
}

pub(super) fn update(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let mut changes = call.changes(&GROUP)?;
    let owners = take_bound(call, &mut changes, "owners@odata.bind")?;
    let members = take_bound(call, &mut changes, "members@odata.bind")?;
    let before = replication::group(call.tenant, &id)?.clone();
    if let Some(name) =
        ["mailEnabled", "uniqueName"].into_iter().find(|name| rewrites(&before, &changes, name))
    {
        // Source: the reference of "Update group"; the words are a guess.
        return Err(GraphError::directory(format!("Property '{name}' is read-only and cannot be set.")));
    }
    let mut after = before.clone();
    after.extend(changes.clone());
    check(&after)?;
    let retyped = is_dynamic(&before) != is_dynamic(&after);
    let ruled = changes.contains_key("membershipRule") || retyped;
    if is_dynamic(&after) && ruled || changes.contains_key("membershipRule") {
        check_rule(&after, call.tenant)?;
    }
    if is_dynamic(&after) && !members.is_empty() {
        return Err(insufficient_privileges());
    }
    check_unique(call.tenant, &after)?;
    check_members(call.tenant, &members)?;
    check_owners(call.tenant, &owners)?;
    let members = joined(&after, MEMBERS, members)?;
    let owners = joined(&after, OWNERS, owners)?;

    if is_dynamic(&after) && ruled {
        after.insert("membershipRuleProcessingStatus".to_owned(), membership::not_started());
    }
    let evaluates = is_dynamic(&after) && (ruled || changes.contains_key("membershipRuleProcessingState"));
    call.tenant.collection_mut(GROUPS).insert(after);
    if let Some(members) = members {
        membership::set(call.tenant, &id, MEMBERS, members);
    }
    if let Some(owners) = owners {
        membership::set(call.tenant, &id, OWNERS, owners);
    }
    if evaluates {
        membership::rule_changed(call.tenant, &id);
    }
    Ok(Reply::no_content())
}

pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    replication::group(call.tenant, &id)?;
    deleted::soft_delete(call.tenant, &id);
    Ok(Reply::no_content())
}

/// Why an edit of a dynamic group's members is refused. Source: reports; 400 has been seen too.
pub(super) fn insufficient_privileges() -> GraphError {
    GraphError::new(
        http::StatusCode::FORBIDDEN,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// Source: the answers that the azuread provider's issues show.
pub(super) fn already_there(link: &str) -> GraphError {
    let name = link.trim_start_matches('_');
    GraphError::directory(format!(
        "One or more added object references already exist for the following modified properties: '{name}'."
    ))
}

/// Whether these may be members of a group.
pub(super) fn check_members(tenant: &Tenant, members: &[String]) -> Result<(), GraphError> {
    members.iter().try_for_each(|id| reference::resolve(tenant, id).map(|_| ()))
}

/// Only users and applications own groups. Source: the reference of "Add owners"; the words are a guess.
pub(super) fn check_owners(tenant: &Tenant, owners: &[String]) -> Result<(), GraphError> {
    owners.iter().try_for_each(|id| match reference::resolve(tenant, id)?.kind {
        ObjectKind::User | ObjectKind::ServicePrincipal => Ok(()),
        ObjectKind::Group | ObjectKind::Device => {
            Err(GraphError::directory("Invalid value specified for property 'owners' of resource 'Group'."))
        }
    })
}

/// Takes a `@odata.bind` member out of a body, as ids of existing objects.
fn take_bound(call: &Call<'_>, body: &mut Entity, name: &str) -> Result<Vec<String>, GraphError> {
    let Some(value) = body.remove(name) else {
        return Ok(Vec::new());
    };
    let mut found: Vec<String> = Vec::new();
    for key in reference::bound_targets(&value)? {
        let id = text(&reference::resolve(call.tenant, &key)?.entity, "id").to_owned();
        // A guess.
        if found.contains(&id) {
            return Err(GraphError::directory("Request contains a property with duplicate values."));
        }
        found.push(id);
    }
    Ok(found)
}

/// A link with more ids in it; none when there is nothing to add.
fn joined(group: &Entity, link: &str, added: Vec<String>) -> Result<Option<Vec<String>>, GraphError> {
    let mut all: Vec<String> = ids(group, link).map(str::to_owned).collect();
    if added.iter().any(|id| all.contains(id)) {
        return Err(already_there(link));
    }
    let any = !added.is_empty();
    all.extend(added);
    Ok(any.then_some(all))
}

fn rewrites(before: &Entity, changes: &Entity, name: &str) -> bool {
    changes.get(name).is_some_and(|value| before.get(name).is_some_and(|own| !own.is_null() && own != value))
}

/// Delegated callers own the Microsoft 365 groups they create.
fn with_creator(call: &Call<'_>, group: &Entity, mut owners: Vec<String>) -> Vec<String> {
    if let Identity::User { id, .. } = &call.caller.identity
        && has_type(group, "Unified")
        && owners.is_empty()
    {
        owners.push(id.clone());
    }
    owners
}

fn complete(call: &Call<'_>, group: &mut Entity, id: &str) {
    let now = directory_timestamp(call.tenant.now());
    let mut set = |name: &str, value: Value| group.insert(name.to_owned(), value);
    set("id", Value::from(id));
    set("createdDateTime", Value::from(now.clone()));
    set("renewedDateTime", Value::from(now));
    set("createdByAppId", Value::from(call.caller.app_id.clone()));
    set("securityIdentifier", security_identifier(id).into());
    if has_type(group, "Unified") {
        let domain = call.tenant.domains.first().map_or("", String::as_str);
        let mail = format!("{}@{domain}", text(group, "mailNickname"));
        group.insert("proxyAddresses".to_owned(), Value::from(vec![format!("SMTP:{mail}")]));
        group.insert("mail".to_owned(), Value::from(mail));
        group.entry("visibility").or_insert_with(|| Value::from("Public"));
    }
    if is_dynamic(group) {
        group.insert("membershipRuleProcessingStatus".to_owned(), membership::not_started());
    }
    *group = GROUP.with_defaults(std::mem::take(group));
}

/// `S-1-12-1-` and the four little-endian words of the id in Windows' byte order.
pub(super) fn security_identifier(id: &str) -> Option<String> {
    let bytes = uuid::Uuid::parse_str(id).ok()?.to_bytes_le();
    let words = bytes.chunks_exact(4).map(|word| {
        let number = word.iter().rev().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        number.to_string()
    });
    Some(format!("S-1-12-1-{}", words.collect::<Vec<_>>().join("-")))
}

/// The rules every group keeps. Source: the properties in the reference of groups, with their limits; the words of the
/// refusals are a guess.
fn check(group: &Entity) -> Result<(), GraphError> {
    let invalid = |name: &str| {
        Err(GraphError::directory(format!(
            "Invalid value specified for property '{name}' of resource 'Group'."
        )))
    };
    for (name, limit) in
        [("displayName", 256), ("mailNickname", 64), ("description", 1024), ("membershipRule", 3072)]
    {
        let value = group.get(name).and_then(Value::as_str);
        if value.is_some_and(|value| value.is_empty() || value.chars().count() > limit) {
            return invalid(name);
        }
    }
    if text(group, "mailNickname").chars().any(|c| !c.is_ascii() || r#"@()\[]";:<>, "#.contains(c)) {
        return invalid("mailNickname");
    }
    if ids(group, "groupTypes").any(|name| !["Unified", "DynamicMembership"].contains(&name)) {
        return invalid("groupTypes");
    }
    let flag = |name: &str| group.get(name) == Some(&Value::Bool(true));
    // Source: the answer that Graph gives, in its own words.
    if flag("mailEnabled") != has_type(group, "Unified") || !(flag("mailEnabled") || flag("securityEnabled"))
    {
        return Err(GraphError::directory(
            "The service does not currently support writes of mail-enabled groups. Please ensure that the \
             mail-enablement property is unset and the security-enablement property is set.",
        ));
    }
    match group.get("visibility") {
        None | Some(Value::Null) => {}
        Some(Value::String(name)) if ["Public", "Private", "HiddenMembership"].contains(&name.as_str()) => {}
        Some(_) => return invalid("visibility"),
    }
    // Source: the page about rules of dynamic groups, and that about groups with roles.
    if is_dynamic(group) {
        for name in ["membershipRule", "membershipRuleProcessingState"] {
            if text(group, name).is_empty() {
                return Err(GraphError::directory(format!(
                    "A value is required for property '{name}' of resource 'Group'."
                )));
            }
        }
        if flag("isAssignableToRole") {
            return invalid("isAssignableToRole");
        }
    }
    if !["", "On", "Paused"].contains(&text(group, "membershipRuleProcessingState")) {
        return invalid("membershipRuleProcessingState");
    }
    Ok(())
}

/// A rule is looked at when it is written and is to be processed; while processing is paused anything is taken. Source: the
/// page about rules of dynamic groups.
fn check_rule(group: &Entity, tenant: &Tenant) -> Result<(), GraphError> {
    if !is_dynamic(group) {
        return match group.get("membershipRule") {
            Some(Value::String(_)) if text(group, "membershipRuleProcessingState") != "Paused" => {
                Err(GraphError::directory(
                    "Invalid value specified for property 'membershipRule' of resource 'Group'.",
                ))
            }
            _ => Ok(()),
        };
    }
    if text(group, "membershipRuleProcessingState") != "On" {
        return Ok(());
    }
    // Source: the answers that the azuread provider's issues show.
    let refused =
        |why: RuleError| GraphError::new(http::StatusCode::BAD_REQUEST, RuleError::CODE, why.to_string());
    let rule = text(group, "membershipRule");
    if tenant.behaviour.refuses_any_without_parentheses && has_bare_any(rule) {
        return Err(refused(RuleError("Invalid operands found for operator -any".to_owned())));
    }
    Rule::parse(rule).map(|_| ()).map_err(refused)
}

/// Whether `-any` or `-all` stands before an expression without parentheses.
fn has_bare_any(rule: &str) -> bool {
    let words: Vec<&str> = rule.split_whitespace().collect();
    let is_any =
        |word: &str| ["any", "all"].contains(&word.trim_start_matches('-').to_ascii_lowercase().as_str());
    words.windows(2).any(|pair| is_any(pair[0]) && !pair[1].starts_with('('))
}

/// Some names may be given once only. Source: the reference of groups (`uniqueName`, and `mailNickname` of Microsoft 365
/// groups).
fn check_unique(tenant: &Tenant, group: &Entity) -> Result<(), GraphError> {
    for (name, applies) in [("uniqueName", true), ("mailNickname", has_type(group, "Unified"))] {
        let value = text(group, name);
        let others = tenant.collection(GROUPS).iter().filter(|other| other.get("id") != group.get("id"));
        let mut rivals = others.filter(|other| name == "uniqueName" || has_type(other, "Unified"));
        if applies && !value.is_empty() && rivals.any(|other| text(other, name).eq_ignore_ascii_case(value)) {
            let message = format!("Another object with the same value for property {name} already exists.");
            let mut error = GraphError::directory(message.clone());
            error.extra = Some(Box::new(serde_json::json!({
                "details": [{ "code": "ObjectConflict", "message": message, "target": name }],
            })));
            return Err(error);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_security_identifier_is_made_from_the_id() {
        assert_eq!(
            super::security_identifier("02bd9fd6-8f93-4758-87c3-1fb73740a315").as_deref(),
            Some("S-1-12-1-45981654-1196986259-3072312199-363020343")
        );
    }
}
