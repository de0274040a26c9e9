//! Who or what an assignment means.

use crate::emulator::api::model::{Default, Property, PropertyKind, Type, enumeration, text};

/// The base of all targets. Filters are known to beta only.
pub(crate) static TARGET: Type = Type::new("deviceAndAppManagementAssignmentTarget")
    .properties(&[
        text("deviceAndAppManagementAssignmentFilterId").nullable().beta(),
        enumeration("deviceAndAppManagementAssignmentFilterType", &["none", "include", "exclude"])
            .default(Default::Text("none"))
            .beta(),
    ])
    .abstract_with(&[&GROUP, &ALL_DEVICES, &ALL_USERS, &COLLECTION]);

pub(crate) static GROUP: Type = Type::new("groupAssignmentTarget")
    .properties(&[text("groupId").required()])
    .extends(&TARGET)
    .with_derived(&[&EXCLUDED_GROUP]);

pub(crate) static EXCLUDED_GROUP: Type = Type::new("exclusionGroupAssignmentTarget").extends(&GROUP);

pub(crate) static ALL_DEVICES: Type = Type::new("allDevicesAssignmentTarget").extends(&TARGET);

pub(crate) static ALL_USERS: Type = Type::new("allLicensedUsersAssignmentTarget").extends(&TARGET);

static COLLECTION: Type = Type::new("configurationManagerCollectionAssignmentTarget")
    .properties(&[text("collectionId").nullable()])
    .extends(&TARGET);

/// The properties that every assignment of a profile or enrollment configuration has; what the service says about it
/// is taken and forgotten when a client sends it back.
pub(super) const ASSIGNMENT: &[Property] = &[
    text("id").ignored(),
    enumeration("source", &["direct", "policySets"]).ignored(),
    text("sourceId").nullable().ignored(),
    Property::new("target", PropertyKind::Complex(&TARGET)).required(),
];
