use super::link;
use crate::emulator::api::model::{
    Property, PropertyKind, Type, boolean, collection, complex, enumeration, int32, text,
};

/// How an MDM application enrolls devices. Its id is that of the application.
pub(crate) static MOBILE_DEVICE_MANAGEMENT_POLICY: Type = Type::new("mobileDeviceManagementPolicy")
    .properties(&[
        ID,
        APPLIES_TO,
        COMPLIANCE_URL,
        DESCRIPTION,
        DISCOVERY_URL,
        DISPLAY_NAME,
        IS_VALID,
        TERMS_OF_USE_URL,
        boolean("isMdmEnrollmentDuringRegistrationDisabled").nullable(),
        INCLUDED_GROUPS,
    ]);

/// The same for an application that manages apps.
pub(crate) static MOBILE_APP_MANAGEMENT_POLICY: Type = Type::new("mobileAppManagementPolicy").properties(&[
    ID,
    APPLIES_TO,
    COMPLIANCE_URL,
    DESCRIPTION,
    DISCOVERY_URL,
    DISPLAY_NAME,
    IS_VALID,
    TERMS_OF_USE_URL,
    INCLUDED_GROUPS,
]);

const ID: Property = text("id").read_only();
// A text, because a wrong member is refused in words of its own.
const APPLIES_TO: Property = text("appliesTo");
const COMPLIANCE_URL: Property = text("complianceUrl").nullable();
const DESCRIPTION: Property = text("description").nullable().read_only();
const DISCOVERY_URL: Property = text("discoveryUrl").nullable();
const DISPLAY_NAME: Property = text("displayName").read_only();
const IS_VALID: Property = boolean("isValid").nullable().read_only();
const TERMS_OF_USE_URL: Property = text("termsOfUseUrl").nullable();
const INCLUDED_GROUPS: Property = link("includedGroups");

/// Who may register and join devices, and who administers them.
pub(crate) static DEVICE_REGISTRATION_POLICY: Type = Type::new("deviceRegistrationPolicy").properties(&[
    text("id").ignored(),
    text("displayName").nullable().ignored(),
    text("description").nullable().ignored(),
    int32("userDeviceQuota"),
    enumeration("multiFactorAuthConfiguration", &["notRequired", "required"]),
    complex("azureADRegistration", &REGISTRATION),
    complex("azureADJoin", &JOIN),
    complex("localAdminPassword", &LOCAL_ADMIN_PASSWORD),
]);

static REGISTRATION: Type = Type::new("azureADRegistrationPolicy").properties(&[
    boolean("isAdminConfigurable").required(),
    complex("allowedToRegister", &MEMBERSHIP).required(),
]);

static JOIN: Type = Type::new("azureADJoinPolicy").properties(&[
    boolean("isAdminConfigurable").required(),
    complex("allowedToJoin", &MEMBERSHIP).required(),
    complex("localAdmins", &LOCAL_ADMINS).required(),
]);

static LOCAL_ADMINS: Type = Type::new("localAdminSettings").properties(&[
    boolean("enableGlobalAdmins").required(),
    complex("registeringUsers", &MEMBERSHIP).required(),
]);

static LOCAL_ADMIN_PASSWORD: Type =
    Type::new("localAdminPasswordSettings").properties(&[boolean("isEnabled").required()]);

static MEMBERSHIP: Type = Type::new("deviceRegistrationMembership").abstract_with(&[
    &ALL_MEMBERSHIP,
    &NO_MEMBERSHIP,
    &ENUMERATED_MEMBERSHIP,
]);

pub(crate) static ALL_MEMBERSHIP: Type = Type::new("allDeviceRegistrationMembership").extends(&MEMBERSHIP);

static NO_MEMBERSHIP: Type = Type::new("noDeviceRegistrationMembership").extends(&MEMBERSHIP);

pub(crate) static ENUMERATED_MEMBERSHIP: Type = Type::new("enumeratedDeviceRegistrationMembership")
    .extends(&MEMBERSHIP)
    .properties(&[collection("users", &PropertyKind::Guid), collection("groups", &PropertyKind::Guid)]);
