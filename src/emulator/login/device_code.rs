//! Signing in on another device: a code that a person enters there.

use serde_json::{Value, json};

use super::consent;
use super::form::{Form, application, field, form, resource, tenant_segment};
use super::issue::{Person, for_user};
use super::proof::prove_unless_public;
use super::refusal::OAuthError;
use super::request::LoginRequest;
use crate::emulator::world::applications::{Decision, DeviceCode};
use crate::emulator::world::tenant::Tenant;

/// Seconds a device code is good for.
const DEVICE_CODE_LIFETIME: i64 = 900;

/// `POST /{tenant}/oauth2/v2.0/devicecode`.
pub(super) fn device_code(request: &LoginRequest<'_>, tenant: &mut Tenant) -> Result<Value, OAuthError> {
    tenant_segment(request, tenant)?;
    let form = form(request);
    let application = application(&form, tenant)?;
    let client_id = application.client_id.clone();
    let scope = field(&form, "scope")?.to_owned();
    resource(&scope, request)?;
    let letters = tenant.new_guid().replace('-', "").to_uppercase();
    let code = DeviceCode {
        device_code: format!("{}{}", tenant.new_guid(), tenant.new_guid()).replace('-', ""),
        user_code: letters[..9].to_owned(),
        client_id,
        scope,
        expires: tenant.now() + time::Duration::seconds(DEVICE_CODE_LIFETIME),
        decision: tenant.registrations.approve_as.clone().map_or(Decision::Pending, Decision::Approved),
    };
    let page = format!("{}/_emulator/devicelogin", request.origin);
    let answer = json!({
        "user_code": code.user_code,
        "device_code": code.device_code,
        "verification_uri": page,
        "expires_in": DEVICE_CODE_LIFETIME,
        "interval": 1,
        "message": format!(
            "To sign in, use a web browser to open the page {page} and enter the code {} to authenticate.",
            code.user_code,
        ),
    });
    tenant.registrations.device_codes.push(code);
    tenant.touch();
    Ok(answer)
}

pub(super) fn redeem_device_code(
    request: &LoginRequest<'_>,
    form: &Form,
    tenant: &mut Tenant,
) -> Result<Value, OAuthError> {
    let application = application(form, tenant)?.clone();
    prove_unless_public(&application, form, request, tenant)?;
    let client_id = application.client_id.clone();
    let code = form
        .get("device_code")
        .or_else(|| form.get("code"))
        .ok_or_else(|| OAuthError::missing("device_code"))?;
    let codes = &tenant.registrations.device_codes;
    let found = codes.iter().position(|known| known.device_code == *code && known.client_id == client_id);
    let Some(index) = found else {
        return Err(OAuthError::new(70_019, "bad_verification_code", "The verification code is not known."));
    };
    let known = codes[index].clone();
    if known.expires <= tenant.now() {
        return Err(OAuthError::new(
            70_020,
            "expired_token",
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
        ));
    }
    match known.decision {
        Decision::Pending => Err(OAuthError::new(
            70_016,
            "authorization_pending",
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )),
        Decision::Declined => Err(OAuthError::new(
            70_018,
            "authorization_declined",
            "The end user denied the authorization request.",
        )),
        Decision::Approved(user) => {
            tenant.registrations.device_codes.remove(index);
            tenant.touch();
            consent::accept(tenant, &application, &user, &known.scope, false)?;
            let person = Person { user_principal_name: &user, nonce: None };
            for_user(request, &client_id, person, &known.scope, tenant)
        }
    }
}
