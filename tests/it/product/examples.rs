//! The real `terraform` over everything in `examples/`: what the manual shows works on a tenant like Contoso.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use autopilot_provider::emulator::{Emulator, Options, Running, SignIn, environment};
use serde_json::{Value as Json, json};

use crate::support::terraform::Workspace;

/// Formatted, valid, applied, planned again without a change, destroyed; and each example of a resource is imported
/// again with a configuration that Terraform writes by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_example_works_as_it_stands() {
    let mut running = Vec::new();
    // Actions are for newer versions of Terraform: `terraforms` tries them.
    for folder in folders(&root()).into_iter().filter(|folder| !folder.starts_with(root().join("actions"))) {
        running.push(tokio::spawn(async move {
            let emulator = Emulator::start(Options::default()).await.expect("an emulator starts");
            tokio::task::spawn_blocking(move || try_out(&folder, &emulator)).await
        }));
    }
    assert!(running.len() >= 10, "the examples are found");
    if let Some(workspace) = Workspace::new() {
        let root = root();
        let root = root.to_str().expect("a path in UTF-8");
        workspace.run(&["fmt", "-check", "-diff", "-recursive", root]).success();
    }
    let mut failed = Vec::new();
    for one in running {
        match one.await.expect("a test of an example ends") {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => failed.push(problem),
            Err(panic) => failed.push(format!("a panic: {panic}")),
        }
    }
    assert!(failed.is_empty(), "{} examples fail:\n\n{}", failed.len(), failed.join("\n\n"));
}

/// Modules are tested with a provider of made-up results: with the mock file of the example, and without one, when Terraform
/// makes up texts of eight letters.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn modules_are_tested_with_mocks_and_without_a_tenant() {
    let folder = root().join("user-driven-entra-join");
    let tests = fs::read_to_string(folder.join("tests/seven-steps.tftest.hcl")).expect("the tests");
    let bare = tests.replace("  source = \"./tests/mocks\"\n", "");
    assert_ne!(tests, bare);
    let emulator = Emulator::start(Options::default()).await.expect("an emulator starts");
    tokio::task::spawn_blocking(move || {
        for text in [tests, bare] {
            let Some(workspace) = workspace(&folder, &emulator) else { return };
            let mocks =
                fs::read_to_string(folder.join("tests/mocks/autopilot.tfmock.hcl")).expect("the mocks");
            let workspace = workspace
                .file("tests/mocks/autopilot.tfmock.hcl", &mocks)
                .file("tests/seven-steps.tftest.hcl", &text);
            workspace.run(&["fmt", "-check", "-diff", "-recursive"]).success();
            let ran = workspace.run(&["test"]);
            assert!(ran.code == Some(0) && ran.stdout.contains("2 passed"), "{}\n{}", ran.stdout, ran.stderr);
        }
        let asked = emulator.control().requests().len();
        assert_eq!(asked, 0, "no tenant is asked");
    })
    .await
    .expect("it ends");
}

fn try_out(folder: &Path, emulator: &Running) -> Result<(), String> {
    let name = folder.strip_prefix(root()).unwrap_or(folder).display().to_string();
    let Some(workspace) = workspace(folder, emulator) else {
        return Ok(());
    };
    let run = |arguments: &[&str], wanted: i32| {
        let ran = workspace.run(arguments);
        if ran.code == Some(wanted) {
            Ok(ran)
        } else {
            Err(format!(
                "{name}: terraform {} ended with {:?}\n{}\n{}",
                ran.arguments, ran.code, ran.stdout, ran.stderr
            ))
        }
    };
    run(&["validate"], 0)?;
    run(&["apply", "-auto-approve"], 0)?;
    run(&["plan", "-detailed-exitcode"], 0)?;
    let imports = imports(&workspace);
    if !imports.is_empty() {
        adopt(emulator, &imports).map_err(|problem| format!("{name}, imported: {problem}"))?;
    }
    run(&["destroy", "-auto-approve"], 0)?;
    Ok(())
}

/// Imports what an example made into an empty configuration, lets Terraform write the configuration, and claims that it
/// plans nothing but the imports.
pub(super) fn adopt(emulator: &Running, imports: &[(String, String)]) -> Result<(), String> {
    workspace(Path::new(""), emulator).map_or(Ok(()), |workspace| adopt_in(workspace, imports))
}

/// The same in a workspace that has no configuration yet.
pub(super) fn adopt_in(workspace: Workspace, imports: &[(String, String)]) -> Result<(), String> {
    let block = |(index, (type_name, id)): (usize, &(String, String))| {
        format!("import {{\n  to = {type_name}.imported_{index}\n  id = {id:?}\n}}\n")
    };
    take_over(workspace, &imports.iter().enumerate().map(block).collect::<String>())
}

/// The same with import blocks that are written already.
pub(super) fn take_over(workspace: Workspace, imports: &str) -> Result<(), String> {
    let workspace = workspace.file("main.tf", HEAD).file("imports.tf", imports);
    let ran = workspace.run(&["plan", "-generate-config-out=generated.tf"]);
    let written = fs::read_to_string(workspace.path().join("generated.tf")).unwrap_or_default();
    if ran.code != Some(0) {
        return Err(format!("{}\n{}\n{written}", ran.stdout, ran.stderr));
    }
    if !ran.stdout.contains("0 to add, 0 to change, 0 to destroy") {
        let changed =
            ran.stdout.lines().filter(|line| line.contains(" will be ") && !line.ends_with("imported"));
        let changed: Vec<&str> = changed.collect();
        return Err(format!("the plan is not of imports alone\n{}\n{}", changed.join("\n"), ran.stdout));
    }
    for arguments in [["apply", "-auto-approve"], ["plan", "-detailed-exitcode"]] {
        let ran = workspace.run(&arguments);
        if ran.code != Some(0) || ran.stdout.contains("1 to change") {
            return Err(format!("{}\n{}\n{}\n{written}", ran.arguments, ran.stdout, ran.stderr));
        }
    }
    Ok(())
}

/// A copy of an example, and everything it needs to reach the tenant.
pub(super) fn workspace(folder: &Path, emulator: &Running) -> Option<Workspace> {
    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
    offering(binary, folder, emulator)
}

/// The same with another copy of the program.
pub(super) fn offering(binary: &Path, folder: &Path, emulator: &Running) -> Option<Workspace> {
    Some(reaching(Workspace::new()?, binary, folder, emulator))
}

/// The same in a workspace that is there already.
pub(super) fn reaching(workspace: Workspace, binary: &Path, folder: &Path, emulator: &Running) -> Workspace {
    let mut workspace = workspace.dev_override(
        autopilot_provider::autopilot::ADDRESS,
        binary.parent().expect("a program is in a directory"),
    );
    let files = if folder.as_os_str().is_empty() { Vec::new() } else { files(folder) };
    for file in files {
        let text = fs::read_to_string(&file).expect("a text file");
        let name = file.file_name().and_then(|name| name.to_str()).expect("a file name");
        workspace = workspace.file(name, &text);
    }
    for (name, value) in environment(emulator, None, SignIn::Administrator) {
        workspace = workspace.env(name, &value);
    }
    let hash = emulator.control().laptop(&json!({"serialNumber": "PF4ZT7QN"}));
    let hash = hash.expect("a laptop")["hardwareHash"].clone();
    let laptops =
        json!({"PF4ZT7QN": {"hardware_hash": hash, "user": "megan@contoso.com", "greeting": "Megan"}});
    workspace.env("TF_VAR_laptops", &laptops.to_string())
}

/// What an example made, as (type, import id).
pub(super) fn imports(workspace: &Workspace) -> Vec<(String, String)> {
    let state = fs::read(workspace.path().join("terraform.tfstate")).expect("a state file");
    let state: Json = serde_json::from_slice(&state).expect("JSON");
    let is_own = |one: &&Json| one["mode"] == "managed" && one["module"].is_null();
    let mut found = BTreeSet::new();
    for resource in state["resources"].as_array().into_iter().flatten().filter(is_own) {
        let kind = resource["type"].as_str().unwrap_or_default();
        for instance in resource["instances"].as_array().into_iter().flatten() {
            let id = match kind {
                "autopilot_enrollment_scope" | "autopilot_device_join_policy" => Some("tenant"),
                "autopilot_device_fleet" => Some("all"),
                _ => instance["attributes"]["id"].as_str(),
            };
            found.extend(id.map(|id| (kind.to_owned(), id.to_owned())));
        }
    }
    found.into_iter().collect()
}

/// Every folder with a configuration.
fn folders(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).expect("a directory").flatten() {
        if entry.path().is_dir() {
            found.extend(folders(&entry.path()));
        }
    }
    let has_configuration = files(root).iter().any(|file| file.extension().is_some_and(|end| end == "tf"));
    if has_configuration {
        found.push(root.to_owned());
    }
    found.sort();
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a directory").flatten();
    // Import blocks are about objects that no tenant has.
    let is_import = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("import-by-"))
    };
    entries.map(|entry| entry.path()).filter(|path| path.is_file() && !is_import(path)).collect()
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

pub(super) const HEAD: &str = r#"terraform {
  required_providers {
    autopilot = {
      source = "autopilot-iac/autopilot"
    }
  }
}

"#;
