//! What makes a user licensed: service plans, which products are made of.
//!
//! Source: Microsoft's table "Product names and service plan identifiers for licensing". A plan's service says less: `SCO` is
//! that of `INTUNE_O365` too (Mobile Device Management for Office 365), which does not enroll devices in Intune.

use serde_json::Value;

use crate::emulator::world::collection::Entity;

/// `INTUNE_A`, Intune Plan 1.
pub(super) const INTUNE_PLAN: &str = "c1ec4a95-1f05-45b3-a911-aa3fa01094f5";

/// `AAD_PREMIUM`, Microsoft Entra ID P1.
pub(super) const ENTRA_P1_PLAN: &str = "41781fb2-bc02-4b7c-bd55-b576c07bb09d";

/// Whether an Intune plan is active: `INTUNE_A`, `INTUNE_A_GOV`, `INTUNE_EDU` or `INTUNE_SMBIZ`.
pub(crate) fn has_intune(user: &Entity) -> bool {
    has_one_of(
        user,
        &[
            INTUNE_PLAN,
            "d216f254-796f-4dab-bbfa-710686e646b9",
            "da24caf9-af8e-485c-b7c8-e73336da2693",
            "8e9ff0ff-aa7a-4b20-83c1-2f636b600ac2",
        ],
    )
}

/// Whether Entra ID P1 is active, or P2 (`AAD_PREMIUM_P2`), which has all of it.
pub(crate) fn has_entra_p1(user: &Entity) -> bool {
    has_one_of(user, &[ENTRA_P1_PLAN, "eec0eb4f-6444-4f95-aba0-50c24d67f998"])
}

fn has_one_of(user: &Entity, plans: &[&str]) -> bool {
    let own = user.get("assignedPlans").and_then(Value::as_array);
    own.into_iter().flatten().any(|own| {
        let is_one = own["servicePlanId"].as_str().is_some_and(|id| plans.contains(&id));
        is_one && own["capabilityStatus"] == "Enabled"
    })
}
