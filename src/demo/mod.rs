//! `demo`: the main job on an emulated tenant, from nothing to a laptop at its desktop and back.
//!
//! Every step proves something, and the first that fails ends the demo with its reason. Nothing outside a folder of its
//! own is touched, and the folder is removed at the end.

mod error;
mod host;
mod report;
mod tenant;

use std::path::Path;
use std::time::Instant;

use autopilot_provider::emulator::{
    Clock, Emulator, Latencies, Options, Running, SignIn, environment as environment_of,
};
use serde_json::{Value, json};

use self::error::DemoError;
use self::host::Host;
use self::report::Report;

/// Watch the seven steps happen on an emulated tenant, up to a laptop at its desktop.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Keep everything running at the end, and say how to look around.
    #[arg(long)]
    keep: bool,
    /// Open the page on which the tenant and its laptop are seen, and keep everything running at the end.
    #[arg(long)]
    open: bool,
    /// How many times faster than the real service everything happens.
    #[arg(long, value_name = "FACTOR", default_value_t = 120.0)]
    time_scale: f64,
}

/// Tells the whole report.
pub(crate) async fn run(arguments: Arguments) -> Result<(), DemoError> {
    let started = Instant::now();
    let report = Report::begin();
    let binary = Host::find().ok_or(DemoError::NoHost)?;

    let running = Emulator::start(Options {
        clock: Clock::scaled(arguments.time_scale),
        latencies: Latencies::realistic(),
        ..Options::default()
    })
    .await?;
    let laptop = unboxed(&running)?;
    report.tell(&format!("an emulated tenant listens at {}", running.url()));
    if arguments.open && open::that_detached(running.url()).is_err() {
        report.tell("no browser could be opened: open that address yourself");
    }

    // Removed at the end, unless it is kept.
    let workshop = tempfile::Builder::new().prefix("autopilot-demo-").tempdir().map_err(|source| {
        DemoError::Machine { what: "cannot make a folder for the demo".to_owned(), source }
    })?;
    let host = Host::new(binary, workshop.path(), environment(&running))?;
    write_configuration(workshop.path(), &laptop)?;
    let before = tenant::picture(&running.control().state());

    report.section("The seven steps");
    host.run(&["init", "-no-color"]).await?.expect_success("terraform init")?;
    let applied = report.watch(&host, &["apply", "-auto-approve", "-json"], &running.control()).await?;
    report.tell(&format!(
        "{} objects made with {} requests to Graph in {}",
        applied.changed,
        applied.requests,
        report::seconds(applied.took)
    ));

    report.section("A second plan");
    let again = host.run(&["plan", "-detailed-exitcode", "-no-color"]).await?;
    if again.code != Some(0) {
        return Err(DemoError::Broken(format!("the second plan is not empty:\n{}", again.text)));
    }
    let unchanged = again.text.lines().find(|line| line.starts_with("No changes")).unwrap_or("No changes.");
    report.tell(unchanged);

    report.section(&format!("{USER} opens laptop {SERIAL}"));
    let played = running
        .control()
        .power_on(&json!({"serialNumber": SERIAL, "user": USER}))
        .map_err(DemoError::Broken)?;
    report.timeline(&played)?;

    if arguments.keep || arguments.open {
        report.keep(&host, workshop.keep(), &running);
        tokio::signal::ctrl_c().await?;
        running.stop().await;
        return Ok(());
    }

    report.section("Back to where we began");
    let destroyed = report.watch(&host, &["destroy", "-auto-approve", "-json"], &running.control()).await?;
    report.tell(&format!("{} objects gone in {}", destroyed.changed, report::seconds(destroyed.took)));
    let left = tenant::difference(&before, &tenant::picture(&running.control().state()));
    if !left.is_empty() {
        return Err(DemoError::Broken(format!("the tenant is not as before: {}", left.join("; "))));
    }
    report.tell("tenant as before");
    let violations = running.control().violations();
    if !violations.is_empty() {
        return Err(DemoError::Broken(format!(
            "the provider violated the contract of Graph {} times: {violations:?}",
            violations.len()
        )));
    }
    running.stop().await;
    report.next_step();
    report.end(started.elapsed());
    Ok(())
}

/// A laptop as it comes from the factory, with the hash it exports.
fn unboxed(running: &Running) -> Result<Value, DemoError> {
    running.control().laptop(&json!({"serialNumber": SERIAL})).map_err(DemoError::Broken)
}

/// Signed in as the administrator in person, which step 1 needs.
fn environment(running: &Running) -> Vec<(String, String)> {
    let variables = environment_of(running, None, SignIn::Administrator);
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The tutorial's configuration, as it stands under `examples/`, with the laptop as its only variable.
fn write_configuration(folder: &Path, laptop: &Value) -> Result<(), DemoError> {
    for (name, text) in CONFIGURATION {
        std::fs::write(folder.join(name), text)?;
    }
    let variables = json!({
        "laptops": {
            SERIAL: { "hardware_hash": laptop["hardwareHash"], "user": USER, "greeting": "Megan" },
        },
        "remove_enrolled_devices": true,
    });
    std::fs::write(folder.join("demo.auto.tfvars.json"), variables.to_string())?;
    Ok(())
}

const SERIAL: &str = "5CD4108XKL";
const USER: &str = "megan@contoso.com";
const CONFIGURATION: [(&str, &str); 3] = [
    ("main.tf", include_str!("../../examples/user-driven-entra-join/main.tf")),
    ("variables.tf", include_str!("../../examples/user-driven-entra-join/variables.tf")),
    ("outputs.tf", include_str!("../../examples/user-driven-entra-join/outputs.tf")),
];
