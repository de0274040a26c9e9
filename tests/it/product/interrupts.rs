//! Terraform interrupted, and the provider killed, while the whole tutorial is applied: what is in the state is true, and
//! the next apply puts everything right.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Clock, Effect, Emulator, Fault, Latencies, Options, Running};
use serde_json::Value as Json;

use super::examples::{offering, root};
use crate::support::eventually::eventually_blocking;
use crate::support::terraform::Workspace;
use autopilot_provider::emulator::collections::{
    CONFIGURATIONS, CollectionName, GROUPS, IDENTITIES, PROFILES,
};

/// Ctrl-C while the service is busy with an import ends within seconds, and nothing is lost or done twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_during_an_import_ends_at_once_with_a_state_that_is_true() {
    let emulator = Emulator::start(Options {
        // An import takes half a minute: longer than anybody waits here.
        clock: Clock::scaled(3.0),
        latencies: Latencies { import: Duration::from_secs(90), ..Latencies::none() },
        ..Options::default()
    })
    .await
    .expect("an emulator starts");
    let Some(site) = Site::new(&emulator, "user-driven-entra-join", 1) else { return };
    tokio::task::spawn_blocking(move || {
        let apply = site.begin_to_apply();
        let imports = || asked(&emulator, "POST", "importedWindowsAutopilotDeviceIdentities/import");
        assert!(eventually_blocking(|| imports() > 0), "no import begins");
        let pressed = Instant::now();
        signal("INT", apply.id());
        let output = apply.wait_with_output().expect("terraform ends");
        let took = pressed.elapsed();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(took < Duration::from_secs(5), "it took {took:?} to stop:\n{said}");
        assert!(!output.status.success());
        emulator.control().step(Duration::from_secs(30));
        site.workspace.run(&["apply", "-auto-approve"]).success();
        site.assert_settled(&emulator, "after Ctrl-C");
    })
    .await
    .expect("the test ends");
}

/// The provider is killed at moments spread over the whole apply; with `EVERY_MOMENT` set, at each request.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_provider_is_recovered_from_at_any_moment() {
    killed_at_moments("user-driven-entra-join", 1, 6).await;
}

/// The same of a fleet, whose first apply leaves no state when it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fleet_is_taken_up_where_it_is_at_whatever_moment_the_provider_is_killed() {
    killed_at_moments("resources/autopilot_device_fleet", 3, 4).await;
}

async fn killed_at_moments(example: &'static str, devices: usize, moments: usize) {
    let emulator = quick().await;
    let Some(site) = Site::new(&emulator, example, devices) else { return };
    let all = tokio::task::spawn_blocking(move || {
        site.workspace.run(&["apply", "-auto-approve"]).success();
        emulator.control().requests().iter().filter(|asked| !asked.version.is_empty()).count()
    })
    .await
    .expect("an apply without trouble");
    let every = std::env::var_os("EVERY_MOMENT").is_some();
    let moments = if every { all } else { moments.min(all) };
    let moments: BTreeSet<usize> =
        (0..moments).map(|moment| 1 + moment * (all - 1) / (moments - 1)).collect();
    for several in moments.into_iter().collect::<Vec<_>>().chunks(3) {
        let mut running = Vec::new();
        for nth in several.iter().copied() {
            let emulator = quick().await;
            let site = Site::new(&emulator, example, devices).expect("terraform was there before");
            running.push(tokio::task::spawn_blocking(move || killed_at(nth, all, &site, &emulator)));
        }
        for one in running {
            one.await.expect("a killed provider is recovered from");
        }
    }
}

fn killed_at(nth: usize, all: usize, site: &Site, emulator: &Running) {
    let when = format!("killed at request {nth} of {all}");
    let from = u32::try_from(nth).expect("few requests");
    let hang = Effect::Delay { seconds: 60.0 };
    emulator.control().add_fault(Fault::once(r"^/(v1\.0|beta)/", hang).from(from));
    let apply = site.begin_to_apply();
    let mut apply = Some(apply);
    let is_over = eventually_blocking(|| {
        let met = emulator.control().requests().iter().any(|asked| asked.fault);
        met || apply.as_mut().is_some_and(|apply| matches!(apply.try_wait(), Ok(Some(_))))
    });
    assert!(is_over, "{when}");
    for provider in site.providers() {
        signal("KILL", provider);
    }
    let output = apply.take().map(|apply| apply.wait_with_output().expect("terraform ends"));
    emulator.control().clear_faults();
    let again = site.workspace.run(&["apply", "-auto-approve"]);
    assert_eq!(
        again.code,
        Some(0),
        "{when}: applying again fails\n{}\n\nThe first apply said:\n{}",
        again.stderr,
        output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default()
    );
    site.assert_settled(emulator, &when);
}

/// The tutorial, with a copy of the program whose processes can be told from those of others.
struct Site {
    workspace: Workspace,
    programs: tempfile::TempDir,
    /// How many devices the example registers.
    devices: usize,
}

impl Site {
    fn new(emulator: &Running, example: &str, devices: usize) -> Option<Self> {
        let programs = tempfile::tempdir().expect("a directory");
        let built = Path::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
        let program = programs.path().join("terraform-provider-autopilot");
        fs::copy(built, &program).expect("a program");
        // What was made by a provider that could not say so is taken over.
        let workspace =
            offering(&program, &root().join(example), emulator)?.env("TF_VAR_adopt_existing", "true");
        Some(Self { workspace, programs, devices })
    }

    fn begin_to_apply(&self) -> std::process::Child {
        let mut command = self.workspace.command();
        command.args(["apply", "-auto-approve", "-no-color"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().expect("terraform starts")
    }

    /// Processes of this site's program.
    fn providers(&self) -> Vec<u32> {
        let all = fs::read_dir("/proc").expect("processes").flatten();
        let ours = all.filter(|process| {
            fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe.starts_with(self.programs.path()))
        });
        ours.filter_map(|process| process.file_name().to_str()?.parse().ok()).collect()
    }

    /// Nothing is left to do, nothing was made twice, and destroying it all works.
    fn assert_settled(&self, emulator: &Running, when: &str) {
        let plan = self.workspace.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{when}: a plan is left\n{}\n{}", plan.stdout, plan.stderr);
        let counts = |collection: CollectionName| {
            emulator.control().with_tenant(|tenant| {
                let objects = tenant.collection(collection).iter();
                objects.filter(|object| is_ours(&Json::Object((*object).clone()))).count()
            })
        };
        assert_eq!(counts(IDENTITIES), self.devices, "{when}");
        for collection in [GROUPS, PROFILES, CONFIGURATIONS] {
            // The fleet's example has devices alone.
            let expected = usize::from(self.devices == 1);
            assert_eq!(counts(collection), expected, "{when}: {collection:?}");
        }
        self.workspace.run(&["destroy", "-auto-approve"]).success();
    }
}

fn is_ours(object: &Json) -> bool {
    let serial = object["serialNumber"].as_str().unwrap_or_default();
    object["displayName"] == "Autopilot Contoso" || ["PF4ZT7QN", "5CD4108XKL", "7WQ3M04"].contains(&serial)
}

async fn quick() -> Running {
    Emulator::start(Options::default()).await.expect("an emulator starts")
}

fn asked(emulator: &Running, method: &str, part: &str) -> usize {
    let requests = emulator.control().requests();
    requests.iter().filter(|asked| asked.method == method && asked.path.contains(part)).count()
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.is_ok(), "kill runs");
}
