//! What every version of Terraform can, and what only newer ones can, each with every version that `TERRAFORMS` names.

use std::path::Path;

use autopilot_provider::emulator::{Emulator, Options, Running};
use serde_json::Value as Json;

use super::examples::{adopt_in, imports, reaching, root};
use crate::support::terraform::Workspace;
use crate::support::terraforms::{Feature, Terraform};

/// Applied, planned again without a change, imported with a configuration that Terraform writes itself, destroyed.
#[tokio::test(flavor = "multi_thread")]
async fn the_seven_steps_and_their_imports_work_with_every_version() {
    for_each(Terraform::all(), |terraform, emulator| {
        let workspace = workspace(terraform, &root().join("user-driven-entra-join"), emulator);
        workspace.run(&["validate"]).success();
        workspace.run(&["apply", "-auto-approve"]).success();
        workspace.run(&["plan", "-detailed-exitcode"]).success();
        let shown = workspace.run(&["show", "-json"]).success();
        let state: Json = serde_json::from_str(&shown.stdout).expect("JSON");
        let imports = imports(&state);
        assert!(imports.len() >= 7, "{imports:?}");
        adopt_in(self::workspace(terraform, Path::new(""), emulator), &imports).expect("all is imported");
        workspace.run(&["destroy", "-auto-approve"]).success();
    })
    .await;
}

/// A write-only argument is an argument where Terraform has them, and an error that says what to do where it has not.
#[tokio::test(flavor = "multi_thread")]
async fn write_only_arguments_work_or_are_refused_with_a_word() {
    for_each(Terraform::all(), |terraform, emulator| {
        let folder = root().join("resources/autopilot_user_assignment");
        let workspace = workspace(terraform, &folder, emulator);
        let ran = workspace.run(&["plan"]);
        if terraform.knows(Feature::WriteOnly) {
            ran.success();
        } else {
            assert!(ran.code == Some(1) && ran.stderr.contains("1.11"), "{}", ran.stderr);
        }
    })
    .await;
}

/// Runs a trial with each version, each in a tenant of its own, side by side; a failure names the version.
async fn for_each(terraforms: Vec<Terraform>, trial: fn(&Terraform, &Running)) {
    let mut running = Vec::new();
    for terraform in terraforms {
        let emulator = Emulator::start(Options::default()).await.expect("an emulator starts");
        let name = terraform.to_string();
        running.push((name, tokio::task::spawn_blocking(move || trial(&terraform, &emulator))));
    }
    let mut failed = Vec::new();
    for (name, one) in running {
        if one.await.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "it fails with {}, see above", failed.join(", "));
}

/// An example, or nothing yet, with all that is needed to reach the tenant.
fn workspace(terraform: &Terraform, folder: &Path, emulator: &Running) -> Workspace {
    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
    reaching(Workspace::with(&terraform.program), binary, folder, emulator)
}
