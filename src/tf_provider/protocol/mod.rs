//! The wire: how Terraform starts a plugin, finds it, trusts it, and talks to it.
//!
//! ```text
//! environment --handshake::Launch--> what to do (pure)
//!             --listener----------> a socket only we own, or a loopback port
//!             --tls---------------> the one client whose certificate Terraform announced
//!             --handshake::Line---> one line on stdout; Terraform dials
//!             --serve-------------> Provider, and the plugin services beside it, until Shutdown
//! ```
//!
//! [`serve()`] does all of it. [`serve_for_debugging`] serves without Terraform having started the process.

mod call_log;
mod connection;
mod debugging;
pub mod generated;
mod handshake;
mod listen_error;
mod listener;
mod serve;
mod services;
#[cfg(unix)]
mod socket_file;
mod tls;

pub use debugging::{Reattach, serve_for_debugging};
pub use generated::tfplugin6;
pub use handshake::{HandshakeError, started_by_terraform};
pub use listen_error::ListenError;
pub use serve::{MESSAGE_LIMIT, ServeError, ServeOptions, serve};
pub use tls::{TlsError, install_crypto_provider};
