//! Contoso: the people and groups a newcomer finds.

use serde_json::{Value, json};

use super::licences::{ENTRA_P1_PLAN, INTUNE_PLAN};
use super::organization;
use super::types::{GROUP, USER};
use crate::emulator::login::roles;
use crate::emulator::world::collection::Entity;
use crate::emulator::world::collections::{GROUPS, USERS};
use crate::emulator::world::tenant::Tenant;

/// Contoso's administrator.
pub(crate) const ADMINISTRATOR: &str = "admin@contoso.onmicrosoft.com";

/// Contoso's people: id, user principal name, display name, job title, department.
const PEOPLE: [(&str, &str, &str, &str, &str); 9] = [
    ("5e2d7c10-84b3-4f6a-9e1d-70c5a2b8f943", ADMINISTRATOR, "Contoso Administrator", "IT Manager", "IT"),
    (
        "2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b20",
        "megan@contoso.com",
        "Megan Bowen",
        "Marketing Manager",
        "Marketing",
    ),
    (
        "7c1e9d53-6b2a-4f08-a3d4-1f5b8c0e9a67",
        "alex@contoso.com",
        "Alex Wilber",
        "Sales Representative",
        "Sales",
    ),
    ("91a4c7e2-3f5d-4b60-b8c9-d2e7f0a16385", "diego@contoso.com", "Diego Siciliani", "HR Manager", "HR"),
    ("d05b3f8a-7e19-4c26-95ad-4b8c6e1f2073", "lee@contoso.com", "Lee Gu", "Engineer", "Engineering"),
    ("4d9b2e70-c6f1-48a3-9b05-e17c3a8d5f24", "iris@contoso.com", "Iris Jordan", "Intune Engineer", "IT"),
    ("a8e60c35-1f7d-4b92-8c4e-05d9f2b7e613", "cleo@contoso.com", "Cleo Vance", "Device Engineer", "IT"),
    ("6f3a1d84-92be-4e57-b0c9-d84e6a2f7015", "gina@contoso.com", "Gina Torres", "Service Desk Lead", "IT"),
    (
        "e8d2b6c4-5a07-4913-8e6f-0c9b7a3d5f12",
        "ann_fabrikam.com#EXT#@contoso.onmicrosoft.com",
        "Ann Beebe (Guest)",
        "Consultant",
        "",
    ),
];

/// Who administers what. One person has each of the least roles for the tutorial's steps; everybody else has none.
const ROLES: [(&str, &str); 4] = [
    (ADMINISTRATOR, roles::GLOBAL_ADMINISTRATOR),
    ("iris@contoso.com", roles::INTUNE_ADMINISTRATOR),
    ("cleo@contoso.com", roles::CLOUD_DEVICE_ADMINISTRATOR),
    ("gina@contoso.com", roles::GROUPS_ADMINISTRATOR),
];

/// A group of all employees, whose members were assigned one by one.
const EMPLOYEES: &str = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";

pub(crate) fn sample(tenant: &mut Tenant) {
    organization::sample(tenant);
    for person in PEOPLE {
        let user = USER.with_defaults(user(person));
        tenant.collection_mut(USERS).insert(user);
    }
    let employees = PEOPLE.iter().filter(|person| !person.1.contains("#EXT#")).map(|person| person.0);
    let group = json!({
        "id": EMPLOYEES,
        "createdDateTime": "2024-05-14T08:15:00Z",
        "renewedDateTime": "2024-05-14T08:15:00Z",
        "description": "Everybody who works at Contoso",
        "displayName": "Contoso Employees",
        "mailEnabled": false,
        "mailNickname": "employees",
        "securityEnabled": true,
        "securityIdentifier": super::groups::security_identifier(EMPLOYEES),
        "_members": employees.collect::<Vec<_>>(),
        "_owners": [PEOPLE[0].0],
    });
    if let Value::Object(group) = group {
        tenant.collection_mut(GROUPS).insert(GROUP.with_defaults(group));
    }
}

fn user((id, name, display_name, title, department): (&str, &str, &str, &str, &str)) -> Entity {
    let guest = name.contains("#EXT#");
    let (given_name, surname) = display_name.split_once(' ').unwrap_or((display_name, ""));
    let plan = |service: &str, id: &str| {
        json!({
            "assignedDateTime": "2024-05-14T08:10:00Z",
            "capabilityStatus": "Enabled",
            "service": service,
            "servicePlanId": id,
        })
    };
    let plans = if guest {
        Vec::new()
    } else {
        vec![plan("SCO", INTUNE_PLAN), plan("AADPremiumService", ENTRA_P1_PLAN)]
    };
    let user = json!({
        "id": id,
        "accountEnabled": true,
        "assignedPlans": plans,
        "createdDateTime": "2024-05-14T08:00:00Z",
        "department": (!department.is_empty()).then_some(department),
        "displayName": display_name,
        "givenName": given_name,
        "jobTitle": title,
        "mail": if guest { "ann@fabrikam.com" } else { name },
        "mailNickname": name.split('@').next(),
        "preferredLanguage": "en-US",
        "surname": surname,
        "usageLocation": "US",
        "userPrincipalName": name,
        "userType": if guest { "Guest" } else { "Member" },
        "_directoryRoles": ROLES.iter().filter(|held| held.0 == name).map(|held| held.1).collect::<Vec<_>>(),
    });
    match user {
        Value::Object(user) => user,
        _ => Entity::new(),
    }
}
