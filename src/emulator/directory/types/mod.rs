//! The types of the directory, as the published metadata has them.
//!
//! Only what the emulator can hold is declared as a property with a kind; navigation properties are declared by name,
//! so that a query that names one is told apart from one that is mistaken.

mod device;
mod group;
mod organization;
mod policy;
mod user;

pub(crate) use device::DEVICE;
pub(crate) use group::{GROUP, PROCESSING_STATUS_UPDATED_NEVER};
pub(crate) use organization::{BRANDING, ORGANIZATION};
pub(crate) use policy::{
    ALL_MEMBERSHIP, DEVICE_REGISTRATION_POLICY, ENUMERATED_MEMBERSHIP, MOBILE_APP_MANAGEMENT_POLICY,
    MOBILE_DEVICE_MANAGEMENT_POLICY,
};
pub(crate) use user::{USER, USER_DEFAULTS};

use crate::emulator::api::model::{
    Property, PropertyKind, Type, boolean, collection, date_time, guid, int32, navigation, text,
};

/// An object in a list that mixes types. Such lists can be asked about what most of their objects have.
pub(crate) static DIRECTORY_OBJECT: Type = Type::new("directoryObject").properties(&[
    text("id").read_only(),
    date_time("deletedDateTime").nullable().read_only(),
    boolean("accountEnabled"),
    text("description"),
    text("deviceId"),
    text("displayName"),
    text("mail"),
    text("mailNickname"),
    text("operatingSystem"),
    boolean("securityEnabled"),
    collection("groupTypes", &PropertyKind::String),
    text("userPrincipalName"),
    text("userType"),
]);

/// An application in this tenant: who an app-only token stands for.
pub(crate) static SERVICE_PRINCIPAL: Type = Type::new("servicePrincipal").properties(&[
    text("id").read_only(),
    date_time("deletedDateTime").nullable().read_only(),
    boolean("accountEnabled").nullable(),
    text("appId").nullable(),
    text("displayName").nullable(),
    text("servicePrincipalType").nullable(),
]);

static EXTENSION_ATTRIBUTES: Type = Type::new("onPremisesExtensionAttributes").properties(&[
    text("extensionAttribute1").nullable(),
    text("extensionAttribute2").nullable(),
    text("extensionAttribute3").nullable(),
    text("extensionAttribute4").nullable(),
    text("extensionAttribute5").nullable(),
    text("extensionAttribute6").nullable(),
    text("extensionAttribute7").nullable(),
    text("extensionAttribute8").nullable(),
    text("extensionAttribute9").nullable(),
    text("extensionAttribute10").nullable(),
    text("extensionAttribute11").nullable(),
    text("extensionAttribute12").nullable(),
    text("extensionAttribute13").nullable(),
    text("extensionAttribute14").nullable(),
    text("extensionAttribute15").nullable(),
]);

static ASSIGNED_PLAN: Type = Type::new("assignedPlan").properties(&[
    date_time("assignedDateTime").nullable(),
    text("capabilityStatus").nullable(),
    text("service").nullable(),
    guid("servicePlanId").nullable(),
]);

static ASSIGNED_LICENSE: Type = Type::new("assignedLicense")
    .properties(&[collection("disabledPlans", &PropertyKind::Guid), guid("skuId").nullable()]);

static PROVISIONED_PLAN: Type = Type::new("provisionedPlan").properties(&[
    text("capabilityStatus").nullable(),
    text("provisioningStatus").nullable(),
    text("service").nullable(),
]);

static PROVISIONING_ERROR: Type = Type::new("onPremisesProvisioningError").properties(&[
    text("category").nullable(),
    date_time("occurredDateTime").nullable(),
    text("propertyCausingError").nullable(),
    text("value").nullable(),
]);

static SERVICE_ERROR: Type = Type::new("serviceProvisioningError").properties(&[
    date_time("createdDateTime").nullable(),
    boolean("isResolved").nullable(),
    text("serviceInstance").nullable(),
]);

static ALTERNATIVE_SECURITY_ID: Type = Type::new("alternativeSecurityId").properties(&[
    text("identityProvider").nullable(),
    Property::new("key", PropertyKind::Binary).nullable(),
    int32("type").nullable(),
]);

/// What the service computes: never written by a client of the emulator.
const fn computed(property: Property) -> Property {
    property.nullable().read_only()
}

const fn link(name: &'static str) -> Property {
    navigation(name)
}
