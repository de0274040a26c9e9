//! The environment with which the provider, or any client, uses an emulator.

use std::path::Path;

use super::Running;

/// As whom exported variables sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// As the application, with its secret.
    Application,
    /// As the administrator in person, with a refresh token.
    Administrator,
    /// Not at all.
    Nobody,
}

/// Where the tenant is and as whom to sign in, for the provider. `ca_file` holds the authority of the HTTPS address.
pub fn environment(
    running: &Running,
    ca_file: Option<&Path>,
    sign_in: SignIn,
) -> Vec<(&'static str, String)> {
    let url = running.https_url().unwrap_or_else(|| running.url());
    let credentials = running.credentials().clone();
    let mut variables = vec![
        ("ARM_MSGRAPH_ENDPOINT", url.clone()),
        ("ARM_AUTHORITY_HOST", url),
        ("ARM_TENANT_ID", credentials.tenant_id),
    ];
    match sign_in {
        SignIn::Administrator => {
            variables.push(("ARM_CLIENT_ID", credentials.public_client_id));
            variables.push(("ARM_REFRESH_TOKEN", running.control().sign_in_administrator()));
        }
        SignIn::Application => {
            variables.push(("ARM_CLIENT_ID", credentials.client_id));
            variables.push(("ARM_CLIENT_SECRET", credentials.client_secret));
        }
        SignIn::Nobody => {}
    }
    if let Some(file) = ca_file {
        variables.push(("ARM_CA_FILE", file.display().to_string()));
    }
    variables
}
