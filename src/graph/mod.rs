//! The Microsoft Graph side: sign-in, requests, retries, pacing, batching. Knows nothing of Terraform.
//!
//! Reading order: an [`Endpoint`] is an address, built purely; [`Graph`] is the face with one method for each thing
//! that can be done to an address; `send` is the one place that sends, asking `retry` (pure) what to do with an
//! answer and `pacer` when to go. Every call takes a [`Scope`]: until when, and who may interrupt it. Tokens come
//! from [`signin`].

pub mod cloud;
pub mod secret;
pub mod signin;

mod advice;
mod batch;
mod call;
mod client;
mod coalesce;
mod collection;
mod connect;
mod decode;
mod entra_client;
mod envelope;
mod error;
mod error_kind;
mod foreign;
mod listing;
#[cfg(test)]
mod mock_transport;
mod pacer;
mod page;
mod pages;
mod reply;
mod request;
mod retry;
mod run_id;
mod scope;
mod send;
mod wait;
mod wire;

pub(crate) use advice::{comparison, how_to_get};
pub use call::Call;
pub use client::{Done, Graph, GraphSettings};
pub use collection::{Collection, Search};
pub(crate) use decode::{decode, decode_all};
pub use error::Error;
pub use error_kind::ErrorKind;
pub(crate) use foreign::tame;
pub use pages::Pages;
pub use request::{Endpoint, Version, literal};
pub use run_id::run_id;
pub use scope::Scope;
pub use wait::{Poll, Schedule, wait};

/// A JSON document as Graph sends and takes it.
pub type Json = serde_json::Value;
