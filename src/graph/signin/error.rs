//! What is shown when no token could be had: what happened, why, and what to do next.

use std::fmt;
use std::sync::Arc;

use super::{Method, NoMethod, PassedOver};

/// Sign-in failed. Cloning is cheap: everybody who waited for the token gets the same error.
///
/// `Display` gives the whole text for a person: the method tried, what was answered, what to do, and why no other
/// method was tried. [`SignInError::summary`] is its one-line title.
#[derive(Clone, Debug)]
pub struct SignInError(Arc<Report>);

#[derive(Debug)]
struct Report {
    method: Option<Method>,
    failure: Failure,
    passed_over: Vec<PassedOver>,
}

impl SignInError {
    /// `method` was tried and failed.
    pub fn new(method: Method, failure: Failure, passed_over: Vec<PassedOver>) -> Self {
        Self(Arc::new(Report { method: Some(method), failure, passed_over }))
    }

    /// No method could be tried.
    pub fn no_method(none: NoMethod, passed_over: Vec<PassedOver>) -> Self {
        let (method, failure) = match none {
            NoMethod::Incomplete(method, why) => (
                Some(method),
                Failure::settings(
                    why,
                    match method {
                        Method::StoredLogin => {
                            "Sign in with `terraform-provider-autopilot login`. If this way to sign in is not meant, \
                             configure another one, or set use_login = false."
                        }
                        _ => {
                            "Give what is missing. If this way to sign in is not meant, remove what asks for it from \
                             the provider block and the environment."
                        }
                    },
                ),
            ),
            NoMethod::NoneConfigured => (
                None,
                Failure::settings(
                    "no way to sign in is configured",
                    "Run `terraform-provider-autopilot login`, or configure one of the methods below.",
                ),
            ),
        };
        Self(Arc::new(Report { method, failure, passed_over }))
    }

    /// A title of one line.
    pub fn summary(&self) -> String {
        match self.0.method {
            Some(method) => format!("Sign-in to Microsoft Entra with the method \"{method}\" failed"),
            None => "Sign-in to Microsoft Entra is not possible".to_owned(),
        }
    }

    /// The method that was tried, if one was.
    pub fn method(&self) -> Option<Method> {
        self.0.method
    }

    /// Why it failed.
    pub fn failure(&self) -> &Failure {
        &self.0.failure
    }

    /// The methods that were not tried.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.0.passed_over
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.summary(), self.0.failure)?;
        if !self.0.passed_over.is_empty() {
            match self.0.method {
                Some(_) => f.write_str("\n\nOther methods were not tried:")?,
                None => f.write_str("\n\nWhy no method can be tried:")?,
            }
        }
        for PassedOver { method, why } in &self.0.passed_over {
            write!(f, "\n  - {method}: {why}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SignInError {}

/// Why one method gave no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Who can mend it.
    pub kind: FailureKind,
    /// What happened and why.
    pub what: String,
    /// What to do next.
    pub advice: String,
    /// The answer, when a server gave one.
    pub refusal: Option<Box<Refusal>>,
}

/// Who can mend a failed sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Whoever writes the provider's arguments, the environment or the files they name.
    Settings,
    /// An administrator of the tenant: Entra or the workload's identity provider understood and said no.
    Refused,
    /// Whoever runs the network, or time itself: nobody who could decide was reached.
    Unreachable,
}

impl Failure {
    /// The arguments, the environment or a file must change.
    pub fn settings(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { kind: FailureKind::Settings, what: what.into(), advice: advice.into(), refusal: None }
    }

    /// A server understood and refused.
    pub fn refused(what: impl Into<String>, advice: impl Into<String>, refusal: Refusal) -> Self {
        Self {
            kind: FailureKind::Refused,
            what: what.into(),
            advice: advice.into(),
            refusal: Some(Box::new(refusal)),
        }
    }

    /// Nobody who could decide was reached.
    pub fn unreachable(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { kind: FailureKind::Unreachable, what: what.into(), advice: advice.into(), refusal: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.advice.is_empty() {
            write!(f, "\n\n{}", self.advice)?;
        }
        match self.refusal.as_ref().map(|refusal| refusal.to_string()) {
            Some(details) if !details.is_empty() => write!(f, "\n\n{details}"),
            _ => Ok(()),
        }
    }
}

/// What identifies a refusal, for looking it up and for Microsoft's support.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// OAuth 2.0 error code, such as `invalid_client`.
    pub error: Option<String>,
    /// The number of an `AADSTS` code.
    pub aadsts: Option<u32>,
    /// Entra's correlation id.
    pub correlation_id: Option<String>,
    /// Entra's trace id.
    pub trace_id: Option<String>,
    /// When Entra refused, in its own notation.
    pub timestamp: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP status {}", self.status)?;
        if let Some(error) = &self.error {
            write!(f, ", error {error}")?;
        }
        if let Some(code) = self.aadsts {
            write!(f, ", code AADSTS{code}")?;
        }
        for (name, value) in
            [("correlation id", &self.correlation_id), ("trace id", &self.trace_id), ("at", &self.timestamp)]
        {
            if let Some(value) = value {
                write!(f, ", {name} {value}")?;
            }
        }
        Ok(())
    }
}
