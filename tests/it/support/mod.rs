//! What several modules of these tests share.

pub(crate) mod autopilot;
pub(crate) mod binaries;
pub(crate) mod client_identity;
#[allow(dead_code, unused_imports, reason = "each module of these tests uses a part")]
pub(crate) mod core;
pub(crate) mod devices;
pub(crate) mod emulated_tenant;
pub(crate) mod eventually;
#[cfg(unix)]
pub(crate) mod probe;
pub(crate) mod raw;
pub(crate) mod scripted;
#[cfg(unix)]
pub(crate) mod site;
pub(crate) mod terraform;
#[allow(dead_code, reason = "features are named before every one has a test")]
pub(crate) mod terraforms;
