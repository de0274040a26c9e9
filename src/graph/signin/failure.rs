//! Why a method gave no token, and who can mend it.

use std::fmt;

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
    pub refusal: Option<Box<SignInRefusal>>,
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
    pub fn refused(what: impl Into<String>, advice: impl Into<String>, refusal: SignInRefusal) -> Self {
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

/// What identifies a refusal of Microsoft Entra, for looking it up and for Microsoft's support.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInRefusal {
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

impl fmt::Display for SignInRefusal {
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
