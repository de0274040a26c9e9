//! `/deviceManagement/windowsAutopilotDeviceIdentities`: the devices that are registered with Autopilot.

use serde_json::Value;

use super::answer::{Expanded, View};
use super::profiles::PROFILES;
use super::types::{IDENTITY, PROFILE as PROFILE_TYPE};
use crate::emulator::call::{Call, Outcome};
use crate::emulator::collection::{Entity, text};
use crate::emulator::error::GraphError;
use crate::emulator::model::Version;
use crate::emulator::odata::{FilterPolicy, Op, Policy};

/// The collection in the tenant.
pub(super) const IDENTITIES: &str = "windowsAutopilotDeviceIdentities";

/// Where a device notes the id of the profile it has.
pub(super) const PROFILE: &str = "_profile";

/// Where a device notes the id of the profile it is to have.
pub(super) const INTENDED_PROFILE: &str = "_intendedProfile";

/// Where a device notes the id of a profile that was assigned to it and not to a group.
pub(super) const DIRECT_PROFILE: &str = "_directProfile";

pub(super) fn view(call: &Call<'_>) -> View {
    let refused: &[_] = match call.tenant.behaviour.intune.refuses_serial_equality {
        true => &[("serialNumber", Op::Eq)],
        false => &[],
    };
    let policy = Policy {
        filter: FilterPolicy {
            refused_on: refused,
            ..Policy::INTUNE.filter
        },
        counts_unasked: true,
        ..Policy::INTUNE
    };
    View::new(&IDENTITY, "deviceManagement/windowsAutopilotDeviceIdentities").with_policy(policy)
}

/// 200 with one device, whose profiles beta can expand.
pub(super) fn one(call: &Call<'_>, identity: &Entity) -> Outcome {
    let view = match call.version {
        Version::Beta => view(call).expanding(&["deploymentProfile", "intendedDeploymentProfile"], expand),
        Version::V1 => view(call),
    };
    view.one(call, identity)
}

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    view(call).page(call, call.tenant.collection(IDENTITIES).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    one(call, find(call)?)
}

fn expand(call: &Call<'_>, identity: &Entity, navigation: &str) -> Expanded {
    let (name, property) = [
        ("deploymentProfile", PROFILE),
        ("intendedDeploymentProfile", INTENDED_PROFILE),
    ]
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
