//! What several modules of these tests share.

#[allow(dead_code, unused_imports, reason = "each module of these tests uses a part")]
pub(crate) mod core;
pub(crate) mod scripted;
