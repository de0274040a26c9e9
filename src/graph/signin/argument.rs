//! Everything a user can say about sign-in and the connection, each fact once: the schema of the provider, its manual, the resolution of
//! settings and the messages about missing ones are all read from this table.

use std::fmt;

/// Something a user can say about sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is described by its row in the table below")]
pub enum Argument {
    Environment,
    TenantId,
    ClientId,
    ClientIdFilePath,
    ClientSecret,
    ClientSecretFilePath,
    ClientCertificate,
    ClientCertificatePath,
    ClientCertificatePassword,
    UseOidc,
    OidcToken,
    OidcTokenFilePath,
    OidcRequestUrl,
    OidcRequestToken,
    AdoPipelineServiceConnectionId,
    UseAksWorkloadIdentity,
    AksTokenFilePath,
    UseMsi,
    MsiEndpoint,
    UseLogin,
    LoginFile,
    UseCli,
    UseAzd,
    AccessToken,
    RefreshToken,
    GraphEndpoint,
    AuthorityHost,
    CaFile,
    ReadOnly,
    BackupPath,
    PartnerId,
    SearchPath,
}

/// What is known of an [`Argument`].
#[derive(Debug)]
pub struct ArgumentFacts {
    /// Which one.
    pub argument: Argument,
    /// Its name in the provider block; `None` for what is read from the environment only.
    pub name: Option<&'static str>,
    /// Another name for it there, which another provider uses.
    pub alias: Option<&'static str>,
    /// Environment variables that give it when the provider block does not, first wins.
    pub environment: &'static [&'static str],
    /// What may be said.
    pub kind: ArgumentKind,
    /// Whether it must not be shown.
    pub secret: bool,
    /// What it means, in the manual's Markdown.
    pub description: &'static str,
}

/// What may be said with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// Text.
    Text,
    /// True or false.
    Flag {
        /// What holds when nothing is said.
        default: bool,
    },
}

impl Argument {
    /// Its row in [`ARGUMENTS`].
    pub fn facts(self) -> &'static ArgumentFacts {
        ARGUMENTS
            .iter()
            .find(|facts| facts.argument == self)
            .expect("every argument has a row; a test counts them")
    }

    /// Finds an argument by its name in the provider block.
    pub fn from_name(name: &str) -> Option<Self> {
        ARGUMENTS.iter().find(|facts| facts.name == Some(name)).map(|facts| facts.argument)
    }

    /// How a user can give it: `argument client_id, environment ARM_CLIENT_ID or AZURE_CLIENT_ID`.
    pub fn how(self) -> String {
        let facts = self.facts();
        let environment = facts.environment.join(" or ");
        match (facts.name, environment.is_empty()) {
            (Some(name), true) => format!("argument {name}"),
            (Some(name), false) => format!("argument {name}, environment {environment}"),
            (None, _) => format!("environment {environment}"),
        }
    }
}

impl fmt::Display for Argument {
    /// The name by which messages speak of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let facts = self.facts();
        f.write_str(facts.name.or(facts.environment.first().copied()).unwrap_or_default())
    }
}

/// The table. Names are those of the azurerm, azuread and msgraph providers wherever they have one.
pub const ARGUMENTS: &[ArgumentFacts] = &[
    text(
        Argument::Environment,
        "environment",
        &["ARM_ENVIRONMENT", "AZURE_ENVIRONMENT"],
        "Microsoft cloud of the tenant: `public` (the default), `usgovernment` (GCC High, L4), `dod` (L5) or `china`.",
    ),
    text(
        Argument::TenantId,
        "tenant_id",
        &["ARM_TENANT_ID", "AZURE_TENANT_ID"],
        "The tenant, by its id or by one of its domains.",
    ),
    text(
        Argument::ClientId,
        "client_id",
        &["ARM_CLIENT_ID", "AZURE_CLIENT_ID"],
        "Application (client) id of the app registration, or of a user-assigned managed identity.",
    ),
    text(
        Argument::ClientIdFilePath,
        "client_id_file_path",
        &["ARM_CLIENT_ID_FILE_PATH"],
        "A file that holds the client id.",
    ),
    secret(
        Argument::ClientSecret,
        "client_secret",
        &["ARM_CLIENT_SECRET", "AZURE_CLIENT_SECRET"],
        "Client secret of the app registration: its *value*, not its id.",
    ),
    text(
        Argument::ClientSecretFilePath,
        "client_secret_file_path",
        &["ARM_CLIENT_SECRET_FILE_PATH"],
        "A file that holds the client secret. It is read again whenever a token is needed.",
    ),
    secret(
        Argument::ClientCertificate,
        "client_certificate",
        &["ARM_CLIENT_CERTIFICATE"],
        "Client certificate with its private key: a PKCS#12 bundle (PFX) in base64, or PEM.",
    ),
    text(
        Argument::ClientCertificatePath,
        "client_certificate_path",
        &["ARM_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"],
        "A file that holds the client certificate with its private key, as PKCS#12 (PFX) or PEM.",
    ),
    secret(
        Argument::ClientCertificatePassword,
        "client_certificate_password",
        &["ARM_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_CERTIFICATE_PASSWORD"],
        "Password of the PKCS#12 bundle.",
    ),
    flag(
        Argument::UseOidc,
        "use_oidc",
        &["ARM_USE_OIDC"],
        false,
        "Allow sign-in with a token of another identity provider: GitHub Actions, Azure DevOps, or any given token.",
    ),
    secret(
        Argument::OidcToken,
        "oidc_token",
        &["ARM_OIDC_TOKEN"],
        "Token of another identity provider, to be exchanged for one of Entra.",
    ),
    text(
        Argument::OidcTokenFilePath,
        "oidc_token_file_path",
        &["ARM_OIDC_TOKEN_FILE_PATH"],
        "A file that holds such a token. It is read again whenever a token is needed.",
    ),
    text(
        Argument::OidcRequestUrl,
        "oidc_request_url",
        &["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"],
        "Address from which a job of GitHub Actions or Azure DevOps gets its identity token.",
    ),
    secret(
        Argument::OidcRequestToken,
        "oidc_request_token",
        &["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"],
        "What authorizes that request.",
    ),
    text(
        Argument::AdoPipelineServiceConnectionId,
        "ado_pipeline_service_connection_id",
        &[
            "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
            "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID",
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        ],
        "Id of the Azure DevOps service connection as which to sign in.",
    )
    .also_called("oidc_azure_service_connection_id"),
    flag(
        Argument::UseAksWorkloadIdentity,
        "use_aks_workload_identity",
        &["ARM_USE_AKS_WORKLOAD_IDENTITY"],
        false,
        "Allow sign-in with the service account of a pod in Azure Kubernetes Service.",
    ),
    ArgumentFacts {
        argument: Argument::AksTokenFilePath,
        name: None,
        alias: None,
        environment: &["AZURE_FEDERATED_TOKEN_FILE"],
        kind: ArgumentKind::Text,
        secret: false,
        description: "The service account's token, as mounted into the pod by AKS workload identity.",
    },
    flag(
        Argument::UseMsi,
        "use_msi",
        &["ARM_USE_MSI"],
        false,
        "Allow sign-in with the managed identity of the Azure resource on which Terraform runs.",
    ),
    text(
        Argument::MsiEndpoint,
        "msi_endpoint",
        &["ARM_MSI_ENDPOINT"],
        "Address at which managed identity tokens are issued; normally found by itself.",
    ),
    flag(
        Argument::UseLogin,
        "use_login",
        &["ARM_USE_LOGIN"],
        true,
        "Allow sign-in as whoever ran `terraform-provider-autopilot login`.",
    ),
    ArgumentFacts {
        argument: Argument::LoginFile,
        name: None,
        alias: None,
        environment: &["AUTOPILOT_LOGIN_FILE"],
        kind: ArgumentKind::Text,
        secret: false,
        description: "The file in which `terraform-provider-autopilot login` keeps sign-ins.",
    },
    flag(
        Argument::UseCli,
        "use_cli",
        &["ARM_USE_CLI"],
        true,
        "Allow sign-in as whoever ran `az login`. Microsoft lets that sign-in manage groups, and nothing of Intune.",
    ),
    flag(
        Argument::UseAzd,
        "use_azd",
        &["ARM_USE_AZD"],
        false,
        "Allow sign-in as whoever ran `azd auth login`.",
    ),
    secret(
        Argument::AccessToken,
        "access_token",
        &["ARM_ACCESS_TOKEN"],
        "A token for Microsoft Graph obtained elsewhere. It is used as it is and cannot be renewed.",
    ),
    secret(
        Argument::RefreshToken,
        "refresh_token",
        &["ARM_REFRESH_TOKEN"],
        "A refresh token of a signed-in person, from which delegated tokens are made; `client_id` must name the \
         application that obtained it.",
    ),
    text(
        Argument::GraphEndpoint,
        "graph_endpoint",
        &["ARM_MSGRAPH_ENDPOINT"],
        "Root of another Microsoft Graph, such as an emulator: https, or http on this machine. A known cloud's root \
         chooses the cloud's sign-in too.",
    )
    .also_called("msgraph_endpoint"),
    text(
        Argument::AuthorityHost,
        "authority_host",
        &["ARM_AUTHORITY_HOST", "AZURE_AUTHORITY_HOST"],
        "Root of another issuer of tokens, such as an emulator: https, or http on this machine.",
    ),
    text(
        Argument::CaFile,
        "ca_file",
        &["ARM_CA_FILE"],
        "PEM file with certificate authorities to trust besides those of the system.",
    ),
    flag(
        Argument::ReadOnly,
        "read_only",
        &["ARM_READ_ONLY"],
        false,
        "Refuse every request that would change the tenant, before it is sent: for plans of pull requests, with reading \
         permissions.",
    ),
    text(
        Argument::BackupPath,
        "backup_path",
        &["AUTOPILOT_BACKUP_PATH"],
        "Folder in which is kept what a tenant-wide setting or a taken-over object was before its first change here; the \
         command `restore` puts it back. Nothing is kept unless it is set.",
    ),
    text(
        Argument::PartnerId,
        "partner_id",
        &["ARM_PARTNER_ID"],
        "A partner's id (a GUID) for Microsoft's customer usage attribution, sent in the user agent. Nothing is sent \
         unless it is set.",
    ),
    ArgumentFacts {
        argument: Argument::SearchPath,
        name: None,
        alias: None,
        environment: &["PATH"],
        kind: ArgumentKind::Text,
        secret: false,
        description: "Where `az` and `azd` are looked for.",
    },
];

impl ArgumentFacts {
    const fn also_called(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }
}

const fn text(
    argument: Argument,
    name: &'static str,
    environment: &'static [&'static str],
    description: &'static str,
) -> ArgumentFacts {
    ArgumentFacts {
        argument,
        name: Some(name),
        alias: None,
        environment,
        kind: ArgumentKind::Text,
        secret: false,
        description,
    }
}

const fn secret(
    argument: Argument,
    name: &'static str,
    environment: &'static [&'static str],
    description: &'static str,
) -> ArgumentFacts {
    ArgumentFacts {
        argument,
        name: Some(name),
        alias: None,
        environment,
        kind: ArgumentKind::Text,
        secret: true,
        description,
    }
}

const fn flag(
    argument: Argument,
    name: &'static str,
    environment: &'static [&'static str],
    default: bool,
    description: &'static str,
) -> ArgumentFacts {
    let kind = ArgumentKind::Flag { default };
    ArgumentFacts { argument, name: Some(name), alias: None, environment, kind, secret: false, description }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_argument_has_one_row_in_order_of_declaration() {
        let rows: Vec<Argument> = ARGUMENTS.iter().map(|facts| facts.argument).collect();
        assert!(rows.is_sorted());
        assert_eq!(rows.len(), Argument::SearchPath as usize + 1, "the last argument closes the count");
    }

    #[test]
    fn no_name_means_two_things() {
        let mut seen = BTreeSet::new();
        for facts in ARGUMENTS {
            for name in facts.name.iter().chain(facts.environment) {
                assert!(seen.insert(*name), "{name} stands twice");
            }
            if let Some(alias) = facts.alias {
                assert!(seen.insert(alias), "{alias} stands twice");
            }
            if let Some(name) = facts.name {
                assert_eq!(Argument::from_name(name), Some(facts.argument));
            }
        }
        assert_eq!(Argument::from_name("no_such"), None);
    }

    #[test]
    fn whatever_holds_a_secret_is_marked() {
        for facts in ARGUMENTS {
            let named = facts.name.unwrap_or_default();
            let holds = !named.starts_with("use_")
                && ["secret", "token", "password", "certificate"].iter().any(|word| named.ends_with(word));
            assert_eq!(facts.secret, holds, "{named}");
        }
    }

    #[test]
    fn messages_tell_every_way_to_give_an_argument() {
        assert_eq!(
            Argument::ClientSecret.how(),
            "argument client_secret, environment ARM_CLIENT_SECRET or AZURE_CLIENT_SECRET"
        );
        assert_eq!(Argument::AksTokenFilePath.how(), "environment AZURE_FEDERATED_TOKEN_FILE");
        assert_eq!(Argument::AksTokenFilePath.to_string(), "AZURE_FEDERATED_TOKEN_FILE");
    }
}
