//! The Terraform side: values, wire protocol, schema, planning, serving. Knows nothing of Graph.
//!
//! An author implements [`provider::Provider`] with its [`resource::Resource`]s, [`data_source::DataSource`]s,
//! [`list_resource::ListResource`]s and [`function::Function`]s, all of which describe themselves by a [`schema::Schema`]; [`server::Server`] makes a plugin of
//! them. Only `server` and its conversion module name generated protocol types.

pub mod action;
mod addresses;
pub mod context;
pub mod data_source;
pub mod diagnostics;
pub mod docs;
pub mod failure;
pub mod function;
pub mod identity;
pub mod list_resource;
pub mod logging;
mod outage;
pub mod path;
pub mod permission;
pub mod plan;
pub mod protocol;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod server;
pub mod validate;
pub mod value;

pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub use path::{Path, PathStep};
pub use value::{DecodeError, EncodeError, Number, Set, Type, Value};
