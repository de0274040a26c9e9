//! The record that the service keeps of a device's first start.

use serde_json::{Value, json};

use super::run::Run;
use crate::emulator::api::model::Version;
use crate::emulator::intune::types::AUTOPILOT_EVENT;
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::text;
use crate::emulator::world::collections::AUTOPILOT_EVENTS;

impl Run<'_> {
    /// Leaves an event when an Autopilot device got as far as Intune.
    pub(crate) fn leave_event(&mut self, stopped: bool) -> Option<Value> {
        let (profile, identity) = (self.profile.as_ref()?, self.identity.as_ref()?);
        let reached = self.steps.iter().position(|step| step.name == "enrollment")?;
        let before: u64 = self.steps[..reached].iter().map(|step| step.seconds).sum();
        let total = self.seconds();
        let now = self.tenant.now();
        let ago = |seconds: u64| {
            let seconds = i64::try_from(seconds).unwrap_or_default();
            intune_timestamp(now - time::Duration::seconds(seconds))
        };
        let enrolled = self.managed_device.is_some();
        let state = match (stopped, self.device_phase.status, self.account_phase.status) {
            (true, ..) => "failure",
            (false, "successWithTimeout", _) | (false, _, "successWithTimeout") => "successWithTimeout",
            _ => "success",
        };
        let failure = self.steps.last().filter(|_| stopped && !enrolled);
        let phase = |status: &str| {
            if status.is_empty() { "notAttempted".to_owned() } else { status.to_owned() }
        };
        let user = |name: &str| self.user.as_ref().map(|user| text(user, name)).unwrap_or_default();
        let page = |name: &str| self.page.as_ref().and_then(|page| page.get(name)).cloned();
        let page_id = page("id").as_ref().and_then(Value::as_str).map(str::to_owned);
        let kind = match self.user {
            Some(_) => "azureADJoinedWithAutopilotProfile",
            None => "azureADJoinedUsingDeviceAuthWithAutopilotProfile",
        };
        let event = json!({
            "deviceId": self.managed_device.as_ref().and_then(|device| device.get("id")),
            "eventDateTime": intune_timestamp(now),
            "deviceRegisteredDateTime": ago(total),
            "enrollmentStartDateTime": ago(total - before),
            "enrollmentType": kind,
            "deviceSerialNumber": text(identity, "serialNumber"),
            "managedDeviceName": self.device_name,
            "userPrincipalName": user("userPrincipalName"),
            "userId": user("id"),
            "windowsAutopilotDeploymentProfileDisplayName": text(profile, "displayName"),
            "enrollmentState": if enrolled { "enrolled" } else { "failed" },
            "windows10EnrollmentCompletionPageConfigurationDisplayName": page("displayName"),
            "windows10EnrollmentCompletionPageConfigurationId": page_id,
            "deploymentState": state,
            "deviceSetupStatus": phase(self.device_phase.status),
            "accountSetupStatus": phase(self.account_phase.status),
            "osVersion": self.request.os_version,
            "deploymentDuration": duration(total - before),
            "deploymentTotalDuration": duration(total),
            "deviceSetupDuration": duration(self.device_phase.seconds),
            "accountSetupDuration": duration(self.account_phase.seconds),
            "deploymentStartDateTime": ago(total),
            "deploymentEndDateTime": intune_timestamp(now),
            "enrollmentFailureDetails": failure.map(|step| step.reason.as_str()),
        });
        let mut event = event.as_object().cloned().unwrap_or_default();
        event.insert("id".to_owned(), Value::from(self.tenant.new_guid()));
        let event = AUTOPILOT_EVENT.with_defaults(event);
        self.tenant.collection_mut(AUTOPILOT_EVENTS).insert(event.clone());
        Some(Value::Object(AUTOPILOT_EVENT.show(&event, Version::Beta, None)))
    }
}

/// An ISO 8601 duration as Intune writes it: `PT12M3S`.
fn duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let part = |number: u64, unit: &str| {
        if number > 0 { format!("{number}{unit}") } else { String::new() }
    };
    match (hours, minutes, seconds) {
        (0, 0, 0) => "PT0S".to_owned(),
        _ => format!("PT{}{}{}", part(hours, "H"), part(minutes, "M"), part(seconds, "S")),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_leave_out_what_is_nothing() {
        for (seconds, wanted) in [(0, "PT0S"), (723, "PT12M3S"), (3600, "PT1H"), (60, "PT1M")] {
            assert_eq!(duration(seconds), wanted);
        }
    }
}
