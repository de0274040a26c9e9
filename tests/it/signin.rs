//! Sign-in over real sockets and processes: what is sent, how often, and what is reported when it fails.

#[cfg(unix)]
mod command_line_tools;
mod methods;
mod with_the_emulator;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use autopilot_provider::graph::secret::Secret;
use autopilot_provider::graph::signin::{
    AccessToken, Acting, Argument, Arguments, FailureKind, Method, Settings, SignInError, TokenSource,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::support::scripted::{self, Scripted, ScriptedAnswer, answer};

const PFX: &[u8] = include_bytes!("../../src/graph/signin/testdata/client.pfx");

/// An authority, an identity provider or a metadata endpoint on loopback: gives its answers in order, the last one
/// for ever, and remembers what it was asked.
struct TokenServer {
    root: String,
    server: Scripted,
}

/// A request as an endpoint for tokens reads it.
struct Asked {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: HeaderMap,
    form: BTreeMap<String, String>,
}

impl TokenServer {
    async fn open(answers: impl IntoIterator<Item = ScriptedAnswer>) -> Self {
        let answers: Mutex<VecDeque<ScriptedAnswer>> = Mutex::new(answers.into_iter().collect());
        let server = Scripted::answering(move |asked| {
            let mut answers = answers.lock().unwrap();
            let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
            echoing(next.expect("the script has an answer"), &asked.text)
        });
        let server = server.await;
        Self { root: server.root.clone(), server }
    }

    fn asked(&self) -> Vec<Asked> {
        self.server.asked().into_iter().map(Asked::from).collect()
    }

    fn only(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "asked {} times", asked.len());
        asked.remove(0)
    }
}

impl From<scripted::Asked> for Asked {
    fn from(asked: scripted::Asked) -> Self {
        let pairs = |text: &str| url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        Self {
            path: path.to_owned(),
            query: pairs(query),
            form: pairs(&asked.text),
            method: asked.method,
            headers: asked.headers,
        }
    }
}

/// `{form}` in an answer stands for what was asked: servers have been seen to send back what they got.
fn echoing(answer: ScriptedAnswer, form: &str) -> ScriptedAnswer {
    match answer {
        ScriptedAnswer::Give(status, headers, Value::String(text)) => ScriptedAnswer::Give(
            status,
            headers,
            Value::String(text.replace("{form}", &form.replace('"', ""))),
        ),
        other => other,
    }
}

fn typed_answer(status: u16, content_type: &str, text: impl Into<String>) -> ScriptedAnswer {
    answer(status, Value::String(text.into())).with("content-type", content_type)
}

fn json_answer(status: u16, body: Value) -> ScriptedAnswer {
    typed_answer(status, "application/json", body.to_string())
}

fn token(text: &str) -> ScriptedAnswer {
    json_answer(
        200,
        json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": text}),
    )
}

fn refusal(status: u16, error: &str, code: u32, text: &str) -> ScriptedAnswer {
    json_answer(
        status,
        json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text}\r\nTrace ID: trace-1\r\nCorrelation ID: correlation-1\r\nTimestamp: 2026-01-01 00:00:00Z"
            ),
            "error_codes": [code], "timestamp": "2026-01-01 00:00:00Z",
            "trace_id": "trace-1", "correlation_id": "correlation-1",
        }),
    )
}

fn jwt(claims: Value) -> String {
    format!(
        "{}.{}.c2ln",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

fn source(environment: &[(&str, &str)]) -> TokenSource {
    source_with(Arguments::new(), environment)
}

fn source_with(arguments: Arguments, environment: &[(&str, &str)]) -> TokenSource {
    let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let settings = Settings::resolve(&arguments, &environment).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    TokenSource::new(settings, reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap())
}

/// The environment of an application in the tenant contoso.com, signed in by `entra`.
fn app<'a>(entra: &'a TokenServer, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let app = [
        ("ARM_TENANT_ID", "contoso.com"),
        ("ARM_CLIENT_ID", "app-1"),
        ("ARM_AUTHORITY_HOST", entra.root.as_str()),
        ("ARM_USE_CLI", "false"),
    ];
    app.iter().chain(more).copied().collect()
}

fn with_secret(entra: &TokenServer) -> TokenSource {
    source(&app(entra, &[("ARM_CLIENT_SECRET", "hunter2~+/")]))
}

fn text(token: Result<AccessToken, SignInError>) -> String {
    token.unwrap_or_else(|error| panic!("{error}")).secret().expose().to_owned()
}

#[tokio::test]
async fn a_client_secret_is_exchanged_as_documented() {
    let granted = jwt(json!({"idtyp": "app", "roles": ["Group.ReadWrite.All"], "tid": "t-1"}));
    let entra = TokenServer::open([token(&granted)]).await;
    let source = with_secret(&entra);
    assert_eq!(text(source.token().await), granted);
    let asked = entra.only();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/contoso.com/oauth2/v2.0/token"));
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    let form: Vec<(&str, &str)> =
        asked.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        form,
        [
            ("client_id", "app-1"),
            ("client_secret", "hunter2~+/"),
            ("grant_type", "client_credentials"),
            ("scope", "https://graph.microsoft.com/.default"),
        ]
    );
    let claims = source.claims().await.unwrap();
    assert_eq!((claims.acting, claims.grants("Group.ReadWrite.All")), (Acting::AppOnly, Some(true)));
    entra.only();
}

#[tokio::test]
async fn every_cloud_is_asked_for_its_own_graph() {
    for (cloud, scope) in [
        ("usgovernment", "https://graph.microsoft.us/.default"),
        ("dod", "https://dod-graph.microsoft.us/.default"),
        ("china", "https://microsoftgraph.chinacloudapi.cn/.default"),
    ] {
        let entra = TokenServer::open([token("t")]).await;
        source(&app(&entra, &[("ARM_CLIENT_SECRET", "s"), ("ARM_ENVIRONMENT", cloud)]))
            .token()
            .await
            .unwrap();
        assert_eq!(entra.only().form["scope"], scope);
    }
}

#[tokio::test]
async fn fifty_first_uses_make_one_request() {
    let entra = TokenServer::open([token("t-1"), token("t-2")]).await;
    let source = with_secret(&entra);
    let tokens = join_all((0..50).map(|_| async { text(source.token().await) })).await;
    assert!(tokens.iter().all(|token| token == "t-1"));
    entra.only();
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let entra = TokenServer::open([token("t-1"), token("t-2"), token("t-3")]).await;
    let source = with_secret(&entra);
    let refused = source.token().await.unwrap();
    source.invalidate(&refused);
    source.invalidate(&refused);
    assert_eq!(text(source.token().await), "t-2");
    source.invalidate(&refused);
    assert_eq!(text(source.token().await), "t-2");
    assert_eq!(entra.asked().len(), 2);
}

#[tokio::test]
async fn short_lived_tokens_and_seconds_as_text_are_taken() {
    let short = json_answer(200, json!({"expires_in": "200", "access_token": "t-1"}));
    let entra = TokenServer::open([short, token("t-2")]).await;
    let source = with_secret(&entra);
    assert_eq!(text(source.token().await), "t-1");
    assert_eq!(text(source.token().await), "t-1");
    entra.only();
}

#[tokio::test]
async fn a_refusal_is_explained_with_every_id() {
    let refused = refusal(401, "invalid_client", 7000215, "Invalid \"client\" secret\u{27}s value.");
    let entra = TokenServer::open([refused]).await;
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(error.method(), Some(Method::ClientSecret));
    assert_eq!(error.failure().kind, FailureKind::Refused);
    let refusal = error.failure().refusal.as_ref().unwrap();
    assert_eq!((refusal.status, refusal.aadsts), (401, Some(7000215)));
    assert_eq!(refusal.correlation_id.as_deref(), Some("correlation-1"));
    let message = error.to_string();
    for part in [
        "Sign-in to Microsoft Entra with the method \"client secret\" failed: Microsoft Entra answered: AADSTS7000215",
        "the secret's id was pasted instead of its value",
        "HTTP status 401, error invalid_client, code AADSTS7000215, correlation id correlation-1, trace id trace-1",
    ] {
        assert!(message.contains(part), "{part}\nis missing in\n{message}");
    }
    assert!(!message.contains("Azure CLI"), "nobody asked for that one: {message}");
    entra.only();
}

#[tokio::test]
async fn a_failure_is_everybodys_after_one_request() {
    let entra = TokenServer::open([refusal(400, "invalid_request", 90002, "Tenant not found.")]).await;
    let source = with_secret(&entra);
    let errors = join_all((0..20).map(|_| source.token())).await;
    assert!(
        errors
            .into_iter()
            .all(|error| error.unwrap_err().failure().refusal.as_ref().unwrap().aadsts == Some(90002))
    );
    assert!(source.token().await.is_err());
    entra.only();
}

#[tokio::test]
async fn what_a_server_sends_back_of_a_secret_is_not_reported() {
    for body in [
        "{\"error\":\"x\",\"error_description\":\"you sent {form}\"}",
        "{\"error\":\"{form}\"}",
        "{\"error_description\":\"is hunter2~+/ your secret?\"}",
    ] {
        let entra = TokenServer::open([typed_answer(400, "application/json", body)]).await;
        let source = with_secret(&entra);
        let error = source.token().await.unwrap_err();
        for shown in [error.to_string(), format!("{error:?}"), format!("{source:?}")] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        assert!(error.to_string().contains("(secret)"), "{error}");
    }
}

#[tokio::test]
async fn a_proxys_page_is_no_answer_of_entra() {
    let page = typed_answer(403, "text/html", "<html>Blocked</html>");
    let entra = TokenServer::open([page]).await;
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(error.failure().kind, FailureKind::Unreachable);
    assert!(error.to_string().contains("HTTP status 403 and a web page in place of a token"), "{error}");
    entra.only();
}

#[tokio::test]
async fn a_hiccup_is_tried_again_and_a_login_page_with_status_200_is_not() {
    let busy = || typed_answer(503, "text/plain", "busy");
    let entra = TokenServer::open([busy(), busy(), token("t")]).await;
    assert_eq!(text(with_secret(&entra).token().await), "t");
    assert_eq!(entra.asked().len(), 3);

    let page = typed_answer(200, "text/html", "<html>Log in</html>");
    let entra = TokenServer::open([page]).await;
    assert!(with_secret(&entra).token().await.is_err());
    entra.only();
}

#[tokio::test]
async fn a_busy_authority_is_given_up_after_four_tries() {
    let entra =
        TokenServer::open([refusal(429, "temporarily_unavailable", 90055, "Too many requests.")]).await;
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(entra.asked().len(), 4);
    assert_eq!(error.failure().refusal.as_ref().unwrap().aadsts, Some(90055));
    assert!(error.to_string().contains("Try again later"), "{error}");
}

#[tokio::test]
async fn nobody_is_kept_waiting_for_minutes() {
    let busy = refusal(429, "temporarily_unavailable", 90055, "Too many requests.");
    let later = TokenServer::open([busy.with("retry-after", 300)]).await;
    let error = with_secret(&later).token().await.unwrap_err();
    assert!(error.to_string().contains("(Retry-After: 300). Try again later"), "{error}");
    later.only();
}

#[tokio::test]
async fn an_authority_that_cannot_be_reached_is_named() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let entra = TokenServer { root, ..TokenServer::open([]).await };
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(error.failure().kind, FailureKind::Unreachable);
    let message = error.to_string();
    assert!(message.contains("Microsoft Entra at 127.0.0.1 cannot be reached"), "{message}");
    assert!(message.contains("onnection refused") && message.contains("HTTPS_PROXY"), "{message}");
}

#[tokio::test]
async fn secrets_and_ids_may_stand_in_files_and_are_read_again() {
    let entra = TokenServer::open([token("t-1"), token("t-2")]).await;
    let folder = tempfile::tempdir().unwrap();
    let (id, secret) = (folder.path().join("id"), folder.path().join("secret"));
    std::fs::write(&id, "app-7\n").unwrap();
    std::fs::write(&secret, "first\r\n").unwrap();
    let source = source(&[
        ("ARM_TENANT_ID", "contoso.com"),
        ("ARM_CLIENT_ID_FILE_PATH", id.to_str().unwrap()),
        ("ARM_CLIENT_SECRET_FILE_PATH", secret.to_str().unwrap()),
        ("ARM_AUTHORITY_HOST", &entra.root),
    ]);
    let first = source.token().await.unwrap();
    std::fs::write(&secret, "second").unwrap();
    source.invalidate(&first);
    source.token().await.unwrap();
    let sent: Vec<_> = entra.asked().into_iter().map(|asked| asked.form["client_secret"].clone()).collect();
    assert_eq!(sent, ["first", "second"]);
    assert_eq!(entra.asked()[0].form["client_id"], "app-7");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named_with_its_origin() {
    let entra = TokenServer::open([token("t")]).await;
    let error =
        source(&app(&entra, &[("ARM_CLIENT_SECRET_FILE_PATH", "/no/such/file")])).token().await.unwrap_err();
    assert_eq!(error.failure().kind, FailureKind::Settings);
    let message = error.to_string();
    assert!(
        message.contains(
            "the file /no/such/file (from environment variable ARM_CLIENT_SECRET_FILE_PATH) cannot be read"
        ),
        "{message}"
    );
    assert!(entra.asked().is_empty());
}

#[tokio::test]
async fn nothing_configured_lists_every_way_and_what_it_lacks() {
    let error = source(&[("ARM_USE_CLI", "false")]).token().await.unwrap_err();
    assert_eq!(error.method(), None);
    let message = error.to_string();
    for method in Method::ALL {
        assert!(message.contains(&format!("\n  - {method}: ")), "{method} is missing in\n{message}");
    }
}

#[tokio::test]
async fn half_an_application_is_not_replaced_by_the_command_line() {
    let arguments = Arguments::from([(Argument::ClientSecret, Secret::new("hunter2"))]);
    let error = source_with(arguments, &[]).token().await.unwrap_err();
    assert_eq!(error.method(), Some(Method::ClientSecret));
    assert!(
        error.to_string().contains("no tenant_id given (argument tenant_id, environment ARM_TENANT_ID"),
        "{error}"
    );
}
