//! Taking over devices that are registered, by what they are.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::rows::{Rows, profile_states};
use super::schema;
use crate::autopilot::collection::id;
use crate::autopilot::devices::{DEVICES, comparable, listed};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::Search;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::Attribute;
use crate::tf_provider::value::Value;

/// Which devices an import takes over: all, or those whose property is this.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Selector(Option<(&'static str, String)>);

impl Selector {
    fn read(text: &str) -> Option<Self> {
        if text == "all" {
            return Some(Self(None));
        }
        let (word, value) = text.split_once(':')?;
        let (_, property) = PROPERTIES.into_iter().find(|(name, _)| *name == word)?;
        Some(Self(Some((property, value.trim().to_lowercase()))))
    }

    fn fits(&self, device: &Json) -> bool {
        self.0.as_ref().is_none_or(|(property, value)| {
            device[*property].as_str().unwrap_or_default().to_lowercase() == *value
        })
    }
}

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
    let defaults = schema::schema().attributes;
    let default = |attribute: &Attribute| Some((attribute.name, attribute.default.clone()?));
    let rest =
        defaults.iter().filter_map(default).fold(state, |state, (name, value)| state.with(name, value));
    let states = profile_states(&found);
    Ok(rows.with_object_ids(cx, session).await.state(&rest, states))
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

const FORMS: &str = "Write `tag:` and a group tag (`tag:` alone for devices without one), `order:` and a purchase order, `model:` and a \
    model, or `all`.";
const PROPERTIES: [(&str, &str); 3] =
    [("tag", "groupTag"), ("order", "purchaseOrderIdentifier"), ("model", "model")];
const SELECTOR: &str = "selector";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_selector_names_devices_by_what_they_are() {
        let device = json!({"groupTag": "HQ", "purchaseOrderIdentifier": "PO-123", "model": "Book 14"});
        for (text, fits) in [
            ("all", true),
            ("tag:hq", true),
            ("tag:", false),
            ("order:PO-123", true),
            ("model:Book 14", true),
            ("model:Book", false),
        ] {
            assert_eq!(Selector::read(text).expect("a selector").fits(&device), fits, "{text}");
        }
        for text in ["", "HQ", "serial:SN1", "ALL"] {
            assert_eq!(Selector::read(text), None, "{text}");
        }
    }
}
