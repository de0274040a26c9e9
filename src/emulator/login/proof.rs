//! How an application proves who it is: a secret, or an assertion.

use super::assertion;
use super::form::{Form, field};
use super::refusal::OAuthError;
use super::request::LoginRequest;
use crate::emulator::world::applications::Application;
use crate::emulator::world::tenant::Tenant;

/// Checks the proof of an application that signs people in: a public client has none to show, any other one must.
pub(super) fn prove_unless_public(
    application: &Application,
    form: &Form,
    request: &LoginRequest<'_>,
    tenant: &Tenant,
) -> Result<(), OAuthError> {
    let shows = form.contains_key("client_secret") || form.contains_key("client_assertion");
    if application.public_client && !shows { Ok(()) } else { prove(application, form, request, tenant) }
}

/// Checks the application's secret or assertion.
pub(super) fn prove(
    application: &Application,
    form: &Form,
    request: &LoginRequest<'_>,
    tenant: &Tenant,
) -> Result<(), OAuthError> {
    let secret = form.get("client_secret");
    let assertion = form.get("client_assertion");
    if application.public_client && (secret.is_some() || assertion.is_some()) {
        return Err(OAuthError::unauthorized(
            700_025,
            "invalid_client",
            format!(
                "Client is public so neither 'client_assertion' nor 'client_secret' should be presented. Client \
                 application: '{}'.",
                application.client_id
            ),
        ));
    }
    match (secret, assertion) {
        (Some(secret), _) => check_secret(secret, application, tenant),
        (None, Some(assertion)) => {
            let kind = field(form, "client_assertion_type")?;
            if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
                return Err(OAuthError::new(
                    90_014,
                    "invalid_request",
                    format!("The client_assertion_type '{kind}' is not supported."),
                ));
            }
            assertion::check(assertion, application, request, tenant)
        }
        (None, None) => Err(OAuthError::unauthorized(
            7_000_218,
            "invalid_client",
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
    }
}

fn check_secret(secret: &str, application: &Application, tenant: &Tenant) -> Result<(), OAuthError> {
    let Some(known) = application.secrets.iter().find(|known| known.value == secret) else {
        return Err(OAuthError::unauthorized(
            7_000_215,
            "invalid_client",
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{}'.",
                application.client_id
            ),
        ));
    };
    if known.expires.is_some_and(|expires| expires <= tenant.now()) {
        return Err(OAuthError::unauthorized(
            7_000_222,
            "invalid_client",
            format!(
                "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys \
                 for your app, or consider using certificate credentials for added security.",
                application.client_id
            ),
        ));
    }
    Ok(())
}
