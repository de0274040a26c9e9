//! Faults by script.

use super::*;

#[test]
fn a_scripted_status_comes_at_its_turn_and_does_no_work() {
    let mut stage = Stage::new();
    let fault = Fault::once("^/v1.0/widgets$", Effect::throttled(7)).on("POST").from(2);
    stage.core.add_fault(fault).unwrap();
    let widget = json!({ "displayName": "A" });
    assert_eq!(stage.post("/v1.0/widgets", widget.clone()).status, 201);
    let refused = stage.post("/v1.0/widgets", widget.clone());
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers[header::RETRY_AFTER], "7");
    assert_eq!(refused.code(), "TooManyRequests");
    assert_eq!(stage.post("/v1.0/widgets", widget).status, 201);
    assert_eq!(stage.get("/v1.0/widgets").body["value"].as_array().unwrap().len(), 2);
}

#[test]
fn coming_back_before_retry_after_is_noted() {
    let mut stage = Stage::new();
    stage.core.add_fault(Fault::once("/widgets", Effect::throttled(10))).unwrap();
    assert_eq!(stage.get("/v1.0/widgets").status, 429);
    assert_eq!(stage.get("/v1.0/widgets/other").status, 404, "something else may be asked");
    assert!(stage.core.journal.violations().is_empty());
    events::step(&mut stage.core.tenant, Duration::from_secs(4));
    assert_eq!(stage.get("/v1.0/widgets").status, 200);
    let reasons: Vec<_> = stage.core.journal.violations().iter().map(|v| v.reason.as_str()).collect();
    assert_eq!(reasons, ["called again 6.0 s before Retry-After had passed"]);
    events::step(&mut stage.core.tenant, Duration::from_secs(6));
    stage.get("/v1.0/widgets");
    assert_eq!(stage.core.journal.violations().len(), 1, "waiting long enough is polite");
}

#[test]
fn a_lost_reply_has_done_its_work_and_a_reset_has_not() {
    let mut stage = Stage::new();
    let widget = json!({ "displayName": "A" });
    stage.core.add_fault(Fault::once("/widgets", Effect::LostReply)).unwrap();
    assert_eq!(stage.post("/v1.0/widgets", widget.clone()).response_fault.damage, Some(Damage::Close));
    assert_eq!(stage.get("/v1.0/widgets").body["value"].as_array().unwrap().len(), 1);
    stage.core.add_fault(Fault::once("/widgets", Effect::Reset)).unwrap();
    assert_eq!(stage.post("/v1.0/widgets", widget).response_fault.damage, Some(Damage::Close));
    assert_eq!(stage.get("/v1.0/widgets").body["value"].as_array().unwrap().len(), 1);
}

#[test]
fn an_answer_instead_of_the_right_one_has_done_its_work() {
    let mut stage = Stage::new();
    let instead = Effect::Instead { status: 401, body: json!({ "error": { "code": "X" } }) };
    stage.core.add_fault(Fault::once("^/v1.0/widgets$", instead).on("POST")).unwrap();
    let answer = stage.post("/v1.0/widgets", json!({ "displayName": "A" }));
    assert_eq!((answer.status, answer.code()), (401, "X"));
    assert_eq!(stage.core.tenant.collection(APP_INSTALLATIONS).iter().count(), 1, "the work is done");
}

#[test]
fn a_stale_read_shows_the_tenant_of_some_writes_ago() {
    let mut stage = Stage::new();
    let lag = Effect::StaleRead { writes: 2, seconds: 0.0 };
    stage.core.add_fault(Fault::always("/widgets", lag).on("GET").from(2)).unwrap();
    let count = |stage: &mut Stage| stage.get("/v1.0/widgets").body["value"].as_array().unwrap().len();
    for name in ["A", "B", "C"] {
        stage.post("/v1.0/widgets", json!({ "displayName": name }));
    }
    assert_eq!(count(&mut stage), 3, "the first read is fresh");
    assert_eq!(count(&mut stage), 1);
    stage.core.faults.clear();
    assert_eq!(count(&mut stage), 3, "the present was kept");
}

#[test]
fn a_stale_read_shows_the_tenant_of_some_time_ago() {
    let mut stage = Stage::new();
    let lag = Effect::StaleRead { writes: 0, seconds: 10.0 };
    stage.core.add_fault(Fault::always("/widgets", lag).on("GET")).unwrap();
    let count = |stage: &mut Stage| stage.get("/v1.0/widgets").body["value"].as_array().unwrap().len();
    stage.post("/v1.0/widgets", json!({ "displayName": "A" }));
    events::step(&mut stage.core.tenant, Duration::from_secs(6));
    stage.post("/v1.0/widgets", json!({ "displayName": "B" }));
    assert_eq!(count(&mut stage), 0);
    events::step(&mut stage.core.tenant, Duration::from_secs(5));
    assert_eq!(count(&mut stage), 1);
    events::step(&mut stage.core.tenant, Duration::from_secs(5));
    assert_eq!(count(&mut stage), 2);
}

#[test]
fn faults_meet_items_of_a_batch_one_by_one() {
    let mut stage = Stage::new();
    stage.core.add_fault(Fault::once("^/v1.0/widgets", Effect::throttled(3)).from(2)).unwrap();
    let requests: Vec<Value> =
        (0..3).map(|n| json!({ "id": n.to_string(), "method": "GET", "url": "/widgets" })).collect();
    let answer = stage.post("/v1.0/$batch", json!({ "requests": requests }));
    let statuses: Vec<_> =
        answer.body["responses"].as_array().unwrap().iter().map(|r| r["status"].clone()).collect();
    assert_eq!(statuses, [200, 429, 200]);
    assert_eq!(answer.body["responses"][1]["headers"]["Retry-After"], "3");
}

#[test]
fn an_expired_token_can_be_scripted() {
    let mut stage = Stage::new();
    stage.core.add_fault(Fault::once("/widgets", Effect::ExpiredToken)).unwrap();
    assert_eq!(stage.get("/v1.0/widgets").status, 401);
    assert_eq!(stage.get("/v1.0/widgets").status, 200);
}

#[test]
fn an_empty_status_is_no_status() {
    let error = Stage::new().core.add_fault(Fault::once("", Effect::status(7))).unwrap_err();
    assert!(error.contains("no HTTP status"), "{error}");
    let error = Stage::new().core.add_fault(Fault::once("(", Effect::Reset)).unwrap_err();
    assert!(error.contains("no regular expression"), "{error}");
    assert_eq!(StatusCode::from_u16(999).unwrap().as_u16(), 999);
}
