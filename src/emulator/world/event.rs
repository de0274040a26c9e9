//! What services do later, as data: the agenda holds it, and `core::events` hands it to the service it is for.

use serde::{Deserialize, Serialize};

use super::collection::Entity;

/// Something a service does later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "in", content = "event", rename_all = "camelCase")]
pub(crate) enum Event {
    /// In the directory.
    Directory(DirectoryEvent),
    /// In Intune.
    Intune(IntuneEvent),
}

/// What the directory does later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum DirectoryEvent {
    /// Looks at all rules that a change concerns.
    Evaluate(Changed),
    /// Looks at the rule of one group.
    EvaluateGroup(String),
    /// Forgets a deleted group.
    Purge(String),
}

/// Which objects changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Changed {
    Users,
    Devices,
    /// Members of a group, which `memberOf` rules look at.
    Groups,
}

/// What Intune does later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum IntuneEvent {
    /// Looks at queued devices.
    Import(Vec<String>),
    /// Writes registration ids into complete records: pairs of both ids.
    TellRegistrations(Vec<(String, String)>),
    /// Lists registered devices.
    Register(Vec<String>),
    /// Makes the directory's objects of registered devices.
    JoinDirectory(Vec<String>),
    /// Makes a device's accepted change visible.
    Change { id: String, changes: Entity },
    /// Lets deleted devices go.
    Deregister(Vec<String>),
    /// Ends a sync.
    Synced,
    /// Looks which profile each device is to have.
    ResolveProfiles,
    /// Brings devices with a new profile one step on.
    SettleProfiles(Vec<String>),
}

impl From<DirectoryEvent> for Event {
    fn from(event: DirectoryEvent) -> Self {
        Self::Directory(event)
    }
}

impl From<IntuneEvent> for Event {
    fn from(event: IntuneEvent) -> Self {
        Self::Intune(event)
    }
}
