//! `autopilot_device_group`: the group that profiles and status pages are assigned to (step 4).

mod links;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::links::{links, relink};
use crate::autopilot::mapping::{shows, text_of};
use crate::autopilot::membership::object_ids;
use crate::autopilot::membership_rule::{
    all_autopilot_devices, device_rule, with_group_tag, with_purchase_order,
};
use crate::autopilot::named::{Named, adopt_existing, id};
use crate::autopilot::permissions::{GROUP_READ, GROUP_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Endpoint, Look, Schedule, literal};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::{
    Check, Schema, Timeouts, boolean, check, computed, default, object, optional, optional_computed,
    required, rule, set_of, text,
};
use crate::tf_provider::value::Value;

/// A security group of devices.
pub(crate) struct DeviceGroup;

/// The tenant's groups. A new one is a moving target: replicas know it one after the other.
pub(crate) const GROUPS: Named = Named {
    noun: "group",
    type_name: "autopilot_device_group",
    endpoint: || Endpoint::v1("groups"),
    reads: GROUP_READ,
    writes: GROUP_WRITE,
    is_ours: |_| true,
    by_name: Some(|name| format!("displayName eq {}", literal(name))),
    expand: None,
};

#[async_trait]
impl Resource<Tenant> for DeviceGroup {
    fn name(&self) -> &'static str {
        GROUPS.type_name
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "A security group of devices: dynamic, with the devices registered with Autopilot or those that a rule picks, \
             or with members given one by one.",
        )
        .attributes([
            computed("id", text(), "Object id of the group.").keep_prior(),
            required("display_name", text(), "Name of the group.").check(check::not_blank().of_changes()).check(check::longest(256).of_changes()),
            optional("description", text(), "Description of the group.").check(check::longest(1024).of_changes()),
            optional(
                "autopilot_devices",
                object([
                    optional("group_tag", text(), "Only devices with this group tag.").check(check::not_blank()),
                    optional("purchase_order", text(), "Only devices of this purchase order.")
                        .check(check::not_blank()),
                ]),
                "Makes the group dynamic, with the devices registered with Autopilot: `{}` for all of them.",
            ),
            optional_computed(
                "membership_rule",
                text(),
                "Makes the group dynamic, with the devices that this rule picks. Shows the rule in effect.",
            )
            .check(device_rule().of_changes()),
            default(
                "membership_rule_paused",
                boolean(),
                false,
                "Whether a dynamic group keeps the members it has instead of following its rule.",
            ),
            optional(
                "members",
                set_of(text()),
                "Object ids (not device ids) of the Entra devices in the group. Left out, members are not managed here.",
            )
            .check(object_ids()),
            optional("owners", set_of(text()), "Object ids of the owners. Left out, owners are not managed here.")
                .check(object_ids())
                .check(check::count_between(0, 100).of_changes()),
            optional_computed("mail_nickname", text(), "Mail alias; made from the name when left out.")
                .check(check::longest(64).of_changes())
                .check(mail_nickname().of_changes())
                .keep_prior(),
            default(
                "assignable_to_role",
                boolean(),
                false,
                "Whether roles can be assigned to the group. Needs the permission `RoleManagement.ReadWrite.Directory`.",
            )
            .replace_on_change(),
            adopt_existing(),
            computed("security_identifier", text(), "Security identifier (SID) of the group.").keep_prior(),
            computed("created_date_time", text(), "When the group was created.").keep_prior(),
        ])
        .timeouts(Timeouts::default())
        .rule(rule::at_most_one(&["autopilot_devices", "membership_rule", "members"]))
        .rule(rule::Rule::new(
            "`autopilot_devices` takes `group_tag` or `purchase_order`, not both; a dynamic group cannot be assignable \
             to roles, and only a dynamic group can be paused.",
            |config, problems| {
                let devices = config.get("autopilot_devices");
                if devices.get("group_tag").as_str().is_some() && devices.get("purchase_order").as_str().is_some() {
                    problems.error_at("autopilot_devices", "Two ways to pick devices",
                        "`group_tag` and `purchase_order` cannot be combined. Keep one of them, or write the rule you \
                         mean as `membership_rule`.");
                }
                let dynamic = !devices.is_null() || config.get("membership_rule").as_str().is_some();
                let has_no_rule = devices.is_null() && config.get("membership_rule").is_null();
                if has_no_rule && config.get("membership_rule_paused").as_bool() == Some(true) {
                    problems.error_at("membership_rule_paused", "No rule to pause",
                        "Only a dynamic group has a rule that can be paused. Give `autopilot_devices` or \
                         `membership_rule`, or remove `membership_rule_paused`.");
                }
                if dynamic && config.get("assignable_to_role").as_bool() == Some(true) {
                    problems.error_at("assignable_to_role", "A dynamic group cannot have roles",
                        "Entra assigns roles only to groups whose members are given one by one. Remove \
                         `assignable_to_role`, or give `members` instead of a rule.");
                }
            },
        ).of_changes())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(GROUP_READ), to_change(GROUP_WRITE)]
    }

    async fn plan(&self, _cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        if plan.is_destroy() {
            return Ok(());
        }
        if plan.config.get("membership_rule").is_null() {
            let rule = rule_for(plan.config.get("autopilot_devices"));
            plan.set("membership_rule", rule);
        }
        if plan.is_create() && plan.config.get("mail_nickname").is_null() {
            let name = plan.planned.get("display_name");
            let nickname = name.as_str().map_or(Value::Unknown, |name| Value::from(nickname_for(name)));
            plan.set("mail_nickname", nickname);
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let adopt = change.planned.get("adopt_existing").as_bool() == Some(true);
        let mut body = body(&change.planned);
        body.extend([("mailEnabled".to_owned(), json!(false)), ("securityEnabled".to_owned(), json!(true))]);
        if change.planned.get("assignable_to_role").as_bool() == Some(true) {
            body.insert("isAssignableToRole".to_owned(), json!(true));
        }
        let made = GROUPS.create(&session, body, adopt).await?;
        if made.adopted {
            refuse_another_kind(&made.object, &change.planned)?;
        }
        Ok(change.planned.clone().with("id", id(&made.object)))
    }

    async fn settle(&self, cx: &Cx, change: &Change, created: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let group = text_of(&created, "id");
        let found = settled(&session, group).await?;
        let wanted = body(&change.planned);
        if !shows(&found, &wanted) {
            session.patch(&young(group), Json::Object(wanted.clone())).await?;
        }
        for link in LINKS {
            if !change.planned.get(link).is_null() {
                relink(&session, group, link, change.planned.get(link)).await?;
            }
        }
        final_state(&session, group, &wanted, &change.planned).await
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let session = cx.session()?;
        let group = text_of(&state, "id");
        let found = match GROUPS.read(&session, group).await? {
            None if is_young(&state) => reappears(&session, group).await?,
            found => found,
        };
        let Some(object) = found else { return Ok(None) };
        let mut read = self::state(&object, &state);
        let dynamic = is_dynamic(&object);
        for link in LINKS {
            let managed = !state.get(link).is_null() || (cx.is_import() && !(dynamic && link == "members"));
            let linked = if managed { links(&session, group, link).await? } else { Vec::new() };
            let empty = if state.get(link).is_null() { Value::Null } else { Value::set([]) };
            read = read.with(
                link,
                if linked.is_empty() { empty } else { Value::set(linked.into_iter().map(Value::from)) },
            );
        }
        Ok(Some(read))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let group = text_of(&change.prior, "id");
        let (before, wanted) = (body(&change.prior), body(&change.planned));
        let changed: Map<String, Json> = wanted
            .iter()
            .filter(|(name, value)| before.get(*name) != Some(value))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        GROUPS.patch(&session, group, changed).await?;
        for link in LINKS {
            if change.changes(link) && !(link == "members" && is_rule_given(&change.planned)) {
                relink(&session, group, link, change.planned.get(link)).await?;
            }
        }
        final_state(&session, group, &wanted, &change.planned).await
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        let session = cx.session()?;
        let group = text_of(&state, "id");
        // Not through an address that takes 404 for "not yet": here it is the answer that is hoped for.
        session.delete(&Endpoint::v1("groups").key(group).needs(GROUP_WRITE)).await?;
        let what = format!("the group {group} to be gone");
        // A replica may still know it after another one has forgotten it.
        graph::wait(&what, session.scope(), Schedule::growing(OFTEN, RARELY).in_a_row(3), || async {
            let found =
                session.get_opt(&Endpoint::v1("groups").key(group).select("id").needs(GROUP_READ)).await?;
            Ok(if found.is_none() { Look::Done(()) } else { Look::NotYet("it can still be read".to_owned()) })
        })
        .await
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        let session = cx.session()?;
        let id = GROUPS.import(&session, text).await?;
        Ok(Value::object([("id", Value::from(id)), ("adopt_existing", Value::from(false))]))
    }
}

/// Everything that is written of a group, with null where nothing is given.
fn body(planned: &Value) -> Map<String, Json> {
    let rule = planned.get("membership_rule").as_str();
    let paused = planned.get("membership_rule_paused").as_bool() == Some(true);
    let state = if paused { "Paused" } else { "On" };
    let members = [
        ("displayName", json!(planned.get("display_name").as_str())),
        ("description", json!(planned.get("description").as_str())),
        ("mailNickname", json!(planned.get("mail_nickname").as_str())),
        ("groupTypes", if rule.is_some() { json!([DYNAMIC]) } else { json!([]) }),
        ("membershipRule", json!(rule)),
        ("membershipRuleProcessingState", json!(rule.map(|_| state))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What Graph answered, as state; members and owners are read on their own.
fn state(object: &Json, known: &Value) -> Value {
    let text = |name: &str| Value::from(object[name].as_str().filter(|text| !text.is_empty()));
    let rule = text("membershipRule");
    // The shorter way to say a rule stays in state for as long as it still says that rule.
    let devices = known.get("autopilot_devices");
    let devices = if rule_for(devices) == rule { devices.clone() } else { Value::Null };
    let paused = object["membershipRuleProcessingState"].as_str() == Some("Paused");
    known
        .clone()
        .with("id", text("id"))
        .with("display_name", text("displayName"))
        .with("description", text("description"))
        .with("autopilot_devices", devices)
        .with("membership_rule", rule)
        .with("membership_rule_paused", paused)
        .with("mail_nickname", text("mailNickname"))
        .with("assignable_to_role", object["isAssignableToRole"].as_bool() == Some(true))
        .with("adopt_existing", known.get("adopt_existing").as_bool() == Some(true))
        .with("security_identifier", text("securityIdentifier"))
        .with("created_date_time", text("createdDateTime"))
}

/// The rule that `autopilot_devices` stands for; unknown while a part of it is.
fn rule_for(devices: &Value) -> Value {
    let (tag, order) = (devices.get("group_tag"), devices.get("purchase_order"));
    if devices.is_unknown() || tag.is_unknown() || order.is_unknown() {
        return Value::Unknown;
    }
    match (tag.as_str(), order.as_str()) {
        _ if devices.is_null() => Value::Null,
        (Some(tag), _) => Value::from(with_group_tag(tag)),
        (_, Some(order)) => Value::from(with_purchase_order(order)),
        (None, None) => Value::from(all_autopilot_devices()),
    }
}

fn is_rule_given(planned: &Value) -> bool {
    !planned.get("membership_rule").is_null()
}

fn is_dynamic(object: &Json) -> bool {
    object["groupTypes"].as_array().is_some_and(|types| types.contains(&json!(DYNAMIC)))
}

/// Waits until the group is known to several replicas in a row: right after creation one knows it and the next does not.
async fn settled(session: &Session, group: &str) -> Result<Json, Failure> {
    let what = format!("the directory's replicas to know the new group {group}");
    let schedule = Schedule::growing(OFTEN, RARELY).in_a_row(3);
    graph::wait(&what, session.scope(), schedule, || async {
        let found = session.get_opt(&GROUPS.member(group)).await?;
        Ok(found.map_or_else(|| Look::NotYet("a replica does not know it yet".to_owned()), Look::Done))
    })
    .await
}

/// Whether the group was created so recently that a replica may not know it.
fn is_young(state: &Value) -> bool {
    let created = OffsetDateTime::parse(text_of(state, "created_date_time"), &Rfc3339).ok();
    created.is_none_or(|created| OffsetDateTime::now_utc() - created < time::Duration::minutes(15))
}

/// Looks again for a young group that a replica does not know. Taking it for gone would create it a second time. Among
/// the deleted objects it is certainly gone.
async fn reappears(session: &Session, group: &str) -> Result<Option<Json>, graph::Error> {
    let deleted = Endpoint::v1("directory/deletedItems").key(group).needs(GROUP_READ);
    if session.get_opt(&deleted).await?.is_some() {
        return Ok(None);
    }
    session.get_opt(&GROUPS.member(group).appears_within(REPLICATION)).await
}

/// Waits until a read shows the change, and returns the state it shows.
async fn final_state(
    session: &Session,
    group: &str,
    body: &Map<String, Json>,
    planned: &Value,
) -> Result<Value, Failure> {
    let what = format!("the group {group} to show what was written");
    graph::wait(&what, session.scope(), Schedule::growing(OFTEN, RARELY), || async {
        let Some(object) = session.get_opt(&young(group)).await? else {
            return Ok(Look::NotYet("a replica does not know it yet".to_owned()));
        };
        if !shows(&object, body) {
            return Ok(Look::NotYet("it still shows older values".to_owned()));
        }
        for link in LINKS {
            let wanted = planned.get(link);
            let linked = if wanted.is_null() { Vec::new() } else { links(session, group, link).await? };
            if linked.len() != wanted.elements().len() {
                return Ok(Look::NotYet(format!("it has {} {link}", linked.len())));
            }
        }
        Ok(Look::Done(state(&object, planned)))
    })
    .await
}

/// A group that replicas may not all know: 404 means "not yet" for a while.
fn young(group: &str) -> Endpoint {
    GROUPS.member(group).appears_within(REPLICATION)
}

/// What a change cannot turn an existing group into.
fn refuse_another_kind(found: &Json, planned: &Value) -> Result<(), Failure> {
    let is_security = found["securityEnabled"] == json!(true) && found["mailEnabled"] != json!(true);
    if is_security && found["onPremisesSyncEnabled"] != json!(true) {
        return Ok(());
    }
    Err(Failure::at(
        "display_name",
        "The existing group is of another kind",
        format!(
            "The tenant already has a group named `{}` ({}), which is mail-enabled or kept in sync from on-premises \
                 and cannot become this one. Choose another `display_name`.",
            text_of(planned, "display_name"),
            id(found)
        ),
    ))
}

fn mail_nickname() -> Check {
    Check::text("ASCII text without spaces and `@()\\[]\";:<>,`", |text| {
        match text.chars().find(|c| !is_plain(*c)) {
            None => Ok(()),
            Some(c) => Err(format!("it contains `{c}`")),
        }
    })
}

/// A mail alias made from a name. It need not be unique for a group without mail.
fn nickname_for(name: &str) -> String {
    let plain: String = name.chars().filter(|c| is_plain(*c)).take(64).collect();
    if plain.is_empty() { "group".to_owned() } else { plain }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() && !"@()\\[]\";:<>,".contains(c)
}

const LINKS: [&str; 2] = ["members", "owners"];
const DYNAMIC: &str = "DynamicMembership";
/// How long a replica may take to learn of a new group.
const REPLICATION: Duration = Duration::from_secs(60);
const OFTEN: Duration = Duration::from_millis(150);
const RARELY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_made_of_what_is_allowed() {
        for (name, alias) in [("Contoso laptops", "Contosolaptops"), ("Größe (A)", "GreA"), ("日本", "group")]
        {
            assert_eq!(nickname_for(name), alias);
        }
        assert_eq!(nickname_for(&"x".repeat(70)).len(), 64);
    }

    #[test]
    fn autopilot_devices_stand_for_a_rule() {
        let devices = |tag: Value| Value::object([("group_tag", tag), ("purchase_order", Value::Null)]);
        assert_eq!(rule_for(&Value::Null), Value::Null);
        assert_eq!(rule_for(&devices(Value::Unknown)), Value::Unknown);
        assert_eq!(rule_for(&devices(Value::Null)), Value::from(all_autopilot_devices()));
        assert_eq!(rule_for(&devices(Value::from("HQ"))), Value::from(with_group_tag("HQ")));
    }

    #[test]
    fn a_group_without_a_rule_is_written_as_assigned() {
        let group = Value::object([("display_name", Value::from("A"))]);
        let body = body(&group);
        assert_eq!(body["groupTypes"], json!([]));
        assert_eq!(body["membershipRuleProcessingState"], Json::Null);
    }
}
