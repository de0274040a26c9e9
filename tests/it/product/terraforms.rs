//! What every version of Terraform can, and what only newer ones can, each with every version that `TERRAFORMS` names.

use std::fs;
use std::path::Path;

use autopilot_provider::emulator::{Emulator, Options, Running};
use serde_json::Value as Json;

use super::examples::{HEAD, adopt_in, imports, reaching, root};
use crate::support::terraform::Workspace;
use crate::support::terraforms::{Feature, Terraform};

/// Check 83: applied, planned again without a change, imported with a configuration that Terraform writes itself, destroyed.
#[tokio::test(flavor = "multi_thread")]
async fn the_seven_steps_and_their_imports_work_with_every_version() {
    for_each(Terraform::all(), |terraform, emulator| {
        let workspace = workspace(terraform, &root().join("user-driven-entra-join"), emulator);
        workspace.run(&["validate"]).success();
        workspace.run(&["apply", "-auto-approve"]).success();
        workspace.run(&["plan", "-detailed-exitcode"]).success();
        let imports = imports(&workspace);
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

/// Each resource of the seven steps is imported by each part of its identity that is enough, and what was applied before is
/// stored with its identity.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_seven_steps_make_is_imported_by_identity() {
    for_each(Terraform::with(Feature::Identity), |terraform, emulator| {
        let workspace = workspace(terraform, &root().join("user-driven-entra-join"), emulator);
        workspace.run(&["apply", "-auto-approve"]).success();
        let stored = fs::read(workspace.path().join("terraform.tfstate")).expect("a state");
        let stored: Json = serde_json::from_slice(&stored).expect("JSON");
        let mut count = 0;
        for resource in
            stored["resources"].as_array().into_iter().flatten().filter(|one| one["mode"] == "managed")
        {
            let (kind, stored) = (resource["type"].as_str().expect("a type"), &resource["instances"][0]);
            let identity = stored["identity"].as_object().unwrap_or_else(|| panic!("{kind} has no identity"));
            for (name, part) in identity {
                let import =
                    format!("import {{\n  to = {kind}.one\n  identity = {{ {name} = {part} }}\n}}\n");
                let importing = self::workspace(terraform, Path::new(""), emulator)
                    .file("main.tf", &format!("{HEAD}{import}"));
                importing.run(&["plan", "-generate-config-out=generated.tf"]).success();
                let applied = importing.run(&["apply", "-auto-approve"]).success();
                let is_only_imported = applied.stdout.contains("1 imported, 0 added, 0 changed, 0 destroyed");
                assert!(is_only_imported, "{import}{}", applied.stdout);
                count += 1;
            }
        }
        assert_eq!(count, 8, "seven steps, one of them by two parts");
        workspace.run(&["destroy", "-auto-approve"]).success();
    })
    .await;
}

/// The manual's import blocks name addresses of the example, and are what Terraform takes.
#[tokio::test(flavor = "multi_thread")]
async fn the_manuals_import_blocks_are_valid() {
    let newest = Terraform::with(Feature::Identity).pop().into_iter().collect();
    for_each(newest, |terraform, emulator| {
        let folders = fs::read_dir(root().join("resources")).expect("examples").flatten();
        for folder in folders.map(|entry| entry.path()) {
            for file in ["import-by-string-id.tf", "import-by-identity.tf"] {
                let Ok(block) = fs::read_to_string(folder.join(file)) else { continue };
                let workspace = workspace(terraform, &folder, emulator).file(file, &block);
                workspace.run(&["fmt", "-check", "-diff"]).success();
                workspace.run(&["validate"]).success();
            }
        }
    })
    .await;
}

/// The manual's queries are what Terraform takes, and run.
#[tokio::test(flavor = "multi_thread")]
async fn the_manuals_queries_run() {
    let newest = Terraform::with(Feature::Query).pop().into_iter().collect();
    for_each(newest, |terraform, emulator| {
        let folders = fs::read_dir(root().join("list-resources")).expect("examples").flatten();
        for folder in folders.map(|entry| entry.path()) {
            let workspace = workspace(terraform, &folder, emulator).file("main.tf", HEAD);
            workspace.run(&["fmt", "-check", "-diff"]).success();
            workspace.run(&["validate", "-query"]).success();
            workspace.run(&["query"]).success();
        }
    })
    .await;
}

/// What a query finds becomes configuration that says no more than it has to, and changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_query_finds_is_imported_as_it_is() {
    for_each(Terraform::with(Feature::Query), |terraform, emulator| {
        let workspace = workspace(terraform, &root().join("user-driven-entra-join"), emulator);
        workspace.run(&["apply", "-auto-approve"]).success();
        let kinds = [
            "deployment_profile",
            "device_group",
            "device_identity",
            "enrollment_status_page",
            "user_assignment",
        ];
        let lists =
            kinds.map(|kind| format!("list \"autopilot_{kind}\" \"all\" {{\n  provider = autopilot\n}}\n"));
        let finding = self::workspace(terraform, Path::new(""), emulator)
            .file("main.tf", HEAD)
            .file("all.tfquery.hcl", &lists.join("\n"));
        let found = finding.run(&["query"]).success();
        assert!(found.stdout.contains("PF4ZT7QN (megan@contoso.com)"), "{}", found.stdout);
        finding.run(&["query", "-generate-config-out=found.tf"]).success();
        let written = fs::read_to_string(finding.path().join("found.tf")).expect("a configuration");
        assert_eq!(written.matches("import {").count(), kinds.len(), "{written}");
        for default in ["adopt_existing", "join_type", "timeout_minutes", "on_destroy", "timeouts"] {
            assert!(!written.contains(default), "{default} is what it is by itself:\n{written}");
        }
        let applied = finding.run(&["apply", "-auto-approve"]).success();
        let is_only_imported = applied.stdout.contains("5 imported, 0 added, 0 changed, 0 destroyed");
        assert!(is_only_imported, "{}{written}", applied.stdout);
        finding.run(&["plan", "-detailed-exitcode"]).success();
        workspace.run(&["destroy", "-auto-approve"]).success();
    })
    .await;
}

/// The examples of actions are valid; the one that a change triggers is done with that change, the others from the command line,
/// where a device that is not in the state for them is an error with a reason.
#[tokio::test(flavor = "multi_thread")]
async fn actions_are_triggered_by_changes_and_from_the_command_line() {
    for_each(Terraform::with(Feature::Actions), |terraform, emulator| {
        let folders = fs::read_dir(root().join("actions")).expect("examples").flatten();
        let mut tried = 0;
        for folder in folders.map(|entry| entry.path()) {
            let workspace = workspace(terraform, &folder, emulator);
            workspace.run(&["fmt", "-check", "-diff"]).success();
            workspace.run(&["validate"]).success();
            let applied = workspace.run(&["apply", "-auto-approve"]).success();
            workspace.run(&["plan", "-detailed-exitcode"]).success();
            let text = fs::read_to_string(folder.join("action.tf")).expect("an example");
            match text.lines().find_map(|line| line.strip_prefix("# terraform apply ")) {
                None => {
                    assert!(applied.stdout.contains("Actions: 1 invoked"), "{}", applied.stdout);
                    assert!(
                        applied.stdout.contains("The synchronization is completed."),
                        "{}",
                        applied.stdout
                    );
                }
                Some(invoke) => {
                    let invoked = workspace.run(&["apply", "-auto-approve", invoke]);
                    let is_refused = invoked.stderr.contains("No such Autopilot device");
                    assert!(invoked.code == Some(1) && is_refused, "{}{}", invoked.stdout, invoked.stderr);
                }
            }
            tried += 1;
        }
        assert_eq!(tried, 4);
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
