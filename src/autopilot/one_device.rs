//! One device, one resource: which resource of a configuration registers a serial number, and which has a device's user.

use super::devices::comparable;
use super::tenant::Cx;
use crate::tf_provider::failure::Failure;

/// Many devices as one resource.
pub(crate) const FLEET: &str = "autopilot_device_fleet";
/// A device by itself.
pub(crate) const SINGLE: &str = "autopilot_device_identity";

/// What is claimed of a serial number.
pub(crate) fn claimed(serial: &str) -> String {
    format!("the serial number {}", comparable(serial))
}

/// Claims serial numbers for a planned resource of a type. Terraform does not tell a resource's address, so plans are counted:
/// two that say the same are two. Unless `is_new`, another one of the type may have them as well: two devices that a tenant
/// has already with one serial number are left alone.
pub(crate) fn claim<'a>(
    cx: &Cx,
    serials: impl IntoIterator<Item = &'a str>,
    type_name: &str,
    is_new: bool,
) -> Result<(), Failure> {
    let owner = format!("{type_name} {}", uuid::Uuid::new_v4());
    for serial in serials {
        if let Some(other) = cx.client().claim(&claimed(serial), &owner) {
            let other = if other.starts_with(FLEET) { FLEET } else { SINGLE };
            if is_new || other != type_name {
                return Err(twice(serial, type_name, other));
            }
        }
    }
    Ok(())
}

/// Two new resources with one serial number are one mistake that neither could see alone.
pub(crate) fn twice(serial: &str, type_name: &str, other: &str) -> Failure {
    let serial = serial.trim();
    let places = match type_name == other {
        true => format!("in two resources of the type `{type_name}`"),
        false => format!("in an `{type_name}` and in an `{other}`"),
    };
    Failure::at(
        if type_name == FLEET { "devices" } else { "serial_number" },
        "Two resources for one device",
        format!(
            "This configuration registers the serial number `{serial}` twice, {places}. A device can be registered once: \
             remove one of the two, or correct a serial number. To move a registered device, take its old resource out of the \
             state with a `removed` block that has `destroy = false`."
        ),
    )
}

/// Claims the users of devices for their fleet.
pub(crate) fn hold_users<'a>(cx: &Cx, devices: impl IntoIterator<Item = &'a String>) -> Result<(), Failure> {
    let mut held = devices.into_iter().filter(|device| cx.client().claim(&user_of(device), FLEET).is_some());
    held.next().map_or(Ok(()), |device| Err(user_twice(device)))
}

/// Claims the user of a device for an assignment; answers another user who is to have it in this run.
pub(crate) fn claim_user(cx: &Cx, device: &str, user: &str) -> Result<Option<String>, Failure> {
    match cx.client().claim(&user_of(device), &user.to_lowercase()) {
        Some(fleet) if fleet == FLEET => Err(user_twice(device)),
        other => Ok(other),
    }
}

/// What is claimed of a device's user.
pub(crate) fn user_of(device: &str) -> String {
    format!("the user of the device {}", device.to_lowercase())
}

fn user_twice(device: &str) -> Failure {
    Failure::new(
        "Two resources for the user of a device",
        format!(
            "The device {device} is in an `{FLEET}` of this configuration, and an `autopilot_user_assignment` assigns its user. \
             Write `user_principal_name` into the device's row of the fleet, and remove the assignment with a `removed` block \
             that has `destroy = false`."
        ),
    )
}
