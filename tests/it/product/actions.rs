//! Actions: done once, reported on the way, refused with a reason where the device is not in the state for them.

use autopilot_provider::emulator::{Effect, Fault, Latencies, Options};
use autopilot_provider::tf_provider::value::Value;
use serde_json::json;

use super::case::SignedIn;
use super::stage::provider_block;
use crate::emulator_intune::stage::register;
use crate::out_of_box::ready::Ready;
use crate::support::autopilot::autopilot;
use crate::support::core::{Acted, Core, config};
use crate::support::emulated_tenant::EmulatedTenant;

const SYNC: &str = "autopilot_sync";
const ALLOW: &str = "autopilot_device_allow_next_enrollment";
const SYNC_DEVICE: &str = "autopilot_device_sync";
const RESET: &str = "autopilot_device_reset";

/// Check 82. What is not known yet is planned; what is reported comes before the one end.
#[tokio::test]
async fn an_action_is_planned_with_what_is_not_known_and_tells_how_far_it_is() {
    let tenant = EmulatedTenant::contoso().await;
    register(&tenant, "HQ-1", "HQ").await;
    let core = provider(&tenant).await;
    let later = config(json!({})).with("serial_number", Value::Unknown);
    for action in [ALLOW, SYNC_DEVICE] {
        core.plan_action(action, &later).await.expect_no_errors(action);
    }
    let before = tenant.control().requests().len();
    let acted = core.act(ALLOW, json!({"serial_number": "hq-1"})).await;
    acted.said.expect_no_errors(ALLOW);
    assert_eq!(acted.progress, ["The device `HQ-1` may enroll once more."]);
    let again = core.act(ALLOW, json!({"serial_number": "HQ-1"})).await;
    assert_eq!(again.progress, ["The device `HQ-1` may enroll already; that will do."]);
    assert_eq!(posts(&tenant, before, "allowNextEnrollment"), 1);
    let nobody = core.act(ALLOW, json!({"serial_number": "HQ-2"})).await;
    nobody.said.error("No such Autopilot device");
    assert!(nobody.progress.is_empty());
    let both = core.act(ALLOW, json!({"serial_number": "HQ-1", "device_id": "HQ-1"})).await;
    assert!(both.said.has_errors(), "{}", both.said);
}

#[tokio::test]
async fn a_synchronization_that_runs_or_ended_a_moment_ago_will_do() {
    let tenant = EmulatedTenant::contoso().await;
    let core = provider(&tenant).await;
    let acted = core.act(SYNC, json!({"wait": true})).await;
    acted.said.expect_no_errors(SYNC);
    assert_eq!(acted.progress, ["Windows Autopilot synchronizes.", "The synchronization is completed."]);
    for (status, progress) in [(409, "running already"), (429, "less than ten minutes ago")] {
        let before = tenant.control().requests().len();
        let headers = [("Retry-After".to_owned(), "540".to_owned())].into();
        let refusal = Effect::Status { status, headers, body: None };
        tenant.control().add_fault(Fault::once("windowsAutopilotSettings/sync", refusal));
        let acted = core.act(SYNC, json!({})).await;
        acted.said.expect_no_errors(SYNC);
        assert!(acted.progress.len() == 1 && acted.progress[0].contains(progress), "{acted:?}");
        assert_eq!(posts(&tenant, before, "sync"), 1, "{status}");
    }
}

/// Check 82. An interrupt ends what waits, and says so.
#[tokio::test]
async fn an_interrupt_ends_an_action_that_waits() {
    let latencies = Latencies { sync: std::time::Duration::from_secs(3600), ..Latencies::default() };
    let tenant = EmulatedTenant::start(Options { latencies, ..Options::default() }).await;
    let core = provider(&tenant).await;
    let mut events = core.events(SYNC, &config(json!({"wait": true}))).await;
    let progress = events.message().await.expect("a message").expect("progress");
    assert!(format!("{progress:?}").contains("synchronizes"), "{progress:?}");
    core.interrupt().await;
    let ended = events.message().await.expect("a message").expect("an end");
    assert!(format!("{ended:?}").contains("Interrupted"), "{ended:?}");
    assert!(events.message().await.expect("no fault").is_none());
}

#[tokio::test]
async fn a_device_that_is_not_enrolled_is_ordered_nothing() {
    let ready = Ready::new().await;
    let core = provider(&ready.tenant).await;
    let before = ready.tenant.control().requests().len();
    let twice = json!({"serial_number": "HQ-1", "confirm_serial_number": "HQ-1"});
    for (action, arguments) in [(SYNC_DEVICE, json!({"serial_number": "HQ-1"})), (RESET, twice.clone())] {
        let acted = core.act(action, arguments).await;
        acted.said.error("The device is not enrolled in Intune");
    }
    enroll(&ready);
    core.next_command().await;
    let synced = core.act(SYNC_DEVICE, json!({"device_id": ready.device()})).await;
    synced.said.expect_no_errors(SYNC_DEVICE);
    assert_eq!(orders(&ready.tenant).await, ["syncDevice"]);

    let slip = core.act(RESET, json!({"serial_number": "HQ-1", "confirm_serial_number": "HQ-2"})).await;
    assert!(slip.said.error("Two different serial numbers").detail.contains("`HQ-2`"), "{}", slip.said);
    let reset = core.act(RESET, twice.clone()).await;
    reset.said.expect_no_errors(RESET);
    assert!(reset.progress[0].contains("resets itself as soon as it is on and online"), "{reset:?}");
    assert_eq!(orders(&ready.tenant).await, ["syncDevice", "factoryReset"]);
    core.act(RESET, twice).await.said.error("being reset already");
    assert_eq!(posts(&ready.tenant, before, "wipe") + posts(&ready.tenant, before, "syncDevice"), 2);
}

/// Whatever becomes of the answer, an order is sent once.
#[tokio::test]
async fn a_lost_answer_never_has_anything_done_twice() {
    let broken = |status| Effect::Instead { status, body: json!("<html></html>") };
    let refused = |status| Effect::Status { status, headers: Default::default(), body: None };
    for (effect, is_known) in [
        (Effect::LostReply, true),
        (broken(200), true),
        (broken(502), true),
        (Effect::Reset, false),
        (refused(500), false),
        (refused(504), false),
    ] {
        let ready = Ready::new().await;
        enroll(&ready);
        let core = provider(&ready.tenant).await;
        for (action, arguments, name) in [
            (SYNC, json!({}), "windowsAutopilotSettings/sync"),
            (ALLOW, json!({"serial_number": "HQ-1"}), "allowNextEnrollment"),
            (SYNC_DEVICE, json!({"serial_number": "HQ-1"}), "syncDevice"),
            (RESET, json!({"serial_number": "HQ-1", "confirm_serial_number": "HQ-1"}), "wipe"),
        ] {
            let before = ready.tenant.control().requests().len();
            ready.tenant.control().add_fault(Fault::once(name, effect.clone()));
            let Acted { said, progress } = core.act(action, arguments).await;
            assert_eq!(posts(&ready.tenant, before, name), 1, "{action} {effect:?}");
            if is_known {
                said.expect_no_errors(&format!("{action} {effect:?}"));
                assert_eq!(progress.len(), 1, "{action} {effect:?}");
            } else {
                let error = said.error("Nobody knows whether it was done");
                assert!(error.detail.contains("trigger the action again"), "{}", error.detail);
            }
        }
    }
}

/// The permission that orders need is asked for by name, before anything is sent.
#[tokio::test]
async fn an_order_needs_its_permission() {
    let mut options = Options::default();
    let roles = &mut options.seed.applications[0].roles;
    roles.retain(|role| !role.starts_with("DeviceManagementManagedDevices"));
    roles.push("DeviceManagementManagedDevices.Read.All".to_owned());
    let tenant = EmulatedTenant::start(options).await;
    let core = provider(&tenant).await;
    let before = tenant.control().requests().len();
    let acted = core.act(SYNC_DEVICE, json!({"serial_number": "HQ-1"})).await;
    let refused = acted.said.error("Permission missing");
    assert!(
        refused.detail.contains("DeviceManagementManagedDevices.PrivilegedOperations.All"),
        "{}",
        refused.detail
    );
    assert_eq!(posts(&tenant, before, ""), 0);
}

async fn provider(tenant: &EmulatedTenant) -> Core {
    let core = autopilot().await;
    core.configure(provider_block(tenant, SignedIn::Application)).await;
    core
}

/// Switches the laptop on for the first time.
fn enroll(ready: &Ready) {
    let request = json!({"serialNumber": "HQ-1", "user": "megan@contoso.com"});
    ready.tenant.control().power_on(&request).expect("a good request");
}

/// What the device was ordered to do.
async fn orders(tenant: &EmulatedTenant) -> Vec<String> {
    let devices = tenant.get("/v1.0/deviceManagement/managedDevices").await.expect(200).body;
    let orders = devices["value"][0]["deviceActionResults"].as_array().cloned().unwrap_or_default();
    orders.iter().map(|order| order["actionName"].as_str().expect("a name").to_owned()).collect()
}

/// How many requests of Graph were posted to an address since then.
fn posts(tenant: &EmulatedTenant, since: usize, address: &str) -> usize {
    let requests = tenant.control().requests();
    let to_graph = |path: &str| path.contains("/v1.0/") || path.contains("/beta/");
    let posted = requests[since..].iter().filter(|one| one.method == "POST" && to_graph(&one.path));
    posted.filter(|one| one.path.ends_with(address)).count()
}
