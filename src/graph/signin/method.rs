//! The ways to sign in, and which of them the settings ask for.

use std::fmt;

use super::argument::Argument;
use super::settings::{Origin, Settings};

/// A way to sign in, in the order in which they are considered: the first that is configured is the one used.
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
    /// Whoever ran `az login`.
    AzureCli,
    /// Whoever ran `azd auth login`.
    AzureDeveloperCli,
}

impl Method {
    /// Every method, first considered first.
    pub const ALL: [Method; 11] = [
        Method::AccessToken,
        Method::RefreshToken,
        Method::ClientCertificate,
        Method::ClientSecret,
        Method::OidcToken,
        Method::AzurePipelines,
        Method::GitHubActions,
        Method::AksWorkloadIdentity,
        Method::ManagedIdentity,
        Method::AzureCli,
        Method::AzureDeveloperCli,
    ];

    /// Its name in messages and in the manual.
    pub fn name(self) -> &'static str {
        match self {
            Method::AccessToken => "ready-made access token",
            Method::RefreshToken => "refresh token",
            Method::ClientCertificate => "client certificate",
            Method::ClientSecret => "client secret",
            Method::OidcToken => "OpenID Connect token",
            Method::AzurePipelines => "Azure DevOps service connection",
            Method::GitHubActions => "GitHub Actions OpenID Connect",
            Method::AksWorkloadIdentity => "AKS workload identity",
            Method::ManagedIdentity => "managed identity",
            Method::AzureCli => "Azure CLI",
            Method::AzureDeveloperCli => "Azure Developer CLI",
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

/// Finds the method that the settings ask for. Pure: reads no file and asks no server.
pub fn choose(settings: &Settings) -> Choice {
    let mut method = Err(NoMethod::NoneConfigured);
    let mut passed_over = Vec::new();
    for candidate in Method::ALL {
        let decided = match &method {
            Ok(chosen) | Err(NoMethod::Incomplete(chosen, _)) => Some(*chosen),
            Err(NoMethod::NoneConfigured) => None,
        };
        match (readiness(settings, candidate), decided) {
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

enum Readiness {
    /// Everything is there.
    Ready,
    /// It was begun, but something is missing.
    Incomplete(String),
    /// It was not asked for.
    Absent(String),
}

fn readiness(settings: &Settings, method: Method) -> Readiness {
    // What asks for the method: flags that must be set and values of which one must be given; then what it needs.
    let (flag, asked_by, needs): (Option<Argument>, &[Argument], &[&[Argument]]) = match method {
        Method::AccessToken => (None, &[Argument::AccessToken], &[]),
        Method::RefreshToken => (None, &[Argument::RefreshToken], APPLICATION),
        Method::ClientCertificate => {
            (None, &[Argument::ClientCertificate, Argument::ClientCertificatePath], APPLICATION)
        }
        Method::ClientSecret => {
            (None, &[Argument::ClientSecret, Argument::ClientSecretFilePath], APPLICATION)
        }
        Method::OidcToken => {
            (Some(Argument::UseOidc), &[Argument::OidcToken, Argument::OidcTokenFilePath], APPLICATION)
        }
        Method::AzurePipelines => {
            (Some(Argument::UseOidc), &[Argument::AdoPipelineServiceConnectionId], CI_APPLICATION)
        }
        Method::GitHubActions => (Some(Argument::UseOidc), &[Argument::OidcRequestUrl], CI_APPLICATION),
        Method::AksWorkloadIdentity => (Some(Argument::UseAksWorkloadIdentity), &[], AKS_APPLICATION),
        Method::ManagedIdentity => (Some(Argument::UseMsi), &[], &[]),
        Method::AzureCli => (Some(Argument::UseCli), &[], &[]),
        Method::AzureDeveloperCli => (Some(Argument::UseAzd), &[], &[]),
    };
    if let Some(flag) = flag.filter(|flag| !settings.flag(*flag)) {
        return Readiness::Absent(format!("{flag} is not true ({})", flag.how()));
    }
    if !asked_by.is_empty() && !asked_by.iter().any(|argument| settings.has(*argument)) {
        return Readiness::Absent(missing(asked_by));
    }
    // In Azure DevOps that address is always there, and means nothing without a service connection.
    if method == Method::GitHubActions
        && settings.origin(Argument::OidcRequestUrl) == Some(Origin::Environment("SYSTEM_OIDCREQUESTURI"))
    {
        return Readiness::Absent("this is a pipeline of Azure DevOps".to_owned());
    }
    match needs.iter().find(|any_of| !any_of.iter().any(|argument| settings.has(*argument))) {
        Some(any_of) => Readiness::Incomplete(missing(any_of)),
        None => Readiness::Ready,
    }
}

fn missing(any_of: &[Argument]) -> String {
    let names: Vec<String> = any_of.iter().map(Argument::to_string).collect();
    let ways: Vec<String> = any_of.iter().map(|argument| argument.how()).collect();
    format!("no {} given ({})", names.join(" or "), ways.join("; or "))
}

type Needs = &'static [&'static [Argument]];
const TENANT: &[Argument] = &[Argument::TenantId];
const CLIENT: &[Argument] = &[Argument::ClientId, Argument::ClientIdFilePath];
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
        choose(&Settings::resolve(&BTreeMap::new(), &environment).unwrap())
    }

    const APP: &str = "ARM_TENANT_ID ARM_CLIENT_ID";
    const GITHUB: &str = "ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN";

    #[test]
    fn the_first_configured_method_is_chosen() {
        for (environment, method) in [
            (String::new(), Method::AzureCli),
            ("ARM_USE_CLI=false ARM_USE_AZD=true".into(), Method::AzureDeveloperCli),
            ("ARM_USE_AZD=true".into(), Method::AzureCli),
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
            ("ARM_USE_OIDC=true".into(), Method::AzureCli),
            (format!("{APP} SYSTEM_OIDCREQUESTURI SYSTEM_ACCESSTOKEN ARM_USE_OIDC=true"), Method::AzureCli),
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
