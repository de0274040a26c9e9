//! From settings to a Graph that signs in by itself.

use super::client::{Graph, GraphSettings};
use super::entra_client::{ca_file, entra_client};
use super::error::Error;
use super::signin::{Argument, Settings, TokenSource};

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
