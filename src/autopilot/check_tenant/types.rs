//! The properties and words that are known of what the provider reads, each as the beta metadata has them
//! (Microsoft's official beta SDK, 1.66.0). Whatever a tenant shows beyond this table is news.

use super::shape::{Form, Property, Type};

pub(super) static PROFILES: &[Type] = &[
    Type::new("azureADWindowsAutopilotDeploymentProfile", &[PROFILE]),
    Type::new("activeDirectoryWindowsAutopilotDeploymentProfile", &[PROFILE, HYBRID]),
];

pub(super) static ENROLLMENT_CONFIGURATIONS: &[Type] = &[
    Type::new("windows10EnrollmentCompletionPageConfiguration", &[CONFIGURATION, STATUS_PAGE]),
    Type::new("deviceEnrollmentLimitConfiguration", &[CONFIGURATION, &[whole("limit")]]),
    Type::new("deviceEnrollmentPlatformRestrictionsConfiguration", &[CONFIGURATION, PLATFORMS]),
    Type::new("deviceEnrollmentPlatformRestrictionConfiguration", &[CONFIGURATION, PLATFORM]),
    Type::new("deviceEnrollmentWindowsHelloForBusinessConfiguration", &[CONFIGURATION, HELLO]),
    Type::new("windowsRestoreDeviceEnrollmentConfiguration", &[CONFIGURATION, &[word("state", ENABLEMENT)]]),
    Type::new("deviceEnrollmentNotificationConfiguration", &[CONFIGURATION, NOTIFICATION]),
    Type::new("deviceComanagementAuthorityConfiguration", &[CONFIGURATION, COMANAGEMENT]),
];

pub(super) static DEVICES: &[Type] = &[Type::new("windowsAutopilotDeviceIdentity", &[DEVICE])];
pub(super) static IMPORTS: &[Type] = &[Type::new("importedWindowsAutopilotDeviceIdentity", &[IMPORT])];
pub(super) static SETTINGS: &[Type] = &[Type::new("windowsAutopilotSettings", &[AUTOPILOT_SETTINGS])];
pub(super) static MOBILITY: &[Type] = &[Type::new("mobilityManagementPolicy", &[MOBILITY_POLICY])
    .with_subtypes(&["mobileDeviceManagementPolicy", "mobileAppManagementPolicy"])];
pub(super) static JOIN_POLICY: &[Type] = &[Type::new("deviceRegistrationPolicy", &[REGISTRATION_POLICY])];
pub(super) static EVENTS: &[Type] = &[Type::new("deviceManagementAutopilotEvent", &[EVENT])];

const PROFILE: &[Property] = &[
    text("id"),
    list("assignedDevices"),
    list("assignments"),
    date("createdDateTime"),
    text("description"),
    text("deviceNameTemplate"),
    word("deviceType", &["windowsPc", "holoLens", "surfaceHub2", "surfaceHub2S", "virtualMachine"]),
    text("displayName"),
    flag("enableWhiteGlove"),
    object("enrollmentStatusScreenSettings", SCREEN),
    flag("extractHardwareHash"),
    flag("hardwareHashExtractionEnabled"),
    text("language"),
    date("lastModifiedDateTime"),
    text("locale"),
    text("managementServiceAppId"),
    object("outOfBoxExperienceSetting", OUT_OF_BOX),
    object("outOfBoxExperienceSettings", OUT_OF_BOX_OLD),
    flag("preprovisioningAllowed"),
    list("roleScopeTagIds"),
];
const HYBRID: &[Property] =
    &[object("domainJoinConfiguration", &[]), flag("hybridAzureADJoinSkipConnectivityCheck")];
const SCREEN: &[Property] = &[
    flag("allowDeviceUseBeforeProfileAndAppInstallComplete"),
    flag("allowDeviceUseOnInstallFailure"),
    flag("allowLogCollectionOnInstallFailure"),
    flag("blockDeviceSetupRetryByUser"),
    text("customErrorMessage"),
    flag("hideInstallationProgress"),
    whole("installProgressTimeoutInMinutes"),
];
const OUT_OF_BOX: &[Property] = &[
    word("deviceUsageType", USAGES),
    flag("escapeLinkHidden"),
    flag("eulaHidden"),
    flag("keyboardSelectionPageSkipped"),
    flag("privacySettingsHidden"),
    word("userType", USERS),
];
const OUT_OF_BOX_OLD: &[Property] = &[
    word("deviceUsageType", USAGES),
    flag("hideEULA"),
    flag("hideEscapeLink"),
    flag("hidePrivacySettings"),
    flag("skipKeyboardSelectionPage"),
    word("userType", USERS),
];
const CONFIGURATION: &[Property] = &[
    text("id"),
    list("assignments"),
    date("createdDateTime"),
    text("description"),
    word("deviceEnrollmentConfigurationType", CONFIGURATION_TYPES),
    text("displayName"),
    date("lastModifiedDateTime"),
    whole("priority"),
    list("roleScopeTagIds"),
    whole("version"),
];
const STATUS_PAGE: &[Property] = &[
    flag("allowDeviceResetOnInstallFailure"),
    flag("allowDeviceUseOnInstallFailure"),
    flag("allowLogCollectionOnInstallFailure"),
    flag("allowNonBlockingAppInstallation"),
    flag("blockDeviceSetupRetryByUser"),
    text("customErrorMessage"),
    flag("disableUserStatusTrackingAfterFirstUser"),
    whole("installProgressTimeoutInMinutes"),
    flag("installQualityUpdates"),
    list("selectedMobileAppIds"),
    flag("showInstallationProgress"),
    flag("trackInstallProgressForAutopilotOnly"),
];
const PLATFORMS: &[Property] = &[
    object("androidForWorkRestriction", RESTRICTION),
    object("androidRestriction", RESTRICTION),
    object("iosRestriction", RESTRICTION),
    object("macOSRestriction", RESTRICTION),
    object("macRestriction", RESTRICTION),
    object("tvosRestriction", RESTRICTION),
    object("visionOSRestriction", RESTRICTION),
    object("windowsHomeSkuRestriction", RESTRICTION),
    object("windowsMobileRestriction", RESTRICTION),
    object("windowsRestriction", RESTRICTION),
];
const PLATFORM: &[Property] =
    &[object("platformRestriction", RESTRICTION), word("platformType", PLATFORM_TYPES)];
const RESTRICTION: &[Property] = &[
    list("blockedManufacturers"),
    list("blockedSkus"),
    text("osMaximumVersion"),
    text("osMinimumVersion"),
    flag("personalDeviceEnrollmentBlocked"),
    flag("platformBlocked"),
];
const HELLO: &[Property] = &[
    word("enhancedBiometricsState", ENABLEMENT),
    whole("enhancedSignInSecurity"),
    whole("pinExpirationInDays"),
    word("pinLowercaseCharactersUsage", PIN_USAGES),
    whole("pinMaximumLength"),
    whole("pinMinimumLength"),
    whole("pinPreviousBlockCount"),
    word("pinSpecialCharactersUsage", PIN_USAGES),
    word("pinUppercaseCharactersUsage", PIN_USAGES),
    flag("remotePassportEnabled"),
    flag("securityDeviceRequired"),
    word("securityKeyForSignIn", ENABLEMENT),
    word("state", ENABLEMENT),
    flag("unlockWithBiometricsEnabled"),
];
const NOTIFICATION: &[Property] = &[
    text("brandingOptions"),
    text("defaultLocale"),
    text("notificationMessageTemplateId"),
    list("notificationTemplates"),
    word("platformType", PLATFORM_TYPES),
    word("templateType", &["email", "push"]),
];
const COMANAGEMENT: &[Property] = &[
    text("configurationManagerAgentCommandLineArgument"),
    flag("installConfigurationManagerAgent"),
    whole("managedDeviceAuthority"),
];
const DEVICE: &[Property] = &[
    text("id"),
    text("addressableUserName"),
    text("azureActiveDirectoryDeviceId"),
    text("azureAdDeviceId"),
    object("deploymentProfile", &[]),
    date("deploymentProfileAssignedDateTime"),
    word("deploymentProfileAssignmentDetailedStatus", PROFILE_STATUS_DETAILS),
    word("deploymentProfileAssignmentStatus", PROFILE_STATUSES),
    text("deviceAccountPassword"),
    text("deviceAccountUpn"),
    text("deviceFriendlyName"),
    text("displayName"),
    word("enrollmentState", ENROLLMENT_STATES),
    text("groupTag"),
    object("intendedDeploymentProfile", &[]),
    date("lastContactedDateTime"),
    text("managedDeviceId"),
    text("manufacturer"),
    text("model"),
    text("productKey"),
    text("purchaseOrderIdentifier"),
    word("remediationState", REMEDIATION_STATES),
    date("remediationStateLastModifiedDateTime"),
    text("resourceName"),
    text("serialNumber"),
    text("skuNumber"),
    text("systemFamily"),
    text("userPrincipalName"),
    word("userlessEnrollmentStatus", &["unknown", "allowed", "blocked"]),
];
const IMPORT: &[Property] = &[
    text("id"),
    text("assignedUserPrincipalName"),
    text("groupTag"),
    text("hardwareIdentifier"),
    text("importId"),
    text("productKey"),
    text("serialNumber"),
    object("state", IMPORT_STATE),
];
const IMPORT_STATE: &[Property] = &[
    whole("deviceErrorCode"),
    text("deviceErrorName"),
    word("deviceImportStatus", &["unknown", "pending", "partial", "complete", "error"]),
    text("deviceRegistrationId"),
];
const AUTOPILOT_SETTINGS: &[Property] = &[
    text("id"),
    date("lastManualSyncTriggerDateTime"),
    date("lastSyncDateTime"),
    word("syncStatus", &["unknown", "inProgress", "completed", "failed"]),
];
const MOBILITY_POLICY: &[Property] = &[
    text("id"),
    word("appliesTo", &["none", "all", "selected"]),
    text("complianceUrl"),
    text("description"),
    text("discoveryUrl"),
    text("displayName"),
    list("includedGroups"),
    flag("isValid"),
    // Of mobileDeviceManagementPolicy, on newer versions of the service.
    flag("isMdmEnrollmentDuringRegistrationDisabled"),
    text("termsOfUseUrl"),
];
const REGISTRATION_POLICY: &[Property] = &[
    text("id"),
    object("azureADJoin", JOIN),
    object("azureADRegistration", REGISTRATION),
    text("description"),
    text("displayName"),
    object("localAdminPassword", &[flag("isEnabled")]),
    word("multiFactorAuthConfiguration", &["notRequired", "required"]),
    whole("userDeviceQuota"),
];
const JOIN: &[Property] =
    &[object("allowedToJoin", MEMBERSHIP), flag("isAdminConfigurable"), object("localAdmins", LOCAL_ADMINS)];
const LOCAL_ADMINS: &[Property] = &[flag("enableGlobalAdmins"), object("registeringUsers", MEMBERSHIP)];
const REGISTRATION: &[Property] = &[object("allowedToRegister", MEMBERSHIP), flag("isAdminConfigurable")];
const MEMBERSHIP: &[Property] = &[list("groups"), list("users")];
const EVENT: &[Property] = &[
    text("id"),
    text("accountSetupDuration"),
    word("accountSetupStatus", DEPLOYMENT_STATES),
    text("deploymentDuration"),
    date("deploymentEndDateTime"),
    date("deploymentStartDateTime"),
    word("deploymentState", DEPLOYMENT_STATES),
    text("deploymentTotalDuration"),
    text("deviceId"),
    date("deviceRegisteredDateTime"),
    text("deviceSerialNumber"),
    text("deviceSetupDuration"),
    word("deviceSetupStatus", DEPLOYMENT_STATES),
    text("enrollmentFailureDetails"),
    date("enrollmentStartDateTime"),
    word("enrollmentState", ENROLLMENT_STATES),
    word("enrollmentType", ENROLLMENT_TYPES),
    date("eventDateTime"),
    text("managedDeviceName"),
    text("osVersion"),
    text("userId"),
    text("userPrincipalName"),
    text("windowsAutopilotDeploymentProfileDisplayName"),
    text("windows10EnrollmentCompletionPageConfigurationDisplayName"),
    text("windows10EnrollmentCompletionPageConfigurationId"),
];

const USAGES: &[&str] = &["singleUser", "shared"];
const USERS: &[&str] = &["administrator", "standard"];
const ENABLEMENT: &[&str] = &["notConfigured", "enabled", "disabled"];
const PIN_USAGES: &[&str] = &["allowed", "required", "disallowed"];
const PLATFORM_TYPES: &[&str] =
    &["allPlatforms", "ios", "windows", "windowsPhone", "android", "androidForWork", "mac", "linux"];
/// What live tenants show of their default objects (exports of several, 2026-04) and what the SDK names besides.
const CONFIGURATION_TYPES: &[&str] = &[
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
    "enrollmentNotificationsConfiguration",
    "windowsRestore",
];
const PROFILE_STATUSES: &[&str] = &[
    "unknown",
    "assignedInSync",
    "assignedOutOfSync",
    "assignedUnkownSyncState",
    "notAssigned",
    "pending",
    "failed",
];
const PROFILE_STATUS_DETAILS: &[&str] = &[
    "none",
    "hardwareRequirementsNotMet",
    "surfaceHubProfileNotSupported",
    "holoLensProfileNotSupported",
    "windowsPcProfileNotSupported",
    "surfaceHub2SProfileNotSupported",
];
const ENROLLMENT_STATES: &[&str] =
    &["unknown", "enrolled", "pendingReset", "failed", "notContacted", "blocked"];
const REMEDIATION_STATES: &[&str] =
    &["unknown", "noRemediationRequired", "automaticRemediationRequired", "manualRemediationRequired"];
const DEPLOYMENT_STATES: &[&str] = &[
    "unknown",
    "success",
    "inProgress",
    "failure",
    "successWithTimeout",
    "notAttempted",
    "disabled",
    "successOnRetry",
];
const ENROLLMENT_TYPES: &[&str] = &[
    "unknown",
    "azureADJoinedWithAutopilotProfile",
    "offlineDomainJoined",
    "azureADJoinedUsingDeviceAuthWithAutopilotProfile",
    "azureADJoinedUsingDeviceAuthWithoutAutopilotProfile",
    "azureADJoinedWithOfflineAutopilotProfile",
    "azureADJoinedWithWhiteGlove",
    "offlineDomainJoinedWithWhiteGlove",
    "offlineDomainJoinedWithOfflineAutopilotProfile",
];

const fn text(name: &'static str) -> Property {
    Property { name, form: Form::Text }
}

const fn date(name: &'static str) -> Property {
    Property { name, form: Form::Date }
}

const fn flag(name: &'static str) -> Property {
    Property { name, form: Form::Flag }
}

const fn whole(name: &'static str) -> Property {
    Property { name, form: Form::Number }
}

const fn list(name: &'static str) -> Property {
    Property { name, form: Form::List }
}

const fn word(name: &'static str, words: &'static [&'static str]) -> Property {
    Property { name, form: Form::Word(words) }
}

/// An object of a known shape; with an empty shape its inside is not looked at.
const fn object(name: &'static str, shape: &'static [Property]) -> Property {
    Property { name, form: Form::Object(shape) }
}
