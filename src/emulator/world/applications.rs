//! Applications that may sign in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An app registration and its service principal.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Application {
    /// The application (client) id, a GUID.
    pub client_id: String,
    /// The name shown in the portal.
    pub display_name: String,
    /// Object id of the service principal; tokens carry it as `oid`. Made up when empty.
    pub object_id: String,
    /// A public client signs people in, with a device code or in the browser, and must not send a secret.
    pub public_client: bool,
    /// Where the browser may be sent after sign-in. Of `http://localhost` any port is meant, as in Entra.
    pub redirect_uris: Vec<String>,
    /// Client secrets.
    pub secrets: Vec<Secret>,
    /// Certificates whose keys may sign a client assertion, in PEM.
    pub certificates: Vec<String>,
    /// Tokens of other issuers that count as a client assertion.
    pub federated_credentials: Vec<FederatedCredential>,
    /// Granted application permissions (`roles`).
    pub roles: Vec<String>,
    /// Delegated permissions (`scp`) to which an administrator consented for everybody.
    pub scopes: Vec<String>,
    /// Delegated permissions that Microsoft fixed for an application of its own: it gets these and no others.
    pub preauthorized: Vec<String>,
}

/// A client secret.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Secret {
    /// The id the portal shows beside the secret, and people paste by mistake.
    #[serde(default)]
    pub key_id: String,
    /// The secret itself.
    pub value: String,
    /// From when on it is refused; never when absent.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub expires: Option<OffsetDateTime>,
}

/// Trust in another issuer's tokens: workload identity federation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FederatedCredential {
    /// The token's `iss`, compared exactly.
    pub issuer: String,
    /// The token's `sub`, compared exactly.
    pub subject: String,
    /// The token's `aud`.
    #[serde(default = "exchange_audience")]
    pub audience: String,
    /// The issuer's signing certificates in PEM. With none, signatures are not checked: the emulator asks no other
    /// host for keys.
    #[serde(default)]
    pub certificates: Vec<String>,
}

fn exchange_audience() -> String {
    "api://AzureADTokenExchange".to_owned()
}

/// Everything sign-in knows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Registrations {
    pub(crate) applications: Vec<Application>,
    pub(crate) device_codes: Vec<DeviceCode>,
    pub(crate) authorization_codes: Vec<AuthorizationCode>,
    /// What people consented to, beside [`Application::scopes`].
    pub(crate) consents: Vec<Consent>,
    pub(crate) refresh_tokens: Vec<RefreshToken>,
    /// Who approves every device code at once; without it a control call must.
    pub(crate) approve_as: Option<String>,
}

/// A device that waits for its user to approve the sign-in elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceCode {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) client_id: String,
    pub(crate) scope: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires: OffsetDateTime,
    pub(crate) decision: Decision,
}

/// What the user said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Decision {
    Pending,
    /// Signed in as this user principal name.
    Approved(String),
    Declined,
}

/// What the browser brings back to the application after sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationCode {
    pub(crate) code: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) user_principal_name: String,
    pub(crate) nonce: Option<String>,
    /// Proof key for code exchange: the method and the challenge.
    pub(crate) challenge: Option<(String, String)>,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires: OffsetDateTime,
    pub(crate) redeemed: bool,
}

/// That an application may act with these permissions for a person, or for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Consent {
    pub(crate) client_id: String,
    /// A user principal name; everybody when absent.
    pub(crate) user: Option<String>,
    pub(crate) permissions: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefreshToken {
    pub(crate) token: String,
    pub(crate) client_id: String,
    pub(crate) user_principal_name: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) expires: OffsetDateTime,
    /// An administrator revoked the person's sessions.
    #[serde(default)]
    pub(crate) revoked: bool,
}

impl Registrations {
    pub(crate) fn application(&self, client_id: &str) -> Option<&Application> {
        self.applications.iter().find(|application| application.client_id.eq_ignore_ascii_case(client_id))
    }
}
