//! What is behind the lock: the tenant, where it came from, and what is scripted and recorded of its requests.

pub(crate) mod faults;
pub mod files;
pub(crate) mod history;
pub(crate) mod journal;
pub(crate) mod seed;
pub(crate) mod throttle;
