//! What kind a configuration is, by its type: its id ends in it, and beta says it.

use serde_json::Value;

use crate::emulator::world::collection::{Entity, text};

/// `deviceEnrollmentConfigurationType` of a status page that somebody made.
pub(crate) const STATUS_PAGE_KIND: &str = "windows10EnrollmentCompletionPageConfiguration";

/// Type, kind.
const KINDS: [(&str, &str); 8] = [
    ("windows10EnrollmentCompletionPageConfiguration", STATUS_PAGE_KIND),
    ("deviceEnrollmentLimitConfiguration", "limit"),
    ("deviceEnrollmentPlatformRestrictionsConfiguration", "platformRestrictions"),
    ("deviceEnrollmentPlatformRestrictionConfiguration", "singlePlatformRestriction"),
    ("deviceEnrollmentWindowsHelloForBusinessConfiguration", "windowsHelloForBusiness"),
    ("deviceComanagementAuthorityConfiguration", "deviceComanagementAuthorityConfiguration"),
    ("deviceEnrollmentNotificationConfiguration", "enrollmentNotificationsConfiguration"),
    ("windowsRestoreDeviceEnrollmentConfiguration", "windowsRestore"),
];

/// The kind of a configuration, by its type.
pub(super) fn kind(configuration: &Entity) -> &'static str {
    let odata_type = text(configuration, "@odata.type");
    let name = odata_type.rsplit('.').next().unwrap_or_default();
    KINDS.iter().find(|(of, _)| *of == name).map_or("unknown", |(_, kind)| kind)
}

/// Gives a new configuration its id, kind, place and dates. A client's own are overwritten.
pub(super) fn begin(mut configuration: Entity, guid: &str, priority: i64, now: &str) -> Entity {
    let kind = kind(&configuration);
    for (property, value) in [
        ("id", Value::from(format!("{guid}_{}", capitalized(kind)))),
        ("deviceEnrollmentConfigurationType", Value::from(kind)),
        ("priority", Value::from(priority)),
        ("version", Value::from(1)),
        ("createdDateTime", Value::from(now)),
        ("lastModifiedDateTime", Value::from(now)),
    ] {
        configuration.insert(property.to_owned(), value);
    }
    configuration
}

/// How a kind stands in ids.
pub(super) fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
