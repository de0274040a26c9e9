//! `autopilot_device_identity`.

use autopilot_provider::emulator::{Effect, Fault};
use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::Tenant;
use crate::support::core::Action;
use crate::support::eventually::eventually;
use autopilot_provider::emulator::collections::{
    DEVICES_OF_OTHER_TENANTS, IDENTITIES, IMPORTED_IDENTITIES, MANAGED_DEVICES,
};

const IMPORT: &str = "importedWindowsAutopilotDeviceIdentities";

fn config(serial: &str, hash: &str) -> Json {
    json!({"serial_number": serial, "hardware_hash": hash})
}

#[tokio::test]
async fn a_device_lives_and_leaves_nothing() {
    let tenant = Tenant::alive().await;
    let hash = tenant.hash("PF-1 A");
    let mut device = tenant.core.resource("autopilot_device_identity");
    device.apply(json!({"serial_number": "pf-1 a", "hardware_hash_wo": hash, "group_tag": "HQ"})).await;
    assert_eq!(device.last_action(), Action::Create);
    assert_eq!(device.text("manufacturer"), "Contoso Devices");
    assert_ne!(device.text("entra_device_id"), "");
    let kept = device.text("id").to_owned();

    let renamed = json!({"serial_number": "PF-1 A", "group_tag": "Lab", "display_name": "LAPTOP-1"});
    device.apply(renamed.clone()).await;
    assert_eq!((device.last_action(), device.text("id")), (Action::Update, &*kept));
    let there = &tenant.devices()[0];
    assert_eq!((&there["groupTag"], &there["displayName"]), (&json!("Lab"), &json!("LAPTOP-1")));

    device.apply(json!({"serial_number": "PF-1 A"})).await;
    assert_eq!(tenant.devices()[0]["groupTag"], "");

    device.destroy().await;
    assert_eq!(tenant.devices().len() + tenant.collection(IMPORTED_IDENTITIES).len(), 0);
}

#[tokio::test]
async fn another_hash_of_the_same_device_changes_nothing() {
    let tenant = Tenant::quick().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    device.apply(config("SN1", &tenant.hash("SN1"))).await;
    device.assert_empty_plan(config("SN1", &tenant.hash("SN1"))).await;
}

#[tokio::test]
async fn the_answer_to_an_import_is_believed() {
    let tenant = Tenant::quick().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    device.apply(config("SN1", &tenant.hash("SN1"))).await;
    assert_eq!((tenant.count("POST", "/import"), tenant.count("GET", "importId")), (1, 0));
}

#[tokio::test]
async fn a_wrong_checksum_is_a_warning_and_the_service_decides() {
    let tenant = Tenant::quick().await;
    let own = tenant.hash("SN1");
    let changed = format!("{}AA{}", &own[..16], &own[18..]);
    let outcome = tenant.core.resource("autopilot_device_identity").try_apply(config("SN1", &changed)).await;
    assert!(outcome.said.warnings().any(|warning| warning.summary.contains("checksum")));
    outcome.said.error("does not accept the hardware hash");
}

#[tokio::test]
async fn an_import_is_equal_and_plans_nothing() {
    let tenant = Tenant::quick().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    let written = json!({"serial_number": "A-1/B 2", "group_tag": "HQ"});
    let mut first = written.clone();
    first["hardware_hash_wo"] = json!(tenant.hash("A-1/B 2"));
    device.apply(first).await;
    let id = device.text("id").to_owned();
    for name in [id.as_str(), "serial:a-1/b 2"] {
        let mut found = tenant.core.resource("autopilot_device_identity");
        found.import(name).await;
        assert_eq!(found.state(), device.state(), "{name}");
        found.assert_empty_plan(written.clone()).await;
    }
    let mut nobody = tenant.core.resource("autopilot_device_identity");
    let said = nobody.try_import("serial:A-1").await;
    assert!(said.error("No such Autopilot device").detail.contains("`A-1`"));
}

#[tokio::test]
async fn drift_of_what_was_written_is_seen_and_mended() {
    let tenant = Tenant::quick().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    let written = json!({"serial_number": "SN1", "hardware_hash": tenant.hash("SN1"), "group_tag": "HQ"});
    device.apply(written.clone()).await;
    let id = device.text("id").to_owned();
    for (property, value) in [("groupTag", "Other"), ("displayName", "OTHER")] {
        tenant.change(&id, property, json!(value));
        device.apply(written.clone()).await;
        assert_eq!(device.last_action(), Action::Update, "{property}");
    }
    assert_eq!(
        (&tenant.devices()[0]["groupTag"], &tenant.devices()[0]["displayName"]),
        (&json!("HQ"), &json!(""))
    );
}

#[tokio::test]
async fn many_devices_are_few_requests() {
    let tenant = Tenant::alive().await;
    let run = tenant.run().await;
    let tasks = (0..60).map(|n| {
        let serial = format!("SN{n:04}");
        let (run, config) = (run.clone(), config(&serial, &tenant.hash(&serial)));
        tokio::spawn(async move {
            run.apply("autopilot_device_identity", config).await.expect_no_errors("registering");
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("registered");
    }
    assert_eq!(tenant.devices().len(), 60);
    let imports = tenant.count("POST", &format!("{IMPORT}/import"));
    assert!(imports <= 3, "{imports} imports");
    let requests = tenant.control().requests();
    let reads = requests.iter().filter(|r| r.method == "GET" && r.batch.is_none()).count();
    let batches = requests.iter().filter(|r| r.path.contains("$batch")).count();
    assert!(reads + batches < 120, "{reads} reads and {batches} batches for 60 devices");
}

/// As Terraform does it, ten at a time: what they wait for is read in pages, which all of them share.
#[tokio::test]
async fn a_device_by_itself_costs_eight_requests_at_most() {
    let tenant = Tenant::alive().await;
    let run = tenant.run().await;
    let parallelism = std::sync::Arc::new(tokio::sync::Semaphore::new(10));
    let tasks = (0..200).map(|n| {
        let serial = format!("SN{n:04}");
        let (run, config) = (run.clone(), config(&serial, &tenant.hash(&serial)));
        let parallelism = parallelism.clone();
        tokio::spawn(async move {
            let _permit = parallelism.acquire().await.expect("a permit");
            run.apply("autopilot_device_identity", config).await.expect_no_errors("registering");
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("registered");
    }
    let requests = tenant.control().requests();
    let counted = requests.iter().filter(|one| !one.version.is_empty() && !one.path.contains("$batch"));
    let counted = counted.count();
    assert!(counted <= 8 * 200, "{counted} requests for 200 devices");
}

#[tokio::test]
async fn a_lost_answer_neither_registers_twice_nor_loses_the_record() {
    let tenant = Tenant::quick().await;
    let fault = Fault::once(&format!("{IMPORT}/import"), Effect::LostReply);
    tenant.control().add_fault(fault);
    let mut device = tenant.core.resource("autopilot_device_identity");
    device.apply(config("SN1", &tenant.hash("SN1"))).await;
    assert_eq!(tenant.count("POST", &format!("{IMPORT}/import")), 1);
    assert_eq!((tenant.devices().len(), tenant.collection(IMPORTED_IDENTITIES).len()), (1, 0));
}

#[tokio::test]
async fn one_device_that_cannot_be_read_does_not_spoil_the_others() {
    let tenant = Tenant::quick().await;
    let refusal = Effect::status(400);
    tenant.control().add_fault(Fault::once(&format!("{IMPORT}/import"), refusal).times(1));
    let run = tenant.run().await;
    let apply = async |serial: &str| {
        let written = config(serial, &tenant.hash(serial));
        run.apply("autopilot_device_identity", written).await.has_errors()
    };
    let failed = tokio::join!(apply("SN1"), apply("SN2"));
    assert_eq!(failed, (false, false));
}

#[tokio::test]
async fn a_registered_device_is_taken_over_only_on_request() {
    let tenant = Tenant::quick().await;
    let mut first = tenant.core.resource("autopilot_device_identity");
    first.apply(config("SN1", &tenant.hash("SN1"))).await;

    let core = tenant.another_core().await;
    let mut second = core.resource("autopilot_device_identity");
    let outcome = second.try_apply(config("sn1", &tenant.hash("SN1"))).await;
    let refusal = outcome.said.error("registered already");
    assert!(refusal.detail.contains(first.text("id")), "{}", refusal.detail);
    assert!(second.state().is_null());

    second.apply(json!({"serial_number": "SN1", "adopt_existing": true, "group_tag": "HQ"})).await;
    assert_eq!(second.text("id"), first.text("id"));
    assert_eq!(tenant.devices()[0]["groupTag"], "HQ");
}

#[tokio::test]
async fn refusals_are_reported_in_plain_words_and_leave_no_state() {
    let tenant = Tenant::quick().await;
    let elsewhere = json!({"id": "1", "serialNumber": "SN808"});
    tenant.control().with_tenant(|tenant| {
        let elsewhere = elsewhere.as_object().cloned().expect("an object");
        tenant.collection_mut(DEVICES_OF_OTHER_TENANTS).insert(elsewhere);
    });
    let mut spoiled: Vec<char> = tenant.hash("SN802").chars().collect();
    spoiled[40] = if spoiled[40] == 'A' { 'B' } else { 'A' };
    let spoiled: String = spoiled.into_iter().collect();
    for (serial, hash, summary) in [
        ("SN808", tenant.hash("SN808"), "belongs to another tenant"),
        ("SN802", spoiled, "hash is not valid"),
    ] {
        let mut device = tenant.core.resource("autopilot_device_identity");
        let outcome = device.try_apply(config(serial, &hash)).await;
        assert!(outcome.said.error(summary).detail.contains(serial));
        assert!(device.state().is_null(), "{serial}");
    }
    assert_eq!(tenant.collection(IMPORTED_IDENTITIES).len(), 0);
}

#[tokio::test]
async fn mistakes_are_found_while_planning() {
    let tenant = Tenant::quick().await;
    let device = tenant.core.resource("autopilot_device_identity");
    let said = device.try_plan(json!({"serial_number": "SN1"})).await.unwrap_err();
    said.error("hardware hash is needed");
    let said = device.try_plan(config("SN1", &tenant.hash("SN2"))).await.unwrap_err();
    assert!(said.error("hash of another device").detail.contains("`SN2`"));

    device.plan(config("SN7", &tenant.hash("SN7"))).await;
    let twin = tenant.core.resource("autopilot_device_identity");
    let said = twin.try_plan(config("sn7", &tenant.hash("SN7"))).await.unwrap_err();
    said.error("Two resources for one device");
    assert_eq!(tenant.count("POST", IMPORT), 0);
}

#[tokio::test]
async fn an_interrupted_registration_is_taken_up_where_it_is() {
    let tenant = Tenant::alive().await;
    let hash = tenant.hash("SN1");
    let mut device = tenant.core.resource("autopilot_device_identity");
    let interrupt = async {
        assert!(eventually(|| tenant.count("POST", IMPORT) == 1).await, "nothing is imported");
        tenant.core.interrupt().await;
    };
    let written = json!({"serial_number": "SN1", "hardware_hash_wo": hash, "display_name": "LAPTOP-1"});
    let started = std::time::Instant::now();
    let (outcome, ()) = tokio::join!(device.try_apply(written.clone()), interrupt);
    assert!(!outcome.said.has_errors() && !device.is_tainted() && !device.state().is_null());
    assert!(started.elapsed().as_secs() < 6);

    let core = tenant.another_core().await;
    let mut again = device.moved_to(&core);
    again.apply(written).await;
    assert_eq!(again.last_action(), Action::Update);
    assert_eq!((tenant.count("POST", "/import"), tenant.devices().len()), (1, 1));
    assert_eq!(tenant.devices()[0]["displayName"], "LAPTOP-1");
    again.destroy().await;
    assert_eq!(tenant.devices().len(), 0);
}

#[tokio::test]
async fn what_timed_out_is_removed_for_good_and_made_anew() {
    let tenant = Tenant::alive().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    let mut impatient = config("SN1", &tenant.hash("SN1"));
    impatient["timeouts"] = json!({"create": "300ms"});
    let outcome = device.try_apply(impatient).await;
    outcome.said.error("Timed out");
    assert!(device.is_tainted());
    let core = tenant.another_core().await;
    let mut again = device.moved_to(&core);
    again.apply(config("SN1", &tenant.hash("SN1"))).await;
    assert_eq!((tenant.devices().len(), again.is_tainted()), (1, false));
}

#[tokio::test]
async fn a_replacement_registers_again_after_the_deletion() {
    let tenant = Tenant::alive().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    let mut written = config("SN1", &tenant.hash("SN1"));
    device.apply(written.clone()).await;
    let before = device.text("id").to_owned();
    written["product_key"] = json!("00330-80000-00000-AA123");
    device.apply(written).await;
    assert_ne!(device.text("id"), before);
    assert_eq!(tenant.devices().len(), 1);
}

#[tokio::test]
async fn an_enrolled_device_is_let_go_if_the_service_lets_it() {
    let tenant = Tenant::quick().await;
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.refuses_enrolled_deregistration = true);
    let mut device = tenant.core.resource("autopilot_device_identity");
    let mut written = config("SN1", &tenant.hash("SN1"));
    device.apply(written.clone()).await;
    let managed = "0b1d3a51-4a71-4c3b-9d12-7f5d5d0f8a11";
    tenant.control().with_tenant(|tenant| {
        let record = json!({"id": managed, "serialNumber": "SN1"});
        let record = record.as_object().cloned().expect("an object");
        tenant.collection_mut(MANAGED_DEVICES).insert(record);
    });
    tenant.change(device.text("id"), "managedDeviceId", json!(managed));
    let outcome = device.try_destroy().await;
    let detail = &outcome.said.error("still enrolled").detail;
    assert!(detail.contains("on_destroy") && detail.contains("Delete its managed device before"), "{detail}");
    assert_eq!(tenant.devices().len(), 1);

    written["on_destroy"] = json!("remove_from_intune");
    device.apply(written.clone()).await;
    device.destroy().await;
    assert_eq!(tenant.devices().len() + tenant.collection(MANAGED_DEVICES).len(), 0);

    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.refuses_enrolled_deregistration = false);
    written["on_destroy"] = json!("deregister");
    device.apply(written).await;
    tenant.change(device.text("id"), "managedDeviceId", json!(managed));
    device.destroy().await;
    assert_eq!(tenant.devices().len(), 0);
}

#[tokio::test]
async fn replacing_an_enrolled_device_is_refused_before_anything_is_touched() {
    let tenant = Tenant::quick().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    let written = config("SN1", &tenant.hash("SN1"));
    device.apply(written.clone()).await;
    tenant.change(device.text("id"), "managedDeviceId", json!("0b1d3a51-4a71-4c3b-9d12-7f5d5d0f8a11"));
    device.refresh().await;
    let mut replaced = written.clone();
    replaced["product_key"] = json!("00330-80000-00000-AA123");
    let said = device.try_plan(replaced.clone()).await.unwrap_err();
    assert!(said.error("enrolled device would be replaced").detail.contains("remove_from_intune"));

    // With `-replace`, or tainted, the device is planned as a new one.
    let core = tenant.another_core().await.one_command();
    device.moved_to(&core).refresh().await;
    let anew = core.resource("autopilot_device_identity");
    anew.try_plan(written.clone()).await.unwrap_err().error("enrolled device would be replaced");

    replaced["on_destroy"] = json!("remove_from_intune");
    device.continue_with(tenant.another_core().await);
    device.try_plan(replaced.clone()).await.unwrap_err().error("enrolled device would be replaced");
    let mut first = written.clone();
    first["on_destroy"] = json!("remove_from_intune");
    device.apply(first).await;
    let planned = device.plan(replaced).await;
    planned.warnings.warning("An enrolled device will leave Intune");
    assert_eq!(tenant.devices().len(), 1);
}

#[tokio::test]
async fn keeping_leaves_the_device_registered() {
    let tenant = Tenant::quick().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    let mut written = config("SN1", &tenant.hash("SN1"));
    written["on_destroy"] = json!("keep");
    device.apply(written).await;
    device.try_destroy().await.said.expect_no_errors("destroying");
    assert!(device.state().is_null());
    assert_eq!(tenant.devices().len(), 1);
}

#[tokio::test]
async fn a_deletion_outside_is_seen() {
    let tenant = Tenant::quick().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    device.apply(config("SN1", &tenant.hash("SN1"))).await;
    let id = device.text("id").to_owned();
    tenant.control().with_tenant(|tenant| {
        tenant.collection_mut(IDENTITIES).remove(&id);
    });
    device.assert_gone().await;
}

#[tokio::test]
async fn waiting_for_a_profile_ends_with_one_or_with_a_warning() {
    let tenant = Tenant::alive().await;
    let mut device = tenant.core.resource("autopilot_device_identity");
    let mut written = config("SN1", &tenant.hash("SN1"));
    written["wait_for_profile"] = json!(true);
    written["timeouts"] = json!({"create": "5s"});
    let outcome = device.try_apply(written).await;
    outcome.said.warning("No deployment profile");
    assert!(!device.is_tainted());

    let mut profile = tenant.core.resource("autopilot_deployment_profile");
    profile
        .try_apply(json!({"display_name": "All", "assignments": [{"target": "all_devices"}]}))
        .await
        .said
        .expect_no_errors("a profile");
    let mut lucky = tenant.core.resource("autopilot_device_identity");
    let mut written = config("SN2", &tenant.hash("SN2"));
    written["wait_for_profile"] = json!(true);
    lucky.try_apply(written).await.said.expect_no_errors("registering");
    assert!(lucky.text("profile_status").starts_with("assigned"), "{}", lucky.state().reveal());
    assert_eq!(lucky.state().get("hardware_hash_wo"), &Value::Null);
}
