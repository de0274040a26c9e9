//! Gets one token with one method: settings in, token or failure out. Nothing is kept between attempts.

use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientMethodOptions, ClientOptions};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertion, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use time::OffsetDateTime;
use tracing::{info, warn};
use url::Url;

use super::argument::{ARGUMENTS, Argument};
use super::command::{Runner, Tool};
use super::context::Context;
use super::explain::explain;
use super::login::{Found, Store, StoredSignIn, find};
use super::settings::Settings;
use super::wire::{Destination, LONGEST_ANSWER, Party, Record, Wire};
use super::{AccessToken, Claims, Failure, Method};
use crate::graph::secret::Secret;
use crate::graph::wire::beginning;

/// Gets a token with `method`, over the network unless the token was given.
pub(super) async fn acquire(
    method: Method,
    settings: Arc<Settings>,
    http: reqwest::Client,
) -> Result<AccessToken, Failure> {
    let attempt = Attempt { method, settings, http, record: Arc::default() };
    attempt.guard_settings();
    let mut known = Known::default();
    let outcome = tokio::time::timeout(BUDGET, attempt.run(&mut known)).await;
    let failure = match outcome {
        Ok(Ok(token)) => {
            attempt.check_tenant(&token).await?;
            info!(%method, authority = %attempt.settings.endpoints().authority, "signed in to Microsoft Entra");
            return Ok(token);
        }
        Ok(Err(Stop::Failed(failure))) => failure,
        Ok(Err(Stop::Azure(error))) => attempt.explain(&known).unwrap_or_else(|| unexplained(&error)),
        Err(_) => attempt.explain(&known).unwrap_or_else(|| too_slow(method)),
    };
    Err(attempt.scrub(failure))
}

pub(super) struct Attempt {
    pub(super) method: Method,
    pub(super) settings: Arc<Settings>,
    pub(super) http: reqwest::Client,
    pub(super) record: Arc<Record>,
}

/// What became known on the way, for the explanation of a failure.
#[derive(Default)]
struct Known {
    client_id: Option<String>,
    shown: Option<Claims>,
    sign_in: Option<StoredSignIn>,
}

/// Why an attempt ended without a token.
pub(super) enum Stop {
    /// We know.
    Failed(Failure),
    /// The record knows; azure_identity's error is the carrier.
    Azure(azure_core::Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<azure_core::Error> for Stop {
    fn from(error: azure_core::Error) -> Self {
        Self::Azure(error)
    }
}

impl Attempt {
    async fn run(&self, known: &mut Known) -> Result<AccessToken, Stop> {
        match self.method {
            Method::AccessToken => Ok(self.ready_made()?),
            Method::ManagedIdentity => {
                known.client_id = self.client_id().await?;
                self.ask(self.managed_identity(known.client_id.clone())?).await
            }
            Method::StoredLogin => self.stored(known).await,
            Method::AzureCli => {
                let options = AzureCliCredentialOptions {
                    tenant_id: self.settings.text(Argument::TenantId).map(str::to_owned),
                    executor: Some(Arc::new(self.runner(Tool::Az))),
                    ..Default::default()
                };
                self.ask(AzureCliCredential::new(Some(options))?).await
            }
            Method::AzureDeveloperCli => {
                let options = AzureDeveloperCliCredentialOptions {
                    tenant_id: self.settings.text(Argument::TenantId).map(str::to_owned),
                    executor: Some(Arc::new(self.runner(Tool::Azd))),
                };
                self.ask(AzureDeveloperCliCredential::new(Some(options))?).await
            }
            _ => {
                let client_id = self.client_id().await?.unwrap_or_default();
                known.client_id = Some(client_id.clone());
                self.as_application(client_id, known).await
            }
        }
    }

    /// Methods that show the authority something in the name of an application.
    async fn as_application(&self, client_id: String, known: &mut Known) -> Result<AccessToken, Stop> {
        let tenant = self.settings.text(Argument::TenantId).unwrap_or_default().to_owned();
        match self.method {
            Method::RefreshToken => {
                let token =
                    self.settings.secret(Argument::RefreshToken).cloned().unwrap_or_else(|| Secret::new(""));
                Ok(self.redeem(&tenant, &client_id, &token).await?.access_token)
            }
            Method::ClientSecret => {
                let secret =
                    self.secret_or_file(Argument::ClientSecret, Argument::ClientSecretFilePath).await?;
                let options = ClientSecretCredentialOptions { client_options: self.entra() };
                let secret = secret.expose().to_owned().into();
                self.ask(ClientSecretCredential::new(&tenant, client_id, secret, Some(options))?).await
            }
            Method::ClientCertificate => {
                let audience = self.settings.endpoints().token_endpoint(&tenant);
                let assertion =
                    self.certificate().await?.assertion(&client_id, &audience, OffsetDateTime::now_utc())?;
                self.show(tenant, client_id, assertion).await
            }
            _ => {
                let token = self.token_of_another_issuer().await?;
                known.shown = Some(Claims::decode(&token));
                self.show(tenant, client_id, token).await
            }
        }
    }

    /// Redeems the stored sign-in, and keeps the new refresh token that comes with it.
    async fn stored(&self, known: &mut Known) -> Result<AccessToken, Stop> {
        let Found::One(sign_in) = find(&self.settings)? else {
            return Err(Stop::Failed(Failure::settings(
                "the stored sign-in is not there any more",
                "Sign in again with `terraform-provider-autopilot login`.",
            )));
        };
        known.client_id = Some(sign_in.client_id.clone());
        known.sign_in = Some((*sign_in).clone());
        self.record.guard(sign_in.refresh_token());
        let redeemed = self.redeem(&sign_in.tenant_id, &sign_in.client_id, sign_in.refresh_token()).await?;
        if let Some(refresh_token) = redeemed.refresh_token {
            self.record.guard(&refresh_token);
            // The run goes on with the token it has, and the stored one stays good.
            if let Err(failure) =
                Store::of(&self.settings).and_then(|store| store.renew(&sign_in, refresh_token))
            {
                warn!(
                    reason = failure.what,
                    "The renewed sign-in could not be stored; the stored one stays in use"
                );
            }
        }
        Ok(redeemed.access_token)
    }

    /// Refuses a token of another tenant than the one that was named: everything would be done there.
    async fn check_tenant(&self, token: &AccessToken) -> Result<(), Failure> {
        let (Some(named), Some(own)) =
            (self.settings.text(Argument::TenantId), Claims::decode(token.secret()).tenant_id)
        else {
            return Ok(());
        };
        let is_same = match uuid::Uuid::try_parse(named) {
            Ok(_) => named.eq_ignore_ascii_case(&own),
            // A domain in the address at which the token was issued cannot have led to another tenant.
            Err(_) if self.is_issued_by_named_tenant() => true,
            Err(_) => self.tenant_of(named).await.is_none_or(|id| id.eq_ignore_ascii_case(&own)),
        };
        if is_same {
            return Ok(());
        }
        let origin =
            self.settings.origin(Argument::TenantId).map(|o| format!(" (from {o})")).unwrap_or_default();
        Err(Failure::settings(
            format!("the token is for the tenant {own}, but tenant_id{origin} names {named}"),
            "Sign in to the tenant that is meant, or name the other one in tenant_id. Nothing was read or changed.",
        ))
    }

    fn is_issued_by_named_tenant(&self) -> bool {
        !matches!(
            self.method,
            Method::AccessToken | Method::ManagedIdentity | Method::AzureCli | Method::AzureDeveloperCli
        )
    }

    /// The id of the tenant with this domain, as its authority says; `None` when it does not say.
    async fn tenant_of(&self, domain: &str) -> Option<String> {
        let token = self.settings.endpoints().token_endpoint(domain);
        let about = token.replace("/oauth2/v2.0/token", "/v2.0/.well-known/openid-configuration");
        let answer = self.http.get(about).timeout(Duration::from_secs(10)).send().await.ok()?;
        let (document, _) = beginning(answer, LONGEST_ANSWER).await.ok()?;
        let document: serde_json::Value = serde_json::from_slice(&document).ok()?;
        let segments = Url::parse(document["issuer"].as_str()?).ok()?;
        segments.path_segments()?.find(|part| uuid::Uuid::try_parse(part).is_ok()).map(str::to_owned)
    }

    async fn show(&self, tenant: String, client_id: String, assertion: Secret) -> Result<AccessToken, Stop> {
        self.record.guard(&assertion);
        let options = ClientAssertionCredentialOptions { client_options: self.entra() };
        self.ask(ClientAssertionCredential::new(tenant, client_id, Shown(assertion), Some(options))?).await
    }

    async fn ask(&self, credential: Arc<impl TokenCredential>) -> Result<AccessToken, Stop> {
        let token = credential.get_token(&[self.settings.endpoints().scope()], None).await?;
        Ok(AccessToken::new(token.token.secret(), OffsetDateTime::now_utc(), token.expires_on)?)
    }

    fn ready_made(&self) -> Result<AccessToken, Failure> {
        let now = OffsetDateTime::now_utc();
        let token = self.settings.secret(Argument::AccessToken).cloned().unwrap_or_else(|| Secret::new(""));
        let claims = Claims::decode(&token);
        if let Some(expired) = claims.expires.filter(|expires| *expires <= now) {
            return Err(Failure::settings(
                format!("the access token expired at {expired}"),
                "It cannot be renewed: obtain another one, or configure a way to sign in.",
            ));
        }
        let endpoints = self.settings.endpoints();
        let for_graph = |audience: &str| {
            let audience = audience.trim_end_matches('/');
            audience == GRAPH_APP_ID
                || audience == endpoints.graph.as_str().trim_end_matches('/')
                || endpoints.scope().strip_suffix("/.default") == Some(audience)
        };
        if let Some(audience) = claims.audience.filter(|audience| !for_graph(audience)) {
            return Err(Failure::settings(
                format!("the access token is for {audience}, not for Microsoft Graph"),
                format!("Obtain one for the resource {}.", endpoints.scope().trim_end_matches("/.default")),
            ));
        }
        AccessToken::new(token, now, claims.expires.unwrap_or(now + UNKNOWN_LIFE))
    }

    fn managed_identity(&self, client_id: Option<String>) -> Result<Arc<ManagedIdentityCredential>, Stop> {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        if let Some(failure) = unsupported_host(is_set).filter(|_| !self.settings.has(Argument::MsiEndpoint))
        {
            return Err(failure.into());
        }
        let destination = match self.settings.text(Argument::MsiEndpoint) {
            Some(endpoint) => Destination::Endpoint(Url::parse(endpoint).map_err(|_| {
                Failure::settings(
                    format!("msi_endpoint {endpoint:?} is not an address"),
                    "It is normally not needed: remove it, or give an address such as \
                     http://169.254.169.254/metadata/identity/oauth2/token.",
                )
            })?),
            None => Destination::AsAsked,
        };
        let wire = Wire {
            http: direct(&self.http),
            party: Party::ManagedIdentity,
            destination,
            record: self.record.clone(),
        };
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: client_id.map(UserAssignedId::ClientId),
            client_options: wire.into_options(),
        };
        Ok(ManagedIdentityCredential::new(Some(options))?)
    }

    fn runner(&self, tool: Tool) -> Runner {
        let search_path = self.settings.text(Argument::SearchPath).map(OsString::from);
        Runner { tool, search_path, record: self.record.clone() }
    }

    /// A connection to `party` at the address that will be asked.
    pub(super) fn wire(&self, party: Party) -> Wire {
        Wire {
            http: self.http.clone(),
            party,
            destination: Destination::AsAsked,
            record: self.record.clone(),
        }
    }

    fn entra(&self) -> ClientOptions {
        let authority = &self.settings.endpoints().authority;
        let mut custom = CustomConfiguration::default();
        custom.authority_host = format!("https://{}", authority.host_str().unwrap_or_default());
        let wire = Wire { destination: Destination::Authority(authority.clone()), ..self.wire(Party::Entra) };
        ClientOptions { cloud: Some(Arc::new(CloudConfiguration::Custom(custom))), ..wire.into_options() }
    }

    fn guard_settings(&self) {
        for facts in ARGUMENTS.iter().filter(|facts| facts.secret) {
            if let Some(secret) = self.settings.secret(facts.argument) {
                self.record.guard(secret);
            }
        }
    }

    fn explain(&self, known: &Known) -> Option<Failure> {
        let context = Context {
            method: self.method,
            settings: &self.settings,
            client_id: known.client_id.as_deref(),
            shown: known.shown.as_ref(),
            sign_in: known.sign_in.as_ref(),
        };
        Some(explain(self.record.trouble()?, &context))
    }

    fn scrub(&self, mut failure: Failure) -> Failure {
        let clean = |text: &mut String| *text = self.record.scrub(text);
        clean(&mut failure.what);
        clean(&mut failure.advice);
        if let Some(refusal) = &mut failure.refusal {
            let texts = [
                &mut refusal.error,
                &mut refusal.correlation_id,
                &mut refusal.trace_id,
                &mut refusal.timestamp,
            ];
            texts.into_iter().flatten().for_each(clean);
        }
        failure
    }
}

#[derive(Debug)]
struct Shown(Secret);

#[async_trait]
impl ClientAssertion for Shown {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose().to_owned())
    }
}

/// Hosts whose managed identities are asked for differently, recognized by the variables they set.
///
/// Sources: the managed identity pages of Azure Arc (`himds`, a challenge that needs a file of root's) and of Cloud Shell.
fn unsupported_host(is_set: impl Fn(&str) -> bool) -> Option<Failure> {
    let (host, instead) = if is_set("IDENTITY_ENDPOINT") && is_set("IMDS_ENDPOINT") {
        (
            "a server of Azure Arc",
            "Use a client certificate, or OpenID Connect of the pipeline that runs here",
        )
    } else if is_set("ACC_CLOUD") || (is_set("MSI_ENDPOINT") && !is_set("MSI_SECRET")) {
        ("Azure Cloud Shell", "Run `terraform-provider-autopilot login --device-code`")
    } else {
        return None;
    };
    Some(Failure::settings(
        format!("use_msi is true, and this is {host}, where managed identities are not supported"),
        format!("{instead}, and remove use_msi."),
    ))
}

fn unexplained(error: &azure_core::Error) -> Failure {
    Failure::unreachable(
        format!("the answer could not be used: {error}"),
        "Try again; if it stays, please report it with this message.",
    )
}

fn too_slow(method: Method) -> Failure {
    Failure::unreachable(
        format!("there was no answer within {} seconds", BUDGET.as_secs()),
        match method {
            Method::AzureCli | Method::AzureDeveloperCli => {
                "Try the command line tool by itself: it may be waiting."
            }
            _ => "Check the network, and HTTPS_PROXY if there is a proxy.",
        },
    )
}

/// A client that goes through no proxy: the endpoint for managed identities is on the machine itself. It speaks plain
/// http, so it trusts no certificate authority.
fn direct(shared: &reqwest::Client) -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(2))
        .tls_certs_only([])
        .build()
        .unwrap_or_else(|_| shared.clone())
}

/// A person or a pipeline waits for this.
const BUDGET: Duration = Duration::from_secs(60);

/// For a token that does not tell when it expires; Graph will.
const UNKNOWN_LIFE: time::Duration = time::Duration::days(1);

/// Microsoft Graph's own application id, which some tokens name as their audience.
const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_another_way_are_recognized_by_what_they_set() {
        for (set, expected) in [
            (&["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"][..], Some("Azure Arc")),
            (&["MSI_ENDPOINT"], Some("Cloud Shell")),
            (&["ACC_CLOUD"], Some("Cloud Shell")),
            (&["IDENTITY_ENDPOINT", "IDENTITY_HEADER"], None),
            (&["MSI_ENDPOINT", "MSI_SECRET"], None),
            (&[], None),
        ] {
            let found = unsupported_host(|name| set.contains(&name)).map(|failure| failure.what);
            assert_eq!(found.is_some(), expected.is_some(), "{set:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{set:?}");
        }
    }
}
