//! The case of `autopilot_device_identity`.

use serde_json::json;

use super::case::{Belongs, Case, Entry, Method, SignedIn, entry};
use super::stage::Stage;

super::prove!(case);

fn case(stage: &Stage) -> Case {
    let hash = |serial: &str| {
        let laptop = stage.control().laptop(&json!({ "serialNumber": serial }));
        laptop.expect("a laptop")["hardwareHash"].clone()
    };
    let (first, again, second) = (hash("PF4ZT7QN"), hash("PF4ZT7QN"), hash("5CD4108XKL"));
    Case {
        type_name: "autopilot_device_identity",
        minimal: json!({"serial_number": "PF4ZT7QN", "hardware_hash": first}),
        maximal: json!({
            "serial_number": "PF4ZT7QN",
            "hardware_hash": first,
            "group_tag": "Sales",
            "display_name": "LAPTOP-1",
            "wait_for_profile": false,
            "adopt_existing": true,
            "on_destroy": "deregister",
        }),
        entries: vec![
            entry("serial_number", "5CD4108XKL")
                .with(json!({"hardware_hash": second}))
                .replaces()
                .cannot_drift("a device keeps its serial number"),
            entry("hardware_hash", again.clone()).changes_nothing().cannot_drift("Graph does not show it"),
            entry("hardware_hash_wo", again)
                .based_on(json!({"hardware_hash": null, "hardware_hash_wo": first}))
                .changes_nothing()
                .cannot_drift("Graph does not show it"),
            entry("product_key", "00330-80000-00000-AA123")
                .replaces()
                .cannot_drift("Graph does not let it change"),
            properties(entry("group_tag", "Service"), "groupTag")
                .may_change(&["profile_status", "profile_assigned_date_time"]),
            properties(entry("display_name", "LAPTOP-2"), "displayName"),
            entry("wait_for_profile", true)
                .with(json!({"timeouts": {"update": "2s"}}))
                .may_change(&["profile_status", "profile_assigned_date_time"])
                .cannot_drift("Graph does not know it"),
            entry("adopt_existing", false).cannot_drift("Graph does not know it"),
            entry("on_destroy", "remove_from_intune").cannot_drift("Graph does not know it"),
        ],
        imports: &["{id}", "serial:{serial_number}"],
        not_imported: &[
            "hardware_hash",
            "hardware_hash_wo",
            "wait_for_profile",
            "adopt_existing",
            "on_destroy",
        ],
        address: "/beta/deviceManagement/windowsAutopilotDeviceIdentities/{id}",
        changed_by: Method::Patch,
        ended_by: ("DELETE", ""),
        belongs: Belongs::ToConfiguration,
        forgets_when_half_made: false,
        signed_in: SignedIn::Application,
    }
}

fn properties(entry: Entry, property: &str) -> Entry {
    entry.outside_by("POST", "/updateDeviceProperties", json!({ property: "PORTAL" }))
}
