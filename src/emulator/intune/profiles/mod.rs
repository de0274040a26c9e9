//! `/deviceManagement/windowsAutopilotDeploymentProfiles` (beta): what a device's first start is like.

use serde_json::{Value, json};

use super::target::targets;
use super::types::{HAS_PAYLOAD_LINKS, PROFILE, PROFILE_ASSIGNMENT};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::odata::{FilterPolicy, Policy, Support};
use crate::emulator::api::view::{Expanded, View};
use crate::emulator::intune::views::{held, shown, view as intune_view};
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::PROFILES;

pub(super) mod assignments;
mod checks;
mod legacy_names;

const CONTEXT: &str = "deviceManagement/windowsAutopilotDeploymentProfiles";

/// Where a profile notes until when the service believes that it is still assigned.
const BUSY_UNTIL: &str = "_busyUntil";

/// How many profiles a tenant may have.
const CAP: usize = 350;

fn view(call: &Call<'_>) -> View {
    const UNSUPPORTED: Support =
        Support::Refused("BadRequest", "The query option is not supported by this resource.");
    let filter = match call.tenant.behaviour.intune.filters_profiles {
        true => Support::Honoured,
        false => UNSUPPORTED,
    };
    let policy = Policy {
        filter: FilterPolicy { support: filter, ..Policy::INTUNE.filter },
        search: UNSUPPORTED,
        ..Policy::INTUNE
    };
    intune_view(&PROFILE, CONTEXT).with_policy(policy).expanding(&["assignments"], expand)
}

fn expand(call: &Call<'_>, profile: &Entity, navigation: &str) -> Expanded {
    navigation
        .eq_ignore_ascii_case("assignments")
        .then(|| shown(call, &PROFILE_ASSIGNMENT, profile, "assignments"))
        .flatten()
}

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    view(call).page(call, call.tenant.collection(PROFILES).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    view(call).one(call, find(call)?)
}

pub(super) fn create(call: &mut Call<'_>) -> OperationResult {
    let mut sent = call.new_entity(&PROFILE)?;
    checks::check(&sent, None)?;
    // Source of the limit: Microsoft's page about profiles; the words are a guess.
    if call.tenant.collection(PROFILES).len() >= CAP {
        return Err(GraphError::intune_bad_request(format!(
            "The maximum number of {CAP} Windows Autopilot deployment profiles has been reached."
        )));
    }
    legacy_names::mirror(&mut sent, None);
    let mut profile = PROFILE.of(&sent).with_defaults(sent);
    legacy_names::complete(&mut profile);
    // An empty locale means "the user selects", but only a later PATCH keeps it.
    if text(&profile, "locale").is_empty() {
        legacy_names::set(&mut profile, "locale", Value::from("os-default"));
    }
    let now = Value::from(intune_timestamp(call.tenant.now()));
    profile.insert("id".to_owned(), Value::from(call.tenant.new_guid()));
    profile.insert("createdDateTime".to_owned(), now.clone());
    profile.insert("lastModifiedDateTime".to_owned(), now);
    call.tenant.collection_mut(PROFILES).insert(profile.clone());
    view(call).created(call, &profile)
}

pub(super) fn update(call: &mut Call<'_>) -> OperationResult {
    let mut profile = find(call)?.clone();
    let mut sent = call.changes(&PROFILE)?;
    checks::check(&sent, Some(&profile))?;
    legacy_names::mirror(&mut sent, Some(&profile));
    profile.extend(sent);
    let now = intune_timestamp(call.tenant.now());
    profile.insert("lastModifiedDateTime".to_owned(), Value::from(now));
    call.tenant.collection_mut(PROFILES).insert(profile.clone());
    view(call).one(call, &profile)
}

/// Refused while anything is assigned, and for as long as the service may still believe so.
pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let profile = find(call)?;
    let now = intune_timestamp(call.tenant.now());
    // Source: Microsoft's page about deleting profiles, and reports that it takes a while.
    if targets(profile).next().is_some() || text(profile, BUSY_UNTIL) > now.as_str() {
        return Err(GraphError::intune_bad_request(""));
    }
    let id = text(profile, "id").to_owned();
    call.tenant.collection_mut(PROFILES).remove(&id);
    call.tenant.resolve_profiles_later();
    Ok(Reply::no_content())
}

/// Which of the named profiles are in use. Policy sets, the other use, do not exist here.
pub(super) fn has_payload_links(call: &mut Call<'_>) -> OperationResult {
    let parameters = call.parameters(&HAS_PAYLOAD_LINKS)?;
    let ids = parameters.get("payloadIds").and_then(Value::as_array);
    let link = |id: &Value| {
        let profile = id.as_str().and_then(|id| call.tenant.collection(PROFILES).get(id));
        let linked = profile.is_some_and(|profile| held(profile, "assignments").next().is_some());
        let sources: &[&str] = if linked { &["direct"] } else { &[] };
        json!({ "payloadId": id, "hasLink": linked, "error": "", "sources": sources })
    };
    let links = ids.into_iter().flatten().map(link).collect();
    let context = call.context("Collection(microsoft.graph.hasPayloadLinkResultItem)");
    Ok(Reply::values(context, links))
}

fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    let profile = call.tenant.collection(PROFILES).get(&id);
    profile.ok_or_else(|| call.not_found(&id))
}
