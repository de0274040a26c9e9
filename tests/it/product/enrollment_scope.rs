//! The case of `autopilot_enrollment_scope`.

use serde_json::{Value as Json, json};

use super::case::{Belongs, Case, Entry, Method, SignedIn, entry};
use super::stage::Stage;
use crate::support::core::Action;
use autopilot_provider::emulator::collections::MDM_POLICIES;

super::prove!(case);

fn case(stage: &Stage) -> Case {
    for group in [SALES, SERVICE] {
        stage.put("groups", json!({"id": group, "displayName": group, "securityEnabled": true}));
    }
    stage.control().with_tenant(|tenant| {
        let policies = tenant.collection_mut(MDM_POLICIES);
        let intune = policies.get_mut("0000000a-0000-0000-c000-000000000000").expect("it is there");
        intune.insert("isMdmEnrollmentDuringRegistrationDisabled".to_owned(), json!(false));
    });
    let policy = json!({
        "scope": "selected",
        "group_ids": [EMPLOYEES, SALES],
        "discovery_url": "https://enroll.contoso.com/discovery",
        "terms_of_use_url": "https://enroll.contoso.com/terms",
        "compliance_url": "https://enroll.contoso.com/compliance",
    });
    let mut mdm = policy.clone();
    mdm["enrollment_offered_with_work_account"] = json!(false);
    let mut entries = vec![
        entry("on_destroy", "restore").cannot_drift("Graph does not know it"),
        entry("mdm.enrollment_offered_with_work_account", true).outside_by(
            "PATCH",
            MDM,
            json!({"isMdmEnrollmentDuringRegistrationDisabled": false}),
        ),
    ];
    for (name, address) in [("mdm", MDM), ("mam", MAM)] {
        entries.extend(parts(name, address));
    }
    // A group selects, and so changes the scope that even the shortest configuration writes.
    let groups = entries.iter_mut().find(|entry| entry.path == "mdm.group_ids");
    groups.expect("it is among them").unwritten = Some(Action::Update);
    Case {
        type_name: "autopilot_enrollment_scope",
        minimal: json!({"mdm": {"scope": "none"}}),
        maximal: json!({"mdm": mdm, "mam": policy, "on_destroy": "keep"}),
        entries,
        imports: &["tenant", "{id}"],
        not_imported: &["on_destroy"],
        address: MDM,
        changed_by: Method::Patch,
        ended_by: ("DELETE", ""),
        belongs: Belongs::ToTenant,
        forgets_when_half_made: true,
        signed_in: SignedIn::Administrator,
    }
}

/// The entries of one policy.
fn parts(name: &str, address: &str) -> Vec<Entry> {
    let path = |part: &str| -> &'static str { format!("{name}.{part}").leak() };
    let patch = |entry: Entry, body: Json| entry.outside_by("PATCH", address, body);
    let group = json!({"@odata.id": format!("https://graph.microsoft.com/beta/groups/{SERVICE}")});
    vec![
        patch(
            entry(path("scope"), "all").with(json!({ name: {"group_ids": null} })),
            json!({"appliesTo": "all"}),
        ),
        entry(path("group_ids"), json!([SALES, SERVICE])).stays().outside_by(
            "POST",
            format!("{address}/includedGroups/$ref"),
            group,
        ),
        patch(
            entry(path("discovery_url"), "https://enroll.fabrikam.com/discovery"),
            json!({"discoveryUrl": "https://portal.contoso.com/discovery"}),
        ),
        patch(
            entry(path("terms_of_use_url"), "https://enroll.fabrikam.com/terms"),
            json!({"termsOfUseUrl": "https://portal.contoso.com/terms"}),
        ),
        patch(
            entry(path("compliance_url"), "https://enroll.fabrikam.com/compliance"),
            json!({"complianceUrl": "https://portal.contoso.com/compliance"}),
        ),
    ]
}

const MDM: &str = "/beta/policies/mobileDeviceManagementPolicies/0000000a-0000-0000-c000-000000000000";
const MAM: &str = "/beta/policies/mobileAppManagementPolicies/0000000a-0000-0000-c000-000000000000";
const EMPLOYEES: &str = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";
const SALES: &str = "a0000000-0000-4000-8000-000000000001";
const SERVICE: &str = "a0000000-0000-4000-8000-000000000002";
