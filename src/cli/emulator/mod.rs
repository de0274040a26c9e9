//! `emulator`: the emulated tenant for a person, a script, or the one command that is run in it.

mod address;
mod authorities;
mod command;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use autopilot_provider::emulator::{
    Clock, Emulator, Fault, Latencies, Options, Running, SignIn, environment, files,
};

use self::address::Address;
use self::authorities::Authorities;
use super::common::Failed;
use crate::shell::{self, Shell};

/// Start an emulated Microsoft tenant: sign-in, Microsoft Graph, Intune.
///
/// With a command after `--`, the tenant lives as long as the command, which finds it through its environment:
/// `emulator -- terraform test`, or `emulator -- bash` to look around. The command's exit code is returned.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Where to listen for HTTP, as HOST, HOST:PORT or :PORT; port 0 takes a free one [default: 127.0.0.1:8642, and a free
    /// port for a command]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<Address>,
    /// Listen for HTTPS too, with a certificate of an own authority.
    #[arg(long, value_name = "ADDRESS")]
    https_listen: Option<Address>,
    /// Where to write that authority's certificate. [default: emulator-ca.pem]
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// A JSON file that says what the tenant begins with; without it, Contoso.
    #[arg(long, value_name = "FILE")]
    tenant: Option<PathBuf>,
    /// A file that keeps the tenant across restarts; when it exists, it wins over --tenant.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How many times faster than the real service everything happens.
    #[arg(long, value_name = "FACTOR", default_value_t = 60.0)]
    time_scale: f64,
    /// A JSON file with scripted faults.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Enforce the service's published request budgets.
    #[arg(long)]
    throttle: bool,
    /// Write every request to the error output.
    #[arg(long)]
    log_requests: bool,
    /// Print only what a shell should export: one sign-in, an application's unless told otherwise.
    #[arg(long, conflicts_with = "command")]
    print_env: bool,
    /// For which shell to print. [default: powershell on Windows, sh elsewhere and in Git's shell]
    #[arg(long, value_name = "SHELL")]
    shell: Option<Shell>,
    /// Sign in as the tenant's administrator in person, who can do all seven steps: what a command gets anyway.
    #[arg(long)]
    as_administrator: bool,
    /// Sign in as an application with its secret: all steps but the first, which needs a person.
    #[arg(long, conflicts_with = "as_administrator")]
    as_application: bool,
    /// Export where the tenant is, and no sign-in: for trying `login`, or any sign-in of your own.
    #[arg(long, conflicts_with_all = ["as_administrator", "as_application"])]
    no_credentials: bool,
    /// A command to run in the tenant, and its arguments.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs until the process is told to stop, or the command has ended.
pub(super) async fn run(arguments: Arguments) -> Result<ExitCode, Failed> {
    let for_command = !arguments.command.is_empty();
    let usual_port = if for_command { 0 } else { USUAL_PORT };
    let listen = arguments.listen.clone().unwrap_or_default();
    let options = Options {
        http: Some(listen.resolve(usual_port).await?),
        https: match &arguments.https_listen {
            Some(address) => Some(address.resolve(if for_command { 0 } else { USUAL_HTTPS_PORT }).await?),
            None => None,
        },
        seed: read(arguments.tenant.as_deref(), files::seed)?.unwrap_or_default(),
        clock: Clock::scaled(arguments.time_scale),
        latencies: Latencies::realistic(),
        faults: read::<Vec<Fault>>(arguments.faults.as_deref(), files::faults)?.unwrap_or_default(),
        state: arguments.state.clone(),
        log_requests: arguments.log_requests,
        throttle: arguments.throttle,
        ..Options::default()
    };
    let running = Emulator::start(options).await.map_err(|error| Failed::new(error.to_string()))?;
    // Lives as long as the command: nothing is left behind where it was started.
    let folder = for_command.then(tempfile::tempdir).transpose()?;
    let authorities = match running.ca_pem() {
        "" => None,
        ca => {
            let beside = folder.as_ref().map(|folder| folder.path().join(CA_FILE));
            let file = arguments.ca_file.clone().or(beside).unwrap_or_else(|| PathBuf::from(CA_FILE));
            Some(Authorities::write(&file, ca)?)
        }
    };
    let ended = if for_command {
        let variables = command_environment(&running, authorities.as_ref(), arguments.sign_in());
        command::run(&arguments.command, variables).await
    } else {
        tell(&arguments, &running, authorities.as_ref())?;
        tokio::signal::ctrl_c().await?;
        Ok(ExitCode::SUCCESS)
    };
    running.stop().await;
    ended
}

impl Arguments {
    fn sign_in(&self) -> SignIn {
        match (self.no_credentials, self.as_administrator, self.as_application) {
            (true, ..) => SignIn::Nobody,
            (_, true, _) => SignIn::Administrator,
            (.., true) => SignIn::Application,
            // Scripts rely on the first; a command must be able to do everything.
            _ if self.print_env => SignIn::Application,
            _ => SignIn::Administrator,
        }
    }
}

/// Prints what to export: to a program what it asked for, to a person both sign-ins.
fn tell(arguments: &Arguments, running: &Running, authorities: Option<&Authorities>) -> Result<(), Failed> {
    let shell = arguments.shell.unwrap_or_else(Shell::usual);
    let is_choice = arguments.as_administrator || arguments.as_application || arguments.no_credentials;
    let text = if arguments.print_env {
        let mut variables = variables(running, authorities, arguments.sign_in());
        variables.push(("EMULATOR_PID", std::process::id().to_string()));
        shell.sets(&variables)
    } else {
        let shown = match is_choice {
            true => vec![arguments.sign_in()],
            false => vec![SignIn::Administrator, SignIn::Application],
        };
        let lead = match shown.len() {
            1 => "Paste this into another terminal:",
            _ => "Paste one of these into another terminal:",
        };
        let blocks = shown.into_iter().map(|sign_in| block(shell, running, authorities, sign_in));
        format!(
            "An emulated tenant listens at {url}, and Ctrl-C ends it. {lead}\n\n{}\
             What else it can do: {url}/_emulator/\n",
            blocks.collect::<String>(),
            url = running.url(),
        )
    };
    // In one piece, so that whoever reads only a part does not break the rest.
    io::stdout().lock().write_all(text.as_bytes())?;
    io::stdout().flush()?;
    if arguments.print_env {
        shell::let_go_of_reader()?;
    }
    Ok(())
}

/// What to paste for one sign-in. It also takes back what another one left in that terminal, which would win.
fn block(shell: Shell, running: &Running, authorities: Option<&Authorities>, sign_in: SignIn) -> String {
    let (title, left): (&str, &[&str]) = match sign_in {
        SignIn::Administrator => {
            ("As the tenant's administrator in person, for all seven steps:", &["ARM_CLIENT_SECRET"])
        }
        SignIn::Application => {
            ("As an application with its secret, for all but step 1:", &["ARM_REFRESH_TOKEN"])
        }
        SignIn::Nobody => (
            "Without a sign-in, to try `terraform-provider-autopilot login`:",
            &["ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_REFRESH_TOKEN"],
        ),
    };
    let sets = shell.sets(&variables(running, authorities, sign_in));
    let unsets: String = left.iter().map(|name| shell.unset(name)).collect();
    format!("{}{sets}{unsets}\n", shell.comment(title))
}

fn variables(
    running: &Running,
    authorities: Option<&Authorities>,
    sign_in: SignIn,
) -> Vec<(&'static str, String)> {
    let mut variables = environment(running, authorities.map(Authorities::own), sign_in);
    variables.extend(authorities.map(Authorities::variables).into_iter().flatten());
    variables
}

/// What a command gets: one sign-in for the provider, and both under names of their own, for whoever needs two.
fn command_environment(
    running: &Running,
    authorities: Option<&Authorities>,
    sign_in: SignIn,
) -> Vec<(&'static str, String)> {
    let mut all = variables(running, authorities, sign_in);
    let credentials = running.credentials().clone();
    all.extend([
        ("EMULATOR_APPLICATION_CLIENT_ID", credentials.client_id),
        ("EMULATOR_APPLICATION_CLIENT_SECRET", credentials.client_secret),
        ("EMULATOR_ADMINISTRATOR_CLIENT_ID", credentials.public_client_id),
        ("EMULATOR_ADMINISTRATOR_REFRESH_TOKEN", running.control().sign_in_administrator()),
    ]);
    all
}

fn read<T>(file: Option<&Path>, parse: fn(&str) -> Result<T, String>) -> Result<Option<T>, Failed> {
    let Some(file) = file else { return Ok(None) };
    let cannot =
        |error: &dyn std::fmt::Display| Failed::new(format!("{} cannot be used: {error}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| cannot(&error))?;
    // Windows PowerShell puts a byte order mark in front.
    parse(text.trim_start_matches('\u{feff}')).map(Some).map_err(|error| cannot(&error))
}

const USUAL_PORT: u16 = 8642;
const USUAL_HTTPS_PORT: u16 = 8643;
const CA_FILE: &str = "emulator-ca.pem";
