//! `autopilot_device_join_policy`: who may join devices to Microsoft Entra, and on what terms (step 2).
//!
//! One policy for the tenant. The service takes it whole only, so every change reads it, changes what is written here,
//! and puts all of it back: what the user does not write keeps its value.

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use crate::autopilot::before::{self, on_destroy, remember, remembered, restores};
use crate::autopilot::membership::{self, membership};
use crate::autopilot::named::{RARELY, SOON};
use crate::autopilot::permissions::{DEVICE_POLICY_READ, DEVICE_POLICY_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Endpoint, Look, Schedule};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::{
    Schema, Timeouts, boolean, check, computed, integer, optional_computed, text,
};
use crate::tf_provider::value::Value;

/// The tenant's device registration policy.
pub(crate) struct DeviceJoinPolicy;

#[async_trait]
impl Resource<Tenant> for DeviceJoinPolicy {
    fn name(&self) -> &'static str {
        "autopilot_device_join_policy"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Who may join devices to Microsoft Entra, who becomes local administrator, and on what terms. There is one \
             such policy in a tenant; what is not written here keeps its value.",
        )
        .attributes([
            computed("id", text(), "Always `deviceRegistrationPolicy`.").keep_prior(),
            optional_computed("allowed_to_join", membership(), "Who may join devices to Microsoft Entra.").keep_prior(),
            optional_computed(
                "allowed_to_register",
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
        .rule(membership::rule(&["allowed_to_register"]))
        .rule(membership::rule(&["registering_users_are_local_administrators"]))
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(DEVICE_POLICY_READ), to_change(DEVICE_POLICY_WRITE).to("change")]
    }

    fn changes_anything(&self, prior: &Value, planned: &Value) -> bool {
        before::changes_anything(prior, planned)
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        before::warn_of_keeping(cx, plan, "device registration policy");
        Ok(())
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let written = write(cx, &session, change).await?;
        Ok(state(&written, &change.planned))
    }

    async fn settle(&self, cx: &Cx, change: &Change, created: Value) -> Result<Value, Failure> {
        // What was written is known. Failing now would only mark the policy as half-made, and Terraform replaces what is
        // half-made without telling what was there before.
        Ok(match shown(&cx.session()?, change).await {
            Ok(state) => state,
            Err(failure) => {
                before::warn_of_doubt(cx, "device registration policy", &failure);
                created
            }
        })
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let policy = current(&cx.session()?).await?;
        Ok(Some(self::state(&policy, &state)))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        write(cx, &session, change).await?;
        shown(&session, change).await
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        if !restores(&state) {
            return Ok(());
        }
        let session = cx.session()?;
        let mut policy = session.get(&policy().needs(DEVICE_POLICY_WRITE)).await?;
        let locked = is_locked(&policy);
        for part in PARTS.iter().filter(|part| !(locked && part.attribute == REGISTER)) {
            if let Some(value) = remembered(cx).remove(part.attribute) {
                *policy.pointer_mut(part.pointer).unwrap_or(&mut Json::Null) = value;
            }
        }
        put(&session, policy).await?;
        Ok(())
    }

    async fn import(&self, _cx: &Cx, text: &str) -> Result<Value, Failure> {
        if text == ID || text == "tenant" {
            return Ok(Value::object([("id", Value::from(ID)), ("on_destroy", Value::from("keep"))]));
        }
        Err(Failure::new(
            "Import id not understood",
            format!("A tenant has one device registration policy; its import id is `tenant`, not `{text}`."),
        ))
    }
}

/// One part of the policy: an argument, and where the service keeps it.
struct Part {
    attribute: &'static str,
    pointer: &'static str,
    to_graph: fn(&Value) -> Json,
    from_graph: fn(&Json) -> Value,
}

/// Reads the policy, changes what is written, and puts it back whole. Answers what it is then.
async fn write(cx: &Cx, session: &Session, change: &Change) -> Result<Json, Failure> {
    let mut current = session.get(&policy().needs(DEVICE_POLICY_WRITE)).await?;
    let original = current.clone();
    let mut touched = Vec::new();
    for part in &PARTS {
        let wanted = change.config.get(part.attribute);
        if wanted.is_null() {
            continue;
        }
        let wanted = change.planned.get(part.attribute);
        let found = original.pointer(part.pointer).cloned().unwrap_or(Json::Null);
        if (part.from_graph)(&found) == *wanted {
            continue;
        }
        if part.attribute == REGISTER && is_locked(&original) {
            return Err(locked());
        }
        let Some(place) = current.pointer_mut(part.pointer) else {
            return Err(unexpected(part));
        };
        *place = (part.to_graph)(wanted);
        touched.push((part.attribute.to_owned(), found));
    }
    if !touched.is_empty() {
        remember(cx, touched);
        put(session, current.clone()).await?;
    }
    Ok(current)
}

async fn put(session: &Session, mut whole: Json) -> Result<(), graph::Error> {
    if let Json::Object(members) = &mut whole {
        members.retain(|name, _| !name.starts_with('@'));
    }
    session.put(&policy().needs(DEVICE_POLICY_WRITE), whole).await.map(drop)
}

/// Waits until a read shows everything that is planned.
async fn shown(session: &Session, change: &Change) -> Result<Value, Failure> {
    let what = "the device registration policy to show what was written";
    graph::wait(what, session.scope(), Schedule::growing(SOON, RARELY), || async {
        let found = current(session).await?;
        let state = state(&found, &change.planned);
        let all = PARTS.iter().all(|part| {
            let wanted = change.planned.get(part.attribute);
            change.config.get(part.attribute).is_null() || wanted == state.get(part.attribute)
        });
        Ok(if all { Look::Done(state) } else { Look::NotYet("it still shows older values".to_owned()) })
    })
    .await
}

/// The policy as it is now.
pub(crate) async fn current(session: &Session) -> Result<Json, graph::Error> {
    session.get(&policy().needs(DEVICE_POLICY_READ)).await
}

/// The policy as Graph answered it, as state.
pub(crate) fn state(policy: &Json, known: &Value) -> Value {
    let parts = PARTS.iter().map(|part| {
        let found = policy.pointer(part.pointer).map_or(Value::Null, part.from_graph);
        (part.attribute, found)
    });
    Value::object(parts)
        .with("id", ID)
        .with("on_destroy", known.get("on_destroy").clone())
        .with("registration_is_locked", is_locked(policy))
}

fn is_locked(policy: &Json) -> bool {
    policy["azureADRegistration"]["isAdminConfigurable"] == json!(false)
}

fn locked() -> Failure {
    Failure::at(
        REGISTER,
        "Registration is locked",
        "The service does not let administrators change who may register devices while Intune or another service \
         manages them; everybody may. Remove `allowed_to_register` from the configuration.",
    )
}

fn unexpected(part: &Part) -> Failure {
    Failure::at(
        part.attribute,
        "Setting not offered by the tenant",
        format!(
            "The tenant's device registration policy has no `{}`, so it cannot be set. Remove the argument, or check \
                 whether the tenant's licences include the feature.",
            part.pointer.trim_start_matches('/')
        ),
    )
}

fn policy() -> Endpoint {
    Endpoint::v1("policies/deviceRegistrationPolicy")
}

fn to_flag(value: &Value) -> Json {
    json!(value.as_bool())
}

fn from_flag(json: &Json) -> Value {
    Value::from(json.as_bool())
}

const ID: &str = "deviceRegistrationPolicy";
const REGISTER: &str = "allowed_to_register";
const PARTS: [Part; 7] = [
    Part {
        attribute: "allowed_to_join",
        pointer: "/azureADJoin/allowedToJoin",
        to_graph: membership::to_graph,
        from_graph: membership::from_graph,
    },
    Part {
        attribute: REGISTER,
        pointer: "/azureADRegistration/allowedToRegister",
        to_graph: membership::to_graph,
        from_graph: membership::from_graph,
    },
    Part {
        attribute: "global_administrators_are_local_administrators",
        pointer: "/azureADJoin/localAdmins/enableGlobalAdmins",
        to_graph: to_flag,
        from_graph: from_flag,
    },
    Part {
        attribute: "registering_users_are_local_administrators",
        pointer: "/azureADJoin/localAdmins/registeringUsers",
        to_graph: membership::to_graph,
        from_graph: membership::from_graph,
    },
    Part {
        attribute: "device_limit",
        pointer: "/userDeviceQuota",
        to_graph: |value| json!(value.as_i64()),
        from_graph: |json| Value::from(json.as_i64()),
    },
    Part {
        attribute: "require_multifactor_authentication",
        pointer: "/multiFactorAuthConfiguration",
        to_graph: |value| json!(if value.as_bool() == Some(true) { "required" } else { "notRequired" }),
        from_graph: |json| Value::from(json.as_str().map(|word| word == "required")),
    },
    Part {
        attribute: "local_administrator_password_enabled",
        pointer: "/localAdminPassword/isEnabled",
        to_graph: to_flag,
        from_graph: from_flag,
    },
];
