//! The configurations that every tenant has, for everybody to whom nothing else is assigned.
//!
//! Their values are those of untouched tenants, as exports of several show them (April 2026; one of 2026-05-23 has all
//! five): never changed since the beginning of time, and without scope tags.

use serde_json::{Map, Value, json};

use super::kinds::{self, capitalized};
use crate::emulator::api::error::GraphError;
use crate::emulator::intune::types::CONFIGURATION;
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::CONFIGURATIONS;
use crate::emulator::world::tenant::Tenant;

/// Fills a new tenant's.
pub(crate) fn init(tenant: &mut Tenant) {
    // Whether live it is the tenant's own id or Intune's account is not known; all five share it.
    let account = tenant.new_guid();
    let at = tenant.now() - time::Duration::days(900);
    let modified = intune_timestamp(at.replace_nanosecond(0).unwrap_or(at)).replace(".0000000", "");
    for (concrete, whom, settings) in [
        ("deviceEnrollmentLimitConfiguration", "Device Limit Restriction", json!({ "limit": 5 })),
        ("deviceEnrollmentPlatformRestrictionsConfiguration", "Device Type Restriction", restrictions()),
        (
            "deviceEnrollmentWindowsHelloForBusinessConfiguration",
            "Windows Hello for Business configuration",
            json!({
                "state": "notConfigured", "enhancedBiometricsState": "notConfigured",
                "securityKeyForSignIn": "notConfigured", "pinLowercaseCharactersUsage": "disallowed",
                "pinUppercaseCharactersUsage": "disallowed", "pinSpecialCharactersUsage": "disallowed",
            }),
        ),
        (
            "windows10EnrollmentCompletionPageConfiguration",
            "enrollment status screen configuration",
            // A page that is not shown keeps nobody from the device.
            json!({
                "blockDeviceSetupRetryByUser": true, "installProgressTimeoutInMinutes": 0, "customErrorMessage": "",
            }),
        ),
        (
            "windowsRestoreDeviceEnrollmentConfiguration",
            "Windows Restore configuration",
            json!({ "state": "notConfigured" }),
        ),
    ] {
        let mut configuration: Map<String, Value> = settings.as_object().cloned().unwrap_or_default();
        configuration.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{concrete}")));
        let kind = kinds::kind(&configuration);
        let devices = ["windows10EnrollmentCompletionPageConfiguration", "windowsRestore"].contains(&kind);
        let everybody = if devices { "all users and all devices" } else { "all users" };
        // Windows Restore came later, and its id says nothing of a default.
        let ending = if kind == "windowsRestore" { "" } else { "Default" };
        for (property, value) in [
            ("id", json!(format!("{account}_{ending}{}", capitalized(kind)))),
            ("deviceEnrollmentConfigurationType", json!(kind)),
            ("displayName", json!("All users and all devices")),
            (
                "description",
                json!(format!(
                    "This is the default {whom} applied with the lowest priority to {everybody} regardless of group \
                     membership."
                )),
            ),
            ("roleScopeTagIds", json!([])),
            ("priority", json!(0)),
            ("version", json!(0)),
            ("createdDateTime", json!("0001-01-01T00:00:00Z")),
            ("lastModifiedDateTime", json!(modified)),
        ] {
            configuration.insert(property.to_owned(), value);
        }
        let configuration = CONFIGURATION.of(&configuration).with_defaults(configuration);
        tenant.collection_mut(CONFIGURATIONS).insert(configuration);
    }
}

/// Hears that configurations came in whole: a default one takes the place of the tenant's own of its kind, and none is
/// without a kind.
pub(crate) fn adopt(tenant: &mut Tenant) {
    let all: Vec<Entity> = tenant.collection(CONFIGURATIONS).iter().cloned().collect();
    let ending =
        |one: &Entity| text(one, "id").split('_').next_back().unwrap_or_default().to_ascii_lowercase();
    for (at, one) in all.iter().enumerate() {
        let is_replaced = |later: &Entity| is_default(later) && ending(later) == ending(one);
        if is_default(one) && all[at + 1..].iter().any(is_replaced) {
            tenant.collection_mut(CONFIGURATIONS).remove(text(one, "id"));
        } else if ["", "unknown"].contains(&text(one, "deviceEnrollmentConfigurationType"))
            && let Some(configuration) = tenant.collection_mut(CONFIGURATIONS).get_mut(text(one, "id"))
        {
            let kind = kinds::kind(one);
            configuration.insert("deviceEnrollmentConfigurationType".to_owned(), json!(kind));
        }
    }
}

/// Whether the configuration is the one of its kind for everybody to whom nothing else is assigned. Only its id says so:
/// its type is that of every other of its kind.
pub(crate) fn is_default(configuration: &Entity) -> bool {
    let ending = text(configuration, "id").split('_').next_back().unwrap_or_default().to_ascii_lowercase();
    ending.starts_with("default") || (ending == "windowsrestore" && configuration["priority"] == 0)
}

/// The default configuration with this ending of its id.
pub(crate) fn the_default<'t>(tenant: &'t Tenant, ending: &str) -> Option<&'t Entity> {
    tenant.collection(CONFIGURATIONS).iter().find(|one| text(one, "id").ends_with(ending))
}

/// 400 when a change would give a default configuration another name, description or scope tags. CIPP sends all of them as
/// they are, which is taken; that others are refused is a guess, since nobody can change them in the admin center.
pub(super) fn refuse_other_labels(configuration: &Entity, sent: &Entity) -> Result<(), GraphError> {
    let differs = |name: &&str| sent.get(*name).is_some_and(|value| configuration.get(*name) != Some(value));
    let labels = ["displayName", "description", "roleScopeTagIds"];
    match is_default(configuration) && labels.iter().any(differs) {
        true => Err(GraphError::intune_bad_request("")),
        false => Ok(()),
    }
}

/// The platforms that old clients know have empty texts for versions, the younger ones none.
fn restrictions() -> Value {
    let platform = |blocked: bool, version: Value| {
        json!({
            "platformBlocked": blocked, "personalDeviceEnrollmentBlocked": false, "osMinimumVersion": version,
            "osMaximumVersion": version, "blockedManufacturers": [], "blockedSkus": [],
        })
    };
    let (known, young) = (platform(false, json!("")), platform(false, Value::Null));
    json!({
        "androidForWorkRestriction": known,
        "androidRestriction": known,
        "iosRestriction": known,
        "macOSRestriction": young,
        "macRestriction": young,
        "tvosRestriction": young,
        "visionOSRestriction": young,
        "windowsHomeSkuRestriction": young,
        "windowsMobileRestriction": platform(true, json!("")),
        "windowsRestriction": known,
    })
}
