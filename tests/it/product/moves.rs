//! State that other providers have written becomes ours by `moved` blocks, and the plan is empty.
//!
//! The states in `tests/states/other-providers.json` are written by hand, after the published schemas of those providers.

use std::fs;
use std::path::Path;

use autopilot_provider::emulator::{Emulator, Options, Running};
use serde_json::{Value as Json, json};

use super::case::SignedIn;
use super::examples::{HEAD, workspace};
use super::stage::Stage;
use crate::support::terraform::Workspace;

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-autopilot");
const STATES: &str = include_str!("../../states/other-providers.json");
const TENANT: &str = include_str!("../../states/other-providers.tenant.json");
const MAIN: &str = include_str!("../../states/other-providers.tf");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn state_of_other_providers_becomes_ours_with_an_empty_plan() {
    let emulator = tenant().await;
    tokio::task::spawn_blocking(move || {
        let Some(workspace) = others(&emulator) else { return };
        let workspace = workspace.file("main.tf", &format!("{HEAD}{MAIN}"));
        fs::write(workspace.path().join("terraform.tfstate"), state()).expect("a file");
        let writes = |emulator: &Running| {
            let requests = emulator.control().requests();
            requests.iter().filter(|one| one.method == "PATCH" || one.method == "DELETE").count()
        };
        let applied = workspace.run(&["apply", "-auto-approve"]).success();
        assert!(applied.stdout.contains("0 added, 0 changed, 0 destroyed"), "{}", applied.stdout);
        assert_eq!(writes(&emulator), 0, "the tenant stays as it is");
        let planned = workspace.run(&["plan", "-detailed-exitcode"]);
        assert_eq!(planned.code, Some(0), "{}\n{}", planned.stdout, planned.stderr);
        let stored = workspace.run(&["state", "list"]).success().stdout;
        assert_eq!(stored.lines().count(), MAIN.matches("moved {").count(), "{stored}");
        assert!(stored.lines().all(|line| line.starts_with("autopilot_")), "{stored}");
    })
    .await
    .expect("it ends");
}

#[tokio::test]
async fn what_cannot_be_ours_is_refused_with_a_reason() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let wp = "registry.terraform.io/terraprovider/microsoft365wp";
    let azuread = "registry.opentofu.org/hashicorp/azuread";
    let limit = "3d1f0b52-0000-4000-8000-d5f2a7e08b16_Limit";
    for (target, provider, source, stored, reason) in [
        (
            "autopilot_enrollment_status_page",
            wp,
            "microsoft365wp_device_enrollment_configuration",
            json!({"id": limit}),
            "it is of no enrollment status page",
        ),
        (
            "autopilot_enrollment_scope",
            wp,
            "microsoft365wp_mobility_management_policy",
            json!({"id": "11111111-0000-0000-c000-000000000000", "policy_type": "device"}),
            "only Intune's",
        ),
        (
            "autopilot_device_group",
            azuread,
            "azuread_group",
            json!({"mail_enabled": true}),
            "a group with mail",
        ),
        ("autopilot_device_group", azuread, "azuread_user", json!({"id": "a"}), "use `terraform state rm`"),
        (
            "autopilot_device_fleet",
            azuread,
            "azuread_group",
            json!({"id": "a"}),
            "nothing can be moved to it",
        ),
    ] {
        let said = core.resource(target).try_take_over(provider, source, &stored).await;
        assert!(said.has_errors() && said.to_string().contains(reason), "{target}: {said}");
    }
}

async fn tenant() -> Running {
    let seed = serde_json::from_str(TENANT).expect("a seed");
    Emulator::start(Options { seed, ..Options::default() }).await.expect("an emulator starts")
}

/// A workspace in which the other providers are installed, as Terraform demands of every provider that a state names. It asks
/// them for a schema and for nothing else, so ours stands in.
fn others(emulator: &Running) -> Option<Workspace> {
    let mut workspace = workspace(Path::new(""), emulator)?;
    for source in ["hashicorp/azuread", "deploymenttheory/microsoft365", "terraprovider/microsoft365wp"] {
        let folder = workspace.path().join(".others").join(source);
        fs::create_dir_all(&folder).expect("a folder");
        let kind = source.rsplit('/').next().expect("a type");
        std::os::unix::fs::symlink(PROGRAM, folder.join(format!("terraform-provider-{kind}")))
            .expect("a link");
        workspace = workspace.dev_override(source, &folder);
    }
    Some(workspace)
}

/// A state file with the resources of other providers.
fn state() -> String {
    let resources: Json = serde_json::from_str(STATES).expect("resources");
    json!({
        "version": 4, "terraform_version": "1.8.0", "serial": 1, "lineage": "3c8f1b52-6a0d-4e7b-9c41-d5f2a7e08b16",
        "outputs": {}, "resources": resources,
    })
    .to_string()
}
