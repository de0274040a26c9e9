//! Taking over devices that are registered, by what they are.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::rows::Rows;
use super::schema;
use crate::autopilot::collection::id;
use crate::autopilot::devices::{DEVICES, comparable, listed};
use crate::autopilot::registering::profile_states::profile_states;
use crate::autopilot::registering::selector::{FORMS, Selector};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::Search;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::value::Value;

/// Checks that there is something to take over, and leaves the selector for the read that follows.
pub(super) async fn import(cx: &Cx, session: &Session, text: &str) -> Result<Value, Failure> {
    let found = selected(session, text).await?;
    if found.is_empty() {
        return Err(Failure::new(
            "No such devices",
            format!("No device registered with Windows Autopilot in this tenant fits `{text}`. {FORMS}"),
        ));
    }
    cx.set_private(SELECTOR, text.into());
    Ok(Value::object([("id", Value::from(uuid::Uuid::new_v4().to_string()))]))
}

/// The state of a fleet that takes over what the import named.
pub(super) async fn read(cx: &Cx, session: &Session, state: Value) -> Result<Value, Failure> {
    let selector = cx.private(SELECTOR);
    let selector = selector.as_ref().and_then(Json::as_str).unwrap_or_default();
    let found = selected(session, selector).await?;
    cx.set_private(SELECTOR, Json::Null);
    let mut by_serial: BTreeMap<String, Vec<&Json>> = BTreeMap::new();
    for device in &found {
        by_serial.entry(comparable(serial(device))).or_default().push(device);
    }
    let mut rows = Rows::default();
    for devices in by_serial.values() {
        let (Some(device), 1) = (devices.first(), devices.len()) else {
            return Err(ambiguous(devices));
        };
        if serial(device).is_empty() {
            let text = format!(
                "The device {} has no serial number, and a fleet knows its devices by that.",
                id(device)
            );
            cx.warn("A device is left out", text);
            continue;
        }
        rows.tell(serial(device), &Value::Null, device, true);
    }
    Ok(rows.with_object_ids(cx, session).await.state(&with_defaults(state), profile_states(&found)))
}

/// Keeps devices as they are, as a fleet of their own.
pub(super) fn back_up(cx: &Cx, devices: &[Json]) -> Result<(), Failure> {
    let mut rows = Rows::default();
    for device in devices {
        rows.tell(serial(device), &Value::Null, device, true);
    }
    // What is put back has to say so where there was nobody.
    for row in rows.devices.values_mut().filter(|row| row.get(USER).is_null()) {
        *row = std::mem::take(row).with(USER, "");
    }
    let fleet = Value::object([("id", Value::from(uuid::Uuid::new_v4().to_string()))]);
    let state = rows.state(&with_defaults(fleet), profile_states(devices));
    cx.back_up(&schema::schema(), &state, &Json::from(devices))
}

fn with_defaults(state: Value) -> Value {
    let attributes = schema::schema().attributes;
    let defaults = attributes.into_iter().filter_map(|one| Some((one.name, one.default?)));
    defaults.fold(state, |state, (name, value)| state.with(name, value))
}

async fn selected(session: &Session, text: &str) -> Result<Vec<Json>, Failure> {
    let selector = Selector::read(text).ok_or_else(|| {
        Failure::new(
            "No import of a fleet",
            format!("`{text}` does not say which devices are meant. {FORMS}"),
        )
    })?;
    let about = format!("devices for an import {}", uuid::Uuid::new_v4());
    let search = Search::new(&about, move |device: &Json| selector.fits(device));
    Ok(session.graph().find(session.scope(), &DEVICES.collection(), search).await?)
}

fn serial(device: &Json) -> &str {
    device["serialNumber"].as_str().unwrap_or_default().trim()
}

fn ambiguous(devices: &[&Json]) -> Failure {
    let ids: Vec<&str> = devices.iter().map(|device| id(device)).collect();
    Failure::new(
        "Several devices have this serial number",
        format!(
            "A fleet knows its devices by serial number, and `{}` is that of {} registered devices: {}. Deregister the one \
             that is not there any more, or import the others by another selector.",
            devices.first().map(|device| serial(device)).unwrap_or_default(),
            ids.len(),
            listed(ids.into_iter())
        ),
    )
}

const USER: &str = "user_principal_name";
const SELECTOR: &str = "selector";
