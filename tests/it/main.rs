//! Everything that needs more than one room: one binary, a module for each claim.

#![expect(clippy::unwrap_used, reason = "all of this is a test, also what clippy.toml does not take for one")]

mod check_tenant;
#[cfg(unix)]
mod cli_lifecycle;
#[cfg(unix)]
mod cli_processes;
mod codegen;
mod command_line;
mod conformance;
mod devices;
mod emulator_core;
mod emulator_directory;
mod emulator_intune;
mod emulator_roles;
mod first_minutes;
mod graph_client;
mod graph_emulator;
#[cfg(unix)]
mod handshake;
mod login;
#[cfg(unix)]
mod logs;
mod manual;
mod messages;
mod out_of_box;
mod page;
mod pipelines;
mod product;
mod release;
mod rules;
#[cfg(target_os = "linux")]
mod saboteur;
mod service_facts;
#[cfg(unix)]
mod serving;
mod signin;
#[cfg_attr(not(unix), allow(dead_code, reason = "the tests above that are for Unix use the rest"))]
mod support;
#[cfg(unix)]
mod terraform_host;
mod tidy;
