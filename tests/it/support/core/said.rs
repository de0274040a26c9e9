//! What a provider said to its user.

use std::fmt;

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::protocol::tfplugin6::attribute_path::step::Selector;
use autopilot_provider::tf_provider::protocol::tfplugin6::diagnostic::Severity;

/// The diagnostics of one reply, or of several.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said(Vec<Message>);

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) is_error: bool,
    pub(crate) summary: String,
    pub(crate) detail: String,
    /// As written in a configuration: `assignments[0].group_id`. Empty for the whole object.
    pub(crate) path: String,
}

impl Said {
    pub(crate) fn has_errors(&self) -> bool {
        self.0.iter().any(|message| message.is_error)
    }

    pub(crate) fn errors(&self) -> impl Iterator<Item = &Message> {
        self.0.iter().filter(|message| message.is_error)
    }

    pub(crate) fn warnings(&self) -> impl Iterator<Item = &Message> {
        self.0.iter().filter(|message| !message.is_error)
    }

    /// The one error whose text contains this; panics if there is none.
    pub(crate) fn error(&self, text: &str) -> &Message {
        let mut matching = self.errors().filter(|m| m.summary.contains(text) || m.detail.contains(text));
        matching.next().unwrap_or_else(|| panic!("no error says {text:?}; said was:\n{self}"))
    }

    /// The warning whose summary or detail contains `text`.
    pub(crate) fn warning(&self, text: &str) -> &Message {
        self.warnings()
            .find(|message| message.summary.contains(text) || message.detail.contains(text))
            .unwrap_or_else(|| panic!("no warning says {text:?}:\n{self}"))
    }

    pub(crate) fn expect_no_errors(&self, what: &str) {
        assert!(!self.has_errors(), "{what} failed:\n{self}");
    }

    pub(crate) fn into_result(self) -> Result<Self, Self> {
        if self.has_errors() { Err(self) } else { Ok(self) }
    }

    pub(crate) fn and(mut self, more: impl Into<Self>) -> Self {
        self.0.extend(more.into().0);
        self
    }
}

impl From<Vec<wire::Diagnostic>> for Said {
    fn from(diagnostics: Vec<wire::Diagnostic>) -> Self {
        let read = |diagnostic: wire::Diagnostic| {
            assert_ne!(
                diagnostic.severity(),
                Severity::Invalid,
                "a diagnostic without severity: {diagnostic:?}"
            );
            assert!(!diagnostic.summary.trim().is_empty(), "a diagnostic without summary: {diagnostic:?}");
            Message {
                is_error: diagnostic.severity() == Severity::Error,
                path: diagnostic.attribute.map(|path| path_text(&path)).unwrap_or_default(),
                summary: diagnostic.summary,
                detail: diagnostic.detail,
            }
        };
        Self(diagnostics.into_iter().map(read).collect())
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("(nothing)");
        }
        for Message { is_error, summary, detail, path } in &self.0 {
            let severity = if *is_error { "Error" } else { "Warning" };
            let at = if path.is_empty() { String::new() } else { format!(" (at {path})") };
            writeln!(f, "{severity}: {summary}{at}\n  {detail}")?;
        }
        Ok(())
    }
}

fn path_text(path: &wire::AttributePath) -> String {
    let mut text = String::new();
    for step in &path.steps {
        match step.selector.as_ref().expect("every step selects something") {
            Selector::AttributeName(name) if text.is_empty() => text.push_str(name),
            Selector::AttributeName(name) => text.push_str(&format!(".{name}")),
            Selector::ElementKeyString(key) => text.push_str(&format!("[{key:?}]")),
            Selector::ElementKeyInt(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
