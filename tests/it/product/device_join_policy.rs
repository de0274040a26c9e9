//! The case of `autopilot_device_join_policy`, in a tenant that lets administrators decide about registration too.

use serde_json::{Value as Json, json};

use super::case::{Belongs, Case, Entry, Method, SignedIn, entry};
use super::stage::Stage;
use autopilot_provider::emulator::collections::REGISTRATION_POLICY;

super::prove!(case);

fn case(stage: &Stage) -> Case {
    stage.control().with_tenant(|tenant| {
        let policy = tenant.collection_mut(REGISTRATION_POLICY).get_mut(ID).expect("every tenant has one");
        policy["azureADRegistration"]["isAdminConfigurable"] = json!(true);
    });
    let mut entries = vec![
        entry("global_administrators_are_local_administrators", true)
            .outside_flipped("azureADJoin/localAdmins/enableGlobalAdmins"),
        entry("device_limit", 7).outside(json!({"userDeviceQuota": 33})),
        entry("require_multifactor_authentication", false)
            .outside_one_of("multiFactorAuthConfiguration", ["required", "notRequired"]),
        entry("local_administrator_password_enabled", false).outside_flipped("localAdminPassword/isEnabled"),
        entry("on_destroy", "restore").cannot_drift("Graph does not know it"),
    ];
    for (name, within) in [
        ("allowed_to_join", ["azureADJoin", "allowedToJoin"].as_slice()),
        ("allowed_to_register", &["azureADRegistration", "allowedToRegister"]),
        ("registering_users_are_local_administrators", &["azureADJoin", "localAdmins", "registeringUsers"]),
    ] {
        entries.extend(membership(name, within));
    }
    let selected = json!({"scope": "selected", "user_ids": [MEGAN], "group_ids": [EMPLOYEES]});
    Case {
        type_name: "autopilot_device_join_policy",
        minimal: json!({}),
        maximal: json!({
            "allowed_to_join": selected,
            "allowed_to_register": selected,
            "global_administrators_are_local_administrators": false,
            "registering_users_are_local_administrators": selected,
            "device_limit": 5,
            "require_multifactor_authentication": true,
            "local_administrator_password_enabled": true,
            "on_destroy": "keep",
        }),
        entries,
        imports: &["tenant", "deviceRegistrationPolicy"],
        not_imported: &["on_destroy"],
        address: "/v1.0/policies/deviceRegistrationPolicy",
        changed_by: Method::Put,
        ended_by: ("DELETE", ""),
        belongs: Belongs::ToTenant,
        forgets_when_half_made: false,
        signed_in: SignedIn::Application,
    }
}

/// The entries of an argument that says who is meant.
fn membership(name: &str, within: &[&str]) -> Vec<Entry> {
    let path = |part: &str| -> &'static str { format!("{name}.{part}").leak() };
    let others = json!({
        "@odata.type": "#microsoft.graph.enumeratedDeviceRegistrationMembership", "users": [DIEGO], "groups": [],
    });
    let outside: Json = within.iter().rev().fold(others, |inner, step| json!({ *step: inner }));
    let everybody = json!({ name: {"user_ids": null, "group_ids": null, "scope": "all"} });
    vec![
        entry(path("scope"), "none").based_on(everybody).outside(outside.clone()),
        entry(path("user_ids"), json!([MEGAN, ALEX])).outside(outside.clone()),
        entry(path("group_ids"), json!([OTHERS])).outside(outside),
    ]
}

const ID: &str = "deviceRegistrationPolicy";
const MEGAN: &str = "2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b20";
const ALEX: &str = "7c1e9d53-6b2a-4f08-a3d4-1f5b8c0e9a67";
const DIEGO: &str = "91a4c7e2-3f5d-4b60-b8c9-d2e7f0a16385";
const EMPLOYEES: &str = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";
const OTHERS: &str = "a0000000-0000-4000-8000-000000000002";
