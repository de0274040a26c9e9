//! Sign-in over real sockets and processes: what is sent, how often, and what is told when it fails.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use autopilot_provider::graph::secret::Secret;
use autopilot_provider::graph::signin::{
    AccessToken, Acting, Argument, Arguments, FailureKind, Method, Settings, SignInError, TokenSource,
};
use axum::Router;
use axum::body::{Body, to_bytes};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};

const PFX: &[u8] = include_bytes!("../../src/graph/signin/testdata/client.pfx");

/// An authority, an identity provider or a metadata endpoint on loopback: gives its answers in order, the last one
/// for ever, and remembers what it was asked.
#[derive(Clone)]
struct Desk {
    root: String,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    headers: Arc<Mutex<Vec<(&'static str, &'static str)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone)]
struct Answer {
    status: u16,
    content_type: &'static str,
    body: String,
}

#[derive(Clone)]
struct Asked {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    headers: HeaderMap,
    form: BTreeMap<String, String>,
}

impl Desk {
    async fn open(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let desk = Self {
            root: format!("http://{}", listener.local_addr().unwrap()),
            answers: Arc::new(Mutex::new(answers.into_iter().collect())),
            headers: Arc::default(),
            asked: Arc::default(),
        };
        let served = desk.clone();
        let router = Router::new().fallback(move |request: Request<Body>| {
            let desk = served.clone();
            async move { desk.answer(request).await }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        desk
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        let pairs = |text: &str| url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        self.asked.lock().unwrap().push(Asked {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: pairs(parts.uri.query().unwrap_or_default()),
            headers: parts.headers,
            form: pairs(&body),
        });
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let Answer { status, content_type, body: text } = answer.expect("a desk has an answer");
        // `{form}` in an answer stands for what was asked: servers have been seen to send back what they got.
        let text = text.replace("{form}", &body.replace('"', ""));
        let mut response = Response::builder().status(status).header("content-type", content_type);
        for (name, value) in self.headers.lock().unwrap().iter() {
            response = response.header(*name, *value);
        }
        response.body(Body::from(text)).unwrap()
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn only(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "asked {} times", asked.len());
        asked[0].clone()
    }
}

fn json_answer(status: u16, body: Value) -> Answer {
    Answer { status, content_type: "application/json", body: body.to_string() }
}

fn token(text: &str) -> Answer {
    json_answer(
        200,
        json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": text}),
    )
}

fn refusal(status: u16, error: &str, code: u32, text: &str) -> Answer {
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
    TokenSource::new(settings, reqwest::Client::builder().no_proxy().build().unwrap())
}

/// The environment of an application in the tenant contoso.com, signed in by `entra`.
fn app<'a>(entra: &'a Desk, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let app = [
        ("ARM_TENANT_ID", "contoso.com"),
        ("ARM_CLIENT_ID", "app-1"),
        ("ARM_AUTHORITY_HOST", entra.root.as_str()),
        ("ARM_USE_CLI", "false"),
    ];
    app.iter().chain(more).copied().collect()
}

fn with_secret(entra: &Desk) -> TokenSource {
    source(&app(entra, &[("ARM_CLIENT_SECRET", "hunter2~+/")]))
}

fn text(token: Result<AccessToken, SignInError>) -> String {
    token.unwrap_or_else(|error| panic!("{error}")).secret().expose().to_owned()
}

#[tokio::test]
async fn a_client_secret_is_exchanged_as_documented() {
    let granted = jwt(json!({"idtyp": "app", "roles": ["Group.ReadWrite.All"], "tid": "t-1"}));
    let entra = Desk::open([token(&granted)]).await;
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
        let entra = Desk::open([token("t")]).await;
        source(&app(&entra, &[("ARM_CLIENT_SECRET", "s"), ("ARM_ENVIRONMENT", cloud)]))
            .token()
            .await
            .unwrap();
        assert_eq!(entra.only().form["scope"], scope);
    }
}

#[tokio::test]
async fn fifty_first_uses_make_one_request() {
    let entra = Desk::open([token("t-1"), token("t-2")]).await;
    let source = with_secret(&entra);
    let tokens = join_all((0..50).map(|_| async { text(source.token().await) })).await;
    assert!(tokens.iter().all(|token| token == "t-1"));
    entra.only();
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let entra = Desk::open([token("t-1"), token("t-2"), token("t-3")]).await;
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
    let entra = Desk::open([short, token("t-2")]).await;
    let source = with_secret(&entra);
    assert_eq!(text(source.token().await), "t-1");
    assert_eq!(text(source.token().await), "t-1");
    entra.only();
}

#[tokio::test]
async fn a_refusal_is_explained_with_every_id() {
    let refused = refusal(401, "invalid_client", 7000215, "Invalid \"client\" secret\u{27}s value.");
    let entra = Desk::open([refused]).await;
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(error.method(), Some(Method::ClientSecret));
    assert_eq!(error.failure().kind, FailureKind::Refused);
    let refusal = error.failure().refusal.as_ref().unwrap();
    assert_eq!((refusal.status, refusal.aadsts), (401, Some(7000215)));
    assert_eq!(refusal.correlation_id.as_deref(), Some("correlation-1"));
    let told = error.to_string();
    for part in [
        "Sign-in to Microsoft Entra with the method \"client secret\" failed: Microsoft Entra answered: AADSTS7000215",
        "the secret's id was pasted instead of its value",
        "HTTP status 401, error invalid_client, code AADSTS7000215, correlation id correlation-1, trace id trace-1",
    ] {
        assert!(told.contains(part), "{part}\nis missing in\n{told}");
    }
    assert!(!told.contains("Azure CLI"), "nobody asked for that one: {told}");
    entra.only();
}

#[tokio::test]
async fn a_failure_is_everybodys_after_one_request() {
    let entra = Desk::open([refusal(400, "invalid_request", 90002, "Tenant not found.")]).await;
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
async fn what_a_server_sends_back_of_a_secret_is_not_told() {
    for body in [
        "{\"error\":\"x\",\"error_description\":\"you sent {form}\"}",
        "{\"error\":\"{form}\"}",
        "{\"error_description\":\"is hunter2~+/ your secret?\"}",
    ] {
        let entra =
            Desk::open([Answer { status: 400, content_type: "application/json", body: body.into() }]).await;
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
    let page = Answer { status: 403, content_type: "text/html", body: "<html>Blocked</html>".into() };
    let entra = Desk::open([page]).await;
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(error.failure().kind, FailureKind::Unreachable);
    assert!(error.to_string().contains("HTTP status 403 and a web page in place of a token"), "{error}");
    entra.only();
}

#[tokio::test]
async fn a_hiccup_is_tried_again_and_a_login_page_with_status_200_is_not() {
    let busy = || Answer { status: 503, content_type: "text/plain", body: "busy".into() };
    let entra = Desk::open([busy(), busy(), token("t")]).await;
    assert_eq!(text(with_secret(&entra).token().await), "t");
    assert_eq!(entra.asked().len(), 3);

    let page = Answer { status: 200, content_type: "text/html", body: "<html>Log in</html>".into() };
    let entra = Desk::open([page]).await;
    assert!(with_secret(&entra).token().await.is_err());
    entra.only();
}

#[tokio::test]
async fn a_busy_authority_is_given_up_after_four_tries() {
    let entra = Desk::open([refusal(429, "temporarily_unavailable", 90055, "Too many requests.")]).await;
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(entra.asked().len(), 4);
    assert_eq!(error.failure().refusal.as_ref().unwrap().aadsts, Some(90055));
    assert!(error.to_string().contains("Try again later"), "{error}");
}

#[tokio::test]
async fn nobody_is_kept_waiting_for_minutes() {
    let later = Desk::open([refusal(429, "temporarily_unavailable", 90055, "Too many requests.")]).await;
    later.headers.lock().unwrap().push(("retry-after", "300"));
    let error = with_secret(&later).token().await.unwrap_err();
    assert!(error.to_string().contains("(Retry-After: 300). Try again later"), "{error}");
    later.only();
}

#[tokio::test]
async fn an_authority_that_cannot_be_reached_is_named() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let entra = Desk { root, answers: Arc::default(), headers: Arc::default(), asked: Arc::default() };
    let error = with_secret(&entra).token().await.unwrap_err();
    assert_eq!(error.failure().kind, FailureKind::Unreachable);
    let told = error.to_string();
    assert!(told.contains("Microsoft Entra at 127.0.0.1 cannot be reached"), "{told}");
    assert!(told.contains("onnection refused") && told.contains("HTTPS_PROXY"), "{told}");
}

#[tokio::test]
async fn secrets_and_ids_may_stand_in_files_and_are_read_again() {
    let entra = Desk::open([token("t-1"), token("t-2")]).await;
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
    let entra = Desk::open([token("t")]).await;
    let error =
        source(&app(&entra, &[("ARM_CLIENT_SECRET_FILE_PATH", "/no/such/file")])).token().await.unwrap_err();
    assert_eq!(error.failure().kind, FailureKind::Settings);
    let told = error.to_string();
    assert!(
        told.contains(
            "the file /no/such/file (from environment variable ARM_CLIENT_SECRET_FILE_PATH) cannot be read"
        ),
        "{told}"
    );
    assert!(entra.asked().is_empty());
}

#[tokio::test]
async fn a_certificate_signs_an_assertion_for_the_token_endpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.pfx");
    std::fs::write(&path, PFX).unwrap();
    let base64 = STANDARD.encode(PFX);
    for given in
        [("ARM_CLIENT_CERTIFICATE", base64.as_str()), ("ARM_CLIENT_CERTIFICATE_PATH", path.to_str().unwrap())]
    {
        let entra = Desk::open([token("t")]).await;
        let source = source(&app(&entra, &[given, ("ARM_CLIENT_CERTIFICATE_PASSWORD", "hunter2")]));
        assert_eq!(text(source.token().await), "t");
        let form = entra.only().form;
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        assert_eq!(
            (form["client_id"].as_str(), form["grant_type"].as_str()),
            ("app-1", "client_credentials")
        );
        let claims = form["client_assertion"].split('.').nth(1).unwrap();
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["aud"], format!("{}/contoso.com/oauth2/v2.0/token", entra.root));
        assert_eq!(claims["iss"], "app-1");
    }
}

#[tokio::test]
async fn a_wrong_password_is_found_before_anything_is_sent() {
    let entra = Desk::open([token("t")]).await;
    let base64 = STANDARD.encode(PFX);
    let given =
        [("ARM_CLIENT_CERTIFICATE", base64.as_str()), ("ARM_CLIENT_CERTIFICATE_PASSWORD", "Password1")];
    let error = source(&app(&entra, &given)).token().await.unwrap_err();
    assert!(error.to_string().contains("the password does not open the PKCS#12 bundle"), "{error}");
    assert!(!error.to_string().contains("Password1"), "{error}");
    assert!(entra.asked().is_empty());
}

#[tokio::test]
async fn a_token_file_is_sent_without_its_line_break_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    for (flag, variable) in [
        ("ARM_USE_OIDC", "ARM_OIDC_TOKEN_FILE_PATH"),
        ("ARM_USE_AKS_WORKLOAD_IDENTITY", "AZURE_FEDERATED_TOKEN_FILE"),
    ] {
        let entra = Desk::open([token("t-1"), token("t-2")]).await;
        std::fs::write(&path, "projected-1\n").unwrap();
        let source = source(&app(&entra, &[(flag, "true"), (variable, path.to_str().unwrap())]));
        let first = source.token().await.unwrap();
        std::fs::write(&path, "projected-2\n").unwrap();
        source.invalidate(&first);
        source.token().await.unwrap();
        let shown: Vec<_> =
            entra.asked().into_iter().map(|asked| asked.form["client_assertion"].clone()).collect();
        assert_eq!(shown, ["projected-1", "projected-2"], "{variable}");
    }
}

#[tokio::test]
async fn a_github_job_asks_for_a_token_for_its_cloud_and_shows_it() {
    for (cloud, audience) in
        [("public", "api://AzureADTokenExchange"), ("dod", "api://AzureADTokenExchangeUSGov")]
    {
        let github = Desk::open([json_answer(200, json!({"count": 1, "value": "job-token"}))]).await;
        let entra = Desk::open([token("t")]).await;
        let url = format!("{}/job?api-version=2.0", github.root);
        let source = source(&app(
            &entra,
            &[
                ("ARM_USE_OIDC", "true"),
                ("ARM_ENVIRONMENT", cloud),
                ("ACTIONS_ID_TOKEN_REQUEST_URL", &url),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token"),
            ],
        ));
        assert_eq!(text(source.token().await), "t");
        let asked = github.only();
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/job"));
        assert_eq!(
            (asked.query["api-version"].as_str(), asked.query["audience"].as_str()),
            ("2.0", audience)
        );
        assert_eq!(asked.headers["authorization"], "Bearer request-token");
        assert_eq!(entra.only().form["client_assertion"], "job-token");
    }
}

#[tokio::test]
async fn a_missing_federated_credential_is_spelled_out_as_it_must_be_added() {
    let job = jwt(json!({
        "iss": "https://token.actions.githubusercontent.com", "aud": "api://AzureADTokenExchange",
        "sub": "repo:contoso/devices:environment:production",
    }));
    let entra =
        Desk::open([refusal(400, "invalid_request", 700213, "No matching federated identity record.")]).await;
    let source = source(&app(&entra, &[("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", &job)]));
    let error = source.token().await.unwrap_err().to_string();
    for part in [
        "issuer:   https://token.actions.githubusercontent.com",
        "subject:  repo:contoso/devices:environment:production",
        "audience: api://AzureADTokenExchange",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains(&job), "{error}");
}

#[tokio::test]
async fn a_job_without_permission_is_told_which_one() {
    let github = Desk::open([json_answer(403, json!({"message": "Forbidden"}))]).await;
    let entra = Desk::open([token("t")]).await;
    let source = source(&app(
        &entra,
        &[
            ("ARM_USE_OIDC", "true"),
            ("ARM_OIDC_REQUEST_URL", &github.root),
            ("ARM_OIDC_REQUEST_TOKEN", "request-token"),
        ],
    ));
    let error = source.token().await.unwrap_err().to_string();
    assert!(error.contains("GitHub's OpenID Connect provider answered: Forbidden"), "{error}");
    assert!(error.contains("id-token: write"), "{error}");
    assert!(entra.asked().is_empty());
}

#[tokio::test]
async fn a_service_connection_of_azure_devops_is_exchanged() {
    let devops = Desk::open([json_answer(200, json!({"oidcToken": "pipeline-token"}))]).await;
    let entra = Desk::open([token("t")]).await;
    let url = format!("{}/org/project/_apis/oidctoken", devops.root);
    let source = source(&app(
        &entra,
        &[
            ("ARM_USE_OIDC", "true"),
            ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "connection-1"),
            ("SYSTEM_OIDCREQUESTURI", &url),
            ("SYSTEM_ACCESSTOKEN", "build-token"),
        ],
    ));
    assert_eq!(text(source.token().await), "t");
    let asked = devops.only();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/org/project/_apis/oidctoken"));
    assert_eq!(asked.query["serviceConnectionId"], "connection-1");
    assert_eq!(asked.query["api-version"], "7.1");
    assert_eq!(asked.headers["authorization"], "Bearer build-token");
    assert_eq!(entra.only().form["client_assertion"], "pipeline-token");
}

#[tokio::test]
async fn a_managed_identity_is_asked_at_its_own_endpoint() {
    let expires_on = time::OffsetDateTime::now_utc().unix_timestamp() + 86_400;
    for (expires_on, client) in
        [(json!(expires_on.to_string()), None), (json!(expires_on), Some("identity-1"))]
    {
        let metadata =
            Desk::open([json_answer(200, json!({"access_token": "t", "expires_on": expires_on}))]).await;
        let endpoint = format!("{}/metadata/identity/oauth2/token", metadata.root);
        let mut environment = vec![("ARM_USE_MSI", "true"), ("ARM_MSI_ENDPOINT", endpoint.as_str())];
        environment.extend(client.map(|id| ("ARM_CLIENT_ID", id)));
        assert_eq!(text(source(&environment).token().await), "t");
        let asked = metadata.only();
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/metadata/identity/oauth2/token"));
        assert_eq!(asked.query["resource"], "https://graph.microsoft.com");
        assert_eq!(asked.query.get("client_id").map(String::as_str), client);
        assert_eq!(asked.headers["metadata"], "true");
    }
}

#[tokio::test]
async fn an_identity_that_is_not_assigned_is_told_at_once() {
    let answer = json!({"error": "invalid_request", "error_description": "Identity not found"});
    let metadata = Desk::open([json_answer(400, answer)]).await;
    let environment = [
        ("ARM_USE_MSI", "true"),
        ("ARM_MSI_ENDPOINT", metadata.root.as_str()),
        ("ARM_CLIENT_ID", "identity-1"),
    ];
    let error = source(&environment).token().await.unwrap_err();
    assert!(
        error.to_string().contains("the managed identity endpoint answered: Identity not found"),
        "{error}"
    );
    assert!(error.to_string().contains("user-assigned identity identity-1"), "{error}");
    metadata.only();
}

#[tokio::test]
async fn a_refresh_token_gives_delegated_tokens() {
    let granted = jwt(json!({"scp": "Policy.ReadWrite.MobilityManagement", "upn": "kim@contoso.com"}));
    let entra = Desk::open([token(&granted)]).await;
    let source = source(&app(&entra, &[("ARM_REFRESH_TOKEN", "refresh-1")]));
    let claims = source.claims().await.unwrap();
    assert_eq!((claims.acting, claims.user.as_deref()), (Acting::Delegated, Some("kim@contoso.com")));
    let form = entra.only().form;
    assert_eq!((form["grant_type"].as_str(), form["refresh_token"].as_str()), ("refresh_token", "refresh-1"));
    assert_eq!(form["scope"], "https://graph.microsoft.com/.default");
    assert!(!form.contains_key("client_secret"));
}

#[tokio::test]
async fn a_ready_made_token_is_used_as_it_is_or_refused_for_a_reason() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let good = jwt(json!({"aud": "https://graph.microsoft.com", "exp": now + 600, "scp": "User.Read"}));
    assert_eq!(text(source(&[("ARM_ACCESS_TOKEN", &good)]).token().await), good);
    assert_eq!(text(source(&[("ARM_ACCESS_TOKEN", "opaque\n")]).token().await), "opaque");
    for (claims, told) in [
        (json!({"aud": "https://graph.microsoft.com", "exp": now - 1}), "the access token expired at"),
        (
            json!({"aud": "https://management.azure.com"}),
            "for https://management.azure.com, not for Microsoft Graph",
        ),
    ] {
        let error = source(&[("ARM_ACCESS_TOKEN", &jwt(claims))]).token().await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!(error.failure().kind, FailureKind::Settings);
    }
}

#[tokio::test]
async fn nothing_configured_lists_every_way_and_what_it_lacks() {
    let error = source(&[("ARM_USE_CLI", "false")]).token().await.unwrap_err();
    assert_eq!(error.method(), None);
    let told = error.to_string();
    for method in Method::ALL {
        assert!(told.contains(&format!("\n  - {method}: ")), "{method} is missing in\n{told}");
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

/// Sign-in and Graph together, against the pretend tenant.
mod with_the_emulator {
    use std::time::Duration;

    use autopilot_provider::emulator::{Emulator, FederatedCredential, Options, Running};
    use autopilot_provider::graph::{Endpoint, Graph, Scope};

    use super::*;

    fn settings(running: &Running, root: &str, more: &[(&str, &str)]) -> Settings {
        let credentials = running.credentials();
        let own = [
            ("ARM_TENANT_ID", credentials.tenant_id.as_str()),
            ("ARM_CLIENT_ID", credentials.client_id.as_str()),
            ("ARM_AUTHORITY_HOST", root),
            ("ARM_MSGRAPH_ENDPOINT", root),
        ];
        let environment =
            own.iter().chain(more).map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Settings::resolve(&Arguments::new(), &environment).unwrap()
    }

    fn scope() -> Scope {
        Scope::default().within(Duration::from_secs(20))
    }

    async fn organization(settings: Settings) -> String {
        let graph = Graph::connect(settings, "signin-test").unwrap_or_else(|error| panic!("{error}"));
        let found = graph
            .list(&scope(), &Endpoint::v1("organization"))
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        found[0]["displayName"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_client_secret_opens_graph_over_http_and_over_https_with_a_private_authority() {
        let running = Emulator::start(Options::default().with_https()).await.unwrap();
        let secret = running.credentials().client_secret.clone();
        let plain = settings(&running, &running.url(), &[("ARM_CLIENT_SECRET", &secret)]);
        assert_eq!(organization(plain).await, "Contoso");

        let folder = tempfile::tempdir().unwrap();
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, running.ca_pem()).unwrap();
        let https = running.https_url().unwrap();
        let trusting = [("ARM_CLIENT_SECRET", secret.as_str()), ("ARM_CA_FILE", ca_file.to_str().unwrap())];
        assert_eq!(organization(settings(&running, &https, &trusting)).await, "Contoso");

        let distrusting = settings(&running, &https, &trusting[..1]);
        let graph = Graph::connect(distrusting, "signin-test").unwrap();
        let error = graph.claims(&scope()).await.unwrap_err();
        let told = format!("{error}\n{}", error.advice());
        assert!(told.contains("is not trusted here") && told.contains("ca_file"), "{told}");
    }

    #[tokio::test]
    async fn a_certificate_opens_graph_once_it_is_registered() {
        let base64 = STANDARD.encode(PFX);
        let given =
            [("ARM_CLIENT_CERTIFICATE", base64.as_str()), ("ARM_CLIENT_CERTIFICATE_PASSWORD", "hunter2")];
        let unknown = Emulator::start(Options::default()).await.unwrap();
        let error = refused(settings(&unknown, &unknown.url(), &given)).await;
        assert!(error.contains("AADSTS700027") && error.contains("Upload its public part"), "{error}");

        let archive = p12_keystore::Pkcs12Archive::from_pkcs12(PFX, "hunter2").unwrap();
        let mut options = Options::default();
        options.seed.applications[0].certificates = vec![format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(archive.certs[0].cert.as_der())
        )];
        let known = Emulator::start(options).await.unwrap();
        assert_eq!(organization(settings(&known, &known.url(), &given)).await, "Contoso");
    }

    #[tokio::test]
    async fn a_pipelines_identity_opens_graph_once_it_is_trusted() {
        let (issuer, subject) = ("https://issuer.example", "repo:contoso/devices:ref:refs/heads/main");
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let identity = jwt(json!({
            "iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange", "nbf": now, "exp": now + 600,
        }));
        let given = [("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", identity.as_str())];
        let unknown = Emulator::start(Options::default()).await.unwrap();
        let error = refused(settings(&unknown, &unknown.url(), &given)).await;
        assert!(error.contains("AADSTS700211") && error.contains(&format!("subject:  {subject}")), "{error}");

        let mut options = Options::default();
        options.seed.applications[0].federated_credentials = vec![FederatedCredential {
            issuer: issuer.into(),
            subject: subject.into(),
            audience: "api://AzureADTokenExchange".into(),
            certificates: Vec::new(),
        }];
        let known = Emulator::start(options).await.unwrap();
        assert_eq!(organization(settings(&known, &known.url(), &given)).await, "Contoso");
    }

    #[tokio::test]
    async fn what_people_mistype_is_explained() {
        let running = Emulator::start(Options::default()).await.unwrap();
        let secret = running.credentials().client_secret.clone();
        for (mistake, told) in [
            (
                vec![("ARM_CLIENT_SECRET", "51d0e7a9-4c3b-4a1f-b6d8-2f9e8c7a0b13")],
                "the secret's id was pasted",
            ),
            (
                vec![("ARM_CLIENT_SECRET", &secret), ("ARM_TENANT_ID", "fabrikam.com")],
                "There is no tenant fabrikam.com in the cloud \"public\"",
            ),
            (
                vec![
                    ("ARM_CLIENT_SECRET", &secret),
                    ("ARM_CLIENT_ID", "00000000-0000-4000-8000-000000000000"),
                ],
                "There is no application 00000000-0000-4000-8000-000000000000 in the tenant",
            ),
        ] {
            let error = refused(settings(&running, &running.url(), &mistake)).await;
            assert!(error.contains(told), "{error}");
        }
    }

    #[tokio::test]
    async fn a_persons_refresh_token_opens_what_applications_may_not_see() {
        let running = Emulator::start(Options::default()).await.unwrap();
        let client = running.credentials().public_client_id.clone();
        let endpoint = format!("{}/{}/oauth2/v2.0", running.url(), running.credentials().tenant_id);
        let scope_asked = "https://graph.microsoft.com/.default offline_access";
        let code =
            post(&format!("{endpoint}/devicecode"), &[("client_id", &client), ("scope", scope_asked)]).await;
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let code = code["device_code"].as_str().unwrap();
        let redeemed = [("grant_type", grant), ("client_id", &client), ("device_code", code)];
        let granted = post(&format!("{endpoint}/token"), &redeemed).await;
        let refresh = granted["refresh_token"].as_str().unwrap();

        let given = [("ARM_CLIENT_ID", client.as_str()), ("ARM_REFRESH_TOKEN", refresh)];
        let graph = Graph::connect(settings(&running, &running.url(), &given), "signin-test").unwrap();
        let claims = graph.claims(&scope()).await.unwrap();
        assert_eq!(claims.acting, Acting::Delegated);
        assert_eq!(claims.grants("Policy.ReadWrite.MobilityManagement"), Some(true));
        assert!(claims.user.is_some_and(|user| user.contains('@')));
    }

    async fn post(url: &str, form: &[(&str, &str)]) -> Value {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = reqwest::Client::builder().no_proxy().build().unwrap().post(url).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn refused(settings: Settings) -> String {
        let graph = Graph::connect(settings, "signin-test").unwrap();
        let error = graph.claims(&scope()).await.unwrap_err();
        format!("{error}\n{}", error.advice())
    }
}

#[cfg(unix)]
mod command_line_tools {
    use std::path::Path;

    use super::*;

    /// A folder to be the whole PATH, with one tool in it.
    fn path_with(name: &str, script: &str) -> tempfile::TempDir {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let tool = folder.path().join(name);
        std::fs::write(&tool, format!("#!/bin/sh\necho \"$@\" >> {}\n{script}\n", called(folder.path())))
            .unwrap();
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    fn called(folder: &Path) -> String {
        folder.join("called").to_str().unwrap().to_owned()
    }

    fn calls(folder: &Path) -> Vec<String> {
        std::fs::read_to_string(called(folder)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn az_is_run_once_for_everybody() {
        let expires_on = time::OffsetDateTime::now_utc().unix_timestamp() + 3600;
        let folder = path_with(
            "az",
            &format!(r#"echo '{{"accessToken":"az-token","expires_on":{expires_on},"tokenType":"Bearer"}}'"#),
        );
        let source = source(&[("PATH", folder.path().to_str().unwrap()), ("ARM_TENANT_ID", "contoso.com")]);
        let tokens = join_all((0..20).map(|_| async { text(source.token().await) })).await;
        assert!(tokens.iter().all(|token| token == "az-token"));
        assert_eq!(
            calls(folder.path()),
            [
                "account get-access-token -o json --scope https://graph.microsoft.com/.default --tenant contoso.com"
            ]
        );
    }

    #[tokio::test]
    async fn azd_is_run_when_asked_for() {
        let folder = path_with("azd", r#"echo '{"token":"azd-token","expiresOn":"2099-01-01T00:00:00Z"}'"#);
        let path = folder.path().to_str().unwrap();
        let source = source(&[("PATH", path), ("ARM_USE_CLI", "false"), ("ARM_USE_AZD", "true")]);
        assert_eq!(text(source.token().await), "azd-token");
        assert_eq!(
            calls(folder.path()),
            ["auth token -o json --no-prompt --scope https://graph.microsoft.com/.default"]
        );
    }

    #[tokio::test]
    async fn az_that_is_missing_or_signed_out_is_explained() {
        let empty = tempfile::tempdir().unwrap();
        let signed_out =
            path_with("az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
        for (folder, told, advice) in [
            (empty.path(), "there is no `az` on PATH", "Install the Azure CLI and run `az login`"),
            (
                signed_out.path(),
                "Please run 'az login' to setup account.",
                "Run `az login` in this environment",
            ),
        ] {
            let error = source(&[("PATH", folder.to_str().unwrap())]).token().await.unwrap_err();
            assert_eq!(error.method(), Some(Method::AzureCli));
            assert!(error.to_string().contains(told) && error.to_string().contains(advice), "{error}");
        }
    }
}
