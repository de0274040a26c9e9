//! What a tenant holds, and its time. Nothing here knows a service.

pub(crate) mod applications;
pub(crate) mod behaviour;
pub(crate) mod clock;
pub(crate) mod collection;
pub mod collections;
pub(crate) mod event;
pub(crate) mod intune_behaviour;
pub(crate) mod random;
pub(crate) mod tenant;
