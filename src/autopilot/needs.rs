//! What each resource and data source needs, and what of it an account has.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::access::is_granted;
use super::permissions::{is_for_reading, least};
use super::{data_sources, resources};
use crate::graph::signin::Claims;
use crate::tf_provider::permission::{Access, Permission};

/// A permission that a type declares.
#[derive(Debug, Clone)]
pub struct Needed {
    /// `autopilot_device_group`, or `data.autopilot_group`.
    pub type_name: String,
    /// What it needs.
    pub permission: Permission,
}

/// What the resources and data sources need whose name (`autopilot_device_group`, `data.autopilot_group`) `is_used`.
pub fn of_types(is_used: impl Fn(&str) -> bool) -> Vec<Needed> {
    let resources = resources::all().into_iter().map(|one| (one.name().to_owned(), one.permissions()));
    let data = data_sources::all().into_iter().map(|one| (format!("data.{}", one.name()), one.permissions()));
    let used = resources.chain(data).filter(|(name, _)| is_used(name));
    used.flat_map(|(type_name, permissions)| {
        permissions.into_iter().map(move |permission| Needed { type_name: type_name.clone(), permission })
    })
    .collect()
}

/// The fewest delegated permissions with which a signed-in person can use every resource and data source, or with which
/// they can read everything.
pub fn delegated(read_only: bool) -> BTreeSet<&'static str> {
    let needed = of_types(|_| true).into_iter().map(|needed| needed.permission);
    least(needed.filter(|permission| !read_only || is_for_reading(permission)))
}

/// What an account may do with a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypeAccess {
    /// `autopilot_device_group`, or `data.autopilot_group`.
    pub type_name: String,
    /// Whether objects can be read; `None` when the token does not tell.
    pub read: Option<bool>,
    /// Whether they can be changed; `None` for a data source, or when the token does not tell.
    pub change: Option<bool>,
    /// What is missing: what for, and the least permission.
    pub missing: Vec<String>,
}

/// What an account with this token may do with each resource and data source. Directory and Intune roles come on top, and
/// no token tells them all.
pub fn granted_by(claims: &Claims) -> Vec<TypeAccess> {
    let mut by_type: BTreeMap<String, Vec<Permission>> = BTreeMap::new();
    for needed in of_types(|_| true) {
        by_type.entry(needed.type_name).or_default().push(needed.permission);
    }
    by_type.into_iter().map(|(type_name, needs)| judge(type_name, &needs, claims)).collect()
}

fn judge(type_name: String, needs: &[Permission], claims: &Claims) -> TypeAccess {
    let all_of = |access| {
        let of_kind: Vec<Option<bool>> =
            needs.iter().filter(|need| need.access == access).map(|need| is_granted(need, claims)).collect();
        let is_any = |wanted| of_kind.contains(&wanted);
        match () {
            () if of_kind.is_empty() || is_any(None) => None,
            () => Some(!is_any(Some(false))),
        }
    };
    let missing = needs.iter().filter(|need| is_granted(need, claims) == Some(false)).map(|need| {
        let least = need.one_of.first().copied().unwrap_or_default();
        let only = if need.person_only && claims.is_app_only() { " (a signed-in person only)" } else { "" };
        format!("to {}: {least}{only}", need.purpose)
    });
    TypeAccess {
        type_name,
        read: all_of(Access::Read),
        change: all_of(Access::Change),
        missing: missing.collect(),
    }
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
    fn what_a_token_allows_is_told_for_each_type() {
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
