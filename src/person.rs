//! What a person who starts the program is offered.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Windows Autopilot as code: a Terraform and OpenTofu provider, with a pretend tenant to try it on.
///
/// Terraform starts this program by itself; see `examples/` for what to write. Started by hand it offers:
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Program {
    #[command(subcommand)]
    offer: Option<Offer>,
}

#[derive(Subcommand)]
enum Offer {
    /// Shows the main job on a pretend tenant: seven steps, and a laptop at its desktop.
    #[cfg(feature = "emulator")]
    Demo(crate::demo::Arguments),
    /// Runs a pretend tenant to point Terraform at.
    #[cfg(feature = "emulator")]
    Emulator(autopilot_provider::emulator::command::Arguments),
}

/// Does what the command line asks for.
pub(crate) fn answer() -> ExitCode {
    let program = Program::parse();
    match program.offer {
        None => ExitCode::FAILURE,
        #[cfg(feature = "emulator")]
        Some(Offer::Demo(arguments)) => ended(crate::runtime(|| crate::demo::run(arguments))),
        #[cfg(feature = "emulator")]
        Some(Offer::Emulator(arguments)) => ended(crate::runtime(|| {
            autopilot_provider::emulator::command::run(arguments)
        })),
    }
}

#[cfg(feature = "emulator")]
#[expect(clippy::print_stderr, reason = "this is what a person reads")]
fn ended<E: std::fmt::Display>(outcome: Result<(), E>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
