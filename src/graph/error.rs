//! What can go wrong, sorted by who must act.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::advice;
use super::call::Call;
use super::envelope;
use super::error_kind::ErrorKind;
use super::foreign::{tame, without};
use super::reply::Reply;
use super::request::Request;
use super::scope::Ended;
use super::secret::Secret;
use super::signin::{Claims, FailureKind, SignInError};

/// A failed call. `Display` says what happened and the facts, [`Error::advice`] what to do next; the cause, if any, is
/// `source()` and not part of the text. Cloning is cheap: an error of a shared request is everybody's.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    what: String,
    call: Option<Call>,
    needs: &'static [&'static str],
    who: Option<Claims>,
    retry_after: Option<Duration>,
    advice: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Who must act.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the object is not there.
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// What happened, in one sentence, without the facts.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// The call that failed; `None` when nothing was sent.
    pub fn call(&self) -> Option<&Call> {
        self.0.call.as_ref()
    }

    /// The HTTP status; `None` when there was no answer.
    pub fn status(&self) -> Option<u16> {
        self.call().and_then(|call| call.status)
    }

    /// `error.code` of the answer.
    pub fn code(&self) -> Option<&str> {
        self.call().and_then(|call| call.code.as_deref())
    }

    /// The permissions of which the call needs one, least first.
    pub fn needs(&self) -> &'static [&'static str] {
        self.0.needs
    }

    /// How long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What to do next, and who.
    pub fn advice(&self) -> String {
        match &self.0.advice {
            Some(advice) => advice.clone(),
            None => {
                let call = self.call().cloned().unwrap_or_default();
                advice::of(self.kind(), self.0.needs, self.0.who.as_ref(), &call)
            }
        }
    }
}

/// Making errors; only the code that sends does.
impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            what: what.into(),
            call: None,
            needs: &[],
            who: None,
            retry_after: None,
            advice: None,
            source: None,
        }))
    }

    /// Sign-in says itself what to do.
    pub(crate) fn sign_in(error: &SignInError) -> Self {
        let failure = error.failure();
        let kind = match failure.kind {
            FailureKind::Unreachable => ErrorKind::Unreachable,
            FailureKind::Settings | FailureKind::Refused => ErrorKind::SignIn,
        };
        let mut what = format!("{}: {}", error.summary(), failure.what.trim_end_matches('.'));
        if let Some(refusal) = &failure.refusal {
            what.push_str(&format!(" ({refusal})"));
        }
        let mut advice = failure.advice.clone();
        for passed_over in error.passed_over() {
            advice.push_str(&format!("\n  - not tried: {}: {}", passed_over.method, passed_over.why));
        }
        Self::new(kind, what).advising(advice)
    }

    pub(crate) fn ended(ended: Ended, what: impl fmt::Display) -> Self {
        match ended {
            Ended::Interrupted => {
                Self::new(ErrorKind::Interrupted, format!("Interrupted while waiting for {what}"))
            }
            Ended::DeadlinePassed => {
                Self::new(ErrorKind::TimedOut, format!("The time ran out while waiting for {what}"))
            }
        }
    }

    /// The error an answer stands for.
    pub(crate) fn answered(request: &Request, reply: &Reply) -> Self {
        let said = envelope::read(&reply.json().unwrap_or_default());
        let kind = ErrorKind::of(reply.status);
        let mut error = Self::new(kind, kind.sentence(reply.status, &said)).during(request);
        let inner = Arc::make_mut(&mut error.0);
        inner.needs = request.endpoint.permissions();
        inner.retry_after = reply.retry_after();
        if let Some(call) = &mut inner.call {
            call.status = Some(reply.status);
            call.request_id = reply.header("request-id").map(tame).or(said.request_id);
            call.client_request_id = reply.header("client-request-id").map(tame).or(said.client_request_id);
            call.activity_id = said.activity_id.filter(|id| {
                Some(id) != call.request_id.as_ref() && Some(id) != call.client_request_id.as_ref()
            });
            call.code = said.code;
            call.bare = said.is_bare;
        }
        error
    }

    /// Without a secret that the service may have echoed.
    pub(crate) fn without(mut self, secret: &Secret) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        inner.what = without(&inner.what, secret.expose());
        if let Some(call) = &mut inner.call {
            let texts =
                [&mut call.code, &mut call.request_id, &mut call.client_request_id, &mut call.activity_id];
            texts.into_iter().flatten().for_each(|text| *text = without(text, secret.expose()));
        }
        self
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Arc::make_mut(&mut self.0).source = Some(Arc::from(source.into()));
        self
    }

    pub(crate) fn advising(mut self, advice: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).advice = Some(advice.into());
        self
    }

    pub(crate) fn during(mut self, request: &Request) -> Self {
        Arc::make_mut(&mut self.0).call.get_or_insert_with(|| Call {
            method: request.method.to_string(),
            path: request.endpoint.path(),
            ..Call::default()
        });
        self
    }

    pub(crate) fn after(mut self, attempts: u32, client_request_id: &str) -> Self {
        if let Some(call) = &mut Arc::make_mut(&mut self.0).call {
            call.attempts = attempts;
            call.client_request_id.get_or_insert_with(|| client_request_id.to_owned());
        }
        self
    }

    /// Whose token was refused.
    pub(crate) fn with_claims(mut self, who: Claims) -> Self {
        Arc::make_mut(&mut self.0).who = Some(who);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what())?;
        match self.call() {
            Some(call) => write!(f, " ({call})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::request::Endpoint;
    use crate::graph::signin::{Failure, Method, SignInRefusal};
    use serde_json::json;

    fn answered(status: u16, body: serde_json::Value) -> Error {
        let endpoint = Endpoint::beta("deviceManagement/x")
            .filter("a eq 'secret'")
            .needs(&["SC.ReadWrite.All", "DC.ReadWrite.All"]);
        Error::answered(&Request::patch(&endpoint, json!({"hash": "T0"})), &Reply::of(status, body))
    }

    #[test]
    fn every_status_finds_who_must_act() {
        let table = [
            (400, ErrorKind::Refused),
            (401, ErrorKind::SignIn),
            (403, ErrorKind::PermissionMissing),
            (404, ErrorKind::NotFound),
            (405, ErrorKind::Refused),
            (407, ErrorKind::Unreachable),
            (409, ErrorKind::Conflict),
            (412, ErrorKind::Conflict),
            (423, ErrorKind::Conflict),
            (424, ErrorKind::Refused),
            (429, ErrorKind::Throttled),
            (500, ErrorKind::ServiceFault),
            (501, ErrorKind::ServiceFault),
            (503, ErrorKind::ServiceFault),
            (302, ErrorKind::UnexpectedAnswer),
        ];
        for (status, kind) in table {
            assert_eq!(answered(status, json!({})).kind(), kind, "{status}");
        }
    }

    #[test]
    fn the_text_says_what_happened_and_the_facts_but_no_query_and_no_body() {
        let error = answered(
            400,
            json!({"error": {"code": "BadRequest", "message": "Name is too long.",
                "innerError": {"request-id": "r-1", "client-request-id": "c-1"}}}),
        );
        assert_eq!(
            error.to_string(),
            "Microsoft Graph refuses the request: Name is too long. (PATCH /beta/deviceManagement/x: 400 BadRequest, \
             request-id r-1, client-request-id c-1)"
        );
    }

    #[test]
    fn a_failed_sign_in_is_reported_once_with_its_own_advice() {
        let failure = Failure::refused("The secret is wrong.", "Make a new one.", SignInRefusal::default());
        let error = Error::sign_in(&SignInError::new(Method::ClientSecret, failure, Vec::new()));
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.to_string().contains("The secret is wrong"));
        assert_eq!(error.advice(), "Make a new one.");
        assert!(error.source().is_none());
        let failure = Failure::unreachable("Nobody answers.", "Check the proxy.");
        let error = Error::sign_in(&SignInError::new(Method::ClientSecret, failure, Vec::new()));
        assert_eq!(error.kind(), ErrorKind::Unreachable);
    }

    #[test]
    fn the_cause_is_the_source_and_not_in_the_text() {
        let error = Error::new(ErrorKind::Unreachable, "No answer").because("connection refused");
        assert_eq!(error.to_string(), "No answer");
        assert_eq!(error.source().unwrap().to_string(), "connection refused");
    }

    #[test]
    fn intunes_id_is_shown_only_when_it_is_news() {
        let message =
            "An error has occurred - Operation ID (for customer support): 0 - Activity ID: a-1 - Url: x";
        let body =
            |id: &str| json!({"error": {"code": "X", "message": message, "innerError": {"request-id": id}}});
        assert!(answered(400, body("r-1")).to_string().contains("activity-id a-1"));
        assert!(!answered(400, body("a-1")).to_string().contains("activity-id"));
    }
}
