//! Everything that needs more than one room: one binary, a module for each claim.
mod codegen;
mod emulator_core;
mod graph_client;
mod signin;
mod support;
