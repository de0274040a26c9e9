//! Why an operation did not succeed.

use super::diagnostics::Diagnostics;
use super::path::Path;
use super::value::DecodeError;

/// What stopped an operation, as it will be shown.
///
/// A failure never carries state: what exists by then is kept through
/// [`Context::keep`](super::context::Context::keep) and by the split of create into
/// [`create`](super::resource::Resource::create) and [`settle`](super::resource::Resource::settle), so no path through a
/// handler can forget an object that exists.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    diagnostics: Diagnostics,
    is_outage: bool,
}

impl Failure {
    /// A failure with a title, and a text that says why and what to do next.
    pub fn new(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut diagnostics = Diagnostics::default();
        diagnostics.error(summary, detail);
        diagnostics.into()
    }

    /// A failure that points at an argument.
    pub fn at(path: impl Into<Path>, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut diagnostics = Diagnostics::default();
        diagnostics.error_at(path.into(), summary, detail);
        diagnostics.into()
    }

    /// A failure that is our mistake.
    pub fn bug(detail: impl std::fmt::Display) -> Self {
        Self::new(
            "Bug in the provider",
            format!(
                "{detail}. This is a mistake in the provider, not in your configuration; please report it."
            ),
        )
    }

    /// The same, and it would meet every other operation of the run too: it is reported in full once, and the rest is not tried.
    pub fn as_outage(self) -> Self {
        Self { is_outage: true, ..self }
    }

    /// Whether it would meet every other operation of the run.
    pub fn is_outage(&self) -> bool {
        self.is_outage
    }

    /// What will be shown.
    pub fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }

    /// The texts of all there is to say, without their titles.
    pub fn text(&self) -> String {
        let details: Vec<&str> = self.diagnostics.iter().map(|one| one.detail.as_str()).collect();
        details.join(" ")
    }

    /// What will be shown.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }
}

/// A structure that does not fit what its schema lets through.
impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::bug(format_args!("A value does not have the shape its schema says: {error}"))
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, is_outage: false }
    }
}
