use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::*;
use crate::emulator::clock::{Clock, Latencies};
use crate::emulator::collection::Entity;
use crate::emulator::faults::Fault;
use crate::emulator::model::{self, Type, boolean, int32, text};
use crate::emulator::route::{Route, Router};
use crate::emulator::seed::Seed;

static WIDGET: Type = Type::new("widget").properties(&[
    text("id").read_only(),
    text("displayName").required(),
    text("note").nullable(),
    int32("weight").beta(),
    boolean("isOld").ignored(),
]);
static READ: Permissions =
    Permissions::both(&["Group.ReadWrite.All", "DeviceManagementServiceConfig.ReadWrite.All"]);
static USERS_ONLY: Permissions = Permissions::delegated_only(&["Group.ReadWrite.All"]);
static UNGRANTED: Permissions = Permissions::both(&["Widgets.Burn.All"]);

fn shown(call: &Call<'_>, widget: &Entity) -> Reply {
    let mut body = WIDGET.show(widget, call.version, None);
    body.insert("@odata.context".to_owned(), Value::from(call.context("widgets/$entity")));
    Reply::ok(Value::Object(body))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let mut widget = WIDGET.with_defaults(call.new_entity(&WIDGET)?);
    let id = call.tenant.new_guid();
    widget.insert("id".to_owned(), Value::from(id.as_str()));
    let reply = shown(call, &widget);
    call.tenant.collection_mut("widgets").insert(widget);
    Ok(reply.created(&call.address(&format!("/widgets/{id}"))))
}

fn read(call: &mut Call<'_>) -> Outcome {
    let id = call.key("id");
    let widget = call.tenant.collection("widgets").get(&id).cloned();
    let widget = widget.ok_or_else(|| call.not_found(&id))?;
    Ok(shown(call, &widget))
}

fn list(call: &mut Call<'_>) -> Outcome {
    let widgets = call.tenant.collection("widgets").iter();
    let widgets = widgets.map(|widget| Value::Object(WIDGET.show(widget, call.version, None))).collect();
    Ok(Reply::values(call.context("widgets"), widgets))
}

fn panic(_: &mut Call<'_>) -> Outcome {
    panic!("on purpose")
}

/// A tenant with a room full of widgets, and a signed-in application.
pub(super) struct Stage {
    pub(super) core: Core,
    pub(super) token: String,
}

impl Stage {
    pub(super) fn new() -> Self {
        let mut seed = Seed::default();
        seed.collections.get_or_insert_default();
        let mut tenant = seed.tenant(Latencies::none(), 1);
        tenant.clock = Clock::stepped();
        let mut core = Core::new(tenant, seed, String::new());
        core.router = std::sync::Arc::new(Router::new(vec![
            Route::get("/widgets", &READ, list),
            Route::post("/widgets", &READ, create),
            Route::get("/widgets/{id}", &READ, read),
            Route::post("/deviceManagement/widgets", &READ, create),
            Route::get("/deviceManagement/widgets/{id}", &READ, read),
            Route::get("/deviceManagement/newWidgets", &READ, list).beta(),
            Route::get("/private", &USERS_ONLY, list),
            Route::get("/ungranted", &UNGRANTED, list),
            Route::get("/deviceManagement/ungranted", &UNGRANTED, list),
            Route::get("/panic", &READ, panic),
        ]));
        let mut stage = Self { core, token: String::new() };
        stage.token = stage.token_for(
            "grant_type=client_credentials&client_id=8d1f5c3e-2b6a-4f90-a7c4-1e9b0d3f6a58\
             &client_secret=contoso-pretend-secret&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        );
        stage
    }

    pub(super) fn token_for(&mut self, form: &str) -> String {
        let path = "/contoso.com/oauth2/v2.0/token";
        let answer = self.send(Method::POST, path, HeaderMap::new(), form.as_bytes().to_vec());
        answer.body["access_token"].as_str().expect("a token").to_owned()
    }

    pub(super) fn send(
        &mut self,
        method: Method,
        path: &str,
        mut headers: HeaderMap,
        body: Vec<u8>,
    ) -> Heard {
        if !self.token.is_empty() {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token)).unwrap();
            headers.entry(header::AUTHORIZATION).or_insert(bearer);
        }
        let uri: Uri = path.parse().unwrap();
        let origin = "http://graph.test".to_owned();
        let delivery = self.core.answer(&Request { method, uri, headers, body: body.into(), origin });
        let body = serde_json::from_slice(&delivery.body).unwrap_or(Value::Null);
        Heard { status: delivery.status.as_u16(), headers: delivery.headers, body, spoil: delivery.spoil }
    }

    fn get(&mut self, path: &str) -> Heard {
        self.send(Method::GET, path, HeaderMap::new(), Vec::new())
    }

    fn post(&mut self, path: &str, body: Value) -> Heard {
        self.post_text(path, &body.to_string())
    }

    fn post_text(&mut self, path: &str, body: &str) -> Heard {
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.send(Method::POST, path, [json].into_iter().collect(), body.as_bytes().to_vec())
    }
}

pub(super) struct Heard {
    pub(super) status: u16,
    headers: HeaderMap,
    pub(super) body: Value,
    spoil: Spoil,
}

impl Heard {
    pub(super) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

#[test]
fn a_created_object_says_where_it_is_and_can_be_read_there() {
    let mut stage = Stage::new();
    let created = stage.post("/v1.0/widgets", json!({ "displayName": "A", "isOld": true }));
    assert_eq!(created.status, 201, "{}", created.body);
    let location = created.headers[header::LOCATION].to_str().unwrap().to_owned();
    let path = location.strip_prefix("http://graph.test").unwrap();
    let read = stage.get(path);
    assert_eq!(read.status, 200);
    assert_eq!(read.body["displayName"], "A");
    assert_eq!(read.body["isOld"], false);
    assert_eq!(read.body["note"], Value::Null);
    assert_eq!(read.body["@odata.context"], "http://graph.test/v1.0/$metadata#widgets/$entity");
}

#[test]
fn v1_hides_what_only_beta_knows() {
    let mut stage = Stage::new();
    let created = stage.post("/beta/widgets", json!({ "displayName": "A", "weight": 2 }));
    assert_eq!(created.body["weight"], 2);
    let id = created.body["id"].as_str().unwrap().to_owned();
    let read = stage.get(&format!("/v1.0/widgets('{id}')"));
    assert!(read.body.get("weight").is_none(), "{}", read.body);
}

#[test]
fn each_answer_carries_the_gateways_headers() {
    let mut stage = Stage::new();
    let mut headers = HeaderMap::new();
    headers.insert("client-request-id", HeaderValue::from_static("0b3f0e7e-0d8a-4c67-9b37-9b1f6a4e5a11"));
    let answer = stage.send(Method::GET, "/v1.0/widgets/none", headers, Vec::new());
    assert_eq!(answer.headers["client-request-id"], "0b3f0e7e-0d8a-4c67-9b37-9b1f6a4e5a11");
    assert_eq!(answer.headers["odata-version"], "4.0");
    assert!(answer.headers["x-ms-ags-diagnostic"].to_str().unwrap().contains("ServerInfo"));
    let inner = &answer.body["error"]["innerError"];
    assert_eq!(inner["request-id"], answer.headers["request-id"].to_str().unwrap());
    assert_eq!(inner["date"].as_str().unwrap().len(), "2026-01-31T12:00:00".len());
}

#[test]
fn each_service_says_in_its_own_words_that_an_object_is_missing() {
    let mut stage = Stage::new();
    let directory = stage.get("/v1.0/widgets/none");
    assert_eq!((directory.status, directory.code()), (404, "Request_ResourceNotFound"));
    let intune = stage.get("/v1.0/deviceManagement/widgets/none");
    assert_eq!((intune.status, intune.code()), (404, "ResourceNotFound"));
    let nested: Value = serde_json::from_str(intune.message()).expect("Intune nests a JSON document");
    assert_eq!(nested["_version"], 3);
    let activity = intune.headers["client-request-id"].to_str().unwrap();
    assert!(nested["Message"].as_str().unwrap().contains(&format!("Activity ID: {activity}")), "{nested}");
}

#[test]
fn a_body_that_does_not_fit_is_refused() {
    let mut stage = Stage::new();
    let cases = [
        (json!({ "displayName": "A", "colour": "red" }), "'colour'"),
        (json!({ "note": "x" }), "'displayName'"),
        (json!({ "displayName": null }), "'displayName'"),
        (json!({ "displayName": 1 }), "Edm.String"),
        (json!({ "displayName": "A", "id": "1" }), "'id'"),
        (json!({ "displayName": "A", "weight": 1 }), "'weight'"),
        (json!({ "displayName": "A", "other@odata.bind": [] }), "'other'"),
        (json!({ "displayName": "A", "@odata.type": "#microsoft.graph.gadget" }), "gadget"),
        (json!([]), "JSON object"),
    ];
    for (body, expected) in cases {
        for path in ["/v1.0/widgets", "/v1.0/deviceManagement/widgets"] {
            let answer = stage.post(path, body.clone());
            assert_eq!(answer.status, 400, "{path} {body}");
            assert!(answer.message().contains(expected), "{path} {body}: {}", answer.message());
        }
    }
    for garbage in ["", "{", "nonsense", "{\"displayName\":\"A\"}}", "\u{0}"] {
        assert_eq!(stage.post_text("/v1.0/widgets", garbage).status, 400, "{garbage:?}");
    }
    let no_type = stage.send(Method::POST, "/v1.0/widgets", HeaderMap::new(), b"{}".to_vec());
    assert_eq!(no_type.status, 400);
    assert_eq!(stage.get("/v1.0/widgets").body["value"], json!([]), "nothing was made");
}

#[test]
fn says_what_is_wrong_with_a_path() {
    let mut stage = Stage::new();
    let answer = stage.get("/v1.0/deviceManagement/newWidgets");
    assert_eq!((answer.status, answer.code()), (400, "BadRequest"));
    assert_eq!(answer.message(), "Resource not found for the segment 'newWidgets'.");
    stage.core.tenant.behaviour.unknown_segment_status = 404;
    assert_eq!(stage.get("/v1.0/deviceManagement/newWidgets").status, 404);
    let answer = stage.send(Method::PATCH, "/v1.0/deviceManagement/widgets/1", HeaderMap::new(), Vec::new());
    assert_eq!((answer.status, answer.code()), (400, "No method match route template"));
    assert!(
        answer.message().contains("~/singleton/navigation/key with http verb PATCH"),
        "{}",
        answer.message()
    );
    let answer = stage.send(Method::PATCH, "/v1.0/widgets/1", HeaderMap::new(), Vec::new());
    assert_eq!((answer.status, answer.code()), (405, "Request_BadRequest"));
    assert_eq!(stage.get("/v1.0/gadgets").status, 501);
    assert_eq!(stage.get("/v1.0/").status, 501);
    assert_eq!(stage.get("/v1.0/widgets/../users").status, 400);
    assert_eq!(stage.get("/v1.0/widgets/..%2f..%2fetc").status, 404);
    assert_eq!(stage.get("/v1.0/widgets/%ff").status, 400);
    let answer = stage.get("/v3.0/widgets");
    assert_eq!((answer.status, answer.message()), (400, "Invalid version: v3.0"));
}

#[test]
fn a_token_that_is_not_good_is_refused() {
    let mut stage = Stage::new();
    let good = stage.token.clone();
    let mut tampered = good.clone().into_bytes();
    let middle = good.find('.').unwrap() + 20;
    tampered[middle] = if tampered[middle] == b'A' { b'B' } else { b'A' };
    let none = format!("{}.{}.", "eyJhbGciOiJub25lIn0", good.split('.').nth(1).unwrap());
    let tampered = format!("Bearer {}", String::from_utf8(tampered).unwrap());
    let cases = [
        "",
        "Bearer",
        "Bearer ",
        "Basic dTpw",
        "Bearer nonsense",
        "Bearer a.b.c",
        &tampered,
        &format!("Bearer {none}"),
    ];
    for case in cases {
        let headers = [(header::AUTHORIZATION, HeaderValue::from_str(case).unwrap())].into_iter().collect();
        let answer = stage.send(Method::GET, "/v1.0/widgets", headers, Vec::new());
        assert_eq!((answer.status, answer.code()), (401, "InvalidAuthenticationToken"), "{case}");
    }
    stage.core.tenant.step(Duration::from_secs(3600));
    let answer = stage.get("/v1.0/widgets");
    assert_eq!(answer.status, 401);
    assert_eq!(answer.message(), "Lifetime validation failed, the token is expired.");
}

#[test]
fn a_missing_permission_is_refused_in_the_words_of_the_service() {
    let mut stage = Stage::new();
    let answer = stage.get("/v1.0/ungranted");
    assert_eq!((answer.status, answer.code()), (403, "Authorization_RequestDenied"));
    let answer = stage.get("/v1.0/private");
    assert_eq!(answer.status, 403, "no role opens what only users may do");
    let answer = stage.get("/v1.0/deviceManagement/ungranted");
    assert_eq!((answer.status, answer.code()), (403, "Forbidden"));
    let nested: Value = serde_json::from_str(answer.message()).unwrap();
    assert!(
        nested["Message"].as_str().unwrap().contains("one of the following scopes: Widgets.Burn.All"),
        "{nested}"
    );
}

#[test]
fn a_panic_is_answered_and_leaves_a_working_tenant() {
    let mut stage = Stage::new();
    assert_eq!(stage.get("/v1.0/panic").status, 500);
    assert_eq!(stage.get("/v1.0/widgets").status, 200);
}

#[test]
fn a_batch_answers_every_item_by_its_id() {
    let mut stage = Stage::new();
    let answer = stage.post(
        "/v1.0/$batch",
        json!({ "requests": [
            { "id": "make", "method": "POST", "url": "/widgets", "body": { "displayName": "A" },
              "headers": { "Content-Type": "application/json" } },
            { "id": "list", "method": "GET", "url": "widgets?$top=1", "dependsOn": ["make"] },
            { "id": "bad", "method": "GET", "url": "/widgets/none" },
            { "id": "after", "method": "GET", "url": "/widgets", "dependsOn": ["bad"] },
            { "id": "inner", "method": "POST", "url": "/$batch" },
        ] }),
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    let status = |id: &str| {
        let responses = answer.body["responses"].as_array().unwrap();
        responses.iter().find(|response| response["id"] == id).unwrap()["status"].clone()
    };
    assert_eq!([status("make"), status("list"), status("bad"), status("after")], [201, 200, 404, 424]);
    assert_eq!(status("inner"), 501);
    assert_eq!(answer.body["responses"][1]["body"]["value"][0]["displayName"], "A");
    let logged: Vec<_> = stage.core.journal.exchanges().filter(|exchange| exchange.batch.is_some()).collect();
    assert_eq!(logged.len(), 4, "a dependant that was not tried is not logged");
    assert_eq!(logged[1].path, "/v1.0/widgets?$top=1");
}

#[test]
fn a_malformed_batch_is_refused_as_a_whole() {
    let mut stage = Stage::new();
    let get = |id: &str| json!({ "id": id, "method": "GET", "url": "/widgets" });
    let many: Vec<Value> = (0..21).map(|n| get(&n.to_string())).collect();
    let cases = [
        json!({ "requests": [get("a"), get("A")] }),
        json!({ "requests": [] }),
        json!({ "requests": [{ "method": "GET", "url": "/widgets" }] }),
        json!({ "requests": [{ "id": "1", "url": "/widgets" }] }),
        json!({ "requests": [{ "id": "1", "method": "GET" }] }),
        json!({ "requests": [{ "id": "1", "method": "G T", "url": "/widgets" }] }),
        json!({ "requests": [{ "id": "1", "method": "GET", "url": "http://other.test/v1.0/widgets" }] }),
        json!({ "requests": [{ "id": "1", "method": "POST", "url": "/widgets", "body": {} }] }),
        json!({ "requests": [{ "id": "1", "method": "GET", "url": "/widgets", "dependsOn": ["2"] }] }),
        json!({ "requests": {} }),
        json!({}),
    ];
    for body in cases {
        let answer = stage.post("/v1.0/$batch", body.clone());
        assert_eq!((answer.status, answer.code()), (400, "BadRequest"), "{body}");
    }
    let doubled = json!({ "requests": [{ "id": "1", "method": "GET", "url": "/v1.0/widgets" }] });
    let answer = stage.post("/v1.0/$batch", doubled);
    assert_eq!(answer.body["responses"][0]["status"], 400, "a version within a version");
    let too_many = stage.post("/v1.0/$batch", json!({ "requests": many }));
    assert_eq!((too_many.status, too_many.code()), (400, "MaximumValueExceeded"));
    assert_eq!(stage.post_text("/v1.0/$batch", "[").status, 400);
    assert_eq!(stage.post("/v1.0/$batch", json!({ "requests": many[..20] })).status, 200);
}

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
    stage.core.tenant.step(Duration::from_secs(4));
    assert_eq!(stage.get("/v1.0/widgets").status, 200);
    let reasons: Vec<_> = stage.core.journal.violations().iter().map(|v| v.reason.as_str()).collect();
    assert_eq!(reasons, ["called again 6.0 s before Retry-After had passed"]);
    stage.core.tenant.step(Duration::from_secs(6));
    stage.get("/v1.0/widgets");
    assert_eq!(stage.core.journal.violations().len(), 1, "waiting long enough is polite");
}

#[test]
fn a_lost_reply_has_done_its_work_and_a_reset_has_not() {
    let mut stage = Stage::new();
    let widget = json!({ "displayName": "A" });
    stage.core.add_fault(Fault::once("/widgets", Effect::LostReply)).unwrap();
    assert_eq!(stage.post("/v1.0/widgets", widget.clone()).spoil.damage, Some(Damage::Close));
    assert_eq!(stage.get("/v1.0/widgets").body["value"].as_array().unwrap().len(), 1);
    stage.core.add_fault(Fault::once("/widgets", Effect::Reset)).unwrap();
    assert_eq!(stage.post("/v1.0/widgets", widget).spoil.damage, Some(Damage::Close));
    assert_eq!(stage.get("/v1.0/widgets").body["value"].as_array().unwrap().len(), 1);
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
    stage.core.tenant.step(Duration::from_secs(6));
    stage.post("/v1.0/widgets", json!({ "displayName": "B" }));
    assert_eq!(count(&mut stage), 0);
    stage.core.tenant.step(Duration::from_secs(5));
    assert_eq!(count(&mut stage), 1);
    stage.core.tenant.step(Duration::from_secs(5));
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
fn budgets_are_watched_always_and_enforced_on_demand() {
    let mut stage = Stage::new();
    let widget = json!({ "displayName": "A" });
    for _ in 0..101 {
        assert_eq!(stage.post("/v1.0/deviceManagement/widgets", widget.clone()).status, 201);
    }
    let violations = stage.core.journal.violations();
    assert_eq!(violations.len(), 1);
    assert!(violations[0].reason.contains("beyond the published budget"), "{violations:?}");
    stage.core.tenant.step(Duration::from_secs(21));
    stage.core.throttle.enforced = true;
    for n in 0..100 {
        assert_eq!(stage.post("/v1.0/deviceManagement/widgets", widget.clone()).status, 201, "{n}");
    }
    let refused = stage.post("/v1.0/deviceManagement/widgets", widget.clone());
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers[header::RETRY_AFTER], "20");
    assert!(refused.headers.contains_key("x-ms-throttle-scope"));
    assert_eq!(stage.get("/v1.0/deviceManagement/widgets/1").status, 404, "reads have their own budget");
    stage.core.tenant.step(Duration::from_secs(20));
    assert_eq!(stage.post("/v1.0/deviceManagement/widgets", widget).status, 201);
}

#[test]
fn the_log_holds_neither_token_nor_body() {
    let mut stage = Stage::new();
    stage.post("/v1.0/widgets", json!({ "displayName": "a very secret name" }));
    let log = format!("{:?}", stage.core.journal);
    assert!(
        !log.contains(&stage.token) && !log.contains("very secret") && !log.contains("pretend-secret"),
        "{log}"
    );
    assert_eq!(stage.core.journal.exchanges().count(), 2);
}

#[test]
fn a_default_is_filled_in_by_kind() {
    let whole = WIDGET.with_defaults(model_entity());
    assert_eq!(
        Value::Object(whole),
        json!({
            "id": "", "displayName": "A", "note": null, "weight": 0, "isOld": false,
        })
    );
    fn model_entity() -> crate::emulator::collection::Entity {
        let body = json!({ "displayName": "A" });
        WIDGET.read(body.as_object().unwrap(), model::Purpose::Create, Version::Beta).unwrap()
    }
}

#[test]
fn an_empty_status_is_no_status() {
    let error = Stage::new().core.add_fault(Fault::once("", Effect::status(7))).unwrap_err();
    assert!(error.contains("no HTTP status"), "{error}");
    let error = Stage::new().core.add_fault(Fault::once("(", Effect::Reset)).unwrap_err();
    assert!(error.contains("no regular expression"), "{error}");
    assert_eq!(StatusCode::from_u16(999).unwrap().as_u16(), 999);
}
