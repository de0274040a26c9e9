//! The settings that every status page has, and which of them go together.

use std::sync::LazyLock;

use super::mobile_apps::ATTRIBUTE as BLOCKING_APPS;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::path::Path;
use crate::tf_provider::schema::{Attribute, Rule, boolean, check, default, guid, integer, set_of, text};
use crate::tf_provider::value::Value;

/// What a page does. What is not written of a page of one's own is the default given here.
pub(crate) fn settings() -> &'static [Attribute] {
    &SETTINGS
}

fn declared() -> Vec<Attribute> {
    vec![
        default(SHOWN, boolean(), true, "Whether the progress of apps and profiles is shown at all.")
            .remote("showInstallationProgress"),
        default(
            "timeout_minutes",
            integer(),
            60_i64,
            "After how many minutes of installing an error is shown.",
        )
        .check(check::between(1, i64::from(i32::MAX)).of_changes())
        .remote("installProgressTimeoutInMinutes"),
        default(
            "custom_message",
            text(),
            "",
            "Message shown when the time limit is exceeded or an error occurs; empty for none of your own.",
        )
        .check(check::longest(10_000).of_changes())
        // A file that was checked out on Windows ends its lines otherwise.
        .same_when(|a, b| a.as_str().map(unix_lines) == b.as_str().map(unix_lines))
        .remote("customErrorMessage"),
        default(
            "log_collection_enabled",
            boolean(),
            false,
            "Whether users may collect logs and see diagnostics after an error.",
        )
        .remote("allowLogCollectionOnInstallFailure"),
        default(
            "only_devices_set_up_by_oobe",
            boolean(),
            true,
            "Whether the page is shown only on devices provisioned by the out-of-box experience, to their first user.",
        )
        .remote("disableUserStatusTrackingAfterFirstUser"),
        default(
            "track_progress_for_autopilot_only",
            boolean(),
            true,
            "Whether progress is tracked on Autopilot devices only.",
        )
        .remote("trackInstallProgressForAutopilotOnly"),
        default(
            "install_quality_updates",
            boolean(),
            false,
            "Whether Windows quality updates are installed during setup. Not every tenant offers this.",
        ),
        default(
            BLOCKS,
            boolean(),
            false,
            "Whether the device cannot be used until all apps and profiles are installed. Graph's \
             `blockDeviceSetupRetryByUser` is the opposite of this.",
        )
        .remote_inverted("blockDeviceSetupRetryByUser"),
        default(
            "device_reset_allowed",
            boolean(),
            false,
            "Whether users may reset the device if an installation error occurs.",
        )
        .remote("allowDeviceResetOnInstallFailure"),
        default(
            "device_use_allowed",
            boolean(),
            false,
            "Whether users may use the device if an installation error occurs.",
        )
        .remote("allowDeviceUseOnInstallFailure"),
        default(
            BLOCKING_APPS,
            set_of(guid()),
            Value::set([]),
            "Ids of the required apps that block device use, at most 100; empty for all required apps. The apps must \
             also be assigned to the device or user as required: this list does not install anything.",
        )
        .check(check::count_between(0, 100).of_changes())
        .remote("selectedMobileAppIds"),
        default(
            "only_blocking_apps_fail_technician_phase",
            boolean(),
            false,
            "Whether in the technician phase of pre-provisioning only the blocking apps can fail the deployment.",
        )
        .remote("allowNonBlockingAppInstallation"),
    ]
}

/// What has no effect beside the rest. Only warnings: the service takes every combination, and pages made by other tools are often in one of these states.
pub(crate) fn without_effect(keeps_unwritten: bool) -> Rule {
    Rule::new(
        format!(
            "With `{SHOWN} = false` nothing else has an effect. `{BLOCKING_APPS}` and the settings for what users may do after an \
             error have one with `{BLOCKS} = true` only; `install_quality_updates` can be skipped by the user without it."
        ),
        move |config, problems| {
            let is = |name: &str, value: bool| config.get(name).as_bool() == Some(value);
            if is(SHOWN, false) {
                for name in [BLOCKS, "custom_message", "log_collection_enabled", UPDATES] {
                    warn(config, name, &format!("`{SHOWN}` is false"), problems);
                }
                return;
            }
            let blocks = config.get(BLOCKS);
            let is_kept = blocks.is_null() && keeps_unwritten;
            if blocks.is_unknown() || blocks.as_bool() == Some(true) || is_kept {
                return;
            }
            for name in [
                BLOCKING_APPS,
                "device_reset_allowed",
                "device_use_allowed",
                "only_blocking_apps_fail_technician_phase",
            ] {
                warn(config, name, &format!("`{BLOCKS}` is false"), problems);
            }
            // Microsoft's page on the status page advises to block with it.
            if is(UPDATES, true) {
                problems.warning_at(
                    Path::from(UPDATES),
                    "Quality updates can be skipped",
                    format!(
                        "Users can go on to the desktop before the updates are installed, because `{BLOCKS}` is false. Set \
                         `{BLOCKS} = true` if the updates matter."
                    ),
                );
            }
        },
    )
}

fn warn(config: &Value, name: &str, because: &str, problems: &mut Diagnostics) {
    let value = config.get(name);
    let says_something = value.as_bool() == Some(true)
        || value.as_str().is_some_and(|text| !text.is_empty())
        || !value.elements().is_empty();
    if says_something {
        problems.warning_at(
            Path::from(name),
            "Setting without effect",
            format!("`{name}` has no effect while {because}. Remove it, or change the other setting."),
        );
    }
}

static SETTINGS: LazyLock<Vec<Attribute>> = LazyLock::new(declared);
const SHOWN: &str = "show_progress";
const BLOCKS: &str = "block_device_use";
const UPDATES: &str = "install_quality_updates";

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::diagnostics::Severity;

    fn said_of(keeps_unwritten: bool, config: &Value) -> Vec<(Severity, String)> {
        let mut problems = Diagnostics::default();
        without_effect(keeps_unwritten).run(config, &mut problems);
        problems.iter().map(|one| (one.severity, one.summary.clone())).collect()
    }

    fn page(settings: &[(&'static str, Value)]) -> Value {
        Value::object(settings.iter().cloned())
    }

    fn apps() -> Value {
        Value::set([Value::from("6e2b7c3a-6a0e-4f0b-9d5e-2f6d9a1b0c11")])
    }

    #[test]
    fn settings_without_effect_are_pointed_out_but_allowed() {
        for name in ["device_reset_allowed", "device_use_allowed"] {
            let said = said_of(false, &page(&[(name, true.into())]));
            assert_eq!(said, [(Severity::Warning, "Setting without effect".to_owned())], "{name}");
        }
        for settings in [
            &[(SHOWN, false.into()), ("custom_message", "Call us".into())][..],
            &[(SHOWN, false.into()), (BLOCKS, true.into())],
            &[(BLOCKING_APPS, apps())],
            &[(UPDATES, true.into())],
        ] {
            let said = said_of(false, &page(settings));
            assert!(matches!(said.as_slice(), [(Severity::Warning, _)]), "{settings:?}: {said:?}");
        }
    }

    #[test]
    fn what_goes_together_is_not_remarked_upon() {
        let blocking =
            [(BLOCKS, true.into()), (BLOCKING_APPS, apps()), ("device_reset_allowed", true.into())];
        assert_eq!(said_of(false, &page(&blocking)), []);
        assert_eq!(said_of(false, &page(&[(SHOWN, false.into())])), []);
        // Whether a page that keeps what is not written blocks is its own affair.
        assert_eq!(said_of(true, &page(&[(BLOCKING_APPS, apps())])), []);
        assert_eq!(said_of(false, &page(&[(BLOCKS, Value::Unknown), (BLOCKING_APPS, apps())])), []);
    }
}
