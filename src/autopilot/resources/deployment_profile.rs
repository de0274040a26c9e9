//! `autopilot_deployment_profile`: how a laptop sets itself up, and which laptops (step 6).

use async_trait::async_trait;

use crate::autopilot::all_devices;
use crate::autopilot::assignment::{self, PROFILE_TARGETS};
use crate::autopilot::collection::{NamedCollection, adopt_existing};
use crate::autopilot::engine::{Assigned, Member};
use crate::autopilot::mapping::flag_of;
use crate::autopilot::name_template;
use crate::autopilot::other_providers::{MICROSOFT365, MICROSOFT365WP, same_id};
use crate::autopilot::permissions::{SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use crate::autopilot::tenant::Cx;
use crate::graph::Endpoint;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::Move;
use crate::tf_provider::schema::rule::{refused, when, when_given};
use crate::tf_provider::schema::{
    Check, Choice, GUID, Rule, Schema, Timeouts, boolean, check, choice, computed, default, guid, optional,
    pick, required, set_of, text,
};
use crate::tf_provider::value::Value;

/// A Windows Autopilot deployment profile.
pub(crate) struct DeploymentProfile;

/// The collection of profiles, which exists in beta only.
pub(crate) const PROFILES: NamedCollection = NamedCollection {
    noun: "deployment profile",
    type_name: "autopilot_deployment_profile",
    endpoint: || Endpoint::beta("deviceManagement/windowsAutopilotDeploymentProfiles"),
    reads: SERVICE_CONFIG_READ,
    writes: SERVICE_CONFIG_WRITE,
    ids: &GUID,
    is_ours: |_| true,
    by_name: None,
    expand: Some("assignments"),
    is_replicated: false,
};

#[async_trait]
impl Member for DeploymentProfile {
    const COLLECTION: NamedCollection = PROFILES;
    const ASSIGNED: Assigned = Assigned::OneByOne;

    fn schema() -> Schema {
        Schema::new(
            "A Windows Autopilot deployment profile: what a device shows and does when it is set up, and which devices \
             get it.",
        )
        .attributes([
            computed("id", guid(), "Id of the profile.").keep_prior(),
            required(
                "display_name",
                text(),
                "Name shown in the Intune admin center: letters and digits of any script, blanks and the signs \
                 `: \" ? . @ $ & _ [ ] { } | \\`. A profile that has another name already may keep it.",
            )
            .check(check::not_blank().of_changes())
            .check(check::longest(200).of_changes())
            .check(new_name().of_changes()),
            optional("description", text(), "Description shown in the Intune admin center.")
                .check(check::longest(1500).of_changes())
                .cleared_by(""),
            default("join_type", choice(JOIN_TYPES), "entra_joined", "Directory the device joins.")
                .open()
                .remote("@odata.type")
                .replace_on_change(),
            default("deployment_mode", choice(MODES), "user_driven", "Who deploys the device.")
                .open()
                .remote("outOfBoxExperienceSetting/deviceUsageType"),
            default("device_type", choice(DEVICE_TYPES), "windows_pc", "Kind of device.").open().create_only().replace_on_change(),
            default(
                "locale",
                text(),
                OS_DEFAULT,
                "Language and region of the setup pages: a tag such as `en-US`, `os-default` for what is installed, or \
                 `user-select` to let the user choose.",
            )
            .check(locale().of_changes())
            .word(USER_SELECT, ""),
            default(
                "keyboard_selection_page_skipped",
                boolean(),
                false,
                "Whether the keyboard page is skipped and the keyboard follows `locale`. Has an effect only with a \
                 language tag.",
            )
            .remote("outOfBoxExperienceSetting/keyboardSelectionPageSkipped"),
            default("license_terms_hidden", boolean(), true, "Whether the Microsoft Software License Terms are hidden.")
                .remote("outOfBoxExperienceSetting/eulaHidden"),
            default("privacy_settings_hidden", boolean(), true, "Whether the privacy settings are hidden.")
                .remote("outOfBoxExperienceSetting/privacySettingsHidden"),
            default(
                "change_account_options_hidden",
                boolean(),
                true,
                "Whether the options to sign in with another account are hidden. Needs company branding in the tenant.",
            )
            .remote("outOfBoxExperienceSetting/escapeLinkHidden"),
            default("user_account_type", choice(ACCOUNT_TYPES), "standard", "What the user becomes on the device.")
                .open()
                .remote("outOfBoxExperienceSetting/userType")
                .only_where("deployment_mode", "user_driven")
                .kept_when_absent(),
            default(
                "pre_provisioning_allowed",
                boolean(),
                false,
                "Whether a technician may start the deployment before the user gets the device.",
            )
            .remote("preprovisioningAllowed"),
            default(
                "convert_targeted_devices",
                boolean(),
                false,
                "Whether devices in the assigned groups that are not registered with Autopilot yet are registered. \
                 Takes up to 48 hours; removing the profile does not undo it.",
            )
            .remote("hardwareHashExtractionEnabled"),
            optional(
                "device_name_template",
                text(),
                "Template of the device's name, with `%SERIAL%` for the serial number or `%RAND:n%` for n random \
                 digits.",
            )
            .check(name_template::check().of_changes())
            .cleared_by(""),
            default(
                "hybrid_join_skip_connectivity_check",
                boolean(),
                false,
                "Whether a hybrid-joined device may be deployed without reaching a domain controller.",
            )
            .remote("hybridAzureADJoinSkipConnectivityCheck")
            .only_where("join_type", HYBRID)
            .kept_when_absent(),
            optional("management_service_app_id", guid(), "App id of another management service, for co-management.")
                .cleared_by(""),
            default(
                "role_scope_tag_ids",
                set_of(text()),
                Value::set([Value::from("0")]),
                "Ids of the scope tags that decide which administrators see the profile.",
            ),
            assignment::assignments(
                PROFILE_TARGETS,
                false,
                "Devices that get the profile. A device in several groups gets the profile that was created first.",
            ),
            adopt_existing(),
            computed("created_date_time", text(), "When the profile was created.").keep_prior(),
        ])
        .timeouts(Timeouts::default())
        .rules(assignment::rules(PROFILE_TARGETS, false))
        .rule(keyboard_of_a_language().of_changes())
        .rule(refused(
            when("deployment_mode", SELF_DEPLOYING).and("user_account_type", "administrator"),
            "user_account_type",
            "No user on a self-deploying device",
            "A self-deploying device is set up without a user, so nobody can become its administrator.",
            "Remove `user_account_type`, or set `deployment_mode = \"user_driven\"`.",
        ))
        .rule(refused(
            when("deployment_mode", SELF_DEPLOYING).and("join_type", HYBRID),
            "deployment_mode",
            "Self-deploying needs a Microsoft Entra join",
            "Self-deploying mode works with a Microsoft Entra join only.",
            "Set `join_type = \"entra_joined\"`, or `deployment_mode = \"user_driven\"`.",
        ))
        .rule(refused(
            when_given("device_name_template").and("join_type", HYBRID),
            "device_name_template",
            "No name template with a hybrid join",
            "The service ignores name templates for hybrid-joined devices: their names come from the domain join \
             configuration profile.",
            "Remove `device_name_template`.",
        ))
        .rule(refused(
            when("hybrid_join_skip_connectivity_check", true).unless("join_type", HYBRID),
            "hybrid_join_skip_connectivity_check",
            "Only for a hybrid join",
            "Only a hybrid join checks whether a domain controller can be reached.",
            "Remove the argument, or set `join_type = \"entra_hybrid_joined\"`.",
        ))
    }

    fn moves() -> Vec<Move> {
        vec![
            same_id(
                MICROSOFT365,
                "microsoft365_graph_beta_device_management_windows_autopilot_deployment_profile",
            ),
            same_id(MICROSOFT365WP, "microsoft365wp_azure_ad_windows_autopilot_deployment_profile"),
        ]
    }

    async fn plan(cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        all_devices::plan::<Self>(cx, plan).await
    }
}

/// What the service takes in no new name; it answers such a name with "An error has occurred".
///
/// CIPP-API's name test of 2026-07-20, and M365DSC #3892.
fn new_name() -> Check {
    let taken = " :\"?.@$&_[]{}|\\";
    Check::text("letters, digits, blanks and the signs `: \" ? . @ $ & _ [ ] { } | \\`", |name| {
        match name.chars().find(|c| !c.is_alphanumeric() && !taken.contains(*c)) {
            None => Ok(()),
            Some(c) => Err(format!("it has `{c}`, and Intune would only answer \"An error has occurred\"")),
        }
    })
}

fn keyboard_of_a_language() -> Rule {
    Rule::new(
        "`keyboard_selection_page_skipped` has an effect only with a language in `locale`.",
        |config, problems| {
            let locale = config.get("locale");
            let has_no_language =
                locale.is_null() || [Some(OS_DEFAULT), Some(USER_SELECT)].contains(&locale.as_str());
            if flag_of(config, "keyboard_selection_page_skipped") && has_no_language && !locale.is_unknown() {
                problems.warning_at(
                "keyboard_selection_page_skipped",
                "The keyboard page is shown all the same",
                "The page is skipped only where `locale` names a language, whose keyboard is then taken. Give `locale` a tag \
                 such as `en-US`, or remove this argument.",
            );
            }
        },
    )
}

fn locale() -> Check {
    Check::text("`os-default`, `user-select` or a language tag such as `en-US`", |text| {
        let is_tag = text.split('-').enumerate().all(|(i, part)| {
            let length = if i == 0 { 2..=3 } else { 2..=8 };
            length.contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        });
        let is_word = text == OS_DEFAULT || text == USER_SELECT;
        if is_word || is_tag { Ok(()) } else { Err(format!("`{text}` is neither")) }
    })
}

const JOIN_TYPES: &[Choice] = &[
    pick(
        "entra_joined",
        "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
        "Microsoft Entra joined",
    ),
    pick(
        HYBRID,
        "#microsoft.graph.activeDirectoryWindowsAutopilotDeploymentProfile",
        "Microsoft Entra hybrid joined",
    ),
];
/// The word for a hybrid join.
const HYBRID: &str = "entra_hybrid_joined";
const SELF_DEPLOYING: &str = "self_deploying";
const MODES: &[Choice] = &[
    pick("user_driven", "singleUser", "the user signs in and the device becomes theirs"),
    pick(SELF_DEPLOYING, "shared", "the device sets itself up without a user"),
];
const DEVICE_TYPES: &[Choice] = &[
    pick("windows_pc", "windowsPc", "Windows PC"),
    pick("holo_lens", "holoLens", "HoloLens"),
    pick("surface_hub_2", "surfaceHub2", "Surface Hub 2"),
    pick("surface_hub_2s", "surfaceHub2S", "Surface Hub 2S"),
    pick("virtual_machine", "virtualMachine", "virtual machine"),
];
const ACCOUNT_TYPES: &[Choice] = &[
    pick("standard", "standard", "a standard user"),
    pick("administrator", "administrator", "a local administrator"),
];
const OS_DEFAULT: &str = "os-default";
/// The locale that lets the user choose; the service stores it as nothing.
const USER_SELECT: &str = "user-select";
