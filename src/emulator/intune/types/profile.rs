use super::target::ASSIGNMENT;
use crate::emulator::api::model::{
    Default, Property, PropertyKind, Type, boolean, collection, complex, date_time, enumeration, int32,
    navigation, text,
};

/// What all deployment profiles have. Several properties exist twice, under their names from before May 2024 too.
pub(crate) static PROFILE: Type = Type::new("windowsAutopilotDeploymentProfile")
    .properties(&[
        text("id").ignored(),
        date_time("createdDateTime").ignored(),
        text("description").nullable(),
        text("deviceNameTemplate").nullable().default(Default::Text("")),
        enumeration("deviceType", DEVICE_TYPES),
        text("displayName").required(),
        boolean("enableWhiteGlove").nullable(),
        complex("enrollmentStatusScreenSettings", &SCREEN_SETTINGS).nullable(),
        boolean("extractHardwareHash").nullable(),
        boolean("hardwareHashExtractionEnabled"),
        text("language").nullable(),
        date_time("lastModifiedDateTime").ignored(),
        text("locale").nullable().default(Default::Text("os-default")),
        text("managementServiceAppId").nullable(),
        complex("outOfBoxExperienceSetting", &EXPERIENCE).nullable(),
        complex("outOfBoxExperienceSettings", &OLD_EXPERIENCE).nullable(),
        boolean("preprovisioningAllowed"),
        collection("roleScopeTagIds", &PropertyKind::String).default(Default::Texts(&["0"])),
        navigation("assignedDevices"),
        navigation("assignments"),
    ])
    .abstract_with(&[&ENTRA, &HYBRID]);

static ENTRA: Type = Type::new("azureADWindowsAutopilotDeploymentProfile").extends(&PROFILE);

static HYBRID: Type = Type::new("activeDirectoryWindowsAutopilotDeploymentProfile")
    .properties(&[
        boolean("hybridAzureADJoinSkipConnectivityCheck").nullable(),
        navigation("domainJoinConfiguration"),
    ])
    .extends(&PROFILE);

pub(crate) static PROFILE_ASSIGNMENT: Type =
    Type::new("windowsAutopilotDeploymentProfileAssignment").properties(ASSIGNMENT);

/// Parameters of `assign`: Autopilot devices, not groups.
pub(crate) static ASSIGN_DEVICES: Type =
    Type::new("assign").properties(&[collection("deviceIds", &PropertyKind::String)]);

pub(crate) static HAS_PAYLOAD_LINKS: Type =
    Type::new("hasPayloadLinks").properties(&[collection("payloadIds", &PropertyKind::String)]);

const DEVICE_TYPES: &[&str] =
    &["windowsPc", "holoLens", "surfaceHub2", "surfaceHub2S", "virtualMachine", "unknownFutureValue"];

const USAGE: Property = enumeration("deviceUsageType", &["singleUser", "shared", "unknownFutureValue"]);

const USER_TYPE: Property = enumeration("userType", &["administrator", "standard", "unknownFutureValue"]);

pub(crate) static EXPERIENCE: Type = Type::new("outOfBoxExperienceSetting").properties(&[
    USAGE,
    boolean("escapeLinkHidden"),
    boolean("eulaHidden"),
    boolean("keyboardSelectionPageSkipped"),
    boolean("privacySettingsHidden"),
    USER_TYPE,
]);

static OLD_EXPERIENCE: Type = Type::new("outOfBoxExperienceSettings").properties(&[
    USAGE,
    boolean("hideEULA"),
    boolean("hideEscapeLink").nullable(),
    boolean("hidePrivacySettings"),
    boolean("skipKeyboardSelectionPage"),
    USER_TYPE,
]);

static SCREEN_SETTINGS: Type = Type::new("windowsEnrollmentStatusScreenSettings").properties(&[
    boolean("allowDeviceUseBeforeProfileAndAppInstallComplete").nullable(),
    boolean("allowDeviceUseOnInstallFailure").nullable(),
    boolean("allowLogCollectionOnInstallFailure").nullable(),
    boolean("blockDeviceSetupRetryByUser").nullable(),
    text("customErrorMessage").nullable(),
    boolean("hideInstallationProgress").nullable(),
    int32("installProgressTimeoutInMinutes").nullable(),
]);
