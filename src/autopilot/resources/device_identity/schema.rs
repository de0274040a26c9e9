//! The arguments of a device, and what they must satisfy together.

use std::time::Duration;

use crate::autopilot::device_attributes;
use crate::autopilot::devices::{ENROLLMENT_STATES, PROFILE_STATES, REMEDIATION_STATES, comparable};
use crate::autopilot::hardware_hash::{self, hardware_hash};
use crate::autopilot::on_destroy;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::path::Path;
use crate::tf_provider::schema::{
    Rule, Schema, Timeouts, check, choice, computed, guid, optional_computed, required, rule, text,
};
use crate::tf_provider::value::Value;

/// The shape of a device.
pub(super) fn schema() -> Schema {
    Schema::new(
        "A device registered with Windows Autopilot, by the hardware hash that was captured on it or that came with it.",
    )
    .attributes([
        computed("id", guid(), "Registration id of the device.").keep_prior(),
        required(
            "serial_number",
            text(),
            "Serial number, as the device's firmware tells it. Capital letters do not matter.",
        )
        .check(check::not_blank().of_changes())
        .check(check::longest(128).of_changes())
        .ignore_case()
        .replace_on_change(),
        device_attributes::hardware_hash(
            "Hardware hash (\"4K hash\") of the device, kept in the state. Needed to register the device, and not \
             afterwards. A device gives another hash each time it is asked, so a changed hash changes nothing.",
        )
        .check(hardware_hash())
        .sensitive(),
        device_attributes::hardware_hash_wo().check(hardware_hash()).sensitive(),
        optional_computed(
            "product_key",
            text(),
            "Windows product id (PKID), if the manufacturer gave one. Not needed besides the hash.",
        )
        .keep_prior()
        .replace_on_change(),
        device_attributes::group_tag(),
        device_attributes::display_name(),
        device_attributes::wait_for_profile(),
        device_attributes::adopt_existing(
            "Whether a device with this serial number that is registered already is taken over (and changed to this \
             configuration) instead of being an error. It needs no hash then.",
        ),
        on_destroy::attribute("What destroying the resource does to the device."),
        computed("purchase_order", text(), "Purchase order, if the manufacturer or a partner gave one.")
            .remote("purchaseOrderIdentifier")
            .keep_prior(),
        computed("managed_device_id", guid(), "Id of the device in Intune, once it is enrolled.").keep_prior(),
        computed("enrollment_state", choice(ENROLLMENT_STATES), "Whether the device is enrolled in Intune.")
            .keep_prior(),
        computed("profile_status", choice(PROFILE_STATES), "Whether a deployment profile is assigned.")
            .remote("deploymentProfileAssignmentStatus")
            .keep_unless(&["group_tag", "wait_for_profile"]),
        computed("profile_assigned_date_time", text(), "When the deployment profile was assigned; null if none is.")
            .remote("deploymentProfileAssignedDateTime")
            .keep_unless(&["group_tag", "wait_for_profile"]),
        computed(
            "remediation_state",
            choice(REMEDIATION_STATES),
            "Whether the device is still the one that was registered; the portal's \"Fix pending\" and \"Attention \
             required\".",
        )
        .keep_prior(),
        computed(
            "user_principal_name",
            text(),
            "User the device is assigned to; `autopilot_user_assignment` assigns one.",
        )
        .keep_prior(),
    ])
    .attributes(device_attributes::identity())
    .timeouts(Timeouts {
        create: Duration::from_secs(45 * 60),
        delete: Duration::from_secs(45 * 60),
        ..Timeouts::default()
    })
    .rule(rule::at_most_one(&["hardware_hash", "hardware_hash_wo"]))
    .rule(hash_of_the_device().of_changes())
}

/// Attributes that an import cannot set, or that are changed in place: all of them are sent together, because
/// it has been seen to forget one when only another was sent.
pub(super) const CHANGED_TOGETHER: [(&str, &str); 2] =
    [("group_tag", "groupTag"), ("display_name", "displayName")];

fn hash_of_the_device() -> Rule {
    Rule::new(
        "A hash that says its serial number must be of the device with this `serial_number`.",
        |config: &Value, problems: &mut Diagnostics| {
            let Some(serial) = config.get("serial_number").as_str().filter(|serial| !serial.is_empty())
            else {
                return;
            };
            for argument in ["hardware_hash", "hardware_hash_wo"] {
                let Some(hardware) =
                    config.get(argument).as_str().and_then(|hash| hardware_hash::decode(hash).ok())
                else {
                    continue;
                };
                if hardware.is_checksum_right == Some(false) {
                    problems.warning_at(
                        Path::from(argument),
                        "The checksum of the hash is wrong",
                        format!(
                            "This hash was changed since it was captured, most often on its way through a spreadsheet or \
                             a mail. Windows Autopilot will probably refuse it (code 802) minutes after the import. \
                             Capture the hash of `{serial}` again if it does."
                        ),
                    );
                }
                let Some(found) = hardware.serial_number else { continue };
                if comparable(&found) != comparable(serial) {
                    problems.error_at(
                        Path::from(argument),
                        "The hash of another device",
                        format!(
                            "This hash was captured on the device with the serial number `{found}`, and \
                             `serial_number` is `{serial}`. Windows Autopilot would refuse it. Use the hash of `{serial}`, \
                             or correct the serial number."
                        ),
                    );
                }
            }
        },
    )
}
