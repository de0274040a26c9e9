//! `autopilot_readiness`: whether a device would set itself up for its user, and if not, why.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::autopilot::collection::id;
use crate::autopilot::devices;
use crate::autopilot::readiness::{
    Check, Device, Facts, STATUSES, STEPS, TenantFacts, Verdict, judge, permissions, read_device,
    read_tenant, unregistered, with_profile,
};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::autopilot::users;
use crate::graph::signin::Claims;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::Permission;
use crate::tf_provider::schema::{
    Schema, boolean, check, choice, computed, guid, list_of, object, optional_computed, rule, text,
};
use crate::tf_provider::value::Value;

/// The judgement of one device.
pub(crate) struct Readiness;

#[async_trait]
impl DataSource<Tenant> for Readiness {
    fn name(&self) -> &'static str {
        "autopilot_readiness"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Whether a device would set itself up for its user if it were switched on now, and if not, why and what to do. \
             A device that is not registered is not ready; that is no error.",
        )
        .attributes([
            optional_computed("id", guid(), "Registration id of the device; null if it is not registered."),
            optional_computed(
                "serial_number",
                text(),
                "Serial number of the device. Capital letters do not matter; several devices with it are an error.",
            )
            .check(check::not_blank()),
            optional_computed(
                USER,
                text(),
                "Who unpacks the device. Left out, the user it is assigned to. Capital letters do not matter.",
            )
            .check(users::user_principal_name()),
            computed(
                "ready",
                boolean(),
                "Whether it would succeed: true if no check failed, false if one did, null if none did and some are \
                 unknown.",
            ),
            computed("stops_at", choice(STEPS), "The first step of setup that a failed check names; null if none failed."),
            computed(
                "checks",
                list_of(object([
                    computed("name", text(), "What was checked."),
                    computed("step", choice(STEPS), "Step of setup at which a device stops that fails the check."),
                    computed("status", choice(STATUSES), "How the check ended."),
                    computed("detail", text(), "What was found."),
                    computed("fix", text(), "What to do; null if nothing."),
                ])),
                "Everything that was checked, in the order in which setup meets it. An unregistered device has one.",
            ),
        ])
        .rule(rule::exactly_one(&["id", "serial_number"]))
    }

    fn permissions(&self) -> Vec<Permission> {
        permissions()
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let Some(found) = registered(&session, &config).await? else {
            let named = match config.get("id").as_str() {
                Some(id) => format!("the registration id `{id}`"),
                None => format!(
                    "the serial number `{}`",
                    config.get("serial_number").as_str().unwrap_or_default()
                ),
            };
            return Ok(result(config, &unregistered(&named)));
        };
        let claims = session.graph().claims(session.scope()).await?;
        let tenant = tenant(cx, &session, &claims).await?;
        let device: Device = with_profile(&session, &tenant, found).await?;
        let user = config.get(USER).as_str().or(device.assigned_user()).map(str::to_owned);
        let of_device = read_device(&session, &claims, &tenant, &device, user.clone()).await?;
        let verdict = judge(&Facts::new(&device, &of_device, &tenant));
        let known = [
            ("id", Some(device.id().to_owned())),
            ("serial_number", device.serial_number.clone()),
            (USER, user),
        ];
        let config =
            known.into_iter().fold(config, |config, (name, value)| match config.get(name).is_null() {
                true => config.with(name, value),
                false => config,
            });
        Ok(result(config, &verdict))
    }
}

async fn registered(session: &Session, config: &Value) -> Result<Option<Json>, Failure> {
    let found = match config.get("id").as_str() {
        Some(id) => devices::read(session, id).await?,
        None => {
            let serial = config.get("serial_number").as_str().unwrap_or_default();
            devices::with_serial_for_sure(session, serial.trim()).await?
        }
    };
    Ok(found.filter(|found| !id(found).is_empty()))
}

/// What all devices of a run share.
async fn tenant(cx: &Cx, session: &Session, claims: &Claims) -> Result<Arc<TenantFacts>, Failure> {
    let client = cx.client();
    let read = read_tenant(session, claims, client.id());
    Ok(client.facts().get(session.graph().writes(), read).await?)
}

fn result(config: Value, verdict: &Verdict) -> Value {
    let checks = verdict.checks.iter().map(|check: &Check| {
        Value::object([
            ("name", Value::from(check.name)),
            ("step", check.step.word().into()),
            ("status", check.status.word().into()),
            ("detail", check.detail.clone().into()),
            ("fix", check.fix.clone().into()),
        ])
    });
    config
        .with("ready", verdict.ready)
        .with("stops_at", verdict.stops_at.map(|step| step.word()))
        .with("checks", Value::list(checks))
}

const USER: &str = "user_principal_name";
