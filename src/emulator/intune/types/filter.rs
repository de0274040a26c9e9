use crate::emulator::api::model::{
    Default, PropertyKind, Type, Writing, boolean, collection, date_time, enumeration, navigation, text,
};

/// An assignment filter.
pub(crate) static FILTER: Type = Type::new("deviceAndAppManagementAssignmentFilter").properties(&[
    text("id").ignored(),
    enumeration("assignmentFilterManagementType", &["devices", "apps", "unknownFutureValue"]),
    date_time("createdDateTime").ignored(),
    text("description").nullable(),
    text("displayName").required(),
    enumeration(
        "evaluationMode",
        &[
            "checkinTimeEvaluation",
            "inventoryEvaluation",
            "mixedEvaluation",
            "disabled",
            "unknownFutureValue",
        ],
    )
    .ignored(),
    date_time("lastModifiedDateTime").ignored(),
    collection("payloads", &PropertyKind::Untyped).ignored(),
    enumeration(
        "platform",
        &[
            "android",
            "androidForWork",
            "iOS",
            "macOS",
            "windowsPhone81",
            "windows81AndLater",
            "windows10AndLater",
            "androidWorkProfile",
            "unknown",
            "androidAOSP",
            "androidMobileApplicationManagement",
            "iOSMobileApplicationManagement",
            "unknownFutureValue",
            "windowsMobileApplicationManagement",
        ],
    )
    .required()
    .on_update(Writing::Refused),
    collection("roleScopeTags", &PropertyKind::String).default(Default::Texts(&["0"])),
    text("rule").required(),
]);

/// A role scope tag. Tags are referred to by their ids, which are numbers written as text.
pub(crate) static SCOPE_TAG: Type = Type::new("roleScopeTag").properties(&[
    text("id").ignored(),
    text("displayName").required(),
    text("description").nullable(),
    boolean("isBuiltIn").ignored(),
    navigation("assignments"),
]);
