//! A fleet whose registration was cut off: nothing is done twice, and nothing is lost.

use autopilot_provider::emulator::{Effect, Fault};
use serde_json::json;

use super::{FLEET, IMPORT, failed, of, serials};
use crate::devices::Tenant;
use crate::support::eventually::eventually;
use autopilot_provider::emulator::collections::IMPORTED_IDENTITIES;

#[tokio::test]
async fn an_interrupted_registration_is_kept_and_taken_up_where_it_is() {
    let tenant = Tenant::alive().await;
    let rows = tenant.rows(serials(30), "HQ");
    let mut fleet = tenant.fleet();
    let interrupt = async {
        assert!(eventually(|| tenant.count("POST", IMPORT) == 1).await, "nothing is imported");
        tenant.core.interrupt().await;
    };
    let started = std::time::Instant::now();
    let (outcome, ()) = tokio::join!(fleet.try_apply(of(&rows)), interrupt);
    outcome.said.expect_no_errors("an interrupt");
    assert!(started.elapsed().as_secs() < 6 && !fleet.is_tainted());
    assert!(failed(&fleet).iter().all(|(_, code)| code == "pending") && failed(&fleet).len() == 30);

    let core = tenant.another_core().await;
    fleet.continue_with(core);
    fleet.apply(of(&rows)).await;
    assert_eq!((tenant.count("POST", "/import"), tenant.devices().len()), (1, 30));
    assert_eq!(failed(&fleet), Vec::new());
}

#[tokio::test]
async fn a_run_that_left_no_state_at_all_is_taken_up_by_serial_number() {
    for is_waited_for in [false, true] {
        let tenant = Tenant::alive().await;
        let rows = tenant.rows(serials(15), "HQ");
        let mut lost = tenant.fleet();
        if is_waited_for {
            lost.apply(of(&rows)).await;
        } else {
            let killed = async {
                assert!(eventually(|| tenant.count("POST", IMPORT) == 1).await, "nothing is imported");
                tenant.core.interrupt().await;
            };
            tokio::join!(lost.try_apply(of(&rows)), killed);
        }
        let core = tenant.another_core().await;
        let mut fleet = core.resource(FLEET);
        fleet.apply(of(&rows)).await;
        assert_eq!((tenant.count("POST", "/import"), tenant.devices().len()), (1, 15), "{is_waited_for}");
    }
}

#[tokio::test]
async fn an_import_id_that_the_service_makes_up_does_no_harm() {
    let tenant = Tenant::alive().await;
    let rows = tenant.rows(serials(15), "HQ");
    let mut lost = tenant.fleet();
    lost.apply(of(&rows)).await;
    tenant.control().with_tenant(|tenant| {
        let records: Vec<String> = tenant
            .collection(IMPORTED_IDENTITIES)
            .iter()
            .filter_map(|record| record["id"].as_str().map(str::to_owned))
            .collect();
        for id in records {
            let record = tenant.collection_mut(IMPORTED_IDENTITIES).get_mut(&id).expect("a record");
            record.insert("importId".to_owned(), json!("11111111-2222-4333-8444-555555555555"));
        }
    });
    let core = tenant.another_core().await;
    core.resource(FLEET).apply(of(&rows)).await;
    assert_eq!((tenant.count("POST", "/import"), tenant.devices().len()), (1, 15));
}

#[tokio::test]
async fn a_network_that_goes_after_the_import_is_a_warning_and_the_next_apply_goes_on() {
    let tenant = Tenant::quick().await;
    let rows = tenant.rows(serials(15), "HQ");
    let mut fleet = tenant.fleet();
    let gone = Fault::always(r"windowsAutopilotDeviceIdentities", Effect::status(403)).on("GET").from(2);
    tenant.control().add_fault(gone);
    let outcome = fleet.try_apply(of(&rows)).await;
    tenant.control().clear_faults();
    outcome.said.expect_no_errors("everything is registered");
    outcome.said.warning("not complete yet");
    assert!(!fleet.is_tainted() && fleet.state().get("device_count").as_i64() == Some(15));
    let core = tenant.another_core().await;
    fleet.continue_with(core);
    fleet.apply(of(&rows)).await;
    assert_eq!((tenant.count("POST", "/import"), tenant.devices().len()), (1, 15));
}

#[tokio::test]
async fn what_was_deregistered_is_registered_again_though_the_queue_still_has_its_record() {
    let tenant = Tenant::alive().await;
    let rows = tenant.rows(serials(12), "HQ");
    let mut fleet = tenant.fleet();
    fleet.apply(of(&rows)).await;
    fleet.destroy().await;
    let mut again = tenant.fleet();
    again.apply(of(&rows)).await;
    assert_eq!((failed(&again), tenant.devices().len()), (Vec::new(), 12));
}

#[tokio::test]
async fn destroying_waits_for_what_the_queue_has_taken() {
    let tenant = Tenant::alive().await;
    let rows = tenant.rows(serials(12), "HQ");
    let mut fleet = tenant.fleet();
    let interrupt = async {
        assert!(eventually(|| tenant.count("POST", IMPORT) == 1).await, "nothing is imported");
        tenant.core.interrupt().await;
    };
    tokio::join!(fleet.try_apply(of(&rows)), interrupt);
    let core = tenant.another_core().await;
    fleet.continue_with(core);
    fleet.try_destroy().await.said.expect_no_errors("destroying");
    assert!(fleet.state().is_null() && tenant.devices().is_empty());
}
