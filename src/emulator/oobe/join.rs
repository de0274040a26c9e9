//! Joining Microsoft Entra ID.

use serde_json::{Value, json};

use super::run::{Run, Stopped};
use crate::emulator::directory;
use crate::emulator::intune::device_name;
use crate::emulator::intune::identities::ENTRA_DEVICE;
use crate::emulator::world::clock::directory_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{DEVICES, REGISTRATION_POLICY};

/// Where the directory keeps who registered a device.
const REGISTERED_OWNERS: &str = "_registeredOwners";
const REGISTERED_USERS: &str = "_registeredUsers";

impl Run<'_> {
    pub(crate) fn join(&mut self) -> Result<(), Stopped> {
        const STEP: &str = "join";
        if self.request.edition.eq_ignore_ascii_case("Home") {
            return self.stop(
                STEP,
                "Windows Home cannot join Microsoft Entra ID; it takes Pro, Enterprise or Education.",
                "Install Windows Pro, Enterprise or Education.",
            );
        }
        let device = self.directory_device()?;
        if let Some(user) = self.user_id() {
            self.check_user(&user, &device)?;
        }
        self.device_name = self.name();
        self.administrator = self.user_id().is_some_and(|user| {
            let by_profile = self
                .profile
                .as_ref()
                .is_none_or(|profile| profile["outOfBoxExperienceSetting"]["userType"] != "standard");
            by_profile && directory::becomes_administrator(self.tenant, &user)
        });
        self.entra_device = text(&device, "id").to_owned();
        let device = self.joined(device);
        directory::put_device(self.tenant, device);
        let account = match (&self.user, self.administrator) {
            (None, _) => "",
            (Some(_), true) => " The user becomes its administrator.",
            (Some(_), false) => " The user becomes a standard user.",
        };
        let reason =
            format!("The laptop joined {} as {}.{account}", self.tenant.display_name, self.device_name);
        self.ok(STEP, 45, reason);
        Ok(())
    }

    /// The directory's object for the laptop: the one that registration made, or a new one.
    fn directory_device(&mut self) -> Result<Entity, Stopped> {
        let Some(identity) = &self.identity else {
            let (id, device_id) = (self.tenant.new_guid(), self.tenant.new_guid());
            let device =
                json!({ "id": id, "deviceId": device_id, "physicalIds": [], "accountEnabled": true });
            return Ok(device.as_object().cloned().unwrap_or_default());
        };
        let object = self.tenant.collection(DEVICES).get(text(identity, ENTRA_DEVICE));
        let Some(object) = object.cloned() else {
            return self.stop(
                "join",
                "The directory has no device with the laptop's Autopilot id (ZTDID): it was deleted, or registration is \
                 not through.",
                "If it does not come within an hour, deregister the device and register it again.",
            );
        };
        if object.get("accountEnabled").is_some_and(|enabled| enabled == false) {
            return self.stop(
                "join",
                "The laptop's device object in the directory is disabled.",
                "Enable it in the Microsoft Entra admin center, Identity > Devices.",
            );
        }
        Ok(object)
    }

    fn check_user(&mut self, user: &str, device: &Entity) -> Result<(), Stopped> {
        const STEP: &str = "join";
        let name = self.user.as_ref().map(|user| text(user, "userPrincipalName").to_owned());
        let name = name.unwrap_or_default();
        let policy = self.tenant.collection(REGISTRATION_POLICY).iter().next();
        let asks = policy.is_some_and(|policy| text(policy, "multiFactorAuthConfiguration") == "required");
        if asks && !self.request.multi_factor {
            return self.stop(
                STEP,
                format!("Joining takes a second factor here, which {name} did not give."),
                "Set a second factor up for the user, and give it.",
            );
        }
        if !directory::may_join(self.tenant, user) {
            return self.stop(
                STEP,
                format!(
                    "{name} may not join devices (0x801C0003): the device registration policy lets only selected \
                     users or groups join, or nobody."
                ),
                "Let all users join, or one of the user's groups, for instance with `autopilot_device_join_policy`.",
            );
        }
        let owns = |other: &&Entity| {
            text(other, "id") != text(device, "id")
                && other[REGISTERED_OWNERS]
                    .as_array()
                    .is_some_and(|owners| owners.iter().any(|owner| owner == user))
        };
        let others = self.tenant.collection(DEVICES).iter();
        let count = others.filter(|other| other.contains_key(REGISTERED_OWNERS)).filter(owns).count();
        let quota = directory::device_quota(self.tenant);
        if i64::try_from(count).unwrap_or(i64::MAX) >= quota {
            return self.stop(
                STEP,
                format!(
                    "{name} has {count} devices, and the device registration policy allows {quota} (0x801C000E)."
                ),
                "Delete devices that the user no longer has, or raise `device_limit` of `autopilot_device_join_policy`.",
            );
        }
        Ok(())
    }

    /// A name given to this laptop, else one made by the profile's template, else Windows' own.
    fn name(&mut self) -> String {
        let serial = self.request.serial_number.clone();
        let own = self.identity.as_ref().filter(|_| self.profile.is_some());
        let own = own.map(|identity| text(identity, "displayName")).unwrap_or_default();
        if !own.is_empty() {
            return own.to_owned();
        }
        let template = self.profile.as_ref().map(|profile| text(profile, "deviceNameTemplate"));
        let random = &mut self.tenant.random;
        match template.filter(|template| !template.is_empty()) {
            Some(template) => device_name::generate(template, &serial, || (random.next() % 10) as u8),
            None => {
                const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
                let letter = |_| char::from(LETTERS[(random.next() % 36) as usize]);
                format!("DESKTOP-{}", (0..7).map(letter).collect::<String>())
            }
        }
    }

    fn joined(&self, mut device: Entity) -> Entity {
        let now = directory_timestamp(self.tenant.now());
        let people: Vec<String> = self.user_id().into_iter().collect();
        for (name, value) in [
            ("displayName", json!(self.device_name)),
            ("operatingSystem", json!("Windows")),
            ("operatingSystemVersion", json!(self.request.os_version)),
            ("trustType", json!("AzureAd")),
            ("profileType", json!("RegisteredDevice")),
            ("deviceOwnership", json!("Company")),
            ("registrationDateTime", json!(now)),
            ("approximateLastSignInDateTime", json!(now)),
            (REGISTERED_OWNERS, json!(people)),
            (REGISTERED_USERS, json!(people)),
        ] {
            device.insert(name.to_owned(), value);
        }
        if let Some(identity) = &self.identity {
            for name in ["manufacturer", "model"] {
                device.insert(name.to_owned(), Value::from(text(identity, name)));
            }
        }
        device
    }
}
