//! Graph's objects: as much of its answers as the checks look at.

use serde::Deserialize;

use crate::autopilot::collection::Identified;
use crate::autopilot::licences::Plan;

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

    /// Whether it has a profile as far as its status tells.
    pub(super) fn agrees_with_status(&self) -> bool {
        match self.deployment_profile_assignment_status.as_deref().unwrap_or_default() {
            "notAssigned" => self.deployment_profile.is_none(),
            status if status.starts_with("assigned") => self.deployment_profile.is_some(),
            _ => true,
        }
    }

    /// Whether a profile is on its way to it.
    pub(super) fn is_pending(&self) -> bool {
        self.deployment_profile_assignment_status.as_deref() == Some("pending")
    }

    pub(super) fn serial(&self) -> &str {
        self.serial_number.as_deref().unwrap_or_default()
    }
}

/// A deployment profile.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Profile {
    pub(super) id: Option<String>,
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) device_type: Option<String>,
    pub(super) device_name_template: Option<String>,
    pub(super) assignments: Option<Vec<Assignment>>,
    out_of_box_experience_setting: Option<Experience>,
}

#[derive(Debug, Clone, Default, Deserialize)]
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

/// An enrollment configuration: a status page, a restriction of platforms, or something else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Configuration {
    pub(super) id: String,
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) priority: Option<i64>,
    pub(super) assignments: Option<Vec<Assignment>>,
    pub(super) show_installation_progress: Option<bool>,
    pub(super) block_device_setup_retry_by_user: Option<bool>,
    pub(super) allow_device_use_on_install_failure: Option<bool>,
    pub(super) install_progress_timeout_in_minutes: Option<i64>,
    pub(super) selected_mobile_app_ids: Option<Vec<String>>,
    pub(super) platform_type: Option<String>,
    pub(super) platform_restriction: Option<Restriction>,
    pub(super) windows_restriction: Option<Restriction>,
}

impl Configuration {
    pub(super) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Restriction {
    pub(super) platform_blocked: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Assignment {
    pub(super) intent: Option<String>,
    pub(super) target: Option<Target>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Target {
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) group_id: Option<String>,
    #[serde(rename = "deviceAndAppManagementAssignmentFilterType")]
    pub(super) filter: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JoinPolicy {
    pub(super) user_device_quota: Option<i64>,
    pub(super) multi_factor_auth_configuration: Option<String>,
    #[serde(rename = "azureADJoin")]
    pub(super) join: Option<Join>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Join {
    pub(super) allowed_to_join: Option<Allowed>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Allowed {
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) users: Option<Vec<String>>,
    pub(super) groups: Option<Vec<String>>,
}

/// Automatic enrollment: device management and app management.
#[derive(Debug)]
pub(super) struct Mobility {
    pub(super) mdm: Option<Policy>,
    pub(super) mam: Option<Policy>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy {
    pub(super) applies_to: Option<String>,
    pub(super) is_valid: Option<bool>,
    pub(super) discovery_url: Option<String>,
    pub(super) included_groups: Option<Vec<Identified>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct App {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    pub(super) publishing_state: Option<String>,
    pub(super) assignments: Option<Vec<Assignment>>,
}

/// A configuration profile, a policy of the settings catalog, or a compliance policy.
#[derive(Debug, Deserialize)]
pub(super) struct DevicePolicy {
    #[serde(rename = "@odata.type")]
    pub(super) kind: Option<String>,
    pub(super) platforms: Option<String>,
    pub(super) assignments: Option<Vec<Assignment>>,
}

impl Assignment {
    /// The group that it is about.
    pub(super) fn group(&self) -> Option<&str> {
        self.target.as_ref()?.group_id.as_deref()
    }
}

impl JoinPolicy {
    /// Ids of the groups that it names.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        let allowed = self.join.iter().filter_map(|join| join.allowed_to_join.as_ref());
        allowed.flat_map(|allowed| allowed.groups.iter().flatten()).map(String::as_str)
    }
}

impl Mobility {
    /// Ids of the groups that it names.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        let policies = self.mdm.iter().chain(&self.mam);
        policies.flat_map(|policy| policy.included_groups.iter().flatten()).map(|group| group.id.as_str())
    }
}
