//! Messages and services of `proto/`, as Rust. Generated: change the `.proto` files, then
//! `UPDATE=1 cargo test --test it codegen`.
//!
//! The output is committed, so that a newcomer's first `cargo run` compiles neither a proto compiler nor a code
//! generator (some thirty CPU seconds), and so that a change to the wire shows in review.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::use_self,
    rustdoc::all,
    reason = "written by a generator with habits of its own"
)]

use std::fmt;

#[rustfmt::skip]
pub mod health;
#[rustfmt::skip]
pub mod plugin;
#[rustfmt::skip]
pub mod tfplugin6;

impl fmt::Debug for tfplugin6::DynamicValue {
    /// Shows sizes: values hold what practitioners wrote, secrets included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DynamicValue({} bytes msgpack, {} bytes json)", self.msgpack.len(), self.json.len())
    }
}

impl fmt::Debug for tfplugin6::RawState {
    /// Shows sizes: states hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawState({} bytes json, {} flat keys)", self.json.len(), self.flatmap.len())
    }
}
