//! What a record of the import queue says of its device, and what a refusal means in plain words.

use std::fmt;

use serde::Deserialize;

use crate::tf_provider::failure::Failure;

/// What became of an imported device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not decided yet. The service says `unknown` all the while.
    Running,
    /// Registered; the id may still be missing for a moment.
    Registered(Option<String>),
    /// Refused.
    Refused(Refusal),
    /// The queue has no such record: not shown yet, or removed since.
    NoRecord,
}

/// How far a record says that its device is.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    device_import_status: Option<String>,
    device_registration_id: Option<String>,
    device_error_code: Option<i64>,
    device_error_name: Option<String>,
}

/// The service's reason for a refusal. Its codes and names have been seen to disagree, so both are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    code: i64,
    name: String,
}

/// What a refusal means for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The service stumbled; the same import may work in a moment.
    Transient,
    /// The device is registered in this tenant.
    TakenHere,
    /// The device is registered in another tenant.
    TakenElsewhere,
    /// The same hardware came twice in one import.
    Twice,
    /// The hash is not one.
    Hash,
    /// The Entra device object exists already.
    InDirectory,
    /// Anything else.
    Other,
}

impl Verdict {
    /// What a record's state means.
    pub(crate) fn of(state: State) -> Self {
        match state.device_import_status.as_deref() {
            Some("complete") => Self::Registered(state.device_registration_id.filter(|id| !id.is_empty())),
            Some("error") => Self::Refused(Refusal {
                code: state.device_error_code.unwrap_or_default(),
                name: state.device_error_name.unwrap_or_default(),
            }),
            _ => Self::Running,
        }
    }
}

impl Refusal {
    /// What it means. A name that speaks of another tenant outweighs a code that does not.
    pub(crate) fn reason(&self) -> Reason {
        let name = self.name.to_ascii_lowercase();
        let says = |part: &str| name.contains(part);
        if says("othertenant") || says("anothertenant") {
            return Reason::TakenElsewhere;
        }
        if says("duplicated") || self.code == 813 {
            return Reason::Twice;
        }
        if says("hashnot4k") {
            return Reason::Hash;
        }
        match self.code {
            640 => Reason::Transient,
            802 => Reason::Hash,
            806 => Reason::TakenHere,
            808 | 810 | 811 => Reason::TakenElsewhere,
            814 => Reason::InDirectory,
            _ => Reason::Other,
        }
    }

    /// The service's number for it.
    pub(crate) fn code(&self) -> String {
        self.code.to_string()
    }

    /// The refusal in plain words, with what to do.
    pub(crate) fn failure(&self, serial: &str) -> Failure {
        let take_over = format!(
            "Import it with `terraform import autopilot_device_identity.NAME \"serial:{serial}\"`, or set \
             `adopt_existing = true`."
        );
        let (summary, text) = self.message(&format!("the device `{serial}`"), &take_over);
        Failure::new(summary, format!("{text}\n\nThe service's reason: {self}."))
    }

    /// A title, and what to do, about a device that is called so; `take_over` says how one that is registered is taken over.
    pub(crate) fn message(&self, device: &str, take_over: &str) -> (&'static str, String) {
        match self.reason() {
            Reason::Transient => (
                "Autopilot's storage failed",
                format!(
                    "Windows Autopilot could not store {device}, several times. This usually passes: apply again later."
                ),
            ),
            Reason::TakenHere => (
                "The device is registered already",
                format!(
                    "Windows Autopilot has {device} in this tenant already. {take_over} If it was deregistered within the \
                     last half hour, wait and apply again."
                ),
            ),
            Reason::TakenElsewhere => (
                "The device belongs to another tenant",
                format!(
                    "Windows Autopilot has {device} in another organization's tenant. Its administrator must deregister it \
                     there first, as is due for a used or returned laptop; if nobody can be found, Microsoft's support \
                     removes it against a proof of purchase."
                ),
            ),
            Reason::Twice => (
                "The hardware is not unique",
                format!(
                    "Windows Autopilot knows the hardware of {device} more than once: usually the same hash was given for \
                     two devices. Capture the hash again on this device, and check that each device has its own."
                ),
            ),
            Reason::Hash => (
                "The hardware hash is not valid",
                format!(
                    "Windows Autopilot does not accept the hardware hash of {device}: it is damaged, too short, or of \
                     another device. Capture it again with `Get-WindowsAutopilotInfo` on the device, and mind editors and \
                     spreadsheets that cut long cells."
                ),
            ),
            Reason::InDirectory => (
                "The device is in Microsoft Entra already",
                format!(
                    "Microsoft Entra has an object for {device} that stands in the way. Delete the stale device in the \
                     Entra admin center, then apply again."
                ),
            ),
            Reason::Other => (
                "Windows Autopilot refuses the device",
                format!(
                    "Windows Autopilot refuses {device}. Check serial number, product key and hash; if they are right, \
                     Microsoft's support can explain the code."
                ),
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.code, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::decode;
    use serde_json::json;

    fn state(status: &str, registration: &str, code: i64, name: &str) -> State {
        let state = json!({"deviceImportStatus": status, "deviceRegistrationId": registration,
            "deviceErrorCode": code, "deviceErrorName": name});
        decode(&state).unwrap()
    }

    #[test]
    fn only_complete_and_error_are_ends() {
        for status in ["unknown", "pending", "partial", "somethingNew"] {
            assert_eq!(Verdict::of(state(status, "", 0, "")), Verdict::Running, "{status}");
        }
        let done = state("complete", "r-1", 0, "None");
        assert_eq!(Verdict::of(done), Verdict::Registered(Some("r-1".to_owned())));
        assert_eq!(Verdict::of(state("complete", "", 0, "None")), Verdict::Registered(None));
    }

    #[test]
    fn code_and_name_are_weighed_together() {
        let table = [
            (640, "StorageError", Reason::Transient),
            (802, "InvalidZtdHardwareHash", Reason::Hash),
            (0, "HashNot4k", Reason::Hash),
            (806, "ZtdDeviceAlreadyAssigned", Reason::TakenHere),
            (806, "ZtdDeviceAssignedToOtherTenant", Reason::TakenElsewhere),
            (808, "ZtdDeviceAssignedToAnotherTenant", Reason::TakenElsewhere),
            (806, "ZtdDeviceDuplicated", Reason::Twice),
            (814, "ZtdDeviceAlreadyAadRegistered", Reason::InDirectory),
            (803, "MissingZtdSerialNumberAndProductKey", Reason::Other),
        ];
        for (code, name, reason) in table {
            let Verdict::Refused(refusal) = Verdict::of(state("error", "", code, name)) else {
                panic!("{code} is a refusal");
            };
            assert_eq!(refusal.reason(), reason, "{code} {name}");
            let failure = refusal.failure("SN-1");
            let text = &failure.diagnostics().iter().next().expect("a message").detail;
            assert!(
                text.contains("SN-1") && text.contains(&code.to_string()) && text.contains(name),
                "{text}"
            );
        }
    }
}
