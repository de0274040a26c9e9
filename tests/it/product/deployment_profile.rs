//! The case of `autopilot_deployment_profile`.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value as Json, json};

use super::case::{Belongs, Case, Method, SignedIn, entry};
use super::stage::Stage;
use crate::support::autopilot::autopilot;
use crate::support::core::{Planned, Said};
use crate::support::scripted::{Scripted, ScriptedAnswer, answer};
use autopilot_provider::emulator::collections::PROFILES;

super::prove!(case);

fn case(stage: &Stage) -> Case {
    for group in [LAPTOPS, DESKTOPS] {
        stage.put("groups", json!({"id": group, "displayName": group, "securityEnabled": true}));
    }
    Case {
        type_name: "autopilot_deployment_profile",
        minimal: json!({"display_name": "Contoso laptops"}),
        maximal: json!({
            "display_name": "Contoso laptops",
            "description": "Laptops of Contoso",
            "join_type": "entra_joined",
            "deployment_mode": "user_driven",
            "device_type": "windows_pc",
            "locale": "en-US",
            "keyboard_selection_page_skipped": true,
            "license_terms_hidden": false,
            "privacy_settings_hidden": false,
            "change_account_options_hidden": false,
            "user_account_type": "administrator",
            "pre_provisioning_allowed": true,
            "convert_targeted_devices": true,
            "device_name_template": "CON-%SERIAL%",
            "hybrid_join_skip_connectivity_check": false,
            "management_service_app_id": "5b1f4a3c-6d2e-4f70-8a91-b2c3d4e5f607",
            "role_scope_tag_ids": ["0", "1"],
            "assignments": [
                {"group_id": LAPTOPS},
                {"target": "exclusion_group", "group_id": DESKTOPS},
            ],
            "adopt_existing": true,
        }),
        entries: vec![
            entry("display_name", "Contoso desktops").outside(json!({"displayName": "Fabrikam"})),
            entry("description", "Desktops of Contoso").outside(json!({"description": "Portal"})),
            entry("join_type", HYBRID)
                .with(json!({"device_name_template": null}))
                .replaces()
                .cannot_drift("the kind of a profile is given at its creation"),
            entry("deployment_mode", "self_deploying")
                .based_on(json!({"user_account_type": "standard", "pre_provisioning_allowed": false}))
                .outside(self_deploying()),
            entry("device_type", "holo_lens")
                .based_on(json!({
                    "deployment_mode": "self_deploying", "user_account_type": "standard",
                    "pre_provisioning_allowed": false, "device_name_template": null,
                    "convert_targeted_devices": false,
                }))
                .replaces()
                .cannot_drift("the type of device is given at a profile's creation"),
            entry("locale", "user-select").outside(json!({"locale": "fr-FR"})),
            entry("keyboard_selection_page_skipped", false)
                .outside_flipped("outOfBoxExperienceSetting/keyboardSelectionPageSkipped"),
            entry("license_terms_hidden", true).outside_flipped("outOfBoxExperienceSetting/eulaHidden"),
            entry("privacy_settings_hidden", true)
                .outside_flipped("outOfBoxExperienceSetting/privacySettingsHidden"),
            entry("change_account_options_hidden", true)
                .outside_flipped("outOfBoxExperienceSetting/escapeLinkHidden"),
            entry("user_account_type", "standard")
                .outside_one_of("outOfBoxExperienceSetting/userType", ["standard", "administrator"]),
            entry("pre_provisioning_allowed", false).outside_flipped("preprovisioningAllowed"),
            entry("convert_targeted_devices", false).outside_flipped("hardwareHashExtractionEnabled"),
            entry("device_name_template", "FAB-%RAND:5%").outside(json!({"deviceNameTemplate": "P-%RAND:3%"})),
            entry("hybrid_join_skip_connectivity_check", true)
                .based_on(json!({"join_type": HYBRID, "device_name_template": null}))
                .cannot_drift("only the profiles of a hybrid join have it"),
            entry("management_service_app_id", "0f1e2d3c-4b5a-4968-8776-655443322110")
                .outside(json!({"managementServiceAppId": "11111111-2222-3333-4444-555555555555"})),
            entry("role_scope_tag_ids", json!(["0"])).outside(json!({"roleScopeTagIds": ["1"]})),
            entry("assignments", json!([{"group_id": DESKTOPS}]))
                .outside_by(
                    "POST",
                    "/assignments",
                    json!({"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": SPARE}}),
                )
                .unmanaged_unless_written(),
            entry("adopt_existing", false).cannot_drift("Graph does not know it"),
        ],
        imports: &["{id}", "name:{display_name}"],
        not_imported: &["adopt_existing"],
        address: "/beta/deviceManagement/windowsAutopilotDeploymentProfiles/{id}",
        changed_by: Method::Patch,
        ended_by: ("DELETE", ""),
        belongs: Belongs::ToConfiguration,
        forgets_when_half_made: false,
        signed_in: SignedIn::Application,
    }
}

fn self_deploying() -> Json {
    json!({"outOfBoxExperienceSetting": {
        "deviceUsageType": "shared", "eulaHidden": false, "privacySettingsHidden": false,
        "keyboardSelectionPageSkipped": true, "escapeLinkHidden": false,
    }})
}

const HYBRID: &str = "entra_hybrid_joined";
const LAPTOPS: &str = "a0000000-0000-4000-8000-000000000001";
const DESKTOPS: &str = "a0000000-0000-4000-8000-000000000002";
/// Contoso's employees.
const SPARE: &str = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";

#[tokio::test]
async fn a_name_the_service_no_longer_takes_is_refused_only_where_it_is_new() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let mut profile = core.resource("autopilot_deployment_profile");
    profile.apply(json!({"display_name": "HQ laptops"})).await;
    let id = profile.text("id").to_owned();
    stage.control().with_tenant(|tenant| {
        let profiles = tenant.collection_mut(PROFILES);
        let mut old = profiles.get(&id).cloned().expect("the profile");
        old.insert("displayName".to_owned(), json!("HQ-laptops"));
        profiles.insert(old);
    });
    let core = stage.provider(SignedIn::Application).await;
    let mut found = core.resource("autopilot_deployment_profile");
    found.import(&id).await;
    found.assert_empty_plan(json!({"display_name": "HQ-laptops"})).await;
    found.apply(json!({"display_name": "HQ-laptops", "description": "Headquarters"})).await;
    for name in ["HQ-desktops", "HQ/laptops", "HQ – laptops"] {
        let said = found.try_apply(json!({"display_name": name})).await.said;
        let sign = name.chars().find(|c| "-/–".contains(*c)).expect("a sign");
        assert!(said.error("Invalid value for display_name").detail.contains(sign), "{said}");
    }
}

#[tokio::test]
async fn the_assignment_to_all_devices_moves_within_one_apply_twenty_times_of_twenty() {
    let stage = Stage::quick().await;
    let profile = |name: &str, has_all: bool| {
        let all: &[Json] = if has_all { &[json!({"target": "all_devices"})] } else { &[] };
        json!({"display_name": name, "assignments": all})
    };
    let core = stage.provider(SignedIn::Application).await;
    let mut pair = [core.resource(TYPE), core.resource(TYPE)];
    for round in 0..20 {
        let plan = stage.provider(SignedIn::Application).await.one_command();
        let apply = stage.provider(SignedIn::Application).await.one_command();
        pair.iter_mut().for_each(|one| one.continue_with(plan.clone()));
        let [one, other] = &mut pair;
        let (laptops, desktops) = (profile("Laptops", round % 2 == 0), profile("Desktops", round % 2 == 1));
        // Terraform plans everything first, and applies in any order.
        let (one_plan, other_plan) = (one.plan(&laptops).await, other.plan(&desktops).await);
        let is_warned = |plan: &Planned| plan.warnings.warnings().any(|one| one.summary == WARNED);
        assert_eq!(is_warned(&one_plan) || is_warned(&other_plan), round > 0, "round {round}");
        one.continue_with(apply.clone());
        other.continue_with(apply);
        // At the same time; or, as with `-parallelism=1`, the new owner before the one that gives it up.
        let said = match (round % 4 < 2, round % 2 == 0) {
            (true, _) => <[Said; 2]>::from(tokio::join!(
                one.apply_planned(one_plan, &laptops),
                other.apply_planned(other_plan, &desktops)
            )),
            (false, true) => [
                one.apply_planned(one_plan, &laptops).await,
                other.apply_planned(other_plan, &desktops).await,
            ],
            (false, false) => [
                other.apply_planned(other_plan, &desktops).await,
                one.apply_planned(one_plan, &laptops).await,
            ],
        };
        said.iter().for_each(|said| said.expect_no_errors(&format!("round {round}")));
        for (profile, config) in [(one, &laptops), (other, &desktops)] {
            profile.continue_with(stage.provider(SignedIn::Application).await);
            profile.assert_empty_plan(config).await;
        }
    }
}

/// The answer to a creation is lost before anything is made, and a colleague makes a profile of the same name in that moment.
#[tokio::test]
async fn a_colleagues_profile_of_the_same_name_is_not_taken_for_the_one_whose_creation_got_no_answer() {
    let profile = |id: &str, description: Json| {
        json!({
            "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", "id": id,
            "displayName": "Laptops", "description": description, "assignments": [],
        })
    };
    let sent = Arc::new(Mutex::new(Vec::new()));
    let creations = Arc::clone(&sent);
    let server = Scripted::answering(move |asked| {
        let mut sent = creations.lock();
        let theirs = profile(LAPTOPS, json!("A colleague's"));
        let ours = || {
            let mut ours: Json = sent.last().cloned().unwrap_or_default();
            ours["id"] = json!(DESKTOPS);
            ours["assignments"] = json!([]);
            ours
        };
        match (asked.method.as_str(), asked.target.contains(DESKTOPS), sent.len()) {
            ("GET", true, _) => answer(200, ours()),
            ("GET", _, 0) => answer(200, json!({"value": []})),
            ("GET", ..) => answer(200, json!({"value": [theirs]})),
            ("POST", _, 0) => {
                sent.push(asked.body());
                ScriptedAnswer::Lost
            }
            ("POST", ..) => {
                sent.push(asked.body());
                let mut ours = asked.body();
                ours["id"] = json!(DESKTOPS);
                answer(201, ours)
            }
            _ => answer(500, Json::Null),
        }
    })
    .await;
    let core = autopilot().await;
    core.configure(json!({"graph_endpoint": server.root, "access_token": "t-1"})).await;
    let mut ours = core.resource(TYPE);
    let said = ours.try_apply(json!({"display_name": "Laptops", "description": "Ours"})).await.said;
    said.expect_no_errors("a creation whose first answer is lost");
    assert_eq!((ours.text("id"), sent.lock().len()), (DESKTOPS, 2), "{:?}", server.lines());
}

const TYPE: &str = "autopilot_deployment_profile";
const WARNED: &str = "All devices change their profile";
