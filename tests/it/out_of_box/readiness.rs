//! What readiness says beforehand is what the first start does: asked about a tenant in which everything is as it should be,
//! with each fact another way, alone and in pairs.

use std::collections::BTreeSet;
use std::time::Duration;

use autopilot_provider::emulator::{Effect, Fault};
use autopilot_provider::tf_provider::value::Value as TfValue;
use serde_json::{Value, json};

use super::ready::{EMPLOYEES, INTUNE, MEGAN, Ready};
use crate::product::case::SignedIn;
use crate::product::stage::provider_block;
use crate::support::autopilot::autopilot;
use crate::support::core::Core;
use autopilot_provider::emulator::collections::{
    BRANDING, DEVICE_CONFIGURATIONS, DEVICES, IDENTITIES, MAM_POLICIES, MDM_POLICIES, PROFILES, USERS,
};

/// A fact of the tenant, or who unpacks the laptop (`Some("")` for nobody who is named).
struct Fact {
    name: &'static str,
    change: fn(&Ready),
    user: Option<&'static str>,
}

const fn fact(name: &'static str, change: fn(&Ready)) -> Fact {
    Fact { name, change, user: None }
}

const fn unpacked_by(name: &'static str, user: &'static str) -> Fact {
    Fact { name, change: |_| {}, user: Some(user) }
}

const ALEX: &str = "7c1e9d53-6b2a-4f08-a3d4-1f5b8c0e9a67";

const FACTS: &[Fact] = &[
    fact("other hardware", |ready| ready.set_device("remediationState", json!("manualRemediationRequired"))),
    fact("hardware about to be fixed", |ready| {
        ready.set_device("remediationState", json!("automaticRemediationRequired"));
    }),
    fact("no profile", |ready| {
        ready.set(PROFILES, &ready.profile, "assignments", json!([]));
        ready.set_device("_profile", json!(""));
        ready.set_device("_intendedProfile", json!(""));
    }),
    fact("a profile on its way", Ready::profile_on_its_way),
    fact("another profile on its way", Ready::another_profile_on_its_way),
    fact("a profile for HoloLens", |ready| {
        ready.set(PROFILES, &ready.profile, "deviceType", json!("holoLens"))
    }),
    fact("a hybrid profile", |ready| {
        let kind = json!("#microsoft.graph.activeDirectoryWindowsAutopilotDeploymentProfile");
        ready.set(PROFILES, &ready.profile, "@odata.type", kind);
    }),
    fact("a self-deploying profile", |ready| ready.set_experience("deviceUsageType", json!("shared"))),
    unpacked_by("nobody", ""),
    unpacked_by("somebody unknown", "nobody@contoso.com"),
    unpacked_by("a guest", "ann_fabrikam.com#EXT#@contoso.onmicrosoft.com"),
    fact("a blocked account", |ready| ready.set(USERS, MEGAN, "accountEnabled", json!(false))),
    fact("assigned to Megan", |ready| ready.set_device("userPrincipalName", json!("Megan@contoso.com"))),
    fact("assigned to Alex", |ready| ready.set_device("userPrincipalName", json!("alex@contoso.com"))),
    fact("no branding", |ready| {
        ready.change(|tenant| drop(tenant.collection_mut(BRANDING).remove("0")));
    }),
    fact("a way to change the account", |ready| ready.set_experience("escapeLinkHidden", json!(false))),
    fact("no object in Entra", |ready| {
        ready.change(|tenant| {
            let id = tenant.collection(DEVICES).iter().next().expect("a device")["id"].clone();
            tenant.collection_mut(DEVICES).remove(id.as_str().expect("an id"));
        });
    }),
    fact("a disabled object in Entra", |ready| {
        ready.change(|tenant| {
            let first = tenant.collection_mut(DEVICES).iter_mut().next();
            first.map(|device| device.insert("accountEnabled".to_owned(), json!(false)));
        });
    }),
    fact("nobody may join", |ready| ready.let_join("no", json!([]), json!([]))),
    fact("Alex may join", |ready| ready.let_join("enumerated", json!([ALEX]), json!([]))),
    fact("Megan may join", |ready| ready.let_join("enumerated", json!([MEGAN]), json!([]))),
    fact("employees may join", |ready| ready.let_join("enumerated", json!([]), json!([EMPLOYEES]))),
    fact("devices up to the limit", |ready| {
        ready.join_policy(|policy| policy["userDeviceQuota"] = json!(1));
        ready.add(DEVICES, json!({ "id": "d1", "deviceId": "d2", "_registeredOwners": [MEGAN] }));
    }),
    fact("a limit that is not reached", |ready| {
        ready.join_policy(|policy| policy["userDeviceQuota"] = json!(2));
        ready.add(DEVICES, json!({ "id": "d3", "deviceId": "d4", "_registeredOwners": [MEGAN] }));
    }),
    fact("a limit of none", |ready| ready.join_policy(|policy| policy["userDeviceQuota"] = json!(0))),
    fact("nobody enrolls", |ready| ready.set(MDM_POLICIES, INTUNE, "appliesTo", json!("none"))),
    fact("others enroll", |ready| ready.let_enroll(&ready.group)),
    fact("employees enroll", |ready| ready.let_enroll(EMPLOYEES)),
    fact("managed apps too", |ready| {
        ready.set(MAM_POLICIES, INTUNE, "appliesTo", json!("all"));
    }),
    fact("no discovery URL", |ready| ready.set(MDM_POLICIES, INTUNE, "discoveryUrl", Value::Null)),
    fact("somebody else's discovery URL", |ready| {
        ready.set(
            MDM_POLICIES,
            INTUNE,
            "discoveryUrl",
            json!("https://notmanage.microsoft.com/discovery.svc"),
        );
    }),
    fact("an invalid policy", |ready| ready.set(MDM_POLICIES, INTUNE, "isValid", json!(false))),
    fact("no plans", |ready| ready.set(USERS, MEGAN, "assignedPlans", json!([]))),
    fact("no Entra P1", |ready| ready.give_plans(&["c1ec4a95-1f05-45b3-a911-aa3fa01094f5"])),
    fact("Intune for Education and Entra P2", |ready| {
        ready.give_plans(&["da24caf9-af8e-485c-b7c8-e73336da2693", "eec0eb4f-6444-4f95-aba0-50c24d67f998"]);
    }),
    fact("Intune for Office 365", |ready| {
        ready.give_plans(&["882e1d05-acd1-4ccb-8708-6ee03664b117", "41781fb2-bc02-4b7c-bd55-b576c07bb09d"]);
    }),
    fact("Windows blocked by default", |ready| ready.set_default_restriction("platformBlocked")),
    fact("personal devices blocked", |ready| {
        ready.set_default_restriction("personalDeviceEnrollmentBlocked")
    }),
    fact("Windows blocked for everybody", |ready| ready.restrict_everybody(true)),
    fact("Windows blocked for employees", |ready| ready.restrict_employees(true)),
    fact("Windows allowed for employees", |ready| ready.restrict_employees(false)),
    fact("enrolled by Alex", |ready| ready.enrolled_by(ALEX)),
    fact("enrolled by Megan", |ready| ready.enrolled_by(MEGAN)),
    fact("no next enrollment without a user", |ready| {
        ready.set_device("userlessEnrollmentStatus", json!("blocked"));
    }),
    fact("a page without time", |ready| ready.set_page("installProgressTimeoutInMinutes", json!(0))),
    fact("a page that blocks nothing", |ready| ready.set_page("blockDeviceSetupRetryByUser", json!(true))),
    fact("a page that lets go on", |ready| ready.set_page("allowDeviceUseOnInstallFailure", json!(true))),
    fact("a page that shows nothing", |ready| ready.set_page("showInstallationProgress", json!(false))),
    fact("a page for nobody", |ready| ready.set_page("assignments", json!([]))),
    fact("no policies", |ready| ready.policies(json!([]))),
    fact("policies for others", |ready| {
        ready.policies(json!([{ "id": "g", "target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "5e0c7b1a-0000-4000-8000-000000000000",
        } }]));
    }),
    fact("policies for employees", |ready| {
        ready.policies(json!([{ "id": "g", "target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": EMPLOYEES,
        } }]));
    }),
    // The last, since the others change what it takes away.
    fact("not registered", |ready| {
        ready.change(|tenant| drop(tenant.collection_mut(IDENTITIES).remove(&ready.device)));
    }),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_is_what_the_first_start_does_with_one_or_two_facts_wrong() {
    let mut cases: Vec<Vec<&'static Fact>> = vec![Vec::new()];
    for (at, first) in FACTS.iter().enumerate() {
        cases.push(vec![first]);
        // Two of every five pairs, so that each fact meets many others and the test stays quick.
        let others = FACTS.iter().enumerate().skip(at + 1).filter(|(other, _)| (at + other) % 5 < 2);
        cases.extend(others.map(|(_, second)| vec![first, second]));
    }
    assert!(cases.len() >= 500, "{} tenants", cases.len());
    let share = cases.len().div_ceil(TENANTS_AT_ONCE);
    let mut running = Vec::new();
    while !cases.is_empty() {
        let some = cases.split_off(cases.len().saturating_sub(share));
        running.push(tokio::spawn(disagreements(some)));
    }
    let (mut all_wrong, mut steps) = (Vec::new(), BTreeSet::new());
    for one in running {
        let (wrong, seen) = one.await.expect("a share of the tenants is looked at");
        all_wrong.extend(wrong);
        steps.extend(seen);
    }
    assert!(all_wrong.is_empty(), "{} disagreements:\n{}", all_wrong.len(), all_wrong.join("\n"));
    let all = ["", "device setup", "enrollment", "join", "profile", "registration", "sign-in"];
    assert!(steps.iter().eq(all), "every step is met: {steps:?}");
}

/// Whether setup succeeds as intended, and where it stops.
type Expectation = (Option<bool>, String);

async fn disagreements(cases: Vec<Vec<&'static Fact>>) -> (Vec<String>, BTreeSet<String>) {
    let ready = Ready::new().await;
    let block = provider_block(&ready.tenant, SignedIn::Administrator);
    let state = ready.tenant.control().with_tenant(|tenant| tenant.clone());
    let (mut wrong, mut steps) = (Vec::new(), BTreeSet::new());
    for facts in cases {
        ready.change(|tenant| *tenant = state.clone());
        let mut user = "megan@contoso.com";
        for fact in &facts {
            (fact.change)(&ready);
            user = fact.user.unwrap_or(user);
        }
        let user = Some(user).filter(|user| !user.is_empty());
        let core = autopilot().await;
        core.configure(&block).await;
        let said = core
            .data("autopilot_readiness", json!({ "serial_number": "HQ-1", "user_principal_name": user }))
            .await;
        let said_so =
            (said.get("ready").as_bool(), said.get("stops_at").as_str().unwrap_or_default().to_owned());
        let report = ready.power_on(json!({ "user": user }));
        let done = outcome(&report);
        let names: Vec<&str> = facts.iter().map(|fact| fact.name).collect();
        if said_so != done {
            wrong.push(format!("{}: said {said_so:?}, done {done:?}", names.join(" and ")));
        } else if let Some(fix) = fix(&report)
            && !of_status(&said, "failed").iter().any(|check| check.get("fix").as_str() == Some(fix))
        {
            wrong.push(format!("{}: to be mended otherwise than by {fix:?}", names.join(" and ")));
        }
        steps.insert(done.1);
    }
    (wrong, steps)
}

/// A laptop that starts like any other has failed where it was not recognised.
fn outcome(report: &Value) -> Expectation {
    let is_failure = |step: &&Value| {
        let early = step["name"] == "registration" || step["name"] == "profile";
        step["outcome"] == "stopped" || (early && step["outcome"] == "warning")
    };
    let succeeded = report["reachedDesktop"] == true && report["asIntended"] == true;
    let step = report["steps"].as_array().and_then(|steps| steps.iter().find(is_failure));
    let step = step.filter(|_| !succeeded).and_then(|step| step["name"].as_str()).unwrap_or_default();
    (Some(succeeded), step.to_owned())
}

/// What to do about the step at which the laptop failed.
fn fix(report: &Value) -> Option<&str> {
    let (_, step) = outcome(report);
    let steps = report["steps"].as_array()?;
    steps.iter().find(|one| one["name"] == step.as_str())?["fix"].as_str()
}

#[tokio::test]
async fn what_is_wrong_is_reported_with_what_to_do() {
    let ready = Ready::new().await;
    ready.set(USERS, MEGAN, "assignedPlans", json!([]));
    ready.set_page("installProgressTimeoutInMinutes", json!(0));
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Administrator)).await;
    let said = core
        .data(
            "autopilot_readiness",
            json!({ "id": ready.device, "user_principal_name": "Megan@Contoso.com" }),
        )
        .await;
    assert_eq!(said.get("serial_number").as_str(), Some("HQ-1"));
    assert_eq!(
        (said.get("ready"), said.get("stops_at").as_str()),
        (&TfValue::from(false), Some("enrollment"))
    );
    let failed: Vec<&str> =
        of_status(&said, "failed").iter().filter_map(|one| one.get("name").as_str()).collect();
    assert_eq!(failed, ["licence", "status_page"]);
    let licence = check(&said, "licence");
    assert!(licence.get("detail").as_str().is_some_and(|text| text.contains("0x80180018")), "{licence:?}");
    assert!(licence.get("fix").as_str().is_some_and(|text| text.contains("Assign a licence")), "{licence:?}");
}

#[tokio::test]
async fn policies_of_windows_that_reach_the_device_or_its_user_are_counted() {
    let ready = Ready::new().await;
    let for_all =
        json!([{ "id": "a", "target": { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } }]);
    let profile = |id: &str, kind: &str, assignments: &Value| {
        let kind = format!("#microsoft.graph.{kind}");
        let profile = json!({ "@odata.type": kind, "id": id, "displayName": id, "assignments": assignments });
        ready.add(DEVICE_CONFIGURATIONS, profile);
    };
    let counted = async || {
        let core = autopilot().await;
        core.configure(provider_block(&ready.tenant, SignedIn::Administrator)).await;
        let config = json!({ "serial_number": "HQ-1", "user_principal_name": "megan@contoso.com" });
        let said = core.data("autopilot_readiness", config).await;
        let text = |name: &str| check(&said, "policies").get(name).as_str().unwrap_or_default().to_owned();
        (text("status"), text("detail"))
    };
    ready.policies(json!([]));
    profile("iPhones", "iosGeneralDeviceConfiguration", &for_all);
    profile("nobody's", "windows10CustomConfiguration", &json!([]));
    let (status, detail) = counted().await;
    assert_eq!(
        (status.as_str(), detail.as_str()),
        ("warning", "No policy is assigned to the device or its user.")
    );
    profile("kiosks", "sharedPCConfiguration", &for_all);
    ready.policies(for_all.clone());
    let (status, detail) = counted().await;
    assert_eq!(
        (status.as_str(), detail.as_str()),
        ("ok", "3 policies are assigned to the device or its user.")
    );
}

#[tokio::test]
async fn an_unregistered_laptop_is_not_ready_and_no_error() {
    let ready = Ready::new().await;
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Application)).await;
    for config in
        [json!({ "serial_number": "UNKNOWN" }), json!({ "id": "00000000-1111-4222-8333-444444444444" })]
    {
        let said = core.data("autopilot_readiness", config).await;
        assert_eq!(
            (said.get("ready"), said.get("stops_at").as_str()),
            (&TfValue::from(false), Some("registration"))
        );
        assert_eq!(said.get("checks").elements().len(), 1);
    }
}

#[tokio::test]
async fn a_check_without_its_permission_is_unknown_and_then_nothing_is_ready() {
    let ready = Ready::new().await;
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Application)).await;
    let config = json!({ "serial_number": "hq-1", "user_principal_name": "megan@contoso.com" });
    let said = core.data("autopilot_readiness", config.clone()).await;
    assert!(said.get("ready").is_null(), "{said:?}");
    let names: Vec<&str> =
        of_status(&said, "unknown").iter().filter_map(|one| one.get("name").as_str()).collect();
    assert_eq!(names, ["device_limit", "mdm_scope", "discovery_url"], "what no application may see");
    let scope = check(&said, "mdm_scope").get("detail").as_str().unwrap_or_default().to_owned();
    assert!(scope.contains("`Policy.Read.All`") && scope.contains("only a signed-in person"), "{scope}");
    // A failure needs nothing else to be one.
    ready.set(USERS, MEGAN, "accountEnabled", json!(false));
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Application)).await;
    let said = core.data("autopilot_readiness", config).await;
    assert_eq!((said.get("ready"), said.get("stops_at").as_str()), (&TfValue::from(false), Some("sign-in")));
}

fn of_status<'v>(said: &'v TfValue, status: &str) -> Vec<&'v TfValue> {
    let checks = said.get("checks").elements().iter();
    checks.filter(|one| one.get("status").as_str() == Some(status)).collect()
}

fn check<'v>(said: &'v TfValue, name: &str) -> &'v TfValue {
    let mut checks = said.get("checks").elements().iter();
    checks.find(|one| one.get("name").as_str() == Some(name)).expect("the check")
}

/// Tenants that are looked at side by side.
const TENANTS_AT_ONCE: usize = 12;

/// The tenant's facts are read once, and lists tell of devices and users as soon as that is cheaper.
#[tokio::test]
async fn five_hundred_laptops_cost_pages_and_no_more() {
    let ready = Ready::new().await;
    ready.multiply(MANY);
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Administrator)).await;
    ready.tenant.control().clear_requests();
    let all = futures_util::future::join_all((0..MANY).map(|number| read(&core, number))).await;
    assert!(all.iter().all(|said| said.get("ready").as_bool() == Some(true)), "{:?}", all[0]);
    let asked = asked(&ready);
    assert!(asked <= MOST, "{asked} requests for {MANY} laptops, and {MOST} are enough");
}

/// As Terraform reads them: ten at a time.
#[tokio::test]
async fn five_hundred_laptops_in_waves_of_ten_cost_no_more_either() {
    let ready = Ready::new().await;
    ready.multiply(MANY);
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Administrator)).await;
    ready.tenant.control().clear_requests();
    for wave in 0..MANY / 10 {
        let ten = (0..10).map(|number| read(&core, 10 * wave + number));
        let ten = futures_util::future::join_all(ten).await;
        assert!(ten.iter().all(|said| said.get("ready").as_bool() == Some(true)), "{:?}", ten[0]);
    }
    let asked = asked(&ready);
    assert!(asked <= MOST, "{asked} requests for {MANY} laptops, and {MOST} are enough");
}

/// What a laptop's lists say is what it says itself, whatever is wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_from_lists_is_readiness_from_the_device_itself() {
    let ready = Ready::new().await;
    let block = provider_block(&ready.tenant, SignedIn::Administrator);
    ready.multiply(BEFORE);
    // Whatever the emulator still has to do is done.
    ready.tenant.control().step(Duration::from_secs(600));
    let state = ready.tenant.control().with_tenant(|tenant| tenant.clone());
    for fact in FACTS {
        ready.change(|tenant| *tenant = state.clone());
        (fact.change)(&ready);
        let user = Some(fact.user.unwrap_or("megan@contoso.com")).filter(|user| !user.is_empty());
        let config = json!({ "serial_number": "HQ-1", "user_principal_name": user });
        let mut said = Vec::new();
        for before in [0, BEFORE] {
            let core = autopilot().await;
            core.configure(&block).await;
            futures_util::future::join_all((0..before).map(|number| read(&core, number))).await;
            said.push(summary(&core.data("autopilot_readiness", config.clone()).await));
        }
        assert_eq!(said[0], said[1], "{}", fact.name);
    }
}

/// Whoever may not read the members of groups asks each device.
#[tokio::test]
async fn lists_that_are_refused_are_not_asked_for_again() {
    let ready = Ready::new().await;
    ready.multiply(BEFORE);
    ready.tenant.control().add_fault(Fault::always("transitiveMembers|assignedDevices", Effect::status(403)));
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Administrator)).await;
    for number in 0..BEFORE {
        let said = read(&core, number).await;
        assert_eq!(said.get("ready").as_bool(), Some(true), "{:?}", summary(&said));
    }
    let requests = ready.tenant.control().requests();
    let refused = requests.iter().filter(|one| one.status == 403).count();
    assert_eq!(refused, 2, "each kind of list once");
}

/// A cloud that does not know the list of a profile's devices says 404, and that is not "no device".
#[tokio::test]
async fn a_list_of_devices_that_is_missing_takes_nobodys_profile() {
    let ready = Ready::new().await;
    ready.multiply(BEFORE);
    ready.tenant.control().add_fault(Fault::always("assignedDevices", Effect::status(404)));
    let core = autopilot().await;
    core.configure(provider_block(&ready.tenant, SignedIn::Administrator)).await;
    for number in 0..BEFORE {
        let said = read(&core, number).await;
        assert_eq!(said.get("ready").as_bool(), Some(true), "{number}: {:?}", summary(&said));
    }
}

/// Each check with its status, and whether all is well.
fn summary(said: &TfValue) -> Vec<(String, String)> {
    let text = |one: &TfValue, name: &str| one.get(name).as_str().unwrap_or_default().to_owned();
    let checks = said.get("checks").elements().iter();
    checks.map(|one| (text(one, "name"), text(one, "status"))).collect()
}

async fn read(core: &Core, number: usize) -> TfValue {
    let config =
        json!({ "serial_number": format!("HQ{number}"), "user_principal_name": "megan@contoso.com" });
    core.data("autopilot_readiness", config).await
}

/// Requests to Graph, those in batches counted singly.
fn asked(ready: &Ready) -> usize {
    let requests = ready.tenant.control().requests();
    requests.iter().filter(|one| !one.version.is_empty() && !one.path.ends_with("/$batch")).count()
}

const MANY: usize = 500;
/// What the tenant's facts take, twenty devices by themselves, and pages of lists.
const MOST: usize = 100;
/// Devices after which lists are read.
const BEFORE: usize = 24;
