//! `/policies/deviceRegistrationPolicy`: who may join devices, and who administers them.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::membership;
use super::objects::ids;
use super::types::{ALL_MEMBERSHIP, DEVICE_REGISTRATION_POLICY, ENUMERATED_MEMBERSHIP};
use super::views::view;
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::Purpose;
use crate::emulator::api::view::View;
use crate::emulator::world::collection::Entity;
use crate::emulator::world::collections::REGISTRATION_POLICY;
use crate::emulator::world::tenant::Tenant;

const ID: &str = "deviceRegistrationPolicy";

const VIEW: View = view(&DEVICE_REGISTRATION_POLICY, "deviceRegistrationPolicy");

/// What every PUT must carry, and what the service calls it when it is missing.
const REQUIRED: [(&str, &str); 5] = [
    ("userDeviceQuota", "quota"),
    ("multiFactorAuthConfiguration", "multiFactorAuthConfiguration"),
    ("azureADRegistration", "azureADRegistration"),
    ("azureADJoin", "azureADJoin"),
    ("localAdminPassword", "localAdminPassword"),
];

/// Whether the user may join devices, by name or through groups. Devices the user has already do not count here: see
/// [`quota`].
pub(crate) fn may_join(tenant: &Tenant, user_id: &str) -> bool {
    covers(tenant, &policy(tenant)["azureADJoin"]["allowedToJoin"], user_id)
}

/// Whether a user who joins a device becomes its administrator.
pub(crate) fn becomes_administrator(tenant: &Tenant, user_id: &str) -> bool {
    covers(tenant, &policy(tenant)["azureADJoin"]["localAdmins"]["registeringUsers"], user_id)
}

/// How many devices a user may have.
pub(crate) fn quota(tenant: &Tenant) -> i64 {
    policy(tenant)["userDeviceQuota"].as_i64().unwrap_or_default()
}

/// The policy of a tenant that uses Intune: registration is out of the administrator's hands.
pub(super) fn init(tenant: &mut Tenant) {
    let everybody = json!({ "@odata.type": ALL_MEMBERSHIP.odata_type() });
    let policy = json!({
        "id": ID,
        "displayName": "Device Registration Policy",
        "description": "Tenant-wide policy that manages intial provisioning controls using quota restrictions, \
                        additional authentication and authorization checks",
        "userDeviceQuota": 50,
        "multiFactorAuthConfiguration": "notRequired",
        "azureADRegistration": { "isAdminConfigurable": false, "allowedToRegister": everybody },
        "azureADJoin": {
            "isAdminConfigurable": true,
            "allowedToJoin": everybody,
            "localAdmins": { "enableGlobalAdmins": true, "registeringUsers": everybody },
        },
        "localAdminPassword": { "isEnabled": false },
    });
    if let Value::Object(policy) = policy {
        tenant.collection_mut(REGISTRATION_POLICY).insert(policy);
    }
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    answer(call)
}

/// A replacement of the whole.
pub(super) fn put(call: &mut Call<'_>) -> OperationResult {
    let mut body = call.json()?;
    body.values_mut().for_each(without_null_lists);
    for (property, name) in REQUIRED {
        if body.get(property).is_none_or(Value::is_null) {
            return Err(invalid_request(format!("Tenant registration policy is missing a value for {name}")));
        }
    }
    let mut sent = DEVICE_REGISTRATION_POLICY
        .read(&body, Purpose::Update, call.version)
        .map_err(|mismatch| GraphError::mismatch(call.service, &mismatch))?;
    if sent["userDeviceQuota"].as_i64().is_some_and(|quota| quota < 0) {
        return Err(invalid_request("Tenant registration policy has an invalid value for quota"));
    }
    let stored = policy(call.tenant);
    let own = &stored["azureADRegistration"];
    if own["isAdminConfigurable"] == false
        && !same_membership(&own["allowedToRegister"], &sent["azureADRegistration"]["allowedToRegister"])
    {
        if call.tenant.behaviour.refuses_registration_changes {
            return Err(invalid_request(
                "Tenant registration policy does not allow a change of allowedToRegister while isAdminConfigurable is \
                 false",
            ));
        }
        sent["azureADRegistration"]["allowedToRegister"] = own["allowedToRegister"].clone();
    }
    for part in ["azureADRegistration", "azureADJoin"] {
        sent[part]["isAdminConfigurable"] = stored[part]["isAdminConfigurable"].clone();
    }
    let mut whole = stored.as_object().cloned().unwrap_or_default();
    whole.extend(DEVICE_REGISTRATION_POLICY.with_defaults(sent));
    for name in ["id", "displayName", "description"] {
        whole.insert(name.to_owned(), stored[name].clone());
    }
    call.tenant.collection_mut(REGISTRATION_POLICY).insert(whole);
    answer(call)
}

/// Microsoft365DSC writes `users: null, groups: null` into memberships of every kind, and is not refused.
fn without_null_lists(value: &mut Value) {
    if let Value::Object(object) = value {
        object.retain(|name, value| !(["users", "groups"].contains(&name.as_str()) && value.is_null()));
        object.values_mut().for_each(without_null_lists);
    }
}

fn answer(call: &Call<'_>) -> OperationResult {
    let Value::Object(policy) = policy(call.tenant) else {
        return Err(GraphError::directory_not_found(ID));
    };
    let reply = VIEW.one(call, &policy)?;
    // A singleton's context does not end in `/$entity`.
    let Some(Value::Object(mut body)) = reply.body else {
        return Ok(reply);
    };
    body.insert("@odata.context".to_owned(), Value::from(call.context(ID)));
    Ok(Reply::ok(Value::Object(body)))
}

fn policy(tenant: &Tenant) -> Value {
    tenant.collection(REGISTRATION_POLICY).get(ID).cloned().map_or(Value::Null, Value::Object)
}

fn covers(tenant: &Tenant, membership: &Value, user_id: &str) -> bool {
    let Value::Object(membership) = membership else {
        return false;
    };
    let named = |list: &str, matches: &dyn Fn(&str) -> bool| ids(membership, list).any(matches);
    match kind(membership) {
        kind if kind == ALL_MEMBERSHIP.odata_type() => true,
        kind if kind == ENUMERATED_MEMBERSHIP.odata_type() => {
            named("users", &|id| id.eq_ignore_ascii_case(user_id))
                || named("groups", &|id| membership::is_member(tenant, id, user_id))
        }
        _ => false,
    }
}

/// Lists are sets: their order says nothing.
fn same_membership(left: &Value, right: &Value) -> bool {
    let (Value::Object(left), Value::Object(right)) = (left, right) else {
        return left == right;
    };
    let sorted = |of: &Map<String, Value>, list: &str| {
        let mut all: Vec<String> = ids(of, list).map(str::to_ascii_lowercase).collect();
        all.sort();
        all
    };
    kind(left) == kind(right)
        && ["users", "groups"].iter().all(|list| sorted(left, list) == sorted(right, list))
}

fn kind(membership: &Entity) -> &str {
    crate::emulator::world::collection::text(membership, "@odata.type")
}

/// Source: the reference of the policy ("Update deviceRegistrationPolicy"), and reports of these texts.
fn invalid_request(message: impl Into<String>) -> GraphError {
    GraphError::new(StatusCode::BAD_REQUEST, "invalid_request", message)
}
