//! `read_only`: a plan with reading permissions only, which proves that it wrote nothing; and what the requests of a run
//! have in common.

use std::collections::BTreeSet;
use std::path::Path;

use autopilot_provider::autopilot::needs;
use autopilot_provider::emulator::{Emulator, Options, Running, SignIn, environment};
use serde_json::json;

use super::examples::{root, workspace};
use crate::support::terraform::{Ran, Workspace};

/// The tutorial, in a workspace of its own.
fn tutorial(emulator: &Running) -> Option<Workspace> {
    workspace(&root().join("user-driven-entra-join"), emulator)
}

fn graph_methods(emulator: &Running) -> BTreeSet<String> {
    let requests = emulator.control().requests().into_iter();
    let graph = requests.filter(|one| !one.version.is_empty() && !one.path.contains("$batch"));
    graph.map(|one| one.method).collect()
}

/// A tenant whose people consented to reading only, beside one where they consented to all.
async fn reading_tenant() -> Running {
    let mut options = Options::default();
    let reads: Vec<String> = needs::delegated(true, false).into_iter().map(str::to_owned).collect();
    for application in &mut options.seed.applications {
        application.scopes = reads.clone();
    }
    Emulator::start(options).await.expect("an emulator starts")
}

async fn in_terraform(work: impl FnOnce() -> Option<Vec<Ran>> + Send + 'static) -> Vec<Ran> {
    tokio::task::spawn_blocking(work).await.expect("it ends").unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_with_reading_permissions_writes_nothing() {
    let emulator =
        std::sync::Arc::new(Emulator::start(Options::default()).await.expect("an emulator starts"));
    let tenant = emulator.clone();
    // Something is there to be read already.
    let ran = in_terraform(move || {
        let workspace = tutorial(&tenant)?;
        workspace.run(&["apply", "-auto-approve", "-input=false"]).success();
        tenant.control().clear_requests();
        let workspace = workspace.env("ARM_READ_ONLY", "true").env("TF_VAR_group_tag", "OTHER");
        Some(vec![
            workspace.run(&["plan", "-input=false"]),
            workspace.run(&["apply", "-auto-approve", "-input=false"]),
        ])
    })
    .await;
    let [planned, applied] = ran.as_slice() else { return };
    assert_eq!(planned.code, Some(0), "{}{}", planned.stdout, planned.stderr);
    assert!(!planned.stdout.contains("No changes"), "there is something to be refused: {}", planned.stdout);
    assert_ne!(applied.code, Some(0), "{}", applied.stdout);
    assert!(applied.stderr.replace('\n', " ").contains("read only"), "{}", applied.stderr);
    assert_eq!(graph_methods(&emulator), BTreeSet::from(["GET".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_permissions_alone_are_enough_for_the_first_plan_of_a_pull_request() {
    let emulator = std::sync::Arc::new(reading_tenant().await);
    let tenant = emulator.clone();
    let ran = in_terraform(move || {
        let workspace = tutorial(&tenant)?.env("ARM_READ_ONLY", "true");
        Some(vec![workspace.run(&["plan", "-input=false"])])
    })
    .await;
    for planned in ran {
        assert_eq!(planned.code, Some(0), "{}{}", planned.stdout, planned.stderr);
        assert!(planned.stdout.contains("7 to add"), "{}", planned.stdout);
    }
    assert!(graph_methods(&emulator).is_subset(&BTreeSet::from(["GET".to_owned()])));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_of_a_run_are_found_by_what_their_ids_begin_with() {
    let emulator =
        std::sync::Arc::new(Emulator::start(Options::default()).await.expect("an emulator starts"));
    let tenant = emulator.clone();
    let ran = in_terraform(move || {
        let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
        let folder = binary.parent().expect("a folder");
        let text = r#"
terraform {
  required_providers {
    autopilot = { source = "autopilot-iac/autopilot" }
  }
}
data "autopilot_devices" "all" {}
data "autopilot_user" "megan" { user_principal_name = "megan@contoso.com" }
"#;
        let mut workspace = Workspace::new()?
            .dev_override(autopilot_provider::autopilot::ADDRESS, folder)
            .file("main.tf", text)
            .env("ARM_PARTNER_ID", "6e2b7c3a-6a0e-4f0b-9d5e-2f6d9a1b0c11");
        for (name, value) in environment(&tenant, None, SignIn::Application) {
            workspace = workspace.env(name, &value);
        }
        Some(vec![workspace.run(&["plan", "-input=false"]).success()])
    })
    .await;
    if ran.is_empty() {
        return;
    }
    let requests = emulator.control().requests();
    let graph: Vec<_> = requests.iter().filter(|one| !one.version.is_empty()).collect();
    let runs: BTreeSet<&str> = graph.iter().map(|one| &one.client_request_id[..13]).collect();
    let ids: BTreeSet<&str> = graph.iter().map(|one| one.client_request_id.as_str()).collect();
    assert!(graph.len() >= 2 && ids.len() == graph.len(), "each request has an id of its own: {ids:?}");
    assert_eq!(runs.len(), 1, "{runs:?}");
    let run = runs.first().expect("a run");
    for one in graph {
        assert!(one.user_agent.contains(&format!("(run {run})")), "{}", one.user_agent);
        assert!(one.user_agent.contains("pid-6e2b7c3a"), "{}", one.user_agent);
    }
}

#[tokio::test]
async fn the_other_names_of_settings_are_understood_and_contradictions_are_not() {
    use super::case::{SignedIn, merged};
    use super::stage::Stage;
    let stage = Stage::quick().await;
    let mut block = stage.provider_block(SignedIn::Application);
    let endpoint = block.as_object_mut().expect("an object").remove("graph_endpoint").expect("an address");
    let renamed = merged(block.clone(), &json!({"msgraph_endpoint": endpoint}));
    stage.unconfigured().await.configure(renamed).await;
    let both =
        merged(block, &json!({"msgraph_endpoint": endpoint, "graph_endpoint": "https://graph.microsoft.us"}));
    let said = stage.unconfigured().await.try_configure(both).await;
    said.error("`msgraph_endpoint` is another name for `graph_endpoint`");
}
