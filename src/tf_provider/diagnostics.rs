//! What a run reports: errors and warnings, and where in the configuration they belong.

use super::path::Path;

/// One message for the person who runs Terraform.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Whether the operation failed.
    pub severity: Severity,
    /// What happened, in one line without a full stop.
    pub summary: String,
    /// Why, and what to do next. May be empty, may have several lines.
    pub detail: String,
    /// The value in the configuration that the message is about.
    pub path: Option<Path>,
}

/// How serious a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation succeeded, and something about it should be known.
    Warning,
}

impl Diagnostic {
    /// An error about the operation as a whole.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, summary: summary.into(), detail: detail.into(), path: None }
    }

    /// A warning about the operation as a whole.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(summary, detail) }
    }

    /// The same message, about one value.
    pub fn at(self, path: impl Into<Path>) -> Self {
        Self { path: Some(path.into()), ..self }
    }

    /// Whether the operation failed.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The messages of one operation, in the order they were found and each of them once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    messages: Vec<Diagnostic>,
}

impl Diagnostics {
    /// No messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error about the operation as a whole.
    pub fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::error(summary, detail));
    }

    /// Adds an error about the value at `path`.
    pub fn error_at(&mut self, path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::error(summary, detail).at(path));
    }

    /// Adds a warning about the operation as a whole.
    pub fn warning(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic::warning(summary, detail));
    }

    /// Adds a warning about the value at `path`.
    pub fn warning_at(
        &mut self,
        path: impl Into<Path>,
        summary: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.push(Diagnostic::warning(summary, detail).at(path));
    }

    /// Adds a message, unless it is there already.
    pub fn push(&mut self, message: Diagnostic) {
        if !self.messages.contains(&message) {
            self.messages.push(message);
        }
    }

    /// Whether the operation failed. Warnings do not count.
    pub fn has_errors(&self) -> bool {
        self.messages.iter().any(Diagnostic::is_error)
    }

    /// Whether there is no message at all.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// The messages, in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.messages.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(message: Diagnostic) -> Self {
        Self { messages: vec![message] }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, messages: I) {
        messages.into_iter().for_each(|message| self.push(message));
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(messages: I) -> Self {
        let mut all = Self::new();
        all.extend(messages);
        all
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.messages.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_same_thing_once() {
        let mut messages = Diagnostics::new();
        messages.error("No such group", "Create it first.");
        messages.error("No such group", "Create it first.");
        messages.error_at("group_id", "No such group", "Create it first.");
        messages.warning("No such group", "Create it first.");
        assert_eq!(messages.len(), 3);
    }

    #[test]
    fn a_warning_is_not_a_failure() {
        let mut messages = Diagnostics::new();
        messages.warning_at("locale", "Deprecated", "");
        assert!(!messages.has_errors() && !messages.is_empty());
        messages.extend(Diagnostics::from(Diagnostic::error("Refused", "")));
        assert!(messages.has_errors());
    }
}
