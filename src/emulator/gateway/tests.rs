mod faults;

use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::*;
use crate::emulator::api::call::Reply;
use crate::emulator::api::model::{self, Type, boolean, int32, text};
use crate::emulator::api::route::{Route, Router};
use crate::emulator::core::faults::{Fault, ResponseFault};
use crate::emulator::core::seed::Seed;
use crate::emulator::world::clock::{Clock, Latencies};
use crate::emulator::world::collection::Entity;
use crate::emulator::world::collections::APP_INSTALLATIONS;

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

fn create(call: &mut Call<'_>) -> OperationResult {
    let mut widget = WIDGET.with_defaults(call.new_entity(&WIDGET)?);
    let id = call.tenant.new_guid();
    widget.insert("id".to_owned(), Value::from(id.as_str()));
    let reply = shown(call, &widget);
    call.tenant.collection_mut(APP_INSTALLATIONS).insert(widget);
    Ok(reply.created(&call.address(&format!("/widgets/{id}"))))
}

fn read(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let widget = call.tenant.collection(APP_INSTALLATIONS).get(&id).cloned();
    let widget = widget.ok_or_else(|| call.not_found(&id))?;
    Ok(shown(call, &widget))
}

fn list(call: &mut Call<'_>) -> OperationResult {
    let widgets = call.tenant.collection(APP_INSTALLATIONS).iter();
    let widgets = widgets.map(|widget| Value::Object(WIDGET.show(widget, call.version, None))).collect();
    Ok(Reply::values(call.context("widgets"), widgets))
}

fn panic(_: &mut Call<'_>) -> OperationResult {
    panic!("on purpose")
}

/// A tenant with a room full of widgets, and a signed-in application.
pub(crate) struct Stage {
    pub(crate) core: Core,
    pub(crate) token: String,
}

impl Stage {
    pub(crate) fn new() -> Self {
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
             &client_secret=contoso-emulated-secret&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        );
        stage
    }

    pub(crate) fn token_for(&mut self, form: &str) -> String {
        let path = "/contoso.com/oauth2/v2.0/token";
        let answer = self.send(Method::POST, path, HeaderMap::new(), form.as_bytes().to_vec());
        answer.body["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn send(
        &mut self,
        method: Method,
        path: &str,
        mut headers: HeaderMap,
        body: Vec<u8>,
    ) -> Received {
        if !self.token.is_empty() {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token)).unwrap();
            headers.entry(header::AUTHORIZATION).or_insert(bearer);
        }
        let uri: Uri = path.parse().unwrap();
        let origin = "http://graph.test".to_owned();
        let delivery = self.core.answer(&Request { method, uri, headers, body: body.into(), origin });
        let body = serde_json::from_slice(&delivery.body).unwrap_or(Value::Null);
        Received {
            status: delivery.status.as_u16(),
            headers: delivery.headers,
            body,
            response_fault: delivery.response_fault,
        }
    }

    fn get(&mut self, path: &str) -> Received {
        self.send(Method::GET, path, HeaderMap::new(), Vec::new())
    }

    fn post(&mut self, path: &str, body: Value) -> Received {
        self.post_text(path, &body.to_string())
    }

    fn post_text(&mut self, path: &str, body: &str) -> Received {
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.send(Method::POST, path, [json].into_iter().collect(), body.as_bytes().to_vec())
    }
}

pub(crate) struct Received {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Value,
    response_fault: ResponseFault,
}

impl Received {
    pub(crate) fn code(&self) -> &str {
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
    events::step(&mut stage.core.tenant, Duration::from_secs(3600));
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
fn budgets_are_watched_always_and_enforced_on_demand() {
    let mut stage = Stage::new();
    let widget = json!({ "displayName": "A" });
    for _ in 0..101 {
        assert_eq!(stage.post("/v1.0/deviceManagement/widgets", widget.clone()).status, 201);
    }
    let violations = stage.core.journal.violations();
    assert_eq!(violations.len(), 1);
    assert!(violations[0].reason.contains("beyond the published budget"), "{violations:?}");
    events::step(&mut stage.core.tenant, Duration::from_secs(21));
    stage.core.throttle.enforced = true;
    for n in 0..100 {
        assert_eq!(stage.post("/v1.0/deviceManagement/widgets", widget.clone()).status, 201, "{n}");
    }
    let refused = stage.post("/v1.0/deviceManagement/widgets", widget.clone());
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers[header::RETRY_AFTER], "20");
    assert!(refused.headers.contains_key("x-ms-throttle-scope"));
    assert_eq!(stage.get("/v1.0/deviceManagement/widgets/1").status, 404, "reads have their own budget");
    events::step(&mut stage.core.tenant, Duration::from_secs(20));
    assert_eq!(stage.post("/v1.0/deviceManagement/widgets", widget).status, 201);
}

#[test]
fn the_log_holds_neither_token_nor_body() {
    let mut stage = Stage::new();
    stage.post("/v1.0/widgets", json!({ "displayName": "a very secret name" }));
    let log = format!("{:?}", stage.core.journal);
    assert!(
        !log.contains(&stage.token) && !log.contains("very secret") && !log.contains("emulated-secret"),
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
    fn model_entity() -> crate::emulator::world::collection::Entity {
        let body = json!({ "displayName": "A" });
        WIDGET.read(body.as_object().unwrap(), model::Purpose::Create, Version::Beta).unwrap()
    }
}
