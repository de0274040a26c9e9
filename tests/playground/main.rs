//! The example provider that the protocol tests drive, as a process Terraform can start.
//!
//! `PLAYGROUND=wire-probe` serves something simpler instead: a provider whose calls show what the wire does to them.

mod provider;
mod wire_probe;

use std::process::ExitCode;

use autopilot_provider::tf_provider::logging;
use autopilot_provider::tf_provider::protocol::{
    ServeError, ServeOptions, serve, serve_for_debugging, started_by_terraform, tfplugin6,
};
use autopilot_provider::tf_provider::server::Server;
use tfplugin6::provider_server::Provider;

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a program started by hand explains itself")]
async fn main() -> ExitCode {
    logging::init("PLAYGROUND", &["autopilot_provider", "terraform_provider_playground"]);
    let served = match std::env::var("PLAYGROUND").as_deref() {
        Ok("wire-probe") => start(wire_probe::WireProbe::default()).await,
        _ => start(Server::new(provider::Playground)).await,
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "with -debug, stdout is read by a person")]
async fn start<S: Provider>(provider: S) -> Result<(), ServeError> {
    if std::env::args().any(|argument| argument == "-debug") && !started_by_terraform() {
        let addresses = ["registry.terraform.io/example/playground"];
        return serve_for_debugging(provider, &addresses, |reattach| println!("{reattach}")).await;
    }
    let mut options = ServeOptions::default();
    if let Some(seconds) = std::env::var("PLAYGROUND_ABANDONED_AFTER").ok().and_then(|text| text.parse().ok())
    {
        options.abandoned_after = std::time::Duration::from_secs_f32(seconds);
    }
    serve(provider, options).await
}
