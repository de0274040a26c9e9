//! `/organization`: the tenant itself.

use serde_json::{Value, json};

use super::answer::View;
use super::types::ORGANIZATION;
use crate::emulator::call::{Call, Outcome};
use crate::emulator::collection::Entity;
use crate::emulator::error::GraphError;
use crate::emulator::tenant::Tenant;

const VIEW: View = View::new(&ORGANIZATION, "organization");

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    VIEW.page(call, [&organization(call.tenant)])
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.key("id");
    if !id.eq_ignore_ascii_case(&call.tenant.id) {
        return Err(GraphError::directory_not_found(&id));
    }
    VIEW.one(call, &organization(call.tenant))
}

fn organization(tenant: &Tenant) -> Entity {
    let domains = tenant.domains.iter().enumerate().map(|(index, domain)| {
        json!({
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": index == 0,
            "isInitial": domain.ends_with(".onmicrosoft.com"),
            "name": domain,
            "type": "Managed",
        })
    });
    let plan = |service: &str, id: &str| {
        json!({
            "assignedDateTime": "2024-05-14T08:00:00Z",
            "capabilityStatus": "Enabled",
            "service": service,
            "servicePlanId": id,
        })
    };
    let entity = json!({
        "id": tenant.id,
        "createdDateTime": "2024-05-14T07:30:00Z",
        "displayName": tenant.display_name,
        "tenantType": "AAD",
        "countryLetterCode": "US",
        "preferredLanguage": "en",
        "mobileDeviceManagementAuthority": "intune",
        "assignedPlans": [
            plan("SCO", super::INTUNE_PLAN),
            plan("AADPremiumService", super::ENTRA_P1_PLAN),
        ],
        "verifiedDomains": domains.collect::<Vec<_>>(),
    });
    match entity {
        Value::Object(entity) => ORGANIZATION.with_defaults(entity),
        _ => Entity::new(),
    }
}
