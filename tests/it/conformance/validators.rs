//! The validators themselves: each rule of the driver finds what breaks it, and Terraform's merge is as Terraform's.

use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::playground;
use crate::support::core::proposed::proposed;
use crate::support::core::rules::{plan_violations, stored_violations, successor_violations};
use crate::support::core::shape::Block;
use crate::support::core::{Config, config};

async fn nested() -> Block {
    let (core, _outside) = playground().await;
    core.resource("playground_nested").shape().block.clone()
}

fn house() -> Json {
    json!({
        "name": "house",
        "contact": { "mail": "a@b" },
        "rules": [{ "kind": "a", "weight": 1 }],
        "stages": [{ "name": "one", "minutes": 5 }],
        "zones": { "hall": { "active": true } },
        "port": [{ "number": 80 }],
        "mark": [{ "key": "k" }],
    })
}

fn with(name: &str, value: Json) -> Config {
    let mut object = house();
    object[name] = value;
    object.into()
}

fn unknown(name: &str) -> Config {
    config(house()).with(name, Value::Unknown)
}

/// Check 47: the rules find what breaks them.
#[tokio::test]
async fn a_plan_that_breaks_a_rule_is_found_out() {
    let block = nested().await;
    let whole = |config: Config| config.complete(&block);
    let good = || Config::from(house());
    // What was written, what is planned, and what is said of it; nothing is said of what is allowed.
    let table: Vec<(Config, Config, &str)> = vec![
        (good(), good(), ""),
        (
            good(),
            with("name", json!("castle")),
            "name: planned value \"castle\" does not match config value \"house\"",
        ),
        (good(), unknown("name"), "name: planned value unknown"),
        (unknown("name"), good(), "name: planned value \"house\" does not match config value unknown"),
        (
            with("port", Json::Null),
            good(),
            "port: block count in plan (1) disagrees with count in config (0)",
        ),
        (good(), with("port", json!([])), "port: block count in plan (0) disagrees with count in config (1)"),
        (good(), good().with("port", Value::Unknown), "port: a block must not be unknown itself"),
        (
            good(),
            good().with("port", Value::list([Value::Unknown])),
            "port[0]: a block must not be unknown itself",
        ),
        (unknown("port"), good(), "port: planned value for a dynamic block"),
        (unknown("port"), unknown("port"), ""),
        (good(), with("port", json!([{ "number": 81 }])), "port[0].number: planned value 81"),
        (good(), with("mark", json!([{ "key": "other" }])), "mark: planned block"),
        (good(), with("cover", json!({})), "cover: planned for existence but config wants absence"),
        (with("cover", json!({})), good(), "cover: planned for absence but config wants existence"),
        (good(), with("password", json!("x")), "password: planned a value for a write-only attribute"),
        (
            with("password", json!("x")),
            with("password", json!("x")),
            "password: planned a value for a write-only",
        ),
        (with("password", json!("x")), good(), ""),
        (
            good(),
            with("password_version", json!(1)),
            "password_version: planned value 1 for a non-computed attribute",
        ),
        (good(), with("id", json!("7")), ""),
        (good(), unknown("summary"), ""),
        (good(), unknown("plan"), ""),
        (good(), unknown("contact"), "contact: a configured nested attribute must not be unknown as a whole"),
        (good(), with("contact", Json::Null), "contact: planned for absence but config wants existence"),
        (good(), with("contact", json!({ "mail": "A@b" })), "contact.mail: planned value \"A@b\""),
        (good(), with("contact", json!({ "mail": "a@b", "handle": "h", "language": "en" })), ""),
        (
            good(),
            with("stages", json!([])),
            "stages: element count in plan (0) disagrees with count in config (1)",
        ),
        (
            good(),
            with("stages", json!([{ "name": "two", "minutes": 5 }])),
            "stages[0].name: planned value \"two\"",
        ),
        (good(), with("zones", json!({ "roof": { "active": true } })), "zones: keys in plan disagree"),
        (good(), with("rules", json!([{ "kind": "b", "weight": 1 }])), "rules: planned element"),
        (good(), with("rules", json!([])), "rules: element count in plan (0) disagrees"),
    ];
    for (row, (config, planned, expected)) in table.into_iter().enumerate() {
        let found = plan_violations(&block, &Value::Null, &whole(config), &whole(planned));
        match expected {
            "" => assert_eq!(found, Vec::<String>::new(), "row {row}"),
            text => assert!(found.iter().any(|f| f.starts_with(text)), "row {row}, {text}: {found:?}"),
        }
    }
    let null_blocks = whole(good()).with("port", Value::Null).with("mark", Value::Null);
    let found = plan_violations(&block, &Value::Null, &whole(good()), &null_blocks);
    assert_eq!(
        found.iter().filter(|f| f.contains("must be empty to indicate no blocks, not null")).count(),
        2
    );
    let found = plan_violations(&block, &Value::Null, &whole(good()), &Value::Null);
    assert_eq!(found, ["the object: planned for absence but config wants existence"]);
    // Another spelling is allowed where it was there before.
    let spelled = whole(with("contact", json!({ "mail": "A@b" })));
    assert_eq!(plan_violations(&block, &spelled, &whole(good()), &spelled), Vec::<String>::new());
}

/// Check 48: the rules find what breaks them.
#[tokio::test]
async fn a_result_that_breaks_a_rule_is_found_out() {
    let block = nested().await;
    let whole = |config: Config| config.complete(&block);
    let good = || Config::from(house());
    let table: Vec<(Config, Config, &str)> = vec![
        (good(), good(), ""),
        (unknown("id"), with("id", json!("7")), ""),
        (unknown("id"), good(), ""),
        (unknown("summary"), with("summary", json!({ "rules": 1, "stages": 1 })), ""),
        (good(), with("name", json!("castle")), "name: was \"house\", but now \"castle\""),
        (good(), with("name", Json::Null), "name: was \"house\", but now null"),
        (good(), with("password_version", json!(2)), "password_version: was null, but now 2"),
        (good(), unknown("name"), "name: was known, but now unknown"),
        (good(), with("stages", json!([])), "stages[0]: element has vanished"),
        (good(), with("zones", json!({})), "zones[\"hall\"]: element has vanished"),
        (with("zones", json!({})), good(), "zones[\"hall\"]: new element has appeared"),
        (good(), with("rules", json!([{ "kind": "b" }])), "rules: planned set element"),
        (with("rules", json!([])), good(), "rules: actual set element"),
        (
            good(),
            with("port", json!([{ "number": 80 }, { "number": 81 }])),
            "port[1]: new element has appeared",
        ),
        (good(), with("cover", json!({})), "cover: was absent, but now present"),
        (unknown("port"), good(), ""),
    ];
    for (row, (planned, actual, expected)) in table.into_iter().enumerate() {
        let found = successor_violations(&block, &whole(planned), &whole(actual));
        match expected {
            "" => assert_eq!(found, Vec::<String>::new(), "row {row}"),
            text => assert!(found.iter().any(|f| f.starts_with(text)), "row {row}, {text}: {found:?}"),
        }
    }
    assert_eq!(
        successor_violations(&block, &whole(good()), &Value::Null),
        ["the object: was present, but now absent"]
    );
    assert_eq!(
        successor_violations(&block, &Value::Null, &whole(good())),
        ["the object: was absent, but now present"]
    );
    assert_eq!(stored_violations(&block, &whole(good())), Vec::<String>::new());
    assert_eq!(stored_violations(&block, &whole(unknown("id"))), ["id: is still unknown"]);
    let secret = whole(with("contact", json!({ "mail": "a@b", "pin": "1" })));
    assert_eq!(stored_violations(&block, &secret), ["contact.pin: holds a value for a write-only attribute"]);
}

/// The state that Terraform proposes, from what was and what is written.
#[tokio::test]
async fn the_proposed_state_is_the_one_terraform_proposes() {
    let block = nested().await;
    let whole = |config: Json| Config::from(config).complete(&block);
    let prior = whole(json!({
        "id": "7",
        "name": "house",
        "contact": { "mail": "a@b", "handle": "h", "language": "en" },
        "rules": [{ "kind": "a", "weight": 10 }, { "kind": "b", "weight": 3, "note": "n" }],
        "stages": [{ "name": "one", "minutes": 5, "owner": "me", "ticket": "1" }],
        "plan": { "name": "gold", "price": 1 },
        "summary": { "rules": 2, "stages": 1 },
    }));
    let config = whole(json!({
        "name": "castle",
        "contact": { "mail": "c@d", "pin": "1" },
        "rules": [{ "kind": "a" }, { "kind": "b" }],
        "stages": [{ "name": "two" }, { "name": "three" }],
    }));
    let expected = whole(json!({
        "id": "7",
        "name": "castle",
        "contact": { "mail": "c@d", "handle": "h", "language": "en", "pin": "1" },
        // `note` is the user's alone, so the second prior rule cannot come from the second one written.
        "rules": [{ "kind": "a", "weight": 10 }, { "kind": "b" }],
        "stages": [{ "name": "two", "minutes": 5, "owner": "me", "ticket": "1" }, { "name": "three" }],
        // `plan.name` is the user's alone, so a user must have written the plan, and has taken it away.
        "plan": null,
        "summary": { "rules": 2, "stages": 1 },
    }));
    assert_eq!(proposed(&block, &prior, &config).reveal(), expected.reveal());
    assert_eq!(proposed(&block, &Value::Null, &config).reveal(), config.reveal());
}
