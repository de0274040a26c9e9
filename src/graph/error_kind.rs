//! The kinds of failures, and what the user reads of each.

use super::envelope::Said;

/// Who must act, and so what kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
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
    /// The maintainers of this client: an unexpected answer.
    UnexpectedAnswer,
}

impl ErrorKind {
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

    /// Whether a creation that ends so was certainly not carried out.
    pub(super) fn is_plain_refusal(self) -> bool {
        matches!(
            self,
            Self::Refused | Self::PermissionMissing | Self::ReadOnly | Self::NotFound | Self::SignIn
        )
    }

    /// Whether what ends so was put off, and not carried out.
    pub(super) fn is_put_off(self) -> bool {
        matches!(self, Self::Throttled | Self::Conflict)
    }

    /// A title of one line.
    pub fn title(self) -> &'static str {
        self.texts().title
    }

    /// What happened, with what the answer itself said.
    pub(super) fn sentence(self, status: u16, said: &Said) -> String {
        let Some(what) = self.texts().answered else {
            return format!("Microsoft Graph gave an unexpected answer: status {status}");
        };
        match &said.reason {
            Some(reason) => format!("{what}: {reason}"),
            None => format!("{what}, and gives no reason"),
        }
    }

    /// What to do next, and who; none where that depends on who asked for what.
    pub(super) fn advice(self) -> Option<&'static str> {
        self.texts().advice
    }

    fn texts(self) -> Texts {
        match self {
            Self::SignIn => Texts {
                title: "Signing in to Microsoft Entra failed",
                answered: Some("Microsoft Graph does not accept the token"),
                advice: Some(
                    "Sign in again. If that does not help, the token is for another tenant, another cloud \
                     or another service: check the provider's tenant_id and environment, and where the \
                     token comes from.",
                ),
            },
            Self::PermissionMissing => Texts {
                title: "Permission missing",
                answered: Some("Microsoft Graph does not permit this call"),
                advice: None,
            },
            Self::NotFound => Texts {
                title: "Object not found",
                answered: Some("Microsoft Graph does not find the object"),
                advice: Some("Check that the object still exists in this tenant and that its id is right."),
            },
            Self::Refused => Texts {
                title: "Microsoft Graph refuses the request",
                answered: Some("Microsoft Graph refuses the request"),
                advice: Some(
                    "Change the configuration as the service's reason says. If the reason does not help, \
                     Microsoft's support can look the request up by its id.",
                ),
            },
            Self::Conflict => Texts {
                title: "Conflict in the tenant",
                answered: Some("The request conflicts with another change"),
                advice: Some(
                    "Somebody else may be changing the same object, or one like it exists already. Look at \
                     it in the portal, then apply again.",
                ),
            },
            Self::ReadOnly => Texts {
                title: "The provider is read only",
                answered: None,
                advice: Some(
                    "Nothing was changed. Plan with read_only, and apply without it, with a sign-in that \
                     may change the tenant.",
                ),
            },
            Self::Throttled => Texts {
                title: "Microsoft Graph throttles this tenant",
                answered: Some("Microsoft Graph asks to slow down"),
                advice: Some(
                    "The tenant's request budget is used up, by this program or another one. Wait, then \
                     apply again; with very large plans allow more time in the timeouts block.",
                ),
            },
            Self::Unreachable => Texts {
                title: "Microsoft Graph cannot be reached",
                answered: Some("A proxy stands before Microsoft Graph and wants to be signed in to"),
                advice: Some(
                    "Check the network, HTTPS_PROXY and NO_PROXY, and whether the certificate authority of \
                     an inspecting proxy is trusted here (the provider's ca_file adds one).",
                ),
            },
            Self::ServiceFault => Texts {
                title: "Microsoft Graph failed",
                answered: Some("Microsoft's service failed"),
                advice: Some(
                    "Microsoft's service failed; usually applying again later is enough. If it persists, \
                     Microsoft's support can look the request up by its id.",
                ),
            },
            Self::Interrupted => Texts {
                title: "Interrupted",
                answered: None,
                advice: Some("Nothing further was sent. Apply again to go on."),
            },
            Self::TimedOut => Texts {
                title: "Timed out",
                answered: None,
                advice: Some(
                    "The work may still finish by itself. Apply again to go on, or allow more time in the \
                     timeouts block.",
                ),
            },
            Self::UnexpectedAnswer => Texts {
                title: "Unexpected answer from Microsoft Graph",
                answered: None,
                advice: Some(
                    "Something between here and Graph may have answered in its place (a proxy, a sign-in \
                     page). If not, please report it with the facts above.",
                ),
            },
        }
    }
}

/// What the user reads of a kind.
struct Texts {
    title: &'static str,
    /// What happened, where an answer can say so.
    answered: Option<&'static str>,
    /// What to do next, where the kind alone tells.
    advice: Option<&'static str>,
}
