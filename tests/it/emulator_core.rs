//! The emulator's core, seen through its socket.

use autopilot_provider::emulator::{Emulator, Options, Running};
use serde_json::{Value, json};

/// An emulator and a client for it.
struct Stage {
    running: Running,
    http: reqwest::Client,
}

impl Stage {
    async fn new(options: Options) -> Self {
        // Only the first test in the process can install it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = Emulator::start(options).await.expect("an emulator starts");
        Stage {
            running,
            http: reqwest::Client::new(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    async fn sign_in(&self, fields: &[(&str, &str)]) -> (u16, Value) {
        let tenant = &self.running.credentials().tenant_id;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self.http.post(self.url(&format!("/{tenant}/oauth2/v2.0/token")));
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let response = request.send().await.expect("the login host answers");
        (
            response.status().as_u16(),
            response.json().await.expect("in JSON"),
        )
    }

    async fn token(&self) -> String {
        let credentials = self.running.credentials();
        let (status, body) = self
            .sign_in(&[
                ("grant_type", "client_credentials"),
                ("client_id", &credentials.client_id),
                ("client_secret", &credentials.client_secret),
                ("scope", "https://graph.microsoft.com/.default"),
            ])
            .await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.http.get(self.url(path)).bearer_auth(self.token().await);
        let response = request.send().await.expect("Graph answers");
        (
            response.status().as_u16(),
            response.json().await.expect("in JSON"),
        )
    }
}

#[tokio::test]
async fn an_application_signs_in_and_reads_its_organization() {
    let stage = Stage::new(Options::default()).await;
    let (status, body) = stage.get("/v1.0/organization").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["value"][0]["displayName"], "Contoso");
    assert_eq!(
        body["@odata.context"],
        json!(stage.url("/v1.0/$metadata#organization"))
    );
}

#[tokio::test]
async fn nobody_reads_without_a_token() {
    let stage = Stage::new(Options::default()).await;
    let response = stage
        .http
        .get(stage.url("/v1.0/organization"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["code"], "InvalidAuthenticationToken");
}

#[tokio::test]
async fn says_what_it_does_not_offer() {
    let stage = Stage::new(Options::default()).await;
    let (status, body) = stage.get("/v1.0/planner/tasks").await;
    assert_eq!(status, 501, "{body}");
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("GET /v1.0/planner/tasks"),
        "{body}"
    );
}
