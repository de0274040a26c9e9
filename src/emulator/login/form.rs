//! What a form says: its fields, and the tenant, application and resource that it names.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header;

use super::jwt;
use super::refusal::OAuthError;
use super::request::LoginRequest;
use crate::emulator::world::applications::Application;
use crate::emulator::world::tenant::Tenant;

pub(super) type Form = BTreeMap<String, String>;

/// Fields of a form, with the client's id and secret from a Basic header when they stand there. Of a field given twice
/// the last counts.
pub(super) fn form(request: &LoginRequest<'_>) -> Form {
    let mut form: Form = url::form_urlencoded::parse(request.body).into_owned().collect();
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

pub(super) fn field<'f>(form: &'f Form, name: &str) -> Result<&'f str, OAuthError> {
    let value = form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    value.ok_or_else(|| OAuthError::missing(name))
}

/// The tenant a path names: its id, or none for `common` and `organizations`.
pub(super) fn tenant_segment(
    request: &LoginRequest<'_>,
    tenant: &Tenant,
) -> Result<Option<String>, OAuthError> {
    let segment = request.path[0].as_str();
    if matches!(segment, "common" | "organizations") {
        return Ok(None);
    }
    let known = segment.eq_ignore_ascii_case(&tenant.id)
        || tenant.domains.iter().any(|domain| domain.eq_ignore_ascii_case(segment));
    if known {
        return Ok(Some(tenant.id.clone()));
    }
    if uuid::Uuid::parse_str(segment).is_err() && !segment.contains('.') {
        return Err(OAuthError::new(
            900_023,
            "invalid_request",
            format!(
                "Specified tenant identifier '{segment}' is neither a valid DNS name, nor a valid external domain."
            ),
        ));
    }
    Err(OAuthError::new(
        90_002,
        "invalid_request",
        format!(
            "Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are signing into \
             the correct cloud. Check with your subscription administrator, this may happen if there are no active \
             subscriptions for the tenant."
        ),
    ))
}

/// The one resource that a scope is about. Scopes without a resource are Graph's.
pub(super) fn resource(scope: &str, request: &LoginRequest<'_>) -> Result<String, OAuthError> {
    let mut resources: Vec<&str> = scope
        .split_whitespace()
        .filter(|scope| !matches!(*scope, "openid" | "profile" | "email" | "offline_access"))
        .map(|scope| scope.rsplit_once('/').map_or("https://graph.microsoft.com", |(resource, _)| resource))
        .collect();
    resources.dedup();
    match resources.as_slice() {
        [] => Ok("https://graph.microsoft.com".to_owned()),
        [one] if jwt::is_graph(one, request.origin) => Ok((*one).to_owned()),
        [one] => Err(OAuthError::new(
            500_011,
            "invalid_resource",
            format!(
                "The resource principal named {one} was not found in the tenant. This can happen if the application \
                 has not been installed by the administrator of the tenant or consented to by any user in the \
                 tenant. You might have sent your authentication request to the wrong tenant."
            ),
        )),
        _ => Err(OAuthError::new(
            70_011,
            "invalid_scope",
            format!(
                "The provided value for the input parameter 'scope' is not valid. One or more scopes in '{scope}' \
                 are not compatible with each other."
            ),
        )),
    }
}

pub(super) fn application<'t>(form: &Form, tenant: &'t Tenant) -> Result<&'t Application, OAuthError> {
    let client_id = field(form, "client_id")?;
    tenant.registrations.application(client_id).ok_or_else(|| unknown_application(client_id, tenant))
}

pub(super) fn unknown_application(client_id: &str, tenant: &Tenant) -> OAuthError {
    OAuthError::new(
        700_016,
        "unauthorized_client",
        format!(
            "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in \
             the tenant. You may have sent your authentication request to the wrong tenant.",
            tenant.display_name
        ),
    )
}
