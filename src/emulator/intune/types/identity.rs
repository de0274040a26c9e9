use crate::emulator::api::model::{
    Default, NO_ID, PropertyKind, Type, Visibility, binary, collection, complex, date_time, enumeration,
    int32, navigation, text,
};

/// A device that is registered with Autopilot. v1.0 knows the first seventeen properties.
pub(crate) static IDENTITY: Type = Type::new("windowsAutopilotDeviceIdentity").sparse().properties(&[
    text("id").ignored(),
    text("groupTag"),
    text("purchaseOrderIdentifier"),
    text("serialNumber"),
    text("productKey"),
    text("manufacturer"),
    text("model"),
    enumeration("enrollmentState", ENROLLMENT_STATES).default(Default::Text("notContacted")),
    date_time("lastContactedDateTime"),
    text("addressableUserName"),
    text("userPrincipalName"),
    text("resourceName"),
    text("skuNumber"),
    text("systemFamily"),
    text("azureActiveDirectoryDeviceId").default(Default::Text(NO_ID)),
    text("managedDeviceId").default(Default::Text(NO_ID)),
    text("displayName"),
    text("azureAdDeviceId").default(Default::Text(NO_ID)).beta(),
    enumeration("deploymentProfileAssignmentStatus", ASSIGNMENT_STATES)
        .default(Default::Text("notAssigned"))
        .beta(),
    enumeration(
        "deploymentProfileAssignmentDetailedStatus",
        &[
            "none",
            "hardwareRequirementsNotMet",
            "surfaceHubProfileNotSupported",
            "holoLensProfileNotSupported",
            "windowsPcProfileNotSupported",
            "surfaceHub2SProfileNotSupported",
            "unknownFutureValue",
        ],
    )
    .beta(),
    date_time("deploymentProfileAssignedDateTime").beta(),
    enumeration(
        "remediationState",
        &[
            "unknown",
            "noRemediationRequired",
            "automaticRemediationRequired",
            "manualRemediationRequired",
            "unknownFutureValue",
        ],
    )
    .beta(),
    date_time("remediationStateLastModifiedDateTime").beta(),
    enumeration("userlessEnrollmentStatus", &["unknown", "allowed", "blocked", "unknownFutureValue"]).beta(),
    text("deviceAccountUpn").beta(),
    text("deviceAccountPassword").beta().visible(Visibility::Never),
    text("deviceFriendlyName").beta(),
    navigation("deploymentProfile").beta(),
    navigation("intendedDeploymentProfile").beta(),
]);

const ENROLLMENT_STATES: &[&str] =
    &["unknown", "enrolled", "pendingReset", "failed", "notContacted", "blocked"];

const ASSIGNMENT_STATES: &[&str] = &[
    "unknown",
    "assignedInSync",
    "assignedOutOfSync",
    "assignedUnkownSyncState",
    "notAssigned",
    "pending",
    "failed",
];

/// A device on its way into Autopilot. The hash goes in and never comes out.
pub(crate) static IMPORT: Type = Type::new("importedWindowsAutopilotDeviceIdentity").sparse().properties(&[
    text("id").ignored(),
    text("serialNumber").nullable(),
    text("productKey").nullable(),
    text("groupTag").nullable(),
    text("assignedUserPrincipalName").nullable(),
    text("importId").nullable(),
    binary("hardwareIdentifier").nullable(),
    complex("state", &IMPORT_STATE).nullable().ignored(),
]);

static IMPORT_STATE: Type = Type::new("importedWindowsAutopilotDeviceIdentityState").properties(&[
    enumeration("deviceImportStatus", &["unknown", "pending", "partial", "complete", "error"]),
    text("deviceRegistrationId").nullable().default(Default::Text("")),
    int32("deviceErrorCode"),
    text("deviceErrorName").nullable().default(Default::Text("")),
]);

/// Parameters of `import`.
pub(crate) static IMPORTS: Type = Type::new("import").properties(&[collection(
    "importedWindowsAutopilotDeviceIdentities",
    &PropertyKind::Complex(&IMPORT),
)
.required()]);

/// Parameters of `updateDeviceProperties`. What is left out stays.
pub(crate) static UPDATE_DEVICE: Type = Type::new("updateDeviceProperties").properties(&[
    text("userPrincipalName").nullable(),
    text("addressableUserName").nullable(),
    text("groupTag").nullable(),
    text("displayName").nullable(),
    text("deviceAccountUpn").nullable().beta(),
    text("deviceAccountPassword").nullable().beta(),
    text("deviceFriendlyName").nullable().beta(),
]);

pub(crate) static ASSIGN_USER: Type = Type::new("assignUserToDevice")
    .properties(&[text("userPrincipalName"), text("addressableUserName").nullable()]);

pub(crate) static ASSIGN_RESOURCE_ACCOUNT: Type = Type::new("assignResourceAccountToDevice").properties(&[
    text("userPrincipalName"),
    text("addressableUserName").nullable(),
    text("resourceAccountName"),
]);

pub(crate) static DELETE_DEVICES: Type =
    Type::new("deleteDevices").properties(&[collection("serialNumbers", &PropertyKind::String).required()]);

/// The state of the Autopilot service.
pub(crate) static SETTINGS: Type = Type::new("windowsAutopilotSettings").properties(&[
    text("id").ignored(),
    date_time("lastSyncDateTime").ignored(),
    date_time("lastManualSyncTriggerDateTime").nullable().ignored(),
    enumeration("syncStatus", &["unknown", "inProgress", "completed", "failed"]).ignored(),
]);
