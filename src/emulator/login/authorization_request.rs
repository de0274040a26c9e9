//! What an application asks of the authorize page, and how the browser is sent back to it.

use url::Url;

use super::form::{Form, application, field, resource, tenant_segment};
use super::page;
use super::refusal::OAuthError;
use super::request::{LoginReply, LoginRequest};
use crate::emulator::world::applications::{Application, AuthorizationCode};
use crate::emulator::world::tenant::Tenant;

/// Minutes a code is good for.
const LIFETIME_MINUTES: i64 = 10;

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
    pub(super) fn read(
        asked: &Form,
        request: &LoginRequest<'_>,
        tenant: &Tenant,
    ) -> Result<Self, OAuthError> {
        tenant_segment(request, tenant)?;
        let application = application(asked, tenant)?.clone();
        let requested = field(asked, "redirect_uri")?;
        let redirect_uri = Url::parse(requested).ok().filter(|uri| is_registered(uri, &application));
        let redirect_uri = redirect_uri.ok_or_else(|| {
            OAuthError::new(
                50_011,
                "invalid_client",
                format!(
                    "The redirect URI '{requested}' specified in the request does not match the redirect URIs configured \
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
    pub(super) fn problem(&self, request: &LoginRequest<'_>) -> Option<OAuthError> {
        let parameter = |name: &str| self.parameters.get(name).map(String::as_str).unwrap_or_default();
        let kinds: Vec<&str> = parameter("response_type").split_whitespace().collect();
        if kinds != ["code"] {
            let text = "The response_type is not supported for this application: only 'code' is.";
            return Some(OAuthError::new(700_054, "unsupported_response_type", text));
        }
        if self.scope.is_empty() {
            return Some(OAuthError::missing("scope"));
        }
        if !matches!(parameter("code_challenge_method"), "" | "plain" | "S256") {
            let text = "The code_challenge_method is neither 'plain' nor 'S256'.";
            return Some(OAuthError::new(9_002_331, "invalid_request", text));
        }
        if parameter("prompt") == "none" {
            let text = "Session information is not sufficient for single-sign-on.";
            return Some(OAuthError::new(50_058, "login_required", text));
        }
        resource(&self.scope, request).err()
    }

    pub(super) fn issue(&self, user: &str, tenant: &mut Tenant) -> String {
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

    pub(super) fn send_back_with(
        &self,
        refusal: &OAuthError,
        request: &LoginRequest<'_>,
        tenant: &mut Tenant,
    ) -> LoginReply {
        self.send_back(&refusal.parameters(request, tenant))
    }

    /// Sends the browser back to the application, in the way it asked for.
    pub(super) fn send_back(&self, answer: &[(&'static str, String)]) -> LoginReply {
        match self.response_mode.as_str() {
            "form_post" => page::post_back(self.redirect_uri.as_str(), &self.with_state(answer)),
            _ => LoginReply::redirect(&self.address(answer)),
        }
    }

    pub(super) fn address(&self, answer: &[(&'static str, String)]) -> String {
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
