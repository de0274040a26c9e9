//! Windows Autopilot user-driven Microsoft Entra join, as code.
//!
//! The house has four rooms, and this is what each may know:
//!
//! - [`tf_provider`]: the Terraform side. Values, wire protocol, schema, planning, serving. Knows nothing of Graph.
//! - [`graph`]: the Microsoft Graph side. Sign-in, requests, retries, pacing, batching. Knows nothing of Terraform.
//! - [`autopilot`]: the product. One file for each resource, data source and function; uses both sides.
//! - [`emulator`]: an emulated tenant behind a real socket. It shares no type with the other three: they meet over HTTP only.
//!
//! `autopilot` may import `tf_provider` and `graph`; the other three import nothing of ours. A test reads the `use`
//! lines and holds the code to it.

pub mod autopilot;
#[cfg(feature = "emulator")]
pub mod emulator;
pub mod graph;
pub mod tf_provider;
