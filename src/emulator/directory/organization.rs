//! `/organization`: the tenant itself, and what it looks like to whom signs in.

use serde_json::{Value, json};

use super::types::{BRANDING as BRANDING_TYPE, ORGANIZATION};
use super::views::view;
use crate::emulator::api::call::{Call, OperationResult};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::view::View;
use crate::emulator::world::collection::Entity;
use crate::emulator::world::collections::BRANDING;
use crate::emulator::world::tenant::Tenant;

const VIEW: View = view(&ORGANIZATION, "organization");
const BRANDING_VIEW: View = view(&BRANDING_TYPE, "organization/branding");

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    VIEW.page(call, [&organization(call.tenant)])
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    if !id.eq_ignore_ascii_case(&call.tenant.id) {
        return Err(GraphError::directory_not_found(&id));
    }
    VIEW.one(call, &organization(call.tenant))
}

/// The default branding; 404 where nobody made one ("Get organizationalBranding").
pub(super) fn branding(call: &mut Call<'_>) -> OperationResult {
    get(call)?;
    let found = call.tenant.collection(BRANDING).get(DEFAULT);
    BRANDING_VIEW.one(call, found.ok_or_else(|| GraphError::directory_not_found(DEFAULT))?)
}

/// Whether the organization has a branding.
pub(crate) fn is_branded(tenant: &Tenant) -> bool {
    tenant.collection(BRANDING).contains(DEFAULT)
}

/// Contoso's branding.
pub(super) fn sample(tenant: &mut Tenant) {
    let branding = json!({
        "id": DEFAULT,
        "backgroundColor": "#0f6cbd",
        "signInPageText": "Contoso's people sign in here.",
        "usernameHintText": "name@contoso.com",
    });
    if let Value::Object(branding) = branding {
        tenant.collection_mut(BRANDING).insert(BRANDING_TYPE.with_defaults(branding));
    }
}

/// The id of the branding that is not of a language.
const DEFAULT: &str = "0";

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
            plan("SCO", super::licences::INTUNE_PLAN),
            plan("AADPremiumService", super::licences::ENTRA_P1_PLAN),
        ],
        "verifiedDomains": domains.collect::<Vec<_>>(),
    });
    match entity {
        Value::Object(entity) => ORGANIZATION.with_defaults(entity),
        _ => Entity::new(),
    }
}
