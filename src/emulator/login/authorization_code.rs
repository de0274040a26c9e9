//! Signing in with the browser: the authorize page, and the code that it sends the browser back with.
//!
//! Sources: "Microsoft identity platform and OAuth 2.0 authorization code flow", RFC 7636, and the list of AADSTS codes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::authorization_request::Asked;
use super::form::{Form, application, field, form};
use super::issue::{Person, for_user};
use super::proof::prove_unless_public;
use super::refusal::OAuthError;
use super::request::{LoginReply, LoginRequest};
use super::{consent, consent_page, page};
use crate::emulator::world::collections::USERS;
use crate::emulator::world::tenant::Tenant;

/// `GET /{tenant}/oauth2/v2.0/authorize`: the page on which a person signs in and consents.
pub(super) fn ask(request: &LoginRequest<'_>, tenant: &mut Tenant) -> LoginReply {
    let asked: Form = request.query.iter().cloned().collect();
    match Asked::read(&asked, request, tenant) {
        Err(refusal) => page::refused(&refusal, request, tenant),
        Ok(asked) => match asked.problem(request) {
            Some(refusal) => asked.send_back_with(&refusal, request, tenant),
            None => consent_page::sign_in(&asked, tenant),
        },
    }
}

/// `POST /{tenant}/oauth2/v2.0/authorize`: what the person decided there.
pub(super) fn decide(request: &LoginRequest<'_>, tenant: &mut Tenant) -> LoginReply {
    let form = form(request);
    let asked = match Asked::read(&form, request, tenant) {
        Err(refusal) => return page::refused(&refusal, request, tenant),
        Ok(asked) => asked,
    };
    let user = form.get("user").cloned().unwrap_or_default();
    if form.get("decision").map(String::as_str) != Some("accept") {
        let declined =
            OAuthError::new(65_004, "access_denied", "User declined to consent to access the app.");
        return asked.send_back_with(&declined, request, tenant);
    }
    if tenant.collection(USERS).find("userPrincipalName", &user).is_none() {
        let unknown =
            OAuthError::new(50_034, "invalid_grant", "The user account does not exist in the directory.");
        return page::refused(&unknown, request, tenant);
    }
    let for_all = form.contains_key("for_organization");
    match consent::accept(tenant, &asked.application, &user, &asked.scope, for_all) {
        Err(refusal) if refusal.number() == NEEDS_ADMINISTRATOR => {
            consent_page::needs_approval(&asked, &asked.address(&refusal.parameters(request, tenant)))
        }
        Err(refusal) => asked.send_back_with(&refusal, request, tenant),
        Ok(()) => {
            let code = asked.issue(&user, tenant);
            asked.send_back(&[("code", code), ("session_state", tenant.new_guid())])
        }
    }
}

/// Redeems a code for tokens.
pub(super) fn redeem(
    request: &LoginRequest<'_>,
    form: &Form,
    tenant: &mut Tenant,
) -> Result<Value, OAuthError> {
    let application = application(form, tenant)?.clone();
    prove_unless_public(&application, form, request, tenant)?;
    let (code, redirect_uri) = (field(form, "code")?, field(form, "redirect_uri")?);
    let now = tenant.now();
    let codes = &mut tenant.registrations.authorization_codes;
    let known = codes.iter_mut().find(|known| known.code == code && known.client_id == application.client_id);
    let known = known.ok_or_else(|| {
        let text = "The provided value for the 'code' parameter is not valid.";
        OAuthError::new(70_000, "invalid_grant", text)
    })?;
    if known.redeemed {
        let text = "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an \
                    existing refresh token.";
        return Err(OAuthError::new(54_005, "invalid_grant", text));
    }
    if known.expires <= now {
        let text = "The provided authorization code or refresh token has expired due to inactivity. Send a new \
                    interactive authorization request for this user and resource.";
        return Err(OAuthError::new(70_008, "invalid_grant", text));
    }
    if known.redirect_uri != redirect_uri {
        let text = format!(
            "The reply address '{redirect_uri}' does not match the reply address '{}' provided when requesting \
             Authorization code.",
            known.redirect_uri
        );
        return Err(OAuthError::new(500_112, "invalid_client", text));
    }
    check_verifier(known.challenge.as_ref(), form.get("code_verifier").map(String::as_str))?;
    known.redeemed = true;
    let known = known.clone();
    tenant.touch();
    let scope = form.get("scope").unwrap_or(&known.scope);
    let person = Person { user_principal_name: &known.user_principal_name, nonce: known.nonce.as_deref() };
    for_user(request, &application.client_id, person, scope, tenant)
}

fn check_verifier(challenge: Option<&(String, String)>, verifier: Option<&str>) -> Result<(), OAuthError> {
    let Some((method, challenge)) = challenge else { return Ok(()) };
    let Some(verifier) = verifier else {
        let text = "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.";
        return Err(OAuthError::new(50_148, "invalid_grant", text));
    };
    let shown = match method.as_str() {
        "S256" => URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes())),
        _ => verifier.to_owned(),
    };
    if shown == *challenge {
        return Ok(());
    }
    let text = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
    Err(OAuthError::new(501_481, "invalid_grant", text))
}

const NEEDS_ADMINISTRATOR: u32 = 90_094;
