//! `export`: a tenant that was made by hand becomes code, and nothing of it changes.

use std::path::Path;
use std::process::{Command, Stdio};

use autopilot_provider::emulator::{Emulator, Options, Running, Seed, SignIn, environment};
use serde_json::{Value as Json, json};

use super::examples::{take_over, workspace};

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-autopilot");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_with_two_thousand_devices_and_awkward_names_becomes_code_without_a_change() {
    let emulator = by_hand(2_000).await;
    let (text, said) = export(&emulator, SignIn::Administrator, &[]).await;
    for (type_name, count) in [
        ("autopilot_enrollment_scope", 1),
        ("autopilot_device_join_policy", 1),
        ("autopilot_default_enrollment_status_page", 1),
        ("autopilot_deployment_profile", NAMES.len()),
        ("autopilot_enrollment_status_page", 2),
        ("autopilot_device_group", 3),
        // `HQ` and `hq` are one tag; two devices of another have one serial number.
        ("autopilot_device_fleet", 4),
        ("autopilot_device_identity", 2),
        ("autopilot_user_assignment", 1),
    ] {
        assert_eq!(text.matches(&format!("  to = {type_name}.")).count(), count, "{type_name}\n{said}");
    }
    for name in ["profile_2024_refresh", "größe_m", "said_all", "twins", "twins_2"] {
        assert!(text.contains(&format!("autopilot_deployment_profile.{name}\n")), "{name}\n{text}");
    }
    assert!(said.contains("Left out: a fleet of the group tag `Boards`"), "{said}");
    let taken = tokio::task::spawn_blocking(move || becomes_code(&emulator, &text)).await;
    taken.expect("it ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_one_by_one_have_their_users_beside_them() {
    let emulator = by_hand(20).await;
    let arguments = ["--one-by-one", "--tag", "hq", "--tag", ""];
    let (text, _) = export(&emulator, SignIn::Administrator, &arguments).await;
    assert!(!text.contains("autopilot_device_fleet"), "{text}");
    assert!(text.contains("# megan@contoso.com on SN-00001\n"), "{text}");
    assert_eq!(text.matches("  to = autopilot_device_identity.").count(), 15, "{text}");
    let taken = tokio::task::spawn_blocking(move || becomes_code(&emulator, &text)).await;
    taken.expect("it ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_tenant_becomes_code_without_a_change() {
    let emulator = Emulator::start(Options::default()).await.expect("an emulator starts");
    let (text, _) = export(&emulator, SignIn::Administrator, &[]).await;
    let taken = tokio::task::spawn_blocking(move || becomes_code(&emulator, &text)).await;
    taken.expect("it ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_read_is_left_out_and_said_unless_it_was_asked_for() {
    let emulator = by_hand(3).await;
    let before = emulator.control().requests().len();
    let (text, said) = export(&emulator, SignIn::Application, &[]).await;
    assert!(!text.contains("to = autopilot_enrollment_scope"), "{text}");
    assert!(text.contains("# Left out: autopilot_enrollment_scope: The provider signed in as"), "{text}");
    assert!(said.contains("Left out: autopilot_enrollment_scope"), "{said}");
    assert!(text.contains("to = autopilot_device_join_policy.tenant\n"), "{text}");
    let requests = emulator.control().requests();
    let asked =
        requests[before..].iter().filter(|one| one.path.contains("/v1.0/") || one.path.contains("/beta/"));
    assert!(asked.clone().all(|one| one.method == "GET"), "it only reads");
    assert!(asked.count() < 10, "and not much");

    for (arguments, why) in [
        (["--type", "enrollment_scope"], "A signed-in person is needed"),
        (["--type", "azuread_group"], "There is no resource `azuread_group`"),
    ] {
        let output = program(&emulator, SignIn::Application, &arguments).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(1) && said.contains(why), "{said}");
        assert!(output.stdout.is_empty());
    }
}

/// What was exported is imported with a configuration that Terraform writes, and nothing changes.
fn becomes_code(emulator: &Running, imports: &str) {
    if let Some(workspace) = workspace(Path::new(""), emulator) {
        take_over(workspace, imports).expect("an empty plan");
    }
}

/// What the program writes, and what it says beside it.
async fn export(emulator: &Running, sign_in: SignIn, arguments: &[&str]) -> (String, String) {
    let mut command = program(emulator, sign_in, arguments);
    let output = tokio::task::spawn_blocking(move || command.output().expect("it starts"));
    let output = output.await.expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    (String::from_utf8(output.stdout).expect("text"), said)
}

fn program(emulator: &Running, sign_in: SignIn, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("export").args(arguments).stdin(Stdio::null());
    command.env_clear().envs(environment(emulator, None, sign_in));
    command
}

/// Contoso as administrators made it by hand.
async fn by_hand(devices: usize) -> Running {
    let tags = ["HQ", "hq", "", "${Sales} \"north\""];
    let mut fleet: Vec<Json> = (0..devices)
        .map(|number| {
            json!({
                "serialNumber": format!("SN-{number:05}"),
                "groupTag": tags[number % tags.len()],
                "userPrincipalName": if number == 1 { "megan@contoso.com" } else { "" },
                "addressableUserName": if number == 1 { "Megan" } else { "" },
            })
        })
        .collect();
    let board = |user: &str| json!({"serialNumber": "Default string", "groupTag": "Boards", "userPrincipalName": user});
    fleet.extend([board(""), board("megan@contoso.com")]);
    fleet.push(json!({"serialNumber": "7WQ3M04", "groupTag": "2024"}));
    let group = |number: u32| format!("c0000000-0000-4000-8000-{number:012}");
    let profiles: Vec<Json> =
        NAMES.iter().enumerate().map(|(number, name)| profile(number, name, &group(2))).collect();
    let page = |name: &str, priority: u32| {
        json!({
            "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
            "id": format!("e0000000-0000-4000-8000-{priority:012}_Windows10EnrollmentCompletionPageConfiguration"),
            "displayName": name, "priority": priority,
        })
    };
    let ruled = |number: u32, name: &str, rule: &str| {
        json!({
            "id": group(number), "displayName": name, "securityEnabled": true, "mailEnabled": false,
            "groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": "On",
            "mailNickname": format!("group{number}"),
        })
    };
    let members = |number: u32, name: &str| {
        json!({
            "id": group(number), "displayName": name, "securityEnabled": true, "mailEnabled": false, "groupTypes": [],
            "mailNickname": format!("group{number}"),
        })
    };
    let seed: Seed = serde_json::from_value(json!({"collections": {
        "users": [
            {"userPrincipalName": "admin@contoso.onmicrosoft.com", "displayName": "Administrator"},
            {"userPrincipalName": "megan@contoso.com", "displayName": "Megan Bowen"},
        ],
        "groups": [
            ruled(1, "Alle Autopilot-Geräte", "(device.devicePhysicalIDs -any (_ -startsWith \"[ZTDid]\"))"),
            members(2, "Laptops \"north\""),
            members(3, "Everybody else"),
            ruled(4, "Sales people", "(user.department -eq \"Sales\")"),
            ruled(5, "Laptops \"north\"", "(device.devicePhysicalIds -any (_ -eq \"[OrderID]:HQ\"))"),
        ],
        "windowsAutopilotDeploymentProfiles": profiles,
        "windowsAutopilotDeviceIdentities": fleet,
        "deviceEnrollmentConfigurations": [page("Büro", 1), page("Büro", 2)],
    }}))
    .expect("a seed");
    Emulator::start(Options { seed, ..Options::default() }).await.expect("an emulator starts")
}

fn profile(number: usize, name: &str, group: &str) -> Json {
    let id = format!("a0000000-0000-4000-8000-{number:012}");
    json!({
        "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", "id": id,
        "displayName": name.replace("LONG", &"long name ".repeat(20)[..196]),
        "outOfBoxExperienceSetting": {
            "deviceUsageType": "singleUser", "escapeLinkHidden": true, "eulaHidden": true,
            "keyboardSelectionPageSkipped": false, "privacySettingsHidden": false, "userType": "administrator",
        },
        "assignments": [{
            "id": format!("{id}_{group}_0"), "source": "direct", "sourceId": id,
            "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group},
        }],
    })
}

/// What people call their profiles.
const NAMES: &[&str] = &[
    "twins",
    "Twins",
    "2024 refresh",
    "Größe M",
    "said \"all\"",
    "${not} %{this} \\n",
    "LONG A",
    "LONG B",
    "日本",
    "-",
    "two\nlines",
];
