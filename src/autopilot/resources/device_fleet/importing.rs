//! Taking over devices that are registered, by what they are; and keeping them as they are.

use serde_json::Value as Json;

use super::rows::{Rows, USERS};
use super::schema;
use crate::autopilot::collection::id;
use crate::autopilot::devices::{serial_number, several};
use crate::autopilot::mapping;
use crate::autopilot::registering::profile_states::profile_states;
use crate::autopilot::registering::roll::Roll;
use crate::autopilot::registering::selector::selected;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::value::Value;

/// Checks that there is something to take over, and leaves the selector for the read that follows.
pub(super) async fn import(cx: &Cx, session: &Session, text: &str) -> Result<Value, Failure> {
    selected(session, text).await?;
    cx.set_private(SELECTOR, text.into());
    Ok(fresh())
}

/// The state of a fleet that takes over what the import named.
pub(super) async fn read(cx: &Cx, session: &Session, state: &Value) -> Result<Value, Failure> {
    let selector = cx.private(SELECTOR);
    let found = selected(session, selector.as_ref().and_then(Json::as_str).unwrap_or_default()).await?;
    cx.set_private(SELECTOR, Json::Null);
    let states = profile_states(&found);
    let roll: Roll = found.into_iter().collect();
    let mut rows = Rows::of(&Value::Null);
    for device in roll.devices() {
        match (serial_number(device), roll.with_serial(serial_number(device)).as_slice()) {
            ("", _) => {
                let text = format!("The device {} has no serial number, and a fleet needs one.", id(device));
                cx.warn("A device is left out", text);
            }
            (serial, [_]) => rows.import(serial, device),
            (serial, many) => return Err(several(serial, many, ADVICE)),
        }
    }
    Ok(rows.state(cx, session, &with_defaults(state), states).await)
}

/// Keeps devices as they are, as a fleet of their own.
pub(super) fn back_up(cx: &Cx, devices: &[Json]) -> Result<(), Failure> {
    let mut rows = Rows::of(&Value::Null);
    devices.iter().for_each(|device| rows.import(serial_number(device), device));
    // What is put back has to say so where there was nobody.
    for row in rows.devices.values_mut().filter(|row| row.get(USERS[0]).is_null()) {
        *row = std::mem::take(row).with(USERS[0], "");
    }
    let state = rows.into_state(&with_defaults(&fresh()), profile_states(devices));
    cx.back_up(&schema::schema(), &state, &Json::from(devices))
}

fn fresh() -> Value {
    Value::object([("id", Value::from(uuid::Uuid::new_v4().to_string()))])
}

fn with_defaults(state: &Value) -> Value {
    mapping::state(&schema::schema().attributes, &Json::Null, state)
}

const ADVICE: &str = "A fleet knows its devices by serial number: deregister the one that is not there any more, or import the \
    others by another selector.";
const SELECTOR: &str = "selector";
