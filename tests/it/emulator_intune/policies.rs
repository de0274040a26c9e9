//! What devices are to be.

use serde_json::json;

use super::stage::EmulatedTenant;
use autopilot_provider::emulator::collections::DEVICE_CONFIGURATIONS;

const CATALOG: &str = "deviceManagement/configurationPolicies";
const COMPLIANCE: &str = "deviceManagement/deviceCompliancePolicies";
const PROFILES: &str = "deviceManagement/deviceConfigurations";

#[tokio::test]
async fn policies_are_listed_with_their_assignments() {
    let tenant = EmulatedTenant::contoso().await;
    for (list, name) in [(CATALOG, "name"), (COMPLIANCE, "displayName")] {
        let plain = tenant.get(&format!("/beta/{list}")).await.expect(200);
        let policy = &plain.body["value"][0];
        assert!(policy[name].as_str().is_some_and(|name| name.contains("Windows")), "{policy}");
        assert!(policy.get("assignments").is_none(), "they are asked for: {policy}");
        let expanded = tenant.get(&format!("/beta/{list}?$expand=assignments")).await.expect(200);
        let assignments = &expanded.body["value"][0]["assignments"];
        assert_eq!(assignments[0]["target"]["@odata.type"], "#microsoft.graph.allDevicesAssignmentTarget");
        let id = policy["id"].as_str().expect("an id");
        let one = tenant.get(&format!("/beta/{list}/{id}?$expand=assignments")).await.expect(200);
        assert_eq!(&one.body["assignments"], assignments);
        let below = tenant.get(&format!("/beta/{list}/{id}/assignments")).await.expect(200);
        assert_eq!(&below.body["value"], assignments);
    }
}

#[tokio::test]
async fn a_policy_says_what_it_is_and_filters_are_shown_in_beta_only() {
    let tenant = EmulatedTenant::contoso().await;
    let profile = json!({
        "@odata.type": "#microsoft.graph.windowsUpdateForBusinessConfiguration", "id": "u", "displayName": "Updates",
        "assignments": [{ "id": "u_a", "target": {
            "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget",
            "deviceAndAppManagementAssignmentFilterType": "none",
        } }],
    });
    let profile = profile.as_object().cloned().expect("an object");
    tenant.control().with_tenant(|tenant| tenant.collection_mut(DEVICE_CONFIGURATIONS).insert(profile));
    for (version, tells_filters) in [("v1.0", false), ("beta", true)] {
        let list = tenant.get(&format!("/{version}/{PROFILES}?$expand=assignments")).await.expect(200);
        let updates = &list.body["value"][0];
        assert_eq!(updates["@odata.type"], "#microsoft.graph.windowsUpdateForBusinessConfiguration");
        let target = &updates["assignments"][0]["target"];
        let filter = target.get("deviceAndAppManagementAssignmentFilterType");
        assert_eq!(filter.is_some(), tells_filters, "{version}: {target}");
    }
    tenant.get(&format!("/v1.0/{CATALOG}")).await.expect(400);
}
