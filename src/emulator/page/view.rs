//! What the page shows of a tenant, in a portal's words.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::emulator::core::{Core, events};
use crate::emulator::world::clock::directory_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{
    CONFIGURATIONS, FACTORY_LAPTOPS, GROUPS, IDENTITIES, PROFILES, REGISTRATION_POLICY, USERS,
};
use crate::emulator::world::collections::{CollectionName, MAM_POLICIES, MDM_POLICIES};
use crate::emulator::world::tenant::Tenant;

/// Everything but the devices, of which there may be many.
pub(super) fn overview(core: &mut Core) -> Value {
    events::catch_up(&mut core.tenant);
    let tenant = &core.tenant;
    let all = |name: CollectionName| tenant.collection(name).iter();
    let groups: HashMap<&str, &str> =
        all(GROUPS).map(|group| (text(group, "id"), text(group, "displayName"))).collect();
    let status_pages = all(CONFIGURATIONS)
        .filter(|page| text(page, "@odata.type").ends_with("windows10EnrollmentCompletionPageConfiguration"));
    json!({
        "tenant": tenant.display_name,
        "now": directory_timestamp(tenant.now()),
        "devices": all(IDENTITIES).count(),
        "people": all(USERS).map(|user| text(user, "userPrincipalName")).collect::<Vec<_>>(),
        "laptops": all(FACTORY_LAPTOPS).map(laptop).collect::<Vec<_>>(),
        "groups": all(GROUPS).map(|group| json!({
            "name": text(group, "displayName"),
            "rule": group.get("membershipRule"),
            "members": group.get("_members").and_then(Value::as_array).map_or(0, Vec::len),
        })).collect::<Vec<_>>(),
        "profiles": all(PROFILES).map(|profile| json!({
            "name": text(profile, "displayName"),
            "template": profile.get("deviceNameTemplate"),
            "assigned": assigned(profile, &groups),
        })).collect::<Vec<_>>(),
        "statusPages": sorted(status_pages.map(|page| json!({
            "name": text(page, "displayName"),
            "priority": page.get("priority"),
            "shows": page.get("showInstallationProgress"),
            "minutes": page.get("installProgressTimeoutInMinutes"),
            "assigned": assigned(page, &groups),
        })).collect()),
        "scopes": scopes(tenant),
        "faults": core.faults.report(),
        "requests": core.journal.recorded(),
        "violations": core.journal.violations().len(),
    })
}

/// Some devices: those whose serial number, tag, model or user has the text, from a place on.
pub(super) fn devices(core: &mut Core, query: &[(String, String)]) -> Value {
    events::catch_up(&mut core.tenant);
    let parameter =
        |name: &str| query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let wanted = parameter("search").to_lowercase();
    let skip: usize = parameter("skip").parse().unwrap_or_default();
    let found = core.tenant.collection(IDENTITIES).iter().filter(|device| {
        let columns = ["serialNumber", "groupTag", "model", "userPrincipalName"];
        wanted.is_empty() || columns.iter().any(|name| text(device, name).to_lowercase().contains(&wanted))
    });
    let found: Vec<&Entity> = found.collect();
    let rows = found.iter().skip(skip).take(PAGE_SIZE).map(|device| {
        json!({
            "serialNumber": text(device, "serialNumber"),
            "model": text(device, "model"),
            "groupTag": text(device, "groupTag"),
            "profileStatus": text(device, "deploymentProfileAssignmentStatus"),
            "user": text(device, "userPrincipalName"),
            "enrollment": text(device, "enrollmentState"),
        })
    });
    json!({ "rows": rows.collect::<Vec<_>>(), "found": found.len(), "skip": skip, "size": PAGE_SIZE })
}

fn laptop(laptop: &Entity) -> Value {
    json!({ "serialNumber": text(laptop, "serialNumber"), "model": text(laptop, "model") })
}

fn assigned(object: &Entity, groups: &HashMap<&str, &str>) -> Vec<String> {
    let all = object.get("assignments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let words = all.iter().map(|assignment| {
        let target = &assignment["target"];
        let id = target["groupId"].as_str().unwrap_or_default();
        let group = groups.get(id).copied().unwrap_or(id);
        match target["@odata.type"].as_str().unwrap_or_default() {
            kind if kind.contains("exclusion") => format!("not {group}"),
            kind if kind.contains("allDevices") => "all devices".to_owned(),
            kind if kind.contains("allLicensedUsers") => "all users".to_owned(),
            _ => group.to_owned(),
        }
    });
    words.collect()
}

fn scopes(tenant: &Tenant) -> Vec<Value> {
    let policies = [MDM_POLICIES, MAM_POLICIES];
    let policies = policies.into_iter().flat_map(|name| tenant.collection(name).iter());
    let policies = policies
        .map(|policy| json!({"name": text(policy, "displayName"), "scope": text(policy, "appliesTo")}));
    let join = tenant.collection(REGISTRATION_POLICY).iter().map(|policy| {
        let whose = policy.get("azureADJoin").map(|join| &join["allowedToJoin"]["@odata.type"]);
        let scope = match whose.and_then(Value::as_str).unwrap_or_default() {
            kind if kind.contains("#microsoft.graph.all") => "all",
            kind if kind.contains("#microsoft.graph.no") => "none",
            _ => "selected",
        };
        json!({ "name": "May join devices", "scope": scope })
    });
    join.chain(policies).collect()
}

fn sorted(mut pages: Vec<Value>) -> Vec<Value> {
    // The default page has priority 0 and comes last.
    pages.sort_by_key(|page| match page["priority"].as_i64() {
        Some(0) | None => i64::MAX,
        Some(priority) => priority,
    });
    pages
}

const PAGE_SIZE: usize = 25;
