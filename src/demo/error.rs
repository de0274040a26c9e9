//! Why the demo could not go on.

use std::time::Duration;

/// Why the demo could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// There is nothing to apply with.
    #[error(
        "neither terraform nor tofu is on the PATH. The demo applies a real configuration with one of them: install \
         Terraform 1.8 or newer (or OpenTofu 1.8 or newer), and run it again"
    )]
    NoHost,
    /// A promise was not kept.
    #[error("{0}")]
    Broken(String),
    /// The machine did not go along.
    #[error("{what}: {source}")]
    Machine {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<std::io::Error> for DemoError {
    fn from(source: std::io::Error) -> Self {
        Self::Machine { what: "the machine did not go along".to_owned(), source }
    }
}

/// Longest time one Terraform command may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);
