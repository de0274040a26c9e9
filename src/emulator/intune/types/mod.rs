//! The types of Intune, as the published metadata has them.

mod identity;
mod profile;
mod target;

pub(crate) use identity::{
    ASSIGN_RESOURCE_ACCOUNT, ASSIGN_USER, DELETE_DEVICES, IDENTITY, IMPORT, IMPORTS, NO_ID, SETTINGS,
    UPDATE_DEVICE,
};
pub(crate) use profile::{ASSIGN_DEVICES, EXPERIENCE, HAS_PAYLOAD_LINKS, PROFILE, PROFILE_ASSIGNMENT};
pub(crate) use target::{ALL_DEVICES, ALL_USERS, EXCLUDED_GROUP, GROUP};
