//! `autopilot_user_assignment`: whose device it is to be (step 7).

use std::sync::LazyLock;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::autopilot::devices::{self, DEVICES, Registered};
use crate::autopilot::mapping::{flag_of, shows, text_of, values};
use crate::autopilot::one_device;
use crate::autopilot::permissions::{SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE, USER_READ};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::autopilot::users;
use crate::graph::{ErrorKind, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::identity::Identity;
use crate::tf_provider::permission::{Permission, aside, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::{
    Schema, Timeouts, boolean, check, computed, default, guid, optional_computed, required, text,
};
use crate::tf_provider::value::Value;

/// The resource's name.
pub(crate) const TYPE: &str = "autopilot_user_assignment";

/// Made once: a list may have thousands.
static SCHEMA: LazyLock<Schema> = LazyLock::new(schema);

/// A user assigned to an Autopilot device.
pub(crate) struct UserAssignment;

#[async_trait]
impl Resource<Tenant> for UserAssignment {
    fn name(&self) -> &'static str {
        TYPE
    }

    fn schema(&self) -> Schema {
        SCHEMA.clone()
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![
            to_read(SERVICE_CONFIG_READ),
            to_change(SERVICE_CONFIG_WRITE),
            aside("check that the user exists (without it, the check is left out)", USER_READ),
        ]
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity::ID)
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        let planned =
            (plan.planned.get("device_id").as_str(), plan.planned.get("user_principal_name").as_str());
        let taken = match planned {
            (Some(device), Some(user)) => one_device::claim_user(cx, device, user)?,
            _ => None,
        };
        let Some(user) = planned.1.filter(|_| plan.changes("user_principal_name")).map(str::to_owned) else {
            return Ok(());
        };
        if plan.is_create()
            && let Some(device) = planned.0.map(str::to_owned)
        {
            if let Some(other) = taken {
                return Err(Failure::at(
                    "device_id",
                    "Two users for one device",
                    format!(
                        "A device is assigned to one user, and this configuration assigns {device} to both `{other}` and \
                         `{user}`. Remove one of the two."
                    ),
                ));
            }
            // Whoever has the user already, it is the same assignment.
            plan.adopts.push(device);
        }
        if cx.can_check() {
            users::warn_about(cx, &cx.session()?, &user).await;
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let planned: Planned = change.planned.decode()?;
        let device = planned.device_id.as_str();
        cx.client().release(&one_device::user_of(device));
        let Some(found) = DEVICES.read(&session, device).await? else {
            return Err(Failure::at(
                "device_id",
                "No such Autopilot device",
                format!(
                    "No device with the registration id `{device}` is registered with Windows Autopilot in this tenant. \
                     Use the `id` of an `autopilot_device_identity`, or of `data.autopilot_device`; the ids of Microsoft \
                     Entra and Intune are others."
                ),
            ));
        };
        let registered: Registered = decode(&found)?;
        if let Some(now) = registered.user().filter(|now| !same(now, &planned.user_principal_name))
            && !planned.adopt_existing
        {
            let serial = registered.serial_number.as_deref();
            return Err(users::assigned_to_another(cx, device, serial, now));
        }
        if registered.user().is_some() {
            cx.back_up(&SCHEMA, &state(&found, &Value::Null), &found)?;
        }
        assign(&session, &planned).await?;
        Ok(change.planned.clone().with("id", device))
    }

    async fn settle(&self, cx: &Cx, change: &Change, _created: Value) -> Result<Value, Failure> {
        shown(&cx.session()?, change).await
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let Some(found) = DEVICES.read(&cx.session()?, text_of(&state, "id")).await? else {
            return Ok(None);
        };
        let is_assigned = decode::<Registered>(&found)?.user().is_some();
        Ok(is_assigned.then(|| self::state(&found, &state)))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        if change.changes("user_principal_name") || change.changes("addressable_user_name") {
            assign(&session, &change.planned.decode()?).await?;
        }
        shown(&session, change).await
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        let session = cx.session()?;
        let device = text_of(&state, "id");
        cx.client().release(&one_device::user_of(device));
        if DEVICES.read(&session, device).await?.is_none() {
            return Ok(());
        }
        let action = DEVICES.member(device).then("unassignUserFromDevice");
        match session.post(&action, Json::Null).await {
            Err(error) if error.is_not_found() && DEVICES.read(&session, device).await?.is_none() => {
                return Ok(());
            }
            outcome => drop(outcome?),
        }
        let nobody = Map::from_iter([("userPrincipalName".to_owned(), json!(""))]);
        match DEVICES.wait_until_consistent(&session, device, |found| Ok(shows(found, &nobody))).await {
            // The device itself may be deleted at the same moment.
            Err(_) if DEVICES.read(&session, device).await?.is_none() => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        let device: Registered = decode(&devices::find(&cx.session()?, text).await?)?;
        if device.user().is_none() {
            return Err(Failure::new(
                "The device has no user",
                format!(
                    "The device `{text}` is not assigned to a user, so there is nothing to import. Remove the import, \
                         and apply to assign one."
                ),
            ));
        }
        Ok(Value::object([("id", Value::from(device.id))]))
    }
}

fn schema() -> Schema {
    Schema::new(
            "The user an Autopilot device is assigned to: setup greets them by name and fills in their sign-in name.",
        )
        .attributes([
            computed("id", guid(), "Registration id of the device.").keep_prior(),
            required(
                "device_id",
                guid(),
                "Registration id of the device: the `id` of an `autopilot_device_identity`.",
            )
            .remote("id")
            .replace_on_change(),
            required(
                "user_principal_name",
                text(),
                "Sign-in name of the user, such as `megan@contoso.com`. Capital letters do not matter.",
            )
            .check(users::user_principal_name().of_changes())
            .ignore_case(),
            optional_computed(
                "addressable_user_name",
                text(),
                "Name by which setup greets the user; otherwise the user's display name.",
            )
            .check(check::not_blank().of_changes())
            .check(check::longest(256).of_changes())
            .keep_unless(&["user_principal_name"]),
            default(
                "adopt_existing",
                boolean(),
                false,
                "Whether an assignment to another user that exists already is replaced instead of being an error.",
            )
            .local(),
            computed("serial_number", text(), "Serial number of the device.").keep_prior(),
        ])
        .timeouts(Timeouts::default())
}

/// An assignment as an import shows it.
pub(crate) fn imported(device: &Json) -> Value {
    state(device, &Value::Null)
}

/// What is planned, as it is written.
#[derive(Deserialize)]
struct Planned {
    device_id: String,
    user_principal_name: String,
    addressable_user_name: Option<String>,
    adopt_existing: bool,
}

/// Assigns the user. The action made for it refuses valid requests now and then, and the general one does the same.
async fn assign(session: &Session, planned: &Planned) -> Result<(), Failure> {
    let user = &planned.user_principal_name;
    let greeting = match &planned.addressable_user_name {
        Some(written) => written.clone(),
        None => users::display_name(session, user).await?,
    };
    let body = json!({"userPrincipalName": user, "addressableUserName": greeting});
    let member = DEVICES.member(&planned.device_id);
    match session.post(&member.clone().then("assignUserToDevice"), body.clone()).await {
        Err(error) if error.kind() == ErrorKind::Refused => {
            tracing::info!(%error, "assigning the user by the device's properties instead");
            session.post(&member.then("updateDeviceProperties"), body).await?;
        }
        outcome => drop(outcome?),
    }
    Ok(())
}

/// Waits until a read shows the user, and returns the state it shows.
async fn shown(session: &Session, change: &Change) -> Result<Value, Failure> {
    let planned: Planned = change.planned.decode()?;
    let greeting = planned.addressable_user_name.as_ref();
    let found = DEVICES
        .wait_until_consistent(session, &planned.device_id, |found| {
            let found: Registered = decode(found)?;
            let is_greeted = greeting.is_none() || found.addressable_user_name.as_ref() == greeting;
            Ok(is_greeted && found.user().is_some_and(|user| same(user, &planned.user_principal_name)))
        })
        .await?;
    Ok(state(&found, &change.planned))
}

fn state(device: &Json, known: &Value) -> Value {
    let fields = values(&SCHEMA.attributes, device);
    Value::Object(fields).with("adopt_existing", flag_of(known, "adopt_existing"))
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}
