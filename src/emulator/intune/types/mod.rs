//! The types of Intune, as the published metadata has them.

mod app;
mod enrollment;
mod filter;
mod identity;
mod managed;
mod policy;
mod profile;
mod target;

pub(crate) use app::{APP, APP_ASSIGNMENT};
pub(crate) use enrollment::{ASSIGN_CONFIGURATION, CONFIGURATION, CONFIGURATION_ASSIGNMENT, SET_PRIORITY};
pub(crate) use filter::{FILTER, SCOPE_TAG};
pub(crate) use identity::{
    ASSIGN_RESOURCE_ACCOUNT, ASSIGN_USER, DELETE_DEVICES, IDENTITY, IMPORT, IMPORTS, SETTINGS, UPDATE_DEVICE,
};
pub(crate) use managed::{AUTOPILOT_EVENT, MANAGED_DEVICE, WIPE};
pub(crate) use policy::{
    COMPLIANCE_POLICY, COMPLIANCE_POLICY_ASSIGNMENT, CONFIGURATION_POLICY, CONFIGURATION_POLICY_ASSIGNMENT,
    DEVICE_CONFIGURATION, DEVICE_CONFIGURATION_ASSIGNMENT,
};
pub(crate) use profile::{ASSIGN_DEVICES, EXPERIENCE, HAS_PAYLOAD_LINKS, PROFILE, PROFILE_ASSIGNMENT};
pub(crate) use target::{ALL_DEVICES, ALL_USERS, EXCLUDED_GROUP, GROUP};

use crate::emulator::api::model::{Type, Version};

/// The type as which a version of the API shows an object: its own, or the nearest above it that the version knows.
pub(super) fn as_known(of: &'static Type, version: Version) -> &'static Type {
    let unknown = |of: &Type| {
        let beta_only = app::BETA_ONLY.iter().chain(&enrollment::BETA_ONLY);
        version == Version::V1 && beta_only.into_iter().any(|only| only.name == of.name)
    };
    let mut line = std::iter::successors(Some(of), |of| of.base);
    line.find(|of| !unknown(of)).unwrap_or(of)
}
