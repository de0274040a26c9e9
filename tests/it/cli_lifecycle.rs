//! The real `terraform` and the playground: everything a person types.
//!
//! Each test has a directory, a provider and a service of its own, so they run side by side. Without `terraform` on PATH
//! they are skipped, except under CI.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::site::{SOURCE, Site};

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
    let site = site.env("TF_LOG", "DEBUG").env("TF_LOG_PATH", &log.display().to_string());
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
        replace.stdout.contains(r#"region      = "south" -> "west" # forces replacement"#),
        "{}",
        replace.stdout
    );
    site.run(&["apply", "-auto-approve", "-var=size=5", "-var=region=west"]).success();

    let schema = site.run(&["providers", "schema", "-json"]).success();
    let schema: Json = serde_json::from_str(&schema.stdout).expect("JSON");
    let schema = &schema["provider_schemas"]["registry.terraform.io/example/playground"];
    assert_eq!(schema["resource_schemas"].as_object().expect("resources").len(), 4);

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
    assert!(init.stdout.contains("Installed example/playground v1.2.3"), "{}", init.stdout);
    site.apply();
    let site = site.env("TF_DISABLE_PLUGIN_TLS", "1");
    site.assert_settled();
    site.run(&["destroy", "-auto-approve"]).success();
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
    let id = site.attributes("playground_plain")["id"].as_str().expect("an id").to_owned();
    fs::remove_file(site.workspace.path().join("terraform.tfstate")).expect("a state file");
    site.run(&["import", "playground_plain.lamp", &id]).success();
    site.assert_settled();
    site.run(&["state", "rm", "playground_plain.lamp"]).success();
    let malformed = site.run(&["import", "playground_plain.lamp", "../x"]);
    assert!(malformed.code == Some(1) && malformed.stderr.contains("Malformed id"), "{}", malformed.stderr);
    let nothing = site.run(&["import", "playground_plain.lamp", "7"]);
    assert!(nothing.stderr.contains("Cannot import non-existent remote object"), "{}", nothing.stderr);
    site.run(&["import", "playground_plain.lamp", "name:desk"]).success();
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
    let plan = site.run(&["plan", "-generate-config-out=generated.tf", "-out=plan.bin"]).success();
    assert!(plan.stdout.contains("2 to import, 0 to add, 0 to change, 0 to destroy"), "{}", plan.stdout);
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
    assert!(moved.stdout.contains("0 added, 0 changed, 0 destroyed"), "{}", moved.stdout);

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
    assert!(moved.stdout.contains("0 added, 0 changed, 0 destroyed"), "{}", moved.stdout);

    site.edit_state(|state| state["resources"][0]["instances"][0]["schema_version"] = json!(2));
    let newer = site.run(&["plan"]);
    assert!(newer.code == Some(1) && newer.stderr.contains("newer provider version"), "{}", newer.stderr);
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
    assert!(replaced.stdout.contains("1 added, 0 changed, 1 destroyed"), "{}", replaced.stdout);
    let since = site.journal()[before..].to_owned();
    assert!(since.find("save") < since.find("remove"), "created first:\n{since}");
    site.assert_settled();

    let object = site.object("playground_plain");
    let text = fs::read_to_string(&object).expect("an object");
    fs::write(&object, text.replace(r#""size":3"#, r#""size":9"#)).expect("a file");
    let drift = site.run(&["plan", "-refresh-only", "-detailed-exitcode"]);
    assert!(drift.code == Some(2) && drift.stdout.contains("3 -> 9"), "{}", drift.stdout);
    assert_eq!(site.planned(), ["playground_plain.lamp: update"]);
    site.rewrite(&main("west", "ignore_changes = [size]"));
    assert_eq!(site.planned(), ["playground_plain.lamp: no-op"]);

    site.rewrite(&main("west", "prevent_destroy = true"));
    let refused = site.run(&["destroy", "-auto-approve"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("prevent_destroy"), "{}", refused.stderr);
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
    site.run(&["destroy", "-auto-approve", "-parallelism=50"]).success();
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
    assert!(refused.stderr.contains("Invalid value for \"words\" parameter"), "{}", refused.stderr);
    assert!(refused.stderr.contains("A word must not be empty"), "{}", refused.stderr);

    site.rewrite(r#"resource "playground_plain" "lamp" { name = "desk" }"#);
    let mut command = site.workspace.command();
    let output =
        command.env_remove("PLAYGROUND_DIR").args(["plan", "-no-color"]).output().expect("terraform runs");
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
    assert!(failed.stderr.contains("the object exists, half-made"), "{}", failed.stderr);
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
