//! What devices are to be: profiles, policies of the settings catalog, and compliance policies. Of the
//! many types there are a few that a tenant with Windows laptops has, with what all of them have.

use super::target::TARGET;
use crate::emulator::api::model::{
    Default, Property, PropertyKind, Type, boolean, collection, date_time, enumeration, int32, navigation,
    text,
};

/// A configuration profile: what all have.
pub(crate) static DEVICE_CONFIGURATION: Type = Type::new("deviceConfiguration")
    .properties(&[
        text("id"),
        date_time("createdDateTime"),
        text("description").nullable(),
        text("displayName"),
        date_time("lastModifiedDateTime"),
        int32("version").default(Default::Number(1)),
        collection("roleScopeTagIds", &PropertyKind::String).default(Default::Texts(&["0"])).beta(),
        boolean("supportsScopeTags").beta(),
        navigation("assignments"),
    ])
    .abstract_with(&[&GENERAL, &CUSTOM, &UPDATES, &PROTECTION, &MAC_GENERAL, &IOS_GENERAL]);

static GENERAL: Type = Type::new("windows10GeneralConfiguration").extends(&DEVICE_CONFIGURATION);
static CUSTOM: Type = Type::new("windows10CustomConfiguration").extends(&DEVICE_CONFIGURATION);
static UPDATES: Type = Type::new("windowsUpdateForBusinessConfiguration").extends(&DEVICE_CONFIGURATION);
static PROTECTION: Type =
    Type::new("windows10EndpointProtectionConfiguration").extends(&DEVICE_CONFIGURATION);
static MAC_GENERAL: Type = Type::new("macOSGeneralDeviceConfiguration").extends(&DEVICE_CONFIGURATION);
static IOS_GENERAL: Type = Type::new("iosGeneralDeviceConfiguration").extends(&DEVICE_CONFIGURATION);

/// A policy of the settings catalog.
pub(crate) static CONFIGURATION_POLICY: Type =
    Type::new("deviceManagementConfigurationPolicy").properties(&[
        text("id"),
        date_time("createdDateTime"),
        text("creationSource").nullable(),
        text("description").nullable(),
        boolean("isAssigned"),
        date_time("lastModifiedDateTime"),
        text("name").nullable(),
        // Several at once are written with commas.
        text("platforms").default(Default::Text("windows10")),
        collection("roleScopeTagIds", &PropertyKind::String).default(Default::Texts(&["0"])),
        int32("settingCount"),
        text("technologies").default(Default::Text("mdm")),
        navigation("assignments"),
        navigation("settings"),
    ]);

/// A compliance policy: what all have.
pub(crate) static COMPLIANCE_POLICY: Type = Type::new("deviceCompliancePolicy")
    .properties(&[
        text("id"),
        date_time("createdDateTime"),
        text("description").nullable(),
        text("displayName"),
        date_time("lastModifiedDateTime"),
        int32("version").default(Default::Number(1)),
        collection("roleScopeTagIds", &PropertyKind::String).default(Default::Texts(&["0"])).beta(),
        navigation("assignments"),
    ])
    .abstract_with(&[&WINDOWS_COMPLIANCE, &MAC_COMPLIANCE, &IOS_COMPLIANCE]);

static WINDOWS_COMPLIANCE: Type = Type::new("windows10CompliancePolicy").extends(&COMPLIANCE_POLICY);
static MAC_COMPLIANCE: Type = Type::new("macOSCompliancePolicy").extends(&COMPLIANCE_POLICY);
static IOS_COMPLIANCE: Type = Type::new("iosCompliancePolicy").extends(&COMPLIANCE_POLICY);

const ASSIGNMENT: &[Property] = &[
    text("id"),
    enumeration("source", &["direct", "policySets"]).beta(),
    text("sourceId").nullable().beta(),
    Property::new("target", PropertyKind::Complex(&TARGET)),
];

pub(crate) static DEVICE_CONFIGURATION_ASSIGNMENT: Type =
    Type::new("deviceConfigurationAssignment").properties(ASSIGNMENT);
pub(crate) static CONFIGURATION_POLICY_ASSIGNMENT: Type =
    Type::new("deviceManagementConfigurationPolicyAssignment").properties(ASSIGNMENT);
pub(crate) static COMPLIANCE_POLICY_ASSIGNMENT: Type =
    Type::new("deviceCompliancePolicyAssignment").properties(ASSIGNMENT);
