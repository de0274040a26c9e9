//! Devices named by what they are.

use serde_json::Value as Json;

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

/// How a selector is written.
pub(crate) const FORMS: &str = "Write `tag:` and a group tag (`tag:` alone for devices without one), `order:` and a purchase order, `model:` and a \
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
