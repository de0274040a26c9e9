//! What the laptop learns before anybody signs in: whose it is, and what its first start is to be like.

use super::run::{Run, Stopped};
use crate::emulator::directory::is_dynamic;
use crate::emulator::intune::identities::{INTENDED_PROFILE, PROFILE};
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{DEVICES_OF_OTHER_TENANTS, GROUPS, IDENTITIES, PROFILES};

impl Run<'_> {
    pub(crate) fn find_registration(&mut self) -> Result<(), Stopped> {
        const STEP: &str = "registration";
        let serial = self.request.serial_number.trim().to_owned();
        let found = self.tenant.collection(IDENTITIES).find("serialNumber", &serial);
        self.identity = found.cloned();
        if let Some(identity) = &self.identity {
            let tag = match text(identity, "groupTag") {
                "" => "no group tag".to_owned(),
                tag => format!("the group tag {tag:?}"),
            };
            let reason = format!(
                "The laptop is registered with Windows Autopilot in {}, with {tag}.",
                self.tenant.display_name
            );
            self.ok(STEP, 5, reason);
            return Ok(());
        }
        let elsewhere = self.tenant.collection(DEVICES_OF_OTHER_TENANTS).find("serialNumber", &serial);
        if elsewhere.is_some() {
            return self.stop(
                STEP,
                "The laptop is registered with Windows Autopilot by another organization and asks for a sign-in there. \
                 That organization has to deregister it.",
                REGISTER,
            );
        }
        self.warn_with_fix(
            STEP,
            5,
            "The laptop is not registered with Windows Autopilot. It starts like any laptop, and the user has to \
             choose to set it up for work or school.",
            REGISTER,
        );
        Ok(())
    }

    pub(crate) fn download_profile(&mut self) -> Result<(), Stopped> {
        const STEP: &str = "profile";
        let Some(identity) = &self.identity else {
            self.skip(STEP, "Only registered laptops have one.");
            return Ok(());
        };
        // The states are those of `windowsAutopilotDeviceRemediationState`; Microsoft's page on motherboard replacement lets
        // such a device be registered anew. That it has no profile until then is a guess.
        if text(identity, "remediationState") == "manualRemediationRequired" {
            self.warn_with_fix(
                STEP,
                5,
                "The laptop's hardware is not the one that was registered (\"Attention required\"), and no profile comes.",
                "Deregister the device, and register it again with its new hardware hash.",
            );
            return Ok(());
        }
        let profile = self.tenant.collection(PROFILES).get(text(identity, PROFILE)).cloned();
        let intended = self.tenant.collection(PROFILES).get(text(identity, INTENDED_PROFILE)).cloned();
        let Some(profile) = profile else {
            let (reason, fix) = match intended {
                Some(intended) => (
                    format!(
                        "The profile {:?} is still being assigned (status {}). The laptop was handed out too early and \
                     starts without it.",
                        text(&intended, "displayName"),
                        text(identity, "deploymentProfileAssignmentStatus"),
                    ),
                    WAIT,
                ),
                None => (
                    format!(
                        "No deployment profile is assigned to a group the laptop is in, nor to all devices.{} It starts like \
                     any laptop.",
                        self.still_evaluated()
                    ),
                    ASSIGN,
                ),
            };
            self.warn_with_fix(STEP, 5, reason, fix);
            return Ok(());
        };
        let name = text(&profile, "displayName").to_owned();
        if !["windowsPc", "virtualMachine"].contains(&text(&profile, "deviceType")) {
            let kind = text(&profile, "deviceType");
            let reason =
                format!("The profile {name:?} is for devices of the type {kind}; a laptop ignores it.");
            self.warn_with_fix(STEP, 5, reason, "Assign a profile for Windows PCs.");
            return Ok(());
        }
        if text(&profile, "@odata.type").contains("activeDirectory") {
            return self.stop(
                STEP,
                format!(
                    "The profile {name:?} is for hybrid join. There is neither a domain controller nor an Intune \
                     Connector for Active Directory here."
                ),
                "Assign a profile for Microsoft Entra join.",
            );
        }
        let intended = intended.filter(|intended| text(intended, "id") != text(&profile, "id"));
        self.profile = Some(profile);
        match intended {
            Some(intended) => {
                self.follows_former_profile = true;
                let intended = text(&intended, "displayName");
                let reason = format!(
                    "The laptop follows the profile {name:?}, while {intended:?} is still being assigned: it was handed out \
                     too early."
                );
                self.warn_with_fix(STEP, 10, reason, WAIT);
            }
            None => self.ok(STEP, 10, format!("The laptop follows the profile {name:?}.")),
        }
        Ok(())
    }

    /// Groups with a rule that has not been looked at since it was written: the laptop may belong there.
    fn still_evaluated(&self) -> String {
        let unfinished = |group: &&Entity| {
            let status = group.get("membershipRuleProcessingStatus").map(|status| &status["status"]);
            is_dynamic(group) && status.is_some_and(|status| status == "NotStarted" || status == "Running")
        };
        let groups = self.tenant.collection(GROUPS).iter().filter(unfinished);
        let names: Vec<String> = groups.map(|group| format!("{:?}", text(group, "displayName"))).collect();
        match names.as_slice() {
            [] => String::new(),
            names => format!(" Members of {} are still being found.", names.join(", ")),
        }
    }

    pub(crate) fn show_pages(&mut self) {
        const STEP: &str = "pages";
        let Some(profile) = &self.profile else {
            self.ok(
                STEP,
                240,
                "Shown: region, keyboard, license terms, name of the laptop, work or home, privacy.",
            );
            return;
        };
        let setting = |name: &str| profile["outOfBoxExperienceSetting"][name] == true;
        let locale = text(profile, "locale");
        let fixed_language = !["", "os-default"].contains(&locale);
        let mut shown = Vec::new();
        if locale.is_empty() {
            shown.push("language");
        }
        // The keyboard page can be skipped only when the language is known.
        if !(setting("keyboardSelectionPageSkipped") && (fixed_language || locale == "os-default")) {
            shown.push("keyboard");
        }
        if !setting("eulaHidden") {
            shown.push("license terms");
        }
        if !setting("privacySettingsHidden") {
            shown.push("privacy");
        }
        let reason = match shown.as_slice() {
            [] => "The profile hides all pages up to the sign-in.".to_owned(),
            shown => format!("Shown: {}.", shown.join(", ")),
        };
        let seconds = 20 + 30 * shown.len() as u64;
        self.ok(STEP, seconds, reason);
    }
}

const REGISTER: &str = "Register it, for instance with `autopilot_device_identity`. One that another organization has registered must \
    be deregistered there first.";
const WAIT: &str =
    "Wait until `profile_status` of `autopilot_device` is `assigned`; it takes minutes to tens of minutes.";
const ASSIGN: &str = "Assign a profile to a group that the device is in, or to all devices.";
