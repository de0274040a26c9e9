//! Powering on a laptop: what a tenant's configuration means for whoever unpacks it.
//!
//! The tenant is configured over HTTP, then one thing about it is changed, and the run must stop where the real first
//! start would, for that reason.

use autopilot_provider::emulator::{Entity, Tenant};
use serde_json::{Value, json};

use crate::emulator_intune::stage::{self, Pretend};

const MEGAN: &str = "2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b20";
const INTUNE: &str = "0000000a-0000-0000-c000-000000000000";
const VPN: &str = "0a3de581-6b02-4f97-8c4d-e1b7f5a92c36";
const PAGES: &str = "/beta/deviceManagement/deviceEnrollmentConfigurations";

/// Contoso with everything in place for the laptop HQ-1 and its user Megan.
struct Ready {
    tenant: Pretend,
    profile: String,
    page: String,
    group: String,
    device: String,
}

impl Ready {
    async fn new() -> Self {
        let tenant = Pretend::contoso().await;
        let policy = format!("/beta/policies/mobileDeviceManagementPolicies/{INTUNE}");
        let urls = json!({
            "discoveryUrl": "https://enrollment.manage.microsoft.com/enrollmentserver/discovery.svc",
            "termsOfUseUrl": "https://portal.manage.microsoft.com/TermsofUse.aspx",
            "complianceUrl": "https://portal.manage.microsoft.com/?portalAction=Compliance",
        });
        for body in [urls, json!({ "appliesTo": "all" })] {
            let reply = tenant.call_as_administrator("PATCH", &policy, body).await;
            assert!([200, 204].contains(&reply.status), "{}", reply.body);
        }
        let group = stage::tagged(&tenant, "HQ").await;
        let profile = stage::profile(&tenant, "Headquarters").await;
        let template = json!({
            "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
            "deviceNameTemplate": "HQ-%SERIAL%",
        });
        let path = format!("{}/{profile}", stage::PROFILES);
        tenant.call("PATCH", &path, template).await.expect(200);
        let target = stage::group_target(&group);
        tenant
            .call("POST", &format!("{path}/assignments"), target.clone())
            .await
            .expect(201);
        let page = json!({
            "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
            "displayName": "Headquarters page",
            "showInstallationProgress": true,
            "installProgressTimeoutInMinutes": 60,
            "customErrorMessage": "Call 555-0100.",
            "selectedMobileAppIds": [VPN],
        });
        let page = tenant.call("POST", PAGES, page).await.expect(201).text("id");
        let body = json!({ "enrollmentConfigurationAssignments": [target] });
        tenant
            .call("POST", &format!("{PAGES}/{page}/assign"), body)
            .await
            .expect(204);
        let device = stage::register(&tenant, "HQ-1", "HQ").await;
        let device = device["id"].as_str().expect("an id").to_owned();
        Ready {
            tenant,
            profile,
            page,
            group,
            device,
        }
    }

    fn change(&self, work: impl FnOnce(&mut Tenant)) {
        self.tenant.control().with_tenant(work);
    }

    /// Sets one property of one object.
    fn set(&self, collection: &str, id: &str, name: &str, value: Value) {
        self.change(|tenant| {
            let entity = tenant.collection_mut(collection).get_mut(id);
            entity
                .unwrap_or_else(|| panic!("no {id} in {collection}"))
                .insert(name.to_owned(), value);
        });
    }

    fn add(&self, collection: &str, entity: Value) {
        let entity: Entity = entity.as_object().cloned().expect("an object");
        self.change(|tenant| tenant.collection_mut(collection).insert(entity));
    }

    fn set_experience(&self, name: &str, value: Value) {
        self.change(|tenant| {
            let profile = tenant
                .collection_mut("windowsAutopilotDeploymentProfiles")
                .get_mut(&self.profile);
            profile.expect("the profile")["outOfBoxExperienceSetting"][name] = value;
        });
    }

    fn set_page(&self, name: &str, value: Value) {
        self.set("deviceEnrollmentConfigurations", &self.page, name, value);
    }

    fn set_device(&self, name: &str, value: Value) {
        self.set("windowsAutopilotDeviceIdentities", &self.device, name, value);
    }

    fn join_policy(&self, work: impl FnOnce(&mut Entity)) {
        self.change(|tenant| {
            let policy = tenant
                .collection_mut("deviceRegistrationPolicy")
                .iter_mut()
                .next();
            work(policy.expect("the policy"));
        });
    }

    fn power_on(&self, extra: Value) -> Value {
        let mut request = json!({ "serialNumber": "HQ-1", "user": "megan@contoso.com" });
        if let (Value::Object(request), Value::Object(extra)) = (&mut request, extra) {
            request.extend(extra);
        }
        self.tenant.control().power_on(&request).expect("a good request")
    }
}

fn step<'r>(report: &'r Value, name: &str) -> &'r Value {
    let steps = report["steps"].as_array().expect("steps");
    steps
        .iter()
        .find(|step| step["name"] == name)
        .unwrap_or(&Value::Null)
}

/// What is done to a tenant that is ready, what the request says beside serial number and user, where the run stops
/// ("" for the desktop), and words of the reason (of the last step).
type Case = (&'static str, fn(&Ready), Value, &'static str, &'static str);

#[tokio::test]
async fn every_run_stops_where_the_real_first_start_would() {
    let nothing = || json!({});
    let cases: Vec<Case> = vec![
        (
            "a tenant that is ready",
            |_| {},
            nothing(),
            "",
            "HQ-HQ-1 is ready for a standard user",
        ),
        (
            "no network",
            |_| {},
            json!({ "network": false }),
            "network",
            "no network",
        ),
        (
            "a laptop of another organization",
            |ready| {
                ready.add(
                    "devicesOfOtherTenants",
                    json!({ "id": "1", "serialNumber": "FOREIGN" }),
                )
            },
            json!({ "serialNumber": "FOREIGN" }),
            "registration",
            "another organization",
        ),
        (
            "a hybrid profile",
            |ready| {
                let hybrid = "#microsoft.graph.activeDirectoryWindowsAutopilotDeploymentProfile";
                ready.set(
                    "windowsAutopilotDeploymentProfiles",
                    &ready.profile,
                    "@odata.type",
                    json!(hybrid),
                );
            },
            nothing(),
            "profile",
            "hybrid join",
        ),
        (
            "nobody to sign in",
            |_| {},
            json!({ "user": null }),
            "sign-in",
            "none is assigned",
        ),
        (
            "an unknown user",
            |_| {},
            json!({ "user": "nobody@contoso.com" }),
            "sign-in",
            "no user",
        ),
        (
            "a disabled account",
            |ready| ready.set("users", MEGAN, "accountEnabled", json!(false)),
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
                ready.add(
                    "devices",
                    json!({ "id": "d1", "deviceId": "d2", "_registeredOwners": [MEGAN] }),
                );
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
        (
            "Windows Home",
            |_| {},
            json!({ "edition": "Home" }),
            "join",
            "Windows Home",
        ),
        (
            "a device object that was deleted by hand",
            |ready| {
                ready.change(|tenant| {
                    let device = tenant.collection("devices").iter().next().expect("a device")["id"].clone();
                    tenant
                        .collection_mut("devices")
                        .remove(device.as_str().expect("an id"));
                })
            },
            nothing(),
            "join",
            "ZTDID",
        ),
        (
            "nobody is enrolled",
            |ready| {
                ready.set(
                    "mobileDeviceManagementPolicies",
                    INTUNE,
                    "appliesTo",
                    json!("none"),
                )
            },
            nothing(),
            "enrollment",
            "is \"none\"",
        ),
        (
            "others are enrolled",
            |ready| {
                ready.set(
                    "mobileDeviceManagementPolicies",
                    INTUNE,
                    "appliesTo",
                    json!("selected"),
                );
                ready.set(
                    "mobileDeviceManagementPolicies",
                    INTUNE,
                    "_includedGroups",
                    json!([ready.group]),
                );
            },
            nothing(),
            "enrollment",
            "in none of the groups",
        ),
        (
            "a group of the user is enrolled",
            |ready| {
                let employees = json!(["a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346"]);
                ready.set(
                    "mobileDeviceManagementPolicies",
                    INTUNE,
                    "appliesTo",
                    json!("selected"),
                );
                ready.set(
                    "mobileDeviceManagementPolicies",
                    INTUNE,
                    "_includedGroups",
                    employees,
                );
            },
            nothing(),
            "",
            "ready",
        ),
        (
            "no discovery URL",
            |ready| {
                ready.set(
                    "mobileDeviceManagementPolicies",
                    INTUNE,
                    "discoveryUrl",
                    Value::Null,
                )
            },
            nothing(),
            "enrollment",
            "no MDM discovery URL",
        ),
        (
            "a discovery URL of somebody else",
            |ready| {
                let url = json!("https://manage.microsoft.com.example.com/discovery.svc");
                ready.set("mobileDeviceManagementPolicies", INTUNE, "discoveryUrl", url);
            },
            nothing(),
            "enrollment",
            "does not lead to Intune",
        ),
        (
            "a user without an Intune licence",
            |ready| ready.set("users", MEGAN, "assignedPlans", json!([])),
            nothing(),
            "enrollment",
            "0x80180018",
        ),
        (
            "an unregistered laptop where personal ones are blocked",
            |ready| {
                ready.change(|tenant| {
                let restrictions = tenant.collection_mut("deviceEnrollmentConfigurations").iter_mut()
                    .find(|one| one["deviceEnrollmentConfigurationType"] == "defaultPlatformRestrictions");
                restrictions.expect("restrictions")["windowsRestriction"]["personalDeviceEnrollmentBlocked"] = json!(true);
            })
            },
            json!({ "serialNumber": "UNKNOWN" }),
            "enrollment",
            "personal devices",
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
            |ready| {
                ready.add(
                    "appInstallations",
                    json!({ "id": "1", "appId": VPN, "fails": true }),
                )
            },
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
                    let vpn = tenant.collection_mut("mobileApps").get_mut(VPN).expect("the app");
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
                ready.set(
                    "mobileDeviceManagementPolicies",
                    INTUNE,
                    "appliesTo",
                    json!("selected"),
                );
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
        assert_eq!(
            report["stoppedAt"].as_str().unwrap_or_default(),
            stops_at,
            "{what}: {report:#}"
        );
        assert_eq!(report["reachedDesktop"], stops_at.is_empty(), "{what}");
        let last = report["steps"]
            .as_array()
            .and_then(|steps| steps.last())
            .expect("a step");
        assert!(
            last["reason"].as_str().unwrap_or_default().contains(words),
            "{what}: {last}"
        );
    }
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
        step(&report, "sign-in")["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("greets Megan"))
    );
    assert!(
        step(&report, "device setup")["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("Company VPN"))
    );

    let managed = ready
        .tenant
        .get("/v1.0/deviceManagement/managedDevices?$filter=serialNumber eq 'HQ-1'")
        .await;
    let managed = &managed.expect(200).body["value"][0];
    assert_eq!(
        (&managed["deviceName"], &managed["userPrincipalName"]),
        (&json!("HQ-HQ-1"), &json!("megan@contoso.com"))
    );
    let device = ready
        .tenant
        .get(&format!("{}/{}", stage::DEVICES, ready.device))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&device["enrollmentState"], &device["managedDeviceId"]),
        (&json!("enrolled"), &managed["id"])
    );
    let entra = ready
        .tenant
        .get("/v1.0/devices?$filter=displayName eq 'HQ-HQ-1'")
        .await
        .expect(200)
        .body;
    assert_eq!(entra["value"][0]["enrollmentProfileName"], "Headquarters");
    let event = ready
        .tenant
        .get("/beta/deviceManagement/autopilotEvents")
        .await
        .expect(200)
        .body["value"][0]
        .clone();
    for (name, value) in [
        ("deploymentState", "success"),
        ("enrollmentState", "enrolled"),
        ("enrollmentType", "azureADJoinedWithAutopilotProfile"),
        ("deviceSetupStatus", "success"),
        ("accountSetupStatus", "success"),
        ("deviceSerialNumber", "HQ-1"),
        ("windowsAutopilotDeploymentProfileDisplayName", "Headquarters"),
        (
            "windows10EnrollmentCompletionPageConfigurationDisplayName",
            "Headquarters page",
        ),
    ] {
        assert_eq!(event[name], value, "{name}");
    }
    ready
        .tenant
        .call(
            "DELETE",
            &format!("{}/{}", stage::DEVICES, ready.device),
            Value::Null,
        )
        .await
        .expect(400);
    let id = managed["id"].as_str().expect("an id");
    ready
        .tenant
        .call(
            "DELETE",
            &format!("/v1.0/deviceManagement/managedDevices/{id}"),
            Value::Null,
        )
        .await
        .expect(204);
    ready
        .tenant
        .call(
            "DELETE",
            &format!("{}/{}", stage::DEVICES, ready.device),
            Value::Null,
        )
        .await
        .expect(204);
}

#[tokio::test]
async fn an_event_says_how_a_run_ended() {
    let ready = Ready::new().await;
    let state = ready.tenant.control().with_tenant(|tenant| tenant.clone());
    let failing = json!({ "apps": [{ "id": VPN, "fails": true }] });
    let slow = json!({ "apps": [{ "id": VPN, "minutes": 600 }] });
    let cases: [(fn(&Ready), &Value, [&str; 3]); 4] = [
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
            |ready| ready.set("users", MEGAN, "assignedPlans", json!([])),
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
    assert_eq!(
        ready.power_on(json!({ "user": "nobody@contoso.com" }))["autopilotEvent"],
        Value::Null
    );
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
            tenant
                .call("POST", &format!("{PAGES}/{id}/assign"), body)
                .await
                .expect(204);
            id
        }
    };
    let applied = || {
        ready.power_on(json!({}))["statusPage"]["displayName"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
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
        ready
            .tenant
            .call("POST", &path, json!({ "priority": 1 }))
            .await
            .expect(204);
    }
    assert_eq!(applied(), "For all devices");
    let body = json!({ "enrollmentConfigurationAssignments": [filtered("exclude")] });
    ready
        .tenant
        .call("POST", &format!("{PAGES}/{for_devices}/assign"), body)
        .await
        .expect(204);
    assert_eq!(applied(), "Headquarters page");
    ready
        .tenant
        .call("DELETE", &format!("{PAGES}/{}", ready.page), Value::Null)
        .await
        .expect(204);
    assert_eq!(applied(), "For users");
    ready
        .tenant
        .call("DELETE", &format!("{PAGES}/{for_users}"), Value::Null)
        .await
        .expect(204);
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
    assert!(
        profile["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("too early")),
        "{profile}"
    );
    assert_eq!(report["accountType"], "administrator");
    assert!(
        report["deviceName"]
            .as_str()
            .is_some_and(|name| name.starts_with("DESKTOP-")),
        "{report}"
    );
    assert_eq!(report["autopilotEvent"], Value::Null);
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
    let report = power_on(json!({ "serialNumber": "hq-1", "user": "megan@contoso.com" }))
        .await
        .expect(200);
    assert_eq!(report.body["reachedDesktop"], true);
    for wrong in [
        json!({}),
        json!({ "serialNumber": " " }),
        json!({ "serialNumber": "HQ-1", "colour": "red" }),
    ] {
        power_on(wrong).await.expect(400);
    }
}
