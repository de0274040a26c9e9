//! One request to Graph, and its answer, before they meet the wire.

use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use crate::emulator::api::call::{OperationResult, Reply};
use crate::emulator::api::error::ErrorContext;
use crate::emulator::api::model::Version;
use crate::emulator::core::faults::ResponseFault;

/// One request to Graph: from the wire, or out of a batch.
pub(crate) struct Item<'a> {
    pub(crate) method: &'a Method,
    pub(crate) version: Version,
    /// Below the version, without the query.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) origin: &'a str,
    /// The `request-id` of the batch it came in.
    pub(crate) batch: Option<&'a str>,
}

/// An answer to an item.
pub(crate) struct ItemResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Value>,
    /// A body that is no JSON (scripted faults only).
    pub(crate) raw: Option<String>,
    pub(crate) response_fault: ResponseFault,
}

impl ItemResponse {
    pub(super) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: None,
            raw: None,
            response_fault: ResponseFault::default(),
        }
    }

    pub(super) fn from_outcome(outcome: OperationResult, scene: &ErrorContext<'_>) -> Self {
        match outcome {
            Ok(Reply { status, headers, body, takes }) => {
                let response_fault = ResponseFault { delay: takes, ..ResponseFault::default() };
                Self { headers, body, response_fault, ..Self::empty(status) }
            }
            Err(error) => {
                let mut answer = Self::empty(error.status);
                answer.body = Some(error.body(scene));
                answer.headers = *error.headers;
                answer
            }
        }
    }
}
