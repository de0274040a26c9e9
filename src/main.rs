//! What to do when started: by Terraform, or by a person.

mod cli;
#[cfg(feature = "emulator")]
mod demo;
mod mirror;
mod runtime;
#[cfg(feature = "emulator")]
mod shell;
#[cfg(feature = "emulator")]
mod timeline;

use std::process::ExitCode;

use autopilot_provider::autopilot::Autopilot;
use autopilot_provider::tf_provider::logging;
use autopilot_provider::tf_provider::protocol::{ServeOptions, serve, started_by_terraform};
use autopilot_provider::tf_provider::server::Server;

use runtime::runtime;

fn main() -> ExitCode {
    if started_by_terraform() { serve_terraform() } else { cli::run() }
}

/// Serves the process that started this one, at once: Terraform starts a provider several times for each command.
#[expect(clippy::print_stderr, reason = "the host shows what a provider that cannot start says")]
fn serve_terraform() -> ExitCode {
    logging::init("AUTOPILOT", &["autopilot_provider"]);
    let served = runtime(|| serve(Server::new(Autopilot), ServeOptions::default()));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not a log line: it must be seen with logging off too.
            eprintln!("terraform-provider-autopilot: {error}");
            ExitCode::FAILURE
        }
    }
}
