//! The order of configurations of one kind. 1 is the strongest, 0 the default's, and nobody but the service counts.

use std::time::Duration;

use serde_json::Value;

use super::defaults::is_default;
use super::stored::{change, find, refuse_default};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::Type;
use crate::emulator::intune::types::CONFIGURATION;
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::tenant::Tenant;

use crate::emulator::intune::types::SET_PRIORITY;
use crate::emulator::world::collections::CONFIGURATIONS;

/// From when on a new configuration is seen by those who write another one.
pub(super) const SEEN_FROM: &str = "_seenFrom";

/// How far apart two writes must be to see each other for sure.
const SETTLING: Duration = Duration::from_secs(3);

/// Moves a configuration to the place of another. The ones between shift; the numbers in use stay the same, so a gap
/// stays a gap.
pub(in crate::emulator::intune) fn set_priority(call: &mut Call<'_>) -> OperationResult {
    let configuration = find(call)?.clone();
    refuse_default(&configuration)?;
    let parameters = call.parameters(&SET_PRIORITY)?;
    let wanted = parameters.get("priority").and_then(Value::as_i64).unwrap_or_default();
    let kind = text(&configuration, "deviceEnrollmentConfigurationType");
    let mut order: Vec<(i64, String)> = call
        .tenant
        .collection(CONFIGURATIONS)
        .iter()
        .filter(|one| text(one, "deviceEnrollmentConfigurationType") == kind && !is_default(one))
        .map(|one| (priority(one), text(one, "id").to_owned()))
        .collect();
    order.sort();
    let numbers: Vec<i64> = order.iter().map(|(number, _)| *number).collect();
    let own = text(&configuration, "id");
    let from = order.iter().position(|(_, id)| id == own);
    let to = numbers.iter().position(|number| *number == wanted);
    // Source for this and the two refusals below: the microsoft365wp provider, which works around them.
    // Two configurations with one priority cannot be told apart any more.
    let ambiguous = numbers.windows(2).any(|pair| pair[0] == pair[1]);
    let (Some(from), Some(to), false) = (from, to, ambiguous) else {
        return Err(GraphError::intune_bad_request(""));
    };
    // The place it has already (microsoft365wp).
    if from == to {
        return Err(GraphError::intune_bad_request(""));
    }
    let moved = order.remove(from);
    order.insert(to, moved);
    for ((before, id), number) in order.into_iter().zip(numbers) {
        if before != number {
            change(call.tenant, &id, |one| {
                one.insert("priority".to_owned(), Value::from(number));
            });
        }
    }
    Ok(Reply::no_content())
}

/// The place of a new configuration: behind all others of its type, but those whose own writing is not answered yet. In a
/// tenant that shows the real service's race at its worst, configurations made a moment ago are not seen either.
pub(super) fn next(tenant: &Tenant, of: &Type) -> i64 {
    let settled = tenant.now() - tenant.clock.scaled_duration(SETTLING);
    let settled = intune_timestamp(settled);
    let races = tenant.behaviour.intune.duplicates_priorities;
    let now = intune_timestamp(tenant.now());
    let seen = |one: &&Entity| {
        let written_meanwhile = text(one, SEEN_FROM) > now.as_str();
        let written_lately = races && text(one, "createdDateTime") > settled.as_str();
        CONFIGURATION.of(one).name == of.name && !written_meanwhile && !written_lately
    };
    let strongest = tenant.collection(CONFIGURATIONS).iter().filter(seen).map(priority);
    strongest.max().unwrap_or_default() + 1
}

fn priority(configuration: &Entity) -> i64 {
    configuration.get("priority").and_then(Value::as_i64).unwrap_or_default()
}
