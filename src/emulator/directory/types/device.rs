use super::{ALTERNATIVE_SECURITY_ID, EXTENSION_ATTRIBUTES, computed, link};
use crate::emulator::model::{
    Kind, Property, Type, Visibility, boolean, collection, complex, date_time, int32, text,
};

/// A device that is registered in the directory.
pub(crate) static DEVICE: Type = Type::new("device").properties(&[
    text("id").read_only(),
    date_time("deletedDateTime").nullable().read_only(),
    boolean("accountEnabled").nullable(),
    collection("alternativeNames", &Kind::String).beta(),
    computed(date_time("approximateLastSignInDateTime")),
    computed(date_time("complianceExpirationDateTime")),
    text("deviceCategory").nullable(),
    text("deviceId").nullable(),
    text("deviceMetadata").nullable(),
    text("deviceOwnership").nullable(),
    int32("deviceVersion").nullable(),
    text("displayName").nullable(),
    text("domainName").nullable().beta(),
    text("enrollmentProfileName").nullable(),
    text("enrollmentType").nullable(),
    complex("extensionAttributes", &EXTENSION_ATTRIBUTES)
        .nullable()
        .beta(),
    collection("hostnames", &Kind::String).beta(),
    boolean("isCompliant").nullable(),
    boolean("isManaged").nullable(),
    computed(boolean("isManagementRestricted")),
    boolean("isRooted").nullable(),
    text("kind").nullable().beta(),
    text("managementType").nullable(),
    text("manufacturer").nullable(),
    text("mdmAppId").nullable(),
    text("model").nullable(),
    text("name").nullable().beta(),
    computed(date_time("onPremisesLastSyncDateTime")),
    computed(text("onPremisesSecurityIdentifier")),
    computed(boolean("onPremisesSyncEnabled")),
    text("operatingSystem").nullable(),
    text("operatingSystemVersion").nullable(),
    collection("physicalIds", &Kind::String),
    text("platform").nullable().beta(),
    text("profileType").nullable(),
    date_time("registrationDateTime").nullable(),
    text("status").nullable().beta(),
    collection("systemLabels", &Kind::String),
    text("trustType").nullable(),
    collection("alternativeSecurityIds", &Kind::Complex(&ALTERNATIVE_SECURITY_ID)),
    Property::new("cloudLicensing", Kind::Untyped)
        .nullable()
        .beta()
        .visible(Visibility::OnSelect),
    link("commands").beta(),
    link("deviceTemplate").beta(),
    link("extensions"),
    link("memberOf"),
    link("registeredOwners"),
    link("registeredUsers"),
    link("transitiveMemberOf"),
    link("usageRights").beta(),
]);
