//! Everything that needs more than one room: one binary, a module for each claim.
mod codegen;
mod emulator_core;
mod graph_client;
#[cfg(unix)]
mod handshake;
#[cfg(unix)]
mod logs;
mod signin;
mod support;
