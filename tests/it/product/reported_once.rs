//! One failure is reported once, however many objects it concerns: through the real `terraform`.

use std::path::Path;

use autopilot_provider::autopilot::Autopilot;
use autopilot_provider::emulator::{Emulator, Options, SignIn, environment};
use autopilot_provider::tf_provider::permission::Access;
use autopilot_provider::tf_provider::provider::Provider;
use serde_json::json;

use super::case::SignedIn;
use super::stage::Stage;
use crate::support::terraform::{Ran, Workspace};

const FLEET: &str = r#"terraform {
  required_providers {
    autopilot = { source = "autopilot-iac/autopilot" }
  }
}

provider "autopilot" {}

resource "autopilot_device_group" "fleet" {
  for_each     = toset([for number in range(100) : "Laptops ${number}"])
  display_name = each.value
}
"#;

/// Plans a hundred groups with these settings beside the tenant's own.
fn plan(emulator: &autopilot_provider::emulator::Running, settings: &[(&str, &str)]) -> Option<Ran> {
    let binary = Path::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
    let folder = binary.parent().expect("a program is in a directory");
    let mut workspace =
        Workspace::new()?.dev_override(autopilot_provider::autopilot::ADDRESS, folder).file("main.tf", FLEET);
    for (name, value) in environment(emulator, None, SignIn::Application) {
        workspace = workspace.env(name, &value);
    }
    for (name, value) in settings {
        workspace = workspace.env(name, value);
    }
    Some(workspace.run(&["plan", "-input=false", "-no-color"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_objects_hear_of_one_failure_once() {
    let mut options = Options::default();
    options.seed.applications[0].roles.retain(|role| !role.starts_with("Group"));
    let poor = Emulator::start(options).await.expect("an emulator starts");
    let rich = Emulator::start(Options::default()).await.expect("an emulator starts");
    let ran = tokio::task::spawn_blocking(move || {
        Some([
            (plan(&rich, &[("ARM_CLIENT_SECRET", "wrong")])?, "AADSTS7000215"),
            (plan(&rich, &[("ARM_AUTHORITY_HOST", "http://127.0.0.1:1")])?, "cannot be reached"),
            (plan(&rich, &[("ARM_TENANT_ID", "fabrikam.com")])?, "AADSTS90002"),
            (plan(&poor, &[])?, "Group.ReadWrite.All"),
        ])
    });
    for (ran, expected) in ran.await.expect("it ends").into_iter().flatten() {
        let message = format!("{}{}", ran.stdout, ran.stderr);
        assert_ne!(ran.code, Some(0), "{expected}");
        assert_eq!(message.matches("Error: ").count(), 1, "{message}");
        assert!(message.replace('\n', " ").contains(expected), "{expected}: {message}");
        // A plan that is shown as far as it came is no message.
        let messages = message.split("Error: ").nth(1).unwrap_or_default();
        assert!(messages.lines().count() < 100, "{} lines", messages.lines().count());
    }
}

#[tokio::test]
async fn a_data_source_names_the_permission_it_lacks_before_anything_is_asked() {
    for source in Autopilot.data_sources() {
        let needs = source.permissions();
        for need in needs.iter().filter(|need| need.access == Access::Read) {
            let stage = Stage::without(need.one_of).await;
            let core = stage.provider(SignedIn::Administrator).await;
            stage.control().clear_requests();
            let config = match source.name() {
                "autopilot_device" | "autopilot_readiness" => json!({"serial_number": "PF4ZT7QN"}),
                "autopilot_user" => json!({"user_principal_name": "megan@contoso.com"}),
                "autopilot_assignment_filter"
                | "autopilot_deployment_profile"
                | "autopilot_enrollment_status_page"
                | "autopilot_entra_device"
                | "autopilot_group"
                | "autopilot_scope_tag" => json!({"display_name": "Laptops"}),
                _ => json!({}),
            };
            let said = core.try_data(source.name(), &config).await.expect_err("a permission is missing");
            assert!(said.errors().any(|error| error.detail.contains(need.one_of[0])), "{said}");
            assert_eq!(stage.graph_requests(), Vec::<String>::new(), "{}", source.name());
        }
    }
}

#[tokio::test]
async fn a_token_of_another_tenant_is_refused_before_anything_is_read() {
    let stage = Stage::quick().await;
    let mut block = stage.provider_block(SignedIn::Application);
    let token = stage.application_token().to_owned();
    block["access_token"] = json!(token);
    for (tenant, refused) in [("5e2d7c10-84b3-4f6a-9e1d-70c5a2b8f943", true), ("contoso.com", false)] {
        block["tenant_id"] = json!(tenant);
        let said = stage.unconfigured().await.try_configure(&block).await;
        assert_eq!(said.has_errors(), refused, "{tenant}: {said}");
        assert!(!refused || said.to_string().contains("the token is for the tenant"), "{said}");
        assert_eq!(stage.graph_requests(), Vec::<String>::new(), "nothing was asked");
    }
}
