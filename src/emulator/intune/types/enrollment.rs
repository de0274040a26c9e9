use super::target::TARGET;
use crate::emulator::api::model::{
    Default, Property, PropertyKind, Type, boolean, collection, complex, date_time, enumeration, guid, int32,
    navigation, text,
};

/// What all enrollment configurations have. The collection mixes many kinds, of which v1.0 knows a few.
pub(crate) static CONFIGURATION: Type = Type::new("deviceEnrollmentConfiguration")
    .properties(&[
        text("id").ignored(),
        date_time("createdDateTime").ignored(),
        text("description").nullable(),
        enumeration("deviceEnrollmentConfigurationType", KINDS).ignored().beta(),
        text("displayName").nullable(),
        date_time("lastModifiedDateTime").ignored(),
        int32("priority"),
        collection("roleScopeTagIds", &PropertyKind::String).default(Default::Texts(&["0"])).beta(),
        int32("version").ignored(),
        navigation("assignments"),
    ])
    .abstract_with(&[
        &STATUS_PAGE,
        &LIMIT,
        &PLATFORM_RESTRICTIONS,
        &PLATFORM_RESTRICTION,
        &HELLO,
        &COMANAGEMENT,
        &NOTIFICATION,
        &RESTORE,
    ]);

const KINDS: &[&str] = &[
    "unknown",
    "limit",
    "platformRestrictions",
    "windowsHelloForBusiness",
    "defaultLimit",
    "defaultPlatformRestrictions",
    "defaultWindowsHelloForBusiness",
    "defaultWindows10EnrollmentCompletionPageConfiguration",
    "windows10EnrollmentCompletionPageConfiguration",
    "deviceComanagementAuthorityConfiguration",
    "singlePlatformRestriction",
    "unknownFutureValue",
    "enrollmentNotificationsConfiguration",
    "windowsRestore",
];

/// The enrollment status page. v1.0 knows one of its properties.
pub(crate) static STATUS_PAGE: Type = Type::new("windows10EnrollmentCompletionPageConfiguration")
    .properties(&[
        boolean("allowDeviceResetOnInstallFailure").beta(),
        boolean("allowDeviceUseOnInstallFailure").beta(),
        boolean("allowLogCollectionOnInstallFailure").beta(),
        boolean("allowNonBlockingAppInstallation"),
        boolean("blockDeviceSetupRetryByUser").beta(),
        text("customErrorMessage").nullable().beta(),
        boolean("disableUserStatusTrackingAfterFirstUser").beta(),
        int32("installProgressTimeoutInMinutes").default(Default::Number(60)).beta(),
        boolean("installQualityUpdates").beta(),
        collection("selectedMobileAppIds", &PropertyKind::String).beta(),
        boolean("showInstallationProgress").beta(),
        boolean("trackInstallProgressForAutopilotOnly").beta(),
    ])
    .extends(&CONFIGURATION);

static LIMIT: Type =
    Type::new("deviceEnrollmentLimitConfiguration").properties(&[int32("limit")]).extends(&CONFIGURATION);

static PLATFORM_RESTRICTIONS: Type = Type::new("deviceEnrollmentPlatformRestrictionsConfiguration")
    .properties(&[
        complex("androidForWorkRestriction", &RESTRICTION).nullable().beta(),
        complex("androidRestriction", &RESTRICTION).nullable(),
        complex("iosRestriction", &RESTRICTION).nullable(),
        complex("macOSRestriction", &RESTRICTION).nullable(),
        complex("macRestriction", &RESTRICTION).nullable().beta(),
        complex("tvosRestriction", &RESTRICTION).nullable().beta(),
        complex("visionOSRestriction", &RESTRICTION).nullable().beta(),
        complex("windowsHomeSkuRestriction", &RESTRICTION).nullable().beta(),
        complex("windowsMobileRestriction", &RESTRICTION).nullable(),
        complex("windowsRestriction", &RESTRICTION).nullable(),
    ])
    .extends(&CONFIGURATION);

static RESTRICTION: Type = Type::new("deviceEnrollmentPlatformRestriction").properties(&[
    collection("blockedManufacturers", &PropertyKind::String).beta(),
    collection("blockedSkus", &PropertyKind::String).beta(),
    text("osMaximumVersion").nullable(),
    text("osMinimumVersion").nullable(),
    boolean("personalDeviceEnrollmentBlocked"),
    boolean("platformBlocked"),
]);

const PLATFORMS: &[&str] = &[
    "allPlatforms",
    "ios",
    "windows",
    "windowsPhone",
    "android",
    "androidForWork",
    "mac",
    "linux",
    "unknownFutureValue",
];

static PLATFORM_RESTRICTION: Type = Type::new("deviceEnrollmentPlatformRestrictionConfiguration")
    .properties(&[
        complex("platformRestriction", &RESTRICTION).nullable().beta(),
        enumeration("platformType", PLATFORMS).beta(),
    ])
    .extends(&CONFIGURATION);

const ENABLEMENT: &[&str] = &["notConfigured", "enabled", "disabled"];
const PIN_USAGE: &[&str] = &["allowed", "required", "disallowed"];

static HELLO: Type = Type::new("deviceEnrollmentWindowsHelloForBusinessConfiguration")
    .properties(&[
        enumeration("enhancedBiometricsState", ENABLEMENT),
        int32("enhancedSignInSecurity").beta(),
        int32("pinExpirationInDays"),
        enumeration("pinLowercaseCharactersUsage", PIN_USAGE),
        int32("pinMaximumLength").default(Default::Number(127)),
        int32("pinMinimumLength").default(Default::Number(6)),
        int32("pinPreviousBlockCount"),
        enumeration("pinSpecialCharactersUsage", PIN_USAGE),
        enumeration("pinUppercaseCharactersUsage", PIN_USAGE),
        boolean("remotePassportEnabled").default(Default::Boolean(true)),
        boolean("securityDeviceRequired"),
        enumeration("securityKeyForSignIn", ENABLEMENT).beta(),
        enumeration("state", ENABLEMENT),
        boolean("unlockWithBiometricsEnabled").default(Default::Boolean(true)),
    ])
    .extends(&CONFIGURATION);

static COMANAGEMENT: Type = Type::new("deviceComanagementAuthorityConfiguration")
    .properties(&[
        text("configurationManagerAgentCommandLineArgument").nullable().beta(),
        boolean("installConfigurationManagerAgent").beta(),
        int32("managedDeviceAuthority").beta(),
    ])
    .extends(&CONFIGURATION);

static NOTIFICATION: Type = Type::new("deviceEnrollmentNotificationConfiguration")
    .properties(&[
        enumeration(
            "brandingOptions",
            &[
                "none",
                "includeCompanyLogo",
                "includeCompanyName",
                "includeContactInformation",
                "includeCompanyPortalLink",
                "includeDeviceDetails",
                "unknownFutureValue",
            ],
        )
        .beta(),
        text("defaultLocale").nullable().beta(),
        guid("notificationMessageTemplateId").beta(),
        collection("notificationTemplates", &PropertyKind::String).beta(),
        enumeration("platformType", PLATFORMS).beta(),
        enumeration("templateType", &["email", "push", "unknownFutureValue"]).beta(),
    ])
    .extends(&CONFIGURATION);

static RESTORE: Type = Type::new("windowsRestoreDeviceEnrollmentConfiguration")
    .properties(&[enumeration("state", ENABLEMENT).beta()])
    .extends(&CONFIGURATION);

/// Kinds of which v1.0 knows nothing.
pub(super) static BETA_ONLY: [&Type; 4] = [&PLATFORM_RESTRICTION, &COMANAGEMENT, &NOTIFICATION, &RESTORE];

/// v1.0 does not say where an assignment comes from.
pub(crate) static CONFIGURATION_ASSIGNMENT: Type =
    Type::new("enrollmentConfigurationAssignment").properties(&[
        text("id").ignored(),
        enumeration("source", &["direct", "policySets"]).ignored().beta(),
        text("sourceId").nullable().ignored().beta(),
        Property::new("target", PropertyKind::Complex(&TARGET)).required(),
    ]);

/// Parameters of `assign`: everything that is to be assigned from now on.
pub(crate) static ASSIGN_CONFIGURATION: Type = Type::new("assign").properties(&[collection(
    "enrollmentConfigurationAssignments",
    &PropertyKind::Complex(&CONFIGURATION_ASSIGNMENT),
)
.required()]);

pub(crate) static SET_PRIORITY: Type = Type::new("setPriority").properties(&[int32("priority").required()]);
