//! A new token for an old one.

use serde_json::Value;

use super::form::{Form, application, field};
use super::issue::{Person, for_user};
use super::proof::prove_unless_public;
use super::refusal::OAuthError;
use super::request::LoginRequest;
use crate::emulator::world::tenant::Tenant;

pub(super) fn refresh_token(
    request: &LoginRequest<'_>,
    form: &Form,
    tenant: &mut Tenant,
) -> Result<Value, OAuthError> {
    let application = application(form, tenant)?.clone();
    prove_unless_public(&application, form, request, tenant)?;
    let token = field(form, "refresh_token")?;
    let known = tenant.registrations.refresh_tokens.iter().find(|known| known.token == token).cloned();
    let known = known.filter(|known| known.client_id == application.client_id).ok_or_else(|| {
        OAuthError::new(9_002_313, "invalid_grant", "Invalid request. Request is malformed or invalid.")
    })?;
    if known.revoked {
        return Err(OAuthError::new(
            50_173,
            "invalid_grant",
            "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might \
             have changed or reset their password.",
        ));
    }
    if known.expires <= tenant.now() {
        return Err(OAuthError::new(
            700_082,
            "invalid_grant",
            "The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.",
        ));
    }
    let scope =
        form.get("scope").map_or("https://graph.microsoft.com/.default offline_access", String::as_str);
    let person = Person { user_principal_name: &known.user_principal_name, nonce: None };
    for_user(request, &application.client_id, person, scope, tenant)
}
