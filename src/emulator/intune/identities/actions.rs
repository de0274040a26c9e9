//! What can be done with a registered device. Everything answers at once and shows later.

use serde_json::Value;

use super::{entra, find};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::directory;
use crate::emulator::intune::device_name;
use crate::emulator::intune::types::{ASSIGN_RESOURCE_ACCOUNT, ASSIGN_USER, UPDATE_DEVICE};
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::IDENTITIES;
use crate::emulator::world::event::IntuneEvent;
use crate::emulator::world::tenant::Tenant;

/// Changes what is sent and leaves the rest; an empty text clears.
pub(in crate::emulator::intune) fn update_properties(call: &mut Call<'_>) -> OperationResult {
    let identity = find(call)?;
    let sent = call.parameters(&UPDATE_DEVICE)?;
    let changes: Entity = sent.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let name = text(&changes, "displayName");
    // Source: the reference of `updateDeviceProperties`, and NetBIOS.
    if !name.is_empty()
        && let Err(fault) = device_name::check(name)
    {
        return Err(GraphError::intune_bad_request(format!("The device name is not valid: {}.", fault.0)));
    }
    let user = match changes.get("userPrincipalName").and_then(Value::as_str) {
        Some(user) => user,
        None => text(identity, "userPrincipalName"),
    };
    // A guess: a greeting without a user would greet nobody.
    if user.is_empty() && !text(&changes, "addressableUserName").is_empty() {
        return Err(GraphError::intune_bad_request("A greeting name needs a user principal name."));
    }
    change_later(call, changes)
}

/// Prepares the sign-in page for a user. Whether there is such a user is not looked at.
pub(in crate::emulator::intune) fn assign_user(call: &mut Call<'_>) -> OperationResult {
    find(call)?;
    let sent = call.parameters(&ASSIGN_USER)?;
    let user = named_user(&sent)?;
    let greeting = greeting(call, &sent, user);
    change_later(call, texts(&[("userPrincipalName", user), ("addressableUserName", &greeting)]))
}

pub(in crate::emulator::intune) fn unassign_user(call: &mut Call<'_>) -> OperationResult {
    find(call)?;
    change_later(call, texts(&[("userPrincipalName", ""), ("addressableUserName", "")]))
}

pub(in crate::emulator::intune) fn assign_resource_account(call: &mut Call<'_>) -> OperationResult {
    find(call)?;
    let sent = call.parameters(&ASSIGN_RESOURCE_ACCOUNT)?;
    let user = named_user(&sent)?;
    let greeting = greeting(call, &sent, user);
    let changes = texts(&[
        ("userPrincipalName", user),
        ("addressableUserName", &greeting),
        ("resourceName", text(&sent, "resourceAccountName")),
    ]);
    change_later(call, changes)
}

pub(in crate::emulator::intune) fn unassign_resource_account(call: &mut Call<'_>) -> OperationResult {
    find(call)?;
    let changes = texts(&[("userPrincipalName", ""), ("addressableUserName", ""), ("resourceName", "")]);
    change_later(call, changes)
}

/// Lets a device enroll without a user once more.
pub(in crate::emulator::intune) fn allow_next_enrollment(call: &mut Call<'_>) -> OperationResult {
    find(call)?;
    change_later(call, texts(&[("userlessEnrollmentStatus", "allowed")]))
}

/// Makes an accepted change visible.
pub(in crate::emulator::intune) fn apply(tenant: &mut Tenant, id: &str, changes: Entity) {
    let tags = changes.contains_key("groupTag");
    let Some(identity) = tenant.collection_mut(IDENTITIES).get_mut(id) else {
        return;
    };
    identity.extend(changes);
    let identity = identity.clone();
    if tags {
        entra::follow(tenant, &identity);
    }
}

fn change_later(call: &mut Call<'_>, changes: Entity) -> OperationResult {
    let id = text(find(call)?, "id").to_owned();
    let latency = call.tenant.latencies.device_update;
    call.tenant.schedule(latency, IntuneEvent::Change { id, changes });
    Ok(Reply::no_content())
}

fn named_user(sent: &Entity) -> Result<&str, GraphError> {
    let user = text(sent, "userPrincipalName");
    match user.split_once('@') {
        Some((name, domain)) if !name.is_empty() && !domain.is_empty() => Ok(user),
        // What is no user principal name at all: a guess.
        _ => Err(GraphError::intune_bad_request("")),
    }
}

/// Without a greeting name, it is the user's own.
fn greeting(call: &Call<'_>, sent: &Entity, user: &str) -> String {
    match text(sent, "addressableUserName") {
        "" => directory::user(call.tenant, user).map_or("", |user| text(user, "displayName")),
        greeting => greeting,
    }
    .to_owned()
}

fn texts(pairs: &[(&str, &str)]) -> Entity {
    let pairs = pairs.iter();
    pairs.map(|&(name, value)| (name.to_owned(), Value::from(value))).collect()
}
