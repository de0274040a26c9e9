use serde_json::{Value, json};

use super::stage::*;

const ENTRA: &str = "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile";

async fn create(tenant: &EmulatedTenant, extra: Value) -> Reply {
    let mut body = json!({ "@odata.type": ENTRA, "displayName": "Profile" });
    if let (Value::Object(body), Value::Object(extra)) = (&mut body, extra) {
        body.extend(extra);
    }
    tenant.call("POST", PROFILES, body).await
}

#[tokio::test]
async fn v1_does_not_know_deployment_profiles() {
    let tenant = EmulatedTenant::contoso().await;
    tenant.get("/v1.0/deviceManagement/windowsAutopilotDeploymentProfiles").await.refused(
        400,
        "BadRequest",
        "Resource not found for the segment 'windowsAutopilotDeploymentProfiles'.",
    );
}

#[tokio::test]
async fn a_profile_is_answered_under_old_and_new_names() {
    let tenant = EmulatedTenant::contoso().await;
    let made = create(
        &tenant,
        json!({ "locale": "de-DE", "preprovisioningAllowed": true, "outOfBoxExperienceSetting": { "eulaHidden": true } }),
    )
    .await
    .expect(201);
    assert_eq!(made.body["@odata.type"], ENTRA);
    assert_eq!(made.body["language"], "de-DE");
    assert_eq!(made.body["enableWhiteGlove"], true);
    assert_eq!(made.body["outOfBoxExperienceSettings"]["hideEULA"], true);
    assert_eq!(made.body["outOfBoxExperienceSettings"]["skipKeyboardSelectionPage"], false);
    assert_eq!(made.body["roleScopeTagIds"], json!(["0"]));
    assert_eq!(made.body["deviceType"], "windowsPc");
    let id = made.text("id");
    let patch = json!({ "@odata.type": ENTRA, "extractHardwareHash": true, "outOfBoxExperienceSettings": { "hideEULA": false } });
    let changed = tenant.call("PATCH", &format!("{PROFILES}/{id}"), patch).await.expect(200);
    assert_eq!(changed.body["hardwareHashExtractionEnabled"], true);
    assert_eq!(changed.body["outOfBoxExperienceSetting"]["eulaHidden"], false);
    assert_eq!(changed.body["locale"], "de-DE");
}

#[tokio::test]
async fn an_empty_locale_is_lost_at_creation_and_kept_by_a_patch() {
    let tenant = EmulatedTenant::contoso().await;
    let made = create(&tenant, json!({ "locale": "" })).await.expect(201);
    assert_eq!((&made.body["locale"], &made.body["language"]), (&json!("os-default"), &json!("os-default")));
    let path = format!("{PROFILES}/{}", made.text("id"));
    tenant.call("PATCH", &path, json!({ "@odata.type": ENTRA, "locale": "" })).await.expect(200);
    assert_eq!(tenant.get(&path).await.body["locale"], "");
}

#[tokio::test]
async fn a_shared_device_has_no_user_type() {
    let tenant = EmulatedTenant::contoso().await;
    let shared = |experience: Value| json!({ "outOfBoxExperienceSetting": experience });
    let refused =
        create(&tenant, shared(json!({ "deviceUsageType": "shared", "userType": "standard" }))).await;
    assert_eq!(refused.status, 400);
    assert_eq!(reason(&refused), "An error has occurred");
    let made = create(&tenant, shared(json!({ "deviceUsageType": "shared" }))).await.expect(201);
    assert_eq!(made.body["outOfBoxExperienceSetting"].get("userType"), None);
    let path = format!("{PROFILES}/{}", made.text("id"));
    let patch = json!({ "@odata.type": ENTRA, "outOfBoxExperienceSetting": { "userType": "standard" } });
    tenant.call("PATCH", &path, patch).await.expect(400);
}

#[tokio::test]
async fn a_name_with_another_sign_is_refused_without_a_reason() {
    let tenant = EmulatedTenant::contoso().await;
    for name in ["Köln 2 – Etage", "HQ-1", "a/b", "50%", "a,b", "a=b", "~", "it's", "(x)", "💻", " "] {
        let refused = create(&tenant, json!({ "displayName": name })).await.expect(400);
        assert_eq!(reason(&refused), "An error has occurred", "{name}");
    }
    create(&tenant, json!({ "displayName": r#"Köln 東京 7: "a"?.@$&_[]{}|\"# })).await.expect(201);
}

#[tokio::test]
async fn every_body_says_its_type_and_only_what_the_service_takes() {
    let tenant = EmulatedTenant::contoso().await;
    tenant.call("POST", PROFILES, json!({ "displayName": "x" })).await.expect(400);
    let path = format!("{PROFILES}/{}", profile(&tenant, "Profile").await);
    tenant.call("PATCH", &path, json!({ "description": "x" })).await.expect(400);
    for (wrong, why) in [
        (json!({ "@odata.type": ENTRA, "nonsense": 1 }), "no such property"),
        (json!({ "@odata.type": ENTRA, "deviceType": "holoLens" }), "only at creation"),
        (json!({ "@odata.type": ENTRA, "assignments": [] }), "a navigation"),
        (json!({ "@odata.type": ENTRA, "deviceNameTemplate": "NAME-TOO-LONG-%SERIAL%-PC" }), "too long"),
        (json!({ "@odata.type": ENTRA, "displayName": "50%" }), "a refused character"),
        (
            json!({ "@odata.type": "#microsoft.graph.activeDirectoryWindowsAutopilotDeploymentProfile" }),
            "another type",
        ),
    ] {
        let reply = tenant.call("PATCH", &path, wrong).await;
        assert_eq!(reply.status, 400, "{why}: {}", reply.body);
    }
    let echo = json!({ "@odata.type": ENTRA, "id": "x", "createdDateTime": "2020-01-01T00:00:00Z", "deviceType": "windowsPc" });
    let unchanged = tenant.call("PATCH", &path, echo).await.expect(200);
    assert_ne!(unchanged.body["createdDateTime"], "2020-01-01T00:00:00Z");
}

#[tokio::test]
async fn groups_are_assigned_one_at_a_time_and_not_by_the_assign_action() {
    let tenant = EmulatedTenant::contoso().await;
    let path = format!("{PROFILES}/{}", profile(&tenant, "Profile").await);
    let group = tagged(&tenant, "HQ").await;
    let by_action = json!({ "assignments": [group_target(&group)] });
    tenant.call("POST", &format!("{path}/assign"), by_action).await.expect(400);
    let made = tenant.call("POST", &format!("{path}/assignments"), group_target(&group)).await.expect(201);
    let id = path.rsplit('/').next().unwrap_or_default();
    assert_eq!(made.text("id"), format!("{id}_{group}_0"));
    assert_eq!((&made.body["source"], &made.body["sourceId"]), (&json!("direct"), &json!(id)));
    assert_eq!(made.body["target"]["deviceAndAppManagementAssignmentFilterType"], "none");
    let again = tenant.call("POST", &format!("{path}/assignments"), group_target(&group)).await.expect(201);
    assert_eq!(again.text("id"), made.text("id"));
    let expanded = tenant.get(&format!("{PROFILES}?$expand=assignments")).await.expect(200);
    assert_eq!(expanded.body["value"][0]["assignments"][0]["id"], made.body["id"]);
    let gone = tenant.call("DELETE", &format!("{path}/assignments/{}", made.text("id")), Value::Null).await;
    assert!([200, 204].contains(&gone.status));
    assert_eq!(tenant.get(&format!("{path}/assignments")).await.body["value"], json!([]));
}

#[tokio::test]
async fn one_profile_at_most_is_for_all_devices() {
    let tenant = EmulatedTenant::contoso().await;
    let (first, second) = (profile(&tenant, "First").await, profile(&tenant, "Second").await);
    let made =
        tenant.call("POST", &format!("{PROFILES}/{first}/assignments"), all_devices()).await.expect(201);
    assert_eq!(made.text("id"), format!("{first}_adadadad-808e-44e2-905a-0b7873a8a531_0"));
    let refused = tenant.call("POST", &format!("{PROFILES}/{second}/assignments"), all_devices()).await;
    assert_eq!(refused.status, 400);
    assert_eq!(reason(&refused), format!("Another Profile {first} is already assigned to All Devices."));
    let group = tagged(&tenant, "HQ").await;
    let excluded = json!({ "target": { "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": group } });
    tenant.call("POST", &format!("{PROFILES}/{first}/assignments"), excluded.clone()).await.expect(400);
    let made = tenant.call("POST", &format!("{PROFILES}/{second}/assignments"), excluded).await.expect(201);
    assert!(made.text("id").ends_with("_1"));
}

#[tokio::test]
async fn an_assigned_profile_cannot_be_deleted_nor_at_once_after_its_last_assignment() {
    let tenant = slow().await;
    let path = format!("{PROFILES}/{}", profile(&tenant, "Profile").await);
    let made = tenant.call("POST", &format!("{path}/assignments"), all_devices()).await.expect(201);
    let refused = tenant.call("DELETE", &path, Value::Null).await;
    assert_eq!((refused.status, reason(&refused).as_str()), (400, "An error has occurred"));
    tenant.call("DELETE", &format!("{path}/assignments/{}", made.text("id")), Value::Null).await.expect(204);
    tenant.call("DELETE", &path, Value::Null).await.expect(400);
    wait(&tenant, 60);
    tenant.call("DELETE", &path, Value::Null).await.expect(204);
    let gone = tenant.get(&path).await;
    assert_eq!((gone.status, gone.body["error"]["code"].as_str()), (404, Some("ResourceNotFound")));
}

#[tokio::test]
async fn a_tenant_has_at_most_350_profiles() {
    let tenant = EmulatedTenant::contoso().await;
    for number in 0..350 {
        create(&tenant, json!({ "displayName": format!("Profile {number}") })).await.expect(201);
    }
    create(&tenant, json!({})).await.expect(400);
}

#[tokio::test]
async fn profiles_are_not_filtered_by_the_service() {
    let tenant = EmulatedTenant::contoso().await;
    profile(&tenant, "B").await;
    profile(&tenant, "A").await;
    tenant.get(&format!("{PROFILES}?$filter=displayName eq 'A'")).await.expect(400);
    let sorted = tenant
        .get(&format!("{PROFILES}?$orderby=displayName&$top=1&$select=id,displayName"))
        .await
        .expect(200);
    assert_eq!(sorted.each("displayName"), ["A"]);
}
