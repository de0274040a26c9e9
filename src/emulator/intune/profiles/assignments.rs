//! Who gets a profile: groups one at a time, or all devices.

use serde_json::{Value, json};

use super::{BUSY_UNTIL, CONTEXT, find};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::view::View;
use crate::emulator::intune::identities;
use crate::emulator::intune::target::{Target, targets};
use crate::emulator::intune::types::{ASSIGN_DEVICES, PROFILE_ASSIGNMENT};
use crate::emulator::intune::views::{held, view as intune_view};
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{IDENTITIES, PROFILES};

fn view(call: &Call<'_>) -> View {
    intune_view(&PROFILE_ASSIGNMENT, CONTEXT).below(&call.key("id"), "assignments")
}

pub(in crate::emulator::intune) fn list(call: &mut Call<'_>) -> OperationResult {
    view(call).page(call, held(find(call)?, "assignments"))
}

pub(in crate::emulator::intune) fn get(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("assignmentId");
    let mut all = held(find(call)?, "assignments");
    let assignment = all.find(|one| text(one, "id").eq_ignore_ascii_case(&id));
    view(call).one(call, assignment.ok_or_else(|| call.not_found(&id))?)
}

pub(in crate::emulator::intune) fn create(call: &mut Call<'_>) -> OperationResult {
    let profile = find(call)?;
    let id = text(profile, "id").to_owned();
    let sent = call.new_entity(&PROFILE_ASSIGNMENT)?;
    let target = Target::of_assignment(&sent);
    check(call, profile, &sent, &target)?;
    let assignment_id = format!("{id}_{}_{}", target.key(), suffix(&target));
    if let Some(existing) = held(profile, "assignments").find(|one| text(one, "id") == assignment_id) {
        // Sources say both.
        if call.tenant.behaviour.intune.refuses_repeated_profile_assignment {
            return Err(GraphError::intune_bad_request(""));
        }
        return view(call).created(call, &existing.clone());
    }
    let mut assignment = PROFILE_ASSIGNMENT.with_defaults(sent);
    assignment.extend([
        ("id".to_owned(), Value::from(assignment_id)),
        ("source".to_owned(), Value::from("direct")),
        ("sourceId".to_owned(), Value::from(id.clone())),
    ]);
    change(call, &id, |all| all.push(Value::Object(assignment.clone())));
    view(call).created(call, &assignment)
}

pub(in crate::emulator::intune) fn delete(call: &mut Call<'_>) -> OperationResult {
    let profile = text(find(call)?, "id").to_owned();
    let id = call.key("assignmentId");
    let is_it = |one: &Value| one["id"].as_str().is_some_and(|own| own.eq_ignore_ascii_case(&id));
    let known = held(find(call)?, "assignments").any(|one| text(one, "id").eq_ignore_ascii_case(&id));
    if !known {
        return Err(call.not_found(&id));
    }
    change(call, &profile, |all| all.retain(|one| !is_it(one)));
    let busy = intune_timestamp(call.tenant.moment_after(call.tenant.latencies.replication));
    if let Some(profile) = call.tenant.collection_mut(PROFILES).get_mut(&profile) {
        profile.insert(BUSY_UNTIL.to_owned(), Value::from(busy));
    }
    Ok(Reply::no_content())
}

/// The action takes Autopilot devices and gives them the profile directly. Groups are assigned otherwise.
pub(in crate::emulator::intune) fn assign(call: &mut Call<'_>) -> OperationResult {
    let profile = text(find(call)?, "id").to_owned();
    let parameters = call.parameters(&ASSIGN_DEVICES)?;
    let devices = parameters.get("deviceIds").and_then(Value::as_array);
    let devices: Vec<&str> = devices.into_iter().flatten().filter_map(Value::as_str).collect();
    // Source: M365DSC #6449 (a body with groups is refused); the rest is a guess.
    if devices.is_empty() {
        return Err(GraphError::intune_bad_request(""));
    }
    // A guess.
    if devices.iter().any(|id| !call.tenant.collection(IDENTITIES).contains(id)) {
        return Err(GraphError::intune_bad_request(""));
    }
    for id in devices {
        if let Some(identity) = call.tenant.collection_mut(IDENTITIES).get_mut(id) {
            identity.insert(identities::DIRECT_PROFILE.to_owned(), json!(profile));
        }
    }
    call.tenant.resolve_profiles_later();
    Ok(Reply::no_content())
}

/// The devices whose profile it is now.
pub(in crate::emulator::intune) fn assigned_devices(call: &mut Call<'_>) -> OperationResult {
    let profile = text(find(call)?, "id").to_owned();
    let identities = call.tenant.collection(IDENTITIES).iter();
    let assigned = identities.filter(|identity| text(identity, identities::PROFILE) == profile);
    identities::view(call).page(call, assigned)
}

fn check(call: &Call<'_>, profile: &Entity, sent: &Entity, target: &Target) -> Result<(), GraphError> {
    target.check()?;
    let filter = &sent["target"]["deviceAndAppManagementAssignmentFilterType"];
    // A guess: the admin center offers no filters for these profiles.
    if filter.as_str().is_some_and(|kind| kind != "none") {
        return Err(GraphError::intune_bad_request(
            "Assignment filters are not supported for Windows Autopilot deployment profiles.",
        ));
    }
    let excludes = || targets(profile).any(|target| matches!(target, Target::Excluded(_)));
    match target {
        // The admin center offers neither; what the service says to them is a guess.
        Target::AllUsers | Target::Other => Err(GraphError::intune_bad_request("")),
        Target::Excluded(_) if targets(profile).any(|target| target == Target::AllDevices) => {
            Err(with_all_devices())
        }
        Target::AllDevices if excludes() => Err(with_all_devices()),
        Target::AllDevices => {
            // Seen live. The profile itself counts as another one.
            let has_all = |one: &&Entity| targets(one).any(|target| target == Target::AllDevices);
            let holder = call.tenant.collection(PROFILES).iter().find(has_all);
            holder.map_or(Ok(()), |holder| {
                Err(GraphError::intune_bad_request(format!(
                    "Another Profile {} is already assigned to All Devices.",
                    text(holder, "id")
                )))
            })
        }
        Target::Group(_) | Target::Excluded(_) => Ok(()),
    }
}

/// The admin center offers no exclusions beside all devices; the words are a guess.
fn with_all_devices() -> GraphError {
    GraphError::intune_bad_request("A profile that is assigned to All Devices cannot exclude groups.")
}

fn suffix(target: &Target) -> &'static str {
    match target {
        Target::Excluded(_) => "1",
        _ => "0",
    }
}

fn change(call: &mut Call<'_>, profile: &str, work: impl FnOnce(&mut Vec<Value>)) {
    let Some(profile) = call.tenant.collection_mut(PROFILES).get_mut(profile) else {
        return;
    };
    let all = profile.entry("assignments").or_insert_with(|| json!([]));
    if let Value::Array(all) = all {
        work(all);
    }
    call.tenant.resolve_profiles_later();
}
