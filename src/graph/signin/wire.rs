//! How azure_identity reaches the network: our connection pool, our addresses, and a record of what was answered.
//!
//! azure_identity 1.0 loses much of a bad answer on the way up: it fails to read an error whose text has an escape in
//! it, and drops the status. So what went over the wire is written down here, and its own errors are not relied on.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, ExponentialRetryOptions, HttpClient, Method as HttpMethod,
    Request, RetryOptions, Transport,
};
use parking_lot::Mutex;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::Failure;
use crate::graph::secret::Secret;
use crate::graph::wire::beginning;

/// Who is being talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Entra,
    GitHub,
    AzurePipelines,
    ManagedIdentity,
}

/// What went wrong last, however deep below azure_identity it was.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// Somebody answered, but with no token.
    Answered(ErrorResponse),
    /// Nobody answered.
    NotReached { party: Party, host: String, why: String },
    /// It did not come to a request.
    Local(Failure),
}

/// An answer that holds no token.
#[derive(Clone, Debug)]
pub(super) struct ErrorResponse {
    pub(super) party: Party,
    pub(super) host: String,
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) retry_after: Option<String>,
    pub(super) body: String,
}

impl ErrorResponse {
    /// azure_core waits however long it is asked to; nobody watching a terminal should.
    fn asks_for_at_most(&self, seconds: u64) -> bool {
        match self.retry_after.as_deref().map(str::parse::<u64>) {
            None => true,
            Some(asked) => asked.is_ok_and(|asked| asked <= seconds),
        }
    }
}

/// What one attempt to sign in writes down while it happens.
#[derive(Debug, Default)]
pub(super) struct Record(Mutex<Written>);

#[derive(Debug, Default)]
struct Written {
    trouble: Option<Trouble>,
    used: Vec<Secret>,
}

impl Record {
    /// Notes trouble; only the last counts.
    pub(super) fn note(&self, trouble: Trouble) {
        self.0.lock().trouble = Some(trouble);
    }

    /// The trouble noted last.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        self.0.lock().trouble.clone()
    }

    /// Remembers a secret that is about to be used, so that [`Self::scrub`] finds it.
    pub(super) fn guard(&self, secret: &Secret) {
        self.0.lock().used.push(secret.clone());
    }

    /// Takes secrets out of a text that others had a hand in: a server may send back what it was sent.
    pub(super) fn scrub(&self, text: &str) -> String {
        let written = self.0.lock();
        let telling =
            written.used.iter().map(Secret::expose).filter(|secret| secret.len() >= SHORTEST_GUARDED);
        telling.fold(text.to_owned(), |text, secret| {
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            text.replace(secret, "(secret)").replace(&encoded, "(secret)")
        })
    }
}

/// The transport below azure_identity's credentials.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) http: reqwest::Client,
    pub(super) party: Party,
    pub(super) destination: Destination,
    pub(super) record: Arc<Record>,
}

/// Where requests really go. azure_identity insists on https for an authority, drops its path, and takes the address
/// for managed identities from the process environment only.
#[derive(Debug)]
pub(super) enum Destination {
    /// As asked.
    AsAsked,
    /// To this authority: scheme, host, port and leading path are replaced.
    Authority(Url),
    /// To this very endpoint: only the query is kept.
    Endpoint(Url),
}

impl Destination {
    fn of(&self, asked: &Url) -> Url {
        let (mut url, path) = match self {
            Self::AsAsked => return asked.clone(),
            Self::Authority(authority) => {
                (authority.clone(), format!("{}{}", authority.path().trim_end_matches('/'), asked.path()))
            }
            Self::Endpoint(endpoint) => (endpoint.clone(), endpoint.path().to_owned()),
        };
        url.set_path(&path);
        url.set_query(asked.query());
        url
    }
}

impl Wire {
    /// Options for a credential or pipeline of azure_core: this transport, and few retries, since someone waits.
    pub(super) fn into_options(self) -> ClientOptions {
        ClientOptions {
            transport: Some(Transport::new(Arc::new(self))),
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: 3,
                max_total_elapsed: azure_core::time::Duration::seconds(15),
                ..Default::default()
            }),
            ..Default::default()
        }
    }

    async fn exchange(
        &self,
        request: reqwest::Request,
    ) -> Result<(ErrorResponse, bytes::Bytes), reqwest::Error> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        let response = self.http.execute(request).await?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let mut answer = ErrorResponse {
            party: self.party,
            host,
            status: response.status().as_u16(),
            content_type: header("content-type").unwrap_or_default(),
            retry_after: header("retry-after"),
            body: String::new(),
        };
        let (body, is_whole) = beginning(response, LONGEST_ANSWER).await?;
        answer.body = String::from_utf8_lossy(&body[..body.len().min(LONGEST_BODY)]).into_owned();
        // The beginning of a token is no token.
        Ok((answer, if is_whole { body } else { bytes::Bytes::new() }))
    }
}

#[async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, asked: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = self.destination.of(asked.url());
        let host = url.host_str().unwrap_or_default().to_owned();
        let request = build(&self.http, url, asked).map_err(|error| {
            azure_core::Error::with_error(ErrorKind::Other, error, "not a sendable request")
        })?;
        let (answer, body) = match self.exchange(request).await {
            Ok(answered) => answered,
            Err(error) => {
                let (party, why) = (self.party, causes(error.without_url()));
                // Off Azure nobody will ever answer at the metadata address, and no certificate becomes trusted by
                // asking again. Of transport errors, azure_core tries only `Io` again.
                let lasting = party == Party::ManagedIdentity || why.contains("certificate");
                self.record.note(Trouble::NotReached { party, host, why });
                let kind = if lasting { ErrorKind::Other } else { ErrorKind::Io };
                return Err(azure_core::Error::with_message(kind, "nobody answered"));
            }
        };
        match (answer.status, serde_json::from_slice::<Value>(&body)) {
            (200..=299, Ok(Value::Object(mut token))) => {
                forgive(&mut token);
                Ok(AsyncRawResponse::from_bytes(
                    answer.status.into(),
                    Headers::new(),
                    Value::Object(token).to_string(),
                ))
            }
            (408 | 429 | 500 | 502 | 503 | 504, _) if answer.asks_for_at_most(LONGEST_WAIT) => {
                let mut headers = Headers::new();
                if let Some(wait) = &answer.retry_after {
                    headers.insert(HeaderName::from_static("retry-after"), HeaderValue::from(wait.clone()));
                }
                let status = answer.status.into();
                self.record.note(Trouble::Answered(answer));
                Ok(AsyncRawResponse::from_bytes(status, headers, body))
            }
            _ => {
                self.record.note(Trouble::Answered(answer));
                Err(noted())
            }
        }
    }
}

/// An error that is not tried again and whose cause is in the record.
fn noted() -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Other, "see the record")
}

fn build(http: &reqwest::Client, url: Url, asked: &Request) -> reqwest::Result<reqwest::Request> {
    let method = match asked.method() {
        HttpMethod::Post => reqwest::Method::POST,
        _ => reqwest::Method::GET,
    };
    let mut request = http.request(method, url).timeout(ANSWER_TIMEOUT);
    for (name, value) in asked.headers().iter() {
        let mut value =
            http::HeaderValue::from_str(value.as_str()).unwrap_or(http::HeaderValue::from_static(""));
        value.set_sensitive(name.as_str().eq_ignore_ascii_case("authorization"));
        request = request.header(name.as_str(), value);
    }
    if let Body::Bytes(bytes) = asked.body() {
        request = request.body(bytes.clone());
    }
    request.build()
}

/// Entra's older endpoints, proxies and test doubles write numbers as text or leave out what azure_identity insists
/// on without using it.
fn forgive(token: &mut serde_json::Map<String, Value>) {
    for name in ["expires_in", "ext_expires_in"] {
        if let Some(seconds) =
            token.get(name).and_then(Value::as_str).and_then(|text| text.parse::<i64>().ok())
        {
            token.insert(name.to_owned(), seconds.into());
        }
    }
    if let Some(Value::Number(at)) = token.get("expires_on") {
        let text = at.to_string();
        token.insert("expires_on".to_owned(), text.into());
    }
    if token.contains_key("access_token") {
        token.entry("token_type").or_insert_with(|| "Bearer".into());
        token.entry("resource").or_insert_with(|| "".into());
    }
}

pub(super) fn causes(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let deeper = error.to_string();
        if !text.contains(&deeper) {
            text = format!("{text}: {deeper}");
        }
        cause = error.source();
    }
    text
}

const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: u64 = 15;
/// A token is a few thousand characters long.
pub(super) const LONGEST_ANSWER: usize = 1 << 20;
const LONGEST_BODY: usize = 16 * 1024;

/// Shorter ones would turn every message into gaps, and are no secrets.
const SHORTEST_GUARDED: usize = 4;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn requests_are_redirected_to_where_the_user_said() {
        let url = |text: &str| Url::parse(text).unwrap();
        let asked = url("https://login.example/tenant/oauth2/v2.0/token?x=1");
        for (destination, expected) in [
            (Destination::AsAsked, asked.as_str()),
            (
                Destination::Authority(url("http://127.0.0.1:80/entra/")),
                "http://127.0.0.1/entra/tenant/oauth2/v2.0/token?x=1",
            ),
            (
                Destination::Authority(url("http://127.0.0.1:81")),
                "http://127.0.0.1:81/tenant/oauth2/v2.0/token?x=1",
            ),
            (Destination::Endpoint(url("http://127.0.0.1:82/msi")), "http://127.0.0.1:82/msi?x=1"),
        ] {
            assert_eq!(destination.of(&asked).as_str(), expected);
        }
    }

    #[test]
    fn numbers_as_text_and_missing_trifles_are_forgiven() {
        let mut token = json!({"access_token": "t", "expires_in": "3599", "expires_on": 1_700_000_000});
        forgive(token.as_object_mut().unwrap());
        assert_eq!(
            token,
            json!({"access_token": "t", "expires_in": 3599, "expires_on": "1700000000", "token_type": "Bearer",
                "resource": ""})
        );
    }
}
