//! From settings to a Graph that signs in by itself.

use super::client::Graph;
use super::entra_client::entra_settings;
use super::error::Error;
use super::page::Root;
use super::signin::{Argument, Settings, TokenSource};
use super::wire::{HttpSettings, http_client};

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
        let root = Root::parse(settings.endpoints().graph.as_str())?;
        let to_entra = entra_settings(&settings, user_agent);
        let to_graph =
            HttpSettings { no_proxy: root.is_loopback(), is_plain: root.is_plain(), ..to_entra.clone() };
        let authority = http_client(&to_entra)?;
        // Reading the system's certificate authorities takes most of the time of setting a client up.
        let graph = if to_graph == to_entra { authority.clone() } else { http_client(&to_graph)? };
        Ok(Self::through(graph, root, TokenSource::new(settings, authority), read_only))
    }
}
