//! What is wrong with one device of many.

use std::collections::BTreeMap;

use crate::autopilot::devices::listed;
use crate::graph;

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

    /// What a request met.
    pub(crate) fn met(error: &graph::Error) -> Self {
        let code = error.call().and_then(|call| call.code.clone());
        Self::new(
            code.unwrap_or_else(|| error.kind().title().to_owned()),
            format!("{error}. {}", error.advice()),
        )
    }
}

/// Troubles as a person is told them: each once, with the count and the first of those it concerns. None if there are none.
pub(crate) fn told<'a>(troubles: impl IntoIterator<Item = (&'a str, &'a Trouble)>) -> Option<String> {
    let mut by_reason: BTreeMap<&Trouble, Vec<&str>> = BTreeMap::new();
    for (key, trouble) in troubles {
        by_reason.entry(trouble).or_default().push(key);
    }
    let told: Vec<String> = by_reason
        .into_iter()
        .map(|(trouble, keys)| {
            format!("{} of them ({}): {}", keys.len(), listed(keys.into_iter()), trouble.reason)
        })
        .collect();
    (!told.is_empty()).then(|| told.join("\n\n"))
}
