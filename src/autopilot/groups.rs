//! The groups of Microsoft Entra, as every part of the product finds them.

use serde::Deserialize;

use super::collection::NamedCollection;
use super::permissions::{GROUP_READ, GROUP_WRITE};
use crate::graph::{Endpoint, literal};
use crate::tf_provider::schema::GUID;

/// The tenant's groups. A new one is a moving target: replicas know it one after the other.
pub(crate) const GROUPS: NamedCollection = NamedCollection {
    noun: "group",
    type_name: "autopilot_device_group",
    endpoint: || Endpoint::v1("groups"),
    reads: GROUP_READ,
    writes: GROUP_WRITE,
    ids: &GUID,
    is_ours: |_| true,
    by_name: Some(|name| format!("displayName eq {}", literal(name))),
    expand: None,
    is_replicated: true,
};

/// What is read of a group besides its attributes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    membership_rule_processing_state: Option<String>,
    security_enabled: Option<bool>,
    mail_enabled: Option<bool>,
    on_premises_sync_enabled: Option<bool>,
}

impl Group {
    /// Whether its membership rule is not followed at present.
    pub(crate) fn is_paused(&self) -> bool {
        self.membership_rule_processing_state.as_deref() == Some(PAUSED)
    }

    /// Whether it is a security group without mail that the tenant itself keeps.
    pub(crate) fn is_plain(&self) -> bool {
        self.security_enabled == Some(true)
            && self.mail_enabled != Some(true)
            && self.on_premises_sync_enabled != Some(true)
    }
}

/// Graph's word for a membership rule that is not followed at present.
pub(crate) const PAUSED: &str = "Paused";
/// A `$filter` for groups that follow a rule.
pub(crate) const DYNAMIC: &str = "groupTypes/any(type:type eq 'DynamicMembership')";
