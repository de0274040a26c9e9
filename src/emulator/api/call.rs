//! One request as a handler sees it, and what it answers.

use std::sync::LazyLock;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};

use super::error::{GraphError, Service};
use super::model::{Purpose, Type, Version};
use super::path::Keys;
use crate::emulator::login::Caller;
use crate::emulator::world::collection::Entity;
use crate::emulator::world::tenant::Tenant;

/// What a handler gives back.
pub(crate) type OperationResult = Result<Reply, GraphError>;

/// One request, with its caller known and allowed to make it.
pub(crate) struct Call<'a> {
    pub(crate) tenant: &'a mut Tenant,
    pub(crate) version: Version,
    pub(crate) service: Service,
    /// The path below the version, as sent.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) caller: &'a Caller,
    /// Scheme and authority the client used: `http://127.0.0.1:4711`.
    pub(crate) origin: &'a str,
    pub(crate) keys: Keys,
    /// Query options in their order, decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: &'a [u8],
}

impl Call<'_> {
    /// The key that the route's template names so.
    ///
    /// # Panics
    /// When the template has no such key.
    pub(crate) fn key(&self, name: &str) -> String {
        let key = self.keys.iter().find(|(key, _)| *key == name);
        key.map(|(_, value)| value.clone()).expect("a handler asks only for keys of its template")
    }

    /// Whether a header has this value, compared without case.
    pub(crate) fn header_is(&self, name: &str, value: &str) -> bool {
        self.headers.get(name).is_some_and(|header| header.as_bytes().eq_ignore_ascii_case(value.as_bytes()))
    }

    /// The body as a JSON object; 400 when it is something else or absent.
    pub(crate) fn json(&self) -> Result<Map<String, Value>, GraphError> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Err(GraphError::bad_request("Empty Payload. JSON content expected."));
        }
        if !self.headers.contains_key(header::CONTENT_TYPE) {
            return Err(GraphError::bad_request(
                "Write requests (excluding DELETE) must contain the Content-Type header declaration.",
            ));
        }
        if !has_json_type(self.headers) {
            return Err(GraphError::bad_request(
                "Entity only allows writes with a JSON Content-Type header.",
            ));
        }
        match json(self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(GraphError::bad_request(
                "Unable to read JSON request payload. A JSON object is expected.",
            )),
            Err(_) => Err(GraphError::bad_request(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of \
                 valid JSON format.",
            )),
        }
    }

    /// The body of a POST, checked against `kind`: see [`Type::read`].
    pub(crate) fn new_entity(&self, kind: &'static Type) -> Result<Entity, GraphError> {
        self.read(kind, Purpose::Create)
    }

    /// The body of a PATCH, checked against `kind`: only what the client sent and the service takes.
    pub(crate) fn changes(&self, kind: &'static Type) -> Result<Entity, GraphError> {
        self.read(kind, Purpose::Update)
    }

    /// The parameters of an action; an absent body is an empty one.
    pub(crate) fn parameters(&self, kind: &'static Type) -> Result<Entity, GraphError> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            let read = kind.read(&Map::new(), Purpose::Create, self.version);
            return read.map_err(|mismatch| GraphError::mismatch(self.service, &mismatch));
        }
        self.read(kind, Purpose::Create)
    }

    fn read(&self, kind: &'static Type, purpose: Purpose) -> Result<Entity, GraphError> {
        let body = self.json()?;
        kind.read(&body, purpose, self.version)
            .map_err(|mismatch| GraphError::mismatch(self.service, &mismatch))
    }

    /// `{root}/v1.0/$metadata#{what}`.
    pub(crate) fn context(&self, what: &str) -> String {
        format!("{}/{}/$metadata#{what}", self.origin, self.version.segment())
    }

    /// An absolute address below the version the client used: `{root}/v1.0{path}`.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}/{}{path}", self.origin, self.version.segment())
    }

    /// A missing object, in the words of the service that answers.
    pub(crate) fn not_found(&self, id: &str) -> GraphError {
        GraphError::not_found(self.service, id)
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Value>,
    /// How long the client waits for it.
    pub(crate) takes: Duration,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, body: Option<Value>) -> Self {
        Self { status, headers: HeaderMap::new(), body, takes: Duration::ZERO }
    }

    /// 200 with a body.
    pub(crate) fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, Some(body))
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// 201 with the new object and its address.
    pub(crate) fn created(self, location: &str) -> Self {
        Self { status: StatusCode::CREATED, ..self }.with_header(header::LOCATION, location)
    }

    /// 200 with `{"@odata.context": .., "value": [..]}`.
    pub(crate) fn values(context: String, values: Vec<Value>) -> Self {
        Self::ok(json!({ "@odata.context": context, "value": values }))
    }

    /// A value that no header may hold is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// Graph's reader takes names without quotes, which tools in use send (`Set-AutopilotDevice` of WindowsAutopilotInfo).
fn json(body: &[u8]) -> serde_json::Result<Value> {
    static BARE_NAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"("(?:[^"\\]|\\.)*")|([{,]\s*)([A-Za-z_][\w.@]*)\s*:"#).expect("a valid expression")
    });
    serde_json::from_slice(body).or_else(|error| {
        let Ok(text) = std::str::from_utf8(body) else { return Err(error) };
        let quoted = BARE_NAME.replace_all(text, |found: &Captures<'_>| match found.get(1) {
            Some(literal) => literal.as_str().to_owned(),
            None => format!("{}\"{}\":", &found[2], &found[3]),
        });
        serde_json::from_str(&quoted)
    })
}

/// Graph takes any `application/json` with any parameters.
fn has_json_type(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
}
