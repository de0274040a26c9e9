//! `/deviceManagement/deviceEnrollmentConfigurations`: status pages, limits, restrictions and more in one collection.

use serde_json::Value;

use super::types::{CONFIGURATION, CONFIGURATION_ASSIGNMENT, as_known};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::Type;
use crate::emulator::api::odata::{FilterPolicy, Op, Policy};
use crate::emulator::api::view::{Expanded, View};
use crate::emulator::intune::views::{shown, view as intune_view};
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::CONFIGURATIONS;

pub(super) mod assignments;
mod checks;
mod defaults;
mod kinds;
pub(super) mod priorities;
mod stored;

pub(crate) use defaults::{adopt, init, is_default, the_default};
pub(crate) use kinds::STATUS_PAGE_KIND;

use stored::{change, find, refuse_default};

const CONTEXT: &str = "deviceManagement/deviceEnrollmentConfigurations";

/// `isof` and `endsWith` are not among the operators that this collection takes.
const POLICY: Policy = Policy {
    filter: FilterPolicy {
        plain: &[
            Op::Eq,
            Op::Ne,
            Op::Gt,
            Op::Ge,
            Op::Lt,
            Op::Le,
            Op::In,
            Op::Not,
            Op::StartsWith,
            Op::Contains,
            Op::Any,
        ],
        ..Policy::INTUNE.filter
    },
    ..Policy::INTUNE
};

const VIEW: View =
    intune_view(&CONFIGURATION, CONTEXT).with_policy(POLICY).expanding(&["assignments"], expand);

fn expand(call: &Call<'_>, configuration: &Entity, navigation: &str) -> Expanded {
    navigation
        .eq_ignore_ascii_case("assignments")
        .then(|| shown(call, &CONFIGURATION_ASSIGNMENT, configuration, "assignments"))
        .flatten()
}

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    VIEW.page(call, call.tenant.collection(CONFIGURATIONS).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    VIEW.one(call, find(call)?)
}

/// The priority is the service's to give: the next one of the kind.
pub(super) fn create(call: &mut Call<'_>) -> OperationResult {
    let mut sent = call.new_entity(&CONFIGURATION)?;
    let concrete: &'static Type = CONFIGURATION.of(&sent);
    // Source: v1.0 metadata, which lacks these kinds.
    if as_known(concrete, call.version).name != concrete.name {
        return Err(GraphError::intune_bad_request(""));
    }
    // A guess: the admin center insists on a name.
    if text(&sent, "displayName").trim().is_empty() {
        return Err(GraphError::intune_bad_request("A display name is required."));
    }
    checks::check(call, &mut sent)?;
    let (id, now) = (call.tenant.new_guid(), intune_timestamp(call.tenant.now()));
    let priority = priorities::next(call.tenant, concrete);
    let mut configuration = kinds::begin(concrete.with_defaults(sent), &id, priority, &now);
    let takes = call.tenant.clock.wait(call.tenant.latencies.page_write);
    let seen = intune_timestamp(call.tenant.now() + takes);
    configuration.insert(priorities::SEEN_FROM.to_owned(), Value::from(seen));
    call.tenant.collection_mut(CONFIGURATIONS).insert(configuration.clone());
    Ok(Reply { takes, ..VIEW.created(call, &configuration)? })
}

pub(super) fn update(call: &mut Call<'_>) -> OperationResult {
    let before = find(call)?.clone();
    let mut sent = call.changes(&CONFIGURATION)?;
    // A guess: Graph changes no object's type.
    if text(&before, "@odata.type") != text(&sent, "@odata.type") {
        return Err(GraphError::intune_bad_request(
            "The type of an enrollment configuration cannot be changed.",
        ));
    }
    // Source: M365DSC, IntuneManagement, IntuneCD and microsoft365wp all leave it out of their updates.
    if sent.contains_key("priority") && call.tenant.behaviour.intune.refuses_priority_in_patch {
        return Err(GraphError::intune_bad_request(""));
    }
    defaults::refuse_other_labels(&before, &sent)?;
    checks::check(call, &mut sent)?;
    let configuration = change(call.tenant, text(&before, "id"), |configuration| {
        configuration.extend(sent);
    });
    VIEW.one(call, &configuration)
}

/// Also while it is assigned.
pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let configuration = find(call)?;
    refuse_default(configuration)?;
    let id = text(configuration, "id").to_owned();
    call.tenant.collection_mut(CONFIGURATIONS).remove(&id);
    Ok(Reply::no_content())
}
