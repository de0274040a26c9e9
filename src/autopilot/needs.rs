//! What each resource and data source needs, and what of it an account has.

use std::collections::BTreeSet;

use super::permissions::{is_for_reading, least};
pub use super::type_access::{Needed, TypeAccess};
use super::type_access::{granted, needed};
use super::{actions, data_sources, resources};
use crate::graph::signin::Claims;

/// What the resources, data sources and actions need whose name (`autopilot_device_group`, `data.autopilot_group`,
/// `action.autopilot_sync`) `is_used`.
pub fn of_types(is_used: impl Fn(&str) -> bool) -> Vec<Needed> {
    let all = needed(&resources::all(), &data_sources::all(), &actions::all());
    all.into_iter().filter(|needed| is_used(&needed.type_name)).collect()
}

/// The fewest delegated permissions with which a signed-in person can use every resource and data source, or with which
/// they can read everything. Actions, one of which resets devices, come on demand.
pub fn delegated(read_only: bool, with_actions: bool) -> BTreeSet<&'static str> {
    let (acting, managing): (Vec<Needed>, Vec<Needed>) =
        of_types(|_| true).into_iter().partition(Needed::is_for_an_action);
    let managing = managing.into_iter().map(|needed| needed.permission);
    let mut names = least(managing.filter(|permission| !read_only || is_for_reading(permission)));
    if with_actions {
        // Microsoft's pages disagree on what else is enough for an action; the first always is.
        names.extend(acting.iter().filter_map(|needed| needed.permission.one_of.first()));
    }
    names
}

/// What an account with this token may do with each resource, data source and action. Directory and Intune roles come on top, and
/// no token tells them all.
pub fn granted_by(claims: &Claims) -> Vec<TypeAccess> {
    granted(&of_types(|_| true), claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::signin::Acting;

    fn claims(acting: Acting, permissions: &[&str]) -> Claims {
        let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
        Claims { acting, permissions, ..Claims::unknown() }
    }

    fn of_type(name: &str, claims: &Claims) -> TypeAccess {
        granted_by(claims).into_iter().find(|one| one.type_name == name).expect("a type")
    }

    #[test]
    fn what_a_token_allows_is_said_for_each_type() {
        let reader =
            claims(Acting::Delegated, &["DeviceManagementServiceConfig.Read.All", "Policy.Read.All"]);
        let profile = of_type("autopilot_deployment_profile", &reader);
        assert_eq!((profile.read, profile.change), (Some(true), Some(false)));
        assert_eq!(
            profile.missing,
            ["to create, update, delete: DeviceManagementServiceConfig.ReadWrite.All"]
        );
        let scope = of_type("autopilot_enrollment_scope", &reader);
        assert_eq!((scope.read, scope.change), (Some(true), Some(false)));
        let data = of_type("data.autopilot_group", &reader);
        assert_eq!((data.read, data.change), (Some(false), None));
    }

    #[test]
    fn an_application_never_has_what_is_for_people() {
        let app = claims(Acting::AppOnly, &["Policy.Read.All", "Policy.ReadWrite.MobilityManagement"]);
        let scope = of_type("autopilot_enrollment_scope", &app);
        assert_eq!((scope.read, scope.change), (Some(false), Some(false)));
        assert!(scope.missing[0].contains("a signed-in person only"), "{scope:?}");
    }

    #[test]
    fn an_opaque_token_tells_nothing_and_nothing_is_claimed() {
        let unknown = granted_by(&Claims::unknown());
        assert!(
            unknown.iter().all(|one| one.read.is_none() && one.change.is_none() && one.missing.is_empty())
        );
    }
}
