//! What to do when started: by Terraform, or by a person.

use clap::Parser;

/// The program.
#[derive(Parser)]
enum Command {
    /// Starts a pretend Microsoft tenant.
    #[cfg(feature = "emulator")]
    Emulator(autopilot_provider::emulator::command::Arguments),
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    match Command::parse() {
        #[cfg(feature = "emulator")]
        Command::Emulator(arguments) => autopilot_provider::emulator::command::run(arguments).await,
    }
}
