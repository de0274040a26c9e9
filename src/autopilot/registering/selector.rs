//! Devices named by what they are.

use serde_json::Value as Json;

use super::roll::once;
use crate::autopilot::devices::DEVICES;
use crate::autopilot::session::Session;
use crate::graph::Search;
use crate::tf_provider::failure::Failure;

/// Which devices are meant: all, or those whose property is this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selector(Option<(&'static str, String)>);

impl Selector {
    /// What this text selects; none if it is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text == "all" {
            return Some(Self(None));
        }
        let (word, value) = text.split_once(':')?;
        let (_, property) = PROPERTIES.into_iter().find(|(name, _)| *name == word)?;
        Some(Self(Some((property, value.trim().to_lowercase()))))
    }

    /// Whether a device is among them.
    pub(crate) fn fits(&self, device: &Json) -> bool {
        self.0.as_ref().is_none_or(|(property, value)| {
            device[*property].as_str().unwrap_or_default().to_lowercase() == *value
        })
    }
}

/// The registered devices that this text selects, which are an error if there are none.
pub(crate) async fn selected(session: &Session, text: &str) -> Result<Vec<Json>, Failure> {
    let selector = Selector::read(text).ok_or_else(|| {
        Failure::new(
            "No import of a fleet",
            format!("`{text}` does not say which devices are meant. {FORMS}"),
        )
    })?;
    let search = Search::new(&once("devices for an import"), move |device: &Json| selector.fits(device));
    let found = session.graph().find(session.scope(), &DEVICES.collection(), search).await?;
    if found.is_empty() {
        return Err(Failure::new(
            "No such devices",
            format!("No device registered with Windows Autopilot in this tenant fits `{text}`. {FORMS}"),
        ));
    }
    Ok(found)
}

/// How a selector is written.
const FORMS: &str = "Write `tag:` and a group tag (`tag:` alone for devices without one), `order:` and a purchase order, `model:` and a \
    model, or `all`.";
const PROPERTIES: [(&str, &str); 3] =
    [("tag", "groupTag"), ("order", "purchaseOrderIdentifier"), ("model", "model")];

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
