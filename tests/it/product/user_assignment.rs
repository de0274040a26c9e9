//! The case of `autopilot_user_assignment`.

use serde_json::json;

use super::case::{Belongs, Case, Method, SignedIn, entry};
use super::stage::Stage;

super::prove!(case);

fn case(stage: &Stage) -> Case {
    for (id, serial) in [(LAPTOP, "PF4ZT7QN"), (SPARE, "5CD4108XKL")] {
        stage.put(
            "windowsAutopilotDeviceIdentities",
            json!({
                "id": id, "serialNumber": serial, "groupTag": "", "userPrincipalName": "", "addressableUserName": "",
            }),
        );
    }
    Case {
        type_name: "autopilot_user_assignment",
        minimal: json!({"device_id": LAPTOP, "user_principal_name": "megan@contoso.com"}),
        maximal: json!({
            "device_id": LAPTOP,
            "user_principal_name": "megan@contoso.com",
            "addressable_user_name": "Megan",
            "adopt_existing": true,
        }),
        entries: vec![
            entry("device_id", SPARE).replaces().cannot_drift("it is the device that is assigned"),
            entry("user_principal_name", "alex@contoso.com").outside_by(
                "POST",
                "/assignUserToDevice",
                json!({"userPrincipalName": "diego@contoso.com", "addressableUserName": "Megan"}),
            ),
            entry("addressable_user_name", "Meg")
                .outside_by(
                    "POST",
                    "/assignUserToDevice",
                    json!({"userPrincipalName": "megan@contoso.com", "addressableUserName": "M. B."}),
                )
                .unmanaged_unless_written(),
            entry("adopt_existing", false).cannot_drift("Graph does not know it"),
        ],
        imports: &["{id}", "serial:{serial_number}"],
        not_imported: &["adopt_existing"],
        address: "/beta/deviceManagement/windowsAutopilotDeviceIdentities/{id}",
        changed_by: Method::Patch,
        ended_by: ("POST", "/unassignUserFromDevice"),
        belongs: Belongs::ToConfiguration,
        forgets_when_half_made: false,
        signed_in: SignedIn::Application,
    }
}

const LAPTOP: &str = "d0000000-0000-4000-8000-000000000001";
const SPARE: &str = "d0000000-0000-4000-8000-000000000002";
