//! The real Terraform, as host of the playground.

use std::os::unix::process::CommandExt as _;
use std::process::Stdio;

use autopilot_provider::tf_provider::protocol::generated::plugin::Empty;
use autopilot_provider::tf_provider::protocol::generated::plugin::grpc_controller_client::GrpcControllerClient;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use crate::support::binaries::playground;
use crate::support::eventually::eventually;
use crate::support::probe::entries;
use crate::support::raw::{dial, soon};
use crate::support::terraform::Workspace;

const PROVIDER: &str = r#"
terraform {
  required_providers {
    playground = { source = "example/playground" }
  }
}
provider "playground" {}
"#;

const THING: &str = r#"
resource "playground_plain" "thing" {
  name = "thing"
}
"#;

/// With the provider required and nothing else. The remote side of the playground is a directory in there.
fn workspace() -> Option<Workspace> {
    let workspace = Workspace::new()?.file("provider.tf", PROVIDER);
    let remote = workspace.path().join("remote");
    std::fs::create_dir(&remote).expect("a directory");
    Some(workspace.env("PLAYGROUND_DIR", remote.to_str().expect("UTF-8")))
}

fn overridden() -> Option<Workspace> {
    Some(workspace()?.dev_override("example/playground", playground().parent().expect("a directory")))
}

#[test]
fn terraform_reads_the_schema_with_and_without_tls() {
    for tls in [true, false] {
        let Some(mut workspace) = overridden() else { return };
        workspace = workspace.env("TF_LOG", "DEBUG");
        if !tls {
            workspace = workspace.env("TF_DISABLE_PLUGIN_TLS", "1");
        }
        let ran = workspace.run(&["providers", "schema", "-json"]).success();
        let schema: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        assert!(
            schema["provider_schemas"]["registry.terraform.io/example/playground"]["provider"].is_object()
        );
        assert!(ran.stderr.contains("plugin exited"), "{}", ran.stderr);
        for trouble in ["plugin failed to exit gracefully", "unexpected data", "panic"] {
            assert!(!ran.stderr.contains(trouble), "{trouble}: {}", ran.stderr);
        }
    }
}

#[test]
fn terraform_installs_it_from_a_mirror_and_validates() {
    let Some(workspace) = workspace() else { return };
    let workspace = workspace.mirror("example/playground", "1.2.3", playground());
    workspace.run(&["init"]).success();
    let ran = workspace.run(&["validate"]).success();
    assert!(ran.stdout.contains("The configuration is valid"), "{}", ran.stdout);
}

#[tokio::test]
async fn terraform_attaches_to_a_provider_started_for_debugging_as_often_as_it_likes() {
    let mut debugged = tokio::process::Command::new(playground())
        .arg("-debug")
        .env_remove("TF_PLUGIN_MAGIC_COOKIE")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the playground starts");
    let mut stdout = BufReader::new(debugged.stdout.take().expect("stdout is piped"));
    let mut line = String::new();
    let reattach = loop {
        line.clear();
        assert_ne!(
            soon(stdout.read_line(&mut line)).await.expect("stdout can be read"),
            0,
            "no variable printed"
        );
        if let Some(value) = line.strip_prefix("export TF_REATTACH_PROVIDERS='") {
            break value.trim_end().trim_end_matches('\'').to_owned();
        }
    };

    let value: serde_json::Value = serde_json::from_str(&reattach).expect("JSON");
    let address = &value["registry.terraform.io/example/playground"]["Addr"];
    let (network, address) = (address["Network"].as_str(), address["String"].as_str());
    let channel =
        dial(network.expect("a network"), address.expect("an address"), None).await.expect("it listens");
    soon(GrpcControllerClient::new(channel).shutdown(Empty {})).await.expect("an answer");

    let Some(workspace) = workspace() else { return };
    let remote = workspace.path().join("remote");
    let workspace = workspace
        .env("TF_REATTACH_PROVIDERS", &reattach)
        .file("provider.tf", &PROVIDER.replace("{}", &format!("{{\n  directory = {remote:?}\n}}")))
        .file("main.tf", THING);
    for _ in 0..2 {
        workspace.run(&["apply", "-auto-approve"]).success();
        workspace.run(&["destroy", "-auto-approve"]).success();
    }
    assert!(debugged.try_wait().expect("a status").is_none(), "it is still serving");

    let pid = debugged.id().expect("still running").to_string();
    tokio::process::Command::new("kill").args(["-INT", &pid]).status().await.expect("kill runs");
    assert!(soon(debugged.wait()).await.expect("a status").success());
    let mut rest = String::new();
    soon(stdout.read_to_string(&mut rest)).await.expect("stdout can be read");
    assert!(rest.contains("set -gx ") && rest.contains("$env:"), "{rest}");
}

#[test]
fn terraform_gets_the_practitioners_answer_and_plans_nothing_afterwards() {
    let Some(workspace) = overridden() else { return };
    let workspace = workspace.file("main.tf", THING);
    let ran = workspace.run_with_input(&["apply"], "yes\n").success();
    assert!(ran.stdout.contains("1 added"), "{}", ran.stdout);
    // Two would mean changes.
    workspace.run(&["plan", "-detailed-exitcode"]).success();
    let ran = workspace.run(&["destroy", "-auto-approve"]).success();
    assert!(ran.stdout.contains("1 destroyed"), "{}", ran.stdout);
}

#[test]
fn terraforms_log_has_the_providers_lines_at_their_levels() {
    let Some(workspace) = overridden() else { return };
    let log = workspace.path().join("log");
    let workspace = workspace
        .file("main.tf", THING)
        .env("TF_LOG_PROVIDER", "TRACE")
        .env("TF_LOG_PATH", log.to_str().expect("UTF-8"));
    workspace.run(&["plan"]).success();
    let log = std::fs::read_to_string(log).expect("a log");
    let ours: Vec<_> =
        log.lines().filter(|line| line.contains("provider.terraform-provider-playground")).collect();
    assert!(ours.iter().any(|line| line.contains("tf_rpc=PlanResourceChange")), "{log}");
    // A line that Terraform could not take apart shows its JSON.
    assert!(!ours.iter().any(|line| line.contains("@message")), "{log}");
}

#[tokio::test]
async fn ctrl_c_in_the_middle_of_an_apply_keeps_what_exists() {
    let Some(workspace) = overridden() else { return };
    let slow = "resource \"playground_slow\" \"thing\" {\n  name = \"thing\"\n  create_seconds = 600\n}\n";
    let workspace = workspace.env("TF_LOG", "DEBUG").file("main.tf", slow);
    let remote = workspace.path().join("remote");
    let mut apply = workspace.command();
    // A group of its own, as a terminal gives it: Ctrl-C reaches Terraform and the provider at once.
    apply.args(["apply", "-auto-approve"]).process_group(0);
    apply.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let apply = tokio::process::Command::from(apply).kill_on_drop(true).spawn().expect("terraform starts");
    let group = apply.id().expect("it is running");
    let output = tokio::spawn(apply.wait_with_output());
    assert!(eventually(|| entries(&remote) > 0).await, "nothing is created");
    let sent = tokio::process::Command::new("kill").args(["-INT", "--", &format!("-{group}")]).status().await;
    assert!(sent.expect("kill runs").success());

    let output = soon(output).await.expect("it is awaited").expect("terraform ends");
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{log}");
    for trouble in ["plugin failed to exit gracefully", "Plugin did not respond", "Request cancelled"] {
        assert!(!log.contains(trouble), "{trouble}: {log}");
    }
    let state = workspace.run(&["state", "list"]).success().stdout;
    assert_eq!(state.trim(), "playground_slow.thing");
    workspace.run(&["destroy", "-auto-approve"]).success();
}
