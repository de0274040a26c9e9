//! Tokens of other issuers, which Entra exchanges for its own, and a person's refresh token.

use azure_core::http::headers::HeaderName;
use azure_core::http::{Context, Method as HttpMethod, Pipeline, PipelineSendOptions, Request};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use url::{Url, form_urlencoded};

use super::argument::Argument;
use super::credential::{Attempt, Stop};
use super::wire::{Party, Wire};
use super::{AccessToken, Failure, Method};
use crate::graph::cloud;
use crate::graph::secret::Secret;

/// What a refresh token was exchanged for.
pub(super) struct Redeemed {
    pub(super) access_token: AccessToken,
    /// The next one; the one that was used stays good until it expires.
    pub(super) refresh_token: Option<Secret>,
}

impl Attempt {
    /// The token of another issuer that stands for this workload.
    pub(super) async fn token_of_another_issuer(&self) -> Result<Secret, Stop> {
        match self.method {
            Method::GitHubActions => {
                let mut url = self.request_url()?;
                url.query_pairs_mut()
                    .append_pair("audience", self.settings.endpoints().cloud.federation_audience());
                let mut request = Request::new(url, HttpMethod::Get);
                request.insert_header(HeaderName::from_static("accept"), "application/json");
                self.fetch(Party::GitHub, request, "value").await
            }
            Method::AzurePipelines => {
                let connection =
                    self.settings.text(Argument::AdoPipelineServiceConnectionId).unwrap_or_default();
                let mut url = self.request_url()?;
                url.query_pairs_mut()
                    .append_pair("api-version", "7.1")
                    .append_pair("serviceConnectionId", connection);
                let mut request = Request::new(url, HttpMethod::Post);
                request.insert_header(HeaderName::from_static("content-type"), "application/json");
                request.insert_header(HeaderName::from_static("content-length"), "0");
                // Without this a refused token is answered with a redirect to a login page.
                request.insert_header(HeaderName::from_static("x-tfs-fedauthredirect"), "Suppress");
                self.fetch(Party::AzurePipelines, request, "oidcToken").await
            }
            Method::AksWorkloadIdentity if self.settings.has(Argument::AksTokenFilePath) => {
                Ok(self.secret_or_file(Argument::OidcToken, Argument::AksTokenFilePath).await?)
            }
            _ => Ok(self.secret_or_file(Argument::OidcToken, Argument::OidcTokenFilePath).await?),
        }
    }

    /// Redeems a refresh token; azure_identity has no credential for it.
    pub(super) async fn redeem(
        &self,
        tenant: &str,
        client_id: &str,
        refresh_token: &Secret,
    ) -> Result<Redeemed, Stop> {
        let now = OffsetDateTime::now_utc();
        let endpoints = self.settings.endpoints();
        let url = Url::parse(&endpoints.token_endpoint(tenant)).map_err(|_| {
            Failure::settings("tenant_id makes no address", "Give the tenant's id or one of its domains.")
        })?;
        let mut request = Request::new(url, HttpMethod::Post);
        request.insert_header(HeaderName::from_static("content-type"), "application/x-www-form-urlencoded");
        request.set_body(self.refresh_form(client_id, refresh_token));
        let answer = self.send(self.wire(Party::Entra), request).await?;
        let life = Duration::seconds(answer.get("expires_in").and_then(Value::as_i64).unwrap_or_default());
        Ok(Redeemed {
            access_token: AccessToken::new(text(&answer, "access_token")?, now, now + life)?,
            refresh_token: text(&answer, "refresh_token").ok(),
        })
    }

    fn refresh_form(&self, client_id: &str, refresh_token: &Secret) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token")
            .append_pair("client_id", client_id)
            .append_pair("refresh_token", refresh_token.expose())
            .append_pair("scope", &self.refresh_scope());
        // An application that is no public client proves itself as well; a stored sign-in is one of a public client.
        if let Some(secret) = self.settings.secret(Argument::ClientSecret)
            && self.method == Method::RefreshToken
        {
            form.append_pair("client_secret", secret.expose());
        }
        form.finish()
    }

    /// Only where the next refresh token can be kept, it is asked for.
    fn refresh_scope(&self) -> String {
        let graph = self.settings.endpoints().scope();
        if self.method == Method::StoredLogin { format!("{graph} offline_access") } else { graph.to_owned() }
    }

    fn request_url(&self) -> Result<Url, Failure> {
        let request_url = self.settings.text(Argument::OidcRequestUrl).unwrap_or_default();
        cloud::confidential(request_url).map_err(|error| {
            Failure::settings(
                format!("{} cannot be used: {error}", Argument::OidcRequestUrl),
                "GitHub Actions and Azure DevOps set it by themselves: remove what was set in its place.",
            )
        })
    }

    async fn fetch(&self, party: Party, mut request: Request, member: &str) -> Result<Secret, Stop> {
        if let Some(token) = self.settings.secret(Argument::OidcRequestToken) {
            request.insert_header(
                HeaderName::from_static("authorization"),
                format!("Bearer {}", token.expose().trim()),
            );
        }
        let answer = self.send(self.wire(party), request).await?;
        let token = text(&answer, member)?;
        self.record.guard(&token);
        Ok(token)
    }

    async fn send(&self, wire: Wire, mut request: Request) -> Result<Value, Stop> {
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            wire.into_options(),
            Vec::new(),
            Vec::new(),
            None,
        );
        // The check of azure_core would read the error in its own, stricter way.
        let unchecked = PipelineSendOptions { skip_checks: true, ..Default::default() };
        let response = pipeline.send(&Context::new(), &mut request, Some(unchecked)).await?;
        Ok(serde_json::from_slice(response.body()).map_err(azure_core::Error::from)?)
    }
}

fn text(answer: &Value, member: &str) -> Result<Secret, Failure> {
    let text = answer.get(member).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    text.map(Secret::from).ok_or_else(|| {
        Failure::unreachable(
            format!("the answer holds no {member}"),
            "Something other than the expected server may have answered: check the configured addresses.",
        )
    })
}
