//! One thing about the tenant is changed, and the run stops for that reason.

use serde_json::{Value, json};

use super::ready::{INTUNE, MEGAN, Ready, VPN};
use autopilot_provider::emulator::collections::{
    APP_INSTALLATIONS, APPS, BRANDING, DEVICES, DEVICES_OF_OTHER_TENANTS, MANAGED_DEVICES, MDM_POLICIES,
    PROFILES, USERS,
};

/// What is done to a tenant that is ready, what the request says beside serial number and user, where the run stops
/// ("" for the desktop), and words of the reason (of the last step).
type Case = (&'static str, fn(&Ready), Value, &'static str, &'static str);

#[tokio::test]
async fn every_run_stops_where_the_real_first_start_would() {
    let nothing = || json!({});
    let cases: Vec<Case> = vec![
        ("a tenant that is ready", |_| {}, nothing(), "", "HQ-HQ-1 is ready for a standard user"),
        ("no network", |_| {}, json!({ "network": false }), "network", "no network"),
        (
            "a laptop of another organization",
            |ready| ready.add(DEVICES_OF_OTHER_TENANTS, json!({ "id": "1", "serialNumber": "FOREIGN" })),
            json!({ "serialNumber": "FOREIGN" }),
            "registration",
            "another organization",
        ),
        (
            "a hybrid profile",
            |ready| {
                let hybrid = "#microsoft.graph.activeDirectoryWindowsAutopilotDeploymentProfile";
                ready.set(PROFILES, &ready.profile, "@odata.type", json!(hybrid));
            },
            nothing(),
            "profile",
            "hybrid join",
        ),
        ("nobody to sign in", |_| {}, json!({ "user": null }), "sign-in", "none is assigned"),
        ("an unknown user", |_| {}, json!({ "user": "nobody@contoso.com" }), "sign-in", "no user"),
        (
            "a disabled account",
            |ready| ready.set(USERS, MEGAN, "accountEnabled", json!(false)),
            nothing(),
            "sign-in",
            "disabled",
        ),
        (
            "a guest",
            |_| {},
            json!({ "user": "ann_fabrikam.com#EXT#@contoso.onmicrosoft.com" }),
            "sign-in",
            "guest",
        ),
        (
            "a laptop prepared for somebody else, without a way out",
            |ready| ready.set_device("userPrincipalName", json!("alex@contoso.com")),
            nothing(),
            "sign-in",
            "prepared for alex@contoso.com",
        ),
        (
            "a laptop prepared for somebody else, with a way out",
            |ready| {
                ready.set_device("userPrincipalName", json!("alex@contoso.com"));
                ready.set_experience("escapeLinkHidden", json!(false));
            },
            nothing(),
            "",
            "ready",
        ),
        (
            "a laptop prepared for somebody else, without a way out and without branding",
            |ready| {
                ready.set_device("userPrincipalName", json!("alex@contoso.com"));
                ready.change(|tenant| drop(tenant.collection_mut(BRANDING).remove("0")));
            },
            nothing(),
            "",
            "ready",
        ),
        (
            "nobody may join",
            |ready| {
                ready.join_policy(|policy| {
                    policy["azureADJoin"]["allowedToJoin"] =
                        json!({ "@odata.type": "#microsoft.graph.noDeviceRegistrationMembership" });
                })
            },
            nothing(),
            "join",
            "0x801C0003",
        ),
        (
            "others may join",
            |ready| {
                ready.join_policy(|policy| {
                    policy["azureADJoin"]["allowedToJoin"] = json!({
                        "@odata.type": "#microsoft.graph.enumeratedDeviceRegistrationMembership",
                        "users": ["7c1e9d53-6b2a-4f08-a3d4-1f5b8c0e9a67"], "groups": [],
                    });
                })
            },
            nothing(),
            "join",
            "selected",
        ),
        (
            "a group of the user may join",
            |ready| {
                ready.join_policy(|policy| {
                    policy["azureADJoin"]["allowedToJoin"] = json!({
                        "@odata.type": "#microsoft.graph.enumeratedDeviceRegistrationMembership",
                        "users": [], "groups": ["a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346"],
                    });
                })
            },
            nothing(),
            "",
            "ready",
        ),
        (
            "too many devices",
            |ready| {
                ready.join_policy(|policy| policy["userDeviceQuota"] = json!(1));
                ready.add(DEVICES, json!({ "id": "d1", "deviceId": "d2", "_registeredOwners": [MEGAN] }));
            },
            nothing(),
            "join",
            "allows 1",
        ),
        (
            "a quota of none",
            |ready| ready.join_policy(|policy| policy["userDeviceQuota"] = json!(0)),
            nothing(),
            "join",
            "allows 0",
        ),
        (
            "a second factor that is not given",
            |ready| ready.join_policy(|policy| policy["multiFactorAuthConfiguration"] = json!("required")),
            json!({ "multiFactor": false }),
            "join",
            "second factor",
        ),
        ("Windows Home", |_| {}, json!({ "edition": "Home" }), "join", "Windows Home"),
        (
            "a device object that was deleted by hand",
            |ready| {
                ready.change(|tenant| {
                    let device = tenant.collection(DEVICES).iter().next().expect("a device")["id"].clone();
                    tenant.collection_mut(DEVICES).remove(device.as_str().expect("an id"));
                })
            },
            nothing(),
            "join",
            "ZTDID",
        ),
        (
            "nobody is enrolled",
            |ready| ready.set(MDM_POLICIES, INTUNE, "appliesTo", json!("none")),
            nothing(),
            "enrollment",
            "is \"none\"",
        ),
        (
            "others are enrolled",
            |ready| {
                ready.set(MDM_POLICIES, INTUNE, "appliesTo", json!("selected"));
                ready.set(MDM_POLICIES, INTUNE, "_includedGroups", json!([ready.group]));
            },
            nothing(),
            "enrollment",
            "in none of the groups",
        ),
        (
            "a group of the user is enrolled",
            |ready| {
                let employees = json!(["a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346"]);
                ready.set(MDM_POLICIES, INTUNE, "appliesTo", json!("selected"));
                ready.set(MDM_POLICIES, INTUNE, "_includedGroups", employees);
            },
            nothing(),
            "",
            "ready",
        ),
        (
            "no discovery URL",
            |ready| ready.set(MDM_POLICIES, INTUNE, "discoveryUrl", Value::Null),
            nothing(),
            "enrollment",
            "no MDM discovery URL",
        ),
        (
            "a discovery URL of somebody else",
            |ready| {
                let url = json!("https://manage.microsoft.com.example.com/discovery.svc");
                ready.set(MDM_POLICIES, INTUNE, "discoveryUrl", url);
            },
            nothing(),
            "enrollment",
            "does not lead to Intune",
        ),
        (
            "a user without an Intune licence",
            |ready| ready.set(USERS, MEGAN, "assignedPlans", json!([])),
            nothing(),
            "enrollment",
            "0x80180018",
        ),
        (
            "an unregistered laptop where personal ones are blocked",
            |ready| ready.set_default_restriction("personalDeviceEnrollmentBlocked"),
            json!({ "serialNumber": "UNKNOWN" }),
            "enrollment",
            "personal devices",
        ),
        (
            "a user with Intune for Office 365 only",
            |ready| {
                let plan = json!({
                    "service": "SCO", "servicePlanId": "882e1d05-acd1-4ccb-8708-6ee03664b117", "capabilityStatus": "Enabled",
                });
                ready.set(USERS, MEGAN, "assignedPlans", json!([plan]));
            },
            nothing(),
            "enrollment",
            "0x80180018",
        ),
        (
            "a restriction that blocks Windows for all",
            |ready| ready.restrict_everybody(true),
            nothing(),
            "enrollment",
            "blocks Windows",
        ),
        (
            "a restriction that blocks Windows for all, and a stronger one that lets the user in",
            |ready| {
                ready.restrict_everybody(true);
                ready.restrict_employees(false);
            },
            nothing(),
            "",
            "ready",
        ),
        (
            "a restriction that blocks Windows for a group of the user",
            |ready| ready.restrict_employees(true),
            nothing(),
            "enrollment",
            "blocks Windows",
        ),
        (
            "a laptop that somebody else enrolled",
            |ready| {
                ready.add(
                    MANAGED_DEVICES,
                    json!({
                        "id": "m1", "serialNumber": "HQ-1", "userId": "7c1e9d53-6b2a-4f08-a3d4-1f5b8c0e9a67",
                        "userPrincipalName": "alex@contoso.com",
                    }),
                )
            },
            nothing(),
            "enrollment",
            "by alex@contoso.com (0x8018000a)",
        ),
        (
            "a laptop that the same user enrolled",
            |ready| {
                ready.add(MANAGED_DEVICES, json!({ "id": "m1", "serialNumber": "HQ-1", "userId": MEGAN }));
            },
            nothing(),
            "",
            "ready",
        ),
        (
            "a page without any time",
            |ready| ready.set_page("installProgressTimeoutInMinutes", json!(0)),
            nothing(),
            "device setup",
            "time limit is 0 minutes",
        ),
        (
            "an app that fails",
            |_| {},
            json!({ "apps": [{ "id": VPN, "fails": true }] }),
            "device setup",
            "Call 555-0100. The user can only call for help.",
        ),
        (
            "an app that takes too long",
            |ready| ready.set_page("installProgressTimeoutInMinutes", json!(30)),
            json!({ "apps": [{ "id": VPN, "minutes": 45 }] }),
            "device setup",
            "30 minutes were over",
        ),
        (
            "an app that takes long, and a page with patience",
            |ready| ready.set_page("installProgressTimeoutInMinutes", json!(90)),
            json!({ "apps": [{ "id": VPN, "minutes": 45 }] }),
            "",
            "ready",
        ),
        (
            "an app that fails, and a page that lets go on",
            |ready| ready.set_page("allowDeviceUseOnInstallFailure", json!(true)),
            json!({ "apps": [{ "id": VPN, "fails": true }] }),
            "",
            "ready",
        ),
        (
            "an app that fails, and a page that blocks nothing",
            |ready| ready.set_page("blockDeviceSetupRetryByUser", json!(true)),
            json!({ "apps": [{ "id": VPN, "fails": true }] }),
            "",
            "ready",
        ),
        (
            "an app that fails, and a page that does not wait for it",
            |_| {},
            json!({ "apps": [{ "id": "60d7e3b8-9c45-4f21-86a0-5d1f8b7e2c93", "fails": true }] }),
            "",
            "ready",
        ),
        (
            "an app that fails, and a page that waits for all",
            |ready| ready.set_page("selectedMobileAppIds", json!([])),
            json!({ "apps": [{ "id": "60d7e3b8-9c45-4f21-86a0-5d1f8b7e2c93", "fails": true }] }),
            "device setup",
            "\"Microsoft 365 Apps for Windows 10 and later\" failed",
        ),
        (
            "an app that fails, for every run",
            |ready| ready.add(APP_INSTALLATIONS, json!({ "id": "1", "appId": VPN, "fails": true })),
            nothing(),
            "device setup",
            "\"Company VPN\" failed",
        ),
        (
            "a page that shows nothing",
            |ready| ready.set_page("showInstallationProgress", json!(false)),
            json!({ "apps": [{ "id": VPN, "fails": true }] }),
            "",
            "ready",
        ),
        (
            "an app required for the user that fails",
            |ready| {
                ready.change(|tenant| {
                    let vpn = tenant.collection_mut(APPS).get_mut(VPN).expect("the app");
                    vpn["assignments"][0]["target"]["@odata.type"] =
                        json!("#microsoft.graph.allLicensedUsersAssignmentTarget");
                })
            },
            json!({ "apps": [{ "id": VPN, "fails": true }] }),
            "account setup",
            "\"Company VPN\" failed",
        ),
        (
            "a shared device where only some users are enrolled",
            |ready| {
                ready.set_experience("deviceUsageType", json!("shared"));
                ready.set(MDM_POLICIES, INTUNE, "appliesTo", json!("selected"));
            },
            nothing(),
            "enrollment",
            "without a user",
        ),
        (
            "a shared device",
            |ready| ready.set_experience("deviceUsageType", json!("shared")),
            nothing(),
            "",
            "anybody who signs in",
        ),
    ];
    let ready = Ready::new().await;
    let state = ready.tenant.control().with_tenant(|tenant| tenant.clone());
    for (what, change, request, stops_at, words) in cases {
        ready.change(|tenant| *tenant = state.clone());
        change(&ready);
        let report = ready.power_on(request);
        assert_eq!(report["stoppedAt"].as_str().unwrap_or_default(), stops_at, "{what}: {report:#}");
        assert_eq!(report["reachedDesktop"], stops_at.is_empty(), "{what}");
        let last = report["steps"].as_array().and_then(|steps| steps.last()).expect("a step");
        assert!(last["reason"].as_str().unwrap_or_default().contains(words), "{what}: {last}");
    }
}
