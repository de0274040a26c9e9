//! The provider is killed in the middle of the tutorial's apply, at one moment after the other. The next apply makes good.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Control, Emulator, Running, command};
use serde_json::{Value, json};

use crate::support::terraform::Workspace;

/// Requests between two kills. Each moment costs two applies.
const STRIDE: usize = 3;
/// More requests than the tutorial's apply makes, whatever the order.
const LAST: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_provider_loses_nothing_and_makes_nothing_twice() {
    let moments: Vec<usize> = (1..LAST).step_by(STRIDE).collect();
    if Workspace::new().is_none() {
        return;
    }
    let mut cut_off = 0;
    for several in moments.chunks(3) {
        let trials: Vec<_> = several
            .iter()
            .map(|moment| tokio::spawn(trial(*moment)))
            .collect();
        for trial in trials {
            cut_off += usize::from(trial.await.expect("a moment without harm"));
        }
    }
    assert!(
        cut_off * 2 > moments.len(),
        "only {cut_off} of {} applies were cut off; the others prove nothing",
        moments.len()
    );
}

/// Kills at one moment and makes good. Whether the first apply was indeed cut off.
async fn trial(moment: usize) -> bool {
    let running = Emulator::start(Default::default()).await.expect("an emulator");
    let Some(workspace) = tutorial(&running) else {
        return false;
    };
    let control = running.control();
    let cut_off = tokio::task::spawn_blocking(move || {
        let mut terraform = workspace
            .command()
            .args(["apply", "-auto-approve", "-no-color"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("terraform starts");
        kill_provider_after(moment, &control, &mut terraform);
        let cut_off = !terraform.wait().expect("terraform ends").success();

        workspace.run(&["apply", "-auto-approve", "-no-color"]).success();
        let again = workspace.run(&["plan", "-detailed-exitcode", "-no-color"]);
        assert_eq!(
            again.code,
            Some(0),
            "killed after request {moment}: {}\n{}",
            again.stdout,
            again.stderr
        );
        for (collection, count) in [
            ("windowsAutopilotDeviceIdentities", 1),
            ("windowsAutopilotDeploymentProfiles", 1),
            ("devices", 1),
        ] {
            assert_eq!(
                named(&control, collection, "").len(),
                count,
                "killed after request {moment}: {collection}"
            );
        }
        for collection in ["groups", "deviceEnrollmentConfigurations"] {
            let found = named(&control, collection, "Autopilot Contoso");
            assert_eq!(
                found.len(),
                1,
                "killed after request {moment}: {collection}: {found:?}"
            );
        }
        cut_off
    })
    .await
    .expect("the trial ends");
    running.stop().await;
    cut_off
}

/// Kills every provider that this Terraform runs, once the tenant has been asked so often. An apply that is over sooner
/// is a moment too late, which proves nothing and harms nothing.
fn kill_provider_after(requests: usize, control: &Control, terraform: &mut Child) {
    let patience = Instant::now() + Duration::from_secs(60);
    while Instant::now() < patience && terraform.try_wait().ok().flatten().is_none() {
        if control
            .requests()
            .iter()
            .filter(|one| !one.version.is_empty())
            .count()
            >= requests
        {
            for provider in providers_of(terraform.id()) {
                // It may have ended by itself meanwhile.
                let _ = Command::new("kill").args(["-9", &provider.to_string()]).status();
            }
            return;
        }
        std::thread::yield_now();
    }
}

/// Processes of the provider whose parent is this process.
fn providers_of(parent: u32) -> Vec<u32> {
    let listed = Command::new("ps")
        .args(["-o", "pid=,ppid=,comm=", "-e"])
        .output()
        .expect("ps runs");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let rows = listed.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (pid, ppid) = (words.next()?.parse().ok()?, words.next()?.parse::<u32>().ok()?);
        (ppid == parent && words.next()?.starts_with("terraform-pro")).then_some(pid)
    });
    rows.collect()
}

/// The tutorial's configuration, which takes over what it finds.
fn tutorial(running: &Running) -> Option<Workspace> {
    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
    let mut workspace = Workspace::new()?.dev_override("autopilot-iac/autopilot", binary.parent()?);
    for name in ["main.tf", "variables.tf", "outputs.tf"] {
        workspace = workspace.file(
            name,
            &fs::read_to_string(example().join(name)).expect("the example"),
        );
    }
    let laptop = running
        .control()
        .laptop(&json!({"serialNumber": "5CD4108XKL"}))
        .expect("a laptop");
    let laptops = BTreeMap::from([(
        "5CD4108XKL",
        json!({"hardware_hash": laptop["hardwareHash"], "user": "megan@contoso.com"}),
    )]);
    let variables = json!({"laptops": laptops, "adopt_existing": true});
    workspace = workspace.file("trial.auto.tfvars.json", &variables.to_string());
    for (name, value) in command::environment(running, None, true) {
        workspace = workspace.env(name, &value);
    }
    Some(workspace)
}

/// Objects of a collection with this name; all of them for an empty one.
fn named(control: &Control, collection: &str, name: &str) -> Vec<Value> {
    let state = control.state();
    let all = state["collections"][collection]
        .as_array()
        .cloned()
        .unwrap_or_default();
    all.into_iter()
        .filter(|one| name.is_empty() || one["displayName"] == name)
        .collect()
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/user-driven-entra-join")
}
