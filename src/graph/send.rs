//! The one place that sends: token, pace, exchange, and whatever the retry policy says.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::{debug, info};

use super::Json;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::foreign::tame;
use super::pacer::{Feedback, Pacer};
use super::page::{Page, Root, Trail};
use super::reply::Reply;
use super::request::{Repeat, Request};
use super::retry::{self, Decision, SendOutcome, Situation};
use super::run_id::next_request_id;
use super::scope::{Ended, Scope};
use super::signin::{AccessToken, Acting, TokenSource};
use super::wire::{Fault, Outgoing, Wire};

/// Sends requests.
pub(crate) struct Sender {
    pub(crate) wire: Arc<dyn Wire>,
    pub(crate) tokens: TokenSource,
    pub(crate) root: Root,
    pub(crate) pacer: Pacer,
    /// Whether nothing may be changed.
    pub(crate) read_only: bool,
    /// Cancelled when a request has given up reaching Graph: whoever reads need not find that out by waiting too.
    pub(crate) given_up: Notify,
}

/// What has been tried for one request so far.
pub(crate) struct Tries {
    attempt: u32,
    started: Instant,
    reauthenticated: bool,
}

/// How a request went, when it did not fail.
pub(crate) enum Sent {
    /// A 2xx answer.
    Done(Reply),
    /// A creation that may or may not have been carried out: look after `wait`, then perhaps send again. `likely` says
    /// that it well may, and is worth more than one look.
    Unsure { error: Error, wait: Duration, likely: bool },
}

impl Tries {
    pub(crate) fn new() -> Self {
        Self { attempt: 0, started: Instant::now(), reauthenticated: false }
    }
}

impl Sender {
    /// Sends a request that may be repeated and gives its 2xx answer.
    pub(crate) async fn send(&self, scope: &Scope, request: &Request) -> Result<Reply, Error> {
        self.send_to(scope, request, &request.endpoint.url(self.root.as_str())).await
    }

    /// The same, to an address Graph gave for the request's next page.
    pub(crate) async fn send_to(&self, scope: &Scope, request: &Request, url: &str) -> Result<Reply, Error> {
        match self.drive(scope, request, url, &mut Tries::new()).await? {
            Sent::Done(reply) => Ok(reply),
            Sent::Unsure { error, .. } => Err(error),
        }
    }

    /// Sends a request and gives the document it is answered with; `Null` when there is none.
    pub(crate) async fn read(&self, scope: &Scope, request: &Request) -> Result<Json, Error> {
        document(request, &self.send(scope, request).await?)
    }

    /// Reads one page of a list, from the place Graph named or from the start.
    pub(crate) async fn page(
        &self,
        scope: &Scope,
        list: &Request,
        from: Option<&str>,
    ) -> Result<Page, Error> {
        let reply = match from {
            None => self.send(scope, list).await?,
            Some(url) => self.send_to(scope, list, url).await?,
        };
        Page::read(document(list, &reply)?, &self.root).map_err(|error| error.during(list))
    }

    /// Reads a list, all its pages.
    pub(crate) async fn list(&self, scope: &Scope, list: &Request) -> Result<Vec<Json>, Error> {
        let first = self.page(scope, list, None).await?;
        self.rest(scope, list, first).await
    }

    /// The rows of a list whose first page is here already.
    pub(crate) async fn rest_of_list(
        &self,
        scope: &Scope,
        list: &Request,
        first: Json,
    ) -> Result<Vec<Json>, Error> {
        let first = Page::read(first, &self.root).map_err(|error| error.during(list))?;
        self.rest(scope, list, first).await
    }

    async fn rest(&self, scope: &Scope, list: &Request, first: Page) -> Result<Vec<Json>, Error> {
        let mut trail = Trail::default();
        trail.follow(&first).map_err(|error| error.during(list))?;
        let Page { mut rows, mut next, .. } = first;
        while let Some(url) = next {
            let mut page = self.page(scope, list, Some(&url)).await?;
            trail.follow(&page).map_err(|error| error.during(list))?;
            rows.append(&mut page.rows);
            next = page.next;
        }
        Ok(rows)
    }

    /// Sends until the policy is content or gives up, or until only a look can tell whether to send again.
    pub(crate) async fn drive(
        &self,
        scope: &Scope,
        request: &Request,
        url: &str,
        tries: &mut Tries,
    ) -> Result<Sent, Error> {
        if self.read_only && request.charge.writes {
            let what = "The provider is set to read only (read_only, ARM_READ_ONLY), and this would change the tenant; \
                        it was not sent";
            return Err(Error::new(ErrorKind::ReadOnly, what).during(request));
        }
        loop {
            tries.attempt += 1;
            let id = next_request_id();
            let report = |error: Error, tries: &Tries| error.during(request).after(tries.attempt, &id);
            let token = scope
                .run(self.tokens.token())
                .await
                .map_err(|ended| report(Error::ended(ended, "a token"), tries))?
                .map_err(|error| report(Error::sign_in(&error), tries))?;
            let permit = scope
                .run(self.pacer.admit(request.charge))
                .await
                .map_err(|ended| report(Error::ended(ended, "room in the tenant's request budget"), tries))?;
            let sent_at = Instant::now();
            let result =
                self.exchange(scope, request, url, &id, &token).await.map_err(|e| report(e, tries))?;
            log(request, &result, tries.attempt, sent_at.elapsed(), &id);
            permit.done(feedback(&result));
            let is_creation = request.repeat == Repeat::LookUpFirst;
            let (outcome, retry_after) = match &result {
                Ok(reply) if reply.is_success() && !is_answer(request, reply) => {
                    (SendOutcome::Unreadable, None)
                }
                Ok(reply) => (SendOutcome::Status(reply.status), reply.retry_after()),
                Err(Fault::TooLong(_)) => (SendOutcome::Unreadable, None),
                Err(Fault::Distrusted(_)) => (SendOutcome::Distrusted, None),
                Err(Fault::NotSent(_)) => (SendOutcome::NotSent, None),
                Err(Fault::ReplyLost(_)) => (SendOutcome::ReplyLost, None),
            };
            let decision = retry::decide(
                outcome,
                &Situation {
                    repeat: request.repeat,
                    retry_after,
                    appears_within: request.endpoint.appears(),
                    attempt: tries.attempt,
                    bare: result.as_ref().is_ok_and(Reply::is_bare),
                    reauthenticated: tries.reauthenticated,
                    elapsed: tries.started.elapsed(),
                    left: scope.left(),
                    jitter: fastrand::f64(),
                },
            );
            let error = match result {
                Ok(reply) if outcome == SendOutcome::Unreadable => unreadable(&reply),
                Ok(reply) if reply.is_success() => return Ok(Sent::Done(reply)),
                Ok(reply) => Error::answered(request, &reply),
                Err(Fault::TooLong(status)) => {
                    let what =
                        format!("The answer of Microsoft Graph (status {status}) is too long to be one");
                    Error::new(ErrorKind::UnexpectedAnswer, what)
                }
                Err(Fault::Distrusted(cause)) => {
                    Error::new(ErrorKind::Unreachable, "No trusted connection to Microsoft Graph can be made")
                        .because(cause)
                }
                Err(Fault::NotSent(cause)) => {
                    Error::new(ErrorKind::Unreachable, "Microsoft Graph cannot be reached").because(cause)
                }
                Err(Fault::ReplyLost(cause)) => {
                    Error::new(ErrorKind::Unreachable, "The answer of Microsoft Graph was lost")
                        .because(cause)
                }
            };
            let error = report(error.without(token.secret()), tries);
            match decision {
                Decision::Stop => {
                    if outcome == SendOutcome::NotSent && tries.attempt >= retry::MOST_FAULTS {
                        self.given_up.notify_waiters();
                    }
                    return Err(self.explain(error).await);
                }
                Decision::LookUpFirst(wait) => {
                    let likely = !matches!(outcome, SendOutcome::Status(429));
                    return Ok(Sent::Unsure { error, wait, likely });
                }
                Decision::Reauthenticate => {
                    tries.reauthenticated = true;
                    self.tokens.invalidate(&token);
                    if is_creation {
                        return Ok(Sent::Unsure { error, wait: Duration::ZERO, likely: false });
                    }
                }
                Decision::Wait(wait) => {
                    info!(
                        method = %request.method, path = request.endpoint.path(), attempt = tries.attempt,
                        wait_ms = millis(wait), reason = ?error.kind(), "Microsoft Graph is asked again"
                    );
                    let reads_in_vain = outcome == SendOutcome::NotSent && request.repeat == Repeat::Safe;
                    tokio::select! {
                        () = self.given_up.notified(), if reads_in_vain => return Err(error),
                        slept = scope.sleep(wait) => {
                            slept.map_err(|ended| Error::ended(ended, "another attempt").because(error))?;
                        }
                    }
                }
            }
        }
    }

    /// One exchange. An interruption does not tear off a write that is on its way: its answer is awaited a little.
    async fn exchange(
        &self,
        scope: &Scope,
        request: &Request,
        url: &str,
        id: &str,
        token: &AccessToken,
    ) -> Result<Result<Reply, Fault>, Error> {
        let outgoing = Outgoing {
            method: request.method.clone(),
            url: url.to_owned(),
            headers: headers(request, id, token),
            body: request.body.as_ref().map(|body| Bytes::from(body.to_string())),
        };
        let mut exchange = self.wire.exchange(outgoing);
        let ended = match scope.run(&mut exchange).await {
            Ok(result) => return Ok(result),
            Err(ended) => ended,
        };
        if request.repeat == Repeat::Safe {
            return Err(Error::ended(ended, "the answer of Microsoft Graph"));
        }
        match tokio::time::timeout(GRACE, exchange).await {
            Ok(result) => Ok(result),
            Err(_) if ended == Ended::Interrupted => Err(Error::ended(
                ended,
                "the answer of Microsoft Graph; the request may have been carried out",
            )),
            Err(_) => Err(Error::ended(
                ended,
                "the answer of Microsoft Graph; the request may still be carried out",
            )),
        }
    }

    /// A refusal for want of permission names what the token has.
    pub(crate) async fn explain(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::PermissionMissing {
            return error;
        }
        match self.tokens.claims().await {
            Ok(claims) if claims.acting != Acting::Unknown => error.with_claims(claims),
            _ => error,
        }
    }
}

/// Whether a success tells what was done. What was created is answered with its ids; what else is written may be answered with
/// nothing.
fn is_answer(request: &Request, reply: &Reply) -> bool {
    match request.repeat {
        Repeat::LookUpFirst => reply.is_creation(),
        Repeat::Idempotent | Repeat::Once => reply.json().is_some(),
        Repeat::Safe => true,
    }
}

fn unreadable(reply: &Reply) -> Error {
    let what = match reply.json() {
        None => "The answer says it is from Microsoft Graph but is no JSON",
        Some(_) => "Microsoft Graph answered a creation without the object",
    };
    Error::new(ErrorKind::UnexpectedAnswer, what)
}

/// The document of an answer.
pub(crate) fn document(request: &Request, reply: &Reply) -> Result<Json, Error> {
    reply.json().ok_or_else(|| unreadable(reply).during(request))
}

fn headers(request: &Request, id: &str, token: &AccessToken) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, token.authorization());
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert("client-request-id", id);
        headers.insert("return-client-request-id", HeaderValue::from_static("true"));
    }
    if request.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in request.endpoint.headers() {
        headers.append(*name, HeaderValue::from_static(value));
    }
    headers
}

/// What an answer tells about the budget.
fn feedback(result: &Result<Reply, Fault>) -> Feedback {
    match result {
        Ok(reply) => Feedback {
            refused: (reply.status == 429).then(|| reply.retry_after().unwrap_or_default()),
            used: reply.header("x-ms-throttle-limit-percentage").and_then(|share| share.trim().parse().ok()),
        },
        Err(_) => Feedback::default(),
    }
}

fn log(request: &Request, result: &Result<Reply, Fault>, attempt: u32, took: Duration, id: &str) {
    let (method, path, took) = (&request.method, request.endpoint.path(), millis(took));
    match result {
        Ok(reply) => debug!(
            %method, path, attempt, status = reply.status, duration_ms = took, client_request_id = id,
            request_id = reply.header("request-id").map(tame).unwrap_or_default(), "Microsoft Graph answered"
        ),
        Err(Fault::NotSent(cause) | Fault::Distrusted(cause)) => debug!(
            %method, path, attempt, duration_ms = took, client_request_id = id, %cause, "Microsoft Graph was not reached"
        ),
        Err(Fault::TooLong(status)) => debug!(
            %method, path, attempt, status, duration_ms = took, client_request_id = id, "The answer has no end"
        ),
        Err(Fault::ReplyLost(cause)) => debug!(
            %method, path, attempt, duration_ms = took, client_request_id = id, %cause, "The answer was lost"
        ),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

const GRACE: Duration = Duration::from_secs(10);
