//! `autopilot_device_identity`: a device registered by its hardware hash (step 3).

mod schema;

use std::sync::LazyLock;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use self::schema::CHANGED_TOGETHER;
use crate::autopilot::collection::{held_already, id};
use crate::autopilot::devices::{self, DEVICES, Registered, SERIAL_PREFIX};
use crate::autopilot::entra_object;
use crate::autopilot::mapping::{flag_of, shows, state, text_of};
use crate::autopilot::on_destroy::{self, DEREGISTER, KEEP, REMOVE_FROM_INTUNE};
use crate::autopilot::one_device::{self, SINGLE, claimed};
use crate::autopilot::other_providers::{MICROSOFT365, same_id};
use crate::autopilot::permissions::MANAGED_DEVICES_WRITE;
use crate::autopilot::registering;
use crate::autopilot::registration::PendingImport;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Endpoint, ErrorKind, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::identity::{Identifier, Identity};
use crate::tf_provider::permission::Permission;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Move, Resource};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// Made once: a list has ten thousand devices.
static SCHEMA: LazyLock<Schema> = LazyLock::new(schema::schema);

/// A device registered with Windows Autopilot.
pub(crate) struct DeviceIdentity;

#[async_trait]
impl Resource<Tenant> for DeviceIdentity {
    fn name(&self) -> &'static str {
        DEVICES.type_name
    }

    fn schema(&self) -> Schema {
        SCHEMA.clone()
    }

    fn permissions(&self) -> Vec<Permission> {
        registering::permissions()
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity::By(&[
            Identifier { attribute: "id", import_prefix: "" },
            Identifier { attribute: "serial_number", import_prefix: SERIAL_PREFIX },
        ]))
    }

    fn changes_anything(&self, prior: &Value, planned: &Value) -> bool {
        prior != planned && !on_destroy::is_release(prior, planned)
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        if plan.is_destroy() {
            on_destroy::check_permission(cx, &plan.prior).await?;
            warn_of_enrollment(cx, &plan.prior);
            return Ok(());
        }
        claim_serial(cx, plan)?;
        if plan.is_create() {
            needs_hash(plan)?;
            return plan_registered(cx, plan).await;
        }
        if !plan.replace.is_empty() {
            return may_be_replaced(cx, &plan.prior);
        }
        if ticket(&plan.prior).is_some() {
            // Its registration was interrupted: an update goes on with it.
            plan.set("id", Value::Unknown);
            for attribute in SCHEMA.attributes.iter().filter(|a| a.is_computed()) {
                if plan.prior.get(attribute.name).is_null() && plan.config.get(attribute.name).is_null() {
                    plan.set(attribute.name, Value::Unknown);
                }
            }
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let serial = text_of(&change.planned, "serial_number");
        if !cx.client().registrations().begin(serial) {
            return Err(one_device::twice(serial, SINGLE, SINGLE));
        }
        let outcome = self.begin(cx, &session, change).await;
        cx.client().release(&claimed(serial));
        if outcome.is_err() {
            cx.client().registrations().withdraw(serial);
        }
        outcome
    }

    async fn settle(&self, cx: &Cx, change: &Change, created: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        self.or_interrupted(cx, change, &session, created).await
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let session = cx.session()?;
        let mut device = text_of(&state, "id").to_owned();
        if let Some(ticket) = ticket(&state) {
            match registering::found(cx, &session, &ticket, text_of(&state, "serial_number")).await? {
                registering::Found::Running => return Ok(Some(state)),
                registering::Found::Nothing => return Ok(None),
                registering::Found::Registered(id) => device = id,
            }
            // Registered, and not listed yet.
            if DEVICES.read(&session, &device).await?.is_none() {
                return Ok(Some(state));
            }
        }
        match devices::read(&session, &device).await? {
            Some(object) => Ok(Some(state_of(cx, &session, &object, &state).await)),
            None => Ok(None),
        }
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let device = text_of(&change.prior, "id");
        if ticket(&change.prior).is_some() {
            let known = change.planned.clone().with("id", device);
            return self.or_interrupted(cx, change, &session, known).await;
        }
        let mut object = DEVICES.still_there(&session, device).await?;
        if CHANGED_TOGETHER.iter().any(|(name, _)| change.changes(name)) {
            object = apply_properties(cx, &session, device, &change.planned).await?;
        }
        let waits = flag_of(&change.planned, "wait_for_profile");
        if waits && (change.changes("group_tag") || change.changes("wait_for_profile")) {
            object = registering::with_profile(cx, &session, device).await?;
        }
        Ok(state_of(cx, &session, &object, &change.planned).await)
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        let session = cx.session()?;
        let serial = text_of(&state, "serial_number");
        cx.client().release(&claimed(serial));
        let device = match ticket(&state) {
            Some(ticket) => registering::ended(cx, &session, &ticket, serial).await?,
            None => Some(text_of(&state, "id").to_owned()),
        };
        let chosen = on_destroy::of(&state);
        if let Some(device) = device
            && chosen != KEEP
        {
            deregister(&session, &device, serial, chosen == REMOVE_FROM_INTUNE).await?;
        }
        cx.client().registrations().free(serial);
        Ok(())
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        let session = cx.session()?;
        let device: Registered = decode(&devices::find(&session, text).await?)?;
        Ok(Value::object([("id", device.id.into()), ("serial_number", device.serial_number.into())]))
    }

    fn moves(&self) -> Vec<Move> {
        vec![same_id(
            MICROSOFT365,
            "microsoft365_graph_beta_device_management_windows_autopilot_device_identity",
        )]
    }
}

impl DeviceIdentity {
    /// Brings the device into the import queue, or finds it registered.
    async fn begin(&self, cx: &Cx, session: &Session, change: &Change) -> Result<Value, Failure> {
        let serial = text_of(&change.planned, "serial_number");
        match devices::with_serial(session, serial).await? {
            None => {
                let mut known = Value::Null;
                registering::submit(cx, session, change, &mut known).await?;
                Ok(known)
            }
            Some(device) if flag_of(&change.planned, "adopt_existing") => {
                tracing::info!(id = id(&device), "taking over an existing Autopilot device");
                cx.back_up(&SCHEMA, &state(&SCHEMA.attributes, &device, &Value::Null), &device)?;
                Ok(change.planned.clone().with("id", id(&device)))
            }
            Some(device) => Err(exists(cx, serial, id(&device))),
        }
    }

    /// Completes a registration. An interrupt is no failure: the import runs on without us, and a failure would taint the
    /// device, which Terraform would then register anew.
    async fn or_interrupted(
        &self,
        cx: &Cx,
        change: &Change,
        session: &Session,
        mut known: Value,
    ) -> Result<Value, Failure> {
        match self.complete(cx, session, change, &mut known).await {
            Err(_) if cx.cancel().is_cancelled() && !known.is_null() => {
                cx.warn(
                    "Registration goes on without Terraform",
                    format!(
                        "The registration of the device `{}` was interrupted while Windows Autopilot works on it. \
                         Nothing is lost: apply again, and it is taken up where it is.",
                        text_of(&change.planned, "serial_number")
                    ),
                );
                Ok(known.unknown_to_null())
            }
            outcome => outcome,
        }
    }

    /// Everything after the import was sent. `known` follows what is certain; null once nothing exists.
    async fn complete(
        &self,
        cx: &Cx,
        session: &Session,
        change: &Change,
        known: &mut Value,
    ) -> Result<Value, Failure> {
        if let Some(ticket) = ticket(known) {
            let device = registering::registered(cx, session, change, ticket, known).await?;
            *known = std::mem::take(known).with("id", device);
            cx.keep(known.clone());
        }
        let device = text_of(known, "id").to_owned();
        apply_properties(cx, session, &device, &change.planned).await?;
        let mut object = registering::in_entra(cx, session, &device).await?;
        if flag_of(&change.planned, "wait_for_profile") {
            object = registering::with_profile(cx, session, &device).await?;
        }
        Ok(state_of(cx, session, &object, &change.planned).await)
    }
}

/// A device as an import shows it, without its object in the directory.
pub(crate) fn imported(device: &Json) -> Value {
    state(&SCHEMA.attributes, device, &Value::Null)
}

/// The ticket of a registration that was begun and not completed.
fn ticket(state: &Value) -> Option<PendingImport> {
    PendingImport::from_id(text_of(state, "id"))
}

/// Brings tag and name to what is planned, and waits until a read shows them.
async fn apply_properties(
    cx: &Cx,
    session: &Session,
    device: &str,
    planned: &Value,
) -> Result<Json, Failure> {
    let wanted: Map<String, Json> = CHANGED_TOGETHER
        .iter()
        .map(|(name, remote)| ((*remote).to_owned(), json!(text_of(planned, name))))
        .collect();
    let devices = cx.client().registrations().devices();
    let found = devices.wait_until_consistent(session, device, |_| Ok(true)).await?;
    if shows(&found, &wanted) {
        return Ok(found);
    }
    let action = DEVICES.member(device).then("updateDeviceProperties");
    session.post(&action, Json::Object(wanted.clone())).await?;
    devices.wait_until_consistent(session, device, |object| Ok(shows(object, &wanted))).await
}

/// Removes the registration and waits until it is gone.
async fn deregister(session: &Session, device: &str, serial: &str, from_intune: bool) -> Result<(), Failure> {
    let Some(object) = DEVICES.read(session, device).await? else {
        return Ok(());
    };
    let object: Registered = decode(&object)?;
    let Some(managed) = object.managed_device() else {
        return DEVICES.delete(session, device).await;
    };
    if from_intune {
        let endpoint = Endpoint::v1("deviceManagement/managedDevices").needs(MANAGED_DEVICES_WRITE);
        session.delete(&endpoint.key(managed)).await?;
        return DEVICES.delete(session, device).await;
    }
    // Microsoft's pages disagree on whether an enrolled device can go; the service knows.
    match session.delete(&DEVICES.member(device)).await {
        Err(error) if error.kind() == ErrorKind::Refused => Err(still_enrolled(serial, managed, &error)),
        outcome => {
            outcome?;
            DEVICES.wait_deleted(session, device).await
        }
    }
}

/// What Graph answered, as state, with the device's object in the directory.
async fn state_of(cx: &Cx, session: &Session, device: &Json, known: &Value) -> Value {
    entra_object::looked_up(cx, session, state(&SCHEMA.attributes, device, known), known).await
}

fn needs_hash(plan: &Plan) -> Result<(), Failure> {
    let is_written = |name: &str| !plan.config.get(name).is_null();
    let adopts = !matches!(plan.planned.get("adopt_existing"), Value::Bool(false));
    if is_written("hardware_hash") || is_written("hardware_hash_wo") || adopts {
        return Ok(());
    }
    Err(Failure::at(
        "hardware_hash",
        "A hardware hash is needed to register a device",
        "This plan registers a new device, which needs its hardware hash. Give `hardware_hash` or `hardware_hash_wo`; if \
         the device is registered already, import it (`terraform import`, with `serial:` and its serial number) or set \
         `adopt_existing = true`.",
    ))
}

/// Two new devices with one serial number are one mistake that neither could see alone.
fn claim_serial(cx: &Cx, plan: &Plan) -> Result<(), Failure> {
    match plan.planned.get("serial_number").as_str().filter(|_| !cx.is_replacement()) {
        Some(serial) => one_device::claim(cx, [serial], SINGLE, plan.is_create()),
        None => Ok(()),
    }
}

/// Refuses to register what somebody has registered already, unless it is to be taken over. What this state holds may leave
/// it in the same run, which is known only when this is applied.
async fn plan_registered(cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
    let Some(serial) = plan.planned.get("serial_number").as_str().map(str::to_owned) else {
        return Ok(());
    };
    if !cx.can_check() {
        return Ok(());
    }
    match devices::with_serial(&cx.session()?, &serial).await? {
        Some(device) if flag_of(&plan.planned, "adopt_existing") => plan.adopts.push(id(&device).to_owned()),
        Some(device) if !cx.is_in_state(id(&device)) => return Err(exists(cx, &serial, id(&device))),
        // What is tainted, or named with `-replace`, shows only here that it is to go first.
        Some(device) => {
            let is_enrolled = decode::<Registered>(&device)?.managed_device().is_some();
            if is_enrolled && on_destroy::of(&plan.planned) == DEREGISTER {
                return Err(enrolled_and_replaced(&serial));
            }
        }
        None => {}
    }
    Ok(())
}

/// Refuses to replace an enrolled device that the service may not let go: what depends on it would be gone by then.
fn may_be_replaced(cx: &Cx, prior: &Value) -> Result<(), Failure> {
    if is_enrolled(prior) && on_destroy::of(prior) == DEREGISTER {
        return Err(enrolled_and_replaced(text_of(prior, "serial_number")));
    }
    warn_of_enrollment(cx, prior);
    Ok(())
}

fn exists(cx: &Cx, serial: &str, id: &str) -> Failure {
    let title = "The device is registered already";
    if cx.is_in_state(id) {
        let what = format!("the registration of the device `{serial}` ({id})");
        return held_already("serial_number", title, &what, "correct the serial number");
    }
    Failure::at(
        "serial_number",
        title,
        format!(
            "The device `{serial}` is registered with Windows Autopilot in this tenant already ({id}). To manage it \
             here, import it with `terraform import {}.NAME {id}` or set `adopt_existing = true`.",
            DEVICES.type_name
        ),
    )
}

fn still_enrolled(serial: &str, managed: &str, refusal: &graph::Error) -> Failure {
    Failure::new(
        "The device is still enrolled in Intune",
        format!(
            "Windows Autopilot refuses to deregister the device `{serial}`, most likely because it is enrolled in Intune \
             ({managed}): {refusal}. Retire or wipe it and delete it in the Intune admin center (Devices > Windows), then apply again; \
             or apply `on_destroy = \"{REMOVE_FROM_INTUNE}\"` first, and destroying deletes its record in Intune too."
        ),
    )
}

fn enrolled_and_replaced(serial: &str) -> Failure {
    Failure::new(
        "An enrolled device would be replaced",
        format!(
            "This plan deregisters the device `{serial}` and registers it anew, and the device is enrolled in Intune. Windows \
             Autopilot may refuse to let it go, and what depends on it, such as the assignment of its user, would be gone by \
             then. Undo the change that the plan marks with \"forces replacement\"; or delete the device in the Intune admin \
             center (Devices > Windows) first; or apply `on_destroy = \"{REMOVE_FROM_INTUNE}\"` by itself before, and replacing \
             the device deletes its record in Intune too."
        ),
    )
}

fn is_enrolled(state: &Value) -> bool {
    !text_of(state, "managed_device_id").is_empty()
}

fn warn_of_enrollment(cx: &Cx, prior: &Value) {
    if !is_enrolled(prior) {
        return;
    }
    let serial = text_of(prior, "serial_number");
    match on_destroy::of(prior) {
        KEEP => {}
        REMOVE_FROM_INTUNE => cx.warn(
            "An enrolled device will leave Intune",
            format!(
                "The device `{serial}` is enrolled. Its record in Intune is deleted, which ends its management, and then \
                 its registration."
            ),
        ),
        _ => cx.warn(
            "An enrolled device will be deregistered",
            format!(
                "The device `{serial}` is enrolled in Intune. It stays managed, and loses its registration with Windows \
                 Autopilot. Should the service refuse that, delete the device in Intune first, or apply `on_destroy = \
                 \"{REMOVE_FROM_INTUNE}\"` before."
            ),
        ),
    }
}
