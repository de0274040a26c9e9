//! What `terraform query` gets: the same as an import shows, a page at a time, and by what people ask for. That each listed
//! object is one that an import finds is a claim about every resource (`identities`).

use autopilot_provider::emulator::Options;
use autopilot_provider::emulator::collections::IDENTITIES;
use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::case::SignedIn;
use super::stage::Stage;
use crate::support::core::Core;

const DEVICE: &str = "autopilot_device_identity";
const PAGE: usize = 1_000;

/// A tenant with so many devices. Every tenth is Megan's, and tagged `Sales`.
async fn tenant(devices: usize) -> (Stage, Core) {
    let stage = Stage::with(Options::default()).await;
    stage.control().with_tenant(|tenant| {
        for n in 0..devices {
            let is_tenth = n % 10 == 0;
            let Json::Object(device) = json!({
                "id": format!("de71ce00-0000-4000-8000-{n:012}"),
                "serialNumber": format!("SN-{n:05}"),
                "manufacturer": "LENOVO",
                "model": if n % 2 == 0 { "20W0" } else { "21CB" },
                "groupTag": if is_tenth { "Sales" } else { "HQ" },
                "userPrincipalName": if is_tenth { "megan@contoso.com" } else { "" },
                "enrollmentState": "notContacted",
                "deploymentProfileAssignmentStatus": "notAssigned",
            }) else {
                panic!("a device is an object");
            };
            tenant.collection_mut(IDENTITIES).insert(device);
        }
    });
    let core = stage.provider(SignedIn::Application).await;
    stage.control().clear_requests();
    (stage, core)
}

#[tokio::test]
async fn ten_thousand_devices_are_listed_in_pages() {
    let (stage, core) = tenant(10_000).await;
    let found = core.listed(DEVICE, json!({}), 20_000).await;
    assert_eq!(found.len(), 10_000);
    let asked = stage.graph_requests();
    assert!(asked.len() <= 10_000_usize.div_ceil(PAGE) + 5, "{} requests: {asked:#?}", asked.len());
}

/// Whoever reads slowly is not hurried: a page is asked for when there is room for it.
#[tokio::test]
async fn the_first_is_sent_before_the_last_page_is_read_and_the_rest_is_not_read_for_nobody() {
    let (stage, core) = tenant(10_000).await;
    let mut listing = core.query(DEVICE, json!({}), true, 20_000).await.expect("a list");
    let first = listing.next().await.expect("an event").expect("an object");
    assert_eq!(first.display_name, "SN-00000 (LENOVO 20W0)");
    let asked = stage.graph_requests().len();
    assert!(asked < 10, "{asked} requests before the first");
    drop(listing);
    let (found, _) = core.query(DEVICE, json!({}), false, 3).await.expect("a list").rest().await;
    assert_eq!(found.len(), 3);
    let asked = stage.graph_requests().len();
    assert!(asked < 10, "{asked} requests for four devices of ten thousand");
}

#[tokio::test]
async fn a_hundred_are_sent_where_nobody_says_how_many() {
    let (_stage, core) = tenant(150).await;
    assert_eq!(core.listed(DEVICE, json!({}), 0).await.len(), 100);
}

#[tokio::test]
async fn devices_are_picked_by_what_they_are() {
    let (_stage, core) = tenant(40).await;
    let table = [
        (json!({"group_tag": "sales"}), 4),
        (json!({"group_tag": "HQ", "model": "21cb"}), 20),
        (json!({"manufacturer": "Lenovo"}), 40),
        (json!({"profile_status": "not_assigned", "enrollment_state": "not_contacted"}), 40),
        (json!({"profile_status": "assigned"}), 0),
        (json!({"serial_number_prefix": " sn-0001"}), 10),
        (json!({"group_tag": ""}), 0),
    ];
    for (config, count) in table {
        assert_eq!(core.listed(DEVICE, config.clone(), 0).await.len(), count, "{config}");
    }
    let refused = core.query(DEVICE, json!({"profile_status": "lost"}), true, 0).await.err();
    refused.expect("a word that there is not").error("Invalid value for profile_status");
}

#[tokio::test]
async fn users_are_listed_with_their_devices() {
    let (_stage, core) = tenant(30).await;
    let kind = "autopilot_user_assignment";
    let found = core.listed(kind, json!({}), 0).await;
    let names: Vec<&str> = found.iter().map(|one| one.display_name.as_str()).collect();
    let expected = ["SN-00000", "SN-00010", "SN-00020"].map(|serial| format!("{serial} (megan@contoso.com)"));
    assert_eq!(names, expected);
    assert_eq!(core.listed(kind, json!({"user_principal_name": "MEGAN@contoso.com"}), 0).await.len(), 3);
    assert_eq!(core.listed(kind, json!({"user_principal_name": "alex@contoso.com"}), 0).await.len(), 0);
}

#[tokio::test]
async fn groups_are_those_of_autopilot_devices_or_all() {
    let stage = Stage::quick().await;
    let core = stage.provider(SignedIn::Application).await;
    let kind = "autopilot_device_group";
    let before = core.listed(kind, json!({"all_groups": true}), 0).await.len();
    let mut all = core.resource(kind);
    all.apply(json!({"display_name": "All laptops", "autopilot_devices": {}})).await;
    core.resource(kind)
        .apply(json!({"display_name": "Windows", "membership_rule": "(device.deviceOSType -eq \"Windows\")"}))
        .await;
    core.resource(kind).apply(json!({"display_name": "Picked", "members": []})).await;
    let found = core.listed(kind, json!({}), 0).await;
    let names: Vec<&str> = found.iter().map(|one| one.display_name.as_str()).collect();
    assert!(names.contains(&"All laptops") && !names.contains(&"Windows"), "{names:?}");
    let all = core.listed(kind, json!({"all_groups": true}), 0).await;
    assert_eq!(all.len(), before + 3);
}

#[tokio::test]
async fn a_missing_permission_is_named_before_anything_is_asked() {
    let needed = ["DeviceManagementServiceConfig.Read.All", "DeviceManagementServiceConfig.ReadWrite.All"];
    let stage = Stage::without(&needed).await;
    let core = stage.provider(SignedIn::Application).await;
    stage.control().clear_requests();
    let (found, said) = core.query(DEVICE, json!({}), true, 0).await.expect("a list").rest().await;
    assert!(found.is_empty() && said.errors().any(|error| error.detail.contains(needed[0])), "{said}");
    assert_eq!(stage.graph_requests(), Vec::<String>::new());
}

/// Generated configuration says neither what is not there nor what is said by leaving it out.
#[tokio::test]
async fn what_is_listed_is_written_without_results_and_defaults() {
    let (_stage, core) = tenant(1).await;
    let mut listed = core.resource(DEVICE);
    let found = core.listed(DEVICE, json!({}), 0).await;
    listed.set_state(found[0].state.clone());
    let generated = listed.generated_config().await;
    let written: Vec<&str> = generated
        .entries()
        .iter()
        .filter(|(_, value)| **value != Value::Null)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(written, ["group_tag", "serial_number"]);
}
