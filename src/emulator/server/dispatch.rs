//! One request from the wire: whose it is, and what is sent back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::control;
use crate::emulator::core::journal::{CallerKind, Exchange};
use crate::emulator::core::{Core, Delivery, Request, events, path_and_query};
use crate::emulator::gateway;
use crate::emulator::login::{self, LoginRequest};

impl Core {
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
        events::catch_up(&mut self.tenant);
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
        let (scripted, response_fault) = gateway::scripted(&effects);
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
        delivery.response_fault = response_fault;
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
