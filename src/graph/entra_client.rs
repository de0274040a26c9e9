//! The client for talking to Entra.

use std::path::PathBuf;

use super::cloud::is_loopback;
use super::error::Error;
use super::signin::{Argument, Settings};
use super::wire::{HttpSettings, http_client};

/// A client for talking to Entra, as `settings` say.
pub(crate) fn entra_client(settings: &Settings, user_agent: &str) -> Result<reqwest::Client, Error> {
    http_client(&HttpSettings {
        user_agent: user_agent.to_owned(),
        ca_file: ca_file(settings),
        no_proxy: is_loopback(&settings.endpoints().authority),
    })
}

/// The file of certificate authorities that the settings name.
pub(super) fn ca_file(settings: &Settings) -> Option<PathBuf> {
    settings.text(Argument::CaFile).map(PathBuf::from)
}
