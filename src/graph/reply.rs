//! A complete answer, and what is read from it.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::HeaderMap;

use super::Json;
use super::envelope;
use super::retry;

/// A complete answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; `Null` when there is none; `None` when it is something else.
    pub(crate) fn json(&self) -> Option<Json> {
        if self.body.is_empty() {
            return Some(Json::Null);
        }
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether it holds an object as Graph writes one: with its id.
    /// Whether it tells what was created: the object, or, where several were, all of them.
    pub(crate) fn is_creation(&self) -> bool {
        self.json().is_some_and(|body| match body["value"].as_array() {
            Some(several) => several.iter().all(is_object),
            None => is_object(&body),
        })
    }

    /// Whether it is Intune's error without a word of what is wrong.
    pub(crate) fn is_bare(&self) -> bool {
        !self.is_success() && envelope::read(&self.json().unwrap_or_default()).is_bare
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry::retry_after(&self.headers, SystemTime::now())
    }

    #[cfg(test)]
    pub(crate) fn of(status: u16, body: Json) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.to_string().into() }
    }
}

/// Whether this is an object as Graph writes one: with its id.
pub(crate) fn is_object(body: &Json) -> bool {
    body["id"].as_str().is_some_and(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_creation_tells_every_object_with_its_id() {
        let table = [
            (json!({"id": "a"}), true),
            (json!({"value": [{"id": "a"}, {"id": "b"}]}), true),
            (json!({"value": [{"id": "a"}, {}]}), false),
            (json!({"id": ""}), false),
            (json!({}), false),
        ];
        for (body, is_creation) in table {
            assert_eq!(Reply::of(201, body.clone()).is_creation(), is_creation, "{body}");
        }
    }
}
