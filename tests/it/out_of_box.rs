//! Powering on a laptop: what a tenant's configuration means for whoever unpacks it.
//!
//! The tenant is configured over HTTP, then one thing about it is changed, and the run must stop where the real first
//! start would, for that reason.

use std::time::Duration;

use serde_json::{Value, json};

use self::ready::{MEGAN, PAGES, Ready, VPN};
use crate::emulator_intune::stage;
use crate::product::case::SignedIn;
use crate::product::stage::provider_block;
use crate::support::autopilot::autopilot;
use autopilot_provider::emulator::collections::{PROFILES, USERS};

mod readiness;
pub(crate) mod ready;
mod stops;

fn step<'r>(report: &'r Value, name: &str) -> &'r Value {
    let steps = report["steps"].as_array().expect("steps");
    steps.iter().find(|step| step["name"] == name).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn a_desktop_leaves_a_managed_device_and_an_event() {
    let ready = Ready::new().await;
    ready.set_device("userPrincipalName", json!("megan@contoso.com"));
    ready.set_device("addressableUserName", json!("Megan"));
    let report = ready.power_on(json!({ "user": null }));
    assert_eq!(report["user"], "megan@contoso.com");
    assert_eq!(report["accountType"], "standard");
    assert_eq!(report["profile"]["displayName"], "Headquarters");
    assert_eq!(report["statusPage"]["displayName"], "Headquarters page");
    assert!(
        step(&report, "sign-in")["reason"].as_str().is_some_and(|reason| reason.contains("greets Megan"))
    );
    assert!(
        step(&report, "device setup")["reason"].as_str().is_some_and(|reason| reason.contains("Company VPN"))
    );

    let managed =
        ready.tenant.get("/v1.0/deviceManagement/managedDevices?$filter=serialNumber eq 'HQ-1'").await;
    let managed = &managed.expect(200).body["value"][0];
    assert_eq!(
        (&managed["deviceName"], &managed["userPrincipalName"]),
        (&json!("HQ-HQ-1"), &json!("megan@contoso.com"))
    );
    let device = ready.tenant.get(&format!("{}/{}", stage::DEVICES, ready.device)).await.expect(200).body;
    assert_eq!(
        (&device["enrollmentState"], &device["managedDeviceId"]),
        (&json!("enrolled"), &managed["id"])
    );
    let entra = ready.tenant.get("/v1.0/devices?$filter=displayName eq 'HQ-HQ-1'").await.expect(200).body;
    assert_eq!(entra["value"][0]["enrollmentProfileName"], "Headquarters");
    let event =
        ready.tenant.get("/beta/deviceManagement/autopilotEvents").await.expect(200).body["value"][0].clone();
    for (name, value) in [
        ("deploymentState", "success"),
        ("enrollmentState", "enrolled"),
        ("enrollmentType", "azureADJoinedWithAutopilotProfile"),
        ("deviceSetupStatus", "success"),
        ("accountSetupStatus", "success"),
        ("deviceSerialNumber", "HQ-1"),
        ("windowsAutopilotDeploymentProfileDisplayName", "Headquarters"),
        ("windows10EnrollmentCompletionPageConfigurationDisplayName", "Headquarters page"),
    ] {
        assert_eq!(event[name], value, "{name}");
    }
    let id = managed["id"].as_str().expect("an id");
    ready
        .tenant
        .call("DELETE", &format!("/v1.0/deviceManagement/managedDevices/{id}"), Value::Null)
        .await
        .expect(204);
    ready
        .tenant
        .call("DELETE", &format!("{}/{}", stage::DEVICES, ready.device), Value::Null)
        .await
        .expect(204);
}

/// What is done to the tenant, the request, and three states of the event: of all, of the device, of the account.
type Ending<'r> = (fn(&Ready), &'r Value, [&'static str; 3]);

#[tokio::test]
async fn an_event_says_how_a_run_ended() {
    let ready = Ready::new().await;
    let state = ready.tenant.control().with_tenant(|tenant| tenant.clone());
    let failing = json!({ "apps": [{ "id": VPN, "fails": true }] });
    let slow = json!({ "apps": [{ "id": VPN, "minutes": 600 }] });
    let cases: [Ending<'_>; 4] = [
        (|_| {}, &failing, ["failure", "failure", "notAttempted"]),
        (
            |ready| ready.set_page("allowDeviceUseOnInstallFailure", json!(true)),
            &slow,
            ["successWithTimeout", "successWithTimeout", "success"],
        ),
        (
            |ready| ready.set_page("showInstallationProgress", json!(false)),
            &failing,
            ["success", "disabled", "disabled"],
        ),
        (
            |ready| ready.set(USERS, MEGAN, "assignedPlans", json!([])),
            &failing,
            ["failure", "notAttempted", "notAttempted"],
        ),
    ];
    for (change, request, wanted) in cases {
        ready.change(|tenant| *tenant = state.clone());
        change(&ready);
        let event = ready.power_on(request.clone())["autopilotEvent"].clone();
        let got = ["deploymentState", "deviceSetupStatus", "accountSetupStatus"]
            .map(|name| event[name].as_str().unwrap_or("none"));
        assert_eq!(got, wanted, "{event:#}");
    }
    ready.change(|tenant| *tenant = state.clone());
    assert_eq!(ready.power_on(json!({ "user": "nobody@contoso.com" }))["autopilotEvent"], Value::Null);
}

#[tokio::test]
async fn what_happened_is_reported_by_serial_number_user_and_time() {
    let ready = Ready::new().await;
    ready.power_on(json!({ "apps": [{ "id": VPN, "fails": true }] }));
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Application)).await;
    let kind = "autopilot_deployment_events";
    let found = core.data(kind, json!({ "serial_number": "hq-1" })).await;
    let [event] = found.get("events").elements() else { panic!("{found:?}") };
    for (name, value) in [
        ("state", "failure"),
        ("device_setup_state", "failure"),
        ("account_setup_state", "not_attempted"),
        ("serial_number", "HQ-1"),
        ("device_name", "HQ-HQ-1"),
        ("user_principal_name", "megan@contoso.com"),
        ("profile_display_name", "Headquarters"),
        ("status_page_display_name", "Headquarters page"),
    ] {
        assert_eq!(event.get(name).as_str(), Some(value), "{name}");
    }
    assert!(event.get("device_setup_duration").as_str().is_some_and(|text| text.starts_with("PT")));
    for (config, count) in [
        (json!({}), 1),
        (json!({ "serial_number": "HQ-2" }), 0),
        (json!({ "user_principal_name": "MEGAN@contoso.com" }), 1),
        (json!({ "user_principal_name": "alex@contoso.com" }), 0),
        (json!({ "since": "2020-01-01T00:00:00Z", "until": "2200-01-01T00:00:00+02:00" }), 1),
        (json!({ "since": "2200-01-01T00:00:00Z" }), 0),
        (json!({ "until": "2020-01-01T00:00:00Z" }), 0),
    ] {
        let found = core.data(kind, config.clone()).await;
        assert_eq!(found.get("events").elements().len(), count, "{config}");
    }
    let said = core.try_data(kind, json!({ "since": "yesterday" })).await.expect_err("no moment");
    said.error("Invalid value for since");
}

#[tokio::test]
async fn the_strongest_page_for_the_laptop_comes_before_any_for_its_user() {
    let ready = Ready::new().await;
    let page = |name: &'static str, target: Value| {
        let tenant = &ready.tenant;
        async move {
            let body = json!({
                "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration", "displayName": name,
            });
            let id = tenant.call("POST", PAGES, body).await.expect(201).text("id");
            let body = json!({ "enrollmentConfigurationAssignments": [target] });
            tenant.call("POST", &format!("{PAGES}/{id}/assign"), body).await.expect(204);
            id
        }
    };
    let applied =
        || ready.power_on(json!({}))["statusPage"]["displayName"].as_str().unwrap_or_default().to_owned();
    let users = json!({ "target": { "@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget" } });
    let for_users = page("For users", users).await;
    let filter = "4d0f8c26-9a17-4e5b-b3c8-71f6a2d9e054";
    let filtered = |kind: &str| {
        json!({ "target": { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget",
            "deviceAndAppManagementAssignmentFilterId": filter, "deviceAndAppManagementAssignmentFilterType": kind } })
    };
    let for_devices = page("For all devices", filtered("include")).await;
    for id in [&for_users, &for_devices] {
        let path = format!("{PAGES}/{id}/setPriority");
        ready.tenant.call("POST", &path, json!({ "priority": 1 })).await.expect(204);
    }
    assert_eq!(applied(), "For all devices");
    let body = json!({ "enrollmentConfigurationAssignments": [filtered("exclude")] });
    ready.tenant.call("POST", &format!("{PAGES}/{for_devices}/assign"), body).await.expect(204);
    assert_eq!(applied(), "Headquarters page");
    ready.tenant.call("DELETE", &format!("{PAGES}/{}", ready.page), Value::Null).await.expect(204);
    assert_eq!(applied(), "For users");
    ready.tenant.call("DELETE", &format!("{PAGES}/{for_users}"), Value::Null).await.expect(204);
    assert_eq!(applied(), "All users and all devices");
}

#[tokio::test]
async fn a_laptop_handed_out_too_early_starts_like_any_other() {
    let ready = Ready::new().await;
    ready.set_device("_profile", json!(""));
    ready.set_device("deploymentProfileAssignmentStatus", json!("pending"));
    let report = ready.power_on(json!({}));
    let profile = step(&report, "profile");
    assert_eq!(profile["outcome"], "warning");
    assert!(profile["reason"].as_str().is_some_and(|reason| reason.contains("too early")), "{profile}");
    assert_eq!(report["accountType"], "administrator");
    assert!(report["deviceName"].as_str().is_some_and(|name| name.starts_with("DESKTOP-")), "{report}");
    assert_eq!(report["autopilotEvent"], Value::Null);
}

#[tokio::test]
async fn a_laptop_reaches_the_desktop_as_intended_only_with_the_profile_it_is_to_have() {
    let ready = Ready::new().await;
    let state = ready.tenant.control().with_tenant(|tenant| tenant.clone());
    let cases: [(bool, &str, &dyn Fn()); 2] = [
        (true, "follows the profile", &|| {}),
        (false, "Attention required", &|| {
            ready.set_device("remediationState", json!("manualRemediationRequired"));
        }),
    ];
    for (intended, reason, change) in cases {
        ready.change(|tenant| *tenant = state.clone());
        change();
        let report = ready.power_on(json!({}));
        let ended = (&report["reachedDesktop"], &report["asIntended"]);
        assert_eq!(ended, (&json!(true), &json!(intended)), "{reason}: {report:#}");
        let reported = step(&report, "profile")["reason"].as_str().unwrap_or_default();
        assert!(reported.contains(reason), "{reported}");
    }
}

#[tokio::test]
async fn a_laptop_whose_group_is_not_evaluated_yet_starts_like_any_other_and_says_so() {
    let ready = Ready::new().await;
    ready.set_device("_profile", json!(""));
    ready.set_device("_intendedProfile", json!(""));
    ready.set(PROFILES, &ready.profile, "assignments", json!([]));
    ready.change(|tenant| tenant.latencies.dynamic_group = Duration::from_secs(3600));
    stage::tagged(&ready.tenant, "NEW").await;
    let report = ready.power_on(json!({}));
    assert_eq!(report["asIntended"], json!(false));
    let reason = step(&report, "profile")["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("Members of \"Devices NEW\" are still being found"), "{reason}");
}

#[tokio::test]
async fn who_administers_a_laptop_takes_profile_and_policy() {
    let ready = Ready::new().await;
    let account = || ready.power_on(json!({}))["accountType"].clone();
    assert_eq!(account(), "standard");
    ready.set_experience("userType", json!("administrator"));
    assert_eq!(account(), "administrator");
    ready.join_policy(|policy| {
        policy["azureADJoin"]["localAdmins"]["registeringUsers"] =
            json!({ "@odata.type": "#microsoft.graph.noDeviceRegistrationMembership" });
    });
    assert_eq!(account(), "standard");
}

#[tokio::test]
async fn a_name_given_to_the_laptop_comes_before_the_template() {
    let ready = Ready::new().await;
    ready.set_device("displayName", json!("RECEPTION-1"));
    assert_eq!(ready.power_on(json!({}))["deviceName"], "RECEPTION-1");
}

#[tokio::test]
async fn a_shared_device_enrolls_once_until_it_is_allowed_again() {
    let ready = Ready::new().await;
    ready.set_experience("deviceUsageType", json!("shared"));
    assert_eq!(ready.power_on(json!({}))["reachedDesktop"], true);
    assert_eq!(ready.power_on(json!({}))["stoppedAt"], "enrollment");
    let path = format!("{}/{}/allowNextEnrollment", stage::BETA_DEVICES, ready.device);
    ready.tenant.call("POST", &path, Value::Null).await.expect(204);
    assert_eq!(ready.power_on(json!({}))["reachedDesktop"], true);
}

#[tokio::test]
async fn the_control_path_plays_it_too_and_says_what_it_does_not_understand() {
    let ready = Ready::new().await;
    let power_on = |body: Value| async { ready.tenant.call("POST", "/_emulator/power-on", body).await };
    let report = power_on(json!({ "serialNumber": "hq-1", "userPrincipalName": "megan@contoso.com" }))
        .await
        .expect(200);
    assert_eq!(report.body["reachedDesktop"], true);
    for wrong in
        [json!({}), json!({ "serialNumber": " " }), json!({ "serialNumber": "HQ-1", "colour": "red" })]
    {
        power_on(wrong).await.expect(400);
    }
}
