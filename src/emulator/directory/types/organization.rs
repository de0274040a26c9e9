use super::{ASSIGNED_PLAN, PROVISIONED_PLAN, computed, link};
use crate::emulator::api::model::{
    PropertyKind, Type, Visibility, boolean, collection, complex, date_time, enumeration, int32, text,
};

/// The tenant itself.
pub(crate) static ORGANIZATION: Type = Type::new("organization").properties(&[
    text("id").read_only(),
    date_time("deletedDateTime").nullable().read_only(),
    collection("businessPhones", &PropertyKind::String),
    computed(text("city")),
    computed(text("country")),
    computed(text("countryLetterCode")),
    computed(date_time("createdDateTime")),
    computed(text("defaultUsageLocation")),
    computed(text("displayName")),
    computed(boolean("isMultipleDataLocationsForServicesEnabled")).beta(),
    collection("marketingNotificationEmails", &PropertyKind::String),
    enumeration("mobileDeviceManagementAuthority", &["unknown", "intune", "sccm", "office365"])
        .visible(Visibility::OnSelect),
    computed(date_time("onPremisesLastPasswordSyncDateTime")).beta(),
    computed(date_time("onPremisesLastSyncDateTime")),
    computed(boolean("onPremisesSyncEnabled")),
    computed(text("partnerTenantType")),
    computed(text("postalCode")),
    computed(text("preferredLanguage")),
    collection("securityComplianceNotificationMails", &PropertyKind::String),
    collection("securityComplianceNotificationPhones", &PropertyKind::String),
    computed(text("state")),
    computed(text("street")),
    collection("technicalNotificationMails", &PropertyKind::String),
    computed(text("tenantType")),
    computed(complex("privacyProfile", &PRIVACY_PROFILE)),
    computed(complex("directorySizeQuota", &DIRECTORY_SIZE_QUOTA)).beta(),
    collection("assignedPlans", &PropertyKind::Complex(&ASSIGNED_PLAN)),
    collection("provisionedPlans", &PropertyKind::Complex(&PROVISIONED_PLAN)),
    collection("verifiedDomains", &PropertyKind::Complex(&VERIFIED_DOMAIN)),
    link("branding"),
    link("certificateBasedAuthConfiguration"),
    link("certificateConnectorSetting").beta(),
    link("extensions"),
    link("partnerInformation").beta(),
    link("resourceQuotas").beta(),
    link("settings").beta(),
]);

/// What the tenant looks like to whom signs in. Pictures come by addresses of their own.
pub(crate) static BRANDING: Type = Type::new("organizationalBranding").properties(&[
    text("id").read_only(),
    text("backgroundColor").nullable(),
    text("backgroundImageRelativeUrl").nullable(),
    text("bannerLogoRelativeUrl").nullable(),
    collection("cdnList", &PropertyKind::String),
    text("faviconRelativeUrl").nullable(),
    text("headerLogoRelativeUrl").nullable(),
    text("signInPageText").nullable(),
    text("squareLogoRelativeUrl").nullable(),
    text("usernameHintText").nullable(),
    link("localizations"),
]);

static PRIVACY_PROFILE: Type = Type::new("privacyProfile")
    .properties(&[text("contactEmail").nullable(), text("statementUrl").nullable()]);

static DIRECTORY_SIZE_QUOTA: Type =
    Type::new("directorySizeQuota").properties(&[int32("total").nullable(), int32("used").nullable()]);

static VERIFIED_DOMAIN: Type = Type::new("verifiedDomain").properties(&[
    text("capabilities").nullable(),
    boolean("isDefault").nullable(),
    boolean("isInitial").nullable(),
    text("name").nullable(),
    text("type").nullable(),
]);
