//! `install`, and then plain `terraform init`.

use std::path::Path;
use std::process::Output;

use super::{program, said};
use crate::support::terraform::Workspace;

fn run(home: &Path, more: &[&str]) -> (Option<i32>, String) {
    let output: Output = program(&[&["install"], more].concat())
        .env("HOME", home)
        .env("APPDATA", home)
        .env_remove("XDG_DATA_HOME")
        .env_remove("TF_CLI_CONFIG_FILE")
        .output()
        .expect("it starts");
    (output.status.code(), said(&output))
}

/// A configuration whose module needs the provider too, with a backend of its own.
const MAIN: &str = r#"
terraform {
  required_providers {
    autopilot = { source = "autopilot-iac/autopilot" }
  }
  backend "local" {
    path = "kept/terraform.tfstate"
  }
}
module "name" {
  source = "./modules/name"
}
output "example" {
  value = module.name.example
}
"#;
const MODULE: &str = r#"
terraform {
  required_providers {
    autopilot = { source = "autopilot-iac/autopilot" }
  }
}
output "example" {
  value = provider::autopilot::device_name_example("HQ-%SERIAL%", "5CD4108XKL")
}
"#;

#[test]
fn terraform_init_works_in_every_folder_modules_and_backends_included() {
    let Some(workspace) = Workspace::new() else { return };
    let home = tempfile::tempdir().expect("a folder");
    let (code, text) = run(home.path(), &[]);
    assert!(code == Some(0) && text.contains("Installed the provider"), "{text}");
    let workspace = workspace.file("main.tf", MAIN).file("modules/name/main.tf", MODULE);
    let terraform = |arguments: &[&str]| {
        let mut command = workspace.command();
        command.args(arguments).env("HOME", home.path()).env("APPDATA", home.path());
        let output = command.env_remove("TF_CLI_CONFIG_FILE").output().expect("terraform runs");
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    };
    let text = terraform(&["init", "-no-color"]);
    assert!(
        text.contains("Installed autopilot-iac/autopilot v") && text.contains("backend \"local\""),
        "{text}"
    );
    terraform(&["validate"]);
    assert!(terraform(&["apply", "-auto-approve", "-no-color"]).contains("HQ-5CD4108XKL"));
}

#[test]
fn nothing_is_overwritten_unasked_and_everything_is_taken_out_again() {
    let home = tempfile::tempdir().expect("a folder");
    let other = home.path().join("somebody's");
    std::fs::write(&other, "file").unwrap();
    run(home.path(), &[]);
    let (code, text) = run(home.path(), &[]);
    assert!(code == Some(0) && text.contains("Installed already"), "{text}");

    let files = files(home.path());
    assert_eq!(files.len(), 3, "one for each registry, and somebody's: {files:?}");
    let ours = files.iter().find(|file| file.contains("registry.terraform.io")).expect("ours");
    std::fs::write(ours, "another build").unwrap();
    let (code, text) = run(home.path(), &[]);
    assert!(code == Some(1) && text.contains("another build") && text.contains("--overwrite"), "{text}");
    assert_eq!(std::fs::read_to_string(ours).unwrap(), "another build");
    let (code, text) = run(home.path(), &["--overwrite"]);
    assert!(code == Some(0) && text.contains(".terraform.lock.hcl"), "{text}");
    assert!(std::fs::metadata(ours).unwrap().len() > 1_000_000);

    let (code, text) = run(home.path(), &["--uninstall"]);
    assert!(code == Some(0) && text.matches("Removed").count() == 2, "{text}");
    assert_eq!(self::files(home.path()), [other.display().to_string()]);
    let (code, text) = run(home.path(), &["--uninstall"]);
    assert!(code == Some(0) && text.contains("nothing to remove"), "{text}");
}

#[test]
fn a_configuration_that_looks_elsewhere_is_pointed_out() {
    let home = tempfile::tempdir().expect("a folder");
    let name = if cfg!(windows) { "terraform.rc" } else { ".terraformrc" };
    std::fs::write(home.path().join(name), "provider_installation {\n  direct {}\n}\n").unwrap();
    let (code, text) = run(home.path(), &[]);
    assert!(code == Some(0) && text.contains("filesystem_mirror {") && text.contains(name), "{text}");
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files(&path),
            path => vec![path.display().to_string()],
        })
        .collect()
}
