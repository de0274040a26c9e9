//! The tenant a provider block names: a way to Graph, opened when it is first needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::page_order::PageOrder;
use super::registration::Registrations;
use crate::graph::{self, Endpoint, Graph, Scope};
use crate::tf_provider::context::Context;
use crate::tf_provider::failure::Failure;

/// What every handler of the product is given.
pub(crate) type Cx = Context<Tenant>;

/// The tenant a provider block names.
///
/// While its settings are not known (they come from objects not created yet) or are wrong, it exists all the same, and
/// says so to whoever needs it first.
pub struct Tenant {
    way: Result<Graph, Failure>,
    claims: Mutex<BTreeMap<String, String>>,
    told: Mutex<BTreeSet<String>>,
    status_pages: PageOrder,
    registrations: Registrations,
}

impl Tenant {
    /// A tenant that can be reached.
    pub fn new(graph: Graph) -> Self {
        Self {
            way: Ok(graph),
            claims: Mutex::default(),
            told: Mutex::default(),
            status_pages: PageOrder::default(),
            registrations: Registrations::default(),
        }
    }

    /// A tenant whose settings are not known yet, and why.
    pub fn unknown(why: Failure) -> Self {
        Self {
            way: Err(why),
            claims: Mutex::default(),
            told: Mutex::default(),
            status_pages: PageOrder::default(),
            registrations: Registrations::default(),
        }
    }

    /// Whether the provider's settings allow asking the tenant at all.
    pub(crate) fn is_reachable(&self) -> bool {
        self.way.is_ok()
    }

    /// The way to Graph, or why there is none.
    pub(super) fn way(&self) -> &Result<Graph, Failure> {
        &self.way
    }

    /// Whether something that concerns many objects was told before. It counts as told from now on.
    pub(super) fn is_told(&self, what: &str) -> bool {
        !self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(what.to_owned())
    }

    /// The turns in which status pages are written.
    pub(crate) fn status_pages(&self) -> &PageOrder {
        &self.status_pages
    }

    /// Claims, for `owner`, something that only one object of a tenant can have. Answers the other owner if this run has
    /// planned one already: two mistakes that are one, which no single resource could see.
    pub(crate) fn claim(&self, what: &str, owner: &str) -> Option<String> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        let holder = claims.entry(what.to_owned()).or_insert_with(|| owner.to_owned());
        (holder != owner).then(|| holder.clone())
    }

    /// Takes a claim back: what was planned is carried out, or not planned any more.
    pub(crate) fn release(&self, what: &str) {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        claims.remove(what);
    }

    /// Where registrations of devices meet.
    pub(crate) fn registrations(&self) -> &Registrations {
        &self.registrations
    }
}

/// One operation's way to Graph: a client, with the operation's deadline and interrupt.
pub(crate) struct Session {
    graph: Graph,
    scope: Scope,
}

impl Session {
    /// Opens a session for an operation. Fails if the provider's settings do not allow one.
    pub(crate) fn open(cx: &Cx) -> Result<Self, Failure> {
        let graph = cx.client().way.clone()?;
        let left = cx.deadline().saturating_duration_since(Instant::now());
        Ok(Self { graph, scope: Scope::new(cx.cancel().clone(), left) })
    }

    /// The same way with a deadline no later than `allowed` from now.
    pub(crate) fn narrowed(&self, allowed: Duration) -> Self {
        Self { graph: self.graph.clone(), scope: self.scope.within(allowed) }
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(crate) async fn get(&self, endpoint: &Endpoint) -> Result<Json, graph::Error> {
        self.graph.get(&self.scope, endpoint).await
    }

    pub(crate) async fn get_opt(&self, endpoint: &Endpoint) -> Result<Option<Json>, graph::Error> {
        self.graph.get_opt(&self.scope, endpoint).await
    }

    pub(crate) async fn list(&self, endpoint: &Endpoint) -> Result<Vec<Json>, graph::Error> {
        self.graph.list(&self.scope, endpoint).await
    }

    pub(crate) async fn patch(&self, endpoint: &Endpoint, body: Json) -> Result<Json, graph::Error> {
        self.graph.patch(&self.scope, endpoint, body).await
    }

    pub(crate) async fn put(&self, endpoint: &Endpoint, body: Json) -> Result<Json, graph::Error> {
        self.graph.put(&self.scope, endpoint, body).await
    }

    pub(crate) async fn post(&self, endpoint: &Endpoint, body: Json) -> Result<Json, graph::Error> {
        self.graph.post(&self.scope, endpoint, body).await
    }

    pub(crate) async fn delete(&self, endpoint: &Endpoint) -> Result<(), graph::Error> {
        self.graph.delete(&self.scope, endpoint).await
    }
}

impl From<graph::Error> for Failure {
    /// What happened, what to do next, and the facts for whoever follows it up.
    fn from(error: graph::Error) -> Self {
        let mut detail = format!("{error}.\n\n{}", error.advice());
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            detail.push_str(&format!("\n\nCause: {inner}"));
            cause = inner.source();
        }
        Failure::new(summary(error.kind()), detail)
    }
}

fn summary(kind: graph::Kind) -> &'static str {
    use graph::Kind;
    match kind {
        Kind::SignIn => "Signing in to Microsoft Entra failed",
        Kind::PermissionMissing => "Permission missing",
        Kind::NotFound => "Object not found",
        Kind::Refused => "Microsoft Graph refuses the request",
        Kind::Conflict => "Conflict in the tenant",
        Kind::ReadOnly => "The provider is read only",
        Kind::Throttled => "Microsoft Graph throttles this tenant",
        Kind::Unreachable => "Microsoft Graph cannot be reached",
        Kind::ServiceFault => "Microsoft Graph failed",
        Kind::Interrupted => "Interrupted",
        Kind::TimedOut => "Timed out",
        Kind::UnexpectedAnswer => "Unexpected answer from Microsoft Graph",
    }
}
