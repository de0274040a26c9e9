//! Create, change, replace, import, destroy. Every step is held against all rules by the driver, and followed by a read
//! without drift and an empty plan.

use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::playground;
use crate::support::core::{Action, config};

const PLAIN: &str = "playground_plain";

/// An object with a value for every argument that has a like-named rival to none.
fn everything() -> Json {
    json!({
        "name": "desk",
        "size": 3,
        "ratio": 0.1,
        "enabled": false,
        "color": "blue",
        "region": "south",
        "label": "On The Desk",
        "grade": 2,
        "tags": ["b", "a"],
        "steps": ["one", "two", "one"],
        "limits": { "watts": 40, "hours": 24 },
        "owner": "me",
        "remark": "hush",
        "nickname": "d",
        "timeouts": { "create": "1m", "delete": "90s" },
    })
}

fn with(mut object: Json, name: &str, value: Json) -> Json {
    object[name] = value;
    object
}

/// Check 45. Checks 47, 48 and 62 in every step of this module.
#[tokio::test]
async fn the_least_configuration_is_created_and_settled() {
    let (core, outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(json!({ "name": "desk" })).await;
    assert_eq!(lamp.last_action(), Action::Create);
    assert_eq!((lamp.text("color"), lamp.text("owner"), lamp.text("fingerprint")), ("red", "nobody", "DESK"));
    lamp.destroy().await;
    assert_eq!(outside.count(PLAIN), 0);
}

/// Checks 46 and 49.
#[tokio::test]
async fn every_argument_is_changed_and_taken_away_by_itself() {
    let (core, _outside) = playground().await;
    let (update, replace) = (Action::Update, Action::Replace);
    let table = [
        ("size", json!(4), update, replace),
        ("ratio", json!(123456789012345678901234567890.5), update, update),
        ("enabled", json!(true), update, Action::NoOp),
        ("color", json!("green"), update, update),
        ("region", json!("west"), replace, replace),
        ("label", json!("elsewhere"), update, update),
        ("grade", json!(3), update, replace),
        ("tags", json!(["a"]), update, update),
        ("steps", json!(["two", "one"]), update, update),
        ("limits", json!({ "hours": 24 }), update, update),
        ("owner", json!("you"), update, Action::NoOp),
        ("remark", json!("loud"), update, update),
        ("nickname", json!("lamp"), update, update),
        ("timeouts", json!({ "create": "2m" }), update, update),
    ];
    let mut lamp = core.resource(PLAIN);
    for (name, value, when_changed, when_removed) in table {
        lamp.apply(everything()).await;
        lamp.apply(with(everything(), name, value)).await;
        assert_eq!(lamp.last_action(), when_changed, "changing {name}");
        let rest = match name {
            "size" => with(everything(), "grade", Json::Null),
            _ => everything(),
        };
        lamp.apply(with(rest, name, Json::Null)).await;
        assert_eq!(lamp.last_action(), when_removed, "removing {name}");
    }
    lamp.destroy().await;
}

/// Check 34, as far as a provider passes numbers on.
#[tokio::test]
async fn numbers_of_any_precision_come_back_as_they_were_written() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    for number in ["0.1", "123456789012345678901234567890", "-2.5e-7", "9223372036854775808", "1e400"] {
        let ratio: Value = Value::Number(number.parse().expect("a number"));
        lamp.apply(config(json!({ "name": "desk" })).with("ratio", ratio.clone())).await;
        assert_eq!(lamp.state().get("ratio"), &ratio, "{number}");
    }
}

/// Check 57.
#[tokio::test]
async fn an_update_shows_as_known_what_it_will_not_change() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(json!({ "name": "desk" })).await;
    let plan = lamp.plan(json!({ "name": "desk", "size": 5 })).await;
    assert_eq!(plan.action, Action::Update);
    assert_eq!(plan.planned.get("id"), lamp.state().get("id"));
    assert_eq!(plan.planned.get("fingerprint"), &"DESK".into());
    assert!(plan.planned.get("revision").is_unknown());
    let plan = lamp.plan(json!({ "name": "shelf" })).await;
    assert!(plan.planned.get("fingerprint").is_unknown(), "it depends on the name");
}

/// Check 57. Deadlines are Terraform's alone: nothing becomes unknown because of them, and nobody is asked.
#[tokio::test]
async fn another_deadline_is_stored_and_changes_nothing_else() {
    let (core, outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(json!({ "name": "desk" })).await;
    lamp.apply(json!({ "name": "desk", "timeouts": { "create": "1h" } })).await;
    assert_eq!(lamp.last_action(), Action::Update);
    assert_eq!(lamp.state().get("timeouts").get("create"), &"1h".into());
    assert_eq!(lamp.state().get("revision"), &1.into());
    assert_eq!(outside.journal().iter().filter(|line| line.starts_with("save")).count(), 1);
}

/// Check 51.
#[tokio::test]
async fn arguments_may_come_from_objects_that_do_not_exist_yet() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    for name in ["name", "size", "ratio", "color", "label", "tags", "steps", "limits", "owner", "nickname"] {
        let now = config(everything()).with(name, Value::Unknown);
        lamp.apply_once_known(now, everything()).await;
    }
    assert_eq!(lamp.last_action(), Action::NoOp, "it turned out to be what it was");
    let tags = Value::set(["a".into(), Value::Unknown]);
    let limits = Value::map([("watts", Value::Unknown)]);
    let now = config(everything()).with("tags", tags).with("limits", limits);
    lamp.apply_once_known(
        now,
        with(with(everything(), "tags", json!(["a", "c"])), "limits", json!({ "watts": 1 })),
    )
    .await;
    let region = config(everything()).with("region", Value::Unknown);
    assert_eq!(lamp.plan(region).await.replace, ["region"]);
}

/// Check 54.
#[tokio::test]
async fn an_outside_change_is_shown_and_then_undone() {
    let (core, outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(everything()).await;
    outside.edit(PLAIN, lamp.text("id"), |object| object["size"] = json!(99));
    lamp.refresh().await;
    assert_eq!(lamp.state().get("size"), &99.into());
    lamp.apply(everything()).await;
    assert_eq!(lamp.last_action(), Action::Update);
    assert_eq!(lamp.state().get("size"), &3.into());
}

/// Check 55.
#[tokio::test]
async fn an_object_deleted_outside_is_created_again() {
    let (core, outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(everything()).await;
    let former = lamp.text("id").to_owned();
    outside.delete(PLAIN, &former);
    lamp.apply(everything()).await;
    assert_eq!(lamp.last_action(), Action::Create);
    assert_ne!(lamp.text("id"), former);
    outside.delete(PLAIN, lamp.text("id"));
    lamp.destroy().await;
}

/// Check 56.
#[tokio::test]
async fn another_spelling_of_the_same_is_no_change() {
    let (core, outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(everything()).await;
    outside.edit(PLAIN, lamp.text("id"), |object| {
        object["label"] = json!("ON THE DESK");
        object["nickname"] = json!("d");
    });
    lamp.assert_no_drift().await;
    lamp.assert_empty_plan(with(everything(), "label", json!("on the desk"))).await;
    assert_eq!(lamp.text("label"), "On The Desk");
    // A service that answers nothing for an empty text, and an empty list for nothing.
    let blank = with(json!({ "name": "desk", "nickname": "" }), "tags", json!([]));
    lamp.apply(blank.clone()).await;
    outside.edit(PLAIN, lamp.text("id"), |object| {
        object["nickname"] = Json::Null;
        object["tags"] = Json::Null;
        object["steps"] = json!([]);
    });
    lamp.assert_no_drift().await;
    lamp.assert_empty_plan(blank).await;
}

/// Checks 71 and 73.
#[tokio::test]
async fn an_imported_object_equals_the_one_created() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    let mut written = everything();
    written["timeouts"] = Json::Null;
    lamp.apply(written.clone()).await;
    for id in [lamp.text("id").to_owned(), "name:desk".to_owned()] {
        let mut found = core.resource(PLAIN);
        found.import(&id).await;
        assert_eq!(found.state().reveal(), lamp.state().reveal());
        found.assert_empty_plan(written.clone()).await;
    }
    let malformed = core.resource(PLAIN).try_import("../desk").await;
    assert!(malformed.error("Malformed id").detail.contains("`../desk`"));
    let unknown = core.resource(PLAIN).try_import("name:shelf").await;
    assert!(unknown.error("No such object").detail.contains("shelf"));
    let mut gone = core.resource(PLAIN);
    assert!(!gone.try_import("0000").await.has_errors(), "Terraform itself says that it does not exist");
    assert!(gone.state().is_null());
    let never = core.resource("playground_slow").try_import("x").await;
    assert!(never.error("Import not supported").detail.contains("playground_slow"));
}

/// Check 72, for hosts that ask the provider what to write.
#[tokio::test]
async fn the_configuration_written_for_an_imported_object_plans_nothing() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    let mut written = everything();
    written["timeouts"] = Json::Null;
    lamp.apply(written).await;
    let mut found = core.resource(PLAIN);
    found.import(lamp.text("id")).await;
    let generated = found.generated_config().await;
    for name in ["id", "fingerprint", "revision", "title", "timeouts"] {
        assert!(generated.get(name).is_null(), "`{name}` is not for people to write");
    }
    let config = config(json!({ "name": "desk" }));
    let config =
        generated.entries().iter().fold(config, |config, (name, value)| config.with(name, value.clone()));
    found.assert_empty_plan(config).await;
}
