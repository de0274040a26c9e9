//! The token endpoint.

use serde_json::{Value, json};

use super::delegated::refresh_token;
use super::device_code::redeem_device_code;
use super::proof::prove;
use super::refusal::Refusal;
use super::{LoginRequest, authorization_code, form, jwt};
use crate::emulator::world::applications::Application;
use crate::emulator::world::tenant::Tenant;

/// Seconds a token is good for.
pub(super) const LIFETIME: i64 = 3599;
/// The standard's name; MSAL for Node says `device_code`.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(super) type Form = std::collections::BTreeMap<String, String>;

/// `POST /{tenant}/oauth2/v2.0/token`.
pub(super) fn token(request: &LoginRequest<'_>, tenant: &mut Tenant) -> Result<Value, Refusal> {
    let segment = tenant_segment(request, tenant)?;
    let form = form(request);
    match field(&form, "grant_type")? {
        "client_credentials" => {
            if segment.is_none() {
                return Err(Refusal::new(
                    53_003,
                    "invalid_request",
                    "Client credentials cannot be used with /common or /organizations: name the tenant.",
                ));
            }
            client_credentials(request, &form, tenant)
        }
        "authorization_code" => authorization_code::redeem(request, &form, tenant),
        "refresh_token" => refresh_token(request, &form, tenant),
        DEVICE_CODE_GRANT | "device_code" => redeem_device_code(request, &form, tenant),
        other => Err(Refusal::new(
            70_003,
            "unsupported_grant_type",
            format!("The app requested an unsupported grant type '{other}'."),
        )),
    }
}

/// The tenant a path names: its id, or none for `common` and `organizations`.
pub(super) fn tenant_segment(request: &LoginRequest<'_>, tenant: &Tenant) -> Result<Option<String>, Refusal> {
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
        return Err(Refusal::new(
            900_023,
            "invalid_request",
            format!(
                "Specified tenant identifier '{segment}' is neither a valid DNS name, nor a valid external domain."
            ),
        ));
    }
    Err(Refusal::new(
        90_002,
        "invalid_request",
        format!(
            "Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are signing into \
             the correct cloud. Check with your subscription administrator, this may happen if there are no active \
             subscriptions for the tenant."
        ),
    ))
}

fn client_credentials(
    request: &LoginRequest<'_>,
    form: &Form,
    tenant: &mut Tenant,
) -> Result<Value, Refusal> {
    let application = application(form, tenant)?.clone();
    prove(&application, form, request, tenant)?;
    let scope = field(form, "scope")?;
    if scope.split_whitespace().any(|scope| !scope.ends_with("/.default")) {
        return Err(Refusal::new(
            1_002_012,
            "invalid_scope",
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value \
                 with /.default suffixed to the resource identifier (application ID URI)."
            ),
        ));
    }
    let audience = resource(scope, request)?;
    let now = tenant.now().unix_timestamp();
    let claims = json!({
        "aud": audience,
        "iss": format!("https://sts.windows.net/{}/", tenant.id),
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
        "aio": "E2ZgYAgAAA==",
        "app_displayname": application.display_name,
        "appid": application.client_id,
        "appidacr": if form.contains_key("client_secret") { "1" } else { "2" },
        "idp": format!("https://sts.windows.net/{}/", tenant.id),
        "idtyp": "app",
        "oid": application.object_id,
        "roles": application.roles,
        "sub": application.object_id,
        "tenant_region_scope": "EU",
        "tid": tenant.id,
        "uti": tenant.new_guid(),
        "ver": "1.0",
        "wids": ["0997a1d0-0d1d-4acb-b408-d5ca73121e90"],
    });
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": jwt::sign(&claims),
    }))
}

/// The one resource that a scope is about. Scopes without a resource are Graph's.
pub(super) fn resource(scope: &str, request: &LoginRequest<'_>) -> Result<String, Refusal> {
    let mut resources: Vec<&str> = scope
        .split_whitespace()
        .filter(|scope| !matches!(*scope, "openid" | "profile" | "email" | "offline_access"))
        .map(|scope| scope.rsplit_once('/').map_or("https://graph.microsoft.com", |(resource, _)| resource))
        .collect();
    resources.dedup();
    match resources.as_slice() {
        [] => Ok("https://graph.microsoft.com".to_owned()),
        [one] if jwt::is_graph(one, request.origin) => Ok((*one).to_owned()),
        [one] => Err(Refusal::new(
            500_011,
            "invalid_resource",
            format!(
                "The resource principal named {one} was not found in the tenant. This can happen if the application \
                 has not been installed by the administrator of the tenant or consented to by any user in the \
                 tenant. You might have sent your authentication request to the wrong tenant."
            ),
        )),
        _ => Err(Refusal::new(
            70_011,
            "invalid_scope",
            format!(
                "The provided value for the input parameter 'scope' is not valid. One or more scopes in '{scope}' \
                 are not compatible with each other."
            ),
        )),
    }
}

pub(super) fn application<'t>(form: &Form, tenant: &'t Tenant) -> Result<&'t Application, Refusal> {
    let client_id = field(form, "client_id")?;
    tenant.registrations.application(client_id).ok_or_else(|| unknown_application(client_id, tenant))
}

pub(super) fn unknown_application(client_id: &str, tenant: &Tenant) -> Refusal {
    Refusal::new(
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

pub(super) fn field<'f>(form: &'f Form, name: &str) -> Result<&'f str, Refusal> {
    let value = form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    value.ok_or_else(|| Refusal::missing(name))
}
