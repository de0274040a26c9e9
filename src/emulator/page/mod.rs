//! The page at `/`: the tenant at a glance, requests as they come in, and a laptop to switch on.
//!
//! One file without a build step and without an outside address. It shows what the doors below tell it and uses the control
//! path for the rest. What comes from the tenant is only ever set as text, and the page allows no script but its own.

mod view;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::Duration;

use axum::body::Body;
use base64::Engine as _;
use futures_util::stream;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::core::shared::SharedCore;
use super::core::{Core, Delivery, Request};
use crate::emulator::core::events;

/// Answers what the page needs; nothing if the request is for somebody else. Only people on this machine are let in, since
/// nobody signs in here.
pub(super) fn answer(shared: &Arc<SharedCore>, request: &Request, is_local: bool) -> Option<Response<Body>> {
    let path = request.uri.path();
    let door = path.strip_prefix("/_emulator/page/");
    if request.method != Method::GET || !(path == "/" || door.is_some()) {
        return None;
    }
    if !is_local {
        return Some(plain(StatusCode::FORBIDDEN, ELSEWHERE));
    }
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    Some(match door {
        None => document(),
        Some("events") => events(shared.clone()),
        Some("overview") => json_answer(&view::overview(&mut shared.lock())),
        Some("devices") => json_answer(&view::devices(&mut shared.lock(), &query)),
        Some(_) => plain(StatusCode::NOT_FOUND, "The page has no such door."),
    })
}

fn document() -> Response<Body> {
    let mut response = Response::new(Body::from(PAGE));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What happens from now on, until the reader goes away or the emulator stops. The tenant is looked at a few times a second
/// and not passed on, so that a page costs an apply nothing.
fn events(shared: Arc<SharedCore>) -> Response<Body> {
    let start = Cursor { requests: shared.lock().journal.recorded(), changes: None };
    let cursor = stream::unfold((shared, start), |(shared, mut cursor)| async move {
        loop {
            let news = cursor.news(&mut shared.lock());
            if !news.is_empty() {
                return Some((Ok::<_, Infallible>(news), (shared, cursor)));
            }
            tokio::select! {
                () = shared.stopping.cancelled() => return None,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    });
    let mut response = Response::new(Body::from_stream(cursor));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// How far a reader has read.
struct Cursor {
    requests: u64,
    changes: Option<u64>,
}

impl Cursor {
    /// As server-sent events; empty if nothing happened.
    fn news(&mut self, core: &mut Core) -> String {
        events::catch_up(&mut core.tenant);
        let mut news = String::new();
        let fresh = core.journal.since(self.requests);
        let left_out = fresh.len().saturating_sub(MOST_AT_ONCE);
        if !fresh.is_empty() {
            let shown: Vec<_> = fresh.iter().skip(left_out).collect();
            let total = core.journal.recorded();
            news += &event("requests", &json!({"requests": shown, "leftOut": left_out, "total": total}));
        }
        self.requests = core.journal.recorded();
        let changes = core.tenant.changes();
        if self.changes != Some(changes) {
            self.changes = Some(changes);
            news += &event("tenant", &json!({"changes": changes}));
        }
        news
    }
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

fn json_answer(body: &Value) -> Response<Body> {
    let Delivery { headers, body, .. } = Delivery::json(StatusCode::OK, body);
    let mut response = Response::new(Body::from(body));
    *response.headers_mut() = headers;
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

const PAGE: &str = include_str!("page.html");
const ELSEWHERE: &str = "This page asks nobody to sign in, so it is for people on the emulator's own machine. Forward its port to \
                         yours (ssh -L 4711:127.0.0.1:4711 HOST), and open it as localhost.\n";
/// Between two looks at the tenant.
const LOOK: Duration = Duration::from_millis(250);
/// More requests at once nobody can read.
const MOST_AT_ONCE: usize = 200;

/// No script but the page's own, and nothing from anywhere else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let script = PAGE.split_once("<script>").and_then(|(_, rest)| rest.split_once("</script>"));
    let script = script.map(|(script, _)| script).unwrap_or_default();
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(script));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_asks_nobody_else() {
        assert!(PAGE.len() <= 60_000, "{} bytes", PAGE.len());
        assert_eq!(PAGE.matches("<script>").count(), 1, "one script, whose hash the policy names");
        for outside in ["http://", "https://", "//cdn", "innerHTML", "insertAdjacentHTML", "document.write"] {
            assert!(!PAGE.contains(outside), "{outside}");
        }
    }
}
