//! From settings to a Graph that signs in by itself.

use std::path::PathBuf;

use super::cloud::is_loopback;
use super::signin::{Argument, Settings, TokenSource};
use super::wire::{HttpSettings, http_client};
use super::{Error, Graph, GraphSettings};

impl Graph {
    /// Graph where and as whom `settings` say, presenting itself as `user_agent`. Nothing is sent yet.
    ///
    /// # Errors
    /// The file of certificate authorities cannot be read.
    pub fn connect(settings: Settings, user_agent: &str) -> Result<Self, Error> {
        let endpoints = settings.endpoints().clone();
        let ca_file = settings.text(Argument::CaFile).map(PathBuf::from);
        let authority = http_client(&HttpSettings {
            user_agent: user_agent.to_owned(),
            ca_file: ca_file.clone(),
            no_proxy: is_loopback(&endpoints.authority),
        })?;
        let graph = GraphSettings {
            root: endpoints.graph.as_str().trim_end_matches('/').to_owned(),
            user_agent: user_agent.to_owned(),
            ca_file,
        };
        Self::new(&graph, TokenSource::new(settings, authority))
    }
}
