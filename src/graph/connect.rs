//! From settings to a Graph that signs in by itself.

use std::path::PathBuf;

use super::cloud::is_loopback;
use super::signin::{Argument, Settings, TokenSource};
use super::wire::{HttpSettings, http_client};
use super::{Error, Graph, GraphSettings};

impl Graph {
    /// The same, but nothing can be changed, whatever `settings` say.
    ///
    /// # Errors
    /// The file of certificate authorities cannot be read.
    pub fn connect_read_only(settings: Settings, user_agent: &str) -> Result<Self, Error> {
        Self::open(settings, user_agent, true)
    }

    /// Graph where and as whom `settings` say, presenting itself as `user_agent`. Nothing is sent yet.
    ///
    /// # Errors
    /// The file of certificate authorities cannot be read.
    pub fn connect(settings: Settings, user_agent: &str) -> Result<Self, Error> {
        let read_only = settings.flag(Argument::ReadOnly);
        Self::open(settings, user_agent, read_only)
    }

    fn open(settings: Settings, user_agent: &str, read_only: bool) -> Result<Self, Error> {
        let authority = entra_client(&settings, user_agent)?;
        let graph = GraphSettings {
            root: settings.endpoints().graph.as_str().trim_end_matches('/').to_owned(),
            user_agent: user_agent.to_owned(),
            ca_file: ca_file(&settings),
            read_only,
        };
        Self::new(&graph, TokenSource::new(settings, authority))
    }
}

/// A client for talking to Entra, as `settings` say.
pub(crate) fn entra_client(settings: &Settings, user_agent: &str) -> Result<reqwest::Client, Error> {
    http_client(&HttpSettings {
        user_agent: user_agent.to_owned(),
        ca_file: ca_file(settings),
        no_proxy: is_loopback(&settings.endpoints().authority),
    })
}

fn ca_file(settings: &Settings) -> Option<PathBuf> {
    settings.text(Argument::CaFile).map(PathBuf::from)
}
