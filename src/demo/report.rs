//! What a person reads while the demo runs.

#![expect(clippy::print_stdout, reason = "this is what a person reads")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Control, Running};
use serde_json::Value;

use super::error::DemoError;
use super::host::Host;
use crate::shell::Shell;
use crate::timeline::{self, PHASES};

/// The narrator.
pub(crate) struct Report;

/// What an apply or destroy did.
pub(crate) struct Change {
    /// Objects made, changed or destroyed.
    pub(crate) changed: usize,
    /// Requests that Graph was sent meanwhile, sign-in not counted.
    pub(crate) requests: usize,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Report {
    pub(crate) fn begin() -> Self {
        println!("Windows Autopilot user-driven Microsoft Entra join, on an emulated tenant");
        Self
    }

    pub(crate) fn section(&self, title: &str) {
        println!("\n== {title}");
    }

    pub(crate) fn tell(&self, text: &str) {
        println!("   {text}");
    }

    /// Runs a command that reports in JSON lines, and tells what it reports object by object.
    pub(crate) async fn watch(
        &self,
        host: &Host,
        arguments: &[&str],
        control: &Control,
    ) -> Result<Change, DemoError> {
        let started = Instant::now();
        let requests = graph_requests(control);
        let mut changed = 0;
        let mut problems = Vec::new();
        // Terraform repeats in the apply what it was warned of in the plan.
        let mut warned = BTreeSet::new();
        let ran = host
            .run_and_hear(arguments, |line| {
                let Ok(event) = serde_json::from_str::<Value>(line) else {
                    return;
                };
                match event["type"].as_str() {
                    Some("apply_complete") => {
                        changed += usize::from(event["hook"]["action"] != "read");
                        self.tell(&done(&event));
                    }
                    Some("diagnostic") if event["@level"] == "error" => problems.push(diagnostic(&event)),
                    Some("diagnostic") => {
                        let warning = warning(&event);
                        if warned.insert(warning.clone()) {
                            self.tell(&warning);
                        }
                    }
                    _ => {}
                }
            })
            .await?;
        if ran.code != Some(0) {
            let problems = if problems.is_empty() { ran.text } else { problems.join("\n\n") };
            return Err(DemoError::Broken(format!("`{} {}` failed:\n{problems}", host.name(), arguments[0])));
        }
        Ok(Change { changed, requests: graph_requests(control) - requests, took: started.elapsed() })
    }

    /// Tells the out-of-box experience step by step, and checks that it ends at the desktop by way of both phases of the
    /// status page.
    pub(crate) fn timeline(&self, played: &Value) -> Result<(), DemoError> {
        let steps = played["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        for line in timeline::lines(played) {
            self.tell(&line);
        }
        for needed in PHASES.map(|(windows, _)| windows).into_iter().chain(["desktop"]) {
            let reached = steps.iter().any(|step| step["name"] == needed && step["outcome"] == "ok");
            if !reached {
                return Err(DemoError::Broken(format!("the laptop did not come through `{needed}`")));
            }
        }
        Ok(())
    }

    /// Says how to look around in what is left running.
    pub(crate) fn keep(&self, host: &Host, folder: PathBuf, running: &Running) {
        self.section("Everything is left running");
        self.tell(&format!("Go on in {} with:", folder.display()));
        println!();
        println!("cd {}", host.folder().display());
        let variables = host.variables();
        let variables =
            variables.iter().map(|(name, value)| (name.as_str(), value.to_string_lossy().into_owned()));
        print!("{}", Shell::usual().sets(&variables.collect::<Vec<_>>()));
        println!("{} plan", host.name());
        println!();
        self.tell(&format!(
            "The tenant's state: {}/_emulator/state; every request: {0}/_emulator/requests",
            running.url()
        ));
        self.tell("Ctrl-C ends the tenant; the folder is yours to delete.");
        self.next_step();
        println!("\ndemo: ok, kept");
    }

    /// Says what comes after an emulated tenant.
    pub(crate) fn next_step(&self) {
        self.section("Now on your own tenant");
        for (command, does) in NEXT {
            self.tell(&format!("{command:<59} {does}"));
        }
        self.tell("docs/guides/getting-started.md goes through it, on Windows and on Linux.");
    }

    pub(crate) fn end(&self, took: Duration) {
        println!("\ndemo: ok, in {}", seconds(took));
    }
}

/// A duration as people say it.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// Requests to Graph so far, without those for tokens.
fn graph_requests(control: &Control) -> usize {
    control
        .requests()
        .iter()
        .filter(|exchange| !exchange.version.is_empty() && exchange.batch.is_none())
        .count()
}

fn warning(event: &Value) -> String {
    let diagnostic = &event["diagnostic"];
    format!(
        "but   {}: {}",
        diagnostic["address"].as_str().unwrap_or_default(),
        diagnostic["summary"].as_str().unwrap_or_default()
    )
}

fn done(event: &Value) -> String {
    let hook = &event["hook"];
    let address = hook["resource"]["addr"].as_str().unwrap_or_default();
    let verb = match hook["action"].as_str() {
        Some("create") => "made",
        Some("delete") => "gone",
        Some("read") => "read",
        Some(_) | None => "done",
    };
    let elapsed = hook["elapsed_seconds"].as_f64().unwrap_or_default();
    format!("{verb}  {address:<52} {elapsed:>4.0} s")
}

fn diagnostic(event: &Value) -> String {
    let diagnostic = &event["diagnostic"];
    let text = |name: &str| diagnostic[name].as_str().unwrap_or_default().to_owned();
    format!("{}\n{}\n{}", text("summary"), text("address"), text("detail"))
}

const NEXT: [(&str, &str); 4] = [
    ("terraform-provider-autopilot install", "so that `terraform init` finds this very program"),
    ("terraform-provider-autopilot login --tenant YOUR.DOMAIN", "signs you in, in the browser"),
    ("terraform-provider-autopilot whoami", "shows what you may do"),
    ("terraform init, terraform plan", "in examples/user-driven-entra-join; a plan only reads"),
];
