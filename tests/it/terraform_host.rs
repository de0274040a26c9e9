//! The real Terraform, as host of the playground.

use std::process::Stdio;

use autopilot_provider::tf_provider::protocol::generated::plugin::Empty;
use autopilot_provider::tf_provider::protocol::generated::plugin::grpc_controller_client::GrpcControllerClient;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

use crate::support::binaries::playground;
use crate::support::raw::{dial, soon};
use crate::support::terraform::Workspace;

const CONFIGURATION: &str = r#"
terraform {
  required_providers {
    playground = { source = "example/playground" }
  }
}
provider "playground" {}
"#;

fn workspace() -> Option<Workspace> {
    Some(
        Workspace::new()?
            .file("main.tf", CONFIGURATION)
            .env("PLAYGROUND", "wire-probe"),
    )
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
    assert!(
        ran.stdout.contains("The configuration is valid"),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn terraform_attaches_to_a_provider_started_for_debugging_as_often_as_it_likes() {
    let mut debugged = tokio::process::Command::new(playground())
        .arg("-debug")
        .env("PLAYGROUND", "wire-probe")
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
            soon(stdout.read_line(&mut line))
                .await
                .expect("stdout can be read"),
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
    let channel = dial(network.expect("a network"), address.expect("an address"), None)
        .await
        .expect("it listens");
    soon(GrpcControllerClient::new(channel).shutdown(Empty {}))
        .await
        .expect("an answer");

    let Some(workspace) = workspace() else { return };
    let workspace = workspace.env("TF_REATTACH_PROVIDERS", &reattach);
    for _ in 0..2 {
        let ran = workspace.run(&["providers", "schema", "-json"]).success();
        assert!(
            ran.stdout.contains("registry.terraform.io/example/playground"),
            "{}",
            ran.stdout
        );
    }
    assert!(
        debugged.try_wait().expect("a status").is_none(),
        "it is still serving"
    );

    let pid = debugged.id().expect("still running").to_string();
    tokio::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .await
        .expect("kill runs");
    assert!(soon(debugged.wait()).await.expect("a status").success());
    let mut rest = String::new();
    soon(stdout.read_to_string(&mut rest))
        .await
        .expect("stdout can be read");
    assert!(rest.contains("set -gx ") && rest.contains("$env:"), "{rest}");
}
