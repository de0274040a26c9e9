//! The ways to sign in, and which of them the settings ask for.

use std::fmt;

use super::argument::Argument;
use super::login::StoredLogin;
use super::settings::{Origin, Settings};

/// A way to sign in, in the order in which they are considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// A token obtained elsewhere.
    AccessToken,
    /// A person's refresh token.
    RefreshToken,
    /// An application's certificate.
    ClientCertificate,
    /// An application's secret.
    ClientSecret,
    /// A token of another identity provider, given as text or as a file.
    OidcToken,
    /// An Azure DevOps service connection.
    AzurePipelines,
    /// The identity of a GitHub Actions job.
    GitHubActions,
    /// The service account of a pod in Azure Kubernetes Service.
    AksWorkloadIdentity,
    /// The identity of an Azure resource.
    ManagedIdentity,
    /// Whoever ran `terraform-provider-autopilot login`.
    StoredLogin,
    /// Whoever ran `az login`.
    AzureCli,
    /// Whoever ran `azd auth login`.
    AzureDeveloperCli,
}

impl Method {
    /// Every method, first considered first.
    pub const ALL: [Self; 12] = [
        Self::AccessToken,
        Self::RefreshToken,
        Self::ClientCertificate,
        Self::ClientSecret,
        Self::OidcToken,
        Self::AzurePipelines,
        Self::GitHubActions,
        Self::AksWorkloadIdentity,
        Self::ManagedIdentity,
        Self::StoredLogin,
        Self::AzureCli,
        Self::AzureDeveloperCli,
    ];

    /// The flag that allows it, for the methods that have one.
    fn flag(self) -> Option<Argument> {
        match self {
            Self::OidcToken | Self::AzurePipelines | Self::GitHubActions => Some(Argument::UseOidc),
            Self::AksWorkloadIdentity => Some(Argument::UseAksWorkloadIdentity),
            Self::ManagedIdentity => Some(Argument::UseMsi),
            Self::StoredLogin => Some(Argument::UseLogin),
            Self::AzureCli => Some(Argument::UseCli),
            Self::AzureDeveloperCli => Some(Argument::UseAzd),
            _ => None,
        }
    }

    /// Its name in messages and in the manual.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "ready-made access token",
            Self::RefreshToken => "refresh token",
            Self::ClientCertificate => "client certificate",
            Self::ClientSecret => "client secret",
            Self::OidcToken => "OpenID Connect token",
            Self::AzurePipelines => "Azure DevOps service connection",
            Self::GitHubActions => "GitHub Actions OpenID Connect",
            Self::AksWorkloadIdentity => "AKS workload identity",
            Self::ManagedIdentity => "managed identity",
            Self::StoredLogin => "stored sign-in",
            Self::AzureCli => "Azure CLI",
            Self::AzureDeveloperCli => "Azure Developer CLI",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A method that was not tried, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// The method.
    pub method: Method,
    /// What keeps it from being used, such as `no client_secret given (...)`.
    pub why: String,
}

/// Which method the settings ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The method to use, or why there is none.
    pub method: Result<Method, NoMethod>,
    /// All the others, and why they are not used.
    pub passed_over: Vec<PassedOver>,
}

/// Why there is no method to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMethod {
    /// Nothing is configured.
    NoneConfigured,
    /// A method was begun but something it needs is missing. Another one is not taken in its place: the user would
    /// act under an identity that was not meant.
    Incomplete(Method, String),
}

/// Finds the method that the settings ask for; `stored` is what is known of stored sign-ins. Pure: reads no file and asks
/// no server.
///
/// What somebody asked for comes before what is merely allowed by default (a stored sign-in, the Azure CLI): it is used,
/// or it is an error. Of two that were asked for, the first in [`Method::ALL`] is used.
pub fn choose(settings: &Settings, stored: &StoredLogin) -> Choice {
    let mut method = Err(NoMethod::NoneConfigured);
    let mut passed_over = Vec::new();
    let (wished, allowed): (Vec<Method>, Vec<Method>) =
        Method::ALL.into_iter().partition(|method| is_asked_for(*method, settings));
    for candidate in wished.into_iter().chain(allowed) {
        let decided = match &method {
            Ok(chosen) | Err(NoMethod::Incomplete(chosen, _)) => Some(*chosen),
            Err(NoMethod::NoneConfigured) => None,
        };
        match (readiness(settings, stored, candidate), decided) {
            (Readiness::Absent(why), _) => passed_over.push(PassedOver { method: candidate, why }),
            (_, Some(chosen)) => {
                passed_over.push(PassedOver { method: candidate, why: format!("{chosen} comes first") });
            }
            (Readiness::Ready, None) => method = Ok(candidate),
            (Readiness::Incomplete(why), None) => method = Err(NoMethod::Incomplete(candidate, why)),
        }
    }
    Choice { method, passed_over }
}

/// Whether somebody asked for a method, rather than it being allowed by default.
pub(super) fn is_asked_for(method: Method, settings: &Settings) -> bool {
    method.flag().is_none_or(|flag| settings.has(flag))
}

enum Readiness {
    /// Everything is there.
    Ready,
    /// It was begun, but something is missing.
    Incomplete(String),
    /// It was not asked for.
    Absent(String),
}

fn readiness(settings: &Settings, stored: &StoredLogin, method: Method) -> Readiness {
    if let Some(flag) = method.flag().filter(|flag| !settings.flag(*flag)) {
        return Readiness::Absent(format!("{flag} is not true ({})", flag.how()));
    }
    // Values of which one must be given; then what the method needs.
    let (asked_by, needs): (&[Argument], Needs) = match method {
        Method::AccessToken => (&[Argument::AccessToken], &[]),
        Method::RefreshToken => (&[Argument::RefreshToken], APPLICATION),
        Method::ClientCertificate => {
            (&[Argument::ClientCertificate, Argument::ClientCertificatePath], APPLICATION)
        }
        Method::ClientSecret => (&[Argument::ClientSecret, Argument::ClientSecretFilePath], APPLICATION),
        Method::OidcToken => (&[Argument::OidcToken, Argument::OidcTokenFilePath], APPLICATION),
        Method::AzurePipelines => (&[Argument::AdoPipelineServiceConnectionId], CI_APPLICATION),
        // The last of those that `use_oidc` allows: nothing else is left to sign in with.
        Method::GitHubActions if is_azure_devops(settings) => {
            (&[], &[&[Argument::AdoPipelineServiceConnectionId]])
        }
        Method::GitHubActions if !settings.has(Argument::OidcRequestUrl) => (&[], &[OIDC_SOURCES]),
        Method::GitHubActions => (&[], CI_APPLICATION),
        Method::AksWorkloadIdentity => (&[], AKS_APPLICATION),
        Method::StoredLogin => return stored_readiness(settings, stored),
        Method::ManagedIdentity | Method::AzureCli | Method::AzureDeveloperCli => (&[], &[]),
    };
    if !asked_by.is_empty() && !asked_by.iter().any(|argument| settings.has(*argument)) {
        return Readiness::Absent(missing(asked_by));
    }
    match needs.iter().find(|any_of| !any_of.iter().any(|argument| settings.has(*argument))) {
        Some(any_of) => Readiness::Incomplete(missing(any_of)),
        None => Readiness::Ready,
    }
}

fn stored_readiness(settings: &Settings, stored: &StoredLogin) -> Readiness {
    match stored {
        StoredLogin::Fits => Readiness::Ready,
        StoredLogin::Absent(why) if settings.has(Argument::UseLogin) => Readiness::Incomplete(why.clone()),
        StoredLogin::Absent(why) => Readiness::Absent(why.clone()),
        StoredLogin::Unusable(why) => Readiness::Incomplete(why.clone()),
    }
}

/// In Azure DevOps that address is always there, and means nothing without a service connection.
fn is_azure_devops(settings: &Settings) -> bool {
    settings.origin(Argument::OidcRequestUrl) == Some(Origin::Environment("SYSTEM_OIDCREQUESTURI"))
}

fn missing(any_of: &[Argument]) -> String {
    let names: Vec<String> = any_of.iter().map(Argument::to_string).collect();
    let ways: Vec<String> = any_of.iter().map(|argument| argument.how()).collect();
    format!("no {} given ({})", names.join(" or "), ways.join("; or "))
}

type Needs = &'static [&'static [Argument]];
const TENANT: &[Argument] = &[Argument::TenantId];
const CLIENT: &[Argument] = &[Argument::ClientId, Argument::ClientIdFilePath];
const OIDC_SOURCES: &[Argument] = &[
    Argument::OidcToken,
    Argument::OidcTokenFilePath,
    Argument::OidcRequestUrl,
    Argument::AdoPipelineServiceConnectionId,
];
const APPLICATION: Needs = &[TENANT, CLIENT];
const CI_APPLICATION: Needs = &[TENANT, CLIENT, &[Argument::OidcRequestUrl], &[Argument::OidcRequestToken]];
const AKS_APPLICATION: Needs = &[TENANT, CLIENT, &[Argument::AksTokenFilePath, Argument::OidcTokenFilePath]];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn choice(environment: &str) -> Choice {
        let environment: BTreeMap<String, String> = environment
            .split_whitespace()
            .map(|pair| pair.split_once('=').map_or((pair.into(), "v".into()), |(k, v)| (k.into(), v.into())))
            .collect();
        choice_with(environment, &StoredLogin::Absent("nobody did".into()))
    }

    fn choice_with(environment: BTreeMap<String, String>, stored: &StoredLogin) -> Choice {
        choose(&Settings::resolve(&BTreeMap::new(), &environment).unwrap(), stored)
    }

    const APP: &str = "ARM_TENANT_ID ARM_CLIENT_ID";
    const GITHUB: &str = "ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN";

    #[test]
    fn the_first_configured_method_is_chosen() {
        for (environment, method) in [
            (String::new(), Method::AzureCli),
            ("ARM_USE_CLI=false ARM_USE_AZD=true".into(), Method::AzureDeveloperCli),
            ("ARM_USE_AZD=true".into(), Method::AzureDeveloperCli),
            ("ARM_USE_AZD=true ARM_USE_CLI=true".into(), Method::AzureCli),
            ("ARM_USE_MSI=true".into(), Method::ManagedIdentity),
            (APP.into(), Method::AzureCli),
            (format!("{APP} ARM_CLIENT_SECRET"), Method::ClientSecret),
            ("ARM_TENANT_ID ARM_CLIENT_ID_FILE_PATH ARM_CLIENT_SECRET_FILE_PATH".into(), Method::ClientSecret),
            ("AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_CLIENT_SECRET".into(), Method::ClientSecret),
            (format!("{APP} ARM_CLIENT_SECRET ARM_CLIENT_CERTIFICATE"), Method::ClientCertificate),
            (format!("{APP} AZURE_CLIENT_CERTIFICATE_PATH"), Method::ClientCertificate),
            (format!("{APP} {GITHUB}"), Method::AzureCli),
            (format!("{APP} {GITHUB} ARM_USE_OIDC=true"), Method::GitHubActions),
            (format!("{APP} ARM_OIDC_TOKEN ARM_USE_OIDC=true"), Method::OidcToken),
            (format!("{APP} {GITHUB} ARM_OIDC_TOKEN_FILE_PATH ARM_USE_OIDC=true"), Method::OidcToken),
            (format!("{APP} {GITHUB} AZURE_FEDERATED_TOKEN_FILE ARM_USE_OIDC=true"), Method::GitHubActions),
            (
                format!(
                    "{APP} SYSTEM_OIDCREQUESTURI SYSTEM_ACCESSTOKEN ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID \
                     ARM_USE_OIDC=true"
                ),
                Method::AzurePipelines,
            ),
            (
                "AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_FEDERATED_TOKEN_FILE ARM_USE_AKS_WORKLOAD_IDENTITY=true".into(),
                Method::AksWorkloadIdentity,
            ),
            (format!("{APP} ARM_CLIENT_SECRET ARM_ACCESS_TOKEN"), Method::AccessToken),
            (format!("{APP} ARM_REFRESH_TOKEN"), Method::RefreshToken),
        ] {
            assert_eq!(choice(&environment).method, Ok(method), "{environment}");
        }
    }

    #[test]
    fn a_method_begun_is_not_replaced_by_another_identity() {
        for (environment, method, missing) in [
            ("ARM_CLIENT_SECRET ARM_CLIENT_ID", Method::ClientSecret, "no tenant_id given"),
            (
                "ARM_CLIENT_SECRET ARM_TENANT_ID",
                Method::ClientSecret,
                "no client_id or client_id_file_path given",
            ),
            ("ARM_CLIENT_CERTIFICATE_PATH", Method::ClientCertificate, "no tenant_id given"),
            ("ARM_USE_OIDC=true ACTIONS_ID_TOKEN_REQUEST_URL", Method::GitHubActions, "no tenant_id given"),
            (
                "ARM_USE_OIDC=true ARM_TENANT_ID ARM_CLIENT_ID ACTIONS_ID_TOKEN_REQUEST_URL",
                Method::GitHubActions,
                "no oidc_request_token given",
            ),
            (
                "ARM_USE_AKS_WORKLOAD_IDENTITY=true ARM_TENANT_ID ARM_CLIENT_ID",
                Method::AksWorkloadIdentity,
                "no AZURE_FEDERATED_TOKEN_FILE or oidc_token_file_path given",
            ),
        ] {
            match choice(environment).method {
                Err(NoMethod::Incomplete(chosen, why)) => {
                    assert_eq!(chosen, method, "{environment}");
                    assert!(why.starts_with(missing), "{environment}: {why}");
                }
                other => panic!("{environment}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_was_asked_for_is_used_or_is_an_error() {
        for (environment, method, missing) in [
            (
                "ARM_USE_OIDC=true",
                Method::GitHubActions,
                "no oidc_token or oidc_token_file_path or oidc_request_url",
            ),
            ("ARM_USE_OIDC=true ARM_TENANT_ID ARM_CLIENT_ID", Method::GitHubActions, "no oidc_token"),
            (
                "ARM_USE_OIDC=true ARM_TENANT_ID ARM_CLIENT_ID SYSTEM_OIDCREQUESTURI SYSTEM_ACCESSTOKEN",
                Method::GitHubActions,
                "no ado_pipeline_service_connection_id given",
            ),
            ("ARM_USE_LOGIN=true", Method::StoredLogin, "nobody did"),
        ] {
            match choice(environment).method {
                Err(NoMethod::Incomplete(chosen, why)) => {
                    assert_eq!(chosen, method, "{environment}");
                    assert!(why.starts_with(missing), "{environment}: {why}");
                }
                other => panic!("{environment}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_stored_sign_in_comes_before_the_azure_cli_unless_the_cli_was_asked_for() {
        let stored = |environment: &[(&str, &str)], stored: &StoredLogin| {
            let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string()));
            choice_with(environment.collect(), stored).method
        };
        let unusable = StoredLogin::Unusable("two fit".into());
        let broken = Err(NoMethod::Incomplete(Method::StoredLogin, "two fit".into()));
        for (environment, known, expected) in [
            (&[][..], &StoredLogin::Fits, Ok(Method::StoredLogin)),
            (&[("ARM_USE_CLI", "true")], &StoredLogin::Fits, Ok(Method::AzureCli)),
            (
                &[("ARM_USE_CLI", "true"), ("ARM_USE_LOGIN", "true")],
                &StoredLogin::Fits,
                Ok(Method::StoredLogin),
            ),
            (&[("ARM_USE_LOGIN", "false")], &StoredLogin::Fits, Ok(Method::AzureCli)),
            (&[("ARM_USE_MSI", "true")], &StoredLogin::Fits, Ok(Method::ManagedIdentity)),
            (&[], &unusable, broken),
            (&[("ARM_USE_MSI", "true")], &unusable, Ok(Method::ManagedIdentity)),
        ] {
            assert_eq!(stored(environment, known), expected, "{environment:?}");
        }
    }

    #[test]
    fn every_other_method_says_why_it_is_not_used() {
        let Choice { method, passed_over } = choice("ARM_TENANT_ID ARM_CLIENT_ID ARM_CLIENT_SECRET");
        assert_eq!(method, Ok(Method::ClientSecret));
        assert_eq!(passed_over.len(), Method::ALL.len() - 1);
        let why = |method| &passed_over.iter().find(|other| other.method == method).unwrap().why;
        assert_eq!(why(Method::AzureCli), "client secret comes first");
        assert_eq!(
            why(Method::ManagedIdentity),
            "use_msi is not true (argument use_msi, environment ARM_USE_MSI)"
        );
        assert_eq!(
            why(Method::ClientCertificate),
            "no client_certificate or client_certificate_path given (argument client_certificate, environment \
             ARM_CLIENT_CERTIFICATE; or argument client_certificate_path, environment ARM_CLIENT_CERTIFICATE_PATH or \
             AZURE_CLIENT_CERTIFICATE_PATH)"
        );
    }

    #[test]
    fn nothing_configured_is_a_choice_too() {
        let Choice { method, passed_over } = choice("ARM_USE_CLI=false");
        assert_eq!(method, Err(NoMethod::NoneConfigured));
        assert_eq!(passed_over.len(), Method::ALL.len());
    }
}
