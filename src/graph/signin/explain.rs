//! From what went wrong to what to tell: what happened, why, what to do next. Pure.

use serde_json::Value;

use super::advice::{advice, origin};
use super::argument::Argument;
use super::context::Context;
use super::wire::{ErrorResponse, Party, Trouble};
use super::{Failure, SignInRefusal};

/// Tells the trouble that ended an attempt.
pub(super) fn explain(trouble: Trouble, context: &Context<'_>) -> Failure {
    match trouble {
        Trouble::Local(failure) => failure,
        Trouble::NotReached { party, host, why } => not_reached(party, &host, &why),
        Trouble::Answered(answer) => answered(answer, context),
    }
}

fn not_reached(party: Party, host: &str, why: &str) -> Failure {
    let advice = if party == Party::ManagedIdentity {
        "This machine does not look like an Azure resource with a managed identity. Assign it one, or remove use_msi."
            .to_owned()
    } else if why.contains("certificate") {
        format!(
            "The certificate that {host} shows is not trusted here. A proxy that inspects TLS is the usual reason: \
             give its certificate authority as a PEM file with ca_file (environment ARM_CA_FILE)."
        )
    } else {
        format!(
            "Check that this machine can reach {host}. Behind a proxy, set HTTPS_PROXY, and list in NO_PROXY what \
             must not go through it."
        )
    };
    Failure::unreachable(format!("{} at {host} cannot be reached: {why}", name(party)), advice)
}

fn answered(answer: ErrorResponse, context: &Context<'_>) -> Failure {
    let json: Option<Value> = serde_json::from_str(&answer.body).ok();
    let Some(json) = json.filter(Value::is_object) else {
        return not_understood(&answer);
    };
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let description = text("error_description")
        .or_else(|| text("message"))
        .or_else(|| text("typeName"))
        .unwrap_or_default();
    let refusal = SignInRefusal {
        status: answer.status,
        error: text("error"),
        aadsts: aadsts(&json, &description),
        correlation_id: text("correlation_id").or_else(|| after(&description, "Correlation ID:")),
        trace_id: text("trace_id").or_else(|| after(&description, "Trace ID:")),
        timestamp: text("timestamp"),
    };
    let said = first_sentence(&description);
    let said = if said.is_empty() {
        refusal.error.clone().unwrap_or_else(|| "no reason given".into())
    } else {
        said
    };
    let what = format!("{} answered: {said}", name(answer.party));
    if matches!(answer.status, 408 | 429 | 500..) {
        let wait = answer.retry_after.map(|wait| format!(" (Retry-After: {wait})")).unwrap_or_default();
        let mut failure = Failure::unreachable(
            what,
            format!("{} is busy or out of order{wait}. Try again later.", name(answer.party)),
        );
        failure.refusal = Some(Box::new(refusal));
        return failure;
    }
    let advice = match answer.party {
        Party::Entra => refusal.aadsts.and_then(|code| advice(code, context)).unwrap_or_else(|| {
            "Look up the code at https://login.microsoftonline.com/error, and the correlation id in the sign-in logs \
             of the Entra admin center."
                .to_owned()
        }),
        Party::GitHub => "The job may need `permissions: id-token: write` in its workflow; the request token is valid \
                          only while the job runs."
            .to_owned(),
        Party::AzurePipelines => "Check ado_pipeline_service_connection_id, that the pipeline is authorized to use \
                                  that service connection, and that SYSTEM_ACCESSTOKEN is mapped into the step with \
                                  `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`."
            .to_owned(),
        Party::ManagedIdentity => match context.client_id {
            Some(id) => format!(
                "Check that the user-assigned identity {id} (client_id{}) is assigned to this resource, or remove \
                 client_id to use the system-assigned identity.",
                origin(context, Argument::ClientId)
            ),
            None => "Turn on the system-assigned identity of this resource, or name a user-assigned one with client_id."
                .to_owned(),
        },
    };
    Failure::refused(what, advice, refusal)
}

/// Something between us and the party answered in its place, most often a proxy or a login page.
fn not_understood(answer: &ErrorResponse) -> Failure {
    let ErrorResponse { party, host, status, content_type, .. } = answer;
    let kind = if content_type.contains("html") || answer.body.trim_start().starts_with('<') {
        "a web page"
    } else if answer.body.trim().is_empty() {
        "nothing"
    } else {
        "something that is no JSON"
    };
    let mut failure = Failure::unreachable(
        format!("{host} answered with HTTP status {status} and {kind} in place of a token"),
        match party {
            Party::ManagedIdentity => {
                "Managed identity tokens are issued on the machine itself. Check msi_endpoint, if it is set, and that \
                 no proxy stands in between."
                    .to_owned()
            }
            _ => format!(
                "{} always answers in JSON, so something in between answered: a proxy, a firewall or a captive portal. \
                 Check HTTPS_PROXY and NO_PROXY, and that {host} is allowed.",
                name(*party)
            ),
        },
    );
    failure.refusal = Some(Box::new(SignInRefusal { status: *status, ..SignInRefusal::default() }));
    failure
}

fn name(party: Party) -> &'static str {
    match party {
        Party::Entra => "Microsoft Entra",
        Party::GitHub => "GitHub's OpenID Connect provider",
        Party::AzurePipelines => "Azure DevOps",
        Party::ManagedIdentity => "the managed identity endpoint",
    }
}

fn aadsts(json: &Value, description: &str) -> Option<u32> {
    let listed = json.get("error_codes").and_then(Value::as_array).and_then(|codes| codes.first()?.as_u64());
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    description
        .split_once("AADSTS")
        .and_then(|(_, rest)| digits(rest))
        .or_else(|| listed.and_then(|code| u32::try_from(code).ok()))
}

/// Entra ends its descriptions with ids, on lines of their own or not.
fn first_sentence(description: &str) -> String {
    let end = description.find("Trace ID:").unwrap_or(description.len());
    description[..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

fn after(description: &str, label: &str) -> Option<String> {
    description.split_once(label)?.1.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::graph::signin::{Claims, FailureKind, Method, Settings};

    fn settings() -> Settings {
        let environment =
            [("ARM_TENANT_ID", "contoso.com"), ("ARM_CLIENT_ID", "app-1"), ("ARM_CLIENT_SECRET", "s3cret")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Settings::resolve(&BTreeMap::new(), &environment.into()).unwrap()
    }

    fn tell(party: Party, status: u16, body: &str, shown: Option<&Claims>) -> Failure {
        let answer = ErrorResponse {
            party,
            host: "login.example".into(),
            status,
            content_type: "application/json".into(),
            retry_after: None,
            body: body.into(),
        };
        let settings = settings();
        let method =
            if party == Party::ManagedIdentity { Method::ManagedIdentity } else { Method::ClientSecret };
        explain(
            Trouble::Answered(answer),
            &Context { method, settings: &settings, client_id: Some("app-1"), shown, sign_in: None },
        )
    }

    fn entra(code: u32, text: &str) -> String {
        json!({
            "error": "invalid_client",
            "error_description": format!(
                "AADSTS{code}: {text}\r\nTrace ID: trace-1\r\nCorrelation ID: correlation-1\r\nTimestamp: 2026-01-01 00:00:00Z"
            ),
            "error_codes": [code], "timestamp": "2026-01-01 00:00:00Z",
            "trace_id": "trace-1", "correlation_id": "correlation-1"
        })
        .to_string()
    }

    #[test]
    fn each_known_code_says_what_to_do() {
        for (code, advice) in [
            (7000215, "the secret's id was pasted instead of its value"),
            (7000215, "(from environment variable ARM_CLIENT_SECRET)"),
            (7000222, "has expired"),
            (700016, "There is no application app-1 in the tenant contoso.com"),
            (90002, "There is no tenant contoso.com in the cloud \"public\""),
            (70021, "Federated credentials"),
            (700211, "Federated credentials"),
            (700213, "Federated credentials"),
            (500011, "environment"),
            (53003, "Conditional Access"),
            (700024, "clock"),
            (424242, "https://login.microsoftonline.com/error"),
        ] {
            let failure = tell(Party::Entra, 401, &entra(code, "Something's \"wrong\"."), None);
            let text = failure.to_string();
            assert!(text.contains(advice), "{code}: {text}");
            assert!(
                text.starts_with(&format!(
                    "Microsoft Entra answered: AADSTS{code}: Something's \"wrong\".\n"
                )),
                "{text}"
            );
            assert!(!text.contains("s3cret"));
            let refusal = failure.refusal.unwrap();
            assert_eq!((refusal.status, refusal.aadsts), (401, Some(code)));
            assert_eq!(refusal.correlation_id.as_deref(), Some("correlation-1"));
            assert_eq!(failure.kind, FailureKind::Refused);
        }
    }

    #[test]
    fn a_missing_federated_credential_is_spelled_out() {
        let shown = Claims {
            issuer: Some("https://token.actions.githubusercontent.com".into()),
            subject: Some("repo:contoso/devices:ref:refs/heads/main".into()),
            audience: Some("api://AzureADTokenExchange".into()),
            ..Claims::unknown()
        };
        let text = tell(Party::Entra, 400, &entra(700213, "No match."), Some(&shown)).to_string();
        assert!(text.contains("subject:  repo:contoso/devices:ref:refs/heads/main"), "{text}");
    }

    #[test]
    fn ids_are_found_in_the_text_too() {
        let body = json!({"error": "invalid_request",
            "error_description": "AADSTS90002: Tenant not found. Trace ID: t Correlation ID: c Timestamp: now"});
        let refusal = tell(Party::Entra, 400, &body.to_string(), None).refusal.unwrap();
        assert_eq!(refusal.aadsts, Some(90002));
        assert_eq!((refusal.trace_id.as_deref(), refusal.correlation_id.as_deref()), (Some("t"), Some("c")));
    }

    #[test]
    fn a_proxys_page_is_recognised() {
        for (status, body, said) in [
            (403, "<html><body>Blocked by policy</body></html>", "a web page"),
            (200, "<!DOCTYPE html>", "a web page"),
            (502, "", "nothing"),
            (200, "OK", "something that is no JSON"),
            (200, "[]", "something that is no JSON"),
        ] {
            let failure = tell(Party::Entra, status, body, None);
            let text = failure.to_string();
            assert!(text.contains(&format!("HTTP status {status} and {said}")), "{text}");
            assert!(text.contains("HTTPS_PROXY"), "{text}");
            assert_eq!(failure.kind, FailureKind::Unreachable);
        }
    }

    #[test]
    fn a_busy_authority_is_not_the_users_mistake() {
        let failure = tell(Party::Entra, 429, &entra(90055, "Too many requests."), None);
        assert_eq!(failure.kind, FailureKind::Unreachable);
        assert!(failure.to_string().contains("Try again later"));
    }

    proptest::proptest! {
        #[test]
        fn every_answer_can_be_explained(status in 200_u16..600, body in ".*", description in ".*") {
            tell(Party::Entra, status, &body, None);
            let failure = tell(Party::Entra, status, &json!({"error_description": description}).to_string(), None);
            proptest::prop_assert!(!failure.advice.is_empty());
        }
    }

    #[test]
    fn an_identity_that_is_not_assigned_is_named() {
        let body = json!({"error": "invalid_request", "error_description": "Identity not found"}).to_string();
        let text = tell(Party::ManagedIdentity, 400, &body, None).to_string();
        assert!(
            text.contains("app-1 (client_id (from environment variable ARM_CLIENT_ID)) is assigned"),
            "{text}"
        );
    }

    #[test]
    fn who_cannot_be_reached_is_named_with_what_to_check() {
        let settings = settings();
        let context = Context {
            method: Method::ClientSecret,
            settings: &settings,
            client_id: None,
            shown: None,
            sign_in: None,
        };
        for (party, why, advice) in [
            (
                Party::Entra,
                "tcp connect error: Connection refused",
                "Check that this machine can reach login.example",
            ),
            (Party::Entra, "invalid peer certificate: UnknownIssuer", "ca_file"),
            (Party::ManagedIdentity, "timed out", "remove use_msi"),
        ] {
            let trouble = Trouble::NotReached { party, host: "login.example".into(), why: why.into() };
            let failure = explain(trouble, &context);
            assert!(failure.to_string().contains(advice) && failure.what.contains(why), "{failure}");
        }
    }
}
