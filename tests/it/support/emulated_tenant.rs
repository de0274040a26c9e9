//! An emulated tenant and a client without any habits: plain HTTP, plain JSON.

use autopilot_provider::emulator::{Control, Credentials, Emulator, Options, Running};
use serde_json::Value;

/// An emulator that listens, and who is signed in to it.
pub(crate) struct EmulatedTenant {
    running: Running,
    http: reqwest::Client,
    /// A token of the application itself.
    pub(crate) application: String,
    /// A token of Contoso's administrator.
    pub(crate) administrator: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    /// Null when there is no body.
    pub(crate) body: Value,
}

impl EmulatedTenant {
    pub(crate) async fn start(options: Options) -> Self {
        // Only the first test in the process can install it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let running = Emulator::start(options).await.expect("an emulator starts");
        let plain = reqwest::Client::builder().no_proxy().tls_certs_only([]);
        let http = plain.build().expect("a client");
        let mut tenant = Self { running, http, application: String::new(), administrator: String::new() };
        tenant.sign_in_again().await;
        tenant
    }

    /// Takes new tokens, after more time than the old ones live.
    pub(crate) async fn sign_in_again(&mut self) {
        let credentials = self.running.credentials().clone();
        let scope = ("scope", "https://graph.microsoft.com/.default");
        let secret = ("client_secret", credentials.client_secret.as_str());
        let client = ("client_id", credentials.client_id.as_str());
        self.application = self.token(&[("grant_type", "client_credentials"), client, secret, scope]).await;
        let client = ("client_id", credentials.public_client_id.as_str());
        let code = self.form("devicecode", &[client, scope]).await;
        let code = code["device_code"].as_str().expect("a device code").to_owned();
        let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        self.administrator = self.token(&[grant, client, ("device_code", &code)]).await;
    }

    /// A token of a person, for an application to which everything was consented.
    pub(crate) async fn token_of(&self, user_principal_name: &str) -> String {
        let client_id = self.running.credentials().public_client_id.clone();
        let token = self.control().sign_in(user_principal_name);
        let scope = ("scope", "https://graph.microsoft.com/.default");
        let client = ("client_id", client_id.as_str());
        self.token(&[("grant_type", "refresh_token"), client, ("refresh_token", &token), scope]).await
    }

    /// Everything at once, Contoso.
    pub(crate) async fn contoso() -> Self {
        Self::start(Options::default()).await
    }

    pub(crate) fn control(&self) -> Control {
        self.running.control()
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        self.running.credentials()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    /// A request of the application.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        self.call_as(&self.application, method, path, body, &[]).await
    }

    /// A request of the signed-in administrator.
    pub(crate) async fn call_as_administrator(&self, method: &str, path: &str, body: Value) -> Reply {
        self.call_as(&self.administrator, method, path, body, &[]).await
    }

    /// Any request. A null body is none.
    pub(crate) async fn call_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Reply {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.send(token, method, path, &text, headers).await
    }

    /// A request of the application with a body that need be no JSON.
    pub(crate) async fn call_text(&self, method: &str, path: &str, text: &str) -> Reply {
        self.send(&self.application, method, path, text, &[]).await
    }

    async fn send(
        &self,
        token: &str,
        method: &str,
        path: &str,
        text: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        let method = method.parse().expect("a method");
        // A next link is absolute already.
        let url = if path.starts_with("http") { path.to_owned() } else { self.url(path) };
        let mut request = self.http.request(method, url).bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !text.is_empty() {
            request = request.header("content-type", "application/json").body(text.to_owned());
        }
        let response = request.send().await.expect("Graph answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole body");
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes).expect("a JSON body"),
        };
        Reply { status, headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, Value::Null).await
    }

    /// A GET that says `ConsistencyLevel: eventual`.
    pub(crate) async fn get_eventual(&self, path: &str) -> Reply {
        let headers = [("ConsistencyLevel", "eventual")];
        self.call_as(&self.application, "GET", path, Value::Null, &headers).await
    }

    async fn token(&self, fields: &[(&str, &str)]) -> String {
        let body = self.form("token", fields).await;
        body["access_token"].as_str().unwrap_or_else(|| panic!("no token in {body}")).to_owned()
    }

    async fn form(&self, endpoint: &str, fields: &[(&str, &str)]) -> Value {
        let tenant = &self.running.credentials().tenant_id;
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.http.post(self.url(&format!("/{tenant}/oauth2/v2.0/{endpoint}")));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        request.send().await.expect("the login host answers").json().await.expect("in JSON")
    }
}

impl Reply {
    /// Says that the status is this one, showing the body when it is not.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Says that the request was refused with this status, code and message.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str, message: &str) {
        let error = &self.body["error"];
        let got = (self.status, error["code"].as_str(), error["message"].as_str());
        assert_eq!(got, (status, Some(code), Some(message)));
    }

    /// A text property.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("no text in {name}: {}", self.body)).to_owned()
    }

    /// A text property of each row of a list.
    #[track_caller]
    pub(crate) fn each(&self, name: &str) -> Vec<String> {
        let rows = self.body["value"].as_array().unwrap_or_else(|| panic!("no list: {}", self.body));
        rows.iter().map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
    }
}
