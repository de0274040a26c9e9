//! Reading assignment targets.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::types::{ALL_DEVICES, ALL_USERS, EXCLUDED_GROUP, GROUP};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::model::{NO_ID, Type};
use crate::emulator::directory;
use crate::emulator::intune::views::held;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::tenant::Tenant;

/// The group that stands for all devices in the ids of assignments.
pub(crate) const EVERY_DEVICE: &str = "adadadad-808e-44e2-905a-0b7873a8a531";

/// The group that stands for all licensed users.
pub(crate) const EVERY_USER: &str = "acacacac-9df4-4c7d-9d50-4ef0226f57a9";

/// Who or what an assignment means, without its filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The members of a group, whose id is in lower case.
    Group(String),
    /// Not the members of a group.
    Excluded(String),
    AllDevices,
    AllUsers,
    /// A collection of Configuration Manager, which no Autopilot device is in.
    Other,
}

impl Target {
    /// What a target object says.
    pub(crate) fn of(target: &Entity) -> Self {
        let group = || text(target, "groupId").to_ascii_lowercase();
        let is = |kind: &Type| text(target, "@odata.type") == kind.odata_type();
        if is(&GROUP) {
            Self::Group(group())
        } else if is(&EXCLUDED_GROUP) {
            Self::Excluded(group())
        } else if is(&ALL_DEVICES) {
            Self::AllDevices
        } else if is(&ALL_USERS) {
            Self::AllUsers
        } else {
            Self::Other
        }
    }

    /// The target of an assignment.
    pub(crate) fn of_assignment(assignment: &Entity) -> Self {
        assignment.get("target").and_then(Value::as_object).map_or(Self::Other, Self::of)
    }

    /// The group's id as it appears in ids of assignments.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Group(id) | Self::Excluded(id) => id,
            Self::AllDevices => EVERY_DEVICE,
            Self::AllUsers => EVERY_USER,
            Self::Other => NO_ID,
        }
    }

    /// 400 when a group's id is no GUID. Whether the group exists is not looked at: assignments outlive their groups.
    pub(crate) fn check(&self) -> Result<(), GraphError> {
        match self {
            // A guess: every group's id is a GUID.
            Self::Group(id) | Self::Excluded(id) if uuid::Uuid::parse_str(id).is_err() => {
                Err(GraphError::intune_bad_request(format!("'{id}' is not a valid group id.")))
            }
            _ => Ok(()),
        }
    }
}

/// The targets of everything an object is assigned to.
pub(crate) fn targets(entity: &Entity) -> impl Iterator<Item = Target> {
    held(entity, "assignments").map(Target::of_assignment)
}

/// The members of groups, looked up once for each group.
#[derive(Debug, Default)]
pub(crate) struct Memberships(HashMap<String, HashSet<String>>);

impl Memberships {
    /// Whether the object is in the group, directly or through groups in it.
    pub(crate) fn has(&mut self, tenant: &Tenant, group: &str, object: &str) -> bool {
        if !self.0.contains_key(group) {
            let members = directory::transitive_members(tenant, group);
            let members = members.iter().map(|id| id.to_ascii_lowercase()).collect();
            self.0.insert(group.to_owned(), members);
        }
        self.0.get(group).is_some_and(|members| members.contains(&object.to_ascii_lowercase()))
    }
}
