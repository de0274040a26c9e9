//! Create, change, replace, import, destroy: under every rule of the driver.

use serde_json::json;

use super::playground;
use crate::support::core::Action;

/// Check 45.
#[tokio::test]
async fn the_smallest_configuration_is_applied_and_then_settled() {
    let (core, _directory) = playground().await;
    let mut lamp = core.resource("playground_plain");
    lamp.apply(json!({ "name": "desk" })).await;
    assert_eq!(lamp.last_action(), Action::Create);
    assert_eq!(lamp.text("color"), "red");
    assert_eq!(lamp.text("owner"), "nobody");
    lamp.destroy().await;
}
