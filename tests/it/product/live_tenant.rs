//! A tenant as it is found: everything that exists in it is taken in as it is, whatever would be said of such values if a
//! configuration asked for them.
//!
//! `tests/facts/live-tenant.json` has values of real tenants' exports (default objects, dates of the year one, empty
//! lists, names and places that Intune gives nobody any more), and some that no document knows.

use autopilot_provider::emulator::Options;
use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::case::SignedIn;
use super::stage::Stage;

#[tokio::test]
async fn whatever_exists_is_imported_and_its_generated_configuration_plans_nothing() {
    let stage = Stage::with(options()).await;
    let before = stage.objects();
    let mut imported = 0;
    for (type_name, id) in everything() {
        let signed_in = match type_name {
            "autopilot_enrollment_scope" => SignedIn::Administrator,
            _ => SignedIn::Application,
        };
        let core = stage.provider(signed_in).await;
        let mut thing = core.resource(type_name);
        thing.import(&id).await;
        let generated = thing.generated_config().await;
        thing
            .assert_empty_plan_of(generated, &format!("the generated configuration of {type_name} {id}"))
            .await;
        imported += 1;
    }
    assert!(imported > 20, "{imported} objects");
    assert_eq!(stage.objects(), before, "nothing was changed");
}

/// The same with the real `terraform`, which writes the configuration by itself.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terraform_writes_a_configuration_of_everything_that_plans_nothing() {
    let emulator =
        autopilot_provider::emulator::Emulator::start(options()).await.expect("an emulator starts");
    let imports: Vec<_> = everything().into_iter().map(|(name, id)| (name.to_owned(), id)).collect();
    let outcome = tokio::task::spawn_blocking(move || super::examples::adopt(&emulator, &imports)).await;
    outcome.expect("it ends").expect("an empty plan");
}

/// What the tenant has already does not excuse what a configuration asks for.
#[tokio::test]
async fn what_exists_may_stay_odd_and_may_not_become_odder() {
    let stage = Stage::with(options()).await;
    for (type_name, id, patch, expected) in [
        ("autopilot_deployment_profile", profile(1), json!({"display_name": "HQ-desktops"}), "display_name"),
        ("autopilot_deployment_profile", profile(6), json!({"locale": "en_GB"}), "locale"),
        ("autopilot_deployment_profile", profile(7), json!({"device_type": "holoLens4"}), "device_type"),
        ("autopilot_enrollment_status_page", page(2), json!({"timeout_minutes": -1}), "timeout_minutes"),
        (
            "autopilot_device_identity",
            device(3),
            json!({"display_name": "ANOTHER-NAME-LONGER-THAN-15"}),
            "display_name",
        ),
    ] {
        let core = stage.provider(SignedIn::Application).await;
        let mut thing = core.resource(type_name);
        thing.import(&id).await;
        let mut config = thing.generated_config().await;
        for (name, value) in patch.as_object().expect("an object") {
            let value = match value {
                Json::String(text) => Value::from(text.as_str()),
                other => Value::from(other.as_i64()),
            };
            config = config.with(name, value);
        }
        let said = thing.try_plan_of(config).await.expect_err(expected);
        assert!(said.errors().any(|error| error.path == expected), "{type_name} {id}: {said}");
    }
}

#[tokio::test]
async fn a_seed_keeps_its_ids_and_its_default_objects() {
    let stage = Stage::with(options()).await;
    let path = "/beta/deviceManagement/deviceEnrollmentConfigurations";
    let found = stage.administrator("GET", path, Json::Null).await;
    let ids = found.each("id");
    let seeded: Vec<String> = in_seed("deviceEnrollmentConfigurations").collect();
    assert_eq!(ids, seeded);
}

fn options() -> Options {
    let mut options = Options::default();
    let seed: autopilot_provider::emulator::Seed = serde_json::from_str(FACTS).expect("a seed");
    options.seed = seed;
    options
}

/// Each object that a resource can manage, by its import id.
fn everything() -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("autopilot_enrollment_scope", "tenant".to_owned()),
        ("autopilot_device_join_policy", "tenant".to_owned()),
        ("autopilot_user_assignment", device(4)),
    ];
    let mut add = |type_name, collection| all.extend(in_seed(collection).map(|id| (type_name, id)));
    add("autopilot_device_group", "groups");
    add("autopilot_deployment_profile", "windowsAutopilotDeploymentProfiles");
    add("autopilot_device_identity", "windowsAutopilotDeviceIdentities");
    add("autopilot_enrollment_status_page", "deviceEnrollmentConfigurations");
    for (type_name, id) in &mut all {
        if id.ends_with("_DefaultWindows10EnrollmentCompletionPageConfiguration") {
            *type_name = "autopilot_default_enrollment_status_page";
        }
    }
    all.retain(|(type_name, id)| {
        *type_name != "autopilot_enrollment_status_page" || id.ends_with("CompletionPageConfiguration")
    });
    all
}

fn in_seed(collection: &str) -> impl Iterator<Item = String> {
    let seed: Json = serde_json::from_str(FACTS).expect("JSON");
    let rows = seed["collections"][collection].as_array().cloned().unwrap_or_default();
    rows.into_iter().map(|row| row["id"].as_str().expect("an id").to_owned())
}

fn profile(number: usize) -> String {
    in_seed("windowsAutopilotDeploymentProfiles").nth(number - 1).expect("a profile")
}

fn page(number: usize) -> String {
    in_seed("deviceEnrollmentConfigurations").nth(4 + number).expect("a page")
}

fn device(number: usize) -> String {
    in_seed("windowsAutopilotDeviceIdentities").nth(number - 1).expect("a device")
}

const FACTS: &str = include_str!("../../facts/live-tenant.json");
