//! Which registered device an action is for.

use serde_json::Value as Json;

use crate::autopilot::devices::{self, By};
use crate::autopilot::session::Session;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::{Attribute, Rule, check, guid, optional, rule, text};
use crate::tf_provider::value::Value;

/// The two arguments that say which device is meant.
pub(super) fn arguments() -> [Attribute; 2] {
    [
        optional(
            "device_id",
            guid(),
            "Registration id of the device: the `id` of an `autopilot_device_identity`.",
        ),
        optional("serial_number", text(), "Serial number of the device. Capital letters do not matter.")
            .check(check::not_blank()),
    ]
}

/// That exactly one of them is given.
pub(super) fn rule() -> Rule {
    rule::exactly_one(&["device_id", "serial_number"])
}

/// The device they name.
pub(super) async fn device(session: &Session, config: &Value) -> Result<Json, Failure> {
    let (by, wanted) = match config.get("device_id").as_str() {
        Some(id) => (By::Id, id),
        None => (By::SerialNumber, config.get("serial_number").as_str().unwrap_or_default()),
    };
    let advice = "Give `device_id`, the registration id, or `serial_number`";
    devices::find_by(session, by, wanted, advice).await
}
