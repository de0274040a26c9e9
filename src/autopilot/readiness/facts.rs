//! What is known of a device, its user and its tenant.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::check::Unknown;
use super::holders::Holders;
use super::known::Known;
use super::objects::{
    App, Configuration, Device, DevicePolicy, EntraDevice, JoinPolicy, Managed, Mobility, Person, Profile,
};

/// Everything that is judged.
pub(crate) struct Facts<'a> {
    pub(super) device: &'a Device,
    pub(super) of_device: &'a DeviceFacts,
    pub(super) tenant: &'a TenantFacts,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(device: &'a Device, of_device: &'a DeviceFacts, tenant: &'a TenantFacts) -> Self {
        Self { device, of_device, tenant }
    }

    /// The profile that the device has and follows.
    pub(super) fn profile(&self) -> Option<&'a Profile> {
        self.device.deployment_profile.as_ref()
    }

    /// Whether the profile is for a device without a user of its own.
    pub(super) fn is_shared(&self) -> bool {
        self.profile()
            .is_some_and(|profile| profile.experience().device_usage_type.as_deref() == Some("shared"))
    }

    /// The user who signs in; nobody on a shared device.
    pub(super) fn person(&self) -> Result<Option<&'a Person>, Unknown> {
        if self.is_shared() {
            return Ok(None);
        }
        let found = self.of_device.of_user.person.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
        found.as_ref().map(Some).ok_or(Unknown::DependsOn("user"))
    }
}

/// What is known of the tenant.
pub(crate) struct TenantFacts {
    /// Enrollment configurations of every kind, in no order.
    pub(super) configurations: Vec<Configuration>,
    pub(super) join_policy: Known<JoinPolicy>,
    pub(super) mobility: Known<Mobility>,
    pub(super) is_branded: Known<bool>,
    /// Apps that a status page can wait for.
    pub(super) apps: Known<Vec<App>>,
    /// Policies of devices, of every platform.
    pub(super) policies: Known<Vec<DevicePolicy>>,
    pub(super) profiles: Vec<Profile>,
    /// The devices that each profile is assigned to.
    pub(super) assigned_devices: Holders,
    /// The members of each group that anything refers to.
    pub(super) members: Holders,
    pub(super) users: Users,
    /// Names of dynamic groups whose members are still being found, by id in lower case.
    pub(super) unfinished_groups: Known<HashMap<String, String>>,
}

/// What is read for one device.
pub(crate) struct DeviceFacts {
    /// Its object in Microsoft Entra, if there is one.
    pub(super) entra_device: Known<Option<EntraDevice>>,
    /// Of the groups that anything refers to, the ids of those it is in, in lower case.
    pub(super) groups: Known<HashSet<String>>,
    /// Devices with this serial number that Intune manages.
    pub(super) managed: Known<Vec<Managed>>,
    /// Whom setup is for, as it was written.
    pub(super) user: Option<String>,
    pub(super) of_user: Arc<UserFacts>,
}

/// What is read for one user.
pub(super) struct UserFacts {
    /// The user, if there is one.
    pub(super) person: Known<Option<Person>>,
    /// As for a device.
    pub(super) groups: Known<HashSet<String>>,
    /// Object ids of devices that the user joined.
    pub(super) owned_devices: Known<Vec<String>>,
}

/// Users that were looked up, by their names in lower case.
#[derive(Default)]
pub(super) struct Users(Mutex<HashMap<String, Arc<OnceCell<Arc<UserFacts>>>>>);

impl Users {
    pub(super) fn of(&self, name: &str) -> Arc<OnceCell<Arc<UserFacts>>> {
        Arc::clone(self.0.lock().entry(name.to_lowercase()).or_default())
    }
}

impl UserFacts {
    /// What is known of nobody.
    pub(super) fn nobody() -> Self {
        Self { person: Ok(None), groups: Ok(HashSet::new()), owned_devices: Ok(Vec::new()) }
    }
}
