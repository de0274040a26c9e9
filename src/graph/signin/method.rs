//! The ways to sign in.

use std::fmt;

/// A way to sign in, in the order in which they are considered: the first that is configured is the one used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// A token obtained elsewhere.
    AccessToken,
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
    pub const ALL: [Method; 10] = [
        Method::AccessToken,
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
