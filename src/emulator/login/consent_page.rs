//! The pages on which a person signs in and consents. Nobody is asked for a password.

use http::StatusCode;

use super::authorization_request::Asked;
use super::page::{page, plain};
use super::request::LoginReply;
use super::{consent, roles};
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
