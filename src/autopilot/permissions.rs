//! The permissions the product asks for, least first: what a 403 names and the manual prints.

use std::collections::BTreeSet;

use crate::graph::signin::Claims;
use crate::tf_provider::permission::{Access, Permission, aside};

/// The fewest names that satisfy all of these: where one that is needed anyway is enough, no other is added.
pub fn least(permissions: impl Iterator<Item = Permission>) -> BTreeSet<&'static str> {
    let mut all: Vec<Permission> = permissions.collect();
    // Those for changing things first: they let one read as well.
    all.sort_by_key(|permission| permission.one_of.len());
    let mut names = BTreeSet::new();
    for permission in all {
        if !permission.one_of.iter().any(|name| names.contains(name)) {
            names.extend(permission.one_of.first());
        }
    }
    names
}

/// Whether nothing can be changed with it.
pub fn is_for_reading(permission: &Permission) -> bool {
    permission.access != Access::Change
        && permission.one_of.first().is_some_and(|name| !name.contains("Write"))
}

/// Whether a token has a permission, or `None` when it does not tell.
pub(crate) fn is_granted(need: &Permission, claims: &Claims) -> Option<bool> {
    if need.person_only && claims.is_app_only() {
        return Some(false);
    }
    need.one_of.iter().try_fold(false, |granted, name| Some(granted || claims.grants(name)?))
}

/// Reading Autopilot devices and profiles.
pub(crate) const SERVICE_CONFIG_READ: &[&str] =
    &["DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All"];
/// Changing Autopilot devices and profiles.
pub(crate) const SERVICE_CONFIG_WRITE: &[&str] = &["DeviceManagementServiceConfig.ReadWrite.All"];
/// Reading status pages.
pub(crate) const ENROLLMENT_READ: &[&str] = &[
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
];
/// Changing status pages.
pub(crate) const ENROLLMENT_WRITE: &[&str] =
    &["DeviceManagementServiceConfig.ReadWrite.All", "DeviceManagementConfiguration.ReadWrite.All"];
/// Reading groups and their members.
pub(crate) const GROUP_READ: &[&str] = &["GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All"];
/// Creating, changing and deleting groups.
pub(crate) const GROUP_WRITE: &[&str] = &["Group.ReadWrite.All"];
/// Reading the automatic enrollment scopes. There is no application permission for it.
pub(crate) const MOBILITY_READ: &[&str] = &["Policy.Read.All", "Policy.ReadWrite.MobilityManagement"];
/// Changing the automatic enrollment scopes. There is no application permission for it.
pub(crate) const MOBILITY_WRITE: &[&str] = &["Policy.ReadWrite.MobilityManagement"];
/// Reading who may join devices.
pub(crate) const DEVICE_POLICY_READ: &[&str] =
    &["Policy.Read.DeviceConfiguration", "Policy.ReadWrite.DeviceConfiguration"];
/// Changing who may join devices.
pub(crate) const DEVICE_POLICY_WRITE: &[&str] = &["Policy.ReadWrite.DeviceConfiguration"];
/// Reading devices in the directory.
pub(crate) const DEVICE_READ: &[&str] = &["Device.Read.All", "Directory.Read.All"];
/// Reading users.
pub(crate) const USER_READ: &[&str] = &["User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All"];
/// Reading apps.
pub(crate) const APPS_READ: &[&str] =
    &["DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"];
/// Reading assignment filters, and policies of devices.
pub(crate) const CONFIGURATION_READ: &[&str] =
    &["DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All"];
/// Reading scope tags.
pub(crate) const SCOPE_TAGS_READ: &[&str] = &[
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementRBAC.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
];
/// Reading the organization.
pub(crate) const ORGANIZATION_READ: &[&str] = &[
    "Organization.Read.All",
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "Directory.Read.All",
];
/// Reading company branding. The second is less, and the first is of use elsewhere.
pub(crate) const BRANDING_READ: &[&str] = &["Organization.Read.All", "OrganizationalBranding.Read.All"];
/// Reading devices in Intune, and what happened when they were deployed.
pub(crate) const MANAGED_DEVICES_READ: &[&str] =
    &["DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"];
/// Deleting devices from Intune.
pub(crate) const MANAGED_DEVICES_WRITE: &[&str] = &["DeviceManagementManagedDevices.ReadWrite.All"];
/// Ordering devices in Intune to do something. The reference of beta names the first alone, that of v1.0 both.
pub(crate) const MANAGED_DEVICES_ORDER: &[&str] = &[
    "DeviceManagementManagedDevices.PrivilegedOperations.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
];
/// Deleting devices that are taken out of Autopilot from Intune too.
pub(crate) const REMOVING_FROM_INTUNE: Permission =
    aside("delete with `on_destroy = \"remove_from_intune\"`", MANAGED_DEVICES_WRITE);
