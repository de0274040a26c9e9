//! What the account may see, and which permission would tell what it may not.

use crate::autopilot::permissions::{
    APPS_READ, BRANDING_READ, CONFIGURATION_READ, DEVICE_POLICY_READ, DEVICE_READ, GROUP_READ,
    MANAGED_DEVICES_READ, MOBILITY_READ, SERVICE_CONFIG_READ, USER_READ, is_granted,
};
use crate::graph::signin::Claims;
use crate::graph::{self, ErrorKind};
use crate::tf_provider::permission::{Permission, aside, to_read};

/// Something that was read, or the permission that reading it takes.
pub(super) type Known<T> = Result<T, Permission>;

/// What is read, unless the account lacks the permission: known from the token, or from the refusal.
pub(super) async fn known<T>(
    claims: &Claims,
    needs: Permission,
    read: impl Future<Output = Result<T, graph::Error>>,
) -> Result<Known<T>, graph::Error> {
    if is_granted(&needs, claims) == Some(false) {
        return Ok(Err(needs));
    }
    match read.await {
        Ok(found) => Ok(Ok(found)),
        Err(error) if error.kind() == ErrorKind::PermissionMissing => Ok(Err(needs)),
        Err(error) => Err(error),
    }
}

/// What the checks need. Without one that is no reading permission, the checks that need it are unknown.
pub(crate) fn permissions() -> Vec<Permission> {
    vec![
        to_read(SERVICE_CONFIG_READ),
        ENTRA_DEVICES,
        GROUPS,
        PEOPLE,
        OWNED_DEVICES,
        JOIN_POLICY,
        MOBILITY,
        BRANDING,
        MANAGED_DEVICES,
        APPS,
        POLICIES,
    ]
}

pub(super) const ENTRA_DEVICES: Permission =
    aside("check the device's object in Microsoft Entra, and what its groups are given", DEVICE_READ);
pub(super) const GROUPS: Permission = aside("check whether dynamic groups are still evaluated", GROUP_READ);
pub(super) const PEOPLE: Permission =
    aside("check the user, their licences, and what their groups are given", ACCOUNT_READ);
pub(super) const OWNED_DEVICES: Permission =
    aside("check the user's device limit", ACCOUNT_READ).by_a_person();
pub(super) const JOIN_POLICY: Permission = aside("check who may join", DEVICE_POLICY_READ);
pub(super) const MOBILITY: Permission = aside("check automatic enrollment", MOBILITY_READ).by_a_person();
pub(super) const BRANDING: Permission = aside("check company branding", BRANDING_READ);
pub(super) const MANAGED_DEVICES: Permission = aside("check for a former enrollment", MANAGED_DEVICES_READ);
pub(super) const APPS: Permission = aside("check apps", APPS_READ);
pub(super) const POLICIES: Permission = aside("check policies", CONFIGURATION_READ);

/// Reading more of users than their names.
const ACCOUNT_READ: &[&str] = USER_READ.split_at(1).1;
