//! `check-tenant` against the emulated tenant: what it finds as expected, what it reports, and what it keeps to itself.

use std::path::Path;
use std::process::Output;

use autopilot_provider::emulator::{Effect, Emulator, Fault, Options, Running};
use autopilot_provider::emulator::{SignIn, environment};
use autopilot_provider::graph::signin::{Arguments, Settings};
use autopilot_provider::graph::{Endpoint, Graph, Json, Scope};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-autopilot");
const LAPTOP: &str = "5CD4108XKL";
const SECRET_NAME: &str = "Project Blackbird";

#[tokio::test]
async fn a_tenant_is_as_expected_and_none_of_its_values_stand_in_the_report() {
    let running = Emulator::start(Options::default()).await.expect("an emulator starts");
    fill(&running).await;
    let before = running.control().requests().len();
    let (output, report) = check(&running).await;
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let not_seen: Vec<&Json> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|one| one["verdict"] != "as_expected")
        .collect();
    let about: Vec<&Json> = not_seen.iter().map(|one| &one["about"]).collect();
    assert_eq!(about, ["deployment events"], "nothing was deployed");
    for private in [LAPTOP, SECRET_NAME, "contoso", &running.credentials().tenant_id] {
        let text = format!("{report}{printed}").to_lowercase();
        assert!(!text.contains(&private.to_lowercase()), "{private} leaves the tenant");
    }
    let requests = running.control().requests();
    let sent: Vec<_> = requests[before..]
        .iter()
        .filter(|one| one.path.starts_with("/v1.0") || one.path.starts_with("/beta"))
        .collect();
    assert!(sent.iter().all(|one| one.method == "GET"), "it only reads");
    assert!(sent.len() <= 35, "{} requests", sent.len());
}

#[tokio::test]
async fn what_is_not_known_is_reported_and_what_may_not_be_read_is_not_seen() {
    let running = Emulator::start(Options::default()).await.expect("an emulator starts");
    let news = json!({"value": [{
        "id": "3d1f0b52-0000-4000-8000-d5f2a7e08b16", "serialNumber": LAPTOP, "groupTag": SECRET_NAME,
        "enrollmentState": "quarantined", "batteryHealth": SECRET_NAME,
    }]});
    let answer = |status, body| Effect::Status { status, headers: Default::default(), body };
    let control = running.control();
    control.add_fault(Fault::always("windowsAutopilotDeviceIdentities\\?.*top=100", answer(200, Some(news))));
    control.add_fault(Fault::always("mobileAppManagementPolicies", answer(403, None)));
    let (output, report) = check(&running).await;
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let finding = |about: &str| {
        let findings = report["findings"].as_array().expect("findings");
        findings.iter().find(|one| one["about"] == about).unwrap_or_else(|| panic!("{about}")).clone()
    };
    let devices = finding("registered devices");
    assert_eq!(devices["verdict"], "different");
    let details = devices["details"].to_string();
    assert!(details.contains("property `batteryHealth` (text) is not known"), "{details}");
    assert!(details.contains("word that is not known: `quarantined`"), "{details}");
    assert!(details.contains("cannot be read by its id: 404"), "{details}");
    let mam = finding("automatic enrollment (MAM)");
    assert_eq!(mam["verdict"], "not_seen");
    assert!(mam["details"].to_string().contains("Policy.Read.All"), "{mam}");
    assert!(!format!("{report}{}", String::from_utf8_lossy(&output.stdout)).contains(SECRET_NAME));
}

/// Values of real tenants' exports, and two words that no document knows.
#[tokio::test]
async fn a_tenant_of_live_values_is_as_expected_but_for_words_that_nobody_knows() {
    let seed = serde_json::from_str(include_str!("../facts/live-tenant.json")).expect("a seed");
    let running = Emulator::start(Options { seed, ..Options::default() }).await.expect("an emulator starts");
    let (output, report) = check(&running).await;
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let findings = report["findings"].as_array().expect("findings");
    let different: Vec<&Json> = findings.iter().filter(|one| one["verdict"] == "different").collect();
    let details: String = different.iter().map(|one| one["details"].to_string()).collect();
    assert!(details.contains("`holoLens3`") && details.contains("`quarantined`"), "{details}");
    let about: Vec<&str> = different.iter().filter_map(|one| one["about"].as_str()).collect();
    assert!(!about.contains(&"the default enrollment configurations"), "{about:?}");
    for private in ["Fabrikam", "HQ-laptops", "5CD4108XKL", "Sales;EU"] {
        assert!(!report.to_string().contains(private), "{private} leaves the tenant");
    }
}

/// Runs the program as the administrator, in a folder of its own.
async fn check(running: &Running) -> (Output, Json) {
    let folder = tempfile::tempdir().expect("a folder");
    let output = tokio::process::Command::new(PROGRAM)
        .arg("check-tenant")
        .current_dir(folder.path())
        .env_clear()
        .envs(environment(running, None, SignIn::Administrator))
        .output()
        .await
        .expect("the program starts");
    (output, read(&folder.path().join("check-tenant.json")))
}

fn read(file: &Path) -> Json {
    std::fs::read(file).map_or(Json::Null, |bytes| serde_json::from_slice(&bytes).expect("JSON"))
}

/// One of everything, and two of what is paged.
async fn fill(running: &Running) {
    let environment = environment(running, None, SignIn::Administrator)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let settings = Settings::resolve(&Arguments::new(), &environment).expect("settings are complete");
    let graph =
        Graph::connect(settings, "terraform-provider-autopilot/test").expect("loopback is a good root");
    let scope = Scope::default();
    let group = |name: &str| json!({"displayName": name, "mailEnabled": false, "mailNickname": "x", "securityEnabled": true});
    let profile = json!({
        "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", "displayName": SECRET_NAME,
        "outOfBoxExperienceSetting": {"deviceUsageType": "singleUser"},
    });
    let mut bodies = vec![
        ("groups", Endpoint::v1("groups"), group(SECRET_NAME)),
        ("groups", Endpoint::v1("groups"), group("Two")),
        ("profiles", Endpoint::beta("deviceManagement/windowsAutopilotDeploymentProfiles"), profile),
    ];
    for serial in [LAPTOP, "5CD4108XKM"] {
        let laptop = running.control().laptop(&json!({"serialNumber": serial})).expect("a laptop");
        let body = json!({"serialNumber": serial, "hardwareIdentifier": laptop["hardwareHash"], "groupTag": SECRET_NAME});
        bodies.push((
            "imports",
            Endpoint::v1("deviceManagement/importedWindowsAutopilotDeviceIdentities"),
            body,
        ));
    }
    for (what, endpoint, body) in bodies {
        graph.create(&scope, &endpoint, body, async || Ok(None)).await.expect(what);
    }
}
