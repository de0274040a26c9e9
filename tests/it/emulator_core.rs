//! The emulator's core, seen through its socket.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Clock, Effect, Emulator, Fault, Options, Running};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A client that signs in with Contoso's automation.
struct Client {
    http: reqwest::Client,
    root: String,
    token: String,
}

impl Client {
    async fn new(root: &str) -> Self {
        Self::with(root, client()).await
    }

    async fn with(root: &str, http: reqwest::Client) -> Self {
        let token = sign_in(&http, root).await;
        Self { http, root: root.to_owned(), token }
    }

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http.request(method, format!("{}{path}", self.root)).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.request("GET", path)).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.request("POST", path).json(&body)).await
    }

    async fn create_group(&self, name: &str) -> Result<reqwest::Response, reqwest::Error> {
        self.request("POST", "/v1.0/groups").json(&group(name)).send().await
    }

    /// The names of all groups whose name begins so.
    async fn groups(&self, start: &str) -> Vec<String> {
        let (status, body) =
            self.get(&format!("/v1.0/groups?$filter=startswith(displayName,'{start}')&$top=999")).await;
        assert_eq!(status, 200, "{body}");
        let groups = body["value"].as_array().expect("a list").iter();
        groups.map(|group| group["displayName"].as_str().expect("a name").to_owned()).collect()
    }
}

fn group(name: &str) -> Value {
    json!({ "displayName": name, "mailEnabled": false, "mailNickname": "none", "securityEnabled": true })
}

fn client_builder() -> reqwest::ClientBuilder {
    // Only the first test in the process can install it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy()
}

fn client() -> reqwest::Client {
    client_builder().build().expect("a client")
}

async fn sign_in(http: &reqwest::Client, root: &str) -> String {
    let body = "grant_type=client_credentials&client_id=8d1f5c3e-2b6a-4f90-a7c4-1e9b0d3f6a58\
                &client_secret=contoso-emulated-secret&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
    let request = http.post(format!("{root}/contoso.onmicrosoft.com/oauth2/v2.0/token"));
    let (status, body) =
        answer(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await;
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().expect("a token").to_owned()
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a whole body");
    (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") })
}

async fn start(options: Options) -> (Running, Client) {
    let running = Emulator::start(options).await.expect("an emulator starts");
    let client = Client::new(&running.url()).await;
    (running, client)
}

#[tokio::test]
async fn an_application_signs_in_and_reads_its_organization() {
    let (running, client) = start(Options::default()).await;
    let (status, body) = client.get("/v1.0/organization").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["value"][0]["displayName"], "Contoso");
    assert_eq!(body["@odata.context"], json!(format!("{}/v1.0/$metadata#organization", running.url())));
}

#[tokio::test]
async fn says_what_it_does_not_offer() {
    let (_running, client) = start(Options::default()).await;
    let (status, body) = client.get("/v1.0/planner/tasks").await;
    assert_eq!(status, 501, "{body}");
    assert!(body["error"]["message"].as_str().expect("a text").contains("GET /v1.0/planner/tasks"), "{body}");
}

#[tokio::test]
async fn speaks_https_with_its_own_authority_and_http2_on_both_ports() {
    let running = Emulator::start(Options::default().with_https()).await.expect("an emulator starts");
    let root = running.https_url().expect("it listens for HTTPS");
    let stranger = client().get(format!("{root}/_emulator/health")).send().await;
    assert!(stranger.is_err(), "nobody trusts the authority by himself");
    let authority = reqwest::Certificate::from_pem(running.ca_pem().as_bytes()).expect("a certificate");
    let http = client_builder().tls_certs_merge([authority]).build().expect("a client");
    let client = Client::with(&root, http).await;
    let response = client.request("GET", "/v1.0/organization").send().await.expect("an answer");
    assert_eq!((response.status().as_u16(), response.version()), (200, reqwest::Version::HTTP_2));
    let body: Value = response.json().await.expect("JSON");
    assert!(body["@odata.context"].as_str().expect("a context").starts_with(&root), "{body}");

    let plain = client_builder().http2_prior_knowledge().build().expect("a client");
    let client = Client::with(&running.url(), plain).await;
    assert_eq!(client.get("/v1.0/organization").await.0, 200);
}

#[tokio::test]
async fn a_lost_reply_looks_like_a_broken_connection_and_its_work_is_done() {
    let (running, client) = start(Options::default()).await;
    running.control().add_fault(Fault::once("/groups", Effect::LostReply).on("POST"));
    assert!(client.create_group("lost").await.is_err());
    running.control().add_fault(Fault::once("/groups", Effect::Reset).on("POST"));
    assert!(client.create_group("reset").await.is_err());
    assert_eq!(client.create_group("kept").await.expect("an answer").status(), 201);
    assert_eq!(client.groups("lost").await, ["lost"]);
    assert!(client.groups("reset").await.is_empty());
}

#[tokio::test]
async fn a_truncated_body_cannot_be_read_to_its_end() {
    let (running, client) = start(Options::default()).await;
    running.control().add_fault(Fault::once("/organization", Effect::Truncate { bytes: 10 }));
    let response = client.request("GET", "/v1.0/organization").send().await.expect("a head");
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
    assert_eq!(client.get("/v1.0/organization").await.0, 200);
}

#[tokio::test]
async fn a_delayed_answer_delays_nobody_else() {
    let (running, client) = start(Options::default()).await;
    running.control().add_fault(Fault::once("/organization", Effect::Delay { seconds: 0.4 }));
    let begun = Instant::now();
    let slow = async {
        client.get("/v1.0/organization").await;
        begun.elapsed()
    };
    let quick = async {
        while running.control().requests().iter().all(|request| !request.fault) {
            tokio::task::yield_now().await;
        }
        client.get("/v1.0/organization").await;
        begun.elapsed()
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert!(slow >= Duration::from_millis(400), "{slow:?}");
    assert!(quick < slow, "{quick:?} {slow:?}");
}

#[tokio::test]
async fn takes_large_bodies_and_refuses_larger_ones() {
    let (_running, client) = start(Options::default()).await;
    let send = |megabytes: usize| {
        let text = "x".repeat(megabytes * 1024 * 1024);
        let mut body = group("large");
        body["description"] = json!(text);
        client.request("POST", "/v1.0/groups").json(&body).send()
    };
    let status = send(10).await.expect("an answer").status().as_u16();
    assert!(matches!(status, 201 | 400), "{status}");
    // The connection may be closed while the client still sends.
    if let Ok(response) = send(33).await {
        assert_eq!(response.status(), 413);
    }
    assert_eq!(client.get("/v1.0/organization").await.0, 200);
}

#[tokio::test]
async fn survives_what_is_no_http() {
    let (running, client) = start(Options::default().with_https()).await;
    for address in [running.url(), running.https_url().expect("HTTPS")] {
        let address = address.split_once("://").expect("a URL").1.to_owned();
        for garbage in
            [&b"GARBAGE\r\n\r\n"[..], &[0xff; 64], b"GET /v1.0/groups HTTP/9.9\r\n\r\n", b"\x16\x03\x01"]
        {
            let mut socket = tokio::net::TcpStream::connect(&address).await.expect("a connection");
            socket.write_all(garbage).await.expect("sent");
            socket.shutdown().await.expect("shut");
            // However it ends: it must end.
            let _ = socket.read_to_end(&mut Vec::new()).await;
        }
    }
    assert_eq!(client.get("/v1.0/organization").await.0, 200);
}

#[tokio::test]
async fn an_early_retry_and_a_burst_of_writes_are_held_against_a_client() {
    let (running, client) = start(Options { clock: Clock::stepped(), ..Options::default() }).await;
    running.control().add_fault(Fault::once("/organization", Effect::throttled(30)));
    assert_eq!(client.get("/v1.0/organization").await.0, 429);
    running.control().step(Duration::from_secs(29));
    client.get("/v1.0/organization").await;
    let violations = running.control().violations();
    assert_eq!(violations.len(), 1, "{violations:?}");
    assert!(violations[0].reason.contains("1.0 s before Retry-After"), "{violations:?}");
}

#[tokio::test]
async fn a_hundred_emulators_run_side_by_side() {
    let begun = Instant::now();
    let mut all = Vec::new();
    for _ in 0..100 {
        all.push(Emulator::start(Options::default()).await.expect("an emulator starts"));
    }
    let elapsed = begun.elapsed();
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
    let (first, last) = (Client::new(&all[0].url()).await, Client::new(&all[99].url()).await);
    first.create_group("only here").await.expect("an answer");
    assert_eq!(first.groups("only").await.len(), 1);
    assert!(last.groups("only").await.is_empty());
}

#[tokio::test]
async fn a_stopped_emulator_answers_nobody() {
    let (running, client) = start(Options::default()).await;
    let control = running.control();
    running.stop().await;
    assert!(client.request("GET", "/v1.0/organization").send().await.is_err());
    assert_eq!(control.requests().len(), 1, "what happened can still be read");
}

#[tokio::test]
async fn is_controlled_over_http_as_well() {
    let (running, client) = start(Options { clock: Clock::stepped(), ..Options::default() }).await;
    let (status, health) = client.get("/_emulator/health").await;
    assert_eq!((status, health["tenant"]["displayName"].as_str()), (200, Some("Contoso")));

    let fault = json!({ "path": "/organization", "effect": { "status": { "status": 503 } } });
    assert_eq!(client.post("/_emulator/faults", fault).await.0, 200);
    assert_eq!(client.get("/v1.0/organization").await.0, 503);
    assert_eq!(client.get("/_emulator/faults").await.1[0]["seen"], 1);
    let typo = json!({ "path": "/organization", "effect": { "statsu": {} } });
    let (status, body) = client.post("/_emulator/faults", typo).await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().expect("a text").contains("cannot be read"), "{body}");

    let before = client.get("/_emulator/clock").await.1["now"].clone();
    assert_ne!(client.post("/_emulator/clock", json!({ "stepSeconds": 60 })).await.1["now"], before);

    let seed = json!({ "groups": [{ "displayName": "seeded" }] });
    assert_eq!(client.post("/_emulator/seed", seed).await.0, 200);
    assert_eq!(client.groups("seeded").await, ["seeded"]);
    let (_, state) = client.get("/_emulator/state").await;
    assert_eq!(state["id"], json!(running.credentials().tenant_id));

    let (_, requests) = client.get("/_emulator/requests").await;
    let paths: Vec<_> = requests.as_array().expect("a list").iter().map(|r| r["path"].clone()).collect();
    assert!(paths.contains(&json!("/v1.0/organization")), "{paths:?}");

    assert_eq!(client.post("/_emulator/reset", json!({})).await.0, 200);
    assert!(client.groups("seeded").await.is_empty());
    assert_eq!(client.get("/_emulator/nonsense").await.0, 404);
}

#[tokio::test]
async fn every_acknowledged_write_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("tenant.json");
    let (child, root) = Process::start(&state);
    let client = Client::new(&root).await;
    let mut acknowledged = Vec::new();
    for round in 0..5 {
        let names: Vec<String> = (0..8).map(|n| format!("survivor {round}-{n}")).collect();
        let writes = names.iter().map(|name| client.create_group(name));
        for (name, write) in names.iter().zip(futures_util::future::join_all(writes).await) {
            assert_eq!(write.expect("an answer").status(), 201);
            acknowledged.push(name.clone());
        }
    }
    // Killed in the middle of more writes.
    let unacknowledged = client.create_group("perhaps");
    let kill = async { drop(child) };
    let (_, ()) = tokio::join!(unacknowledged, kill);

    let (_child, root) = Process::start(&state);
    // The state, not a list: a replica may lag behind what it lists.
    let (_, state) = Client::new(&root).await.get("/_emulator/state").await;
    let groups = state["collections"]["groups"].as_array().expect("groups").iter();
    let found: Vec<_> = groups.filter_map(|group| group["displayName"].as_str()).collect();
    let missing: Vec<_> = acknowledged.iter().filter(|name| !found.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The program, run by a person. Killed without warning when dropped.
struct Process(Child);

impl Process {
    fn start(state: &std::path::Path) -> (Self, String) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"))
            .args(["emulator", "--listen", "127.0.0.1:0", "--print-env", "--state"])
            .arg(state)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut lines = lines.map(|line| line.expect("text"));
        let root = lines.find_map(|line| Some(line.strip_prefix("export ARM_MSGRAPH_ENDPOINT=")?.to_owned()));
        (Self(child), root.expect("it says where it listens"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
