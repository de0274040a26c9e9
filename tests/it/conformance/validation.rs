//! What is said before anything is done.

use autopilot_provider::tf_provider::server::Server;
use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::playground;
use super::playground::{DIRECTORY, Playground};
use crate::support::core::shape::Block;
use crate::support::core::{Action, Config, Core, config};

const PLAIN: &str = "playground_plain";

/// A configuration of which nothing is known: every argument may come from a variable.
fn all_unknown(block: &Block) -> Config {
    let arguments = block.attributes.iter().filter(|(_, attribute)| attribute.required || attribute.optional);
    arguments.fold(config(json!({})), |config, (name, _)| config.with(name, Value::Unknown))
}

/// Checks 39 and 41.
#[tokio::test]
async fn nothing_is_held_against_values_that_are_not_known() {
    let (core, outside) = playground().await;
    let types: Vec<String> = core.resource_types().map(|(name, _)| name.to_owned()).collect();
    for name in types {
        let thing = core.resource(&name);
        let said = thing.validate(all_unknown(&thing.shape().block)).await;
        assert_eq!(said.errors().count(), 0, "{name}: {said}");
    }
    assert_eq!(outside.journal(), Vec::<String>::new(), "validating asks nobody");
}

/// Check 40.
#[tokio::test]
async fn every_mistake_is_reported_at_once_and_in_its_place() {
    let (core, _outside) = playground().await;
    let table: [(&str, Json, &str, &str); 13] = [
        (PLAIN, json!({ "name": " " }), "name", "it is empty"),
        (PLAIN, json!({ "name": "x".repeat(41) }), "name", "it has 41 characters"),
        (PLAIN, json!({ "name": "n", "size": 0 }), "size", "from 1 to 100: it is 0"),
        (PLAIN, json!({ "name": "n", "size": 1.5 }), "size", "a whole number"),
        (PLAIN, json!({ "name": "n", "color": "pink" }), "color", "one of \"red\", \"green\", \"blue\""),
        (PLAIN, json!({ "name": "n", "tags": ["1", "2", "3", "4", "5", "6"] }), "tags", "it has 6"),
        (PLAIN, json!({ "name": "n", "limits": { "a": 0.5 } }), "limits[\"a\"]", "a whole number"),
        (PLAIN, json!({ "name": "n", "nickname": "a", "alias": "b" }), "alias", "`nickname` and `alias`"),
        (PLAIN, json!({ "name": "n", "grade": 1 }), "grade", "together with `size`"),
        (
            PLAIN,
            json!({ "name": "n", "timeouts": { "create": "soon" } }),
            "timeouts.create",
            "`soon` cannot be read",
        ),
        (
            "playground_nested",
            json!({ "name": "n", "rules": [{ "kind": "more than ten" }] }),
            "rules",
            "13 characters",
        ),
        (
            "playground_nested",
            json!({ "name": "n", "port": [{ "number": 1 }, { "number": 0 }] }),
            "port[1].number",
            "it is 0",
        ),
        (
            "playground_nested",
            json!({ "name": "n", "password_version": 1 }),
            "password_version",
            "with `password`",
        ),
    ];
    for (type_name, config, path, text) in table {
        let said = core.resource(type_name).validate(config.clone()).await;
        assert_eq!(said.error(text).path, path, "{config}: {said}");
        assert_eq!(said.errors().count(), 1, "{config}: {said}");
    }
    let said =
        core.resource(PLAIN).validate(json!({ "name": "", "size": 0, "color": "pink", "grade": 1 })).await;
    assert_eq!(said.errors().count(), 3, "{said}");
    let said = core.resource(PLAIN).validate(json!({ "name": "n", "title": "t" })).await;
    assert!(!said.has_errors());
    assert_eq!(said.warnings().map(|w| w.path.as_str()).collect::<Vec<_>>(), ["title"]);
}

/// Check 42.
#[tokio::test]
async fn a_provider_without_its_arguments_names_them_and_their_variables() {
    assert!(std::env::var_os(DIRECTORY).is_none(), "the tests run without it");
    let core = Core::serving(Server::new(Playground)).await;
    let said = core.try_configure(json!({})).await;
    let error = said.error("No directory configured");
    assert_eq!(error.path, "directory");
    assert!(error.detail.contains("`directory`") && error.detail.contains("PLAYGROUND_DIR"));
    let said = core.try_configure(json!({ "directory": "" })).await;
    assert_eq!(said.error("Invalid value for directory").path, "directory");
}

/// Check 44.
#[tokio::test]
async fn a_provider_argument_that_is_not_known_yet_hinders_no_plan() {
    let core = Core::serving(Server::new(Playground)).await;
    core.configure(config(json!({})).with("directory", Value::Unknown)).await;
    let mut lamp = core.resource(PLAIN);
    assert_eq!(lamp.plan(json!({ "name": "desk" })).await.action, Action::Create);
    let outcome = lamp.try_apply(json!({ "name": "desk" })).await;
    assert!(outcome.said.error("Directory not known yet").detail.contains("-target"));
    assert!(lamp.state().is_null());
}

/// An operation before ConfigureProvider is a mistake of the host, and said to be one.
#[tokio::test]
async fn nothing_is_done_before_the_provider_is_configured() {
    let core = Core::serving(Server::new(Playground)).await;
    let said = core.resource(PLAIN).try_plan(json!({ "name": "desk" })).await.expect_err("not configured");
    said.error("before it configured the provider");
}
