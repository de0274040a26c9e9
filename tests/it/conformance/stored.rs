//! What is stored: private data, older versions, states of other types, and damage.

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use proptest::prelude::*;
use serde_json::json;

use super::playground;

const PLAIN: &str = "playground_plain";

/// Check 63.
#[tokio::test]
async fn private_data_comes_back_in_every_call_and_survives_them_all() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(json!({ "name": "desk" })).await;
    let stored = lamp.private().to_vec();
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&stored).expect("JSON"),
        json!({ "created_by": "playground" })
    );
    lamp.refresh().await;
    assert_eq!(lamp.private(), stored);
    lamp.apply(json!({ "name": "desk", "size": 2 })).await;
    assert_eq!(lamp.private(), stored);
    lamp.apply(json!({ "name": "desk", "region": "south" })).await;
    assert_eq!(lamp.private(), stored, "of the new object, which is another");
}

/// Check 63.
#[tokio::test]
async fn damaged_private_data_is_an_error_that_loses_nothing() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(json!({ "name": "desk" })).await;
    let state = lamp.state().clone();
    for damage in [&b"{"[..], b"[]", b"\xff\xfe", b"null"] {
        lamp.set_private(damage);
        lamp.try_refresh().await.error("Private state cannot be read");
        lamp.try_plan(json!({ "name": "desk", "size": 2 }))
            .await
            .expect_err("it cannot be read")
            .error("damaged");
        assert_eq!((lamp.state(), lamp.private()), (&state, damage));
    }
}

/// Check 63. Core stores what it is given, errors or not.
#[tokio::test]
async fn an_apply_that_cannot_read_its_private_data_gives_it_back() {
    let (core, _outside) = playground().await;
    let state = br#"{"id":"7","name":"desk"}"#.to_vec();
    let state = Some(wire::DynamicValue { json: state, ..Default::default() });
    let request = wire::apply_resource_change::Request {
        type_name: PLAIN.to_owned(),
        prior_state: state.clone(),
        planned_state: state.clone(),
        config: state.clone(),
        planned_private: b"{".to_vec(),
        ..Default::default()
    };
    let reply = core.client().apply_resource_change(request).await.expect("an answer").into_inner();
    assert_eq!(reply.diagnostics[0].summary, "Private state cannot be read");
    assert_eq!((reply.new_state, reply.private), (state, b"{".to_vec()));
}

/// Check 68.
#[tokio::test]
async fn state_of_this_version_is_read_however_it_is_written() {
    let (core, _outside) = playground().await;
    let lamp = core.resource(PLAIN);
    let pretty = b"{\n  \"id\": \"7\",\n  \"name\": \"desk\",\n  \"tags\": [ \"a\" ],\n  \"gone_since\": { \"x\": [1] },\n
        \"timeouts\": { \"create\": \"5m\" }\n}\n";
    let state = lamp.upgrade(1, pretty).await.expect("it can be read");
    assert_eq!((state.get("name"), state.get("color").is_null()), (&"desk".into(), true));
    assert_eq!(state.get("timeouts").get("create"), &"5m".into());
}

/// Check 69.
#[tokio::test]
async fn state_of_an_older_version_is_brought_to_this_one_without_asking_anybody() {
    let (core, outside) = playground().await;
    let lamp = core.resource(PLAIN);
    let state = lamp.upgrade(0, br#"{"id":"7","title":"desk","size":"3"}"#).await.expect("there is a step");
    let given: Vec<_> = state.entries().iter().filter(|(_, v)| !v.is_null()).collect();
    let texts: Vec<String> = given.iter().map(|(name, value)| format!("{name}={}", value.reveal())).collect();
    assert_eq!(texts, [r#"enabled=true"#, r#"id="7""#, r#"name="desk""#, "size=3"]);
    assert_eq!(outside.journal(), Vec::<String>::new());
}

/// Checks 69 and 37.
#[tokio::test]
async fn state_that_cannot_be_read_is_an_error_that_says_what_to_do() {
    let (core, _outside) = playground().await;
    let lamp = core.resource(PLAIN);
    let table: [(i64, &[u8], &str); 7] = [
        (0, br#"{"id":"7","title":"desk","size":"big"}"#, "`big` is not a size"),
        (7, b"{}", "no step from there to 1"),
        (-1, b"{}", "no step from there to 1"),
        (1, b"", "State cannot be read"),
        (1, b"{", "State cannot be read"),
        (1, br#"{"name":[]}"#, "name"),
        (1, b"null", "State cannot be read"),
    ];
    for (version, stored, expected) in table {
        let said = lamp.upgrade(version, stored).await.expect_err("it cannot be read");
        let error = said.error(expected);
        assert!(error.detail.contains("import it again"), "{}", error.detail);
    }
}

/// Check 74.
#[tokio::test]
async fn states_of_known_types_are_taken_over_whichever_registry_they_name() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(json!({ "name": "desk", "size": 3 })).await;
    let former = json!({ "id": lamp.text("id"), "whatever": [1, 2] });
    let sources = [
        ("registry.terraform.io/example/playground", "playground_former"),
        ("registry.opentofu.org/example/playground", "playground_former"),
        ("example/playground", "playground_former"),
        ("registry.terraform.io/hashicorp/null", "null_resource"),
    ];
    for (provider, type_name) in sources {
        core.next_command().await;
        let mut moved = core.resource(PLAIN);
        moved.try_take_over(provider, type_name, &former).await.expect_no_errors(provider);
        assert_eq!(moved.state().reveal(), lamp.state().reveal(), "{provider}");
        moved.assert_empty_plan(json!({ "name": "desk", "size": 3 })).await;
    }
    let unsupported = [
        ("registry.terraform.io/hashicorp/null", "playground_former"),
        ("registry.terraform.io/else/playground", "playground_former"),
        ("registry.terraform.io/notexample/playground", "playground_former"),
        ("registry.terraform.io/example/playground", "playground_slow"),
    ];
    for (provider, type_name) in unsupported {
        let said = core.resource(PLAIN).try_take_over(provider, type_name, &former).await;
        let error = said.error("Move not supported");
        assert!(
            error.detail.contains("playground_former") && error.detail.contains("import"),
            "{}",
            error.detail
        );
    }
    let said =
        core.resource(PLAIN).try_take_over("example/playground", "playground_former", &json!({})).await;
    said.error("it has no id");
    let mut nothing = core.resource("playground_slow");
    let said = nothing.try_take_over("example/playground", "playground_former", &former).await;
    said.error("nothing can be moved to it");
}

/// Check 38.
#[tokio::test]
async fn a_value_that_comes_as_json_is_understood() {
    let (core, _outside) = playground().await;
    let config = wire::DynamicValue { json: br#"{"name":"  "}"#.to_vec(), ..Default::default() };
    let request = wire::validate_resource_config::Request {
        type_name: PLAIN.to_owned(),
        config: Some(config),
        ..Default::default()
    };
    let reply = core.client().validate_resource_config(request).await.expect("an answer").into_inner();
    assert!(
        reply.diagnostics.iter().any(|d| d.summary == "Invalid value for name"),
        "{:?}",
        reply.diagnostics
    );
}

/// Check 90. Whatever bytes come in, an answer goes out.
#[test]
fn no_bytes_upset_the_server() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (core, _outside) = runtime.block_on(playground());
    let bytes = || proptest::collection::vec(any::<u8>(), 0..64);
    let types = prop::sample::select(vec![PLAIN, "playground_nested", "playground_slow", "?"]);
    proptest!(ProptestConfig::with_cases(64), |(one in bytes(), two in bytes(), name in types)| {
        let value = |bytes: &Vec<u8>| Some(wire::DynamicValue { msgpack: bytes.clone(), json: Vec::new() });
        let raw = Some(wire::RawState { json: one.clone(), ..Default::default() });
        let type_name = name.to_owned();
        let mut client = core.client();
        runtime.block_on(async {
            client.validate_resource_config(wire::validate_resource_config::Request {
                type_name: type_name.clone(), config: value(&one), ..Default::default()
            }).await.expect("ValidateResourceConfig answers");
            client.plan_resource_change(wire::plan_resource_change::Request {
                type_name: type_name.clone(), prior_state: value(&one), config: value(&two),
                prior_private: two.clone(), ..Default::default()
            }).await.expect("PlanResourceChange answers");
            client.apply_resource_change(wire::apply_resource_change::Request {
                type_name: type_name.clone(), prior_state: value(&one), planned_state: value(&two),
                ..Default::default()
            }).await.expect("ApplyResourceChange answers");
            client.read_resource(wire::read_resource::Request {
                type_name: type_name.clone(), current_state: value(&one), private: two.clone(), ..Default::default()
            }).await.expect("ReadResource answers");
            client.upgrade_resource_state(wire::upgrade_resource_state::Request {
                type_name: type_name.clone(), version: 1, raw_state: raw.clone(),
            }).await.expect("UpgradeResourceState answers");
            client.move_resource_state(wire::move_resource_state::Request {
                source_provider_address: "example/playground".to_owned(),
                source_type_name: "playground_former".to_owned(),
                target_type_name: type_name.clone(), source_state: raw, ..Default::default()
            }).await.expect("MoveResourceState answers");
            client.call_function(wire::call_function::Request {
                name: "join_words".to_owned(), arguments: vec![value(&one).unwrap_or_default(); 3],
            }).await.expect("CallFunction answers");
            client.validate_provider_config(wire::validate_provider_config::Request { config: value(&one) })
                .await.expect("ValidateProviderConfig answers");
            client.read_data_source(wire::read_data_source::Request {
                type_name: "playground_lookup".to_owned(), config: value(&one), ..Default::default()
            }).await.expect("ReadDataSource answers");
        });
    });
}
