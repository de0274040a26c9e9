//! The product: one file for each resource, data source and function.

mod access;
mod assignment;
mod check_tenant;
mod collection;
mod data_sources;
mod device_csv;
mod devices;
mod engine;
mod enrollment_addresses;
mod entra_object;
mod functions;
mod groups;
mod hardware_hash;
mod look_up;
mod mapping;
mod membership;
mod membership_rule;
mod mobile_apps;
mod name_template;
pub mod needs;
mod page_order;
pub mod permission_ids;
pub mod permissions;
mod provider;
mod registering;
mod registration;
mod resources;
mod session;
mod status_page_settings;
mod tenant;
mod users;

pub use check_tenant::{Finding, Report, Verdict, check_tenant};
pub use provider::{ADDRESS, Autopilot};
pub use tenant::Tenant;
