//! What an operation asks Graph with.

use std::time::Duration;

use serde_json::Value as Json;

use crate::graph::{self, Endpoint, ErrorKind, Graph, Scope};
use crate::tf_provider::failure::Failure;

/// One operation's access to Graph: a client, with the operation's deadline and interrupt.
pub(crate) struct Session {
    graph: Graph,
    scope: Scope,
}

impl Session {
    /// A session that lasts as long as this scope.
    pub(crate) fn new(graph: Graph, scope: Scope) -> Self {
        Self { graph, scope }
    }

    /// The same session with a deadline no later than `allowed` from now.
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

    pub(crate) async fn delete(&self, endpoint: &Endpoint) -> Result<bool, graph::Error> {
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
        let failure = Self::new(error.kind().title(), detail);
        if error.kind() == ErrorKind::Unreachable { failure.as_outage() } else { failure }
    }
}
