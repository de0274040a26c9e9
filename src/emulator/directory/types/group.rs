use super::{ASSIGNED_LICENSE, EXTENSION_ATTRIBUTES, PROVISIONING_ERROR, SERVICE_ERROR, computed, link};
use crate::emulator::api::model::{
    Property, PropertyKind, Type, Visibility, Writing, boolean, collection, complex, date_time, enumeration,
    int32, text,
};

/// The moment of an update that never was.
pub(crate) const PROCESSING_STATUS_UPDATED_NEVER: &str = "0001-01-01T00:00:00Z";

/// A group. Mail-flow settings come only when asked for.
pub(crate) static GROUP: Type = Type::new("group").properties(&[
    text("id").read_only(),
    date_time("deletedDateTime").nullable().read_only(),
    text("classification").nullable(),
    text("createdByAppId").nullable().read_only().beta(),
    date_time("createdDateTime").nullable().read_only(),
    text("description").nullable(),
    text("displayName").required(),
    date_time("expirationDateTime").nullable().read_only(),
    collection("groupTypes", &PropertyKind::String),
    collection("infoCatalogs", &PropertyKind::String),
    boolean("isAssignableToRole").nullable().on_update(Writing::Refused),
    boolean("isManagementRestricted").nullable().read_only().visible(Visibility::OnSelect),
    text("mail").nullable().read_only(),
    boolean("mailEnabled").required(),
    text("mailNickname").required(),
    text("membershipRule").nullable(),
    text("membershipRuleProcessingState").nullable(),
    computed(complex("membershipRuleProcessingStatus", &PROCESSING_STATUS))
        .beta()
        .visible(Visibility::OnSelect),
    text("onPremisesDomainName").nullable().read_only(),
    date_time("onPremisesLastSyncDateTime").nullable().read_only(),
    text("onPremisesNetBiosName").nullable().read_only(),
    text("onPremisesSamAccountName").nullable().read_only(),
    text("onPremisesSecurityIdentifier").nullable().read_only(),
    boolean("onPremisesSyncEnabled").nullable().read_only(),
    text("preferredDataLocation").nullable(),
    text("preferredLanguage").nullable(),
    collection("proxyAddresses", &PropertyKind::String).read_only(),
    date_time("renewedDateTime").nullable().read_only(),
    collection("resourceBehaviorOptions", &PropertyKind::String).on_update(Writing::Refused),
    collection("resourceProvisioningOptions", &PropertyKind::String),
    boolean("securityEnabled").required(),
    text("securityIdentifier").nullable().read_only(),
    text("theme").nullable(),
    text("uniqueName").nullable(),
    text("visibility").nullable(),
    collection("onPremisesProvisioningErrors", &PropertyKind::Complex(&PROVISIONING_ERROR)).read_only(),
    collection("serviceProvisioningErrors", &PropertyKind::Complex(&SERVICE_ERROR)).read_only(),
    on_select(enumeration("accessType", &["none", "private", "secret", "public"])),
    on_select(boolean("allowExternalSenders")),
    on_select(boolean("autoSubscribeNewMembers")),
    on_select(boolean("disableNesting")).beta(),
    on_select(boolean("hasMembersWithLicenseErrors")),
    on_select(boolean("hideFromAddressLists")),
    on_select(boolean("hideFromOutlookClients")),
    on_select(boolean("isArchived")),
    on_select(boolean("isFavorite")),
    on_select(boolean("isSubscribedByMail")),
    on_select(int32("unseenConversationsCount")),
    on_select(int32("unseenCount")),
    on_select(int32("unseenMessagesCount")),
    on_select(boolean("welcomeMessageEnabled")),
    on_select(text("organizationId")),
    collection("assignedLabels", &PropertyKind::Complex(&ASSIGNED_LABEL)).visible(Visibility::OnSelect),
    collection("assignedLicenses", &PropertyKind::Complex(&ASSIGNED_LICENSE))
        .read_only()
        .visible(Visibility::OnSelect),
    on_select(complex("licenseProcessingState", &LICENSE_PROCESSING_STATE)),
    on_select(complex("onPremisesExtensionAttributes", &EXTENSION_ATTRIBUTES)),
    on_select(complex("writebackConfiguration", &WRITEBACK)).beta(),
    on_select(Property::new("cloudLicensing", PropertyKind::Untyped)).beta(),
    link("acceptedSenders"),
    link("appRoleAssignments"),
    link("calendar"),
    link("calendarView"),
    link("conversations"),
    link("createdOnBehalfOf"),
    link("drive"),
    link("drives"),
    link("endpoints").beta(),
    link("events"),
    link("extensions"),
    link("groupLifecyclePolicies"),
    link("memberOf"),
    link("members"),
    link("membersWithLicenseErrors"),
    link("onPremisesSyncBehavior"),
    link("onenote"),
    link("owners"),
    link("permissionGrants"),
    link("photo"),
    link("photos"),
    link("planner"),
    link("rejectedSenders"),
    link("settings"),
    link("sites"),
    link("team"),
    link("threads"),
    link("transitiveMemberOf"),
    link("transitiveMembers"),
]);

static PROCESSING_STATUS: Type = Type::new("membershipRuleProcessingStatus").properties(&[
    text("errorMessage").nullable(),
    date_time("lastMembershipUpdated").nullable(),
    enumeration("status", &["NotStarted", "Running", "Failed", "Succeeded"]),
]);

static ASSIGNED_LABEL: Type =
    Type::new("assignedLabel").properties(&[text("displayName").nullable(), text("labelId").nullable()]);

static LICENSE_PROCESSING_STATE: Type =
    Type::new("licenseProcessingState").properties(&[text("state").nullable()]);

static WRITEBACK: Type = Type::new("groupWritebackConfiguration")
    .properties(&[boolean("isEnabled").nullable(), text("onPremisesGroupType").nullable()]);

const fn on_select(property: Property) -> Property {
    property.nullable().visible(Visibility::OnSelect)
}
