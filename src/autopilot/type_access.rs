//! What an account may do with a resource or data source, judged from its token.

use std::collections::BTreeMap;

use serde::Serialize;

use super::permissions::is_granted;
use super::tenant::Tenant;
use crate::graph::signin::Claims;
use crate::tf_provider::action::Action;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::permission::{Access, Permission};
use crate::tf_provider::resource::Resource;

/// A permission that a type declares.
#[derive(Debug, Clone)]
pub struct Needed {
    /// `autopilot_device_group`, `data.autopilot_group`, or `action.autopilot_sync`.
    pub type_name: String,
    /// What it needs.
    pub permission: Permission,
}

/// What an account may do with a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypeAccess {
    /// `autopilot_device_group`, `data.autopilot_group`, or `action.autopilot_sync`.
    pub type_name: String,
    /// Whether objects can be read; `None` when the token does not tell.
    pub read: Option<bool>,
    /// Whether they can be changed; `None` for a data source, or when the token does not tell.
    pub change: Option<bool>,
    /// What is missing: what for, and the least permission.
    pub missing: Vec<String>,
}

impl Needed {
    /// Whether it is an action that needs it.
    pub fn is_for_an_action(&self) -> bool {
        self.type_name.starts_with(ACTION)
    }
}

/// What these resources, data sources and actions need.
pub(super) fn needed(
    resources: &[Box<dyn Resource<Tenant>>],
    data_sources: &[Box<dyn DataSource<Tenant>>],
    actions: &[Box<dyn Action<Tenant>>],
) -> Vec<Needed> {
    let resources = resources.iter().map(|one| (one.name().to_owned(), one.permissions()));
    let data = data_sources.iter().map(|one| (format!("data.{}", one.name()), one.permissions()));
    let actions = actions.iter().map(|one| (format!("{ACTION}{}", one.name()), one.permissions()));
    let each = resources.chain(data).chain(actions).flat_map(|(type_name, permissions)| {
        permissions.into_iter().map(move |permission| Needed { type_name: type_name.clone(), permission })
    });
    each.collect()
}

/// What an account with this token may do with each type. Directory and Intune roles come on top, and no token tells them
/// all.
pub(super) fn granted(needed: &[Needed], claims: &Claims) -> Vec<TypeAccess> {
    let mut by_type: BTreeMap<&str, Vec<Permission>> = BTreeMap::new();
    for needed in needed {
        by_type.entry(&needed.type_name).or_default().push(needed.permission);
    }
    by_type.into_iter().map(|(type_name, needs)| judge(type_name.to_owned(), &needs, claims)).collect()
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

/// How the name of an action begins.
const ACTION: &str = "action.";
