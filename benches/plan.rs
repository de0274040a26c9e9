//! What Terraform users wait for, measured with the real Terraform against the emulator without delays:
//! the tutorial's apply beside as many `terraform_data`, and the plan of a fleet that is registered already.
//!
//! `cargo bench --bench plan` prints a table; `FLEET=200,1000` chooses the sizes.

#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Control, Emulator, Running};
use serde_json::{Value, json};

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    println!("| what | time | requests to Graph |\n|---|---|---|");
    runtime.block_on(async {
        tutorial().await;
        let sizes = std::env::var("FLEET").unwrap_or_else(|_| "200,1000".to_owned());
        for size in sizes.split(',').filter_map(|size| size.trim().parse().ok()) {
            fleet(size).await;
        }
    });
}

async fn tutorial() {
    let running = Emulator::start(Default::default()).await.expect("an emulator");
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["main.tf", "variables.tf", "outputs.tf"] {
        let text = fs::read_to_string(root().join("examples/user-driven-entra-join").join(name))
            .expect("the example");
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let laptop = laptop(&running.control(), "5CD4108XKL");
    let laptops = json!({"5CD4108XKL": {"hardware_hash": laptop, "user": "megan@contoso.com"}});
    fs::write(folder.path().join("x.auto.tfvars.json"), json!({ "laptops": laptops }).to_string())
        .expect("a file");
    measure("apply of the tutorial (7 objects)", folder.path(), &running, &["apply", "-auto-approve"]);

    let plain = tempfile::tempdir().expect("a folder");
    let objects: String = (0..7).map(|n| format!("resource \"terraform_data\" \"n{n}\" {{}}\n")).collect();
    fs::write(plain.path().join("main.tf"), objects).expect("a file");
    // The one thing that is needed here too: a folder that Terraform knows.
    terraform(plain.path(), &running, &["init"]);
    measure("apply of 7 terraform_data", plain.path(), &running, &["apply", "-auto-approve"]);
}

async fn fleet(size: usize) {
    let running = Emulator::start(Default::default()).await.expect("an emulator");
    let folder = tempfile::tempdir().expect("a folder");
    let laptops: serde_json::Map<String, Value> = (0..size)
        .map(|n| format!("FLEET-{n:05}"))
        .map(|serial| (serial.clone(), laptop(&running.control(), &serial)))
        .collect();
    fs::write(folder.path().join("x.auto.tfvars.json"), json!({ "laptops": laptops }).to_string())
        .expect("a file");
    fs::write(folder.path().join("main.tf"), FLEET).expect("a file");
    measure(&format!("apply of {size} devices"), folder.path(), &running, &["apply", "-auto-approve"]);
    measure(
        &format!("plan of {size} registered devices"),
        folder.path(),
        &running,
        &["plan", "-detailed-exitcode"],
    );
}

fn measure(what: &str, folder: &Path, running: &Running, arguments: &[&str]) {
    let before = requests(&running.control());
    let took = terraform(folder, running, arguments);
    let asked = requests(&running.control()) - before;
    println!("| {what} | {:.2} s | {asked} |", took.as_secs_f64());
}

fn terraform(folder: &Path, running: &Running, arguments: &[&str]) -> Duration {
    let overrides = folder.join("cli.tfrc");
    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
    let directory = binary.parent().expect("a folder").display();
    let configuration = format!(
        "provider_installation {{\n  dev_overrides {{ \"autopilot-iac/autopilot\" = \"{directory}\" }}\n  direct {{}}\n}}\n"
    );
    fs::write(&overrides, configuration).expect("a file");
    let started = Instant::now();
    let ran = Command::new("terraform")
        .args(arguments)
        .arg("-no-color")
        .current_dir(folder)
        .env("TF_CLI_CONFIG_FILE", &overrides)
        .env("CHECKPOINT_DISABLE", "1")
        .envs(autopilot_provider::emulator::environment(
            running,
            None,
            autopilot_provider::emulator::SignIn::Administrator,
        ))
        .output()
        .expect("terraform is on the PATH");
    let took = started.elapsed();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&ran.stderr));
    took
}

fn laptop(control: &Control, serial: &str) -> Value {
    control.laptop(&json!({ "serialNumber": serial })).expect("a laptop")["hardwareHash"].clone()
}

/// Requests on the wire, sign-in left out.
fn requests(control: &Control) -> usize {
    control.requests().iter().filter(|one| !one.version.is_empty() && one.batch.is_none()).count()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const FLEET: &str = r#"
terraform {
  required_providers {
    autopilot = { source = "autopilot-iac/autopilot" }
  }
}
variable "laptops" { type = map(string) }
resource "autopilot_device_identity" "fleet" {
  for_each      = var.laptops
  serial_number = each.key
  hardware_hash = each.value
  group_tag     = "Fleet"
}
"#;
