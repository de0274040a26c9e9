//! What is wrong with one device of many.

use std::collections::BTreeMap;

use crate::autopilot::devices::listed;
use crate::graph;
use crate::tf_provider::schema::{AttributeKind, computed, map_of, object, text};
use crate::tf_provider::value::Value;

/// Why a device is not registered, or not as it should be: a short word, and a clause without the device's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Trouble {
    pub(crate) code: String,
    pub(crate) reason: String,
}

impl Trouble {
    pub(crate) fn new(code: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { code: code.into(), reason: reason.into() }
    }

    /// A device whose registration runs: it is ours wherever it turns up.
    pub(crate) fn pending(reason: impl Into<String>) -> Self {
        Self::new(PENDING, reason)
    }

    /// Whether the registration runs.
    pub(crate) fn is_pending(&self) -> bool {
        self.code == PENDING
    }

    /// What a request met.
    pub(crate) fn met(error: &graph::Error) -> Self {
        let code = error.call().and_then(|call| call.code.clone());
        Self::new(
            code.unwrap_or_else(|| error.kind().title().to_owned()),
            format!("{error}. {}", error.advice()),
        )
    }
}

/// The troubles of devices as they stand in a state, by their keys.
pub(crate) fn kind() -> AttributeKind {
    map_of(object([
        computed("code", text(), "The service's number or word for it, or the provider's."),
        computed("reason", text(), "What is wrong, and what to do."),
    ]))
}

/// Into a state.
pub(crate) fn to_state(troubles: &BTreeMap<String, Trouble>) -> Value {
    let entry = |one: &Trouble| {
        Value::object([("code", Value::from(&one.code)), ("reason", Value::from(&one.reason))])
    };
    Value::map(troubles.iter().map(|(key, one)| (key.as_str(), entry(one))))
}

/// Out of a state.
pub(crate) fn from_state(troubles: &Value) -> BTreeMap<String, Trouble> {
    let text = |entry: &Value, name: &str| entry.get(name).as_str().unwrap_or_default().to_owned();
    let read = |entry: &Value| Trouble { code: text(entry, "code"), reason: text(entry, "reason") };
    troubles.entries().iter().map(|(key, entry)| (key.clone(), read(entry))).collect()
}

/// Troubles as the user reads them: each once, with the count and the first of those it concerns. None if there are none.
pub(crate) fn summary<'a>(troubles: impl IntoIterator<Item = (&'a str, &'a Trouble)>) -> Option<String> {
    let mut by_reason: BTreeMap<&Trouble, Vec<&str>> = BTreeMap::new();
    for (key, trouble) in troubles {
        by_reason.entry(trouble).or_default().push(key);
    }
    let reasons: Vec<String> = by_reason
        .into_iter()
        .map(|(trouble, keys)| {
            format!("{} of them ({}): {}", keys.len(), listed(keys.into_iter()), trouble.reason)
        })
        .collect();
    (!reasons.is_empty()).then(|| reasons.join("\n\n"))
}

const PENDING: &str = "pending";
