//! One request from the wire: whose it is, and what is sent back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::control;
use crate::emulator::api::error::GraphError;
use crate::emulator::api::route::Router;
use crate::emulator::core::faults::{Faults, Spoil};
use crate::emulator::core::history::History;
use crate::emulator::core::journal::{CallerKind, Exchange, Journal};
use crate::emulator::core::seed::Seed;
use crate::emulator::core::throttle::Throttle;
use crate::emulator::login::{self, LoginBody, LoginReply, LoginRequest};
use crate::emulator::world::tenant::Tenant;
use crate::emulator::{directory, gateway, intune};

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

/// What is to be sent, and how it is spoiled.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) spoil: Spoil,
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

    /// Answers a request. A panic in a handler becomes 500 and a line in the log.
    pub(crate) fn answer(&mut self, request: &Request) -> Delivery {
        let answered = catch_unwind(AssertUnwindSafe(|| self.route(request)));
        let mut delivery = answered.unwrap_or_else(|_| {
            tracing::error!(method = %request.method, path = request.uri.path(), "a handler panicked");
            let text = "The emulator has a mistake here: its log says where.";
            let body = json!({ "error": { "code": "InternalServerError", "message": text } });
            Delivery::json(StatusCode::INTERNAL_SERVER_ERROR, &body)
        });
        delivery.changes = self.tenant.changes();
        delivery
    }

    fn route(&mut self, request: &Request) -> Delivery {
        self.tenant.catch_up();
        let raw = request.uri.path();
        let first = raw.trim_start_matches('/').split('/').next().unwrap_or_default();
        if first == "_emulator" {
            return control::answer(self, request);
        }
        let decoded = raw.split('/').filter(|segment| !segment.is_empty());
        let decoded: Option<Vec<String>> = decoded
            .map(|segment| {
                Some(percent_encoding::percent_decode_str(segment).decode_utf8().ok()?.into_owned())
            })
            .collect();
        match decoded {
            Some(path) if !path.is_empty() && login::is_login_path(&path) => self.sign_in(request, &path),
            _ => gateway::answer(self, request),
        }
    }

    fn sign_in(&mut self, request: &Request, path: &[String]) -> Delivery {
        let started = std::time::Instant::now();
        let query = url::form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes());
        let query: Vec<(String, String)> = query.into_owned().collect();
        let effects = self.faults.meet(&request.method, &path_and_query(request));
        let met = !effects.is_empty();
        let (scripted, spoil) = gateway::scripted(&effects);
        let mut delivery = match scripted {
            Some(scripted) => scripted,
            None => {
                let request = LoginRequest {
                    method: &request.method,
                    path,
                    query: &query,
                    headers: &request.headers,
                    body: &request.body,
                    origin: &request.origin,
                };
                login::answer(&request, &mut self.tenant).into()
            }
        };
        delivery.spoil = spoil;
        delivery.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
        self.journal.record(Exchange {
            time: self.tenant.now(),
            method: request.method.to_string(),
            path: request.uri.path().to_owned(),
            status: delivery.status.as_u16(),
            version: "",
            caller: CallerKind::Nobody,
            microseconds: started.elapsed().as_micros().try_into().unwrap_or(u64::MAX),
            batch: None,
            request_id: uuid::Uuid::new_v4().to_string(),
            client_request_id: String::new(),
            user_agent: String::new(),
            fault: met,
        });
        delivery
    }
}

impl Delivery {
    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.into(), spoil: Spoil::default(), changes: 0 }
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
