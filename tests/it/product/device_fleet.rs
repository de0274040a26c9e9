//! The case of `autopilot_device_fleet`.

use serde_json::{Value as Json, json};

use super::case::{Belongs, Case, Entry, Method, SignedIn, entry};
use super::stage::Stage;

super::prove!(case);

fn case(stage: &Stage) -> Case {
    let hash = |serial: &str| {
        let laptop = stage.control().laptop(&json!({ "serialNumber": serial }));
        laptop.expect("a laptop")["hardwareHash"].clone()
    };
    let (first, again, second) = (hash("PF4ZT7QN"), hash("PF4ZT7QN"), hash("5CD4108XKL"));
    let row = |patch: Json| super::case::merged(maximal_row(&first), &patch);
    Case {
        type_name: "autopilot_device_fleet",
        minimal: json!({"devices": {"PF4ZT7QN": {"hardware_hash": first}}}),
        maximal: json!({
            "devices": {"PF4ZT7QN": maximal_row(&first)},
            "wait_for_profile": false,
            "adopt_existing": true,
            "on_destroy": "deregister",
            "removals_allowed": 5,
        }),
        entries: vec![
            entry("devices", json!({"PF4ZT7QN": row(json!({})), "5CD4108XKL": {"hardware_hash": second}}))
                .stays()
                .cannot_drift("what may happen to a device is said of its attributes"),
            entry("devices.PF4ZT7QN.hardware_hash", again.clone())
                .changes_nothing()
                .cannot_drift("Graph does not show it"),
            entry("devices.PF4ZT7QN.hardware_hash_wo", again)
                .based_on(
                    json!({"devices": {"PF4ZT7QN": {"hardware_hash": null, "hardware_hash_wo": first}}}),
                )
                .changes_nothing()
                .cannot_drift("Graph does not show it"),
            entry("devices.PF4ZT7QN.product_key", "00330-80000-00000-AA124")
                .changes_nothing()
                .cannot_drift("it is sent at registration only"),
            properties(entry("devices.PF4ZT7QN.group_tag", "Service"), "groupTag"),
            properties(entry("devices.PF4ZT7QN.display_name", "LAPTOP-2"), "displayName"),
            entry("devices.PF4ZT7QN.user_principal_name", "alex@contoso.com")
                .outside_by("POST", "/assignUserToDevice", assignment("diego@contoso.com", "Megan"))
                .unmanaged_unless_written(),
            entry("devices.PF4ZT7QN.addressable_user_name", "Meg")
                .outside_by("POST", "/assignUserToDevice", assignment("megan@contoso.com", "M. B."))
                .unmanaged_unless_written(),
            entry("wait_for_profile", true)
                .with(json!({"timeouts": {"update": "2s"}}))
                .cannot_drift("Graph does not know it"),
            entry("adopt_existing", false).cannot_drift("Graph does not know it"),
            entry("on_destroy", "remove_from_intune").cannot_drift("Graph does not know it"),
            entry("removals_allowed", 6).cannot_drift("Graph does not know it"),
        ]
        .into_iter()
        // Any row may fail, and a row's profile follows from what else it is given.
        .map(|entry| entry.may_change(&["failed", "profile_states"]))
        .collect(),
        imports: &["tag:{devices.PF4ZT7QN.group_tag}", "all"],
        not_imported: &[
            "id",
            "devices.PF4ZT7QN.hardware_hash",
            "devices.PF4ZT7QN.product_key",
            "wait_for_profile",
            "adopt_existing",
            "on_destroy",
            "removals_allowed",
        ],
        address: "/beta/deviceManagement/windowsAutopilotDeviceIdentities/{devices.PF4ZT7QN.id}",
        changed_by: Method::Patch,
        ended_by: ("DELETE", ""),
        belongs: Belongs::ToConfiguration,
        forgets_when_half_made: false,
        signed_in: SignedIn::Application,
    }
}

fn maximal_row(hash: &Json) -> Json {
    json!({
        "hardware_hash": hash,
        "product_key": "00330-80000-00000-AA123",
        "group_tag": "Sales",
        "display_name": "LAPTOP-1",
        "user_principal_name": "megan@contoso.com",
        "addressable_user_name": "Megan",
    })
}

fn assignment(user: &str, greeting: &str) -> Json {
    json!({"userPrincipalName": user, "addressableUserName": greeting})
}

fn properties(entry: Entry, property: &str) -> Entry {
    entry.outside_by("POST", "/updateDeviceProperties", json!({ property: "PORTAL" }))
}
