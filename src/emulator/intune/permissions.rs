//! What a caller must hold. One of the names is enough; users and applications need the same.

use crate::emulator::route::Permissions;

pub(super) static READ_SERVICE: Permissions = Permissions::both(&[
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
]);

pub(super) static WRITE_SERVICE: Permissions =
    Permissions::both(&["DeviceManagementServiceConfig.ReadWrite.All"]);

pub(super) static READ_ENROLLMENT: Permissions = Permissions::both(&[
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
]);

pub(super) static WRITE_ENROLLMENT: Permissions = Permissions::both(&[
    "DeviceManagementServiceConfig.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
]);

pub(super) static READ_CONFIGURATION: Permissions = Permissions::both(&[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
]);

pub(super) static WRITE_CONFIGURATION: Permissions =
    Permissions::both(&["DeviceManagementConfiguration.ReadWrite.All"]);

pub(super) static READ_SCOPE_TAGS: Permissions = Permissions::both(&[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementRBAC.ReadWrite.All",
]);

pub(super) static READ_APPS: Permissions =
    Permissions::both(&["DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"]);

pub(super) static READ_DEVICES: Permissions = Permissions::both(&[
    "DeviceManagementManagedDevices.Read.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
]);

pub(super) static WRITE_DEVICES: Permissions =
    Permissions::both(&["DeviceManagementManagedDevices.ReadWrite.All"]);
