//! Signing in with the browser: the authorize page, and the code that it sends the browser back with.
//!
//! Sources: "Microsoft identity platform and OAuth 2.0 authorization code flow", RFC 7636, and the list of AADSTS codes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;

use super::delegated::{Person, for_user};
use super::proof::prove_unless_public;
use super::refusal::Refusal;
use super::token::{Form, application, field, resource, tenant_segment};
use super::{LoginReply, LoginRequest, consent, form, page};
use crate::emulator::world::applications::{Application, AuthorizationCode};
use crate::emulator::world::collections::USERS;
use crate::emulator::world::tenant::Tenant;

/// Minutes a code is good for.
const LIFETIME_MINUTES: i64 = 10;

/// `GET /{tenant}/oauth2/v2.0/authorize`: the page on which a person signs in and consents.
pub(super) fn ask(request: &LoginRequest<'_>, tenant: &mut Tenant) -> LoginReply {
    let asked: Form = request.query.iter().cloned().collect();
    match Asked::read(&asked, request, tenant) {
        Err(refusal) => page::refused(&refusal, request, tenant),
        Ok(asked) => match asked.problem(request) {
            Some(refusal) => asked.send_back_with(&refusal, request, tenant),
            None => page::sign_in(&asked, tenant),
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
        let declined = Refusal::new(65_004, "access_denied", "User declined to consent to access the app.");
        return asked.send_back_with(&declined, request, tenant);
    }
    if tenant.collection(USERS).find("userPrincipalName", &user).is_none() {
        let unknown =
            Refusal::new(50_034, "invalid_grant", "The user account does not exist in the directory.");
        return page::refused(&unknown, request, tenant);
    }
    let for_all = form.contains_key("for_organization");
    match consent::accept(tenant, &asked.application, &user, &asked.scope, for_all) {
        Err(refusal) if refusal.number() == NEEDS_ADMINISTRATOR => {
            page::needs_approval(&asked, &asked.address(&refusal.parameters(request, tenant)))
        }
        Err(refusal) => asked.send_back_with(&refusal, request, tenant),
        Ok(()) => {
            let code = asked.issue(&user, tenant);
            asked.send_back(&[("code", code), ("session_state", tenant.new_guid())])
        }
    }
}

/// Redeems a code for tokens.
pub(super) fn redeem(request: &LoginRequest<'_>, form: &Form, tenant: &mut Tenant) -> Result<Value, Refusal> {
    let application = application(form, tenant)?.clone();
    prove_unless_public(&application, form, request, tenant)?;
    let (code, redirect_uri) = (field(form, "code")?, field(form, "redirect_uri")?);
    let now = tenant.now();
    let codes = &mut tenant.registrations.authorization_codes;
    let known = codes.iter_mut().find(|known| known.code == code && known.client_id == application.client_id);
    let known = known.ok_or_else(|| {
        let text = "The provided value for the 'code' parameter is not valid.";
        Refusal::new(70_000, "invalid_grant", text)
    })?;
    if known.redeemed {
        let text = "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an \
                    existing refresh token.";
        return Err(Refusal::new(54_005, "invalid_grant", text));
    }
    if known.expires <= now {
        let text = "The provided authorization code or refresh token has expired due to inactivity. Send a new \
                    interactive authorization request for this user and resource.";
        return Err(Refusal::new(70_008, "invalid_grant", text));
    }
    if known.redirect_uri != redirect_uri {
        let text = format!(
            "The reply address '{redirect_uri}' does not match the reply address '{}' provided when requesting \
             Authorization code.",
            known.redirect_uri
        );
        return Err(Refusal::new(500_112, "invalid_client", text));
    }
    check_verifier(known.challenge.as_ref(), form.get("code_verifier").map(String::as_str))?;
    known.redeemed = true;
    let known = known.clone();
    tenant.touch();
    let scope = form.get("scope").unwrap_or(&known.scope);
    let person = Person { user_principal_name: &known.user_principal_name, nonce: known.nonce.as_deref() };
    for_user(request, &application.client_id, person, scope, tenant)
}

/// What an application asks the page for.
pub(super) struct Asked {
    pub(super) application: Application,
    pub(super) scope: String,
    pub(super) login_hint: String,
    /// Everything as it was asked, for the form to ask it again.
    pub(super) parameters: Form,
    redirect_uri: Url,
    response_mode: String,
    state: Option<String>,
}

impl Asked {
    /// Refuses what must not be answered at the redirect address: it, or the application, is not trusted.
    fn read(asked: &Form, request: &LoginRequest<'_>, tenant: &Tenant) -> Result<Self, Refusal> {
        tenant_segment(request, tenant)?;
        let application = application(asked, tenant)?.clone();
        let given = field(asked, "redirect_uri")?;
        let redirect_uri = Url::parse(given).ok().filter(|uri| is_registered(uri, &application));
        let redirect_uri = redirect_uri.ok_or_else(|| {
            Refusal::new(
                50_011,
                "invalid_client",
                format!(
                    "The redirect URI '{given}' specified in the request does not match the redirect URIs configured \
                     for the application '{}'.",
                    application.client_id
                ),
            )
        })?;
        let text = |name: &str| asked.get(name).cloned().unwrap_or_default();
        Ok(Self {
            application,
            scope: text("scope"),
            login_hint: text("login_hint"),
            redirect_uri,
            response_mode: text("response_mode"),
            state: asked.get("state").cloned(),
            parameters: asked.clone(),
        })
    }

    /// What is wrong with the rest.
    fn problem(&self, request: &LoginRequest<'_>) -> Option<Refusal> {
        let parameter = |name: &str| self.parameters.get(name).map(String::as_str).unwrap_or_default();
        let kinds: Vec<&str> = parameter("response_type").split_whitespace().collect();
        if kinds != ["code"] {
            let text = "The response_type is not supported for this application: only 'code' is.";
            return Some(Refusal::new(700_054, "unsupported_response_type", text));
        }
        if self.scope.is_empty() {
            return Some(Refusal::missing("scope"));
        }
        if !matches!(parameter("code_challenge_method"), "" | "plain" | "S256") {
            let text = "The code_challenge_method is neither 'plain' nor 'S256'.";
            return Some(Refusal::new(9_002_331, "invalid_request", text));
        }
        if parameter("prompt") == "none" {
            let text = "Session information is not sufficient for single-sign-on.";
            return Some(Refusal::new(50_058, "login_required", text));
        }
        resource(&self.scope, request).err()
    }

    fn issue(&self, user: &str, tenant: &mut Tenant) -> String {
        let code = format!("1.A{}{}", tenant.new_guid(), tenant.new_guid()).replace('-', "");
        let challenge = self.parameters.get("code_challenge").map(|challenge| {
            let method = self.parameters.get("code_challenge_method").cloned();
            (method.unwrap_or_else(|| "plain".to_owned()), challenge.clone())
        });
        let issued = AuthorizationCode {
            code: code.clone(),
            client_id: self.application.client_id.clone(),
            redirect_uri: self.parameters.get("redirect_uri").cloned().unwrap_or_default(),
            scope: self.scope.clone(),
            user_principal_name: user.to_owned(),
            nonce: self.parameters.get("nonce").cloned(),
            challenge,
            expires: tenant.now() + time::Duration::minutes(LIFETIME_MINUTES),
            redeemed: false,
        };
        tenant.registrations.authorization_codes.push(issued);
        tenant.touch();
        code
    }

    fn send_back_with(
        &self,
        refusal: &Refusal,
        request: &LoginRequest<'_>,
        tenant: &mut Tenant,
    ) -> LoginReply {
        self.send_back(&refusal.parameters(request, tenant))
    }

    /// Sends the browser back to the application, in the way it asked for.
    fn send_back(&self, answer: &[(&'static str, String)]) -> LoginReply {
        match self.response_mode.as_str() {
            "form_post" => page::post_back(self.redirect_uri.as_str(), &self.with_state(answer)),
            _ => LoginReply::redirect(&self.address(answer)),
        }
    }

    fn address(&self, answer: &[(&'static str, String)]) -> String {
        let mut address = self.redirect_uri.clone();
        let answer = self.with_state(answer);
        if self.response_mode == "fragment" {
            let fragment =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&answer).finish();
            address.set_fragment(Some(&fragment));
        } else {
            address.query_pairs_mut().extend_pairs(&answer);
        }
        address.into()
    }

    fn with_state(&self, answer: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
        let state = self.state.clone().map(|state| ("state", state));
        answer.iter().cloned().chain(state).collect()
    }
}

/// Entra ignores the port of `http://localhost`, and compares everything else.
fn is_registered(asked: &Url, application: &Application) -> bool {
    application.redirect_uris.iter().filter_map(|uri| Url::parse(uri).ok()).any(|registered| {
        let is_localhost = registered.scheme() == "http" && registered.host_str() == Some("localhost");
        registered.scheme() == asked.scheme()
            && registered.host() == asked.host()
            && registered.path() == asked.path()
            && (is_localhost || registered.port_or_known_default() == asked.port_or_known_default())
    })
}

fn check_verifier(challenge: Option<&(String, String)>, verifier: Option<&str>) -> Result<(), Refusal> {
    let Some((method, challenge)) = challenge else { return Ok(()) };
    let Some(verifier) = verifier else {
        let text = "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.";
        return Err(Refusal::new(50_148, "invalid_grant", text));
    };
    let shown = match method.as_str() {
        "S256" => URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes())),
        _ => verifier.to_owned(),
    };
    if shown == *challenge {
        return Ok(());
    }
    let text = "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
    Err(Refusal::new(501_481, "invalid_grant", text))
}

const NEEDS_ADMINISTRATOR: u32 = 90_094;
