//! The collections a tenant has. A name that is not here does not compile, and is no name in a file.

use serde::{Deserialize, Deserializer, Serialize};

/// Which collection: under its name in Graph, where Graph has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CollectionName(&'static str);

impl CollectionName {
    /// The collection that files and addresses call so.
    pub fn parse(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|known| known.0 == name)
    }

    /// What files and addresses call it.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for CollectionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| {
            let all: Vec<_> = ALL.iter().map(|known| known.0).collect();
            let reason = format!("there is no collection {name:?}; there are {}", all.join(", "));
            serde::de::Error::custom(reason)
        })
    }
}

macro_rules! collections {
    ($($(#[$doc:meta])* $constant:ident = $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: CollectionName = CollectionName($name);)*
        const ALL: &[CollectionName] = &[$($constant),*];
    };
}

collections! {
    /// People.
    USERS = "users";
    /// Groups that are not deleted.
    GROUPS = "groups";
    /// Devices in the directory.
    DEVICES = "devices";
    /// Groups that can still be restored.
    DELETED_ITEMS = "deletedItems";
    /// How the sign-in page looks; one object, if any.
    BRANDING = "organizationalBranding";
    /// Whose devices an MDM application enrolls.
    MDM_POLICIES = "mobileDeviceManagementPolicies";
    /// Whose apps an MDM application manages.
    MAM_POLICIES = "mobileAppManagementPolicies";
    /// Who may join devices; one object.
    REGISTRATION_POLICY = "deviceRegistrationPolicy";
    /// Registered Autopilot devices.
    IDENTITIES = "windowsAutopilotDeviceIdentities";
    /// The emulator's own: devices that are registered and not listed yet.
    REGISTRATIONS = "windowsAutopilotRegistrations";
    /// The import queue.
    IMPORTED_IDENTITIES = "importedWindowsAutopilotDeviceIdentities";
    /// Deployment profiles.
    PROFILES = "windowsAutopilotDeploymentProfiles";
    /// Enrollment configurations, status pages among them.
    CONFIGURATIONS = "deviceEnrollmentConfigurations";
    /// Assignment filters.
    FILTERS = "assignmentFilters";
    /// Apps.
    APPS = "mobileApps";
    /// Configuration profiles.
    DEVICE_CONFIGURATIONS = "deviceConfigurations";
    /// Policies of the settings catalog.
    CONFIGURATION_POLICIES = "configurationPolicies";
    /// Compliance policies.
    COMPLIANCE_POLICIES = "deviceCompliancePolicies";
    /// Scope tags.
    SCOPE_TAGS = "roleScopeTags";
    /// When devices were last synced; one object.
    AUTOPILOT_SETTINGS = "windowsAutopilotSettings";
    /// Enrolled devices.
    MANAGED_DEVICES = "managedDevices";
    /// How first starts went.
    AUTOPILOT_EVENTS = "autopilotEvents";
    /// The emulator's own: the `serialNumber` of devices that belong to somebody else.
    DEVICES_OF_OTHER_TENANTS = "devicesOfOtherTenants";
    /// The emulator's own: how installations go in every first start; `appId`, `minutes`, `fails`.
    APP_INSTALLATIONS = "appInstallations";
    /// The emulator's own: `serialNumber`, `manufacturer`, `model` and `hardwareHash` of laptops fresh from the factory.
    FACTORY_LAPTOPS = "factoryLaptops";
}
