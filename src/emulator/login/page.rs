//! How the pages of sign-in look, and those that need nothing else.

use http::StatusCode;

use super::refusal::OAuthError;
use super::request::{LoginReply, LoginRequest};
use crate::emulator::world::tenant::Tenant;

/// A refusal that cannot be sent back to the application.
pub(super) fn refused(refusal: &OAuthError, request: &LoginRequest<'_>, tenant: &mut Tenant) -> LoginReply {
    let parameters = refusal.parameters(request, tenant);
    let text =
        parameters.iter().find(|(name, _)| *name == "error_description").map(|(_, text)| text.as_str());
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

pub(super) fn page(status: StatusCode, title: &str, body: &str) -> LoginReply {
    let title = plain(title);
    LoginReply::page(
        status,
        format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><h1>{title}</h1>{body}"
        ),
    )
}

/// Text that is no markup, wherever it is put.
pub(super) fn plain(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
