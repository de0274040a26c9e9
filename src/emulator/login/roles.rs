//! Directory roles: what a signed-in person is, beside what an application was granted.
//!
//! A user of the tenant has them in the private property `_directoryRoles`, a list of names as the admin center shows
//! them. A seed may give them to its own users the same way.

use serde_json::Value;

use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::USERS;
use crate::emulator::world::tenant::Tenant;

/// Everything.
pub(crate) const GLOBAL_ADMINISTRATOR: &str = "Global Administrator";
/// Reads everything an administrator can read.
pub(crate) const GLOBAL_READER: &str = "Global Reader";
/// Everything in Intune.
pub(crate) const INTUNE_ADMINISTRATOR: &str = "Intune Administrator";
/// Devices in Entra, who may join them, and automatic enrollment.
pub(crate) const CLOUD_DEVICE_ADMINISTRATOR: &str = "Cloud Device Administrator";
/// All groups.
pub(crate) const GROUPS_ADMINISTRATOR: &str = "Groups Administrator";
/// Users, and groups too.
pub(crate) const USER_ADMINISTRATOR: &str = "User Administrator";
/// Applications, consent to delegated permissions included.
pub(crate) const APPLICATION_ADMINISTRATOR: &str = "Application Administrator";
/// The same without on-premises proxies.
pub(crate) const CLOUD_APPLICATION_ADMINISTRATOR: &str = "Cloud Application Administrator";
/// Roles, and consent to anything.
pub(crate) const PRIVILEGED_ROLE_ADMINISTRATOR: &str = "Privileged Role Administrator";

/// Template ids, by which tokens name roles in `wids`. Source: "Microsoft Entra built-in roles".
const TEMPLATES: &[(&str, &str)] = &[
    (GLOBAL_ADMINISTRATOR, "62e90394-69f5-4237-9190-012177145e10"),
    (GLOBAL_READER, "f2ef992c-3afb-46b9-b7cf-a126ee74c451"),
    (INTUNE_ADMINISTRATOR, "3a2c62db-5318-420d-8d74-23affee5d9d5"),
    (CLOUD_DEVICE_ADMINISTRATOR, "7698a772-787b-4ac8-901f-60d6b08affd2"),
    (GROUPS_ADMINISTRATOR, "fdd7a751-b60b-444a-984c-02652fe8fa1c"),
    (USER_ADMINISTRATOR, "fe930be7-5e62-47db-91af-98c3a49a38b1"),
    (APPLICATION_ADMINISTRATOR, "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"),
    (CLOUD_APPLICATION_ADMINISTRATOR, "158c047a-c907-4556-b7ef-446551a6b5f7"),
    (PRIVILEGED_ROLE_ADMINISTRATOR, "e8611ab8-c189-46e8-94e1-60213ab1f814"),
];

/// What every token of a member carries in `wids`, with or without a role.
const EVERY_MEMBER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// The names of a user's roles.
pub(crate) fn of_user(user: &Entity) -> Vec<String> {
    let roles = user.get("_directoryRoles").and_then(Value::as_array);
    roles.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The names of the roles of the user with this object id, as they are now.
pub(super) fn of_id(tenant: &Tenant, id: &str) -> Vec<String> {
    tenant.collection(USERS).get(id).map(of_user).unwrap_or_default()
}

/// A user's roles as a token names them.
pub(super) fn wids(user: &Entity) -> Vec<&'static str> {
    let held = of_user(user);
    let named = TEMPLATES.iter().filter(|(name, _)| held.iter().any(|role| role == name));
    named.map(|(_, id)| *id).chain([EVERY_MEMBER]).collect()
}

/// In a tenant that says nothing of roles, the person who approves sign-ins is its administrator.
pub(crate) fn appoint_administrator(tenant: &mut Tenant, user_principal_name: &str) {
    let users = tenant.collection(USERS);
    if users.iter().any(|user| user.contains_key("_directoryRoles")) {
        return;
    }
    let Some(user) = users.find("userPrincipalName", user_principal_name) else { return };
    let id = text(user, "id").to_owned();
    if let Some(user) = tenant.collection_mut(USERS).get_mut(&id) {
        user.insert("_directoryRoles".to_owned(), Value::from(vec![GLOBAL_ADMINISTRATOR]));
    }
}
