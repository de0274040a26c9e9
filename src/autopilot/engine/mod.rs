//! What resources of one kind have in common, written once: a resource is a declaration and what is truly its own.

mod assigning;
mod collection_member;
mod links;
mod member;
pub(crate) mod prior_settings;
pub(crate) mod setting;

pub(crate) use assigning::holder_of_all_devices;
pub(crate) use collection_member::CollectionMember;
pub(crate) use links::links;
pub(crate) use member::{Assigned, Member, ReadFor, Unkept, When};
pub(crate) use setting::{Setting, TenantSetting};
