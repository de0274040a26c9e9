//! What can be known while planning is said while planning: names and serial numbers that are taken, settings that are
//! locked, values that the service refuses.

use serde_json::{Value as Json, json};

use super::case::{SignedIn, merged};
use super::stage::Stage;
use crate::support::core::{Action, config};
use autopilot_provider::tf_provider::value::Value;

const NAMED: [&str; 3] =
    ["autopilot_device_group", "autopilot_deployment_profile", "autopilot_enrollment_status_page"];

fn named(name: &str) -> Json {
    json!({ "display_name": name })
}

#[tokio::test]
async fn a_name_that_somebody_else_has_is_refused() {
    for type_name in NAMED {
        let stage = Stage::quick().await;
        stage.provider(SignedIn::Application).await.resource(type_name).apply(named("Laptops")).await;
        let core = stage.provider(SignedIn::Application).await;
        let mut ours = core.resource(type_name);
        let said = ours.try_plan(named("laptops")).await.expect_err("a name that is taken");
        let error = said.error("with this name already exists");
        assert_eq!(error.path, "display_name");
        assert!(
            error.detail.contains("terraform import") && error.detail.contains("adopt_existing"),
            "{said}"
        );
        ours.apply(named("Desktops")).await;
        let said = ours.try_plan(named("Laptops")).await.expect_err("a name that is taken");
        let error = said.error("has this name");
        assert!(error.path == "display_name" && !error.detail.contains("adopt_existing"), "{said}");
        ours.apply(named("DESKTOPS")).await;
        assert_eq!(ours.last_action(), Action::Update, "its own name in capitals");
    }
}

#[tokio::test]
async fn a_name_that_two_resources_take_is_refused_and_one_that_two_have_is_not() {
    for type_name in NAMED {
        let stage = Stage::quick().await;
        let one_command = async || stage.provider(SignedIn::Application).await.one_command();
        let core = one_command().await;
        // They are two even if they say the same.
        core.resource(type_name).plan(named("Laptops")).await;
        let said = core.resource(type_name).try_plan(named("Laptops")).await.expect_err("the same name");
        assert_eq!(said.error("with one name").path, "display_name");
        let core = stage.provider(SignedIn::Application).await;
        let (mut one, mut other) = (core.resource(type_name), core.resource(type_name));
        one.apply(named("Laptops")).await;
        other.apply(named("Desktops")).await;
        // Renamed to what another one keeps.
        let core = one_command().await;
        one.moved_to(&core).plan(named("Laptops")).await;
        let said = other.moved_to(&core).try_plan(named("laptops")).await.expect_err("the same name");
        said.error("with one name");
        // Two that change their names with each other.
        let core = one_command().await;
        let (mut one, mut other) = (one.moved_to(&core), other.moved_to(&core));
        one.refresh().await;
        other.refresh().await;
        one.plan(named("Desktops")).await;
        other.plan(named("Laptops")).await;
    }
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut one = core.resource(NAMED[0]);
    one.apply(named("Laptops")).await;
    let twin = json!({
        "displayName": "Laptops", "mailNickname": "twin", "mailEnabled": false, "securityEnabled": true,
    });
    let twin = stage.administrator("POST", "/v1.0/groups", twin).await.body;
    let core = stage.provider(SignedIn::Application).await;
    let mut other = core.resource(NAMED[0]);
    other.import(twin["id"].as_str().expect("an id")).await;
    let core = stage.provider(SignedIn::Application).await.one_command();
    for group in [one, other] {
        let changed = json!({"display_name": "Laptops", "description": "of Contoso"});
        assert_eq!(group.moved_to(&core).plan(changed).await.action, Action::Update);
    }
}

#[tokio::test]
async fn a_serial_number_that_is_registered_is_refused() {
    let stage = Stage::quick().await;
    let hash = || {
        stage.control().laptop(&json!({"serialNumber": "PF4ZT7QN"})).expect("a laptop")["hardwareHash"]
            .clone()
    };
    let device = |hash: Json| json!({"serial_number": "PF4ZT7QN", "hardware_hash": hash});
    let core = stage.provider(SignedIn::Application).await;
    let mut theirs = core.resource("autopilot_device_identity");
    theirs.apply(device(hash())).await;
    let core = stage.provider(SignedIn::Application).await;
    let ours = core.resource("autopilot_device_identity");
    let said = ours.try_plan(device(hash())).await.expect_err("it is registered");
    let error = said.error("registered already");
    assert!(error.path == "serial_number" && error.detail.contains(theirs.text("id")), "{said}");
    ours.plan(merged(device(hash()), &json!({"adopt_existing": true}))).await;
}

#[tokio::test]
async fn a_setting_that_is_locked_is_refused() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut policy = core.resource("autopilot_device_join_policy");
    let locked = json!({"device_limit": 7, "allowed_to_register": {"scope": "none"}});
    let said = policy.try_plan(&locked).await.expect_err("it is locked");
    assert_eq!(said.error("Registration is locked").path, "allowed_to_register");
    policy.apply(json!({"device_limit": 7})).await;
    let said = policy.try_plan(&locked).await.expect_err("it is locked");
    assert_eq!(said.error("Registration is locked").path, "allowed_to_register");
    let as_it_is = json!({"device_limit": 8, "allowed_to_register": {"scope": "all"}});
    policy.apply(as_it_is).await;
}

#[tokio::test]
async fn an_empty_description_is_none_and_an_empty_alias_is_refused() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut group = core.resource("autopilot_device_group");
    let described = |text: Json| json!({"display_name": "Laptops", "description": text});
    for text in [json!(""), json!("Laptops of Contoso"), json!(""), Json::Null] {
        group.apply(described(text)).await;
    }
    let said = core
        .resource("autopilot_device_group")
        .try_plan(json!({"display_name": "A", "mail_nickname": ""}))
        .await;
    let said = said.expect_err("an empty alias");
    assert!(said.errors().all(|error| error.path == "mail_nickname"), "{said}");
}

#[tokio::test]
async fn settings_that_are_not_known_weaken_a_plan_with_one_warning() {
    let stage = Stage::quick().await;
    let core = stage.unconfigured().await;
    let block = config(stage.provider_block(SignedIn::Application)).with("client_secret", Value::Unknown);
    core.configure(block).await;
    let core = core.one_command();
    let mut warnings = 0;
    for (type_name, config) in NAMED.map(|type_name| (type_name, named("Laptops"))).into_iter().chain([
        ("autopilot_device_identity", json!({"serial_number": "PF4ZT7QN", "adopt_existing": true})),
        ("autopilot_device_join_policy", json!({"device_limit": 7})),
    ]) {
        let planned = core.resource(type_name).plan(config).await;
        warnings += planned.warnings.warnings().filter(|one| one.summary.contains("not checked")).count();
    }
    assert_eq!(warnings, 1);
    assert_eq!(stage.graph_requests(), Vec::<String>::new());
}

#[tokio::test]
async fn what_has_no_effect_is_warned_of() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let profile = core.resource("autopilot_deployment_profile");
    let group = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";
    let twice = json!([{"group_id": group}, {"target": "exclusion_group", "group_id": group.to_uppercase()}]);
    for (patch, warned) in [
        (json!({"keyboard_selection_page_skipped": true}), true),
        (json!({"keyboard_selection_page_skipped": true, "locale": "user-select"}), true),
        (json!({"keyboard_selection_page_skipped": true, "locale": "en-US"}), false),
        (json!({"assignments": twice}), true),
        (json!({"assignments": [{"group_id": group}]}), false),
    ] {
        let planned = profile.plan(merged(named("Laptops"), &patch)).await;
        assert_eq!(planned.warnings.warnings().count(), usize::from(warned), "{patch}: {}", planned.warnings);
    }
}

#[tokio::test]
async fn a_message_from_a_file_with_other_line_ends_is_the_same_message() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut page = core.resource("autopilot_enrollment_status_page");
    let saying = |text: &str| json!({"display_name": "Laptops", "custom_message": text});
    page.apply(saying("Call us.\r\nWe help.")).await;
    page.apply(saying("Call us.\nWe help.")).await;
    assert_eq!(page.last_action(), Action::NoOp);
    page.apply(saying("Call us.\nWe listen.")).await;
    assert_eq!(page.last_action(), Action::Update);
}
