//! `autopilot_deployment_profile`: how a laptop sets itself up, and which laptops (step 6).

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use crate::autopilot::assignment::{self, PROFILE_TARGETS};
use crate::autopilot::mapping::{changed, shows, text_of, values, whole};
use crate::autopilot::name_template::NameTemplate;
use crate::autopilot::named::{Named, adopt_existing, id};
use crate::autopilot::permissions::{SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use crate::autopilot::tenant::{Cx, Session, Tenant};
use crate::graph::{self, Endpoint};
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::path::Path;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::{
    Check, Choice, Rule, Schema, Timeouts, boolean, check, choice, computed, default, optional, pick,
    required, set_of, text,
};
use crate::tf_provider::value::Value;

/// A Windows Autopilot deployment profile.
pub(crate) struct DeploymentProfile;

/// The collection of profiles, which exists in beta only.
pub(crate) const PROFILES: Named = Named {
    noun: "deployment profile",
    type_name: "autopilot_deployment_profile",
    endpoint: || Endpoint::beta("deviceManagement/windowsAutopilotDeploymentProfiles"),
    reads: SERVICE_CONFIG_READ,
    writes: SERVICE_CONFIG_WRITE,
    is_ours: |_| true,
    by_name: None,
    expand: Some("assignments"),
};

#[async_trait]
impl Resource<Tenant> for DeploymentProfile {
    fn name(&self) -> &'static str {
        PROFILES.type_name
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "A Windows Autopilot deployment profile: what a device shows and does when it is set up, and which devices \
             get it.",
        )
        .attributes([
            computed("id", text(), "Id of the profile.").keep_prior(),
            required("display_name", text(), "Name shown in the Intune admin center.")
                .check(check::not_blank())
                .check(check::longest(200))
                .check(check::without("!#%^*)(-+;'><")),
            optional("description", text(), "Description shown in the Intune admin center.")
                .check(check::longest(1500)),
            default("join_type", choice(JOIN_TYPES), "entra_joined", "Directory the device joins.")
                .remote("@odata.type")
                .replace_on_change(),
            default("deployment_mode", choice(MODES), "user_driven", "Who deploys the device.")
                .remote("outOfBoxExperienceSetting/deviceUsageType"),
            default("device_type", choice(DEVICE_TYPES), "windows_pc", "Kind of device.").replace_on_change(),
            default(
                "locale",
                text(),
                OS_DEFAULT,
                "Language and region of the setup pages: a tag such as `en-US`, `os-default` for what is installed, or \
                 `user-select` to let the user choose.",
            )
            .check(locale()),
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
                .remote("outOfBoxExperienceSetting/userType"),
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
            .check(name_template()),
            default(
                "hybrid_join_skip_connectivity_check",
                boolean(),
                false,
                "Whether a hybrid-joined device may be deployed without reaching a domain controller.",
            )
            .remote(SKIP_CONNECTIVITY),
            optional("management_service_app_id", text(), "App id of another management service, for co-management.")
                .check(check::guid()),
            default(
                "role_scope_tag_ids",
                set_of(text()),
                Value::set([Value::from("0")]),
                "Ids of the scope tags that decide which administrators see the profile.",
            ),
            assignment::assignments(
                PROFILE_TARGETS,
                false,
                "Devices that get the profile. Left out, assignments are not managed here. A device in several groups \
                 gets the profile that was created first.",
            ),
            adopt_existing(),
            computed("created_date_time", text(), "When the profile was created.").keep_prior(),
        ])
        .timeouts(Timeouts::default())
        .rules(assignment::rules())
        .rule(self_deploying())
        .rule(hybrid())
    }

    fn permissions(&self) -> Vec<(&'static str, &'static [&'static str])> {
        vec![
            ("read", SERVICE_CONFIG_READ),
            ("create, update, delete", SERVICE_CONFIG_WRITE),
        ]
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        let name = plan.planned.get("display_name").as_str().unwrap_or_default();
        if !plan
            .planned
            .get("assignments")
            .elements()
            .iter()
            .any(assignment::is_all_devices)
        {
            return Ok(());
        }
        match cx.client().claim("the assignment to all devices", name) {
            Some(other) => Err(Failure::at(
                "assignments",
                "Two profiles for all devices",
                format!(
                    "Only one deployment profile of a tenant can be assigned to all devices, and this configuration \
                         assigns two: `{other}` and `{name}`. Assign one of them to groups instead."
                ),
            )),
            None => Ok(()),
        }
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = Session::open(cx)?;
        let adopt = change.planned.get("adopt_existing").as_bool() == Some(true);
        let made = PROFILES.create(&session, body(&change.planned), adopt).await?;
        if made.adopted {
            refuse_another_kind(&made.object, &change.planned)?;
        }
        Ok(change.planned.clone().with("id", id(&made.object)))
    }

    async fn settle(&self, cx: &Cx, change: &Change, created: Value) -> Result<Value, Failure> {
        let session = Session::open(cx)?;
        let profile = text_of(&created, "id");
        let found = PROFILES.shown(&session, profile, |_| true).await?;
        let wanted = without_kind(body(&change.planned));
        // An adopted profile is not ours yet; and a new one may lack what the service only takes in a change: it stores
        // an empty locale as "os-default" when it creates.
        if !shows(&found, &wanted) {
            PROFILES.patch(&session, profile, wanted.clone()).await?;
        }
        if !change.planned.get("assignments").is_null() {
            assign(&session, profile, change.planned.get("assignments")).await?;
        }
        final_state(&session, profile, wanted, &change.planned).await
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let session = Session::open(cx)?;
        let found = PROFILES.read(&session, text_of(&state, "id")).await?;
        Ok(found.map(|object| self::state(&object, &state, cx.is_import())))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = Session::open(cx)?;
        let profile = text_of(&change.prior, "id");
        let body = changes(change);
        PROFILES.patch(&session, profile, body.clone()).await?;
        if change.changes("assignments") {
            assign(&session, profile, change.planned.get("assignments")).await?;
        }
        final_state(&session, profile, body, &change.planned).await
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        let session = Session::open(cx)?;
        let profile = text_of(&state, "id");
        for (assignment, _) in assigned(&session, profile).await? {
            session
                .delete(&PROFILES.member(profile).then("assignments").key(&assignment))
                .await?;
        }
        PROFILES.delete(&session, profile).await
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        let session = Session::open(cx)?;
        let id = PROFILES.import(&session, text).await?;
        Ok(Value::object([
            ("id", Value::from(id)),
            ("adopt_existing", Value::from(false)),
        ]))
    }
}

/// Everything, for a new profile.
fn body(planned: &Value) -> Map<String, Json> {
    finished(whole(&DeploymentProfile.schema().attributes, planned), planned)
}

/// What changed. The out-of-box settings are one value to the service: if one of them changes, all are sent.
fn changes(change: &Change) -> Map<String, Json> {
    let mut body = changed(
        &DeploymentProfile.schema().attributes,
        &change.prior,
        &change.planned,
    );
    if body.is_empty() {
        return body;
    }
    let all = self::body(&change.planned);
    for always in ["@odata.type", OUT_OF_BOX] {
        if always == "@odata.type" || body.contains_key(always) {
            body.insert(always.to_owned(), all[always].clone());
        }
    }
    without_kind(finished(body, &change.planned))
}

/// What the attributes alone do not tell of the service's habits.
fn finished(mut body: Map<String, Json>, planned: &Value) -> Map<String, Json> {
    if body.get("locale").and_then(Json::as_str) == Some(USER_SELECT) {
        body.insert("locale".to_owned(), json!(""));
    }
    // Nobody's account type is asked for where no user signs in, and the service refuses an answer.
    if planned.get("deployment_mode").as_str() == Some("self_deploying")
        && let Some(Json::Object(out_of_box)) = body.get_mut(OUT_OF_BOX)
    {
        out_of_box.remove("userType");
    }
    if planned.get("join_type").as_str() != Some(HYBRID) {
        body.remove(SKIP_CONNECTIVITY);
    }
    for text in ["description", "deviceNameTemplate", "managementServiceAppId"] {
        if body.get(text).is_some_and(Json::is_null) {
            body.insert(text.to_owned(), json!(""));
        }
    }
    body
}

/// The kind of device is given at creation only.
fn without_kind(mut body: Map<String, Json>) -> Map<String, Json> {
    body.remove("deviceType");
    body
}

/// What Graph answered, as state. Assignments the user does not write are not managed here, and so not shown.
fn state(object: &Json, known: &Value, import: bool) -> Value {
    let mut fields = values(&DeploymentProfile.schema().attributes, object);
    if object["locale"].as_str() == Some("") {
        fields.insert("locale".to_owned(), Value::from(USER_SELECT));
    }
    for (attribute, otherwise) in [
        ("user_account_type", Value::from("standard")),
        ("hybrid_join_skip_connectivity_check", Value::from(false)),
    ] {
        let field = fields.entry(attribute.to_owned()).or_default();
        if field.is_null() {
            let before = known.get(attribute);
            *field = if before.is_null() || before.is_unknown() {
                otherwise
            } else {
                before.clone()
            };
        }
    }
    let managed = import || !known.get("assignments").is_null();
    let found = assignments_in(object)
        .into_iter()
        .map(|(_, assignment)| assignment);
    let assignments = match Value::set(found) {
        found if managed && !(import && found.elements().is_empty()) => found,
        _ => Value::Null,
    };
    fields.insert("assignments".to_owned(), assignments);
    fields.insert(
        "adopt_existing".to_owned(),
        Value::from(known.get("adopt_existing").as_bool() == Some(true)),
    );
    Value::Object(fields)
}

/// Waits until a read shows the change, and returns the state it shows.
async fn final_state(
    session: &Session,
    profile: &str,
    body: Map<String, Json>,
    planned: &Value,
) -> Result<Value, Failure> {
    let wanted = planned.get("assignments");
    let object = PROFILES
        .shown(session, profile, |object| {
            let found = Value::set(
                assignments_in(object)
                    .into_iter()
                    .map(|(_, assignment)| assignment),
            );
            shows(object, &body) && (wanted.is_null() || found == *wanted)
        })
        .await?;
    Ok(state(&object, planned, false))
}

/// Brings the assignments to what is wanted: additions first, so that no device is without a profile in between.
async fn assign(session: &Session, profile: &str, wanted: &Value) -> Result<(), Failure> {
    let now = assigned(session, profile).await?;
    let current = Value::set(now.iter().map(|(_, assignment)| assignment.clone()));
    let (additions, removals) = assignment::difference(&current, wanted);
    let collection = PROFILES.member(profile).then("assignments");
    for addition in additions {
        session
            .post(
                &collection,
                json!({"target": assignment::target(&addition, false)}),
            )
            .await?;
    }
    for (id, _) in now.iter().filter(|(_, assignment)| removals.contains(assignment)) {
        session.delete(&collection.clone().key(id)).await?;
    }
    Ok(())
}

/// The profile's assignments as they are now, with their ids.
async fn assigned(session: &Session, profile: &str) -> Result<Vec<(String, Value)>, graph::Error> {
    let object = session
        .get_opt(&PROFILES.member(profile).expand("assignments"))
        .await?;
    Ok(object.map(|object| assignments_in(&object)).unwrap_or_default())
}

/// The assignments made directly; those of policy sets are not ours to show or remove.
fn assignments_in(object: &Json) -> Vec<(String, Value)> {
    let all = object["assignments"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let direct = all
        .iter()
        .filter(|one| one["source"].as_str().is_none_or(|source| source == "direct"));
    direct
        .map(|one| (id(one).to_owned(), assignment::from_target(&one["target"], false)))
        .collect()
}

/// What a change cannot turn an existing profile into.
fn refuse_another_kind(found: &Json, planned: &Value) -> Result<(), Failure> {
    let existing = state(found, planned, false);
    for attribute in ["join_type", "device_type"] {
        if existing.get(attribute) != planned.get(attribute) {
            let show = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
            return Err(Failure::at(
                attribute,
                "The existing profile is of another kind",
                format!(
                    "The tenant already has a deployment profile named `{}` ({}), but its `{attribute}` is \
                         \"{}\" and cannot become \"{}\". Delete that profile, or choose another `display_name`.",
                    text_of(planned, "display_name"),
                    id(found),
                    show(existing.get(attribute)),
                    show(planned.get(attribute))
                ),
            ));
        }
    }
    Ok(())
}

fn name_template() -> Check {
    Check::text(
        "a template whose names have at most 15 letters, digits and hyphens, not only digits",
        |text| NameTemplate::parse(text).map(|_| ()),
    )
}

fn locale() -> Check {
    Check::text(
        "`os-default`, `user-select` or a language tag such as `en-US`",
        |text| {
            let is_tag = text.split('-').enumerate().all(|(i, part)| {
                let length = if i == 0 { 2..=3 } else { 2..=8 };
                length.contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
            });
            if text == OS_DEFAULT || text == USER_SELECT || is_tag {
                Ok(())
            } else {
                Err(format!("`{text}` is neither"))
            }
        },
    )
}

fn self_deploying() -> Rule {
    Rule::new(
        "A self-deploying device has no user who could be its administrator.",
        |config: &Value, problems: &mut Diagnostics| {
            let word = |name: &str| config.get(name).as_str().unwrap_or_default().to_owned();
            if word("deployment_mode") == "self_deploying" && word("user_account_type") == "administrator" {
                problems.error_at(
                    Path::from("user_account_type"),
                    "No user on a self-deploying device",
                    "A self-deploying device is set up without a user, so nobody can become its administrator. Remove \
                     `user_account_type`, or set `deployment_mode = \"user_driven\"`.",
                );
            }
            if word("deployment_mode") == "self_deploying" && word("join_type") == HYBRID {
                problems.error_at(
                    Path::from("deployment_mode"),
                    "Self-deploying needs a Microsoft Entra join",
                    "Self-deploying mode works with a Microsoft Entra join only. Set `join_type = \"entra_joined\"`, \
                     or `deployment_mode = \"user_driven\"`.",
                );
            }
        },
    )
}

fn hybrid() -> Rule {
    Rule::new(
        "A hybrid join takes its device names from the domain join profile; only a hybrid join can skip the connectivity \
         check.",
        |config: &Value, problems: &mut Diagnostics| {
            let join = config.get("join_type");
            let is_hybrid = join.as_str() == Some(HYBRID);
            if is_hybrid && config.get("device_name_template").as_str().is_some() {
                problems.error_at(
                    Path::from("device_name_template"),
                    "No name template with a hybrid join",
                    "The service ignores name templates for hybrid-joined devices: their names come from the domain \
                     join configuration profile. Remove `device_name_template`.",
                );
            }
            let skips = config.get("hybrid_join_skip_connectivity_check").as_bool() == Some(true);
            if skips && !is_hybrid && !join.is_unknown() {
                problems.error_at(
                    Path::from("hybrid_join_skip_connectivity_check"),
                    "Only for a hybrid join",
                    "Only a hybrid join checks whether a domain controller can be reached. Remove the argument, or set \
                     `join_type = \"entra_hybrid_joined\"`.",
                );
            }
        },
    )
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
const HYBRID: &str = "entra_hybrid_joined";
const MODES: &[Choice] = &[
    pick(
        "user_driven",
        "singleUser",
        "the user signs in and the device becomes theirs",
    ),
    pick(
        "self_deploying",
        "shared",
        "the device sets itself up without a user",
    ),
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
const USER_SELECT: &str = "user-select";
const OUT_OF_BOX: &str = "outOfBoxExperienceSetting";
const SKIP_CONNECTIVITY: &str = "hybridAzureADJoinSkipConnectivityCheck";
