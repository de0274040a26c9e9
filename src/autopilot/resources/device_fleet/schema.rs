//! The arguments of a fleet, and what its rows must satisfy together.

use std::collections::HashMap;
use std::time::Duration;

use crate::autopilot::devices::{DEREGISTER, ON_DESTROY, comparable};
use crate::autopilot::name_template::check_device_name;
use crate::autopilot::users::user_principal_name;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::path::Path;
use crate::tf_provider::schema::{
    Attribute, Check, Rule, Schema, Timeouts, boolean, check, choice, computed, default, guid, integer,
    map_of, object, optional, required, text,
};
use crate::tf_provider::value::Value;

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
        default(
            "wait_for_profile",
            boolean(),
            false,
            "Whether to wait, after registration or a new group tag, until a deployment profile is assigned to each of the \
             devices: from then on they can be handed out. Takes minutes to tens of minutes; when the time allowed in \
             `timeouts` is over, a warning says how far they are.",
        )
        .local(),
        default(
            "adopt_existing",
            boolean(),
            false,
            "Whether devices that are registered already, and not by this configuration, are taken over (and changed to \
             it) instead of standing in `failed`. They need no hash then.",
        )
        .local(),
        default(
            "on_destroy",
            choice(ON_DESTROY),
            DEREGISTER,
            "What happens to a device when the fleet is destroyed, or when the device is taken out of `devices`.",
        )
        .local(),
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
            map_of(object([
                computed("code", text(), "The service's number or word for it, or the provider's."),
                computed("reason", text(), "What is wrong, and what to do."),
            ])),
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

/// What is written of a device, and told of it.
pub(super) fn row() -> Vec<Attribute> {
    vec![
        optional(
            "hardware_hash",
            text(),
            "Hardware hash (\"4K hash\") of the device, kept in the state. Needed to register the device, and not \
             afterwards: a changed hash changes nothing.",
        )
        .sensitive()
        .same_when(|_, _| true)
        .local(),
        optional(
            "hardware_hash_wo",
            text(),
            "The same as `hardware_hash`, but written nowhere: not to the plan, not to the state. Needs Terraform 1.11.",
        )
        .sensitive()
        .write_only()
        .local(),
        optional(
            "product_key",
            text(),
            "Windows product id (PKID), if the manufacturer gave one. Told to the service when the device is registered, and \
             not afterwards.",
        )
        .same_when(|_, _| true)
        .local(),
        optional("group_tag", text(), "Group tag, by which dynamic groups pick the device. Left out, it has none.")
            .check(check::longest(512).of_changes()),
        optional(
            "display_name",
            text(),
            "Name that the device gets when it is set up, instead of one from the profile's template.",
        )
        .check(
            Check::text("at most 15 letters, digits and hyphens, not only digits", check_device_name).of_changes(),
        ),
        optional(
            "user_principal_name",
            text(),
            "User the device is assigned to; empty text for none. Left out, the user is not managed here.",
        )
        .check(user_or_nobody().of_changes())
        .ignore_case(),
        optional(
            "addressable_user_name",
            text(),
            "Name by which setup greets the user. Left out, it is the user's display name.",
        )
        .check(check::longest(256).of_changes()),
        computed("id", guid(), "Registration id of the device; null while it is not registered.").keep_prior(),
        computed("entra_device_id", guid(), "Device id of the device's object in Microsoft Entra (not its object id).")
            .remote("azureAdDeviceId")
            .keep_prior(),
        computed(
            "entra_object_id",
            text(),
            "Object id of the device's object in Microsoft Entra, which groups take as a member. Null without the \
             permission `Device.Read.All`.",
        )
        .local()
        .keep_prior(),
        computed("manufacturer", text(), "Manufacturer, from the hardware hash.").keep_prior(),
        computed("model", text(), "Model, from the hardware hash.").keep_prior(),
    ]
}

fn user_or_nobody() -> Check {
    let check = user_principal_name();
    Check::text("a user principal name such as `megan@contoso.com`, or empty", move |text| match text {
        "" => Ok(()),
        text => check.run(&text.into()),
    })
}

fn serial_numbers() -> Rule {
    Rule::new(
        "Each key of `devices` is the serial number of another device.",
        |config, problems: &mut Diagnostics| {
            let mut seen: HashMap<String, &String> = HashMap::new();
            let mut wrong = Vec::new();
            for serial in config.get("devices").entries().keys() {
                if serial.trim().is_empty() {
                    wrong.push(
                        "a key is empty, and a device without a serial number cannot be registered"
                            .to_owned(),
                    );
                } else if let Some(other) = seen.insert(comparable(serial), serial) {
                    wrong.push(format!("`{other}` and `{serial}` are the same serial number"));
                }
            }
            if wrong.is_empty() {
                return;
            }
            let more = wrong.len().saturating_sub(10);
            let more = if more == 0 { String::new() } else { format!(", and {more} more") };
            wrong.truncate(10);
            problems.error_at(
            Path::from("devices"),
            "Serial numbers that are none, or twice",
            format!(
                "Capital letters and blanks around a serial number do not matter to Windows Autopilot: {}{more}. Keep one \
                 key for each device.",
                wrong.join("; ")
            ),
        );
        },
    )
}

/// The value of an attribute of a row that is text; empty where it is not there.
pub(super) fn text_in<'a>(row: &'a Value, name: &str) -> &'a str {
    row.get(name).as_str().unwrap_or_default()
}
