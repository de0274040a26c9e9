//! What is behind the lock: the tenant, where it came from, and what is scripted and recorded of its requests.

pub(crate) mod events;
pub(crate) mod faults;
pub mod files;
pub(crate) mod history;
pub(crate) mod journal;
pub(crate) mod seed;
pub(crate) mod shared;
pub(crate) mod throttle;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Value, json};

use self::faults::{Fault, Faults, ResponseFault};
use self::history::History;
use self::journal::Journal;
use self::seed::Seed;
use self::throttle::Throttle;
use super::api::error::GraphError;
use super::api::route::Router;
use super::login::{LoginBody, LoginReply};
use super::world::tenant::Tenant;
use super::{directory, intune};

/// Everything behind the lock.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) tenant: Tenant,
    pub(crate) seed: Seed,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) router: Arc<Router>,
    pub(crate) throttle: Throttle,
    pub(crate) past: History,
    pub(crate) ca_pem: String,
}

/// A request with its body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Scheme and authority the client used.
    pub(crate) origin: String,
}

/// What is to be sent, and what a fault does to it.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) response_fault: ResponseFault,
    /// The tenant's change count after the work: what a state file must hold before the answer goes out.
    pub(crate) changes: u64,
}

impl Core {
    pub(crate) fn new(tenant: Tenant, seed: Seed, ca_pem: String) -> Self {
        let routes = directory::routes().into_iter().chain(intune::routes());
        Self {
            tenant,
            seed,
            faults: Faults::default(),
            journal: Journal::default(),
            router: Arc::new(Router::new(routes.collect())),
            throttle: Throttle::default(),
            past: History::default(),
            ca_pem,
        }
    }

    /// Sets a fault. A stale read begins to look back from here.
    pub(crate) fn add_fault(&mut self, fault: Fault) -> Result<(), String> {
        self.faults.add(fault)
    }

    /// Begins again with the seed, the clock where it is.
    pub(crate) fn reset(&mut self) {
        let clock = self.tenant.clock.clone();
        let latencies = self.tenant.latencies.clone();
        let chance = self.tenant.random.next();
        let changes = self.tenant.changes();
        self.tenant = self.seed.tenant(latencies, chance);
        self.tenant.clock = clock;
        self.tenant.continue_after(changes);
        self.faults.clear();
        self.journal.clear();
        self.past.clear();
        self.throttle.clear();
    }
}

impl Delivery {
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.into(), response_fault: ResponseFault::default(), changes: 0 }
    }

    pub(crate) fn json(status: StatusCode, body: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", body.to_string())
    }

    /// An error outside Graph's own paths.
    pub(crate) fn plain_error(error: &GraphError) -> Self {
        let body = json!({ "error": { "code": error.code, "message": error.message } });
        Self::json(error.status, &body)
    }
}

impl From<LoginReply> for Delivery {
    fn from(reply: LoginReply) -> Self {
        match reply.body {
            LoginBody::Json(body) => Self::json(reply.status, &body),
            LoginBody::Page(html) => Self::new(reply.status, "text/html; charset=utf-8", html),
            LoginBody::Redirect(address) => {
                let mut delivery = Self::new(reply.status, "text/plain; charset=utf-8", "");
                if let Ok(address) = HeaderValue::from_str(&address) {
                    delivery.headers.insert(header::LOCATION, address);
                }
                delivery
            }
        }
    }
}

pub(crate) fn path_and_query(request: &Request) -> String {
    request.uri.path_and_query().map_or_else(|| request.uri.path().to_owned(), ToString::to_string)
}
