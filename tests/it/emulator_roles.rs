//! A person may do what the application was granted *and* what their directory role allows.

use autopilot_provider::emulator::Options;
use serde_json::{Value, json};

use crate::support::emulated_tenant::EmulatedTenant;

const ADMINISTRATOR: &str = "admin@contoso.onmicrosoft.com";
const IRIS: &str = "iris@contoso.com";
const CLEO: &str = "cleo@contoso.com";
const GINA: &str = "gina@contoso.com";
const MEGAN: &str = "megan@contoso.com";

#[tokio::test]
async fn a_persons_role_decides_what_their_application_may_do() {
    let tenant = EmulatedTenant::start(Options::default()).await;
    let group =
        json!({"displayName": "G", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true});
    let group = tenant.call("POST", "/v1.0/groups", group).await.expect(201).body["id"].clone();
    let group = format!("/v1.0/groups/{}", group.as_str().expect("an id"));
    let intune = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles";
    let profile = |name: &str| {
        json!({"@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", "displayName": name,
            "outOfBoxExperienceSetting": {"deviceUsageType": "singleUser"}})
    };
    let policy = tenant.get("/v1.0/policies/deviceRegistrationPolicy").await.expect(200).body;
    let scope = "/beta/policies/mobileDeviceManagementPolicies/0000000a-0000-0000-c000-000000000000";
    for person in [ADMINISTRATOR, IRIS, CLEO, GINA, MEGAN] {
        let token = tenant.token_of(person).await;
        let requests: [(&str, &str, Value, &[&str]); 8] = [
            ("GET", intune, Value::Null, &[ADMINISTRATOR, IRIS]),
            ("POST", intune, profile(person), &[ADMINISTRATOR, IRIS]),
            ("GET", scope, Value::Null, &[ADMINISTRATOR, IRIS, CLEO]),
            ("PATCH", scope, json!({"appliesTo": "all"}), &[ADMINISTRATOR, CLEO]),
            ("PUT", "/v1.0/policies/deviceRegistrationPolicy", policy.clone(), &[ADMINISTRATOR, CLEO]),
            ("GET", &group, Value::Null, &[ADMINISTRATOR, IRIS, CLEO, GINA, MEGAN]),
            ("PATCH", &group, json!({"description": person}), &[ADMINISTRATOR, IRIS, GINA]),
            ("GET", "/v1.0/me", Value::Null, &[ADMINISTRATOR, IRIS, CLEO, GINA, MEGAN]),
        ];
        for (method, path, body, may) in requests {
            let reply = tenant.call_as(&token, method, path, body, &[]).await;
            let expected = if may.contains(&person) { reply.status < 300 } else { reply.status == 403 };
            assert!(expected, "{person}: {method} {path}: {} {}", reply.status, reply.body);
        }
    }
}

#[tokio::test]
async fn the_owner_of_a_group_needs_no_role() {
    let tenant = EmulatedTenant::start(Options::default()).await;
    let megan = tenant.get(&format!("/v1.0/users/{MEGAN}")).await.expect(200).body["id"].clone();
    let owner = format!("https://graph.microsoft.com/v1.0/users/{}", megan.as_str().expect("an id"));
    let group = json!({"displayName": "M", "mailEnabled": false, "mailNickname": "m", "securityEnabled": true,
        "owners@odata.bind": [owner]});
    let made = tenant.call("POST", "/v1.0/groups", group).await.expect(201).body;
    let path = format!("/v1.0/groups/{}", made["id"].as_str().expect("an id"));
    let change = |text: &str| json!({"description": text});
    let owner = tenant.token_of(MEGAN).await;
    tenant.call_as(&owner, "PATCH", &path, change("mine"), &[]).await.expect(204);
    let other = tenant.token_of(CLEO).await;
    tenant.call_as(&other, "PATCH", &path, change("not mine"), &[]).await.expect(403);
}

#[tokio::test]
async fn in_a_tenant_that_says_nothing_of_roles_who_approves_is_the_administrator() {
    let seed = serde_json::from_value(json!({
        "approveDeviceCodesAs": "kim@contoso.com",
        "collections": {"users": [{"id": "2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b21", "userPrincipalName": "kim@contoso.com"}]},
    }));
    let tenant = EmulatedTenant::start(Options { seed: seed.expect("a seed"), ..Options::default() }).await;
    let token = tenant.token_of("kim@contoso.com").await;
    let profiles = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles";
    tenant.call_as(&token, "GET", profiles, Value::Null, &[]).await.expect(200);
}
