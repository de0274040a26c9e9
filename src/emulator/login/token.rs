//! The token endpoint.

use serde_json::{Value, json};

use super::device_code::redeem_device_code;
use super::form::{Form, application, field, form, resource, tenant_segment};
use super::issue::LIFETIME;
use super::proof::prove;
use super::refresh_token::refresh_token;
use super::refusal::OAuthError;
use super::request::LoginRequest;
use super::{authorization_code, jwt};
use crate::emulator::world::tenant::Tenant;

/// The standard's name; MSAL for Node says `device_code`.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// `POST /{tenant}/oauth2/v2.0/token`.
pub(super) fn token(request: &LoginRequest<'_>, tenant: &mut Tenant) -> Result<Value, OAuthError> {
    let segment = tenant_segment(request, tenant)?;
    let form = form(request);
    match field(&form, "grant_type")? {
        "client_credentials" => {
            if segment.is_none() {
                return Err(OAuthError::new(
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
        other => Err(OAuthError::new(
            70_003,
            "unsupported_grant_type",
            format!("The app requested an unsupported grant type '{other}'."),
        )),
    }
}

fn client_credentials(
    request: &LoginRequest<'_>,
    form: &Form,
    tenant: &mut Tenant,
) -> Result<Value, OAuthError> {
    let application = application(form, tenant)?.clone();
    prove(&application, form, request, tenant)?;
    let scope = field(form, "scope")?;
    if scope.split_whitespace().any(|scope| !scope.ends_with("/.default")) {
        return Err(OAuthError::new(
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
