//! The Graph client against a server that answers from a script.

use std::error::Error as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use autopilot_provider::graph::signin::{AccessToken, TokenSource};
use autopilot_provider::graph::{Endpoint, ErrorKind, Graph, GraphSettings, Json, Scope};
use base64::Engine;
use serde_json::json;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::support::devices::Devices;
use crate::support::eventually::eventually;
use crate::support::scripted::{Scripted, ScriptedAnswer, answer};

fn scope() -> Scope {
    Scope::new(CancellationToken::new(), Duration::from_secs(20))
}

fn groups() -> Endpoint {
    Endpoint::v1("groups")
}

async fn nothing_found() -> Result<Option<Json>, autopilot_provider::graph::Error> {
    Ok(None)
}

#[tokio::test]
async fn a_request_says_who_asks_and_what_for() {
    let server = Scripted::start([answer(204, Json::Null)]).await;
    let body = json!({"displayName": "x"});
    let answered = server.graph().patch(&scope(), &groups().key("a#b"), body.clone()).await.unwrap();
    assert_eq!(answered, Json::Null);
    let asked = &server.asked()[0];
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("PATCH", "/v1.0/groups/a%23b"));
    assert_eq!(asked.body(), body);
    let header = |name: &str| asked.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("authorization"), "Bearer t-1");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("return-client-request-id"), "true");
    assert!(uuid::Uuid::parse_str(&header("client-request-id")).is_ok());
    assert!(header("user-agent").starts_with("terraform-provider-autopilot/"));
}

#[tokio::test]
async fn a_list_follows_its_pages_unchanged_even_through_an_empty_one() {
    let server = Scripted::start([
        answer(200, json!({"value": [1], "@odata.nextLink": "{root}/v1.0/groups?$skiptoken=a%20b%2B"})),
        answer(200, json!({"value": [], "@odata.nextLink": "{root}/v1.0/groups?$skiptoken=c"})),
        answer(200, json!({"value": [2]})),
    ])
    .await;
    let rows = server.graph().list(&scope(), &groups().top(1)).await.unwrap();
    assert_eq!(rows, [json!(1), json!(2)]);
    assert_eq!(
        server.lines(),
        ["GET /v1.0/groups?$top=1", "GET /v1.0/groups?$skiptoken=a%20b%2B", "GET /v1.0/groups?$skiptoken=c"]
    );
}

#[tokio::test]
async fn the_token_never_goes_to_another_host() {
    let thief = Scripted::start([answer(200, json!({"value": []}))]).await;
    let server = Scripted::start([answer(
        200,
        json!({"value": [], "@odata.nextLink": format!("{}/v1.0/groups", thief.root)}),
    )])
    .await;
    let error = server.graph().list(&scope(), &groups()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    assert_eq!(thief.asked().len(), 0);

    let server = Scripted::start([answer(302, Json::Null).with("location", &thief.root)]).await;
    let error = server.graph().get(&scope(), &groups()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    assert_eq!(thief.asked().len(), 0);
}

#[tokio::test]
async fn a_list_that_never_ends_is_given_up() {
    let page = answer(200, json!({"value": [], "@odata.nextLink": "{root}/v1.0/groups?$skiptoken=x"}));
    let server = Scripted::start(std::iter::repeat_n(page, 3)).await;
    let error = server.graph().list(&scope(), &groups()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn absence_is_a_value_where_it_is_expected() {
    let gone = || answer(404, json!({"error": {"code": "Request_ResourceNotFound", "message": "no"}}));
    let server = Scripted::start([gone(), gone(), gone(), gone()]).await;
    let graph = server.graph();
    assert_eq!(graph.get_opt(&scope(), &groups().key("g")).await.unwrap(), None);
    assert!(!graph.delete(&scope(), &groups().key("g")).await.unwrap(), "asked twice, it is not there");
    assert_eq!(graph.get(&scope(), &groups().key("g")).await.unwrap_err().kind(), ErrorKind::NotFound);
}

/// Every answer of a saboteur ends in an error that says so, soon, and with little in memory.
#[tokio::test]
async fn what_has_no_end_is_given_up() {
    let server = Scripted::start([ScriptedAnswer::Endless(200), ScriptedAnswer::Endless(400)]).await;
    let error = server.graph().get(&scope(), &groups().key("g")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
    assert!(error.to_string().contains("too long"), "{error}");
    let error = server.graph().get(&scope(), &groups().key("g")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);

    let circle = |next: &str| {
        answer(200, json!({"value": [1], "@odata.nextLink": format!("{{root}}/v1.0/groups?{next}")}))
    };
    let server = Scripted::start([circle("a"), circle("b"), circle("a")]).await;
    let error = server.graph().list(&scope(), &groups()).await.unwrap_err();
    assert!(error.to_string().contains("does not end"), "{error}");
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn an_echoed_token_and_what_a_terminal_obeys_stay_out_of_messages() {
    let message = format!("Bearer t-{} is bad \u{1b}[31m{}", "x".repeat(60), "y ".repeat(10_000));
    let token = format!("t-{}", "x".repeat(60));
    let server = Scripted::start([answer(
        400,
        json!({"error": {
            "code": token, "message": message, "innerError": {"request-id": token},
        }}),
    )])
    .await;
    let graph = server.graph_with(TokenSource::fixed(token.clone()));
    let error = graph.get(&scope(), &groups().key("g")).await.unwrap_err();
    let said = format!("{error} {error:?} {}", error.advice());
    assert!(!said.contains(&token) && !said.contains('\u{1b}') && said.len() < 5_000, "{said}");
    assert!(said.contains("is bad"), "{said}");
}

#[tokio::test]
async fn an_object_without_its_id_is_no_answer() {
    let groups = groups();
    for body in [Json::Null, json!({}), json!([]), json!("<html>")] {
        let server = Scripted::start([answer(200, body.clone())]).await;
        let error = server.graph().get(&scope(), &groups.clone().key("g")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{body}");
    }
    // A creation that is answered so may have been carried out: a look tells.
    for status in [200, 401, 409] {
        let server = Scripted::start([answer(status, json!({}))]).await;
        let found = async || Ok(Some(json!({"id": "found"})));
        let made =
            server.graph().create(&scope(), &groups, json!({"displayName": "x"}), found).await.unwrap();
        assert_eq!((made["id"].as_str(), server.asked().len()), (Some("found"), 1), "{status}");
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let expired =
        || answer(401, json!({"error": {"code": "InvalidAuthenticationToken", "message": "expired"}}));
    let fetched = Arc::new(AtomicU32::new(0));
    let tokens = {
        let fetched = Arc::clone(&fetched);
        TokenSource::from_fn(move || {
            let name = format!("t-{}", fetched.fetch_add(1, Ordering::SeqCst) + 1);
            async move {
                let now = OffsetDateTime::now_utc();
                Ok(AccessToken::new(name, now, now + time::Duration::hours(1)).unwrap())
            }
        })
    };
    let server = Scripted::start([expired(), answer(200, json!({"id": "g"})), expired(), expired()]).await;
    let graph = server.graph_with(tokens);
    graph.get(&scope(), &groups()).await.unwrap();
    let used: Vec<_> = server.asked().iter().map(|asked| asked.headers["authorization"].clone()).collect();
    assert_eq!(used, ["Bearer t-1", "Bearer t-2"]);
    let error = graph.get(&scope(), &groups()).await.unwrap_err();
    assert_eq!((error.kind(), server.asked().len()), (ErrorKind::SignIn, 4));
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let server =
        Scripted::start([answer(429, Json::Null).with("retry-after", 1), answer(200, json!({"id": "g"}))])
            .await;
    server.graph().get(&scope(), &groups()).await.unwrap();
    let asked = server.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_wait_longer_than_the_deadline_is_an_error_at_once() {
    let server = Scripted::start([answer(429, Json::Null).with("retry-after", 600)]).await;
    let started = Instant::now();
    let error = server.graph().get(&scope(), &groups()).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Throttled, Some(Duration::from_secs(600))));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn reads_and_changes_survive_a_lost_or_torn_answer() {
    let server = Scripted::start([
        ScriptedAnswer::Lost,
        ScriptedAnswer::Truncated,
        answer(200, json!({"id": "g"})),
        ScriptedAnswer::Lost,
        answer(204, Json::Null),
    ])
    .await;
    let graph = server.graph();
    assert_eq!(graph.get(&scope(), &groups()).await.unwrap(), json!({"id": "g"}));
    graph.patch(&scope(), &groups().key("g"), json!({})).await.unwrap();
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_looked_up_and_not_repeated() {
    for fault in [ScriptedAnswer::Lost, ScriptedAnswer::Truncated, answer(504, Json::Null)] {
        let server = Scripted::start([fault.clone()]).await;
        let created = server
            .graph()
            .create(&scope(), &groups(), json!({"displayName": "x"}), async || {
                Ok(Some(json!({"id": "found"})))
            })
            .await
            .unwrap();
        assert_eq!(created, json!({"id": "found"}), "{fault:?}");
        assert_eq!(server.lines(), ["POST /v1.0/groups"], "{fault:?}");
    }
}

#[tokio::test]
async fn an_interruption_ends_a_read_at_once_and_lets_a_write_finish() {
    let late = |body| ScriptedAnswer::After(Duration::from_millis(300), Box::new(answer(200, body)));
    let server = Scripted::start([late(json!({})), late(json!({"id": "g"}))]).await;
    let (graph, cancel) = (server.graph(), CancellationToken::new());
    let scope = Scope::until_cancelled(cancel.clone());
    let interrupt = async |asked: usize| {
        assert!(eventually(|| server.count() == asked).await, "the read is not sent");
        cancel.cancel();
    };
    let endpoint = groups();
    let (read, ()) = tokio::join!(graph.get(&scope, &endpoint), interrupt(1));
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Interrupted);

    let (scope, cancel) = {
        let cancel = CancellationToken::new();
        (Scope::until_cancelled(cancel.clone()), cancel)
    };
    let interrupt = async {
        assert!(eventually(|| server.count() == 2).await, "the write is not sent");
        cancel.cancel();
    };
    let (written, ()) = tokio::join!(graph.create(&scope, &endpoint, json!({}), nothing_found), interrupt);
    assert_eq!(written.unwrap(), json!({"id": "g"}));
}

#[tokio::test]
async fn a_refusal_for_want_of_permission_names_it() {
    let part = |json: Json| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string());
    let token = format!("{}.{}.x", part(json!({})), part(json!({"roles": ["Group.Read.All"]})));
    let refusal = json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}});
    let server = Scripted::start([answer(403, refusal).with("request-id", "r-1")]).await;
    let graph = server.graph_with(TokenSource::fixed(token));
    let error = graph.delete(&scope(), &groups().key("g").needs(&["Group.ReadWrite.All"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionMissing);
    assert!(
        error.advice().starts_with("The token has Group.Read.All; this call needs Group.ReadWrite.All."),
        "{}",
        error.advice()
    );
    assert!(error.to_string().contains(
        "(DELETE /v1.0/groups/g: 403 Authorization_RequestDenied, request-id r-1, client-request-id "
    ));
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_not_taken_for_one() {
    let server = Scripted::start([answer(200, json!("<html>Sign in to the hotel's network</html>"))]).await;
    let error = server.graph().get(&scope(), &groups()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_reported_with_its_cause() {
    let settings = GraphSettings { root: "http://127.0.0.1:1".into(), ..GraphSettings::default() };
    let graph = Graph::new(&settings, TokenSource::fixed("t")).unwrap();
    let scope = Scope::new(CancellationToken::new(), Duration::from_millis(100));
    let error = graph.get(&scope, &groups()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.source().is_some());
}

#[test]
fn a_file_of_authorities_that_holds_none_is_refused_by_name() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let settings = GraphSettings { ca_file: Some(file.path().to_owned()), ..GraphSettings::default() };
    let error = Graph::new(&settings, TokenSource::fixed("t")).err().unwrap();
    assert!(error.to_string().contains(&file.path().display().to_string()));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn calls_can_be_made_from_any_task() {
    let server = Scripted::start([answer(201, json!({"id": "g"}))]).await;
    let graph = server.graph();
    let task = tokio::spawn(async move { graph.create(&scope(), &groups(), json!({}), nothing_found).await });
    assert_eq!(task.await.unwrap().unwrap(), json!({"id": "g"}));
}

#[tokio::test]
async fn refreshing_many_devices_costs_pages() {
    let service = Devices::start(3000, Duration::from_millis(5)).await;
    let requests = service.refresh(&service.graph(), 10, true).await;
    assert!(requests <= 8, "{requests} requests for 3 pages");
}

/// Everything that is logged, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut line = format!("{} {}:", event.metadata().level(), event.metadata().target());
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            line.push_str(&format!(" {field}={value:?}"));
        });
        self.0.lock().unwrap().push_str(&(line + "\n"));
    }
}

#[tokio::test]
async fn the_log_tells_the_call_and_no_secret_at_any_level() {
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::reload;
    let log = Log::default();
    // For all threads: what one thread alone listens to can be switched off by what others do at the same time.
    let (listening, listener) = reload::Layer::new(LevelFilter::TRACE);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(listening).with(log.clone()))
        .expect("no other test listens to everything");
    let answered = json!({"id": "g", "note": "body-of-the-answer"});
    let server = Scripted::start([
        answer(503, Json::Null).with("retry-after", 0).with("x-secret", "header-of-the-answer"),
        answer(200, answered.clone()).with("request-id", "r-42"),
        answer(200, json!({"value": []})),
    ])
    .await;
    let graph = server.graph_with(TokenSource::fixed("token-of-the-test"));
    let group = groups().key("g-7").header("x-mine", "header-of-the-request");
    graph.patch(&scope(), &group, json!({"hash": "hash-of-the-request"})).await.unwrap();
    graph.list(&scope(), &groups().filter("serial eq 'query-of-the-request'")).await.unwrap();
    // The tests that are still to run would be slowed by what nobody reads.
    listener.reload(LevelFilter::OFF).expect("it listened");
    let log = std::mem::take(&mut *log.0.lock().unwrap());
    for secret in [
        "token-of-the-test",
        "hash-of-the-request",
        "query-of-the-request",
        "header-of-the-request",
        "body-of-the-answer",
        "header-of-the-answer",
    ] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "{secret} in {lines:#?}");
    }
    let line = log.lines().find(|line| line.contains("r-42")).expect("the answer is logged");
    for fact in ["method=PATCH", "path=\"/v1.0/groups/g-7\"", "status=200", "attempt=2", "duration_ms="] {
        assert!(line.contains(fact), "{fact} is missing in {line}");
    }
}
