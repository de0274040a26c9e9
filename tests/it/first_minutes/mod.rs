//! The first minutes of a newcomer: installing, the emulator in its shells, a laptop, the demo.

mod doors;
#[cfg(unix)]
mod emulator;
mod guide;
mod install;
mod power_on;
mod readme;

use std::process::{Command, Output, Stdio};

/// The program with these arguments, in an environment that says nothing of sign-in, and with nobody to ask.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ARM_") {
            command.env_remove(name);
        }
    }
    command
}

/// What it printed, on both streams.
fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
