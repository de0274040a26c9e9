//! What is written of a registered device, and shown of it, whichever resource it is in.

use super::name_template::check_device_name;
use crate::tf_provider::schema::{Attribute, Check, boolean, check, computed, default, guid, optional, text};

/// The hash that is stored.
pub(crate) fn hardware_hash(description: &'static str) -> Attribute {
    optional("hardware_hash", text(), description).same_when(|_, _| true).local()
}

/// The hash that is not.
pub(crate) fn hardware_hash_wo() -> Attribute {
    optional(
        "hardware_hash_wo",
        text(),
        "The same as `hardware_hash`, but written nowhere: not to the plan, not to the state. Needs Terraform 1.11.",
    )
    .write_only()
    .local()
}

/// The group tag.
pub(crate) fn group_tag() -> Attribute {
    optional(
        "group_tag",
        text(),
        "Group tag, by which dynamic groups pick the device. Left out, the device has none.",
    )
    .check(check::longest(512).of_changes())
}

/// The name it gets when it is set up.
pub(crate) fn display_name() -> Attribute {
    let check = Check::text("at most 15 letters, digits and hyphens, not only digits", check_device_name);
    optional(
        "display_name",
        text(),
        "Name that the device gets when it is set up, instead of one from the profile's template. Hybrid-joined devices \
         ignore it.",
    )
    .check(check.of_changes())
}

/// Whether an apply goes on until devices can be handed out.
pub(crate) fn wait_for_profile() -> Attribute {
    default(
        "wait_for_profile",
        boolean(),
        false,
        "Whether to wait, after registration or a new group tag, until a deployment profile is assigned: from then on a \
         device can be handed out. Takes minutes to tens of minutes; when the time allowed in `timeouts` is over, a warning \
         says how far it is.",
    )
    .local()
}

/// Whether a device is taken over that is registered already.
pub(crate) fn adopt_existing(description: &'static str) -> Attribute {
    default("adopt_existing", boolean(), false, description).local()
}

/// What the hash says, and which objects the device has in the directory.
pub(crate) fn identity() -> [Attribute; 4] {
    [
        computed("manufacturer", text(), "Manufacturer, from the hardware hash.").keep_prior(),
        computed("model", text(), "Model, from the hardware hash.").keep_prior(),
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
    ]
}
