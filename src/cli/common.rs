//! What commands have in common: how they sign in, and how they fail.

use autopilot_provider::graph::signin::{Arguments, Settings};

/// How the commands present themselves to Microsoft.
pub(super) const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// What the environment says about sign-in, and these arguments before it.
pub(super) fn settings(written: &Arguments) -> Result<Settings, Failed> {
    Settings::resolve(written, &Settings::environment()).map_err(|mistakes| {
        Failed::new(mistakes.iter().map(|mistake| format!("{mistake}.")).collect::<Vec<_>>().join("\n"))
    })
}

/// Why a command could not do its work: what happened, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failed(pub(super) String);

impl Failed {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl From<autopilot_provider::graph::Error> for Failed {
    fn from(error: autopilot_provider::graph::Error) -> Self {
        Self(format!("{error}.\n\n{}", error.advice()))
    }
}

impl From<autopilot_provider::graph::signin::Failure> for Failed {
    fn from(failure: autopilot_provider::graph::signin::Failure) -> Self {
        Self(failure.to_string())
    }
}

impl From<autopilot_provider::tf_provider::failure::Failure> for Failed {
    fn from(failure: autopilot_provider::tf_provider::failure::Failure) -> Self {
        let problems = failure.into_diagnostics();
        let texts = problems.iter().map(|problem| format!("{}: {}", problem.summary, problem.detail));
        Self(texts.collect::<Vec<_>>().join("\n\n"))
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self(format!("The program could not be started: {error}"))
    }
}
