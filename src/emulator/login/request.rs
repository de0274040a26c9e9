//! What goes into the login host and out of it.

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

/// A request to the login host.
#[derive(Debug)]
pub(crate) struct LoginRequest<'a> {
    pub(crate) method: &'a Method,
    /// Segments of the path, decoded; the first is the tenant.
    pub(crate) path: &'a [String],
    pub(crate) query: &'a [(String, String)],
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) origin: &'a str,
}

/// An answer of the login host.
#[derive(Debug)]
pub(crate) struct LoginReply {
    pub(crate) status: StatusCode,
    pub(crate) body: LoginBody,
}

/// What the login host answers with.
#[derive(Debug)]
pub(crate) enum LoginBody {
    Json(Value),
    /// A page for a person, in HTML.
    Page(String),
    /// Nothing: the browser is sent to this address.
    Redirect(String),
}

impl LoginReply {
    pub(super) fn json(status: StatusCode, body: Value) -> Self {
        Self { status, body: LoginBody::Json(body) }
    }

    pub(super) fn page(status: StatusCode, html: String) -> Self {
        Self { status, body: LoginBody::Page(html) }
    }

    pub(super) fn redirect(address: &str) -> Self {
        Self { status: StatusCode::FOUND, body: LoginBody::Redirect(address.to_owned()) }
    }
}
