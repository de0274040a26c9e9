//! What a caller must have been granted, least privilege first, and what a signed-in person must be besides.
//!
//! Sources: the permission tables and role notes of each call's page; for automatic enrollment, whose pages name no role,
//! "Set up automatic enrollment" of the Intune documentation. Who may read automatic enrollment is a guess.

use crate::emulator::api::route::Permissions;
use crate::emulator::login::roles::{
    CLOUD_DEVICE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, GLOBAL_READER, GROUPS_ADMINISTRATOR,
    INTUNE_ADMINISTRATOR, USER_ADMINISTRATOR,
};

const ADMINISTER_GROUPS: &[&str] =
    &[GROUPS_ADMINISTRATOR, USER_ADMINISTRATOR, INTUNE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR];
const ADMINISTER_DEVICES: &[&str] = &[CLOUD_DEVICE_ADMINISTRATOR, INTUNE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR];
const READ_DEVICE_POLICIES: &[&str] =
    &[GLOBAL_READER, CLOUD_DEVICE_ADMINISTRATOR, INTUNE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR];
const CHANGE_DEVICE_POLICIES: &[&str] = &[CLOUD_DEVICE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR];

pub(super) static READ_ORGANIZATION: Permissions = Permissions::both(&[
    "User.Read",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "DeviceManagementApps.Read.All",
    "DeviceManagementApps.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementManagedDevices.Read.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
]);

pub(super) static READ_BRANDING: Permissions = Permissions::each(
    &[
        "User.Read",
        "OrganizationalBranding.Read.All",
        "OrganizationalBranding.ReadWrite.All",
        "Organization.Read.All",
        "Organization.ReadWrite.All",
        "User.Read.All",
    ],
    &["OrganizationalBranding.Read.All", "OrganizationalBranding.ReadWrite.All", "Organization.Read.All"],
);

/// No permission for applications exists.
pub(super) static READ_DEVICES_OF_USERS: Permissions = Permissions::delegated_only(&[
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
]);

pub(super) static READ_ME: Permissions = Permissions::both(&[
    "User.Read",
    "User.ReadWrite",
    "User.ReadBasic.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
]);

pub(super) static READ_USERS: Permissions = Permissions::both(&[
    "User.ReadBasic.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "DeviceManagementApps.Read.All",
    "DeviceManagementApps.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementManagedDevices.Read.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
]);

pub(super) static READ_GROUPS: Permissions = Permissions::both(&[
    "Group.ReadBasic.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
]);

/// An application that may create may do nothing else with what it created.
pub(super) static CREATE_GROUPS: Permissions = Permissions::each(
    &["Group.ReadWrite.All", "Directory.ReadWrite.All"],
    &["Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All"],
);

pub(super) static WRITE_GROUPS: Permissions =
    Permissions::both(&["Group.ReadWrite.All", "Directory.ReadWrite.All"])
        .with_roles(ADMINISTER_GROUPS)
        .or_owner();

pub(super) static READ_MEMBERS: Permissions = Permissions::both(&[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
]);

pub(super) static WRITE_MEMBERS: Permissions =
    Permissions::both(&["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"])
        .with_roles(ADMINISTER_GROUPS)
        .or_owner();

/// Of an object of any kind; which one is needed depends on the kind.
pub(super) static DELETE_OBJECTS: Permissions = Permissions::each(
    &["Directory.AccessAsUser.All", "User.ReadWrite.All", "Group.ReadWrite.All"],
    &["Device.ReadWrite.All", "User.ReadWrite.All", "Group.ReadWrite.All"],
)
.with_roles(ADMINISTER_GROUPS);

pub(super) static READ_OBJECTS: Permissions = Permissions::both(&[
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "User.Read.All",
    "User.ReadBasic.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Device.Read.All",
    "Application.Read.All",
]);

pub(super) static READ_DEVICES: Permissions = Permissions::both(&[
    "Device.Read.All",
    "Device.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
]);

pub(super) static DELETE_DEVICES: Permissions =
    Permissions::each(&["Directory.AccessAsUser.All"], &["Device.ReadWrite.All"])
        .with_roles(ADMINISTER_DEVICES);

/// No permission for applications exists.
pub(super) static READ_MOBILITY: Permissions =
    Permissions::delegated_only(&["Policy.Read.All", "Policy.ReadWrite.MobilityManagement"])
        .with_roles(READ_DEVICE_POLICIES);

pub(super) static WRITE_MOBILITY: Permissions =
    Permissions::delegated_only(&["Policy.ReadWrite.MobilityManagement"]).with_roles(CHANGE_DEVICE_POLICIES);

pub(super) static READ_REGISTRATION: Permissions = Permissions::each(
    &["Policy.Read.DeviceConfiguration", "Policy.ReadWrite.DeviceConfiguration", "Policy.Read.All"],
    &["Policy.Read.DeviceConfiguration", "Policy.ReadWrite.DeviceConfiguration"],
)
.with_roles(READ_DEVICE_POLICIES);

pub(super) static WRITE_REGISTRATION: Permissions =
    Permissions::both(&["Policy.ReadWrite.DeviceConfiguration"]).with_roles(CHANGE_DEVICE_POLICIES);
