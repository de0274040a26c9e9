//! Enrolling with Intune, which joining leads to when the tenant says so.

use serde_json::{Value, json};

use super::run::{Run, Stopped};
use crate::emulator::api::model::NO_ID;
use crate::emulator::directory::{self, Mobility, licences};
use crate::emulator::intune::enrollment;
use crate::emulator::intune::types::MANAGED_DEVICE;
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{CONFIGURATIONS, DEVICES, MANAGED_DEVICES, MDM_POLICIES};

const STEP: &str = "enrollment";
const WIDEN: &str = "Widen `mdm` of `autopilot_enrollment_scope`.";
const OPEN_INTUNE: &str = "Assign Intune licences, and open Intune's admin center once.";
const ASSIGN_LICENCE: &str = "Assign a licence that includes Intune and Microsoft Entra ID P1.";
const RESTORE_ADDRESSES: &str = "Restore the default URLs: Mobility (MDM and WIP) > Microsoft Intune in the Microsoft Entra admin center.";

impl Run<'_> {
    pub(crate) fn enroll(&mut self) -> Result<(), Stopped> {
        match self.user.clone() {
            Some(user) => {
                self.check_scope(&user)?;
                self.check_licences(&user)?;
            }
            None => self.check_userless()?,
        }
        self.check_address()?;
        self.check_restrictions()?;
        self.check_former_enrollment()?;
        let device = self.managed();
        let id = text(&device, "id").to_owned();
        self.tenant.collection_mut(MANAGED_DEVICES).insert(device.clone());
        self.managed_device = Some(device);
        self.tell_directory();
        let now = intune_timestamp(self.tenant.now());
        let shared = self.user.is_none();
        self.change_identity(|identity| {
            identity.insert("enrollmentState".to_owned(), json!("enrolled"));
            identity.insert("managedDeviceId".to_owned(), json!(id));
            identity.insert("lastContactedDateTime".to_owned(), json!(now));
            if shared {
                // One enrollment without a user; the next takes `allowNextEnrollment`.
                identity.insert("userlessEnrollmentStatus".to_owned(), json!("blocked"));
            }
        });
        let user = self.user_id();
        let apps_too =
            user.is_some_and(|user| directory::mobility_covers(self.tenant, Mobility::Apps, &user));
        let reason = match apps_too {
            true => {
                "Intune manages the laptop. The user is in the scope of app management (MAM) too, which would win on a \
                 personal device; on one that joined the directory, device management wins."
            }
            false => "Intune manages the laptop.",
        };
        self.ok(STEP, 60, reason);
        Ok(())
    }

    fn check_scope(&mut self, user: &Entity) -> Result<(), Stopped> {
        if directory::mobility_covers(self.tenant, Mobility::Devices, text(user, "id")) {
            return Ok(());
        }
        let name = text(user, "userPrincipalName");
        let (reason, fix) = match self.mobility().map(|policy| text(policy, "appliesTo")) {
            Some("selected") => {
                (format!("{name} is in none of the groups of Intune's MDM user scope"), WIDEN)
            }
            Some(_) => ("Intune's MDM user scope is \"none\"".to_owned(), WIDEN),
            None => ("There is no mobility policy for Intune".to_owned(), OPEN_INTUNE),
        };
        let reason = format!("{reason}. The laptop has joined the directory, and nobody manages it.");
        self.stop(STEP, reason, fix)
    }

    fn check_licences(&mut self, user: &Entity) -> Result<(), Stopped> {
        let name = text(user, "userPrincipalName");
        if !licences::has_intune(user) {
            return self.stop(STEP, format!("{name} has no Intune licence (0x80180018)."), ASSIGN_LICENCE);
        }
        if !licences::has_entra_p1(user) {
            return self.stop(
                STEP,
                format!("{name} has no Microsoft Entra ID P1 licence, which automatic enrollment takes."),
                ASSIGN_LICENCE,
            );
        }
        Ok(())
    }

    /// There is no user who could be in a selected scope.
    fn check_userless(&mut self) -> Result<(), Stopped> {
        let scope = self.mobility().map(|policy| text(policy, "appliesTo").to_owned());
        if scope.as_deref() != Some("all") {
            return self.stop(
                STEP,
                "A shared device enrolls without a user, and Intune's MDM user scope is not \"all\".",
                WIDEN,
            );
        }
        let blocked = self
            .identity
            .as_ref()
            .is_some_and(|identity| text(identity, "userlessEnrollmentStatus") == "blocked");
        if blocked {
            return self.stop(
                STEP,
                "The laptop enrolled without a user before, and its next such enrollment is blocked.",
                "Unblock it: Devices > Enrollment > Windows > Devices in the Intune admin center.",
            );
        }
        Ok(())
    }

    fn check_address(&mut self) -> Result<(), Stopped> {
        let Some(policy) = self.mobility() else {
            return self.stop(STEP, "There is no mobility policy for Intune.", OPEN_INTUNE);
        };
        if policy.get("isValid").is_some_and(|valid| valid == false) {
            return self.stop(STEP, "Intune's mobility policy is not valid.", RESTORE_ADDRESSES);
        }
        let address = text(policy, "discoveryUrl").to_owned();
        if address.is_empty() {
            return self.stop(
                STEP,
                "Intune's mobility policy has no MDM discovery URL, so the laptop does not know where to enroll.",
                RESTORE_ADDRESSES,
            );
        }
        let host = url::Url::parse(&address).ok();
        let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        let intune = ["manage.microsoft.com", "manage.microsoft.us", "manage.microsoftonline.cn"];
        if intune.iter().any(|domain| host == *domain || host.ends_with(&format!(".{domain}"))) {
            return Ok(());
        }
        self.stop(
            STEP,
            format!("The MDM discovery URL {address:?} does not lead to Intune."),
            RESTORE_ADDRESSES,
        )
    }

    /// The strongest restriction on Windows for the user decides, else the default one ("Create device platform
    /// restrictions"). Intune's limit of devices is none for Autopilot ("Create device limit restrictions").
    fn check_restrictions(&mut self) -> Result<(), Stopped> {
        let restriction = self.platform_restriction();
        if restriction["platformBlocked"] == true {
            return self.stop(
                STEP,
                "An enrollment restriction blocks Windows (0x80180014).",
                "Let Windows enroll: Devices > Enrollment > Device platform restriction in the Intune admin center.",
            );
        }
        if restriction["personalDeviceEnrollmentBlocked"] == true && self.identity.is_none() {
            return self.stop(
                STEP,
                "An enrollment restriction blocks personal devices, which a laptop counts as unless it is registered \
                 with Windows Autopilot.",
                "Register it, for instance with `autopilot_device_identity`.",
            );
        }
        Ok(())
    }

    fn platform_restriction(&self) -> Value {
        let configurations = self.tenant.collection(CONFIGURATIONS).iter();
        let mut own: Vec<&Entity> = configurations
            .filter(|one| text(one, "deviceEnrollmentConfigurationType") == "singlePlatformRestriction")
            .filter(|one| text(one, "platformType") == "windows" && !enrollment::is_default(one))
            .collect();
        own.sort_by_key(|one| one.get("priority").and_then(Value::as_i64).unwrap_or_default());
        if let Some(strongest) = own.into_iter().find(|one| self.is_for_user(one)) {
            return strongest["platformRestriction"].clone();
        }
        let default = enrollment::the_default(self.tenant, "_DefaultPlatformRestrictions");
        default.map(|default| default["windowsRestriction"].clone()).unwrap_or_default()
    }

    /// "Troubleshoot Windows device enrollment errors in Intune", 0x8018000a: a different user has enrolled the device. The
    /// same one comes back as the managed device that was there.
    fn check_former_enrollment(&mut self) -> Result<(), Stopped> {
        let Some(other) = self.enrolled_by_another() else {
            return Ok(());
        };
        self.stop(
            STEP,
            format!("The laptop is enrolled already, by {other} (0x8018000a)."),
            "Wipe the device if it is in use, and delete it in Intune: Devices > Windows.",
        )
    }

    fn enrolled_by_another(&self) -> Option<String> {
        let user = self.user_id().unwrap_or_default();
        let serial = self.request.serial_number.trim();
        let managed = self.tenant.collection(MANAGED_DEVICES).iter();
        let mut former = managed.filter(|one| text(one, "serialNumber").eq_ignore_ascii_case(serial));
        let other = former.find(|one| !["", &user].contains(&text(one, "userId")))?;
        Some(text(other, "userPrincipalName").to_owned())
    }

    fn mobility(&self) -> Option<&Entity> {
        let policies = self.tenant.collection(MDM_POLICIES);
        policies.get("0000000a-0000-0000-c000-000000000000")
    }

    fn managed(&mut self) -> Entity {
        // A laptop that was set up before and reset comes back as the same managed device.
        let before = self.identity.as_ref().map(|identity| text(identity, "managedDeviceId").to_owned());
        let id =
            before.filter(|id| ![NO_ID, ""].contains(&id.as_str())).unwrap_or_else(|| self.tenant.new_guid());
        let now = intune_timestamp(self.tenant.now());
        let hardware = |name: &str| {
            let identity = self.identity.as_ref();
            identity.map(|identity| text(identity, name)).unwrap_or_default()
        };
        let user = |name: &str| self.user.as_ref().map(|user| text(user, name)).unwrap_or_default();
        let device_id = self.tenant.collection(DEVICES).get(&self.entra_device);
        let device_id = device_id.map(|device| text(device, "deviceId")).unwrap_or_default();
        let profile = self.profile.as_ref().map(|profile| text(profile, "displayName"));
        let device = json!({
            "id": id,
            "userId": user("id"),
            "userPrincipalName": user("userPrincipalName"),
            "enrolledByUserPrincipalName": user("userPrincipalName"),
            "emailAddress": user("mail"),
            "userDisplayName": user("displayName"),
            "deviceName": self.device_name,
            "managedDeviceName": format!("{}_Windows_{now}", user("mailNickname")),
            "serialNumber": self.request.serial_number,
            "manufacturer": hardware("manufacturer"),
            "model": hardware("model"),
            "osVersion": self.request.os_version,
            "skuFamily": self.request.edition,
            "azureADDeviceId": device_id,
            "azureActiveDirectoryDeviceId": device_id,
            "azureADRegistered": true,
            "aadRegistered": true,
            "enrolledDateTime": now,
            "lastSyncDateTime": now,
            "easActivated": true,
            "deviceEnrollmentType": "windowsAzureADJoin",
            "deviceRegistrationState": "registered",
            "joinType": "azureADJoined",
            "complianceState": "compliant",
            "isEncrypted": true,
            "autopilotEnrolled": self.profile.is_some(),
            "enrollmentProfileName": profile.unwrap_or_default(),
            "processorArchitecture": "x64",
        });
        MANAGED_DEVICE.with_defaults(device.as_object().cloned().unwrap_or_default())
    }

    fn tell_directory(&mut self) {
        let profile = self.profile.as_ref().map(|profile| text(profile, "displayName").to_owned());
        let devices = self.tenant.collection_mut(DEVICES);
        if let Some(device) = devices.get_mut(&self.entra_device) {
            for (name, value) in [
                ("isManaged", json!(true)),
                ("isCompliant", json!(true)),
                ("managementType", json!("MDM")),
                ("mdmAppId", json!("0000000a-0000-0000-c000-000000000000")),
                ("enrollmentType", json!("AzureDomainJoined")),
                ("enrollmentProfileName", profile.map_or(Value::Null, Value::from)),
            ] {
                device.insert(name.to_owned(), value);
            }
        }
        directory::devices_changed(self.tenant);
    }
}
