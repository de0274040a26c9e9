//! What a status page is made of, and which settings go together.

use crate::autopilot::assignment::{self, PAGE_TARGETS};
use crate::autopilot::engine::collection::adopt_existing;
use crate::autopilot::engine::prior_settings::on_destroy;
use crate::autopilot::membership::object_ids;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::path::Path;
use crate::tf_provider::schema::{
    Attribute, Rule, Schema, Timeouts, boolean, check, computed, default, integer, optional,
    optional_computed, set_of, text,
};
use crate::tf_provider::value::Value;

/// The whole shape.
pub(super) fn schema() -> Schema {
    Schema::new(
        "An enrollment status page: what users see while a device is set up, and what must be installed before they may \
         use it.",
    )
    .attributes([computed("id", text(), "Id of the page.").keep_prior()])
    .attributes(labels())
    .attributes(settings())
    .attributes([
        optional_computed(
            "priority",
            integer(),
            "Place among the status pages, 1 being the strongest. Left out, the service gives a new page the last \
             place. Moving a page shifts others, so give it to all pages or to none.",
        )
        .check(check::between(1, i64::from(i32::MAX)))
        .local()
        .keep_prior(),
        assignment::assignments(
            PAGE_TARGETS,
            true,
            "Devices and users that get the page. Left out, assignments are not managed here.",
        ),
        default(
            "default_page",
            boolean(),
            false,
            "Whether this is the page every tenant has, for everybody to whom no other page is assigned. It is taken \
             over, not created; of its settings, those left out here keep their value.",
        )
        .local()
        .replace_on_change(),
        adopt_existing(),
        on_destroy(),
        computed("created_date_time", text(), "When the page was created.").keep_prior(),
    ])
    .timeouts(Timeouts::default())
    .rules(assignment::rules())
    .rule(named())
    .rule(default_page())
    .rule(without_effect())
}

/// What the page is called and who sees it; the default page's are fixed.
pub(super) fn labels() -> Vec<Attribute> {
    vec![
        optional(
            "display_name",
            text(),
            "Name shown in the Intune admin center. Required, except for the default page, whose name is fixed.",
        )
        .check(check::not_blank().of_changes())
        .check(check::longest(200).of_changes()),
        optional("description", text(), "Description shown in the Intune admin center.")
            .check(check::longest(1500).of_changes()),
        default(
            "role_scope_tag_ids",
            set_of(text()),
            Value::set([Value::from("0")]),
            "Ids of the scope tags that decide which administrators see the page.",
        ),
    ]
}

/// What the page does.
pub(super) fn settings() -> Vec<Attribute> {
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
            APPS,
            set_of(text()),
            Value::set([]),
            "Ids of the required apps that block device use, at most 100; empty for all required apps. The apps must \
             also be assigned to the device or user as required: this list does not install anything.",
        )
        .check(object_ids())
        .check(check::count_between(0, 100).of_changes())
        .ignore_case()
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

fn named() -> Rule {
    Rule::new("`display_name` must be given, unless `default_page` is true.", |config, problems| {
        let default = config.get("default_page");
        if config.get("display_name").is_null() && !default.is_unknown() && default.as_bool() != Some(true) {
            problems.error_at(
                    Path::from("display_name"),
                    "Status page without a name",
                    "A status page needs a name. Add `display_name`; or, if the tenant's default page is meant, set \
                     `default_page = true`.",
                );
        }
    })
}

fn default_page() -> Rule {
    Rule::new(
        "The default page has a fixed name, description, scope tags and priority, and always applies to everybody; only \
         the default page can be put back by `on_destroy`.",
        |config, problems| {
            let default = config.get("default_page");
            if default.as_bool() == Some(true) {
                for name in FIXED {
                    if !config.get(name).is_null() {
                        problems.error_at(
                            Path::from(name),
                            "Fixed on the default page",
                            format!(
                                "The service does not let anybody change `{name}` of the default status page. Remove \
                                 `{name}`; or, to have a page of your own, remove `default_page`."
                            ),
                        );
                    }
                }
            } else if !default.is_unknown() && config.get("on_destroy").as_str() == Some("restore") {
                problems.error_at(
                    Path::from("on_destroy"),
                    "Nothing to put back",
                    "Destroying a page of your own deletes it; only the default page has former values to put back. \
                     Remove `on_destroy`.",
                );
            }
        },
    )
}

/// Only warnings: the service takes every combination, and pages made by other tools are often in one of these states.
fn without_effect() -> Rule {
    Rule::new(
        format!(
            "With `{SHOWN} = false` nothing else has an effect. `{APPS}` and the settings for what users may do after an \
             error have one with `{BLOCKS} = true` only; `install_quality_updates` can be skipped by the user without it."
        ),
        |config, problems| {
            let is = |name: &str, value: bool| config.get(name).as_bool() == Some(value);
            if is(SHOWN, false) {
                for name in [BLOCKS, "custom_message", "log_collection_enabled", UPDATES] {
                    warn(config, name, &format!("`{SHOWN}` is false"), problems);
                }
                return;
            }
            let (blocks, default) = (config.get(BLOCKS), config.get("default_page"));
            // What is not written keeps its value on the default page.
            let kept = blocks.is_null() && (default.is_unknown() || default.as_bool() == Some(true));
            if blocks.is_unknown() || blocks.as_bool() == Some(true) || kept {
                return;
            }
            for name in [
                APPS,
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

/// What cannot be changed on the default page.
pub(super) const FIXED: [&str; 5] =
    ["display_name", "description", "role_scope_tag_ids", "priority", "assignments"];
/// The attribute with the ids of blocking apps.
pub(super) const APPS: &str = "blocking_app_ids";
const SHOWN: &str = "show_progress";
const BLOCKS: &str = "block_device_use";
const UPDATES: &str = "install_quality_updates";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::diagnostics::Severity;

    const APP: &str = "6e2b7c3a-6a0e-4f0b-9d5e-2f6d9a1b0c11";

    fn said_of(config: &Value) -> Vec<(Severity, String)> {
        let mut problems = Diagnostics::default();
        schema().rules.iter().for_each(|rule| rule.run(config, &mut problems));
        problems.iter().map(|one| (one.severity, one.summary.clone())).collect()
    }

    fn page() -> Value {
        Value::object([("display_name", Value::from("Page"))])
    }

    fn default_page() -> Value {
        Value::object([("default_page", Value::from(true))])
    }

    #[test]
    fn what_no_page_can_be_is_refused() {
        let table = [
            (Value::object([(SHOWN, Value::from(true))]), "without a name"),
            (page().with("on_destroy", "restore"), "Nothing to put back"),
            (default_page().with("priority", 1_i64), "Fixed on the default page"),
            (default_page().with("display_name", "Mine"), "Fixed on the default page"),
        ];
        for (config, expected) in table {
            let said = said_of(&config);
            assert!(
                said.iter()
                    .any(|(severity, summary)| *severity == Severity::Error && summary.contains(expected)),
                "{expected}: {said:?}"
            );
        }
    }

    #[test]
    fn settings_without_effect_are_pointed_out_but_allowed() {
        for name in ["device_reset_allowed", "device_use_allowed"] {
            let said = said_of(&page().with(name, true));
            assert_eq!(said, [(Severity::Warning, "Setting without effect".to_owned())], "{name}");
        }
        let apps = Value::set([Value::from(APP)]);
        for config in [
            page().with(SHOWN, false).with("custom_message", "Call us"),
            page().with(SHOWN, false).with(BLOCKS, true),
            page().with(APPS, apps),
            page().with(UPDATES, true),
        ] {
            let said = said_of(&config);
            assert!(matches!(said.as_slice(), [(Severity::Warning, _)]), "{}: {said:?}", config.reveal());
        }
    }

    #[test]
    fn what_goes_together_is_not_remarked_upon() {
        let apps = Value::set([Value::from(APP)]);
        let blocking = page().with(BLOCKS, true).with(APPS, apps.clone()).with("device_reset_allowed", true);
        assert_eq!(said_of(&blocking), []);
        assert_eq!(said_of(&page().with(SHOWN, false)), []);
        assert_eq!(said_of(&default_page().with("on_destroy", "restore")), []);
        // Whether the default page blocks is its own affair until it is written.
        assert_eq!(said_of(&default_page().with(APPS, apps.clone())), []);
        assert_eq!(said_of(&page().with(BLOCKS, Value::Unknown).with(APPS, apps)), []);
    }
}
