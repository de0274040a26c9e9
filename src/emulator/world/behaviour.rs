//! Answers about which the real service is not consistent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intune_behaviour::IntuneBehaviour;

/// Answers that the real service was seen to give both ways. The default is the one seen more, or lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Behaviour {
    /// Status for a segment that this version of the API does not have: 400 or 404.
    pub unknown_segment_status: u16,
    /// Whether a rule is refused in which `-any` stands before an expression without parentheses. Microsoft's page writes
    /// one, and "both work" (IntuneDocs #2943); azure-docs #81987 and memdocs #373 report a refusal.
    pub refuses_any_without_parentheses: bool,
    /// Whether a change of who may register devices is refused while it is not for the administrator to configure
    /// (otherwise it is ignored).
    pub refuses_registration_changes: bool,
    /// Intune's.
    pub intune: IntuneBehaviour,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            unknown_segment_status: 400,
            refuses_any_without_parentheses: false,
            refuses_registration_changes: true,
            intune: IntuneBehaviour::default(),
        }
    }
}
