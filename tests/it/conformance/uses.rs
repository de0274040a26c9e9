//! Data sources and functions.

use autopilot_provider::tf_provider::value::Value;
use serde_json::json;

use super::playground;

/// Check 76.
#[tokio::test]
async fn a_data_source_finds_what_is_there_and_says_when_nothing_is() {
    let (core, _outside) = playground().await;
    let mut lamp = core.resource("playground_plain");
    lamp.apply(json!({ "name": "desk", "size": 3, "tags": ["a"] })).await;
    let found = core.data("playground_lookup", json!({ "name": "desk" })).await;
    assert_eq!((found.get("size"), found.get("tags")), (lamp.state().get("size"), lamp.state().get("tags")));
    let said = core.try_data("playground_lookup", json!({ "id": "7" })).await.expect_err("nothing is there");
    assert!(said.error("No such object").detail.contains("Check the spelling"));
    core.try_data("playground_lookup", json!({}))
        .await
        .expect_err("it is a rule")
        .error("One of `name` and `id`");
}

/// Check 79.
#[tokio::test]
async fn functions_take_no_one_and_many_words_and_point_at_the_bad_one() {
    let (core, _outside) = playground().await;
    assert_eq!(core.call("join_words", &[json!("-")]).await, Ok("".into()));
    assert_eq!(core.call("join_words", &[json!("-"), json!("a")]).await, Ok("a".into()));
    let many = [json!("-"), json!("a"), json!("b"), json!("c")];
    assert_eq!(core.call("join_words", &many).await, Ok("a-b-c".into()));
    let bad = [json!("-"), json!("a"), json!("")];
    let (text, argument) = core.call("join_words", &bad).await.expect_err("an empty word");
    assert_eq!(argument, Some(2));
    assert!(text.contains("Leave it out"));
    assert_eq!(core.call("initials", &[json!(null)]).await, Ok(Value::Null));
    assert_eq!(core.call("initials", &[json!("Ada King")]).await, Ok("AK".into()));
}
