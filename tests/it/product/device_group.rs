//! The case of `autopilot_device_group`.

use serde_json::{Value as Json, json};

use super::case::{Belongs, Case, Method, SignedIn, entry};
use super::stage::Stage;

super::prove!(case);

fn case(stage: &Stage) -> Case {
    for (number, id) in DEVICES.iter().enumerate() {
        stage.put(
            "devices",
            json!({
                "id": id, "deviceId": format!("de71ce00-0000-4000-8000-00000000000{number}"),
                "displayName": format!("PC-{number}"), "accountEnabled": true, "operatingSystem": "Windows",
            }),
        );
    }
    let by_tag = json!({"membership_rule": null, "autopilot_devices": {"group_tag": "Sales"}});
    let by_order = json!({"membership_rule": null, "autopilot_devices": {"purchase_order": "4711"}});
    let assigned = json!({"membership_rule": null, "membership_rule_paused": null});
    Case {
        type_name: "autopilot_device_group",
        minimal: json!({"display_name": "Contoso laptops"}),
        maximal: json!({
            "display_name": "Contoso laptops",
            "description": "Laptops of Contoso",
            "membership_rule": RULE,
            "membership_rule_paused": true,
            "owners": [MEGAN],
            "mail_nickname": "laptops",
            "assignable_to_role": false,
            "adopt_existing": true,
        }),
        entries: vec![
            entry("display_name", "Contoso desktops").outside(json!({"displayName": "Fabrikam"})),
            entry("description", "Desktops of Contoso").outside(json!({"description": "Portal"})),
            entry("autopilot_devices.group_tag", "Service").based_on(by_tag).outside(dynamic(OTHER_RULE)),
            entry("autopilot_devices.purchase_order", "4712").based_on(by_order).outside(dynamic(OTHER_RULE)),
            entry("membership_rule", OTHER_RULE)
                .based_on(json!({"membership_rule_paused": null}))
                .outside(dynamic(THIRD_RULE)),
            entry("membership_rule_paused", false)
                .outside(json!({"membershipRuleProcessingState": "On"}))
                .unmanaged_unless_written(),
            entry("members", json!([DEVICES[1], DEVICES[2]]))
                .based_on(crate::product::case::merged(assigned.clone(), &json!({"members": [DEVICES[0]]})))
                .outside_by("POST", "/members/$ref", reference(DEVICES[2]))
                .unmanaged_unless_written(),
            entry("owners", json!([MEGAN, ALEX]))
                .outside_by("POST", "/owners/$ref", reference(ALEX))
                .unmanaged_unless_written(),
            entry("mail_nickname", "desktops")
                .outside(json!({"mailNickname": "portal"}))
                .unmanaged_unless_written(),
            entry("assignable_to_role", true)
                .based_on(assigned)
                .replaces()
                .cannot_drift("it is given at a group's creation"),
            entry("adopt_existing", false).cannot_drift("Graph does not know it"),
        ],
        imports: &["{id}", "name:{display_name}"],
        not_imported: &["adopt_existing"],
        address: "/v1.0/groups/{id}",
        changed_by: Method::Patch,
        ended_by: ("DELETE", ""),
        belongs: Belongs::ToConfiguration,
        forgets_when_half_made: false,
        signed_in: SignedIn::Application,
    }
}

fn dynamic(rule: &str) -> Json {
    json!({
        "groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": "On",
    })
}

fn reference(id: &str) -> Json {
    json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")})
}

const RULE: &str = r#"(device.deviceOwnership -eq "Company")"#;
const OTHER_RULE: &str = r#"(device.displayName -startsWith "PC-")"#;
const THIRD_RULE: &str = r#"(device.displayName -startsWith "LAPTOP-")"#;
const DEVICES: [&str; 3] = [
    "0b1ec700-0000-4000-8000-000000000001",
    "0b1ec700-0000-4000-8000-000000000002",
    "0b1ec700-0000-4000-8000-000000000003",
];
const MEGAN: &str = "2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b20";
const ALEX: &str = "7c1e9d53-6b2a-4f08-a3d4-1f5b8c0e9a67";

/// Both are GUIDs, and Autopilot shows the other one.
#[tokio::test]
async fn of_many_members_that_do_not_exist_ten_are_named() {
    let stage = Stage::quick().await;
    let description = case(&stage);
    let core = stage.provider(SignedIn::Application).await;
    let mut group = core.resource(description.type_name);
    let members: Vec<String> = (0..2_000).map(|n| format!("de71ce00-0000-4000-9000-{n:012}")).collect();
    // A member may be young, so an unknown one is waited for; here nothing is.
    let config = json!({"display_name": "Laptops", "members": members, "timeouts": {"create": "6s"}});
    let said = group.try_apply(config).await.said;
    let error = said.error("Objects that the directory does not know");
    assert_eq!(error.path, "members");
    assert!(error.detail.contains("10 of the 2000") && error.detail.len() < 1_500, "{}", error.detail);
    assert!(error.detail.contains(&members[9]) && !error.detail.contains(&members[10]), "{}", error.detail);
    let requests = stage.graph_requests().len();
    assert!(requests < 100, "{requests} requests");
}

#[tokio::test]
async fn a_device_id_among_the_members_is_told_from_an_object_id_at_once() {
    let stage = Stage::quick().await;
    let description = case(&stage);
    let core = stage.provider(SignedIn::Application).await;
    let device_id = "de71ce00-0000-4000-8000-000000000001";
    let started = std::time::Instant::now();
    let mut group = core.resource(description.type_name);
    let outcome =
        group.try_apply(json!({"display_name": "Laptops", "members": [DEVICES[0], device_id]})).await;
    let error = outcome.said.error("A device id instead of an object id");
    assert_eq!(error.path, "members");
    assert!(error.detail.contains(DEVICES[1]) && error.detail.contains("PC-1"), "{}", error.detail);
    assert!(started.elapsed().as_secs() < 10, "it is not waited for");
}
