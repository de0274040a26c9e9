//! Nested objects, their collections, blocks, and write-only arguments.

use autopilot_provider::tf_provider::protocol::tfplugin6::ClientCapabilities;
use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::playground;
use crate::support::core::{Action, Config, config};

const NESTED: &str = "playground_nested";

fn everything() -> Json {
    json!({
        "name": "house",
        "contact": { "mail": "Ada@Example.org", "country": "GB" },
        "rules": [{ "kind": "a" }, { "kind": "a", "weight": 3 }, { "kind": "b", "note": "x" }],
        "stages": [{ "name": "one" }, { "name": "two", "minutes": 7, "owner": "me" }],
        "zones": { "hall": { "active": true }, "roof": { "active": false, "floor": 3 } },
        "plan": { "name": "gold" },
        "port": [{ "number": 80 }, { "number": 443, "protocol": "tls" }],
        "mark": [{ "key": "a", "value": "1" }, { "key": "b" }],
        "cover": { "material": "slate" },
    })
}

fn with(mut object: Json, name: &str, value: Json) -> Json {
    object[name] = value;
    object
}

/// Checks 45 and 46.
#[tokio::test]
async fn nested_arguments_are_given_changed_and_taken_away() {
    let (core, _outside) = playground().await;
    let mut house = core.resource(NESTED);
    house.apply(json!({ "name": "house" })).await;
    assert_eq!(house.state().get("plan").get("name"), &"free".into());
    house.apply(everything()).await;
    let table = [
        ("contact", json!({ "mail": "ada@example.org", "country": "GB", "language": "fr" })),
        ("rules", json!([{ "kind": "a", "weight": 4 }, { "kind": "a", "weight": 3 }, { "kind": "c" }])),
        ("rules", json!([])),
        ("stages", json!([{ "name": "zero" }, { "name": "one" }, { "name": "two", "owner": "you" }])),
        ("stages", json!([{ "name": "two" }])),
        ("zones", json!({ "roof": { "active": true }, "cellar": { "active": false, "floor": -1 } })),
        ("plan", json!({ "name": "silver" })),
        ("port", json!([{ "number": 443, "protocol": "tls" }])),
        ("mark", json!([{ "key": "b" }, { "key": "a", "value": "2" }])),
        ("cover", json!({})),
    ];
    for (name, value) in table {
        house.apply(with(everything(), name, value)).await;
        assert_eq!(house.last_action(), Action::Update, "changing {name}");
        house.apply(with(everything(), name, Json::Null)).await;
        let replaces = name == "contact";
        assert_eq!(house.last_action() == Action::Replace, replaces, "removing {name}");
        house.apply(everything()).await;
    }
    house.destroy().await;
}

/// Check 57, inside nested objects.
#[tokio::test]
async fn what_the_service_gave_to_an_element_stays_with_it() {
    let (core, _outside) = playground().await;
    let mut house = core.resource(NESTED);
    house.apply(everything()).await;
    let plan = house.plan(with(everything(), "stages", json!([{ "name": "uno" }, { "name": "two" }]))).await;
    for index in 0..2 {
        let ticket = |state: &Value| state.get("stages").elements()[index].get("ticket").clone();
        assert_eq!(ticket(&plan.planned), ticket(house.state()));
    }
    assert_eq!(plan.planned.get("contact").get("handle"), house.state().get("contact").get("handle"));
    assert!(plan.planned.get("summary").is_unknown(), "it counts the stages");
    let plan = house.plan(with(everything(), "name", json!("castle"))).await;
    assert_eq!(plan.planned.get("summary"), house.state().get("summary"));
}

/// Check 49, inside a nested object.
#[tokio::test]
async fn a_nested_argument_asks_for_replacement_by_its_own_path() {
    let (core, _outside) = playground().await;
    let mut house = core.resource(NESTED);
    house.apply(everything()).await;
    let moved = with(everything(), "contact", json!({ "mail": "Ada@Example.org", "country": "FR" }));
    let plan = house.plan(moved).await;
    assert_eq!((plan.action, plan.replace), (Action::Replace, vec!["contact.country".to_owned()]));
}

/// Checks 51 and 52.
#[tokio::test]
async fn parts_of_nested_arguments_and_whole_blocks_may_be_unknown() {
    let (core, _outside) = playground().await;
    let rule = |kind: Value| Value::object([("kind", kind), ("weight", Value::Null), ("note", Value::Null)]);
    let port = |number: Value| Value::object([("number", number), ("protocol", Value::Null)]);
    let stage = |name: Value, owner: Value| {
        let rest = ["minutes", "ticket"].map(|name| (name, Value::Null));
        Value::object([("name", name), ("owner", owner)].into_iter().chain(rest))
    };
    let table: Vec<(&str, Value)> = vec![
        ("rules", Value::Unknown),
        ("rules", Value::set([rule("a".into()), rule(Value::Unknown)])),
        ("stages", Value::Unknown),
        ("stages", Value::list([stage(Value::Unknown, Value::Null), stage("two".into(), Value::Unknown)])),
        ("contact", Value::Unknown),
        ("zones", Value::Unknown),
        ("plan", Value::Unknown),
        ("port", Value::Unknown),
        ("port", Value::list([port(Value::Unknown)])),
        ("mark", Value::Unknown),
        ("cover", Value::object([("material", Value::Unknown)])),
    ];
    for (name, value) in table {
        // First while creating, then while updating.
        let mut house = core.resource(NESTED);
        let unknown = || config(everything()).with(name, value.clone());
        house.plan(unknown()).await;
        house.apply(everything()).await;
        house.plan(unknown()).await;
        house.destroy().await;
    }
    let mut house = core.resource(NESTED);
    let now = config(everything()).with("port", Value::Unknown).with("rules", Value::Unknown);
    house.apply_once_known(now, everything()).await;
    assert_eq!(house.state().get("port").elements().len(), 2);
}

/// Check 56, inside sets and lists.
#[tokio::test]
async fn nested_spelling_stays_as_the_user_wrote_it() {
    let (core, outside) = playground().await;
    let mut house = core.resource(NESTED);
    house.apply(everything()).await;
    outside.edit(NESTED, house.text("id"), |object| {
        object["contact"]["mail"] = json!("ada@example.org");
        object["rules"].as_array_mut().expect("rules").reverse();
        object["rules"][0]["note"] = match &object["rules"][0]["note"] {
            Json::Null => json!(""),
            note => note.clone(),
        };
    });
    house.assert_no_drift().await;
    house.assert_empty_plan(everything()).await;
}

fn with_secrets(password: &str, version: i64) -> Config {
    let mut config = with(everything(), "password", json!(password));
    config["password_version"] = json!(version);
    config["contact"]["pin"] = json!("open sesame");
    config.into()
}

/// Check 80.
#[tokio::test]
async fn a_write_only_argument_reaches_the_service_and_nothing_else() {
    let (core, _outside) = playground().await;
    let mut house = core.resource(NESTED);
    house.apply(with_secrets("hunter2", 1)).await;
    assert_eq!(house.state().get("password_length"), &7.into());
    assert!(!house.state().reveal().contains("hunter2") && !house.state().reveal().contains("open sesame"));
    house.assert_empty_plan(with_secrets("a longer one", 1)).await;
    house.apply(with_secrets("a longer one", 2)).await;
    assert_eq!((house.last_action(), house.state().get("password_length")), (Action::Update, &12.into()));
}

/// Check 43.
#[tokio::test]
async fn a_host_that_would_store_them_may_not_give_write_only_arguments() {
    let (core, _outside) = playground().await;
    let house = core.resource(NESTED);
    let old = ClientCapabilities::default();
    let said = house.validate_as(&with_secrets("hunter2", 1).complete(&house.shape().block), old).await;
    let mut paths: Vec<&str> = said.errors().map(|error| error.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["contact.pin", "password"]);
    assert!(!said.to_string().contains("hunter2"));
    let plain = house.validate_as(&Config::from(everything()).complete(&house.shape().block), old).await;
    plain.expect_no_errors("a configuration without secrets");
}
