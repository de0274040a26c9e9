//! The kinds of failures.

use super::envelope::Said;

/// Who must act, and so what kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The person who configured the credentials.
    SignIn,
    /// The tenant's administrator, who grants permissions.
    PermissionMissing,
    /// The object is not there (404).
    NotFound,
    /// The author of the configuration: Graph understood and refuses (400 and its relatives).
    Refused,
    /// Somebody else changed or locked the object, or one like it exists (409, 412, 423).
    Conflict,
    /// Whoever set the provider to read only.
    ReadOnly,
    /// Nobody; later it will work (429).
    Throttled,
    /// Whoever keeps the network, the proxy or the trusted certificates.
    Unreachable,
    /// Microsoft (5xx).
    ServiceFault,
    /// The user interrupted the operation.
    Interrupted,
    /// The operation's time was not enough.
    TimedOut,
    /// The maintainers of this client: an answer nobody foresaw.
    UnexpectedAnswer,
}

impl Kind {
    /// The kind of an answer with this status.
    pub(super) fn of(status: u16) -> Self {
        match status {
            401 => Self::SignIn,
            403 => Self::PermissionMissing,
            404 => Self::NotFound,
            409 | 412 | 423 => Self::Conflict,
            429 => Self::Throttled,
            407 | 511 => Self::Unreachable,
            400..=499 => Self::Refused,
            500..=599 => Self::ServiceFault,
            _ => Self::UnexpectedAnswer,
        }
    }

    /// What happened, with what the answer itself said.
    pub(super) fn sentence(self, status: u16, said: &Said) -> String {
        let what = match self {
            Self::SignIn => "Microsoft Graph does not accept the token",
            Self::PermissionMissing => "Microsoft Graph does not permit this call",
            Self::NotFound => "Microsoft Graph does not find the object",
            Self::Refused => "Microsoft Graph refuses the request",
            Self::Conflict => "The request conflicts with another change",
            Self::Throttled => "Microsoft Graph asks to slow down",
            Self::Unreachable => "A proxy stands before Microsoft Graph and wants to be signed in to",
            Self::ServiceFault => "Microsoft's service failed",
            _ => return format!("Microsoft Graph gave an answer nobody foresaw: status {status}"),
        };
        match &said.reason {
            Some(reason) => format!("{what}: {reason}"),
            None => format!("{what}, and gives no reason"),
        }
    }
}
