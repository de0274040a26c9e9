//! Where the navigation properties of directory objects lead.

use super::membership;
use super::objects::{Object, find, ids};
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::tenant::Tenant;

/// The existing objects that an entity's navigation property leads to, with the property's own spelling.
pub(super) fn linked<'a>(
    tenant: &'a Tenant,
    entity: &Entity,
    navigation: &str,
) -> Option<(&'static str, Vec<Object<'a>>)> {
    const STORED: [(&str, &str); 5] = [
        ("members", "_members"),
        ("owners", "_owners"),
        ("includedGroups", "_includedGroups"),
        ("registeredOwners", "_registeredOwners"),
        ("registeredUsers", "_registeredUsers"),
    ];
    if navigation.eq_ignore_ascii_case("memberOf") {
        let groups = membership::groups_of(tenant, text(entity, "id"), false);
        return Some(("memberOf", groups.iter().filter_map(|id| find(tenant, id)).collect()));
    }
    let (name, link) = STORED.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(navigation))?;
    Some((name, ids(entity, link).filter_map(|id| find(tenant, id)).collect()))
}
