//! `autopilot_enrollment_scope`: whose devices enroll in Intune by themselves (step 1).
//!
//! Two policies of the tenant, one for device management (MDM) and one for app management (MAM), which exist as soon as
//! Intune does. Microsoft offers no application permission for them: only a signed-in person can read or change them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::autopilot::collection::Identified;
use crate::autopilot::engine::Setting;
use crate::autopilot::engine::prior_settings::on_destroy;
use crate::autopilot::enrollment_addresses;
use crate::autopilot::mapping::{changed, values};
use crate::autopilot::membership::{self, object_ids};
use crate::autopilot::other_providers::{self, MICROSOFT365WP, setting_as_it_is};
use crate::autopilot::permissions::{MOBILITY_READ, MOBILITY_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::{self, Endpoint, ErrorKind, decode, decode_all};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::resource::Move;
use crate::tf_provider::schema::{
    Attribute, Choice, Schema, Timeouts, boolean, choice, computed, guid, object, optional,
    optional_computed, pick, required, rule,
};
use crate::tf_provider::value::Value;

/// Automatic enrollment.
pub(crate) struct EnrollmentScope;

#[async_trait]
impl Setting for EnrollmentScope {
    const TYPE: &'static str = "autopilot_enrollment_scope";
    const NOUN: &'static str = "enrollment scope";
    const PARTS: &'static [&'static str] = &["mdm", "mam"];
    const SHOWS_ALL: bool = false;
    const PART_BY_PART: bool = true;

    fn schema() -> Schema {
        Schema::new(
            "Whose devices enroll in Intune by themselves when they join Microsoft Entra: the MDM user scope, and the \
             MAM (Windows Information Protection) user scope. What is not written here keeps its value.",
        )
        .attributes([
            computed("id", guid(), "Always `0000000a-0000-0000-c000-000000000000`, Intune's application.")
                .keep_prior(),
            optional("mdm", object(parts(true)), "Device management. Left out, it is not managed here."),
            optional("mam", object(parts(false)), "App management. Left out, it is not managed here."),
            on_destroy(),
        ])
        .timeouts(Timeouts::default())
        .rule(rule::at_least_one(&["mdm", "mam"]))
        .rule(membership::groups_rule(Self::PARTS).of_changes())
    }

    fn permissions() -> Vec<Permission> {
        vec![to_read(MOBILITY_READ).by_a_person(), to_change(MOBILITY_WRITE).to("change").by_a_person()]
    }

    /// The policies with their groups. A tenant without Intune has none.
    async fn read(session: &Session, parts: &[&'static str]) -> Result<Json, Failure> {
        let mut found = Map::new();
        for part in parts {
            let endpoint = address(part).needs(MOBILITY_READ).expand("includedGroups");
            let policy = session.get_opt(&endpoint).await?.ok_or_else(|| not_available(part))?;
            found.insert((*part).to_owned(), policy);
        }
        Ok(Json::Object(found))
    }

    fn part<'a>(found: &'a Json, part: &str) -> &'a Json {
        &found[part]
    }

    fn value(part: &str, found: &Json) -> Result<Value, graph::Error> {
        let mut fields = values(&parts(part == MDM), found);
        let groups = decode::<Option<Policy>>(found)?.and_then(|policy| policy.included_groups);
        let groups = groups.filter(|groups| !groups.is_empty());
        let ids = |groups: Vec<Identified>| Value::set(groups.into_iter().map(|group| Value::from(group.id)));
        fields.insert("group_ids".to_owned(), groups.map(ids).unwrap_or_default());
        // Older tenants do not say; it is then offered.
        if let Some(offered @ Value::Null) = fields.get_mut(OFFERED) {
            *offered = Value::from(true);
        }
        Ok(Value::Object(fields))
    }

    fn facts(_found: &Json) -> Result<Vec<(&'static str, Value)>, graph::Error> {
        Ok(vec![("id", Value::from(INTUNE))])
    }

    /// Intune's own addresses where neither the configuration nor the tenant has one: a tenant in which nobody ever
    /// restored the default URLs has none, and then no device knows where to enroll.
    fn completed(session: &Session, part: &str, found: &Json, wanted: &Value) -> Result<Value, graph::Error> {
        let is_global = enrollment_addresses::is_global(session.graph().root());
        if !is_global || wanted.get("scope").as_str() == Some("none") {
            return Ok(wanted.clone());
        }
        Ok(enrollment_addresses::completed(wanted, &Self::value(part, found)?, part == MDM))
    }

    /// Changes what differs. Addresses and scope go in requests of their own, addresses first; "selected" is never sent but
    /// follows from the first group; and groups are added before others are removed.
    async fn write(
        _cx: &Cx,
        session: &Session,
        found: &Json,
        wanted: &BTreeMap<&'static str, Value>,
    ) -> Result<(), Failure> {
        for (part, wanted) in wanted {
            let found = Self::part(found, part);
            if decode::<Policy>(found)?.is_valid == Some(false) {
                return Err(not_valid(part));
            }
            let address = address(part).needs(MOBILITY_WRITE);
            let now = Self::value(part, found)?;
            let mut body = changed(&parts(*part == MDM), &now, wanted);
            let scope = body.remove("appliesTo");
            if !body.is_empty() {
                session.patch(&address, Json::Object(body)).await?;
            }
            match wanted.get("scope").as_str() {
                Some("selected") => {
                    relink(session, &address, now.get("group_ids"), wanted.get("group_ids")).await?;
                }
                // All and none empty the groups on the service's side.
                Some(other) if scope.is_some() => {
                    session.patch(&address, json!({"appliesTo": other})).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn moves() -> Vec<Move> {
        vec![Move {
            provider: MICROSOFT365WP,
            type_name: "microsoft365wp_mobility_management_policy",
            convert: policy_of_microsoft365wp,
        }]
    }

    fn is_named_by(text: &str) -> bool {
        text == INTUNE
    }
}

/// There, each of the two policies is a resource of its own.
fn policy_of_microsoft365wp(stored: &Json) -> Result<Value, String> {
    let application = other_providers::text(stored, "id")?;
    if application != INTUNE {
        return Err(format!(
            "it is of the application {application}, and only Intune's ({INTUNE}) is managed"
        ));
    }
    let part = if other_providers::text(stored, "policy_type")? == "app" { "mam" } else { MDM };
    let scope = Value::from(other_providers::text(stored, "applies_to")?);
    Ok(setting_as_it_is().with(part, Value::object([("scope", scope)])))
}

/// What is read of a policy besides its attributes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    is_valid: Option<bool>,
    included_groups: Option<Vec<Identified>>,
}

/// Who enrolls: the words that configuration and Graph share.
const SCOPES: &[Choice] = &[
    pick("all", "all", "all users"),
    pick("selected", "selected", "members of the groups given; the portal says \"Some\""),
    pick("none", "none", "nobody"),
];

fn not_available(part: &str) -> Failure {
    Failure::at(
        part,
        "Automatic enrollment is not available in this tenant",
        "The tenant has no enrollment policy for Microsoft Intune. Automatic enrollment needs Microsoft Entra ID P1 and an \
         Intune licence; assign them, open Intune's admin center once, and apply again.",
    )
}

fn not_valid(part: &str) -> Failure {
    Failure::at(
        part,
        "Enrollment policy is not valid",
        "Microsoft Entra marks this enrollment policy as invalid, and refuses to change it. Open Mobility (MDM and WIP) > \
         Microsoft Intune in the Entra admin center, restore the default URLs there, and apply again.",
    )
}

async fn relink(session: &Session, policy: &Endpoint, now: &Value, to: &Value) -> Result<(), Failure> {
    let (additions, removals) = membership::difference(now, to);
    let references = policy.clone().then("includedGroups");
    for group in additions {
        let reference = json!({"@odata.id": format!("{}/odata/groups('{group}')", session.graph().root())});
        match session.post(&references.clone().then("$ref"), reference).await {
            // Whether it is refused because it is there already, its text alone would tell.
            Err(error) if error.kind() == ErrorKind::Refused => {
                let there: Vec<Identified> = decode_all(&session.list(&references).await?)?;
                if !there.iter().any(|one| one.id.eq_ignore_ascii_case(group)) {
                    return Err(error.into());
                }
            }
            other => drop(other?),
        }
    }
    for group in removals {
        session.delete(&references.clone().key(group).then("$ref")).await?;
    }
    Ok(())
}

fn address(part: &str) -> Endpoint {
    let kind = if part == MDM { "Device" } else { "App" };
    Endpoint::beta(&format!("policies/mobile{kind}ManagementPolicies")).key(INTUNE)
}

/// What one policy consists of. Addresses keep what they are unless they are written.
fn parts(is_mdm: bool) -> Vec<Attribute> {
    let mut parts = vec![
        required("scope", choice(SCOPES), "Whose devices enroll.").open().remote("appliesTo"),
        optional(
            "group_ids",
            object_ids(),
            "Object ids of user groups, with scope `selected`. Groups of devices have no effect.",
        )
        .local(),
    ];
    parts.extend(enrollment_addresses::attributes(is_mdm));
    if is_mdm {
        parts.push(
            optional_computed(
                OFFERED,
                boolean(),
                "Whether Windows offers to let the organization manage a personal device when a work account is added.",
            )
            .remote_inverted("isMdmEnrollmentDuringRegistrationDisabled")
            .keep_prior(),
        );
    }
    parts
}

const MDM: &str = "mdm";
const OFFERED: &str = "enrollment_offered_with_work_account";
/// Microsoft Intune's application, which is the key of both policies.
const INTUNE: &str = "0000000a-0000-0000-c000-000000000000";
