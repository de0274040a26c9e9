//! One form posted to Entra, and its answer.

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::graph::secret::Secret;
use crate::graph::signin::context::Context;
use crate::graph::signin::explain::explain;
use crate::graph::signin::wire::{ErrorResponse, LONGEST_ANSWER, Party, Trouble, causes};
use crate::graph::signin::{Failure, Method, Settings};
use crate::graph::wire::beginning;

/// How Entra is asked.
pub(super) struct Exchange<'a> {
    pub(super) settings: &'a Settings,
    pub(super) client_id: &'a str,
    pub(super) http: &'a reqwest::Client,
}

/// Entra's answer to a form.
pub(super) enum Answered {
    Success(Value),
    /// With the OAuth 2.0 error code, which decides what happens next.
    Refused {
        error: String,
        answer: ErrorResponse,
    },
}

/// What is shown of the organization. Empty when it may not be read: it is a courtesy.
#[derive(Default)]
pub(super) struct Organization {
    pub(super) name: Option<String>,
    pub(super) domains: Vec<String>,
}

impl Exchange<'_> {
    /// Posts a form.
    pub(super) async fn post(&self, url: &Url, form: &[(&str, &str)]) -> Result<Answered, Failure> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let not_reached = |error: reqwest::Error| {
            let trouble = Trouble::NotReached {
                party: Party::Entra,
                host: host.clone(),
                why: causes(error.without_url()),
            };
            self.explain(trouble)
        };
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.http.post(url.clone()).timeout(TIMEOUT).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.send().await.map_err(not_reached)?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (content_type, retry_after) = (header("content-type").unwrap_or_default(), header("retry-after"));
        let (body, _) = beginning(response, LONGEST_ANSWER).await.map_err(not_reached)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let json: Option<Value> = serde_json::from_str(&body).ok();
        match json {
            Some(json) if (200..300).contains(&status) && json.is_object() => Ok(Answered::Success(json)),
            json => {
                let error =
                    json.as_ref().and_then(|json| json["error"].as_str()).unwrap_or_default().to_owned();
                let answer =
                    ErrorResponse { party: Party::Entra, host, status, content_type, retry_after, body };
                Ok(Answered::Refused { error, answer })
            }
        }
    }

    /// Posts a form to which only success is an answer.
    pub(super) async fn must(&self, url: &Url, form: &[(&str, &str)]) -> Result<Value, Failure> {
        match self.post(url, form).await? {
            Answered::Success(answer) => Ok(answer),
            Answered::Refused { answer, .. } => Err(self.explain(Trouble::Answered(answer))),
        }
    }

    /// What a refusal means and what to do about it.
    pub(super) fn explain(&self, trouble: Trouble) -> Failure {
        let context = Context {
            method: Method::StoredLogin,
            settings: self.settings,
            client_id: Some(self.client_id),
            shown: None,
            sign_in: None,
        };
        explain(trouble, &context)
    }

    /// Asks Graph for the organization's name and domains.
    pub(super) async fn organization(&self, token: &Secret) -> Organization {
        let root = self.settings.endpoints().graph.as_str().trim_end_matches('/').to_owned();
        let url = format!("{root}/v1.0/organization?$select=displayName,verifiedDomains");
        let Some(authorization) = token.bearer() else { return Organization::default() };
        let request = self.http.get(url).timeout(TIMEOUT).header("authorization", authorization);
        let Ok(response) = request.send().await else { return Organization::default() };
        let Ok((answer, _)) = beginning(response, LONGEST_ANSWER).await else {
            return Organization::default();
        };
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let found = &answer["value"][0];
        let domains = found["verifiedDomains"].as_array().into_iter().flatten();
        Organization {
            name: found["displayName"].as_str().map(str::to_owned),
            domains: domains.filter_map(|domain| Some(domain["name"].as_str()?.to_lowercase())).collect(),
        }
    }
}

const TIMEOUT: Duration = Duration::from_secs(30);
