//! What several modules of these tests share.

pub(crate) mod scripted;
