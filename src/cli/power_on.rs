//! `power-on`: whether a laptop would get to its desktop in the tenant that an emulator holds.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use super::common::{Failed, USER_AGENT};

/// Switch a laptop on in a running emulator, and tell what its user sees.
///
/// Ends with 0 when the laptop is registered, has its profile, and reaches the desktop; with 1 when it does not get there
/// so; with 2 when it could not be tried.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Serial number of the laptop.
    #[arg(value_name = "SERIAL")]
    serial_number: String,
    /// Who signs in, by user principal name. [default: whoever the device is assigned to]
    #[arg(long, value_name = "UPN")]
    user: Option<String>,
    /// Print what the emulator answers, in JSON, instead of the timeline.
    #[arg(long)]
    json: bool,
    /// Where the emulator listens.
    #[arg(
        long,
        value_name = "URL",
        env = "ARM_MSGRAPH_ENDPOINT",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8642"
    )]
    emulator: String,
    /// The certificate authority of an emulator that is asked over HTTPS.
    #[arg(long, value_name = "FILE", env = "ARM_CA_FILE", hide_env_values = true)]
    ca_file: Option<std::path::PathBuf>,
}

/// Plays the first start, and tells it.
pub(super) async fn run(arguments: Arguments) -> Result<ExitCode, Failed> {
    let played = match play(&arguments).await {
        Ok(played) => played,
        Err(Failed(text)) => {
            eprintln!("{text}");
            return Ok(ExitCode::from(2));
        }
    };
    if arguments.json {
        println!("{played:#}");
    } else {
        for line in crate::timeline::lines(&played) {
            println!("{line}");
        }
    }
    if played["asIntended"] == true {
        return Ok(ExitCode::SUCCESS);
    }
    let serial = &arguments.serial_number;
    eprintln!(
        "{}",
        match (played["reachedDesktop"] == true, played["stoppedAt"].as_str()) {
            (true, _) =>
                format!("{serial} reaches a desktop, but not as a laptop of Windows Autopilot: see above."),
            (false, step) =>
                format!("{serial} does not reach its desktop: it stops at `{}`.", step.unwrap_or_default()),
        }
    );
    Ok(ExitCode::FAILURE)
}

async fn play(arguments: &Arguments) -> Result<Value, Failed> {
    let root = arguments.emulator.trim_end_matches('/');
    let nobody = |why: &str| {
        Failed::new(format!(
            "No emulator answers at {root}: {why}. Start one with `terraform-provider-autopilot emulator`, or name it \
             with --emulator or ARM_MSGRAPH_ENDPOINT."
        ))
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client = reqwest::Client::builder().user_agent(USER_AGENT).no_proxy().timeout(PATIENCE);
    if let Some(file) = &arguments.ca_file {
        let unusable = |error: &dyn std::fmt::Display| {
            Failed::new(format!("The certificate authority {} cannot be used: {error}", file.display()))
        };
        let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))?;
        client = client.tls_certs_merge(certificates);
    }
    let client = client.build().map_err(|error| nobody(&chain(&error)))?;
    let mut body = json!({ "serialNumber": arguments.serial_number });
    if let Some(user) = &arguments.user {
        body["user"] = json!(user);
    }
    let request = client.post(format!("{root}/_emulator/power-on")).json(&body);
    let response = request.send().await.map_err(|error| nobody(&chain(&error)))?;
    let status = response.status();
    let answer: Value = response.json().await.map_err(|_| nobody("what answers there is something else"))?;
    match (status.is_success(), answer["steps"].is_array(), answer["error"].as_str()) {
        (true, true, _) => Ok(answer),
        (false, _, Some(reason)) => Err(Failed::new(format!("The laptop cannot be switched on: {reason}."))),
        _ => Err(nobody("what answers there is something else")),
    }
}

/// An error with what caused it: the outermost one says little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}

const PATIENCE: Duration = Duration::from_secs(60);
