//! Several requests in one `$batch`, each with its own answer and its own retries.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use tokio::time::Instant;
use tracing::info;

use super::Json;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::reply::Reply;
use super::request::{Charge, Endpoint, Request, Version};
use super::retry::{self, Decision, SendOutcome, Situation};
use super::scope::Scope;
use super::send::Sender;

/// How many items Graph takes in one `$batch`.
pub(crate) const MOST_ITEMS: usize = 20;

impl Sender {
    /// Answers each of these requests, which must be of one version and one service, and all of them reads or all writes
    /// that may be sent twice. A lone one is sent as it is. Only what failed is sent again, after the longest wait any item
    /// was told.
    pub(crate) async fn send_together(
        &self,
        scope: &Scope,
        requests: &[Request],
    ) -> Vec<Result<Json, Error>> {
        let mut results: Vec<Option<Result<Json, Error>>> = requests.iter().map(|_| None).collect();
        let started = Instant::now();
        let mut attempt = 0;
        let mut reauthenticated = false;
        loop {
            let open: Vec<usize> = (0..requests.len()).filter(|i| results[*i].is_none()).collect();
            match open.as_slice() {
                [] => break,
                [one] => {
                    results[*one] = Some(self.read(scope, &requests[*one]).await);
                    break;
                }
                several => {
                    attempt += 1;
                    let pending: Vec<&Request> = several.iter().map(|i| &requests[*i]).collect();
                    // What the batch is let in with; if there is none, sending it says why.
                    let token = scope.run(self.tokens.token()).await.ok().and_then(Result::ok);
                    let mut is_token_refused = false;
                    let parts = match self
                        .read(scope, &compose(&pending))
                        .await
                        .and_then(|body| split(&body, pending.len()))
                    {
                        Ok(parts) => parts,
                        Err(error) => {
                            for i in several {
                                results[*i] = Some(Err(error.clone()));
                            }
                            break;
                        }
                    };
                    let mut longest = None;
                    for (i, part) in several.iter().zip(parts) {
                        match self.judge(scope, &requests[*i], part, attempt, reauthenticated, started).await
                        {
                            Verdict::Final(result) => results[*i] = Some(result),
                            Verdict::Again(wait) => longest = longest.max(Some(wait)),
                            Verdict::WithAnotherToken => {
                                is_token_refused = true;
                                longest = longest.max(Some(Duration::ZERO));
                            }
                        }
                    }
                    if is_token_refused {
                        reauthenticated = true;
                        token.iter().for_each(|token| self.tokens.invalidate(token));
                    }
                    if let Some(wait) = longest {
                        info!(attempt, wait_ms = wait.as_millis(), "Part of a batch is asked again");
                        if let Err(ended) = scope.sleep(wait).await {
                            let error = Error::ended(ended, "another attempt");
                            for (result, request) in
                                results.iter_mut().zip(requests).filter(|(result, _)| result.is_none())
                            {
                                *result = Some(Err(error.clone().during(request)));
                            }
                        }
                    }
                }
            }
        }
        results.into_iter().flatten().collect()
    }

    async fn judge(
        &self,
        scope: &Scope,
        request: &Request,
        part: Option<Reply>,
        attempt: u32,
        reauthenticated: bool,
        started: Instant,
    ) -> Verdict {
        let retry_after = part.as_ref().and_then(Reply::retry_after);
        let outcome = part.as_ref().map_or(SendOutcome::ReplyLost, |reply| SendOutcome::Status(reply.status));
        if outcome == SendOutcome::Status(429) {
            self.pacer.refused(request.charge, retry_after.unwrap_or_default());
        }
        let situation = Situation {
            repeat: request.repeat,
            retry_after,
            appears_within: request.endpoint.appears(),
            attempt,
            // Nothing in a batch creates.
            bare: false,
            reauthenticated,
            elapsed: started.elapsed(),
            left: scope.left(),
            jitter: fastrand::f64(),
        };
        match (retry::decide(outcome, &situation), part) {
            (Decision::Wait(wait) | Decision::LookUpFirst(wait), _) => Verdict::Again(wait),
            (Decision::Reauthenticate, _) => Verdict::WithAnotherToken,
            (_, Some(reply)) if reply.is_success() => {
                Verdict::Final(reply.json().ok_or_else(|| no_answer(request)))
            }
            (_, Some(reply)) => Verdict::Final(Err(self.explain(Error::answered(request, &reply)).await)),
            (_, None) => Verdict::Final(Err(no_answer(request))),
        }
    }
}

enum Verdict {
    Final(Result<Json, Error>),
    Again(Duration),
    /// The token went out of use between the batch and its item.
    WithAnotherToken,
}

fn no_answer(request: &Request) -> Error {
    Error::new(ErrorKind::UnexpectedAnswer, "Microsoft Graph left a request of a batch without an answer")
        .during(request)
}

/// The `$batch` that holds these requests; an item's id is its place.
fn compose(requests: &[&Request]) -> Request {
    let items: Vec<Json> = requests
        .iter()
        .enumerate()
        .map(|(place, request)| {
            let mut item = json!({
                "id": place.to_string(),
                "method": request.method.as_str(),
                "url": request.endpoint.relative(),
            });
            let mut headers: serde_json::Map<String, Json> = request
                .endpoint
                .headers()
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect();
            if let Some(body) = &request.body {
                item["body"] = body.clone();
                headers.insert("Content-Type".to_owned(), json!("application/json"));
            }
            if !headers.is_empty() {
                item["headers"] = Json::Object(headers);
            }
            item
        })
        .collect();
    let first = requests.first();
    let endpoint = Endpoint::new(first.map_or(Version::V1, |request| request.endpoint.version()), "$batch");
    let mut batch = Request::action(&endpoint, json!({ "requests": items }));
    if let Some(first) = first {
        batch.repeat = first.repeat;
        batch.charge = Charge { requests: u32::try_from(requests.len()).unwrap_or(u32::MAX), ..first.charge };
    }
    batch
}

/// The answers in the order of the requests, whatever order they came in; `None` where one is missing.
fn split(body: &Json, items: usize) -> Result<Vec<Option<Reply>>, Error> {
    let Some(responses) = body["responses"].as_array() else {
        return Err(Error::new(
            ErrorKind::UnexpectedAnswer,
            "Microsoft Graph answered a batch without its responses",
        ));
    };
    let mut parts: Vec<Option<Reply>> = (0..items).map(|_| None).collect();
    for response in responses {
        let place = response["id"].as_str().and_then(|id| id.parse::<usize>().ok());
        let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        if let (Some(part), Some(status)) = (place.and_then(|place| parts.get_mut(place)), status) {
            let body = &response["body"];
            let body = if body.is_null() { Default::default() } else { body.to_string().into() };
            *part = Some(Reply { status, headers: headers(&response["headers"]), body });
        }
    }
    Ok(parts)
}

fn headers(headers: &Json) -> HeaderMap {
    let pair = |(name, value): (&String, &Json)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
    };
    headers.as_object().into_iter().flatten().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::mock_transport::MockTransport;
    use tokio_util::sync::CancellationToken;

    fn device(id: &str) -> Request {
        Request::get(
            &Endpoint::beta("deviceManagement/windowsAutopilotDeviceIdentities")
                .key(id)
                .header("Prefer", "x"),
        )
    }

    fn scope() -> Scope {
        Scope::new(CancellationToken::new(), Duration::from_secs(300))
    }

    fn part(id: usize, status: u16, headers: Json, body: Json) -> Json {
        json!({"id": id.to_string(), "status": status, "headers": headers, "body": body})
    }

    #[test]
    fn a_batch_names_each_item_by_its_place_and_charges_for_all() {
        let (a, b) = (device("a b"), device("b"));
        let batch = compose(&[&a, &b]);
        assert_eq!(batch.endpoint.path(), "/beta/$batch");
        assert_eq!(
            batch.body.unwrap()["requests"],
            json!([
                {"id": "0", "method": "GET", "url": "/deviceManagement/windowsAutopilotDeviceIdentities/a%20b", "headers": {"Prefer": "x"}},
                {"id": "1", "method": "GET", "url": "/deviceManagement/windowsAutopilotDeviceIdentities/b", "headers": {"Prefer": "x"}},
            ])
        );
        assert_eq!(batch.charge, Charge { requests: 2, ..a.charge });
        assert!(!batch.charge.writes);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_are_matched_by_id_in_whatever_order() {
        let server = MockTransport::script(vec![(
            200,
            json!({"responses": [
                part(1, 404, json!({}), json!({"error": {"code": "ResourceNotFound", "message": "gone"}})),
                part(0, 200, json!({}), json!({"id": "a"})),
            ]}),
        )]);
        let answers = server.sender().send_together(&scope(), &[device("a"), device("b")]).await;
        assert_eq!(answers[0].as_ref().unwrap(), &json!({"id": "a"}));
        let error = answers[1].as_ref().unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(error.call().unwrap().path, "/beta/deviceManagement/windowsAutopilotDeviceIdentities/b");
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_was_throttled_is_sent_again_after_the_longest_wait() {
        let ok = |place, id: &str| part(place, 200, json!({}), json!({"id": id}));
        let busy = |place, secs: &str| part(place, 429, json!({"Retry-After": secs}), Json::Null);
        let server = MockTransport::script(vec![
            (200, json!({"responses": [busy(0, "3"), ok(1, "b"), busy(2, "8")]})),
            (200, json!({"responses": [ok(1, "c"), ok(0, "a")]})),
        ]);
        let started = Instant::now();
        let answers = server.sender().send_together(&scope(), &[device("a"), device("b"), device("c")]).await;
        let ids: Vec<_> = answers.into_iter().map(|answer| answer.unwrap()["id"].clone()).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        assert_eq!(started.elapsed(), Duration::from_secs(8));
        assert_eq!(server.asked()[1].body["requests"].as_array().unwrap().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_whose_token_died_is_asked_for_with_another_one_once() {
        let dead =
            |place| part(place, 401, json!({}), json!({"error": {"code": "InvalidAuthenticationToken"}}));
        let server = MockTransport::script(vec![
            (200, json!({"responses": [part(0, 200, json!({}), json!({"id": "a"})), dead(1), dead(2)]})),
            (200, json!({"responses": [part(0, 200, json!({}), json!({"id": "b"})), dead(1)]})),
        ]);
        let answers = server.sender().send_together(&scope(), &[device("a"), device("b"), device("c")]).await;
        assert_eq!(answers[1].as_ref().unwrap(), &json!({"id": "b"}));
        assert_eq!(answers[2].as_ref().unwrap_err().kind(), ErrorKind::SignIn);
        assert_eq!(server.asked().len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_open_item_is_sent_alone() {
        let server = MockTransport::script(vec![
            (
                200,
                json!({"responses": [part(0, 200, json!({}), json!({"id": "a"})), part(1, 503, json!({}), Json::Null)]}),
            ),
            (200, json!({"id": "b"})),
        ]);
        let answers = server.sender().send_together(&scope(), &[device("a"), device("b")]).await;
        assert_eq!(answers[1].as_ref().unwrap(), &json!({"id": "b"}));
        assert!(server.asked()[1].url.ends_with("/windowsAutopilotDeviceIdentities/b"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_item_without_an_answer_is_asked_for_again() {
        let server = MockTransport::script(vec![
            (200, json!({"responses": []})),
            (200, json!({"responses": []})),
            (
                200,
                json!({"responses": [
                    part(0, 200, json!({}), json!({"id": "a"})), part(1, 200, json!({}), json!({"id": "b"})),
                ]}),
            ),
        ]);
        let answers = server.sender().send_together(&scope(), &[device("a"), device("b")]).await;
        assert!(answers.iter().all(Result::is_ok));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_batch_is_everybodys_error() {
        let server =
            MockTransport::script(vec![(400, json!({"error": {"code": "BadRequest", "message": "no"}}))]);
        let answers = server.sender().send_together(&scope(), &[device("a"), device("b")]).await;
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap_err().kind() == ErrorKind::Refused));
    }
}
