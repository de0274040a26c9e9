//! The wire: how Terraform starts a plugin, finds it, trusts it, and talks to it.

pub mod generated;

pub use generated::tfplugin6;
