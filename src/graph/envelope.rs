//! Reading Graph's error envelope, Intune's nested one included.

use super::Json;
use super::foreign::tame;

/// What an error body says, freed from its wrapping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: Option<String>,
    /// The reason in the service's words; `None` when there are none, or only boilerplate.
    pub(crate) reason: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) client_request_id: Option<String>,
    /// Intune's id for its support; mostly, but not always, equal to the request id.
    pub(crate) activity_id: Option<String>,
    /// Whether Intune's boilerplate is all there is: "An error has occurred".
    pub(crate) is_bare: bool,
}

/// Reads an error body: Graph's envelope, an OAuth-like one, or whatever a proxy wrote.
pub(crate) fn read(body: &Json) -> Said {
    let error = &body["error"];
    let inner = ["innerError", "innererror"]
        .iter()
        .map(|name| &error[name])
        .find(|v| v.is_object())
        .unwrap_or(&Json::Null);
    let code = word(&error["code"]).or_else(|| word(error));
    let message = text(&error["message"]).or_else(|| text(&body["error_description"])).unwrap_or_default();
    let (message, phrase) = unwrap_nested(message);
    let (reason, activity_id) = strip_boilerplate(&message);
    let is_bare = reason.is_none() && phrase.is_none() && activity_id.is_some();
    Said {
        code,
        reason: reason.or(phrase).map(|reason| tame(&without_long_literals(&reason))),
        request_id: word(&inner["request-id"]),
        client_request_id: word(&inner["client-request-id"]),
        activity_id: activity_id.map(|id| tame(&id)),
        is_bare,
    }
}

/// Intune puts a JSON document into `message`; its `Message` is the text, `CustomApiErrorPhrase` sometimes a name.
fn unwrap_nested(message: String) -> (String, Option<String>) {
    let nested =
        message.trim_start().starts_with('{').then(|| serde_json::from_str::<Json>(&message).ok()).flatten();
    match nested {
        Some(nested) if nested["Message"].is_string() => {
            (text(&nested["Message"]).unwrap_or_default(), text(&nested["CustomApiErrorPhrase"]))
        }
        _ => (message, None),
    }
}

/// `<reason> - Operation ID (for customer support): <zeros> - Activity ID: <guid> - Url: https://fef...`
fn strip_boilerplate(message: &str) -> (Option<String>, Option<String>) {
    let (reason, tail) = match message.find(OPERATION) {
        Some(at) => message.split_at(at),
        None => (message, ""),
    };
    let activity =
        tail.split_once(ACTIVITY).and_then(|(_, rest)| rest.split_whitespace().next()).map(str::to_owned);
    let reason = reason.trim();
    let says_nothing =
        reason.is_empty() || reason.trim_end_matches('.').eq_ignore_ascii_case("An error has occurred");
    ((!says_nothing).then(|| reason.to_owned()), activity)
}

/// A refused hardware hash comes back inside the refusal; it is 4,000 characters long and nobody's business.
fn without_long_literals(reason: &str) -> String {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_' | '.');
    let mut kept = String::with_capacity(reason.len());
    let mut rest = reason;
    while !rest.is_empty() {
        let run = rest.find(|c| !is_base64(c)).unwrap_or(rest.len());
        if run > LONGEST_LITERAL {
            kept.push_str(&format!("({run} characters left out)"));
        } else {
            kept.push_str(&rest[..run]);
        }
        let next = rest[run..].find(is_base64).map_or(rest.len(), |at| run + at);
        kept.push_str(&rest[run..next]);
        rest = &rest[next..];
    }
    kept
}

fn text(value: &Json) -> Option<String> {
    value.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

fn word(value: &Json) -> Option<String> {
    text(value).map(|text| tame(&text))
}

const OPERATION: &str = " - Operation ID";
const ACTIVITY: &str = "Activity ID: ";
const LONGEST_LITERAL: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reason(message: &str) -> Option<String> {
        read(&json!({"error": {"code": "BadRequest", "message": message}})).reason
    }

    #[test]
    fn reads_the_plain_envelope() {
        let said = read(&json!({"error": {
            "code": "Request_ResourceNotFound",
            "message": "Resource 'x' does not exist.",
            "innerError": {"date": "2026-01-31T12:00:00", "request-id": "r-1", "client-request-id": "c-1"},
        }}));
        assert_eq!(
            said,
            Said {
                code: Some("Request_ResourceNotFound".into()),
                reason: Some("Resource 'x' does not exist.".into()),
                request_id: Some("r-1".into()),
                client_request_id: Some("c-1".into()),
                activity_id: None,
                is_bare: false,
            }
        );
    }

    #[test]
    fn unwraps_the_message_intune_nests_and_keeps_its_id() {
        for pretty in [false, true] {
            let nested = json!({
                "_version": 3,
                "Message": "Another Profile 1 is already assigned to All Devices. - Operation ID (for customer support): \
                    00000000-0000-0000-0000-000000000000 - Activity ID: 7f3a-1 - Url: https://fef.msua06.manage.microsoft.com/x?api-version=5023-06-28",
                "CustomApiErrorPhrase": "", "RetryAfter": null, "ErrorSourceService": "", "HttpHeaders": "{}",
            });
            let message = if pretty {
                serde_json::to_string_pretty(&nested).unwrap().replace('\n', "\r\n")
            } else {
                nested.to_string()
            };
            let said = read(&json!({"error": {"code": "BadRequest", "message": message}}));
            assert_eq!(said.reason.as_deref(), Some("Another Profile 1 is already assigned to All Devices."));
            assert_eq!(said.activity_id.as_deref(), Some("7f3a-1"));
        }
    }

    #[test]
    fn boilerplate_is_no_reason() {
        let bare = "An error has occurred - Operation ID (for customer support): 0 - Activity ID: a - Url: https://x";
        assert_eq!(reason(bare), None);
        assert_eq!(reason("An error has occurred."), None);
        assert_eq!(reason(" "), None);
        let phrase = json!({"Message": bare, "CustomApiErrorPhrase": "ZtdDeviceAlreadyAssigned"}).to_string();
        assert_eq!(reason(&phrase).as_deref(), Some("ZtdDeviceAlreadyAssigned"));
    }

    #[test]
    fn text_that_only_looks_nested_stays_as_it_is() {
        assert_eq!(reason("{not json").as_deref(), Some("{not json"));
        assert_eq!(reason(r#"{"a":1}"#).as_deref(), Some(r#"{"a":1}"#));
    }

    #[test]
    fn reads_other_peoples_envelopes() {
        let oauth =
            read(&json!({"error": "invalid_client", "error_description": "AADSTS7000215: wrong secret"}));
        assert_eq!(
            (oauth.code.as_deref(), oauth.reason.as_deref()),
            (Some("invalid_client"), Some("AADSTS7000215: wrong secret"))
        );
        assert_eq!(read(&Json::Null), Said::default());
        assert_eq!(read(&json!(["x"])), Said::default());
    }

    #[test]
    fn a_refused_hardware_hash_is_not_repeated() {
        let hash = format!("T0{}==", "A1b+/".repeat(200));
        let said = reason(&format!("Cannot convert the literal '{hash}' to the expected type 'Edm.Binary'."))
            .unwrap();
        assert_eq!(
            said,
            "Cannot convert the literal '(1004 characters left out)' to the expected type 'Edm.Binary'."
        );
    }
}
