//! Sign-in: the part of the emulator that plays `login.microsoftonline.com`.
//!
//! Tokens are signed with a key that is part of this source, and so protect nothing: a token of the emulator opens
//! emulators only. In exchange a token stays good when an emulator is restarted, and no start waits for a new RSA key.

use http::{Method, StatusCode};

use super::world::tenant::Tenant;

mod assertion;
mod authorization_code;
mod authorization_request;
mod caller;
mod consent;
mod consent_page;
mod device_code;
mod discovery;
mod form;
pub(crate) mod issue;
pub(crate) mod jwt;
mod page;
mod proof;
mod refresh_token;
mod refusal;
mod request;
pub(crate) mod roles;
mod token;
pub(crate) mod well_known;

pub(crate) use caller::{Caller, Identity};
pub(crate) use issue::issue_refresh_token;
pub(crate) use jwt::{Rejected, authenticate};
pub(crate) use request::{LoginBody, LoginReply, LoginRequest};
pub(crate) use well_known::{azure_cli, graph_command_line_tools};

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
        ["oauth2", "token"] if post => Err(refusal::OAuthError::old_endpoint()),
        _ => Err(refusal::OAuthError::no_such_endpoint()),
    };
    match result {
        Ok(body) => LoginReply::json(StatusCode::OK, body),
        Err(refusal) => refusal.reply(request, tenant),
    }
}

#[cfg(test)]
mod tests;
