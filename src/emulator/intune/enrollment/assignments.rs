//! To whom a configuration applies. Only the `assign` action writes, and it replaces everything.

use serde_json::{Value, json};

use super::CONTEXT;
use super::stored::{change, find, refuse_default};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::NO_ID;
use crate::emulator::api::view::View;
use crate::emulator::intune::target::Target;
use crate::emulator::intune::types::{ASSIGN_CONFIGURATION, CONFIGURATION_ASSIGNMENT};
use crate::emulator::intune::views::{held, view as intune_view};
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::FILTERS;

fn view(call: &Call<'_>) -> View {
    intune_view(&CONFIGURATION_ASSIGNMENT, CONTEXT).below(&call.key("id"), "assignments")
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

/// What is not in the body is unassigned.
pub(in crate::emulator::intune) fn assign(call: &mut Call<'_>) -> OperationResult {
    let configuration = find(call)?;
    refuse_default(configuration)?;
    let id = text(configuration, "id").to_owned();
    let guid = id.split('_').next().unwrap_or_default().to_owned();
    let parameters = call.parameters(&ASSIGN_CONFIGURATION)?;
    let sent = parameters.get("enrollmentConfigurationAssignments");
    let mut assignments: Vec<Value> = Vec::new();
    for assignment in sent.and_then(Value::as_array).into_iter().flatten() {
        let mut assignment = assignment.as_object().cloned().unwrap_or_default();
        let target = Target::of_assignment(&assignment);
        check(call, &mut assignment, &target)?;
        let mut assignment = CONFIGURATION_ASSIGNMENT.with_defaults(assignment);
        assignment.insert("id".to_owned(), json!(format!("{guid}_{}", target.key())));
        assignment.insert("source".to_owned(), json!("direct"));
        assignment.insert("sourceId".to_owned(), json!(guid));
        let repeated = assignments.iter().any(|other| other["id"] == assignment["id"]);
        if !repeated {
            assignments.push(Value::Object(assignment));
        }
    }
    change(call.tenant, &id, |configuration| {
        configuration.insert("assignments".to_owned(), Value::Array(assignments));
    });
    Ok(Reply::no_content())
}

fn check(call: &Call<'_>, assignment: &mut Entity, target: &Target) -> Result<(), GraphError> {
    target.check()?;
    let refuses_exclusions = call.tenant.behaviour.intune.refuses_enrollment_exclusions;
    match target {
        // The admin center offers neither; what the service says to them is a guess.
        Target::Other => return Err(GraphError::intune_bad_request("")),
        Target::Excluded(_) if refuses_exclusions => return Err(GraphError::intune_bad_request("")),
        _ => {}
    }
    let Some(Value::Object(target)) = assignment.get_mut("target") else {
        return Ok(());
    };
    let filter = match text(target, FILTER) {
        NO_ID => "",
        id => id,
    };
    let kind = text(target, FILTER_TYPE);
    let applies = !kind.is_empty() && kind != "none";
    // That both halves are looked at together is a guess.
    if applies == filter.is_empty() {
        return Err(GraphError::intune_bad_request(
            "A filter needs a type, and a filter type needs a filter.",
        ));
    }
    // A guess; the admin center lets nobody choose a filter that is gone.
    if applies && !call.tenant.collection(FILTERS).contains(filter) {
        return Err(GraphError::intune_bad_request(format!(
            "The assignment filter '{filter}' does not exist."
        )));
    }
    if !applies {
        target.insert(FILTER.to_owned(), Value::Null);
    }
    Ok(())
}

const FILTER: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";
