//! Whatever is asked: an answer in Graph's form, and no panic.

use std::cell::RefCell;

use http::{HeaderMap, HeaderValue, Method, Uri, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::Core;
use super::tests::Stage;
use crate::emulator::api::route::Route;
use crate::emulator::core::seed::Seed;
use crate::emulator::world::clock::Latencies;
use crate::emulator::{directory, intune};

const KEYS: [&str; 4] = [
    "5e2d7c10-84b3-4f6a-9e1d-70c5a2b8f943",
    "0000000a-0000-0000-c000-000000000000",
    "0",
    "admin@contoso.onmicrosoft.com",
];
const OPTIONS: [&str; 9] =
    ["$filter", "$select", "$expand", "$top", "$skip", "$orderby", "$count", "$search", "$skiptoken"];
const PROPERTIES: [&str; 30] = [
    "displayName",
    "description",
    "mailEnabled",
    "mailNickname",
    "securityEnabled",
    "groupTypes",
    "membershipRule",
    "membershipRuleProcessingState",
    "@odata.type",
    "@odata.id",
    "members@odata.bind",
    "owners@odata.bind",
    "requests",
    "id",
    "method",
    "url",
    "target",
    "assignments",
    "enrollmentConfigurationAssignments",
    "importedWindowsAutopilotDeviceIdentities",
    "serialNumber",
    "hardwareIdentifier",
    "priority",
    "locale",
    "outOfBoxExperienceSetting",
    "appliesTo",
    "azureADJoin",
    "userDeviceQuota",
    "deviceIds",
    "userPrincipalName",
];
const TYPES: [&str; 4] = [
    "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
    "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
    "#microsoft.graph.groupAssignmentTarget",
    "#microsoft.graph.allDeviceRegistrationMembership",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn no_request_makes_a_handler_panic((method, path) in any_request(), body in any_body()) {
        let Ok(_) = path.parse::<Uri>() else { return Ok(()) };
        let answer = TENANT.with_borrow_mut(|stage| {
            let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            stage.send(method, &path, [json].into_iter().collect(), body.into_bytes())
        });
        prop_assert!(answer.status != 500, "{}", path);
        if answer.status >= 400 {
            prop_assert!(!answer.code().is_empty(), "{}: {}", path, answer.body);
        }
    }
}

thread_local! {
    /// One tenant for all cases, with every route there is, used by an administrator.
    static TENANT: RefCell<Stage> = RefCell::new({
        let mut stage = Stage::new();
        let seed = Seed::default();
        let mut tenant = seed.tenant(Latencies::none(), 1);
        tenant.clock = stage.core.tenant.clock.clone();
        // That one failure is meant.
        tenant.behaviour.intune.fails_on_select_of_devices = false;
        stage.core = Core::new(tenant, seed, String::new());
        stage.token.clear();
        let client = "client_id=f0a4c9d2-7e51-4b38-9d06-c3b8e2a1f759";
        let form = format!("{client}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default").into_bytes();
        let code = stage.send(Method::POST, "/contoso.com/oauth2/v2.0/devicecode", HeaderMap::new(), form);
        let code = code.body["device_code"].as_str().expect("a device code").to_owned();
        stage.token = stage.token_for(&format!("grant_type=device_code&{client}&device_code={code}"));
        stage
    });
}

/// Method and path of some route with any keys; or any method with words of the API and anything else in any order.
fn any_request() -> impl Strategy<Value = (Method, String)> {
    let routes: Vec<Route> = directory::routes().into_iter().chain(intune::routes()).collect();
    let words: Vec<&str> = routes.iter().flat_map(|route| route.template.split('/')).collect();
    let key =
        prop_oneof![3 => select(KEYS.to_vec()).prop_map(str::to_owned), 1 => "[ -~]{1,12}".prop_map(encoded)];
    let of_a_route = (select(routes), vec(key, 4)).prop_map(|(route, keys)| {
        let mut keys = keys.into_iter().cycle();
        let filled = route.template.split('/').map(|segment| match segment.split_once('{') {
            Some(("", _)) => keys.next().unwrap_or_default(),
            Some((head, _)) => format!("{head}'{}')", keys.next().unwrap_or_default()),
            None => segment.to_owned(),
        });
        (route.method, filled.collect::<Vec<_>>().join("/"))
    });
    let segment = prop_oneof![
        3 => select(words).prop_map(str::to_owned),
        1 => "[a-z]{1,8}\\([a-z]{0,4}=?'?[a-z0-9%']{0,6}\\)",
        1 => "[ -~]{0,12}".prop_map(encoded),
        1 => "(%[0-9a-f]{2}){1,3}",
    ];
    let methods =
        vec![Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE, Method::OPTIONS];
    let anything = (select(methods), vec(segment, 0..5));
    let anything = anything.prop_map(|(method, segments)| (method, format!("/{}", segments.join("/"))));
    let version = select(vec!["v1.0", "beta"]);
    (version, prop_oneof![4 => of_a_route, 1 => anything], any_query())
        .prop_map(|(version, (method, path), query)| (method, format!("/{version}{path}?{query}")))
}

fn any_query() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("true".to_owned()),
        Just("id,displayName".to_owned()),
        Just("displayName eq 'x'".to_owned()),
        Just("members".to_owned()),
        "[ -~]{0,20}",
        "[a-z]{2,10}\\([a-zA-Z]{1,12},'[a-z]{0,3}'\\)( and| or)?",
    ];
    vec((select(OPTIONS.to_vec()), value), 0..3).prop_map(|options| {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(options).finish()
    })
}

fn any_body() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        select(TYPES.to_vec()).prop_map(Value::from),
        select(KEYS.to_vec()).prop_map(Value::from),
        Just(
            json!({ "displayName": "x", "mailEnabled": false, "mailNickname": "x", "securityEnabled": true })
        ),
    ];
    let tree = leaf.prop_recursive(3, 24, 6, |inner| {
        let object = hash_map(select(PROPERTIES.to_vec()).prop_map(str::to_owned), inner.clone(), 0..6);
        let object = object.prop_map(|map| Value::Object(map.into_iter().collect()));
        prop_oneof![vec(inner, 0..4).prop_map(Value::from), object]
    });
    prop_oneof![4 => tree.prop_map(|tree| tree.to_string()), 1 => "[ -~]{0,30}"]
}

fn encoded(text: String) -> String {
    utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()
}
