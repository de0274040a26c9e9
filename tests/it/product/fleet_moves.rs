//! A `for_each` of single devices becomes a fleet, through the real `terraform`, as the guide to large fleets says.

use std::fs;

use autopilot_provider::emulator::{Emulator, Options};

use super::examples::{root, workspace};
use autopilot_provider::emulator::collections::IDENTITIES;

const HEAD: &str = r#"terraform {
  required_providers {
    autopilot = { source = "autopilot-iac/autopilot" }
  }
}

"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_for_each_of_devices_becomes_a_fleet_without_anything_being_registered_or_lost() {
    let emulator = Emulator::start(Options::default()).await.expect("an emulator starts");
    tokio::task::spawn_blocking(move || {
        let singles = root().join("resources/autopilot_device_identity");
        let Some(workspace) = workspace(&singles, &emulator) else { return };
        let progress = workspace.path().join("progress.log");
        let workspace = workspace.env("AUTOPILOT_PROGRESS_FILE", &progress.display().to_string());
        workspace.run(&["apply", "-auto-approve"]).success();
        let registered = || {
            emulator.control().with_tenant(|tenant| {
                let all = tenant.collection(IDENTITIES).iter();
                all.map(|device| device["id"].clone()).collect::<Vec<_>>()
            })
        };
        let before = registered();
        fs::remove_file(workspace.path().join("resource.tf")).expect("the singles' configuration");
        let guide = fs::read_to_string(root().join("../docs/guides/large-fleets.md")).expect("the guide");
        let written = guide.split("```terraform\n").nth(1).and_then(|rest| rest.split("\n```").next());
        let workspace = workspace.file("main.tf", &format!("{HEAD}{}\n", written.expect("a configuration")));
        let ran = workspace.run(&["apply", "-auto-approve"]).success();
        assert!(ran.stdout.contains("1 imported, 0 added"), "{}", ran.stdout);
        assert!(ran.stdout.contains("0 destroyed"), "{}", ran.stdout);
        assert_eq!(registered(), before);
        workspace.run(&["plan", "-detailed-exitcode"]).success();

        let workspace = workspace.file("main.tf", HEAD);
        fs::write(workspace.path().join("fleet.tf"), "").expect("a file");
        workspace.run(&["apply", "-auto-approve"]).success();
        let example = fs::read_to_string(root().join("resources/autopilot_device_fleet/resource.tf"));
        let workspace = workspace.file("main.tf", &example.expect("the example of a fleet"));
        workspace.run(&["apply", "-auto-approve"]).success();
        let output = fs::read_to_string(&progress).unwrap_or_default();
        assert!(output.contains("3 of 3 registered"), "{output}");
    })
    .await
    .expect("it ends");
}
