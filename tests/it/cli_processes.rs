//! The real `terraform` and the playground as processes: who reads what is typed, who outlives whom.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::binaries;
use crate::support::eventually::eventually_blocking;
use crate::support::site::{Site, signal};

/// Check 19.
#[test]
fn the_answer_to_terraforms_question_reaches_terraform() {
    let Some(site) = Site::new(r#"resource "playground_plain" "lamp" { name = "desk" }"#) else {
        return;
    };
    let refused = site.workspace.run_with_input(&["apply"], "no\n");
    assert_eq!((refused.code, site.count("playground_plain")), (Some(1), 0));
    site.workspace.run_with_input(&["apply"], "yes\n").success();
    assert_eq!(site.count("playground_plain"), 1);
}

/// Check 20.
#[test]
fn a_provider_started_for_debugging_serves_command_after_command() {
    let Some(site) = Site::with(r#"resource "playground_plain" "lamp" { name = "desk" }"#, |site, _| site)
    else {
        return;
    };
    let mut started = Command::new(binaries::playground());
    started
        .arg("-debug")
        .env("PLAYGROUND_DIR", site.service.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut provider = started.spawn().expect("the provider starts");
    let stdout = provider.stdout.take().expect("stdout is piped");
    // Kept open: it may have more to say.
    let mut said = std::io::BufRead::lines(std::io::BufReader::new(stdout)).map(|line| line.expect("text"));
    let attach = said.find_map(|line| {
        Some(line.strip_prefix("export TF_REATTACH_PROVIDERS='")?.strip_suffix('\'')?.to_owned())
    });
    let site = site.env("TF_REATTACH_PROVIDERS", &attach.expect("it says how to attach"));
    site.apply();
    site.assert_settled();
    site.run(&["destroy", "-auto-approve"]).success();
    assert!(provider.try_wait().expect("a child").is_none(), "it still serves");
    provider.kill().and_then(|()| provider.wait()).expect("it ends");
}

/// Check 64.
#[test]
fn ctrl_c_during_a_long_create_ends_it_soon_with_the_object_stored() {
    let main = r#"resource "playground_slow" "bread" {
        name           = "rye"
        create_seconds = 600
    }"#;
    let Some(site) = Site::new(main) else { return };
    let terraform = site.start(&["apply", "-auto-approve"]);
    site.wait_for_journal("waiting playground_slow");
    let interrupted = Instant::now();
    // To the whole group, as a terminal sends it.
    signal("INT", &format!("-{}", terraform.id()));
    let output = terraform.wait_with_output().expect("terraform ends");
    assert!(interrupted.elapsed() < Duration::from_secs(5), "took {:?}", interrupted.elapsed());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("Interrupted") && !stderr.contains("operation canceled"), "{stderr}");
    assert!(site.journal().contains("interrupted playground_slow"));
    let stored = site.attributes("playground_slow");
    assert!(
        site.object("playground_slow").ends_with(format!("{}.json", stored["id"].as_str().expect("an id")))
    );
    let state = site.state();
    assert_eq!(state["resources"][0]["instances"][0]["status"], "tainted");
}

/// Check 17.
#[test]
fn a_terraform_that_is_killed_takes_its_provider_along() {
    let main = r#"resource "playground_slow" "bread" {
        name           = "rye"
        create_seconds = 600
    }"#;
    let Some(site) = Site::new(main) else { return };
    let site = site.env("PLAYGROUND_ABANDONED_AFTER", "0.2");
    let mut terraform = site.start(&["apply", "-auto-approve"]);
    site.wait_for_journal("waiting playground_slow");
    signal("KILL", &terraform.id().to_string());
    terraform.wait().expect("terraform ends");
    site.wait_for_journal("interrupted playground_slow");
    // Whoever is left of the group is the provider.
    let alive = || {
        Command::new("kill").args(["-0", "--", &format!("-{}", terraform.id())]).output().expect("kill runs")
    };
    assert!(eventually_blocking(|| !alive().status.success()), "the provider stayed");
}
