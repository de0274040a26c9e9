//! What is shown when no token could be had: what happened, why, and what to do next.

use std::fmt;
use std::sync::Arc;

use super::{Failure, Method, NoMethod, PassedOver};

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
