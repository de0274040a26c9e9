//! A configuration of the playground for the real `terraform`, and the service it is about.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

use super::binaries;
use super::eventually::eventually_blocking;
use super::terraform::{Ran, Workspace};

/// What configurations call the playground.
pub(crate) const SOURCE: &str = "example/playground";

const HEAD: &str = r#"
terraform {
  required_providers {
    playground = { source = "example/playground" }
  }
}
"#;

/// A configuration, and the service it is about.
pub(crate) struct Site {
    pub(crate) workspace: Workspace,
    pub(crate) service: TempDir,
    _binaries: TempDir,
}

impl Site {
    /// With the playground in place of a released version, or nothing where there is no Terraform.
    pub(crate) fn new(main: &str) -> Option<Self> {
        Self::with(main, |workspace, directory| workspace.dev_override(SOURCE, directory))
    }

    pub(crate) fn with(main: &str, offer: impl FnOnce(Workspace, &Path) -> Workspace) -> Option<Self> {
        let workspace = Workspace::new()?;
        let service = tempfile::tempdir().expect("a directory");
        // Of its own: beside the built one lie files that Terraform would take for another version.
        let binaries = tempfile::tempdir().expect("a directory");
        let target = binaries.path().join("terraform-provider-playground");
        let built = binaries::playground();
        fs::hard_link(built, &target).or_else(|_| fs::copy(built, &target).map(drop)).expect("a provider");
        let workspace = offer(workspace, binaries.path())
            .env("PLAYGROUND_DIR", &service.path().display().to_string())
            .file("main.tf", &format!("{HEAD}{main}"));
        Some(Self { workspace, service, _binaries: binaries })
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.workspace = self.workspace.env(name, value);
        self
    }

    /// Replaces the configuration.
    pub(crate) fn rewrite(&self, main: &str) {
        fs::write(self.workspace.path().join("main.tf"), format!("{HEAD}{main}")).expect("a file");
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.workspace.run(arguments)
    }

    #[track_caller]
    pub(crate) fn apply(&self) -> Ran {
        self.run(&["apply", "-auto-approve", "-input=false"]).success()
    }

    /// The next plan is empty.
    #[track_caller]
    pub(crate) fn assert_settled(&self) {
        let ran = self.run(&["plan", "-detailed-exitcode", "-input=false"]);
        assert_eq!(ran.code, Some(0), "the plan is not empty:\n{}\n{}", ran.stdout, ran.stderr);
    }

    /// What a plan of the configuration would do: `ADDRESS: ACTIONS`.
    #[track_caller]
    pub(crate) fn planned(&self) -> Vec<String> {
        self.run(&["plan", "-input=false", "-out=plan.bin"]).success();
        let shown = self.run(&["show", "-json", "plan.bin"]).success();
        let plan: Json = serde_json::from_str(&shown.stdout).expect("JSON");
        let changes = plan["resource_changes"].as_array().cloned().unwrap_or_default();
        let text = |change: &Json| {
            let actions = change["change"]["actions"].as_array().expect("actions").iter();
            let actions: Vec<&str> = actions.filter_map(Json::as_str).collect();
            format!("{}: {}", change["address"].as_str().unwrap_or_default(), actions.join(", "))
        };
        changes.iter().map(text).collect()
    }

    pub(crate) fn state(&self) -> Json {
        let text = fs::read(self.workspace.path().join("terraform.tfstate")).expect("a state file");
        serde_json::from_slice(&text).expect("JSON")
    }

    /// The stored attributes of the only instance of a resource.
    pub(crate) fn attributes(&self, type_name: &str) -> Json {
        let state = self.state();
        let resources = state["resources"].as_array().expect("resources");
        let resource = resources.iter().find(|r| r["type"] == type_name).expect("the resource is stored");
        resource["instances"][0]["attributes"].clone()
    }

    pub(crate) fn edit_state(&self, edit: impl FnOnce(&mut Json)) {
        let mut state = self.state();
        edit(&mut state);
        fs::write(self.workspace.path().join("terraform.tfstate"), state.to_string()).expect("a file");
    }

    /// The stored file of the only object of a type.
    pub(crate) fn object(&self, type_name: &str) -> PathBuf {
        let mut objects = fs::read_dir(self.service.path().join(type_name)).expect("objects");
        objects.next().expect("an object").expect("an entry").path()
    }

    pub(crate) fn count(&self, type_name: &str) -> usize {
        fs::read_dir(self.service.path().join(type_name)).map_or(0, Iterator::count)
    }

    pub(crate) fn journal(&self) -> String {
        fs::read_to_string(self.service.path().join("journal")).unwrap_or_default()
    }

    /// Starts `terraform` in a process group of its own, as a shell does.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.workspace.command();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).spawn().expect("terraform starts")
    }

    pub(crate) fn wait_for_journal(&self, text: &str) {
        let is_there = eventually_blocking(|| self.journal().contains(text));
        assert!(is_there, "{text} never came:\n{}", self.journal());
    }
}

pub(crate) fn signal(name: &str, process: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), "--", process]).status().expect("kill runs");
    assert!(sent.success());
}
