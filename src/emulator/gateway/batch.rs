//! `$batch`: up to twenty requests in one.

use std::collections::{HashMap, HashSet};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json};

use super::item::{Item, ItemResponse};
use crate::emulator::api::call::{OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::core::Core;
use crate::emulator::core::faults::ResponseFault;

/// The most requests a batch may hold.
const LIMIT: usize = 20;

/// One checked request of a batch.
struct Entry {
    id: String,
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
    depends_on: Vec<String>,
}

/// Answers a batch, each of its items by `answer_item`. They are worked off in their order, which every dependency allows that Graph accepts.
pub(crate) fn answer(
    core: &mut Core,
    batch: &Item<'_>,
    answer_item: fn(&mut Core, &Item<'_>) -> ItemResponse,
    request_id: &str,
    response_fault: &mut ResponseFault,
) -> OperationResult {
    if batch.method != Method::POST {
        return Err(GraphError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        ));
    }
    let entries = entries(batch)?;
    let mut statuses: HashMap<&str, StatusCode> = HashMap::new();
    let mut responses = Vec::new();
    for entry in &entries {
        let failed =
            entry.depends_on.iter().any(|id| statuses.get(id.as_str()).is_none_or(|s| !s.is_success()));
        let answer = match failed {
            true => failed_dependency(),
            false => {
                let item = Item {
                    method: &entry.method,
                    version: batch.version,
                    path: &entry.path,
                    query: &entry.query,
                    headers: &entry.headers,
                    body: &entry.body,
                    origin: batch.origin,
                    batch: Some(request_id),
                };
                answer_item(core, &item)
            }
        };
        statuses.insert(&entry.id, answer.status);
        response_fault.join(answer.response_fault.clone());
        responses.push(response(&entry.id, answer));
    }
    Ok(Reply::ok(json!({ "responses": responses })))
}

fn response(id: &str, answer: ItemResponse) -> Value {
    let mut headers = Map::new();
    for (name, value) in &answer.headers {
        if let Ok(value) = value.to_str() {
            headers.insert(canonical(name), Value::from(value));
        }
    }
    let mut response = Map::new();
    if answer.body.is_some() {
        let json = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false";
        headers.entry("Content-Type").or_insert_with(|| Value::from(json));
    }
    response.insert("id".to_owned(), Value::from(id));
    response.insert("status".to_owned(), Value::from(answer.status.as_u16()));
    response.insert("headers".to_owned(), Value::Object(headers));
    match (answer.body, answer.raw) {
        (Some(body), _) => response.insert("body".to_owned(), body),
        (None, Some(raw)) => response.insert("body".to_owned(), Value::from(raw)),
        (None, None) => None,
    };
    Value::Object(response)
}

/// Batches write header names in their usual capitals: `Retry-After`.
fn canonical(name: &HeaderName) -> String {
    if name.as_str().ends_with("request-id") {
        return name.as_str().to_owned();
    }
    let words = name.as_str().split('-').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    });
    words.collect::<Vec<_>>().join("-")
}

fn failed_dependency() -> ItemResponse {
    let body = json!({ "error": {
        "code": "FailedDependency",
        "message": "The request failed because it depends on a request that failed.",
    } });
    ItemResponse { body: Some(body), ..ItemResponse::empty(StatusCode::FAILED_DEPENDENCY) }
}

fn entries(batch: &Item<'_>) -> Result<Vec<Entry>, GraphError> {
    let malformed = |why: &str| GraphError::bad_request(format!("Invalid batch payload format. {why}"));
    let body: Value =
        serde_json::from_slice(batch.body).map_err(|_| malformed("The body is not valid JSON."))?;
    let requests = body.get("requests").and_then(Value::as_array);
    let requests = requests.ok_or_else(|| malformed("The member 'requests' must be an array."))?;
    if requests.is_empty() {
        return Err(malformed("The array 'requests' is empty."));
    }
    if requests.len() > LIMIT {
        return Err(GraphError::new(
            StatusCode::BAD_REQUEST,
            "MaximumValueExceeded",
            format!("Number of batch request steps exceeds the maximum value of {LIMIT}."),
        ));
    }
    let mut entries = Vec::new();
    let mut ids = HashSet::new();
    for request in requests {
        let entry = entry(batch, request, &malformed)?;
        // The service compares ids without case.
        if !ids.insert(entry.id.to_ascii_lowercase()) {
            return Err(GraphError::bad_request(format!(
                "Request Id {} has to be unique in a batch.",
                entry.id
            )));
        }
        if let Some(unknown) =
            entry.depends_on.iter().find(|id| !ids.contains(&id.to_ascii_lowercase()) || **id == entry.id)
        {
            return Err(malformed(&format!(
                "The request '{}' depends on '{unknown}', which does not come before it.",
                entry.id
            )));
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn entry(
    batch: &Item<'_>,
    request: &Value,
    malformed: &impl Fn(&str) -> GraphError,
) -> Result<Entry, GraphError> {
    let text = |name: &str| request.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id = text("id").ok_or_else(|| malformed("Every request needs a text 'id'."))?;
    let method = text("method").ok_or_else(|| malformed(&format!("The request '{id}' has no 'method'.")))?;
    let method =
        method.to_ascii_uppercase().parse().map_err(|_| malformed("A 'method' is no HTTP method."))?;
    let url = text("url").ok_or_else(|| malformed(&format!("The request '{id}' has no 'url'.")))?;
    if url.contains("://") {
        return Err(malformed(&format!("The 'url' of request '{id}' must be relative to the version.")));
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut headers = HeaderMap::new();
    for name in [header::AUTHORIZATION, HeaderName::from_static("client-request-id")] {
        if let Some(value) = batch.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    for (name, value) in request.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        if let (Ok(name), Some(value)) = (HeaderName::try_from(name.as_str()), value) {
            headers.insert(name, value);
        }
    }
    let body = match request.get("body") {
        None | Some(Value::Null) => Vec::new(),
        Some(_) if !headers.contains_key(header::CONTENT_TYPE) => {
            return Err(malformed(&format!(
                "The request '{id}' has a body and needs the header 'Content-Type'."
            )));
        }
        Some(body) => body.to_string().into_bytes(),
    };
    let depends_on = request.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
    Ok(Entry {
        id: id.to_owned(),
        method,
        path: format!("/{}", path.trim_matches('/')),
        query: query.to_owned(),
        headers,
        body,
        depends_on: depends_on.filter_map(|id| Some(id.as_str()?.to_owned())).collect(),
    })
}
