//! The case of `autopilot_enrollment_status_page`, in a tenant that has two pages already.

use serde_json::{Value as Json, json};

use super::case::{Belongs, Case, Entry, Method, SignedIn, entry};
use super::stage::Stage;

super::prove!(case);

fn case(stage: &Stage) -> Case {
    for (place, name) in [(1, "Kiosks"), (2, "Servers")] {
        stage.put("deviceEnrollmentConfigurations", another_page(place, name));
    }
    let mut entries = vec![
        entry("display_name", "Contoso desktops").stays().outside(json!({"displayName": "Fabrikam"})),
        entry("description", "Desktops of Contoso").outside(json!({"description": "Portal"})),
        entry("role_scope_tag_ids", json!(["0"])).outside(json!({"roleScopeTagIds": ["1"]})),
        entry("priority", 1).cannot_drift("only other pages move it, which has a test of its own"),
        entry("assignments", json!([{"target": "all_devices"}]))
            .outside_by("POST", "/assign", json!({"enrollmentConfigurationAssignments": []}))
            .unmanaged_unless_written(),
        entry("adopt_existing", false).cannot_drift("Graph does not know it"),
    ];
    entries.extend(settings());
    let mut maximal = maximal_settings();
    for (name, value) in [
        ("display_name", json!("Contoso laptops")),
        ("description", json!("Laptops of Contoso")),
        ("role_scope_tag_ids", json!(["0", "1"])),
        (
            "assignments",
            json!([
                {"target": "all_users"},
                {"group_id": EMPLOYEES, "filter_id": FILTER, "filter_mode": "exclude"},
            ]),
        ),
        ("adopt_existing", json!(true)),
    ] {
        maximal[name] = value;
    }
    Case {
        type_name: "autopilot_enrollment_status_page",
        minimal: json!({"display_name": "Contoso laptops"}),
        maximal,
        entries,
        imports: &["{id}", "name:{display_name}"],
        not_imported: &["adopt_existing"],
        address: ADDRESS,
        changed_by: Method::Patch,
        ended_by: ("DELETE", ""),
        belongs: Belongs::ToConfiguration,
        forgets_when_half_made: false,
        signed_in: SignedIn::Application,
    }
}

pub(super) fn maximal_settings() -> Json {
    json!({
        "show_progress": true,
        "timeout_minutes": 90,
        "custom_message": "Call the service desk.",
        "log_collection_enabled": true,
        "only_devices_set_up_by_oobe": false,
        "track_progress_for_autopilot_only": false,
        "install_quality_updates": true,
        "block_device_use": true,
        "device_reset_allowed": true,
        "device_use_allowed": true,
        "blocking_app_ids": [VPN, ZIP],
        "only_blocking_apps_fail_technician_phase": true,
    })
}

pub(super) fn settings() -> Vec<Entry> {
    let unblocked = || json!({"block_device_use": false, "blocking_app_ids": []});
    vec![
        entry("show_progress", false).with(unblocked()).outside_flipped("showInstallationProgress"),
        entry("timeout_minutes", 45).outside(json!({"installProgressTimeoutInMinutes": 15})),
        entry("custom_message", "Ask Megan.").outside(json!({"customErrorMessage": "Portal"})),
        entry("log_collection_enabled", false).outside_flipped("allowLogCollectionOnInstallFailure"),
        entry("only_devices_set_up_by_oobe", true).outside_flipped("disableUserStatusTrackingAfterFirstUser"),
        entry("track_progress_for_autopilot_only", true)
            .outside_flipped("trackInstallProgressForAutopilotOnly"),
        entry("install_quality_updates", false).outside_flipped("installQualityUpdates"),
        entry("block_device_use", false)
            .based_on(json!({"blocking_app_ids": []}))
            .outside_flipped("blockDeviceSetupRetryByUser"),
        entry("device_reset_allowed", false).outside_flipped("allowDeviceResetOnInstallFailure"),
        entry("device_use_allowed", false).outside_flipped("allowDeviceUseOnInstallFailure"),
        entry("blocking_app_ids", json!([ZIP])).outside(json!({"selectedMobileAppIds": [EDGE]})),
        entry("only_blocking_apps_fail_technician_phase", false)
            .outside_flipped("allowNonBlockingAppInstallation"),
    ]
}

pub(super) fn another_page(place: i64, name: &str) -> Json {
    json!({
        "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
        "id": format!("b000000{place}-0000-4000-8000-000000000000_Windows10EnrollmentCompletionPageConfiguration"),
        "deviceEnrollmentConfigurationType": "windows10EnrollmentCompletionPageConfiguration",
        "displayName": name, "priority": place, "version": 1, "roleScopeTagIds": ["0"],
        "createdDateTime": "2025-09-02T07:30:12.4412230Z", "showInstallationProgress": true,
        "blockDeviceSetupRetryByUser": true, "installProgressTimeoutInMinutes": 60, "selectedMobileAppIds": [],
    })
}

pub(super) const ADDRESS: &str = "/beta/deviceManagement/deviceEnrollmentConfigurations/{id}";
pub(super) const VPN: &str = "0a3de581-6b02-4f97-8c4d-e1b7f5a92c36";
const ZIP: &str = "1b7c92fa-05d8-4a63-9e21-c84f0d6b7a15";
const EDGE: &str = "71e8f4c9-ad56-4032-97b1-6e20ac9f3da4";
const FILTER: &str = "4d0f8c26-9a17-4e5b-b3c8-71f6a2d9e054";
/// Contoso's employees.
const EMPLOYEES: &str = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";
