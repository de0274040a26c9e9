//! The case of `autopilot_default_enrollment_status_page`.

use serde_json::json;

use super::case::{Belongs, Case, Method, SignedIn, entry};
use super::enrollment_status_page::{ADDRESS, maximal_settings, settings};
use super::stage::Stage;

super::prove!(case);

fn case(_: &Stage) -> Case {
    let mut entries = settings();
    entries.push(entry("on_destroy", "restore").cannot_drift("Graph does not know it"));
    let mut maximal = maximal_settings();
    maximal["on_destroy"] = json!("keep");
    Case {
        type_name: "autopilot_default_enrollment_status_page",
        minimal: json!({}),
        maximal,
        entries,
        imports: &["{id}", "default", "tenant"],
        not_imported: &["on_destroy"],
        address: ADDRESS,
        changed_by: Method::Patch,
        ended_by: ("DELETE", ""),
        belongs: Belongs::ToTenant,
        forgets_when_half_made: false,
        signed_in: SignedIn::Application,
    }
}
