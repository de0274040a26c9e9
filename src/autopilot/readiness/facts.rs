//! What is known of a device, its user and its tenant: as much of Graph's answers as the checks look at.

use std::collections::HashSet;

use serde::Deserialize;

use super::check::Unknown;
use super::known::Known;
use super::tenant_facts::TenantFacts;
use crate::autopilot::licences::Plan;

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
        let found = self.of_device.person.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
        found.as_ref().map(Some).ok_or(Unknown::DependsOn("user"))
    }
}

/// A registered device.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    pub(super) id: String,
    pub(crate) serial_number: Option<String>,
    pub(super) group_tag: Option<String>,
    user_principal_name: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) azure_ad_device_id: Option<String>,
    pub(super) remediation_state: Option<String>,
    pub(super) userless_enrollment_status: Option<String>,
    pub(super) deployment_profile_assignment_status: Option<String>,
    pub(super) deployment_profile_assigned_date_time: Option<String>,
    pub(super) deployment_profile: Option<Profile>,
    pub(super) intended_deployment_profile: Option<Profile>,
}

impl Device {
    /// The user it is assigned to. The page shows them only if a profile comes.
    pub(crate) fn assigned_user(&self) -> Option<&str> {
        self.deployment_profile.as_ref()?;
        self.user_principal_name.as_deref().filter(|user| !user.is_empty())
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn serial(&self) -> &str {
        self.serial_number.as_deref().unwrap_or_default()
    }
}

/// A deployment profile.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    pub(super) id: Option<String>,
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) device_type: Option<String>,
    pub(super) device_name_template: Option<String>,
    out_of_box_experience_setting: Option<Experience>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Experience {
    pub(super) device_usage_type: Option<String>,
    pub(super) escape_link_hidden: Option<bool>,
}

impl Profile {
    pub(super) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or("(without a name)")
    }

    pub(super) fn experience(&self) -> &Experience {
        const NONE: &Experience = &Experience { device_usage_type: None, escape_link_hidden: None };
        self.out_of_box_experience_setting.as_ref().unwrap_or(NONE)
    }
}

/// What is read for one device.
pub(crate) struct DeviceFacts {
    /// Its object in Microsoft Entra, if there is one.
    pub(super) entra_device: Known<Option<EntraDevice>>,
    /// Ids of the groups it is in, in lower case.
    pub(super) device_groups: Known<HashSet<String>>,
    /// Whom setup is for, as it was written.
    pub(super) user: Option<String>,
    /// That user, if there is one.
    pub(super) person: Known<Option<Person>>,
    pub(super) user_groups: Known<HashSet<String>>,
    /// Object ids of devices that the user joined.
    pub(super) owned_devices: Known<Vec<String>>,
    /// Devices with this serial number that Intune manages.
    pub(super) managed: Known<Vec<Managed>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntraDevice {
    pub(super) id: String,
    pub(super) account_enabled: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) user_principal_name: Option<String>,
    pub(super) account_enabled: Option<bool>,
    pub(super) user_type: Option<String>,
    pub(super) assigned_plans: Option<Vec<Plan>>,
}

impl Person {
    pub(super) fn name(&self) -> &str {
        self.user_principal_name.as_deref().unwrap_or(&self.id)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Managed {
    pub(super) user_id: Option<String>,
    pub(super) user_principal_name: Option<String>,
}
