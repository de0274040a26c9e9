//! `/deviceManagement/assignmentFilters` (beta): conditions on devices that narrow an assignment.

use serde_json::{Value, json};

use super::types::FILTER;
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::view::View;
use crate::emulator::intune::views::{held, view as intune_view};
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{
    APPS, COMPLIANCE_POLICIES, CONFIGURATION_POLICIES, CONFIGURATIONS, DEVICE_CONFIGURATIONS, FILTERS,
};
use crate::emulator::world::tenant::Tenant;

const VIEW: View = intune_view(&FILTER, "deviceManagement/assignmentFilters");

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    VIEW.page(call, call.tenant.collection(FILTERS).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    VIEW.one(call, find(call)?)
}

pub(super) fn create(call: &mut Call<'_>) -> OperationResult {
    let sent = call.new_entity(&FILTER)?;
    check(&sent)?;
    let mut filter = FILTER.with_defaults(sent);
    let now = intune_timestamp(call.tenant.now());
    filter.insert("id".to_owned(), Value::from(call.tenant.new_guid()));
    filter.insert("createdDateTime".to_owned(), json!(now));
    filter.insert("lastModifiedDateTime".to_owned(), json!(now));
    call.tenant.collection_mut(FILTERS).insert(filter.clone());
    VIEW.created(call, &filter)
}

pub(super) fn update(call: &mut Call<'_>) -> OperationResult {
    let mut filter = find(call)?.clone();
    let sent = call.changes(&FILTER)?;
    check(&sent)?;
    filter.extend(sent);
    let now = intune_timestamp(call.tenant.now());
    filter.insert("lastModifiedDateTime".to_owned(), json!(now));
    call.tenant.collection_mut(FILTERS).insert(filter.clone());
    VIEW.one(call, &filter)
}

/// Refused while an assignment refers to it.
pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let id = text(find(call)?, "id").to_owned();
    // Source: Microsoft's page about filters; the words are a guess.
    if is_used(call.tenant, &id) {
        return Err(GraphError::intune_bad_request(
            "The assignment filter is used by an assignment and cannot be deleted.",
        ));
    }
    call.tenant.collection_mut(FILTERS).remove(&id);
    Ok(Reply::no_content())
}

fn is_used(tenant: &Tenant, id: &str) -> bool {
    let holders = [APPS, COMPLIANCE_POLICIES, CONFIGURATION_POLICIES, CONFIGURATIONS, DEVICE_CONFIGURATIONS];
    let collections = holders.map(|name| tenant.collection(name).iter());
    collections.into_iter().flatten().any(|holder| {
        held(holder, "assignments").any(|assignment| {
            assignment["target"]["deviceAndAppManagementAssignmentFilterId"]
                .as_str()
                .is_some_and(|own| own.eq_ignore_ascii_case(id))
        })
    })
}

fn check(sent: &Entity) -> Result<(), GraphError> {
    let Some(rule) = sent.get("rule").and_then(Value::as_str) else {
        return Ok(());
    };
    // Source: the page about filter rules; the words are a guess.
    match crate::emulator::rules::assignment_filter::parse(rule) {
        Ok(_) => Ok(()),
        Err(reason) => Err(GraphError::intune_bad_request(format!("The rule is not valid: {reason}"))),
    }
}

fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    let filter = call.tenant.collection(FILTERS).get(&id);
    filter.ok_or_else(|| call.not_found(&id))
}
