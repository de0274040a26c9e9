//! Requests that tools in use send, as they send them, with the answers they get from the real service. The shapes are
//! facts about those tools (CIPP-API, WindowsAutopilotInfo, Microsoft365DSC, IntuneHydrationKit); the values are Contoso's.

use serde_json::{Value, json};

use super::stage::*;

const CONFIGURATIONS: &str = "/beta/deviceManagement/deviceEnrollmentConfigurations";

#[tokio::test]
async fn bodies_of_shipped_tools_get_the_answers_they_get_live() {
    let tenant = EmulatedTenant::contoso().await;
    cipp_sets_the_default_page(&tenant).await;
    cipp_makes_a_profile_and_changes_it(&tenant).await;
    windows_autopilot_info_registers_and_tags(&tenant).await;
    dsc_and_the_hydration_kit_make_pages(&tenant).await;
}

/// `Set-CIPPDefaultAPEnrollment`: the id it writes is only a part of one.
async fn cipp_sets_the_default_page(tenant: &EmulatedTenant) {
    let all = tenant.get(CONFIGURATIONS).await.expect(200).each("id");
    let ending = "DefaultWindows10EnrollmentCompletionPageConfiguration";
    let id = all.into_iter().find(|id| id.ends_with(ending)).expect("the default page");
    let body = json!({
        "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
        "id": ending,
        "displayName": "All users and all devices",
        "description": "This is the default enrollment status screen configuration applied with the lowest priority to \
                        all users and all devices regardless of group membership.",
        "showInstallationProgress": true, "blockDeviceSetupRetryByUser": false,
        "allowDeviceResetOnInstallFailure": true, "allowLogCollectionOnInstallFailure": true,
        "customErrorMessage": "Call us", "installProgressTimeoutInMinutes": 60,
        "allowDeviceUseOnInstallFailure": false, "selectedMobileAppIds": [],
        "trackInstallProgressForAutopilotOnly": true, "disableUserStatusTrackingAfterFirstUser": true,
        "roleScopeTagIds": [],
    });
    let changed = tenant.call("PATCH", &format!("{CONFIGURATIONS}/{id}"), body).await.expect(200);
    assert_eq!((changed.text("id"), changed.text("customErrorMessage")), (id, "Call us".to_owned()));
}

/// `Set-CIPPDefaultAPDeploymentProfile`: the same body for the POST and for the PATCH, and all devices after a look.
async fn cipp_makes_a_profile_and_changes_it(tenant: &EmulatedTenant) {
    let body = |user_type: Option<&str>, usage: &str| {
        let mut experience = json!({
            "deviceUsageType": usage, "escapeLinkHidden": true, "privacySettingsHidden": true, "eulaHidden": true,
            "keyboardSelectionPageSkipped": true,
        });
        if let Some(kind) = user_type {
            experience["userType"] = json!(kind);
        }
        json!({
            "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
            "displayName": "CIPP default", "description": "", "deviceNameTemplate": "", "locale": "",
            "preprovisioningAllowed": true, "deviceType": "windowsPc", "hardwareHashExtractionEnabled": true,
            "roleScopeTagIds": [], "outOfBoxExperienceSetting": experience,
        })
    };
    let made =
        tenant.call("POST", PROFILES, body(Some("standard"), "singleUser")).await.expect(201).text("id");
    let path = format!("{PROFILES}/{made}");
    let changed = tenant.call("PATCH", &path, body(Some("administrator"), "singleUser")).await.expect(200);
    assert_eq!(changed.body["outOfBoxExperienceSetting"]["userType"], "administrator");
    tenant.call("POST", PROFILES, body(Some("standard"), "shared")).await.expect(400);
    tenant.call("POST", PROFILES, body(None, "shared")).await.expect(201);
    let assignments = format!("{path}/assignments");
    tenant.call("POST", &assignments, all_devices()).await.expect(201);
    let again = tenant.call("POST", &assignments, all_devices()).await.expect(400);
    assert_eq!(reason(&again), format!("Another Profile {made} is already assigned to All Devices."));
}

/// `get-windowsautopilotinfocommunity`: names without quotes, and a trailing blank.
async fn windows_autopilot_info_registers_and_tags(tenant: &EmulatedTenant) {
    let device = register(tenant, "SN-1", "").await;
    let id = device["id"].as_str().unwrap_or_default();
    let update = format!("{BETA_DEVICES}/{id}/UpdateDeviceProperties");
    let text = r#"{ userPrincipalName: "megan@contoso.com", addressableUserName: "Megan, {M}: \"x\"", groupTag: "HQ" }"#;
    tenant.call_text("POST", &update, text).await.expect(204);
    let changed = tenant.get(&format!("{BETA_DEVICES}/{id}")).await.expect(200);
    assert_eq!(changed.text("addressableUserName"), "Megan, {M}: \"x\"");
    assert_eq!(changed.text("groupTag"), "HQ");
    tenant.call_text("POST", &update, "{ groupTag: }").await.expect(400);
}

/// Pages as other tools write them: every setting, with assignments in an action of their own.
async fn dsc_and_the_hydration_kit_make_pages(tenant: &EmulatedTenant) {
    let body = json!({
        "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
        "displayName": "Corporate", "description": "", "showInstallationProgress": true,
        "blockDeviceSetupRetryByUser": false, "allowDeviceResetOnInstallFailure": true,
        "allowLogCollectionOnInstallFailure": true, "customErrorMessage": "", "installProgressTimeoutInMinutes": 60,
        "allowDeviceUseOnInstallFailure": true, "selectedMobileAppIds": [], "allowNonBlockingAppInstallation": false,
        "installQualityUpdates": false, "trackInstallProgressForAutopilotOnly": true,
        "disableUserStatusTrackingAfterFirstUser": true, "roleScopeTagIds": ["0"],
    });
    let id = tenant.call("POST", CONFIGURATIONS, body).await.expect(201).text("id");
    let assign = json!({ "enrollmentConfigurationAssignments": [
        { "@odata.type": "#microsoft.graph.enrollmentConfigurationAssignment", "target":
            { "@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget" } },
        all_devices(),
    ] });
    tenant.call("POST", &format!("{CONFIGURATIONS}/{id}/assign"), assign).await.expect(204);
    let shown = tenant.get(&format!("{CONFIGURATIONS}/{id}?$expand=assignments")).await.expect(200);
    assert_eq!(shown.body["assignments"].as_array().map(Vec::len), Some(2));
    tenant.call("DELETE", &format!("{CONFIGURATIONS}/{id}"), Value::Null).await.expect(204);
}
