//! Sign-in: the part of the emulator that plays `login.microsoftonline.com`.
//!
//! Tokens are signed with a key that is part of this source, and so protect nothing: a token of the emulator opens
//! emulators only. In exchange a token stays good when an emulator is restarted, and no start waits for a new RSA key.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

use super::world::tenant::Tenant;

mod assertion;
mod authorization_code;
mod consent;
pub(crate) mod delegated;
mod device_code;
mod discovery;
pub(crate) mod jwt;
mod page;
mod proof;
mod refusal;
pub(crate) mod roles;
mod token;
pub(crate) mod well_known;

pub(crate) use delegated::issue_refresh_token;
pub(crate) use jwt::{Rejected, authenticate};
pub(crate) use well_known::{azure_cli, graph_command_line_tools};

/// Who makes a Graph request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The application (client) id.
    pub(crate) app_id: String,
    pub(crate) identity: Identity,
    /// Granted roles or scopes.
    pub(crate) permissions: Vec<String>,
}

/// On whose behalf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The application itself: an app-only token.
    Application,
    /// A signed-in user: a delegated token.
    User {
        id: String,
        user_principal_name: String,
        /// Directory roles, by name.
        roles: Vec<String>,
    },
}

impl Caller {
    pub(crate) fn is_application(&self) -> bool {
        self.identity == Identity::Application
    }
}

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
    fn json(status: StatusCode, body: Value) -> Self {
        Self { status, body: LoginBody::Json(body) }
    }

    fn page(status: StatusCode, html: String) -> Self {
        Self { status, body: LoginBody::Page(html) }
    }

    fn redirect(address: &str) -> Self {
        Self { status: StatusCode::FOUND, body: LoginBody::Redirect(address.to_owned()) }
    }
}

/// Whether a path belongs to the login host rather than to Graph.
pub(crate) fn is_login_path(path: &[String]) -> bool {
    let rest: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
    matches!(
        rest.as_slice(),
        ["oauth2", ..]
            | ["v2.0", ".well-known", ..]
            | [".well-known", ..]
            | ["discovery", ..]
            | ["UserRealm", ..]
    ) && !matches!(path[0].as_str(), "v1.0" | "beta")
}

/// Answers a request to the login host.
pub(crate) fn answer(request: &LoginRequest<'_>, tenant: &mut Tenant) -> LoginReply {
    let rest: Vec<&str> = request.path.iter().skip(1).map(String::as_str).collect();
    let get = request.method == Method::GET;
    let post = request.method == Method::POST;
    let result = match rest.as_slice() {
        ["discovery", "instance"] if get => Ok(discovery::instances(request)),
        ["v2.0", ".well-known", "openid-configuration"] if get => discovery::configuration(request, tenant),
        [".well-known", "openid-configuration"] if get => discovery::configuration(request, tenant),
        ["discovery", "v2.0" | "v1.0", "keys"] | ["discovery", "keys"] if get => Ok(jwt::key_set()),
        ["oauth2", "v2.0", "token"] if post => token::token(request, tenant),
        ["oauth2", "v2.0", "devicecode"] if post => device_code::device_code(request, tenant),
        ["oauth2", "v2.0", "authorize"] if get => return authorization_code::ask(request, tenant),
        ["oauth2", "v2.0", "authorize"] if post => return authorization_code::decide(request, tenant),
        ["oauth2", "token"] if post => Err(refusal::Refusal::old_endpoint()),
        _ => Err(refusal::Refusal::no_such_endpoint()),
    };
    match result {
        Ok(body) => LoginReply::json(StatusCode::OK, body),
        Err(refusal) => refusal.reply(request, tenant),
    }
}

/// Fields of a form, with the client's id and secret from a Basic header when they stand there. Of a field given twice
/// the last counts.
fn form(request: &LoginRequest<'_>) -> BTreeMap<String, String> {
    let mut form: BTreeMap<String, String> = url::form_urlencoded::parse(request.body).into_owned().collect();
    let basic = request
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let basic = basic.and_then(|basic| String::from_utf8(STANDARD.decode(basic).ok()?).ok());
    if let Some((id, secret)) = basic.as_deref().and_then(|basic| basic.split_once(':')) {
        let decoded =
            |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        form.insert("client_id".to_owned(), decoded(id));
        form.insert("client_secret".to_owned(), decoded(secret));
    }
    form
}

#[cfg(test)]
mod tests;
