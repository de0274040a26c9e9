//! The directory: groups, users, devices, and the policies of the directory.

use serde::{Deserialize, Serialize};

use super::call::{Call, Outcome, Reply};
use super::model::Type;
use super::route::{Permissions, Route};
use super::tenant::Tenant;

static READ_ORGANIZATION: Permissions = Permissions::both(&[
    "User.Read",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
]);

/// Every operation of the directory.
pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/organization", &READ_ORGANIZATION, list_organization)]
}

/// What the directory does later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    /// Nothing at all.
    Nothing,
}

/// Lets an event happen.
pub(crate) fn happen(event: Event, _tenant: &mut Tenant) {
    match event {
        Event::Nothing => {}
    }
}

/// The type of the objects in each collection.
pub(crate) fn types() -> &'static [(&'static str, &'static Type)] {
    &[]
}

/// Fills what every tenant has from its first day.
pub(crate) fn foundation(_tenant: &mut Tenant) {}

/// Fills Contoso's sample objects.
pub(crate) fn sample(tenant: &mut Tenant) {
    let administrator = serde_json::json!({
        "id": "5e2d7c10-84b3-4f6a-9e1d-70c5a2b8f943",
        "displayName": "Contoso Administrator",
        "userPrincipalName": super::seed::ADMINISTRATOR,
    });
    if let serde_json::Value::Object(administrator) = administrator {
        tenant.collection_mut("users").insert(administrator);
    }
}

fn list_organization(call: &mut Call<'_>) -> Outcome {
    let domains = call.tenant.domains.iter().enumerate().map(|(index, domain)| {
        serde_json::json!({
            "name": domain,
            "isDefault": index == 0,
            "isInitial": domain.ends_with(".onmicrosoft.com"),
            "type": "Managed",
            "capabilities": "Email, OfficeCommunicationsOnline",
        })
    });
    let organization = serde_json::json!({
        "id": call.tenant.id,
        "displayName": call.tenant.display_name,
        "tenantType": "AAD",
        "verifiedDomains": domains.collect::<Vec<_>>(),
    });
    Ok(Reply::values(call.context("organization"), vec![organization]))
}
