//! What a caller must have been granted, least privilege first.

use crate::emulator::route::Permissions;

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
pub(super) static CREATE_GROUPS: Permissions = Permissions {
    delegated: &["Group.ReadWrite.All", "Directory.ReadWrite.All"],
    application: &["Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All"],
};

pub(super) static WRITE_GROUPS: Permissions =
    Permissions::both(&["Group.ReadWrite.All", "Directory.ReadWrite.All"]);

pub(super) static READ_MEMBERS: Permissions = Permissions::both(&[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
]);

pub(super) static WRITE_MEMBERS: Permissions =
    Permissions::both(&["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"]);

/// Of an object of any kind; which one is needed depends on the kind.
pub(super) static DELETE_OBJECTS: Permissions = Permissions {
    delegated: &["Directory.AccessAsUser.All", "User.ReadWrite.All", "Group.ReadWrite.All"],
    application: &["Device.ReadWrite.All", "User.ReadWrite.All", "Group.ReadWrite.All"],
};

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
    Permissions { delegated: &["Directory.AccessAsUser.All"], application: &["Device.ReadWrite.All"] };

/// No permission for applications exists.
pub(super) static READ_MOBILITY: Permissions =
    Permissions::delegated_only(&["Policy.Read.All", "Policy.ReadWrite.MobilityManagement"]);

pub(super) static WRITE_MOBILITY: Permissions =
    Permissions::delegated_only(&["Policy.ReadWrite.MobilityManagement"]);

pub(super) static READ_REGISTRATION: Permissions = Permissions {
    delegated: &[
        "Policy.Read.DeviceConfiguration",
        "Policy.ReadWrite.DeviceConfiguration",
        "Policy.Read.All",
    ],
    application: &["Policy.Read.DeviceConfiguration", "Policy.ReadWrite.DeviceConfiguration"],
};

pub(super) static WRITE_REGISTRATION: Permissions =
    Permissions::both(&["Policy.ReadWrite.DeviceConfiguration"]);
