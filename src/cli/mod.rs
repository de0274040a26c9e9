//! The command line: what the program offers to a person who starts it.

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "this is what a person reads")]

mod check_tenant;
mod common;
mod configuration;
#[cfg(feature = "emulator")]
mod emulator;
mod export;
mod install;
mod login;
mod permissions;
#[cfg(feature = "emulator")]
mod power_on;
mod restore;
mod whoami;

use std::fmt::Display;
use std::process::{ExitCode, Termination};

use autopilot_provider::autopilot::{ADDRESS, Autopilot};
use autopilot_provider::tf_provider::logging;
use autopilot_provider::tf_provider::protocol::serve_for_debugging;
use autopilot_provider::tf_provider::server::Server;
use clap::{CommandFactory, Parser, Subcommand};

use crate::mirror;

/// Windows Autopilot as code: a Terraform and OpenTofu provider, with an emulated tenant to try it on.
///
/// Terraform starts this program by itself; see `examples/` for what to write. Started by hand it offers:
#[derive(Parser)]
#[command(version)]
struct Program {
    /// Serve a provider for a debugger, and print what tells Terraform to use it (`-debug` will do).
    #[arg(long)]
    debug: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Show the main job on an emulated tenant: seven steps, and a laptop at its desktop.
    #[cfg(feature = "emulator")]
    Demo(crate::demo::Arguments),
    #[cfg(feature = "emulator")]
    Emulator(emulator::Arguments),
    #[cfg(feature = "emulator")]
    PowerOn(power_on::Arguments),
    Install(install::Arguments),
    Login(login::LoginArguments),
    Logout(login::LogoutArguments),
    Whoami(whoami::Arguments),
    Permissions(permissions::Arguments),
    Export(export::Arguments),
    Restore(restore::Arguments),
    CheckTenant(check_tenant::Arguments),
}

/// Does what the command line asks for.
pub(crate) fn run() -> ExitCode {
    // Terraform's providers share this spelling, which no parser of today's conventions reads as one word.
    let arguments = std::env::args_os().map(|one| if one == "-debug" { "--debug".into() } else { one });
    let program = Program::parse_from(arguments);
    match program.command {
        _ if program.debug => ended(serve_debugger()),
        #[cfg(feature = "emulator")]
        Some(Command::Demo(arguments)) => ended(crate::runtime(|| crate::demo::run(arguments))),
        #[cfg(feature = "emulator")]
        Some(Command::Emulator(arguments)) => ended(crate::runtime(|| emulator::run(arguments))),
        #[cfg(feature = "emulator")]
        Some(Command::PowerOn(arguments)) => ended(crate::runtime(|| power_on::run(arguments))),
        Some(Command::Install(arguments)) => ended(install::run(&arguments)),
        Some(Command::Login(arguments)) => ended(crate::runtime(|| login::login(arguments))),
        Some(Command::Logout(arguments)) => ended(crate::runtime(|| login::logout(arguments))),
        Some(Command::Whoami(arguments)) => ended(crate::runtime(|| whoami::run(arguments))),
        Some(Command::Permissions(arguments)) => ended(permissions::run(&arguments)),
        Some(Command::Export(arguments)) => ended(crate::runtime(|| export::run(arguments))),
        Some(Command::Restore(arguments)) => ended(crate::runtime(|| restore::run(arguments))),
        Some(Command::CheckTenant(arguments)) => ended(crate::runtime(|| check_tenant::run(arguments))),
        None => explain(),
    }
}

/// Serves until Ctrl-C, to whoever is told where.
fn serve_debugger() -> Result<(), impl Display> {
    logging::init("AUTOPILOT", &["autopilot_provider"]);
    let addresses = mirror::REGISTRIES.map(|host| format!("{host}/{ADDRESS}"));
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    crate::runtime(|| {
        serve_for_debugging(Server::new(Autopilot), &addresses, |reattach| println!("{reattach}"))
    })
}

/// Nothing was asked for, which is a mistake of whoever expected this to do something.
fn explain() -> ExitCode {
    eprintln!("{}", Program::command().render_long_help());
    ExitCode::FAILURE
}

fn ended<T: Termination, E: Display>(outcome: Result<T, E>) -> ExitCode {
    match outcome {
        Ok(done) => done.report(),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
