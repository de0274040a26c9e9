//! What makes somebody licensed: service plans, which products are made of.

use serde::Deserialize;

/// A service plan of a user or of the organization.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    service_plan_id: Option<String>,
    capability_status: Option<String>,
}

/// Whether one of the plans enrolls devices in Intune.
pub(crate) fn is_intune_active(plans: &[Plan]) -> bool {
    is_active(plans, &INTUNE_PLANS)
}

/// Whether one of the plans is Microsoft Entra ID P1, or has all of it.
pub(crate) fn is_entra_p1_active(plans: &[Plan]) -> bool {
    is_active(plans, &ENTRA_P1_PLANS)
}

fn is_active(plans: &[Plan], wanted: &[&str]) -> bool {
    plans.iter().any(|plan| {
        let is_one = plan.service_plan_id.as_deref().is_some_and(|id| wanted.contains(&id));
        is_one && plan.capability_status.as_deref() == Some("Enabled")
    })
}

/// The service plans with which a device enrolls in Intune: `INTUNE_A`, `INTUNE_A_GOV`, `INTUNE_EDU`, `INTUNE_SMBIZ`
/// (Microsoft's table of service plan identifiers). A plan's service does not tell: `SCO` is that of `INTUNE_O365` too.
const INTUNE_PLANS: [&str; 4] = [
    "c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
    "d216f254-796f-4dab-bbfa-710686e646b9",
    "da24caf9-af8e-485c-b7c8-e73336da2693",
    "8e9ff0ff-aa7a-4b20-83c1-2f636b600ac2",
];
/// The service plans `AAD_PREMIUM` and `AAD_PREMIUM_P2`.
const ENTRA_P1_PLANS: [&str; 2] =
    ["41781fb2-bc02-4b7c-bd55-b576c07bb09d", "eec0eb4f-6444-4f95-aba0-50c24d67f998"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::decode;

    #[derive(Deserialize)]
    struct Licensed {
        #[serde(rename = "assignedPlans")]
        plans: Option<Vec<Plan>>,
    }

    #[test]
    fn a_licence_counts_only_while_it_is_active_and_is_missed_only_where_licences_are_shown() {
        let plan = |id: &str, status: &str| {
            let plan = json!({"service": "SCO", "servicePlanId": id, "capabilityStatus": status});
            json!({"assignedPlans": [plan]})
        };
        let for_office_365 = "882e1d05-acd1-4ccb-8708-6ee03664b117";
        let table: [(serde_json::Value, Option<bool>); 7] = [
            (plan(INTUNE_PLANS[0], "Enabled"), Some(true)),
            (plan(INTUNE_PLANS[3], "Enabled"), Some(true)),
            (plan(INTUNE_PLANS[0], "Deleted"), Some(false)),
            (plan(for_office_365, "Enabled"), Some(false)),
            (json!({"assignedPlans": []}), Some(false)),
            (json!({"assignedPlans": null}), None),
            (json!({}), None),
        ];
        for (user, expected) in table {
            assert_eq!(
                decode::<Licensed>(&user).unwrap().plans.as_deref().map(is_intune_active),
                expected,
                "{user}"
            );
        }
    }
}
