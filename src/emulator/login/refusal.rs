//! AADSTS errors.

use http::StatusCode;
use serde_json::json;

use super::request::{LoginReply, LoginRequest};
use crate::emulator::world::tenant::Tenant;

/// Why no token is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OAuthError {
    status: StatusCode,
    error: &'static str,
    /// AADSTS number.
    number: u32,
    text: String,
}

impl OAuthError {
    /// 400.
    pub(super) fn new(number: u32, error: &'static str, text: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, number, text: text.into() }
    }

    /// 401.
    pub(super) fn unauthorized(number: u32, error: &'static str, text: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new(number, error, text) }
    }

    pub(super) fn old_endpoint() -> Self {
        Self::new(
            900_144,
            "invalid_request",
            "The request body must contain the following parameter: 'scope'. The v1.0 token endpoint (form field \
             'resource') is not offered by this emulator: use /oauth2/v2.0/token.",
        )
    }

    pub(super) fn no_such_endpoint() -> Self {
        let text = "Endpoint not found: this emulator does not offer it, or not with this method.";
        Self { status: StatusCode::NOT_FOUND, ..Self::new(90_014, "invalid_request", text) }
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::new(
            900_144,
            "invalid_request",
            format!("The request body must contain the following parameter: '{parameter}'."),
        )
    }

    /// The AADSTS number.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// The refusal as JSON.
    pub(super) fn reply(&self, request: &LoginRequest<'_>, tenant: &mut Tenant) -> LoginReply {
        let details = ErrorDetails::of(self, request, tenant);
        let body = json!({
            "error": self.error,
            "error_description": details.description,
            "error_codes": [self.number],
            "timestamp": details.timestamp,
            "trace_id": details.trace,
            "correlation_id": details.correlation,
            "error_uri": self.uri(),
        });
        LoginReply::json(self.status, body)
    }

    /// The refusal as the browser takes it back to the application.
    pub(super) fn parameters(
        &self,
        request: &LoginRequest<'_>,
        tenant: &mut Tenant,
    ) -> Vec<(&'static str, String)> {
        let description = ErrorDetails::of(self, request, tenant).description;
        vec![("error", self.error.to_owned()), ("error_description", description), ("error_uri", self.uri())]
    }

    fn uri(&self) -> String {
        format!("https://login.microsoftonline.com/error?code={}", self.number)
    }
}

/// A refusal with what identifies it for Microsoft's support.
struct ErrorDetails {
    description: String,
    trace: String,
    correlation: String,
    timestamp: String,
}

impl ErrorDetails {
    fn of(refusal: &OAuthError, request: &LoginRequest<'_>, tenant: &mut Tenant) -> Self {
        let trace = tenant.new_guid();
        let correlation = request.headers.get("client-request-id").and_then(|id| id.to_str().ok());
        let correlation = correlation.map_or_else(|| tenant.new_guid(), str::to_owned);
        let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
        let timestamp = tenant.now().format(format).unwrap_or_default();
        let description = format!(
            "AADSTS{}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {timestamp}",
            refusal.number, refusal.text,
        );
        Self { description, trace, correlation, timestamp }
    }
}
