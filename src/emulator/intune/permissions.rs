//! What a caller must hold. One of the names is enough; users and applications need the same, and a person a role in
//! Intune besides: the directory roles that Intune knows ("Role-based access control with Microsoft Intune"). Intune's
//! own roles are not played.

use crate::emulator::api::route::Permissions;
use crate::emulator::login::roles::{GLOBAL_ADMINISTRATOR, GLOBAL_READER, INTUNE_ADMINISTRATOR};

const READERS: &[&str] = &[GLOBAL_READER, INTUNE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR];
const ADMINISTRATORS: &[&str] = &[INTUNE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR];

pub(super) static READ_SERVICE: Permissions = Permissions::both(&[
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
])
.with_roles(READERS);

pub(super) static WRITE_SERVICE: Permissions =
    Permissions::both(&["DeviceManagementServiceConfig.ReadWrite.All"]).with_roles(ADMINISTRATORS);

pub(super) static READ_ENROLLMENT: Permissions = Permissions::both(&[
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
])
.with_roles(READERS);

pub(super) static WRITE_ENROLLMENT: Permissions = Permissions::both(&[
    "DeviceManagementServiceConfig.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
])
.with_roles(ADMINISTRATORS);

pub(super) static READ_CONFIGURATION: Permissions = Permissions::both(&[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
])
.with_roles(READERS);

pub(super) static WRITE_CONFIGURATION: Permissions =
    Permissions::both(&["DeviceManagementConfiguration.ReadWrite.All"]).with_roles(ADMINISTRATORS);

pub(super) static READ_SCOPE_TAGS: Permissions = Permissions::both(&[
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementRBAC.ReadWrite.All",
])
.with_roles(READERS);

pub(super) static READ_APPS: Permissions =
    Permissions::both(&["DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"])
        .with_roles(READERS);

pub(super) static READ_DEVICES: Permissions = Permissions::both(&[
    "DeviceManagementManagedDevices.Read.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
])
.with_roles(READERS);

pub(super) static WRITE_DEVICES: Permissions =
    Permissions::both(&["DeviceManagementManagedDevices.ReadWrite.All"]).with_roles(ADMINISTRATORS);

/// What the reference of beta asks for; that of v1.0 also names the permission to write, whose own description denies it.
pub(super) static ORDER_DEVICES: Permissions =
    Permissions::both(&["DeviceManagementManagedDevices.PrivilegedOperations.All"])
        .with_roles(ADMINISTRATORS);
