//! What a rule is about, and why it is refused.

/// What a rule is about; no rule is about both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Users, by `user.…` properties.
    Users,
    /// Devices, by `device.…` properties.
    Devices,
}

/// Why a rule is refused. Graph answers 400 with the code `DynamicGroupQueryParseError` and this message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RuleError(pub(crate) String);

impl RuleError {
    /// `error.code` of Graph's envelope.
    pub const CODE: &'static str = "DynamicGroupQueryParseError";
}
