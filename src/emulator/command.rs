//! `terraform-provider-autopilot emulator`: the pretend tenant for a person.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use super::clock::{Clock, Latencies};
use super::faults::Fault;
use super::running::{Emulator, Options, Running};
use super::seed::Seed;

/// Starts a pretend Microsoft tenant: sign-in, Microsoft Graph, Intune.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to listen for HTTP; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8642")]
    pub listen: SocketAddr,
    /// Listen for HTTPS too, with a certificate of an own CA.
    #[arg(long, value_name = "ADDRESS")]
    pub https_listen: Option<SocketAddr>,
    /// Where to write the CA certificate.
    #[arg(long, value_name = "FILE", default_value = "emulator-ca.pem")]
    pub ca_file: PathBuf,
    /// A JSON file that says what the tenant begins with; without it, Contoso.
    #[arg(long, value_name = "FILE")]
    pub tenant: Option<PathBuf>,
    /// A file that keeps the tenant across restarts; when it exists, it wins over --tenant.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// How many times faster than the real service everything happens.
    #[arg(long, value_name = "FACTOR", default_value_t = 60.0)]
    pub time_scale: f64,
    /// A JSON file with scripted faults.
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Enforce the service's published request budgets.
    #[arg(long)]
    pub throttle: bool,
    /// Write every request to the error output.
    #[arg(long)]
    pub log_requests: bool,
    /// Print only what a shell should export.
    #[arg(long)]
    pub print_env: bool,
    /// Export the sign-in of the tenant's administrator instead of an application's secret: changing the enrollment
    /// scope needs a person.
    #[arg(long)]
    pub as_administrator: bool,
    /// Export where the tenant is, and no sign-in: for trying `login`, or any sign-in of your own.
    #[arg(long, conflicts_with = "as_administrator")]
    pub no_credentials: bool,
}

/// As whom exported variables sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// As the application, with its secret.
    Application,
    /// As the administrator in person, with a refresh token.
    Administrator,
    /// Not at all.
    Nobody,
}

/// Runs until the process is told to stop.
///
/// # Errors
/// When a file cannot be read, or a port cannot be had. The text says which.
pub async fn run(arguments: Arguments) -> io::Result<()> {
    let options = Options {
        http: Some(arguments.listen),
        https: arguments.https_listen,
        seed: arguments.tenant.as_deref().map(read::<Seed>).transpose()?.unwrap_or_default(),
        clock: Clock::scaled(arguments.time_scale),
        latencies: Latencies::realistic(),
        faults: arguments.faults.as_deref().map(read::<Vec<Fault>>).transpose()?.unwrap_or_default(),
        state: arguments.state,
        log_requests: arguments.log_requests,
        throttle: arguments.throttle,
        ..Options::default()
    };
    let running = Emulator::start(options).await?;
    let ca_file = arguments.https_listen.map(|_| arguments.ca_file.clone());
    if let Some(file) = &ca_file {
        std::fs::write(file, running.ca_pem()).map_err(|error| about(file, "written", &error))?;
    }
    let mut text = String::new();
    if !arguments.print_env {
        text = format!("A pretend tenant listens at {}. Export this, and Ctrl-C ends it:\n\n", running.url());
    }
    let sign_in = match (arguments.as_administrator, arguments.no_credentials) {
        (true, _) => SignIn::Administrator,
        (_, true) => SignIn::Nobody,
        _ => SignIn::Application,
    };
    for (name, value) in environment(&running, ca_file, sign_in) {
        text.push_str(&format!("export {name}={value}\n"));
    }
    // In one piece, so that whoever reads only a part does not break the rest.
    io::stdout().lock().write_all(text.as_bytes())?;

    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}

/// What a shell exports so that the provider, or any client, uses this emulator.
pub fn environment(
    running: &Running,
    ca_file: Option<PathBuf>,
    sign_in: SignIn,
) -> Vec<(&'static str, String)> {
    let url = running.https_url().unwrap_or_else(|| running.url());
    let credentials = running.credentials().clone();
    let mut variables = vec![
        ("ARM_MSGRAPH_ENDPOINT", url.clone()),
        ("ARM_AUTHORITY_HOST", url),
        ("ARM_TENANT_ID", credentials.tenant_id),
    ];
    match sign_in {
        SignIn::Administrator => {
            variables.push(("ARM_CLIENT_ID", credentials.public_client_id));
            variables.push(("ARM_REFRESH_TOKEN", running.control().sign_in_administrator()));
        }
        SignIn::Application => {
            variables.push(("ARM_CLIENT_ID", credentials.client_id));
            variables.push(("ARM_CLIENT_SECRET", credentials.client_secret));
        }
        SignIn::Nobody => {}
    }
    if let Some(file) = ca_file {
        variables.push(("ARM_CA_FILE", file.display().to_string()));
    }
    variables
}

fn read<T: serde::de::DeserializeOwned>(file: &std::path::Path) -> io::Result<T> {
    let bytes = std::fs::read(file).map_err(|error| about(file, "read", &error))?;
    serde_json::from_slice(&bytes).map_err(|error| about(file, "understood", &error))
}

fn about(file: &std::path::Path, verb: &str, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("{} cannot be {verb}: {error}", file.display()))
}
