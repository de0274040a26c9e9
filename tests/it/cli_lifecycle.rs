//! The real `terraform` and the playground: everything a person types.
//!
//! Each test has a directory, a provider and a service of its own, so they run side by side. Without `terraform` on PATH
//! they are skipped, except under CI.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::support::binaries;
use crate::support::terraform::{Ran, Workspace};

const SOURCE: &str = "example/playground";

const HEAD: &str = r#"
terraform {
  required_providers {
    playground = { source = "example/playground" }
  }
}
"#;

/// A configuration, and the service it is about.
struct Site {
    workspace: Workspace,
    service: TempDir,
    _binaries: TempDir,
}

impl Site {
    /// With the playground in place of a released version, or nothing where there is no Terraform.
    fn new(main: &str) -> Option<Self> {
        Self::with(main, |workspace, directory| {
            workspace.dev_override(SOURCE, directory)
        })
    }

    fn with(main: &str, offer: impl FnOnce(Workspace, &std::path::Path) -> Workspace) -> Option<Self> {
        let workspace = Workspace::new()?;
        let service = tempfile::tempdir().expect("a directory");
        // Of its own: beside the built one lie files that Terraform would take for another version.
        let binaries = tempfile::tempdir().expect("a directory");
        let target = binaries.path().join("terraform-provider-playground");
        let built = binaries::playground();
        fs::hard_link(built, &target)
            .or_else(|_| fs::copy(built, &target).map(drop))
            .expect("a provider");
        let workspace = offer(workspace, binaries.path())
            .env("PLAYGROUND_DIR", &service.path().display().to_string())
            .file("main.tf", &format!("{HEAD}{main}"));
        Some(Self {
            workspace,
            service,
            _binaries: binaries,
        })
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.workspace = self.workspace.env(name, value);
        self
    }

    /// Replaces the configuration.
    fn rewrite(&self, main: &str) {
        fs::write(self.workspace.path().join("main.tf"), format!("{HEAD}{main}")).expect("a file");
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Ran {
        self.workspace.run(arguments)
    }

    #[track_caller]
    fn apply(&self) -> Ran {
        self.run(&["apply", "-auto-approve", "-input=false"]).success()
    }

    /// The next plan is empty.
    #[track_caller]
    fn assert_settled(&self) {
        let ran = self.run(&["plan", "-detailed-exitcode", "-input=false"]);
        assert_eq!(
            ran.code,
            Some(0),
            "the plan is not empty:\n{}\n{}",
            ran.stdout,
            ran.stderr
        );
    }

    /// What a plan of the configuration would do: `ADDRESS: ACTIONS`.
    #[track_caller]
    fn planned(&self) -> Vec<String> {
        self.run(&["plan", "-input=false", "-out=plan.bin"]).success();
        let shown = self.run(&["show", "-json", "plan.bin"]).success();
        let plan: Json = serde_json::from_str(&shown.stdout).expect("JSON");
        let changes = plan["resource_changes"].as_array().cloned().unwrap_or_default();
        let text = |change: &Json| {
            let actions = change["change"]["actions"].as_array().expect("actions").iter();
            let actions: Vec<&str> = actions.filter_map(Json::as_str).collect();
            format!(
                "{}: {}",
                change["address"].as_str().unwrap_or_default(),
                actions.join(", ")
            )
        };
        changes.iter().map(text).collect()
    }

    fn state(&self) -> Json {
        let text = fs::read(self.workspace.path().join("terraform.tfstate")).expect("a state file");
        serde_json::from_slice(&text).expect("JSON")
    }

    /// The stored attributes of the only instance of a resource.
    fn attributes(&self, type_name: &str) -> Json {
        let state = self.state();
        let resources = state["resources"].as_array().expect("resources");
        let resource = resources
            .iter()
            .find(|r| r["type"] == type_name)
            .expect("the resource is stored");
        resource["instances"][0]["attributes"].clone()
    }

    fn edit_state(&self, edit: impl FnOnce(&mut Json)) {
        let mut state = self.state();
        edit(&mut state);
        fs::write(self.workspace.path().join("terraform.tfstate"), state.to_string()).expect("a file");
    }

    /// The stored file of the only object of a type.
    fn object(&self, type_name: &str) -> PathBuf {
        let mut objects = fs::read_dir(self.service.path().join(type_name)).expect("objects");
        objects.next().expect("an object").expect("an entry").path()
    }

    fn count(&self, type_name: &str) -> usize {
        fs::read_dir(self.service.path().join(type_name)).map_or(0, Iterator::count)
    }

    fn journal(&self) -> String {
        fs::read_to_string(self.service.path().join("journal")).unwrap_or_default()
    }

    /// Starts `terraform` in a process group of its own, as a shell does.
    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.workspace.command();
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.process_group(0).spawn().expect("terraform starts")
    }

    fn wait_for_journal(&self, text: &str) {
        let started = Instant::now();
        while !self.journal().contains(text) {
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "{text} never came:\n{}",
                self.journal()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn signal(name: &str, process: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), "--", process])
        .status()
        .expect("kill runs");
    assert!(sent.success());
}

/// One of everything, with a variable to change.
const EVERYTHING: &str = r#"
variable "size" { default = 3 }
variable "region" { default = "south" }

provider "playground" { token = "secret-token" }

resource "playground_plain" "lamp" {
  name   = provider::playground::join_words("-", "desk", "lamp")
  size   = var.size
  ratio  = 0.1
  color  = "blue"
  region = var.region
  tags   = ["b", "a"]
  steps  = ["one", "two"]
  limits = { watts = 40 }
  remark = "secret-remark"
  timeouts { create = "1m" }
}

resource "playground_nested" "house" {
  name             = playground_plain.lamp.id
  contact          = { mail = "Ada@Example.org", pin = "secret-pin" }
  rules            = [{ kind = "a" }, { kind = "a", weight = 3 }]
  stages           = [{ name = playground_plain.lamp.fingerprint }]
  zones            = { hall = { active = true } }
  password         = "secret-password"
  password_version = 1
  port { number = 80 }
  mark { key = playground_plain.lamp.id }
  cover {}
}

resource "playground_slow" "bread" { name = "rye" }
resource "playground_fragile" "vase" { first = "a" }

data "playground_lookup" "lamp" { name = playground_plain.lamp.name }

output "size" { value = data.playground_lookup.lamp.size }
"#;

const COMPLAINTS: [&str; 5] = [
    "failed to exit gracefully",
    "unexpected data",
    "legacy plugin SDK",
    "legacy type system",
    "produced an unexpected new value",
];

/// Checks 11, 13, 24, 29, 49, 61, 76 and 80.
#[test]
fn a_whole_life_without_a_complaint() {
    let Some(site) = Site::new(EVERYTHING) else { return };
    let log = site.workspace.path().join("terraform.log");
    let site = site
        .env("TF_LOG", "DEBUG")
        .env("TF_LOG_PATH", &log.display().to_string());
    site.run(&["validate"]).success();
    assert_eq!(site.run(&["plan", "-detailed-exitcode"]).code, Some(2));
    assert_eq!(site.journal(), "", "planning asks nobody");
    let applied = site.apply();
    assert!(applied.stdout.contains("size = 3"), "{}", applied.stdout);
    site.assert_settled();

    let update = site.run(&["plan", "-out=plan.bin", "-var=size=5"]).success();
    assert!(update.stdout.contains("1 to change"), "{}", update.stdout);
    site.run(&["apply", "plan.bin"]).success();
    let replace = site.run(&["plan", "-var=size=5", "-var=region=west"]).success();
    assert!(
        replace
            .stdout
            .contains(r#"region      = "south" -> "west" # forces replacement"#),
        "{}",
        replace.stdout
    );
    site.run(&["apply", "-auto-approve", "-var=size=5", "-var=region=west"])
        .success();

    let schema = site.run(&["providers", "schema", "-json"]).success();
    let schema: Json = serde_json::from_str(&schema.stdout).expect("JSON");
    let schema = &schema["provider_schemas"]["registry.terraform.io/example/playground"];
    assert_eq!(
        schema["resource_schemas"].as_object().expect("resources").len(),
        4
    );

    let stored = fs::read_to_string(site.workspace.path().join("terraform.tfstate")).expect("a state file");
    assert!(!stored.contains("secret-password") && !stored.contains("secret-pin"));
    assert_eq!(site.attributes("playground_nested")["password_length"], 15);

    site.run(&["destroy", "-auto-approve"]).success();
    for name in ["plain", "nested", "slow", "fragile"] {
        assert_eq!(site.count(&format!("playground_{name}")), 0, "{name}");
    }
    let log = fs::read_to_string(log).expect("a log");
    assert!(log.contains("plugin process exited"), "the log is about plugins");
    for complaint in COMPLAINTS {
        let line = log.lines().find(|line| line.contains(complaint));
        assert_eq!(line, None, "Terraform complains");
    }
    for secret in ["secret-password", "secret-pin", "secret-remark", "secret-token"] {
        let line = log
            .lines()
            .find(|line| line.contains("provider.terraform-provider-playground") && line.contains(secret));
        assert_eq!(line, None, "the provider logs a secret");
    }
}

/// Check 11.
#[test]
fn terraform_installs_it_and_runs_it_without_tls_too() {
    let Some(site) = Site::with(EVERYTHING, |workspace, directory| {
        workspace.mirror(SOURCE, "1.2.3", &directory.join("terraform-provider-playground"))
    }) else {
        return;
    };
    let init = site.run(&["init"]).success();
    assert!(
        init.stdout.contains("Installed example/playground v1.2.3"),
        "{}",
        init.stdout
    );
    site.apply();
    let site = site.env("TF_DISABLE_PLUGIN_TLS", "1");
    site.assert_settled();
    site.run(&["destroy", "-auto-approve"]).success();
}

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
    let Some(site) = Site::with(
        r#"resource "playground_plain" "lamp" { name = "desk" }"#,
        |site, _| site,
    ) else {
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
        Some(
            line.strip_prefix("export TF_REATTACH_PROVIDERS='")?
                .strip_suffix('\'')?
                .to_owned(),
        )
    });
    let site = site.env("TF_REATTACH_PROVIDERS", &attach.expect("it says how to attach"));
    site.apply();
    site.assert_settled();
    site.run(&["destroy", "-auto-approve"]).success();
    assert!(provider.try_wait().expect("a child").is_none(), "it still serves");
    provider.kill().and_then(|()| provider.wait()).expect("it ends");
}

/// Checks 71 and 73.
#[test]
fn an_import_is_followed_by_an_empty_plan() {
    let main = r#"resource "playground_plain" "lamp" {
        name = "desk"
        size = 3
    }"#;
    let Some(site) = Site::new(main) else { return };
    site.apply();
    let id = site.attributes("playground_plain")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    fs::remove_file(site.workspace.path().join("terraform.tfstate")).expect("a state file");
    site.run(&["import", "playground_plain.lamp", &id]).success();
    site.assert_settled();
    site.run(&["state", "rm", "playground_plain.lamp"]).success();
    let malformed = site.run(&["import", "playground_plain.lamp", "../x"]);
    assert!(
        malformed.code == Some(1) && malformed.stderr.contains("Malformed id"),
        "{}",
        malformed.stderr
    );
    let nothing = site.run(&["import", "playground_plain.lamp", "7"]);
    assert!(
        nothing
            .stderr
            .contains("Cannot import non-existent remote object"),
        "{}",
        nothing.stderr
    );
    site.run(&["import", "playground_plain.lamp", "name:desk"])
        .success();
    site.assert_settled();
}

/// Check 72.
#[test]
fn configuration_generated_for_an_import_plans_nothing_else() {
    let main = r#"
        resource "playground_plain" "lamp" {
          name   = "desk"
          size   = 3
          tags   = ["a"]
          limits = { watts = 40 }
        }
        resource "playground_nested" "house" {
          name    = "house"
          contact = { mail = "a@b" }
          rules   = [{ kind = "a" }]
          stages  = [{ name = "one" }]
          port { number = 80 }
        }"#;
    let Some(site) = Site::new(main) else { return };
    site.apply();
    let ids =
        ["plain", "nested"].map(|name| site.attributes(&format!("playground_{name}"))["id"].to_string());
    fs::remove_file(site.workspace.path().join("terraform.tfstate")).expect("a state file");
    let imports = format!(
        "import {{\n  to = playground_plain.lamp\n  id = {}\n}}\nimport {{\n  to = playground_nested.house\n  id = {}\n}}\n",
        ids[0], ids[1]
    );
    site.rewrite(&imports);
    let plan = site
        .run(&["plan", "-generate-config-out=generated.tf", "-out=plan.bin"])
        .success();
    assert!(
        plan.stdout
            .contains("2 to import, 0 to add, 0 to change, 0 to destroy"),
        "{}",
        plan.stdout
    );
    site.run(&["apply", "plan.bin"]).success();
    site.assert_settled();
}

/// Checks 70 and 74.
#[test]
fn state_moves_between_names_and_types_and_not_from_the_future() {
    let Some(site) = Site::new(r#"resource "playground_plain" "lamp" { name = "desk" }"#) else {
        return;
    };
    site.apply();
    site.rewrite(
        r#"resource "playground_plain" "light" { name = "desk" }
        moved {
          from = playground_plain.lamp
          to   = playground_plain.light
        }"#,
    );
    let moved = site.apply();
    assert!(
        moved.stdout.contains("0 added, 0 changed, 0 destroyed"),
        "{}",
        moved.stdout
    );

    // The same object, as a type that is no more had stored it.
    site.edit_state(|state| {
        let resource = &mut state["resources"][0];
        resource["type"] = json!("playground_former");
        let instance = &mut resource["instances"][0];
        instance["schema_version"] = json!(4);
        instance["attributes"] = json!({ "id": instance["attributes"]["id"], "former": true });
    });
    site.rewrite(
        r#"resource "playground_plain" "light" { name = "desk" }
        moved {
          from = playground_former.light
          to   = playground_plain.light
        }"#,
    );
    let moved = site.apply();
    assert!(
        moved.stdout.contains("0 added, 0 changed, 0 destroyed"),
        "{}",
        moved.stdout
    );

    site.edit_state(|state| state["resources"][0]["instances"][0]["schema_version"] = json!(2));
    let newer = site.run(&["plan"]);
    assert!(
        newer.code == Some(1) && newer.stderr.contains("newer provider version"),
        "{}",
        newer.stderr
    );
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
    assert!(
        interrupted.elapsed() < Duration::from_secs(5),
        "took {:?}",
        interrupted.elapsed()
    );
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("Interrupted") && !stderr.contains("operation canceled"),
        "{stderr}"
    );
    assert!(site.journal().contains("interrupted playground_slow"));
    let stored = site.attributes("playground_slow");
    assert!(
        site.object("playground_slow")
            .ends_with(format!("{}.json", stored["id"].as_str().expect("an id")))
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
    let started = Instant::now();
    let alive = || {
        Command::new("kill")
            .args(["-0", "--", &format!("-{}", terraform.id())])
            .output()
            .expect("kill runs")
    };
    while alive().status.success() {
        assert!(started.elapsed() < Duration::from_secs(10), "the provider stayed");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Checks 50, 53 and 61.
#[test]
fn lifecycle_arguments_are_heeded() {
    let main = |region: &str, rest: &str| {
        format!(
            r#"resource "playground_plain" "lamp" {{
                 name   = "desk"
                 size   = 3
                 region = "{region}"
                 lifecycle {{ {rest} }}
               }}"#
        )
    };
    let Some(site) = Site::new(&main("south", "create_before_destroy = true")) else {
        return;
    };
    site.apply();
    site.rewrite(&main("west", "create_before_destroy = true"));
    let before = site.journal().len();
    let replaced = site.apply();
    assert!(
        replaced.stdout.contains("1 added, 0 changed, 1 destroyed"),
        "{}",
        replaced.stdout
    );
    let since = site.journal()[before..].to_owned();
    assert!(
        since.find("save") < since.find("remove"),
        "created first:\n{since}"
    );
    site.assert_settled();

    let object = site.object("playground_plain");
    let text = fs::read_to_string(&object).expect("an object");
    fs::write(&object, text.replace(r#""size":3"#, r#""size":9"#)).expect("a file");
    let drift = site.run(&["plan", "-refresh-only", "-detailed-exitcode"]);
    assert!(
        drift.code == Some(2) && drift.stdout.contains("3 -> 9"),
        "{}",
        drift.stdout
    );
    assert_eq!(site.planned(), ["playground_plain.lamp: update"]);
    site.rewrite(&main("west", "ignore_changes = [size]"));
    assert_eq!(site.planned(), ["playground_plain.lamp: no-op"]);

    site.rewrite(&main("west", "prevent_destroy = true"));
    let refused = site.run(&["destroy", "-auto-approve"]);
    assert!(
        refused.code == Some(1) && refused.stderr.contains("prevent_destroy"),
        "{}",
        refused.stderr
    );
    assert_eq!(site.count("playground_plain"), 1);
}

/// Check 66.
#[test]
fn a_hundred_objects_are_made_and_unmade_side_by_side() {
    let main = r#"resource "playground_plain" "lamp" {
        count = 100
        name  = "lamp ${count.index}"
    }"#;
    let Some(site) = Site::new(main) else { return };
    site.run(&["apply", "-auto-approve", "-parallelism=50"]).success();
    assert_eq!(site.count("playground_plain"), 100);
    site.assert_settled();
    site.run(&["destroy", "-auto-approve", "-parallelism=50"])
        .success();
    assert_eq!(site.count("playground_plain"), 0);
}

/// Checks 39, 40, 42 and 79.
#[test]
fn mistakes_are_shown_in_their_place() {
    let main = r#"
        variable "name" { type = string }
        variable "words" { type = list(string) }
        resource "playground_plain" "lamp" {
          name  = var.name
          steps = var.words
        }"#;
    let Some(site) = Site::new(main) else { return };
    site.run(&["validate"]).success();

    site.rewrite("resource \"playground_plain\" \"lamp\" {\n  name = \"desk\"\n  size = 1.5\n}\n");
    let refused = site.run(&["validate", "-json"]);
    let refused: Json = serde_json::from_str(&refused.stdout).expect("JSON");
    let diagnostic = &refused["diagnostics"][0];
    assert_eq!(refused["error_count"], 1, "{refused}");
    assert_eq!(diagnostic["summary"], "Invalid value for size");
    assert_eq!(diagnostic["range"]["start"]["line"], 9, "{diagnostic}");

    site.rewrite(r#"output "x" { value = provider::playground::join_words("-", "a", "") }"#);
    let refused = site.run(&["plan"]);
    assert!(
        refused.stderr.contains("Invalid value for \"words\" parameter"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.contains("A word must not be empty"),
        "{}",
        refused.stderr
    );

    site.rewrite(r#"resource "playground_plain" "lamp" { name = "desk" }"#);
    let mut command = site.workspace.command();
    let output = command
        .env_remove("PLAYGROUND_DIR")
        .args(["plan", "-no-color"])
        .output()
        .expect("terraform runs");
    let text = String::from_utf8_lossy(&output.stderr).replace(['│', '\n'], " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("Set the provider argument `directory`, or the environment variable `PLAYGROUND_DIR`"),
        "{text}"
    );
}

/// Checks 44, 51 and 52.
#[test]
fn what_is_not_known_yet_is_known_when_it_is_needed() {
    let Some(workspace) = Site::new("") else { return };
    let site = workspace;
    let elsewhere = site.service.path().join("elsewhere").display().to_string();
    site.rewrite(&format!(
        r#"
        resource "terraform_data" "place" {{ input = "{elsewhere}" }}
        provider "playground" {{ directory = terraform_data.place.output }}
        resource "playground_plain" "lamp" {{ name = "desk" }}
        resource "playground_nested" "house" {{
          name   = "house of ${{playground_plain.lamp.id}}"
          rules  = [{{ kind = "a" }}, {{ kind = "b", note = playground_plain.lamp.id }}]
          stages = [for step in [playground_plain.lamp.id] : {{ name = step }}]
          dynamic "port" {{
            for_each = toset([playground_plain.lamp.id])
            content {{ number = length(port.value) }}
          }}
          dynamic "mark" {{
            for_each = toset([playground_plain.lamp.id])
            content {{ key = mark.value }}
          }}
        }}"#
    ));
    site.run(&["plan"]).success();
    assert_eq!(site.journal(), "", "nobody is asked at a place that is not known");
    site.apply();
    site.assert_settled();
    assert_eq!(site.attributes("playground_nested")["port"][0]["number"], 36);
    site.run(&["destroy", "-auto-approve"]).success();
}

/// Checks 58, 59 and 65.
#[test]
fn what_failed_half_way_is_finished_by_the_next_apply() {
    let main = |fail: &str, second: &str| {
        format!(
            r#"resource "playground_fragile" "vase" {{
                 first  = "{second}"
                 second = "{second}"
                 fail   = "{fail}"
               }}"#
        )
    };
    let Some(site) = Site::new(&main("after_create", "b")) else {
        return;
    };
    let failed = site.run(&["apply", "-auto-approve"]);
    assert!(
        failed.stderr.contains("the object exists, half-made"),
        "{}",
        failed.stderr
    );
    site.rewrite(&main("never", "b"));
    assert_eq!(site.planned(), ["playground_fragile.vase: delete, create"]);
    site.apply();
    site.assert_settled();

    site.rewrite(&main("panic_second_step", "c"));
    let failed = site.run(&["apply", "-auto-approve"]);
    assert!(failed.stderr.contains("Bug in the provider"), "{}", failed.stderr);
    site.rewrite(&main("never", "c"));
    assert_eq!(site.planned(), ["playground_fragile.vase: update"]);
    site.apply();
    site.assert_settled();

    site.rewrite(
        r#"resource "playground_slow" "bread" {
          name           = "rye"
          create_seconds = 600
          timeouts { create = "100ms" }
        }"#,
    );
    let expired = site.run(&["apply", "-auto-approve"]);
    assert!(expired.stderr.contains("Timed out"), "{}", expired.stderr);
    assert_eq!(site.state()["resources"][0]["instances"][0]["status"], "tainted");
}
