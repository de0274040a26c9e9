//! The client for talking to Entra.

use std::path::PathBuf;

use super::cloud::is_loopback;
use super::error::Error;
use super::signin::{Argument, Settings};
use super::wire::{HttpSettings, http_client};

/// A client for talking to Entra, as `settings` say.
pub(crate) fn entra_client(settings: &Settings, user_agent: &str) -> Result<reqwest::Client, Error> {
    http_client(&entra_settings(settings, user_agent))
}

/// How Entra is talked to.
pub(super) fn entra_settings(settings: &Settings, user_agent: &str) -> HttpSettings {
    HttpSettings {
        user_agent: user_agent.to_owned(),
        ca_file: settings.text(Argument::CaFile).map(PathBuf::from),
        no_proxy: is_loopback(&settings.endpoints().authority),
    }
}
