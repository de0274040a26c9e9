//! What scripted faults answer by themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::item::ItemResponse;
use crate::emulator::core::Delivery;
use crate::emulator::core::faults::{Damage, Effect, ResponseFault};

/// What scripted effects answer by themselves, and what they do to its delivery.
pub(crate) fn scripted(effects: &[Effect]) -> (Option<Delivery>, ResponseFault) {
    let (mut answer, mut response_fault) = (None, ResponseFault::default());
    for effect in effects {
        match effect {
            Effect::Status { status, headers, body } if answer.is_none() => {
                answer = Some(scripted_status(*status, headers, body.as_ref()));
            }
            Effect::LostReply | Effect::Reset => response_fault.damage = Some(Damage::Close),
            Effect::Truncate { bytes } => response_fault.damage = Some(Damage::Truncate(*bytes)),
            Effect::Delay { seconds } => {
                response_fault.delay += Duration::try_from_secs_f64(*seconds).unwrap_or_default();
            }
            Effect::Status { .. }
            | Effect::Instead { .. }
            | Effect::StaleRead { .. }
            | Effect::ExpiredToken => {}
        }
    }
    (answer, response_fault)
}

/// An answer of the script, on its way to where Graph's own answers go.
pub(crate) fn from_script(delivery: Delivery) -> ItemResponse {
    let text = String::from_utf8_lossy(&delivery.body).into_owned();
    let body = serde_json::from_str(&text).ok();
    let raw = body.is_none().then_some(text);
    ItemResponse {
        status: delivery.status,
        headers: delivery.headers,
        body,
        raw,
        response_fault: ResponseFault::default(),
    }
}

/// What is answered instead of what a request came to.
pub(crate) fn instead(effects: &[Effect]) -> Option<ItemResponse> {
    effects.iter().find_map(|effect| match effect {
        Effect::Instead { status, body } => {
            Some(from_script(scripted_status(*status, &BTreeMap::new(), Some(body))))
        }
        _ => None,
    })
}

fn scripted_status(status: u16, headers: &BTreeMap<String, String>, body: Option<&Value>) -> Delivery {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut delivery = match body {
        Some(Value::String(text)) => Delivery::new(status, "text/html; charset=utf-8", text.clone()),
        Some(body) => Delivery::json(status, body),
        None => {
            let reason = status.canonical_reason().unwrap_or("Unknown error");
            let code = match status.as_u16() {
                429 => "TooManyRequests".to_owned(),
                503 => "serviceNotAvailable".to_owned(),
                _ => reason.replace(' ', ""),
            };
            Delivery::json(status, &json!({ "error": { "code": code, "message": reason } }))
        }
    };
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_str()))
        {
            delivery.headers.insert(name, value);
        }
    }
    delivery
}
