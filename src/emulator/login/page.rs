//! The few pages of sign-in that a person sees. Nobody is asked for a password.

use http::StatusCode;

use super::authorization_code::Asked;
use super::refusal::Refusal;
use super::{LoginReply, LoginRequest, consent, roles};
use crate::emulator::world::collection::text;
use crate::emulator::world::collections::USERS;
use crate::emulator::world::tenant::Tenant;

/// Who signs in, and to what they consent.
pub(super) fn sign_in(asked: &Asked, tenant: &Tenant) -> LoginReply {
    let usual = tenant.registrations.approve_as.as_deref().unwrap_or_default();
    let preset = if asked.login_hint.is_empty() { usual } else { asked.login_hint.as_str() };
    let people = tenant.collection(USERS).iter().map(|user| {
        let name = text(user, "userPrincipalName");
        let roles = roles::of_user(user).join(", ");
        let roles = if roles.is_empty() { String::new() } else { format!(" ({roles})") };
        let selected = if name.eq_ignore_ascii_case(preset) { " selected" } else { "" };
        format!("<option value=\"{0}\"{selected}>{0}{1}</option>", plain(name), plain(&roles))
    });
    let asks = consent::asked(&asked.scope).into_iter().map(|name| format!("<li>{}</li>", plain(name)));
    let hidden = asked.parameters.iter().map(|(name, value)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", plain(name), plain(value))
    });
    let body = format!(
        "<p>{application} asks for these permissions of Microsoft Graph:</p><ul>{asks}</ul>\
         <form method=\"post\">{hidden}<p><label>Sign in as <select name=\"user\">{people}</select></label></p>\
         <p><label><input type=\"checkbox\" name=\"for_organization\"> Consent on behalf of your organization \
         (administrators only)</label></p>\
         <button name=\"decision\" value=\"accept\">Accept</button> \
         <button name=\"decision\" value=\"cancel\">Cancel</button></form>",
        application = plain(&asked.application.display_name),
        asks = asks.collect::<String>(),
        hidden = hidden.collect::<String>(),
        people = people.collect::<String>(),
    );
    page(StatusCode::OK, &format!("Sign in to {}", tenant.display_name), &body)
}

/// Only an administrator may consent to what was asked.
pub(super) fn needs_approval(asked: &Asked, back: &str) -> LoginReply {
    let body = format!(
        "<p>AADSTS90094: {} needs permission to access resources in your organization that only an administrator can \
         grant. Ask an administrator to grant permission to this app before you can use it.</p>\
         <p><a href=\"{}\">Return to the application without granting consent</a></p>",
        plain(&asked.application.display_name),
        plain(back)
    );
    page(StatusCode::OK, "Need admin approval", &body)
}

/// A refusal that cannot be sent back to the application.
pub(super) fn refused(refusal: &Refusal, request: &LoginRequest<'_>, tenant: &mut Tenant) -> LoginReply {
    let told = refusal.parameters(request, tenant);
    let text = told.iter().find(|(name, _)| *name == "error_description").map(|(_, text)| text.as_str());
    let body = format!("<pre>{}</pre>", plain(text.unwrap_or_default()));
    page(StatusCode::BAD_REQUEST, "Sorry, but we're having trouble signing you in.", &body)
}

/// A form that sends itself (`response_mode=form_post`).
pub(super) fn post_back(address: &str, answer: &[(&str, String)]) -> LoginReply {
    let fields = answer.iter().map(|(name, value)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", plain(name), plain(value))
    });
    let body = format!(
        "<form method=\"post\" action=\"{}\">{}<button>Continue</button></form>\
         <script>document.forms[0].submit()</script>",
        plain(address),
        fields.collect::<String>()
    );
    page(StatusCode::OK, "Working...", &body)
}

fn page(status: StatusCode, title: &str, body: &str) -> LoginReply {
    let title = plain(title);
    LoginReply::page(
        status,
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{body}"
        ),
    )
}

/// Text that is no markup, wherever it is put.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
