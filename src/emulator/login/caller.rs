//! Who a Graph request comes from.

/// Who makes a Graph request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The application (client) id.
    pub(crate) app_id: String,
    pub(crate) identity: Identity,
    /// Granted roles or scopes.
    pub(crate) permissions: Vec<String>,
}

/// On whose behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The application itself: an app-only token.
    Application,
    /// A signed-in user: a delegated token.
    User {
        id: String,
        user_principal_name: String,
        /// Directory roles, by name.
        roles: Vec<String>,
    },
}

impl Caller {
    pub(crate) fn is_application(&self) -> bool {
        self.identity == Identity::Application
    }
}
