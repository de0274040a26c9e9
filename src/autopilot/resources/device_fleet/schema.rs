//! The arguments of a fleet, and what its rows must satisfy together.

use std::collections::HashMap;
use std::time::Duration;

use crate::autopilot::device_attributes;
use crate::autopilot::devices::comparable;
use crate::autopilot::on_destroy;
use crate::autopilot::registering::trouble;
use crate::autopilot::users::user_principal_name_or_nobody;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::path::Path;
use crate::tf_provider::schema::{
    Attribute, Rule, Schema, Timeouts, check, computed, guid, integer, map_of, object, optional, required,
    text,
};

/// The shape of a fleet.
pub(super) fn schema() -> Schema {
    Schema::new(
        "Many devices registered with Windows Autopilot: hundreds in one request, read in pages, and none of them the \
         others' trouble.",
    )
    .attributes([
        computed("id", text(), "Id of the fleet, which says nothing.").local().keep_prior(),
        required(
            "devices",
            map_of(object(row())),
            "The devices, by serial number as the firmware tells it. Capital letters do not matter, so two keys that \
             differ in nothing else are an error.",
        )
        .local(),
        device_attributes::wait_for_profile(),
        device_attributes::adopt_existing(
            "Whether devices that are registered already, and not by this configuration, are taken over (and changed to \
             it) instead of standing in `failed`. They need no hash then.",
        ),
        on_destroy::attribute(
            "What happens to a device when the fleet is destroyed, or when the device is taken out of `devices`.",
        ),
        optional(
            "removals_allowed",
            integer(),
            "How many devices a plan may take out of the fleet. Left out, a plan that takes out more than 20, and more than \
             5 %, is refused: that is what a file that was cut off looks like.",
        )
        .check(check::between(0, 1_000_000))
        .local(),
        computed(
            "failed",
            trouble::kind(),
            "Devices that are not registered, or not as written, by serial number. The next apply tries them again.",
        )
        .local(),
        computed("device_count", integer(), "How many devices are registered.").local(),
        computed(
            "profile_states",
            map_of(integer()),
            "How many devices have which profile status (`assigned`, `assigning`, `not_assigned` ...) since the last \
             refresh.",
        )
        .local(),
    ])
    .timeouts(Timeouts {
        create: Duration::from_secs(3 * 3600),
        read: Duration::from_secs(20 * 60),
        update: Duration::from_secs(3 * 3600),
        delete: Duration::from_secs(3 * 3600),
    })
    .rule(serial_numbers())
}

/// What is written of a device, and shown of it.
pub(super) fn row() -> Vec<Attribute> {
    let mut row = vec![
        // Terraform compares each hidden place of a value with each of its parts: hundreds of hidden hashes take minutes.
        device_attributes::hardware_hash(
            "Hardware hash (\"4K hash\") of the device, kept in the state and shown in plans; `hardware_hash_wo` is neither. \
             Needed to register the device, and not afterwards: a changed hash changes nothing.",
        ),
        device_attributes::hardware_hash_wo(),
        optional(
            "product_key",
            text(),
            "Windows product id (PKID), if the manufacturer gave one. Sent to the service when the device is registered, and \
             not afterwards.",
        )
        .same_when(|_, _| true)
        .local(),
        device_attributes::group_tag(),
        device_attributes::display_name(),
        optional(
            "user_principal_name",
            text(),
            "User the device is assigned to; empty text for none. Left out, the user is not managed here.",
        )
        .check(user_principal_name_or_nobody().of_changes())
        .ignore_case(),
        optional(
            "addressable_user_name",
            text(),
            "Name by which setup greets the user. Left out, it is the user's display name.",
        )
        .check(check::longest(256).of_changes()),
        computed("id", guid(), "Registration id of the device; null while it is not registered.").keep_prior(),
    ];
    row.extend(device_attributes::identity());
    row
}

fn serial_numbers() -> Rule {
    Rule::new(
        "Each key of `devices` is the serial number of another device.",
        |config, problems: &mut Diagnostics| {
            let mut seen: HashMap<String, &String> = HashMap::new();
            for serial in config.get("devices").entries().keys() {
                let wrong = match seen.insert(comparable(serial), serial) {
                    _ if serial.trim().is_empty() => {
                        "A key is empty, and a device without a serial number cannot be registered."
                            .to_owned()
                    }
                    Some(other) => format!(
                        "`{other}` and `{serial}` are the same serial number: capital letters and blanks around it do not \
                         matter to Windows Autopilot. Keep one key for each device."
                    ),
                    None => continue,
                };
                let path = Path::from("devices").key(serial);
                problems.error_at(path, "Serial numbers that are none, or twice", wrong);
            }
        },
    )
}
