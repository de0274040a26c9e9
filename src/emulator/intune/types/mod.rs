//! The types of Intune, as the published metadata has them.

mod app;
mod enrollment;
mod filter;
mod identity;
mod managed;
mod profile;
mod target;

pub(crate) use app::{APP, APP_ASSIGNMENT};
pub(crate) use enrollment::{
    ASSIGN_CONFIGURATION, CONFIGURATION, CONFIGURATION_ASSIGNMENT, SET_PRIORITY, exists_in,
};
pub(crate) use filter::{FILTER, SCOPE_TAG};
pub(crate) use identity::{
    ASSIGN_RESOURCE_ACCOUNT, ASSIGN_USER, DELETE_DEVICES, IDENTITY, IMPORT, IMPORTS, NO_ID, SETTINGS,
    UPDATE_DEVICE,
};
pub(crate) use managed::{AUTOPILOT_EVENT, MANAGED_DEVICE};
pub(crate) use profile::{ASSIGN_DEVICES, EXPERIENCE, HAS_PAYLOAD_LINKS, PROFILE, PROFILE_ASSIGNMENT};
pub(crate) use target::{ALL_DEVICES, ALL_USERS, EXCLUDED_GROUP, GROUP};
