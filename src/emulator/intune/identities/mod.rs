//! `/deviceManagement/windowsAutopilotDeviceIdentities`: the devices that are registered with Autopilot.

use http::{Method, StatusCode};
use serde_json::Value;

use super::types::{IDENTITY, PROFILE as PROFILE_TYPE};
use crate::emulator::api::call::{Call, OperationResult};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::{NO_ID, Version};
use crate::emulator::api::odata::{FilterPolicy, Op, Policy};
use crate::emulator::api::view::{Expanded, View};
use crate::emulator::directory;
use crate::emulator::intune::views::view as intune_view;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{IDENTITIES, PROFILES, REGISTRATIONS};
use crate::emulator::world::event::IntuneEvent;
use crate::emulator::world::tenant::Tenant;

pub(super) mod actions;
pub(super) mod deletion;
pub(super) mod entra;

/// Where a device notes the id of the profile it has.
pub(crate) const PROFILE: &str = "_profile";

/// Where a device notes the id of the profile it is to have.
pub(crate) const INTENDED_PROFILE: &str = "_intendedProfile";

/// Where a device notes the id of a profile that was assigned to it and not to a group.
pub(super) const DIRECT_PROFILE: &str = "_directProfile";

/// Where a device notes the object id of its Entra device.
pub(crate) const ENTRA_DEVICE: &str = "_entraDevice";

pub(super) fn view(call: &Call<'_>) -> View {
    let refused: &[_] = match call.tenant.behaviour.intune.refuses_serial_equality {
        true => &[("serialNumber", Op::Eq)],
        false => &[],
    };
    let policy = Policy {
        filter: FilterPolicy { refused_on: refused, ..Policy::INTUNE.filter },
        counts_unasked: true,
        ..Policy::INTUNE
    };
    intune_view(&IDENTITY, "deviceManagement/windowsAutopilotDeviceIdentities").with_policy(policy)
}

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    fail_on_select(call)?;
    let answer = view(call).page(call, call.tenant.collection(IDENTITIES).iter());
    // Seen live: what the back end cannot filter by, it does not explain.
    answer.map_err(|error| match error.code.as_str() {
        "Request_UnsupportedQuery" => GraphError::intune_bad_request(""),
        _ => error,
    })
}

/// One device, whose profiles beta can expand.
pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    let view = match call.version {
        Version::Beta => view(call).expanding(&["deploymentProfile", "intendedDeploymentProfile"], expand),
        Version::V1 => view(call),
    };
    fail_on_select(call)?;
    let mut identity = find(call)?.clone();
    if call.tenant.behaviour.intune.hides_profile_status_of_one {
        identity.insert("deploymentProfileAssignmentStatus".to_owned(), Value::from("unknown"));
    }
    view.one(call, &identity)
}

/// ugurkocde/DeviceOffboardingManager#65.
fn fail_on_select(call: &Call<'_>) -> Result<(), GraphError> {
    let selects = call.query.iter().any(|(name, _)| name.trim_start_matches('$') == "select");
    match selects && call.tenant.behaviour.intune.fails_on_select_of_devices {
        true => Err(GraphError::intune(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "")),
        false => Ok(()),
    }
}

pub(super) fn get_profile(call: &mut Call<'_>) -> OperationResult {
    one_profile(call, PROFILE)
}

pub(super) fn get_intended_profile(call: &mut Call<'_>) -> OperationResult {
    one_profile(call, INTENDED_PROFILE)
}

/// What a record of the import queue becomes.
pub(super) fn registration(tenant: &mut Tenant, record: &Entity) -> Entity {
    let id = tenant.new_guid();
    let user = text(record, "assignedUserPrincipalName");
    let greeting = directory::user(tenant, user).map(|user| text(user, "displayName").to_owned());
    let properties = [
        ("id", id.as_str()),
        ("serialNumber", text(record, "serialNumber").trim()),
        ("groupTag", text(record, "groupTag")),
        ("productKey", text(record, "_productKey")),
        ("manufacturer", text(record, "_manufacturer")),
        ("model", text(record, "_model")),
        ("userPrincipalName", user),
        ("addressableUserName", greeting.as_deref().unwrap_or_default()),
    ];
    let identity = properties.map(|(name, value)| (name.to_owned(), Value::from(value)));
    IDENTITY.with_defaults(identity.into_iter().collect())
}

/// Lists registered devices among the others.
pub(super) fn register(tenant: &mut Tenant, ids: Vec<String>) {
    for id in &ids {
        if let Some(identity) = tenant.collection_mut(REGISTRATIONS).remove(id) {
            tenant.collection_mut(IDENTITIES).insert(identity);
        }
    }
    tenant.resolve_profiles_later();
    tenant.schedule(tenant.latencies.entra_device, IntuneEvent::JoinDirectory(ids));
}

/// Whether the device is managed by Intune at present.
pub(super) fn is_enrolled(identity: &Entity) -> bool {
    !["", NO_ID].contains(&text(identity, "managedDeviceId"))
}

fn one_profile(call: &Call<'_>, property: &str) -> OperationResult {
    if !call.tenant.behaviour.intune.has_profile_routes {
        let template = "~/singleton/navigation/key/navigation";
        return Err(GraphError::no_route(template, &Method::GET, call.path));
    }
    let id = text(find(call)?, property).to_owned();
    let profile = call.tenant.collection(PROFILES).get(&id);
    let view = intune_view(&PROFILE_TYPE, "deviceManagement/windowsAutopilotDeploymentProfiles");
    // The name and the words were seen live for a property without an object; the status is a guess.
    let nothing = || {
        GraphError::intune(StatusCode::BAD_REQUEST, "InvalidObjectTypeException", "No object type".to_owned())
    };
    view.one(call, profile.ok_or_else(nothing)?)
}

fn expand(call: &Call<'_>, identity: &Entity, navigation: &str) -> Expanded {
    let (name, property) = [("deploymentProfile", PROFILE), ("intendedDeploymentProfile", INTENDED_PROFILE)]
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(navigation))?;
    let profile = call.tenant.collection(PROFILES).get(text(identity, property));
    let shown = profile.map(|profile| Value::Object(PROFILE_TYPE.show(profile, call.version, None)));
    Some((name, shown.unwrap_or_default()))
}

fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    let identity = call.tenant.collection(IDENTITIES).get(&id);
    identity.ok_or_else(|| call.not_found(&id))
}
