//! `autopilot_device_join_policy`: who may join devices to Microsoft Entra, and on what terms (step 2).
//!
//! One policy for the tenant. The service takes it whole only, so every change reads it, changes what is written here,
//! and puts all of it back.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::autopilot::engine::Setting;
use crate::autopilot::engine::prior_settings::on_destroy;
use crate::autopilot::membership::{self, membership};
use crate::autopilot::other_providers::{MICROSOFT365WP, setting};
use crate::autopilot::permissions::{DEVICE_POLICY_READ, DEVICE_POLICY_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::{self, Endpoint, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::resource::Move;
use crate::tf_provider::schema::{
    Schema, Timeouts, boolean, check, computed, integer, optional_computed, text,
};
use crate::tf_provider::value::Value;

/// The tenant's device registration policy.
pub(crate) struct DeviceJoinPolicy;

#[async_trait]
impl Setting for DeviceJoinPolicy {
    const TYPE: &'static str = "autopilot_device_join_policy";
    const NOUN: &'static str = "device registration policy";
    const PARTS: &'static [&'static str] = &[
        "allowed_to_join",
        REGISTER,
        "global_administrators_are_local_administrators",
        "registering_users_are_local_administrators",
        "device_limit",
        "require_multifactor_authentication",
        "local_administrator_password_enabled",
    ];
    const SHOWS_ALL: bool = true;

    fn schema() -> Schema {
        Schema::new(
            "Who may join devices to Microsoft Entra, who becomes local administrator, and on what terms. There is one \
             such policy in a tenant; what is not written here keeps its value.",
        )
        .attributes([
            computed("id", text(), "Always `deviceRegistrationPolicy`.").keep_prior(),
            optional_computed("allowed_to_join", membership(), "Who may join devices to Microsoft Entra.")
                .keep_prior(),
            optional_computed(
                REGISTER,
                membership(),
                "Who may register personal devices. Locked by the service while Intune manages devices.",
            )
            .keep_prior(),
            optional_computed(
                "global_administrators_are_local_administrators",
                boolean(),
                "Whether Global Administrators become local administrators of devices that join from now on.",
            )
            .keep_prior(),
            optional_computed(
                "registering_users_are_local_administrators",
                membership(),
                "Whose joining user becomes local administrator. An Autopilot profile that makes users standard users \
                 wins.",
            )
            .keep_prior(),
            optional_computed(
                "device_limit",
                integer(),
                "How many devices one user may have; `2147483647` stands for no limit.",
            )
            .check(check::between(0, i64::from(i32::MAX)))
            .keep_prior(),
            optional_computed(
                "require_multifactor_authentication",
                boolean(),
                "Whether joining or registering a device needs multifactor authentication.",
            )
            .keep_prior(),
            optional_computed(
                "local_administrator_password_enabled",
                boolean(),
                "Whether Microsoft Entra keeps the local administrator's password (Windows LAPS).",
            )
            .keep_prior(),
            on_destroy(),
            computed(
                "registration_is_locked",
                boolean(),
                "Whether `allowed_to_register` is locked by the service.",
            )
            .keep_prior(),
        ])
        .timeouts(Timeouts::default())
        .rule(membership::rule(&["allowed_to_join"]))
        .rule(membership::rule(&[REGISTER]))
        .rule(membership::rule(&["registering_users_are_local_administrators"]))
    }

    fn permissions() -> Vec<Permission> {
        vec![to_read(DEVICE_POLICY_READ), to_change(DEVICE_POLICY_WRITE).to("change")]
    }

    async fn read(session: &Session, _parts: &[&'static str]) -> Result<Json, Failure> {
        Ok(session.get(&policy().needs(DEVICE_POLICY_READ)).await?)
    }

    fn part<'a>(found: &'a Json, part: &str) -> &'a Json {
        found.pointer(pointer(part)).unwrap_or(&Json::Null)
    }

    fn value(part: &str, found: &Json) -> Result<Value, graph::Error> {
        Ok(match part {
            "device_limit" => decode::<Option<i64>>(found)?.into(),
            "require_multifactor_authentication" => {
                decode::<Option<String>>(found)?.map(|word| word == "required").into()
            }
            "global_administrators_are_local_administrators" | "local_administrator_password_enabled" => {
                decode::<Option<bool>>(found)?.into()
            }
            _ => membership::from_graph(decode(found)?),
        })
    }

    fn facts(found: &Json) -> Result<Vec<(&'static str, Value)>, graph::Error> {
        Ok(vec![("id", Value::from(ID)), ("registration_is_locked", Value::from(is_locked(found)?))])
    }

    fn locked(part: &str, found: &Json) -> Result<Option<Failure>, graph::Error> {
        Ok((part == REGISTER && is_locked(found)?).then(locked))
    }

    async fn write(
        _cx: &Cx,
        session: &Session,
        found: &Json,
        wanted: &BTreeMap<&'static str, Value>,
    ) -> Result<(), Failure> {
        let mut whole = found.clone();
        for (part, value) in wanted {
            if let Some(locked) = Self::locked(part, found)? {
                return Err(locked);
            }
            let Some(place) = whole.pointer_mut(pointer(part)) else { return Err(not_offered(part)) };
            *place = to_graph(part, value);
        }
        if let Json::Object(members) = &mut whole {
            members.retain(|name, _| !name.starts_with('@'));
        }
        session.put(&policy().needs(DEVICE_POLICY_WRITE), whole).await?;
        Ok(())
    }

    fn moves() -> Vec<Move> {
        vec![setting(MICROSOFT365WP, "microsoft365wp_device_registration_policy")]
    }

    fn is_named_by(text: &str) -> bool {
        text == ID
    }
}

fn pointer(part: &str) -> &'static str {
    match part {
        "allowed_to_join" => "/azureADJoin/allowedToJoin",
        REGISTER => "/azureADRegistration/allowedToRegister",
        "global_administrators_are_local_administrators" => "/azureADJoin/localAdmins/enableGlobalAdmins",
        "registering_users_are_local_administrators" => "/azureADJoin/localAdmins/registeringUsers",
        "device_limit" => "/userDeviceQuota",
        "require_multifactor_authentication" => "/multiFactorAuthConfiguration",
        _ => "/localAdminPassword/isEnabled",
    }
}

fn to_graph(part: &str, value: &Value) -> Json {
    match part {
        "device_limit" => json!(value.as_i64()),
        "require_multifactor_authentication" => {
            json!(if value.as_bool() == Some(true) { "required" } else { "notRequired" })
        }
        "global_administrators_are_local_administrators" | "local_administrator_password_enabled" => {
            json!(value.as_bool())
        }
        _ => membership::to_graph(value),
    }
}

/// What is read of the policy besides its parts.
#[derive(Deserialize)]
struct Policy {
    #[serde(rename = "azureADRegistration")]
    registration: Option<Registration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    is_admin_configurable: Option<bool>,
}

fn is_locked(policy: &Json) -> Result<bool, graph::Error> {
    let registration = decode::<Policy>(policy)?.registration;
    Ok(registration.is_some_and(|registration| registration.is_admin_configurable == Some(false)))
}

fn locked() -> Failure {
    Failure::at(
        REGISTER,
        "Registration is locked",
        "The service does not let administrators change who may register devices while Intune or another service \
         manages them; everybody may. Remove `allowed_to_register` from the configuration.",
    )
}

fn not_offered(part: &'static str) -> Failure {
    Failure::at(
        part,
        "Setting not offered by the tenant",
        format!(
            "The tenant's device registration policy has no `{}`, so it cannot be set. Remove the argument, or check \
             whether the tenant's licences include the feature.",
            pointer(part).trim_start_matches('/')
        ),
    )
}

fn policy() -> Endpoint {
    Endpoint::v1("policies/deviceRegistrationPolicy")
}

const ID: &str = "deviceRegistrationPolicy";
const REGISTER: &str = "allowed_to_register";
