//! An attempt to sign in, for telling why it failed.

use super::login::StoredSignIn;
use super::settings::Settings;
use super::{Claims, Method};

/// What is known around a failed attempt.
pub(super) struct Context<'a> {
    pub(super) method: Method,
    pub(super) settings: &'a Settings,
    pub(super) client_id: Option<&'a str>,
    /// What the assertion said that Entra was shown, when it was another issuer's token.
    pub(super) shown: Option<&'a Claims>,
    /// The stored sign-in that was used.
    pub(super) sign_in: Option<&'a StoredSignIn>,
}
