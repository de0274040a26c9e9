//! What follows a registration, for many devices at once: their objects in Entra, and their profiles.

use std::time::Duration;

use serde_json::Value as Json;

use super::roll::{Roll, Sought, once};
use crate::autopilot::devices::{Registered, listed};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::{self, Schedule, decode};
use crate::tf_provider::failure::Failure;

/// Waits until devices show their objects in Entra, which groups take as members, unless they do already. Only a warning when
/// it takes too long.
pub(super) async fn all_in_entra(
    cx: &Cx,
    session: &Session,
    devices: &Sought,
    schedule: Schedule,
    roll: Roll,
) -> Result<Roll, Failure> {
    if roll.devices().all(has_entra_device) {
        return Ok(roll);
    }
    let patient = session.narrowed(ENTRA_WITHIN);
    let what = "devices to have their objects in Microsoft Entra";
    match devices.scheduled(&patient, what, schedule, has_entra_device).await {
        Ok(roll) => Ok(roll),
        Err(failure) if cx.cancel().is_cancelled() => Err(failure),
        Err(_) => {
            let roll = look_once(session, devices).await?;
            let without = roll.devices().filter(|device| !has_entra_device(device)).count();
            cx.warn(
                "No Microsoft Entra devices yet",
                format!(
                    "{without} devices are registered, but Windows Autopilot has not shown their Microsoft Entra devices within \
                     {} minutes, so `entra_device_id` is empty. A later refresh shows it.",
                    ENTRA_WITHIN.as_secs() / 60
                ),
            );
            Ok(roll)
        }
    }
}

/// Waits until deployment profiles are assigned to many devices, and the device service knows. The end of the time is only a
/// warning.
pub(crate) async fn all_with_profiles(cx: &Cx, session: &Session, devices: &Sought) -> Result<Roll, Failure> {
    let is_settled = |device: &Json| {
        decode::<Registered>(device)
            .is_ok_and(|one| ["assignedInSync", "failed"].contains(&one.profile_status()))
    };
    let patient = session.narrowed(left_for_waiting(session));
    let roll = match devices.until(&patient, "deployment profiles to be assigned", is_settled).await {
        Ok(roll) => roll,
        Err(failure) if cx.cancel().is_cancelled() => return Err(failure),
        Err(_) => look_once(session, devices).await?,
    };
    let all = roll.devices().filter_map(|device| decode::<Registered>(device).ok());
    let lacking: Vec<Registered> = all.filter(|device| device.profile_status() != "assignedInSync").collect();
    let serials: Vec<&str> = lacking.iter().filter_map(|device| device.serial_number.as_deref()).collect();
    if !serials.is_empty() {
        cx.warn(
            "Devices without a confirmed deployment profile",
            format!(
                "{} devices are registered, but in time no deployment profile was assigned to them, or the device service has \
                 not confirmed it: {}. Do not hand them out yet. Check that a profile is assigned to a group they are in, or \
                 to all devices; dynamic groups may take hours to notice a device.",
                serials.len(),
                listed(serials.iter().copied())
            ),
        );
    }
    Ok(roll)
}

async fn look_once(session: &Session, devices: &Sought) -> Result<Roll, graph::Error> {
    devices.look(session, &once("devices as they are now")).await
}

fn has_entra_device(device: &Json) -> bool {
    decode::<Registered>(device).is_ok_and(|device| device.is_in_entra())
}

/// Some of the time is kept for reading how it ended.
pub(super) fn left_for_waiting(session: &Session) -> Duration {
    let left = session.scope().left().unwrap_or(ENTRA_WITHIN);
    left.saturating_sub(Duration::from_secs(15).min(left / 10))
}

/// Within which a registered device has its object in Entra: a minute as a rule.
pub(super) const ENTRA_WITHIN: Duration = Duration::from_secs(300);
