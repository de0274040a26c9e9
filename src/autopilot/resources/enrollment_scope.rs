//! `autopilot_enrollment_scope`: whose devices enroll in Intune by themselves (step 1).
//!
//! Two policies of the tenant, one for device management (MDM) and one for app management (MAM), which exist as soon as
//! Intune does. Microsoft offers no application permission for them: only a signed-in person can read or change them.

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use crate::autopilot::before::{self, on_destroy, remember, remembered, restores};
use crate::autopilot::mapping::{changed, values};
use crate::autopilot::membership::object_ids;
use crate::autopilot::named::{RARELY, SOON, id};
use crate::autopilot::permissions::{MOBILITY_READ, MOBILITY_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Endpoint, Kind as ErrorKind, Look, Schedule};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::path::Path;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::{
    Attribute, Choice, Rule, Schema, Timeouts, boolean, check, choice, computed, object, optional,
    optional_computed, pick, required, rule, set_of, text,
};
use crate::tf_provider::value::Value;

/// Automatic enrollment.
pub(crate) struct EnrollmentScope;

#[async_trait]
impl Resource<Tenant> for EnrollmentScope {
    fn name(&self) -> &'static str {
        "autopilot_enrollment_scope"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Whose devices enroll in Intune by themselves when they join Microsoft Entra: the MDM user scope, and the \
             MAM (Windows Information Protection) user scope. What is not written here keeps its value.",
        )
        .attributes([
            computed("id", text(), "Always `0000000a-0000-0000-c000-000000000000`, Intune's application.").keep_prior(),
            optional("mdm", object(parts(true)), "Device management. Left out, it is not managed here."),
            optional("mam", object(parts(false)), "App management. Left out, it is not managed here."),
            on_destroy(),
        ])
        .timeouts(Timeouts::default())
        .rule(rule::at_least_one(&["mdm", "mam"]))
        .rule(groups_rule().of_changes())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(MOBILITY_READ).by_a_person(), to_change(MOBILITY_WRITE).to("change").by_a_person()]
    }

    fn changes_anything(&self, prior: &Value, planned: &Value) -> bool {
        before::changes_anything(prior, planned)
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        before::warn_of_keeping(cx, plan, "enrollment scope");
        Ok(())
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        // Nothing is created: the policies are there. What is to be changed is changed in `settle`.
        for policy in written(&change.config) {
            read_policy(&session, policy).await?;
        }
        Ok(change.planned.clone().with("id", INTUNE))
    }

    async fn settle(&self, cx: &Cx, change: &Change, _created: Value) -> Result<Value, Failure> {
        self.update(cx, change).await
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let session = cx.session()?;
        let mut found = state.clone().with("id", INTUNE);
        for policy in &POLICIES {
            if cx.is_import() || !state.get(policy.attribute).is_null() {
                found = found.with(policy.attribute, value(&read_policy(&session, policy).await?, policy));
            }
        }
        Ok(Some(found))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let mut state = change.planned.clone().with("id", INTUNE);
        for policy in written(&change.config) {
            let current = read_policy(&session, policy).await?;
            remember(cx, [(policy.attribute.to_owned(), current.clone())]);
            let wanted = with_own_addresses(&session, policy, &current, change.planned.get(policy.attribute));
            write_policy(&session, policy, &current, &wanted).await?;
            let shown = shown(&session, policy, &wanted).await?;
            state = state.with(policy.attribute, shown);
            cx.keep(state.clone());
        }
        Ok(state)
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        if !restores(&state) {
            return Ok(());
        }
        let session = cx.session()?;
        let before = remembered(cx);
        for policy in &POLICIES {
            let Some(before) = before.get(policy.attribute) else {
                continue;
            };
            let current = read_policy(&session, policy).await?;
            let wanted = value(before, policy);
            write_policy(&session, policy, &current, &wanted).await?;
            shown(&session, policy, &wanted).await?;
        }
        Ok(())
    }

    async fn import(&self, _cx: &Cx, text: &str) -> Result<Value, Failure> {
        if text == INTUNE || text == "tenant" {
            return Ok(Value::object([("id", Value::from(INTUNE)), ("on_destroy", Value::from("keep"))]));
        }
        Err(Failure::new(
            "Import id not understood",
            format!("A tenant has one enrollment scope for Intune; its import id is `tenant`, not `{text}`."),
        ))
    }
}

/// Who enrolls: the words that configuration and Graph share.
pub(crate) const SCOPES: &[Choice] = &[
    pick("all", "all", "all users"),
    pick("selected", "selected", "members of the groups given; the portal says \"Some\""),
    pick("none", "none", "nobody"),
];

/// One of the two policies.
pub(crate) struct Policy {
    /// The argument that holds it.
    pub(crate) attribute: &'static str,
    collection: &'static str,
    is_mdm: bool,
}

/// The two policies.
pub(crate) const POLICIES: [Policy; 2] = [
    Policy { attribute: "mdm", collection: "policies/mobileDeviceManagementPolicies", is_mdm: true },
    Policy { attribute: "mam", collection: "policies/mobileAppManagementPolicies", is_mdm: false },
];

/// A policy with its groups. A tenant without Intune has none.
pub(crate) async fn read_policy(session: &Session, policy: &Policy) -> Result<Json, Failure> {
    let endpoint = address(policy).needs(MOBILITY_READ).expand("includedGroups");
    session.get_opt(&endpoint).await?.ok_or_else(|| {
        Failure::at(
            policy.attribute,
            "Automatic enrollment is not available in this tenant",
            "The tenant has no enrollment policy for Microsoft Intune. Automatic enrollment needs Microsoft Entra ID P1 \
             and an Intune licence; assign them, open Intune's admin center once, and apply again.",
        )
    })
}

/// A policy as Graph answered it, as the argument's value.
pub(crate) fn value(found: &Json, policy: &Policy) -> Value {
    let mut fields = values(&parts(policy.is_mdm), found);
    let groups = found["includedGroups"].as_array().map(Vec::as_slice).unwrap_or_default();
    let groups = match groups {
        [] => Value::Null,
        groups => Value::set(groups.iter().map(|group| Value::from(id(group)))),
    };
    fields.insert("group_ids".to_owned(), groups);
    if let Some(offered) = fields.get_mut(OFFERED)
        && offered.is_null()
    {
        // Older tenants do not say; it is then offered.
        *offered = Value::from(true);
    }
    Value::Object(fields)
}

/// The policies a configuration manages.
fn written(config: &Value) -> impl Iterator<Item = &'static Policy> {
    let managed: Vec<bool> = POLICIES.iter().map(|policy| !config.get(policy.attribute).is_null()).collect();
    POLICIES.iter().zip(managed).filter(|(_, managed)| *managed).map(|(policy, _)| policy)
}

/// Gives a policy Intune's own addresses where neither the configuration nor the tenant has one: a tenant in which nobody
/// ever restored the default URLs has none, and then no device knows where to enroll.
fn with_own_addresses(session: &Session, policy: &Policy, current: &Json, wanted: &Value) -> Value {
    let national = NATIONAL_CLOUDS.iter().any(|host| session.graph().root().contains(host));
    let mut wanted = wanted.clone();
    if national || wanted.get("scope").as_str() == Some("none") {
        return wanted;
    }
    let now = value(current, policy);
    for address in &ADDRESSES {
        let written = wanted.get(address.attribute);
        let open = written.is_null() || written.is_unknown();
        if open && now.get(address.attribute).is_null() {
            wanted = wanted.with(address.attribute, address.own(policy.is_mdm));
        }
    }
    wanted
}

/// Changes what differs. Addresses and scope go in requests of their own, addresses first; "selected" is never sent but
/// follows from the first group; and groups are added before others are removed.
async fn write_policy(
    session: &Session,
    policy: &Policy,
    current: &Json,
    wanted: &Value,
) -> Result<(), Failure> {
    if current["isValid"] == json!(false) {
        return Err(Failure::at(
            policy.attribute,
            "Enrollment policy is not valid",
            "Microsoft Entra marks this enrollment policy as invalid, and refuses to change it. Open Mobility (MDM and \
             WIP) > Microsoft Intune in the Entra admin center, restore the default URLs there, and apply again.",
        ));
    }
    let address = address(policy).needs(MOBILITY_WRITE);
    let now = value(current, policy);
    let mut body = changed(&parts(policy.is_mdm), &now, wanted);
    let scope = body.remove("appliesTo").and_then(|scope| scope.as_str().map(str::to_owned));
    if !body.is_empty() {
        session.patch(&address, Json::Object(body)).await?;
    }
    match wanted.get("scope").as_str() {
        Some("selected") => {
            change_groups(session, &address, now.get("group_ids"), wanted.get("group_ids")).await
        }
        // All and none empty the groups on the service's side.
        Some(other) if scope.is_some() => {
            session.patch(&address, json!({"appliesTo": other})).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn change_groups(
    session: &Session,
    policy: &Endpoint,
    now: &Value,
    wanted: &Value,
) -> Result<(), Failure> {
    let ids = |set: &Value| -> Vec<String> {
        set.elements().iter().filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    let (now, wanted) = (ids(now), ids(wanted));
    let references = policy.clone().then("includedGroups");
    for group in wanted.iter().filter(|group| !now.contains(group)) {
        let reference = json!({"@odata.id": format!("{}/odata/groups('{group}')", session.graph().root())});
        match session.post(&references.clone().then("$ref"), reference).await {
            Err(error) if error.kind() == ErrorKind::Refused && error.what().contains("already exist") => {}
            other => drop(other?),
        }
    }
    for group in now.iter().filter(|group| !wanted.contains(group)) {
        session.delete(&references.clone().key(group).then("$ref")).await?;
    }
    Ok(())
}

/// Waits until a read shows what is wanted, and returns what it shows.
async fn shown(session: &Session, policy: &Policy, wanted: &Value) -> Result<Value, Failure> {
    let what = format!("the {} enrollment scope to show what was written", policy.attribute.to_uppercase());
    graph::wait(&what, session.scope(), Schedule::growing(SOON, RARELY), || async {
        let found = value(&read_policy(session, policy).await?, policy);
        let all = parts(policy.is_mdm).iter().all(|part| {
            let wanted = wanted.get(part.name);
            wanted.is_unknown() || part.same(wanted, found.get(part.name))
        });
        Ok(if all { Look::Done(found) } else { Look::NotYet("it still shows older values".to_owned()) })
    })
    .await
}

fn address(policy: &Policy) -> Endpoint {
    Endpoint::beta(policy.collection).key(INTUNE)
}

/// What one policy consists of. Addresses keep what they are unless they are written.
fn parts(is_mdm: bool) -> Vec<Attribute> {
    let urls = ADDRESSES.iter().map(|address| {
        let own =
            address.own(is_mdm).map(|own| format!(" Left out where the tenant has none, it is `{own}`."));
        let description = format!("{}{}", address.description, own.unwrap_or_default());
        optional_computed(address.attribute, text(), description)
            .check(check::https_url().of_changes())
            .keep_prior()
    });
    let mut parts = vec![
        required("scope", choice(SCOPES), "Whose devices enroll.").open().remote("appliesTo"),
        optional(
            "group_ids",
            set_of(text()),
            "Object ids of user groups, with scope `selected`. Groups of devices have \
            no effect.",
        )
        .check(object_ids())
        .local(),
    ];
    parts.extend(urls);
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

fn groups_rule() -> Rule {
    Rule::new(
        "`group_ids` goes with scope `selected`, at least one, and with no other scope.",
        |config, problems| {
            for policy in &POLICIES {
                let value = config.get(policy.attribute);
                let (Some(scope), groups) = (value.get("scope").as_str(), value.get("group_ids")) else {
                    continue;
                };
                let empty = groups.elements().is_empty() && !groups.is_unknown();
                let at = Path::from(policy.attribute).attr("group_ids");
                if scope == "selected" && empty {
                    problems.error_at(at, "No group is selected",
                    "Scope `selected` needs at least one group in `group_ids`: Graph has no scope of selected groups \
                     without groups. Add one, or use scope `none`.");
                } else if scope != "selected" && !empty {
                    problems.error_at(at, "Groups without effect", format!(
                    "Scope `{scope}` removes all groups from the policy, so `group_ids` would be lost. Remove \
                     `group_ids`, or use scope `selected`."));
                }
            }
        },
    )
}

/// An address of a policy, and Intune's own in the global cloud.
struct Address {
    attribute: &'static str,
    description: &'static str,
    mdm: Option<&'static str>,
    mam: Option<&'static str>,
}

impl Address {
    fn own(&self, is_mdm: bool) -> Option<&'static str> {
        if is_mdm { self.mdm } else { self.mam }
    }
}

const ADDRESSES: [Address; 3] = [
    Address {
        attribute: "discovery_url",
        description: "Address at which devices find the enrollment service.",
        mdm: Some("https://enrollment.manage.microsoft.com/enrollmentserver/discovery.svc"),
        mam: Some("https://wip.mam.manage.microsoft.com/Enroll"),
    },
    Address {
        attribute: "terms_of_use_url",
        description: "Address of the terms of use.",
        mdm: Some("https://portal.manage.microsoft.com/TermsofUse.aspx"),
        mam: None,
    },
    Address {
        attribute: "compliance_url",
        description: "Address at which users learn about compliance.",
        mdm: Some("https://portal.manage.microsoft.com/?portalAction=Compliance"),
        mam: None,
    },
];
/// Clouds with addresses of their own, which nobody has confirmed; there they must be written.
const NATIONAL_CLOUDS: [&str; 2] = ["microsoft.us", "chinacloudapi.cn"];
const OFFERED: &str = "enrollment_offered_with_work_account";
/// Microsoft Intune's application, which is the key of both policies.
pub(crate) const INTUNE: &str = "0000000a-0000-0000-c000-000000000000";
