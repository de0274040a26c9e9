//! `autopilot_device_fleet`.

mod recovery;
mod settings;

use autopilot_provider::emulator::{Effect, Fault};
use autopilot_provider::tf_provider::value::Value;
use serde_json::{Map, Value as Json, json};

use super::Tenant;
use crate::support::core::{Action, Instance, Planned, config};
use autopilot_provider::emulator::collections::{DEVICES_OF_OTHER_TENANTS, IDENTITIES, IMPORTED_IDENTITIES};

pub(super) const FLEET: &str = "autopilot_device_fleet";
pub(super) const IMPORT: &str = "importedWindowsAutopilotDeviceIdentities";

impl Tenant {
    /// Rows of devices with these serial numbers, their tag, and hashes that are stored nowhere.
    pub(super) fn rows(&self, serials: impl IntoIterator<Item = String>, tag: &str) -> Map<String, Json> {
        let row = |serial: String| {
            let row = json!({"hardware_hash_wo": self.hash(&serial), "group_tag": tag});
            (serial, row)
        };
        serials.into_iter().map(row).collect()
    }

    pub(super) fn fleet(&self) -> Instance {
        self.core.resource(FLEET)
    }
}

pub(super) fn serials(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|n| format!("SN{n:04}"))
}

pub(super) fn of(rows: &Map<String, Json>) -> Json {
    json!({ "devices": rows })
}

fn failed(fleet: &Instance) -> Vec<(String, String)> {
    let failed = fleet.state().get("failed").entries().iter();
    failed
        .map(|(serial, entry)| (serial.clone(), entry.get("code").as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn row<'a>(planned: &'a Planned, serial: &str) -> &'a Value {
    planned.planned.get("devices").get(serial)
}

#[tokio::test]
async fn hundreds_of_devices_are_one_import_and_a_few_lists() {
    let tenant = Tenant::alive().await;
    let mut rows = tenant.rows(serials(120), "HQ");
    rows["SN0007"]["user_principal_name"] = json!("megan@contoso.com");
    let mut fleet = tenant.fleet();
    let outcome = fleet.try_apply(of(&rows)).await;
    outcome.said.expect_no_errors("registering");
    assert_eq!(outcome.said.warnings().count(), 0, "{}", outcome.said);
    let requests = tenant.control().requests();
    let writes = requests.iter().filter(|one| one.method != "GET" && !one.version.is_empty()).count();
    assert_eq!((writes, tenant.count("POST", &format!("{IMPORT}/import"))), (1, 1));
    let by_itself = requests.iter().filter(|one| one.path.contains("Identities/")).count();
    assert_eq!(by_itself, 1, "but for the import, nothing is asked of a device by itself");
    let devices = tenant.devices();
    assert!(devices.len() == 120 && devices.iter().all(|device| device["groupTag"] == "HQ"));
    assert_eq!(fleet.state().get("device_count").as_i64(), Some(120));
    assert_eq!(
        fleet.state().get("devices").get("SN0007").get("user_principal_name").as_str(),
        Some("megan@contoso.com")
    );
    assert!(fleet.state().get("devices").get("SN0119").get("entra_object_id").as_str().is_some());

    tenant.control().clear_requests();
    let core = tenant.another_core().await;
    fleet.continue_with(core);
    fleet.assert_empty_plan(of(&rows)).await;
    let graph = tenant.control().requests().into_iter().filter(|one| !one.version.is_empty()).count();
    assert_eq!(graph, 1, "a refresh is a page");
    fleet.destroy().await;
    assert_eq!(tenant.devices().len(), 0);
}

#[tokio::test]
async fn one_bad_device_is_not_a_failed_fleet_and_is_tried_again() {
    let tenant = Tenant::quick().await;
    tenant.control().with_tenant(|tenant| {
        let elsewhere = json!({"id": "1", "serialNumber": "SN0001"});
        let elsewhere = elsewhere.as_object().cloned().expect("an object");
        tenant.collection_mut(DEVICES_OF_OTHER_TENANTS).insert(elsewhere);
    });
    let mut rows = tenant.rows(serials(4), "HQ");
    rows["SN0002"]["hardware_hash_wo"] = Json::Null;
    rows["SN0003"]["hardware_hash_wo"] = json!(tenant.hash("OTHER"));
    let mut fleet = tenant.fleet();
    let outcome = fleet.try_apply(of(&rows)).await;
    outcome.said.expect_no_errors("three bad devices of four");
    outcome.said.warning("without a hardware hash");
    let warning = outcome.said.warning("Devices not registered").detail.clone();
    assert!(warning.contains("`SN0001`") && warning.contains("another organization"), "{warning}");
    assert!(!fleet.is_tainted());
    let codes = [("SN0001", "808"), ("SN0002", "no_hash"), ("SN0003", "wrong_hash")];
    assert_eq!(failed(&fleet), codes.map(|(serial, code)| (serial.to_owned(), code.to_owned())));
    assert_eq!(fleet.state().get("device_count").as_i64(), Some(1));
    assert!(fleet.state().get("devices").get("SN0001").get("id").is_null());

    // The plan shows what is tried again, and nothing else.
    fleet.refresh().await;
    let planned = fleet.plan(of(&rows)).await;
    assert_eq!(planned.action, Action::Update);
    assert!(row(&planned, "SN0001").get("id").is_unknown() && planned.planned.get("failed").is_unknown());
    assert!(row(&planned, "SN0000").is_wholly_known());

    tenant.control().with_tenant(|tenant| {
        tenant.collection_mut(DEVICES_OF_OTHER_TENANTS).remove("1");
    });
    for serial in ["SN0002", "SN0003"] {
        rows[serial]["hardware_hash_wo"] = json!(tenant.hash(serial));
    }
    fleet.apply(of(&rows)).await;
    assert_eq!((failed(&fleet), tenant.devices().len()), (Vec::new(), 4));
}

#[tokio::test]
async fn where_nothing_is_registered_nothing_is_stored() {
    let tenant = Tenant::quick().await;
    let mut fleet = tenant.fleet();
    let outcome = fleet.try_apply(json!({"devices": {"SN1": {}, "SN2": {}}})).await;
    assert!(outcome.said.error("No device of the fleet").detail.contains("`SN1`, `SN2`"));
    assert!(fleet.state().is_null());
}

#[tokio::test]
async fn a_device_deleted_outside_is_registered_anew_by_itself() {
    let tenant = Tenant::quick().await;
    let rows = tenant.rows(serials(30), "HQ");
    let mut fleet = tenant.fleet();
    fleet.apply(of(&rows)).await;
    let id = |fleet: &Instance, serial: &str| {
        fleet.state().get("devices").get(serial).get("id").as_str().unwrap_or_default().to_owned()
    };
    let (lost, changed) = (id(&fleet, "SN0005"), id(&fleet, "SN0006"));
    tenant.control().with_tenant(|tenant| {
        tenant.collection_mut(IDENTITIES).remove(&lost);
    });
    tenant.change(&changed, "groupTag", json!("Other"));
    tenant.control().clear_requests();
    let core = tenant.another_core().await;
    fleet.continue_with(core);
    fleet.refresh().await;
    let planned = fleet.plan(of(&rows)).await;
    assert!(row(&planned, "SN0005").get("id").is_unknown() && row(&planned, "SN0004").is_wholly_known());
    let before = planned.prior.get("devices").get("SN0006").get("group_tag").as_str().map(str::to_owned);
    assert_eq!(before.as_deref(), Some("Other"));
    fleet.apply(of(&rows)).await;
    assert_eq!((tenant.devices().len(), tenant.count("POST", "/import")), (30, 1));
    assert_ne!(id(&fleet, "SN0005"), lost);
}

#[tokio::test]
async fn a_key_in_another_case_changes_nothing_and_two_are_a_mistake() {
    let tenant = Tenant::quick().await;
    let mut fleet = tenant.fleet();
    fleet.apply(of(&tenant.rows(["SN1".to_owned()], "HQ"))).await;
    let id = fleet.state().get("devices").get("SN1").get("id").clone();
    tenant.control().clear_requests();
    fleet.apply(of(&tenant.rows(["sn1".to_owned()], "HQ"))).await;
    assert_eq!(fleet.state().get("devices").get("sn1").get("id"), &id);
    let writes =
        tenant.control().requests().into_iter().filter(|one| one.method != "GET" && !one.version.is_empty());
    assert_eq!(writes.count(), 0);
    let said = fleet.fresh().validate(json!({"devices": {"SN1": {}, "sn1": {}, " ": {}}})).await;
    let details: Vec<&str> = said.errors().map(|error| error.detail.as_str()).collect();
    assert!(details.len() == 2 && details[0].contains("is empty"), "{details:?}");
    assert!(details[1].contains("`SN1` and `sn1`"), "{details:?}");
}

#[tokio::test]
async fn a_file_that_was_cut_off_deregisters_nobody() {
    let tenant = Tenant::quick().await;
    let mut rows = tenant.rows(serials(60), "HQ");
    let mut fleet = tenant.fleet();
    fleet.apply(of(&rows)).await;
    rows.retain(|serial, _| serial.as_str() < "SN0039");
    let said = fleet.try_plan(of(&rows)).await.expect_err("21 of 60 are many");
    let detail = &said.error("Many devices would be deregistered").detail;
    assert!(detail.contains("21 of 60") && detail.contains("and 1 more"), "{detail}");
    let mut allowed = of(&rows);
    allowed["removals_allowed"] = json!(21);
    fleet.apply(allowed).await;
    assert_eq!(tenant.devices().len(), 39);
    rows.retain(|serial, _| serial.as_str() < "SN0020");
    fleet.apply(of(&rows)).await;
    assert_eq!(tenant.devices().len(), 20, "twenty go unasked");
}

#[tokio::test]
async fn what_refuses_to_go_is_reported_and_stays_in_the_state() {
    let tenant = Tenant::quick().await;
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.refuses_enrolled_deregistration = true);
    let mut rows = tenant.rows(serials(3), "HQ");
    let mut fleet = tenant.fleet();
    fleet.apply(of(&rows)).await;
    let id = fleet.state().get("devices").get("SN0001").get("id").as_str().expect("an id").to_owned();
    tenant.change(&id, "managedDeviceId", json!("0b1d3a51-4a71-4c3b-9d12-7f5d5d0f8a11"));
    rows.retain(|serial, _| serial == "SN0000");
    let mut impatient = of(&rows);
    impatient["timeouts"] = json!({"update": "3s"});
    let outcome = fleet.try_apply(impatient).await;
    assert!(outcome.said.has_errors());
    let keys: Vec<&String> = fleet.state().get("devices").entries().keys().collect();
    assert_eq!(keys, ["SN0000", "SN0001"]);
    assert!(!fleet.is_tainted());
    tenant.change(&id, "managedDeviceId", json!(""));
    fleet.apply(of(&rows)).await;
    assert_eq!(tenant.devices().len(), 1);
}

#[tokio::test]
async fn devices_of_others_are_taken_over_only_on_request() {
    let tenant = Tenant::quick().await;
    let mut first = tenant.fleet();
    first.apply(of(&tenant.rows(serials(2), "HQ"))).await;
    // Days later the queue knows nothing of them.
    let queue: Vec<Json> = tenant.collection(IMPORTED_IDENTITIES);
    tenant.control().with_tenant(|tenant| {
        for record in &queue {
            tenant.collection_mut(IMPORTED_IDENTITIES).remove(record["id"].as_str().unwrap_or_default());
        }
    });
    let core = tenant.another_core().await;
    let mut second = core.resource(FLEET);
    let rows = tenant.rows(serials(3), "Lab");
    let outcome = second.try_apply(of(&rows)).await;
    outcome.said.expect_no_errors("one of three is new");
    assert_eq!(
        failed(&second).iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>(),
        ["registered_already"; 2]
    );
    let mut adopting = of(&rows);
    adopting["adopt_existing"] = json!(true);
    let core = tenant.another_core().await;
    second.continue_with(core);
    second.apply(adopting).await;
    assert!(tenant.devices().iter().all(|device| device["groupTag"] == "Lab"));
    assert_eq!(tenant.devices().len(), 3);
}

#[tokio::test]
async fn a_size_that_is_refused_is_halved_until_only_the_one_at_fault_is_left() {
    let tenant = Tenant::quick().await;
    tenant.control().add_fault(Fault::once(&format!("{IMPORT}/import"), Effect::status(413)).times(2));
    let mut fleet = tenant.fleet();
    fleet.apply(of(&tenant.rows(serials(20), "HQ"))).await;
    assert_eq!((tenant.devices().len(), tenant.count("POST", "/import")), (20, 5));
}

#[tokio::test]
async fn what_the_import_did_not_take_is_put_right_in_batches() {
    let tenant = Tenant::quick().await;
    let mut rows = tenant.rows(serials(45), "HQ");
    for (n, (_, row)) in rows.iter_mut().enumerate() {
        row["display_name"] = json!(format!("PC-{n}"));
    }
    let mut fleet = tenant.fleet();
    fleet.apply(of(&rows)).await;
    assert!(
        tenant
            .devices()
            .iter()
            .all(|device| device["displayName"].as_str().is_some_and(|name| name.starts_with("PC-")))
    );
    assert_eq!(tenant.count("POST", "$batch"), 3);
}

#[tokio::test]
async fn a_serial_number_in_a_fleet_and_elsewhere_is_a_mistake() {
    let tenant = Tenant::quick().await;
    let core = tenant.core.one_command();
    let single = core.resource("autopilot_device_identity");
    single.plan(json!({"serial_number": "sn0001", "hardware_hash": tenant.hash("SN0001")})).await;
    let said = core.resource(FLEET).try_plan(of(&tenant.rows(serials(2), "HQ"))).await.expect_err("twice");
    let detail = &said.error("Two resources for one device").detail;
    assert!(
        ["`SN0001`", "autopilot_device_identity", FLEET].iter().all(|part| detail.contains(part)),
        "{detail}"
    );

    let core = tenant.another_core().await.one_command();
    core.resource(FLEET).plan(of(&tenant.rows(serials(2), "HQ"))).await;
    let twin = core.resource(FLEET).try_plan(of(&tenant.rows(serials(1), "HQ"))).await.expect_err("twice");
    twin.error("Two resources for one device");
    let same = core.resource(FLEET).try_plan(of(&tenant.rows(serials(2), "HQ"))).await.expect_err("twice");
    same.error("Two resources for one device");
    let single = core.resource("autopilot_device_identity");
    let written = json!({"serial_number": "sn0001", "hardware_hash": tenant.hash("SN0001")});
    single.try_plan(written).await.expect_err("twice").error("Two resources for one device");
}

#[tokio::test]
async fn one_new_device_costs_one_import_and_pages() {
    let tenant = Tenant::quick().await;
    let mut rows = tenant.rows(serials(1_200), "HQ");
    let mut fleet = tenant.fleet();
    fleet.apply(of(&rows)).await;
    rows.extend(tenant.rows(["SN9999".to_owned()], "HQ"));
    let core = tenant.another_core().await;
    fleet.continue_with(core);
    tenant.control().clear_requests();
    fleet.apply(of(&rows)).await;
    let asked = tenant.control().requests().into_iter().filter(|one| !one.version.is_empty()).count();
    let pages = 1_201_usize.div_ceil(1_000);
    // The process that applies is shown the state here, which Terraform does where it plans only.
    let read_again = pages;
    assert!(asked - read_again <= 3 * pages + 10, "{asked} requests");
    assert_eq!(tenant.count("POST", &format!("{IMPORT}/import")), 1);
    assert_eq!(tenant.devices().len(), 1_201);
}

#[tokio::test]
async fn the_user_of_a_device_in_a_fleet_is_assigned_nowhere_else() {
    let tenant = Tenant::quick().await;
    let mut fleet = tenant.fleet();
    fleet.apply(of(&tenant.rows(serials(1), "HQ"))).await;
    let id = fleet.state().get("devices").get("SN0000").get("id").as_str().expect("an id").to_owned();
    let core = tenant.another_core().await.one_command();
    fleet.moved_to(&core).plan(of(&tenant.rows(serials(1), "HQ"))).await;
    let assignment = core.resource("autopilot_user_assignment");
    let written = json!({"device_id": id, "user_principal_name": "megan@contoso.com"});
    assignment.try_plan(written).await.expect_err("twice").error("Two resources for the user");
}

#[tokio::test]
async fn an_import_takes_over_what_fits_and_plans_nothing() {
    let tenant = Tenant::quick().await;
    let mut rows = tenant.rows(serials(12), "HQ");
    rows["SN0003"]["group_tag"] = json!("Lab");
    let mut fleet = tenant.fleet();
    fleet.apply(of(&rows)).await;
    for (selector, count) in [("tag:hq", 11), ("tag:Lab", 1), ("all", 12)] {
        let core = tenant.another_core().await;
        let mut imported = core.resource(FLEET);
        imported.import(selector).await;
        assert_eq!(imported.state().get("devices").entries().len(), count, "{selector}");
        let generated = imported.generated_config().await;
        imported.assert_empty_plan_of(generated, selector).await;
    }
    let core = tenant.another_core().await;
    core.resource(FLEET).try_import("tag:None").await.error("No such devices");
    core.resource(FLEET).try_import("HQ").await.error("No import of a fleet");
    let twin =
        json!({"id": "d0000000-0000-4000-8000-000000000001", "serialNumber": "sn0003", "groupTag": "Lab"});
    tenant.control().with_tenant(|tenant| {
        let twin = twin.as_object().cloned().expect("an object");
        tenant.collection_mut(IDENTITIES).insert(twin);
    });
    let core = tenant.another_core().await;
    core.resource(FLEET).try_import("tag:Lab").await.error("Several devices");
}

#[tokio::test]
async fn a_map_that_is_not_known_yet_plans_well() {
    let tenant = Tenant::quick().await;
    let rows = tenant.rows(serials(3), "HQ");
    let mut fleet = tenant.fleet();
    fleet.apply_once_known(config(of(&rows)).with("devices", Value::Unknown), of(&rows)).await;
    let mut later = rows.clone();
    later["SN0001"]["group_tag"] = json!("Lab");
    let partly = config(of(&rows)).with("devices.SN0001.group_tag", Value::Unknown);
    fleet.apply_once_known(partly, of(&later)).await;
    assert_eq!(tenant.devices().iter().filter(|device| device["groupTag"] == "Lab").count(), 1);
}

#[tokio::test]
async fn bad_rows_are_reported_together_ten_and_the_count() {
    let tenant = Tenant::quick().await;
    let mut rows = tenant.rows(serials(30), "HQ");
    for row in rows.values_mut() {
        row["display_name"] = json!("A-NAME-THAT-IS-TOO-LONG");
    }
    let said = tenant.fleet().try_plan(of(&rows)).await.expect_err("thirty bad names");
    assert_eq!(said.errors().count(), 11, "{said}");
    assert!(said.errors().any(|error| error.detail.contains("20 more")), "{said}");
    let mut damaged = tenant.rows(serials(30), "HQ");
    let spoiled = tenant.hash("SN0000")[..100].to_owned();
    for row in damaged.values_mut() {
        row["hardware_hash_wo"] = json!(spoiled);
    }
    let planned = tenant.fleet().plan(of(&damaged)).await;
    let warning = &planned.warnings.warning("Hashes that are none").detail;
    assert!(warning.contains("30 hardware hashes") && warning.contains("and 10 more"), "{warning}");
    assert!(!warning.contains(&spoiled[..30]), "it quotes the hash");
}
