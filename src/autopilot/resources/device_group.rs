//! `autopilot_device_group`: the group that profiles and status pages are assigned to (step 4).

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use crate::autopilot::collection::{NamedCollection, adopt_existing};
use crate::autopilot::engine::{Member, ReadFor, When, links};
use crate::autopilot::groups::{GROUPS, Group, PAUSED};
use crate::autopilot::left_out::left_alone;
use crate::autopilot::mail_nickname;
use crate::autopilot::mapping::{flag_of, text_of};
use crate::autopilot::membership::object_ids;
use crate::autopilot::membership_rule::{
    all_autopilot_devices, device_rule, with_group_tag, with_purchase_order,
};
use crate::autopilot::other_providers::{AZUREAD, MICROSOFT365, group};
use crate::autopilot::tenant::Cx;
use crate::graph::{self, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::Move;
use crate::tf_provider::schema::{
    Schema, Timeouts, boolean, check, computed, default, guid, object, optional, optional_computed, required,
    rule, text,
};
use crate::tf_provider::value::Value;

/// A security group of devices.
pub(crate) struct DeviceGroup;

#[async_trait]
impl Member for DeviceGroup {
    const COLLECTION: NamedCollection = GROUPS;
    const LINKS: &'static [&'static str] = &["members", "owners"];

    fn schema() -> Schema {
        Schema::new(
            "A security group of devices: dynamic, with the devices registered with Autopilot or those that a rule picks, \
             or with members given one by one.",
        )
        .attributes([
            computed("id", guid(), "Object id of the group.").keep_prior(),
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
            )
            .local(),
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
            )
            .local(),
            left_alone("members", object_ids(), "Object ids (not device ids) of the Entra devices in the group."),
            left_alone("owners", object_ids(), "Object ids of the owners.")
                .check(check::count_between(0, 100).of_changes()),
            optional_computed("mail_nickname", text(), "Mail alias; when left out, made from the name with a random end.")
                .check(check::not_blank().of_changes())
                .check(check::longest(64).of_changes())
                .check(mail_nickname::check().of_changes())
                .keep_prior(),
            default(
                "assignable_to_role",
                boolean(),
                false,
                "Whether roles can be assigned to the group. Needs the permission `RoleManagement.ReadWrite.Directory`.",
            )
            .remote("isAssignableToRole")
            .create_only()
            .kept_when_absent()
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
                if has_no_rule && flag_of(config, "membership_rule_paused") {
                    problems.error_at("membership_rule_paused", "No rule to pause",
                        "Only a dynamic group has a rule that can be paused. Give `autopilot_devices` or \
                         `membership_rule`, or remove `membership_rule_paused`.");
                }
                if dynamic && flag_of(config, "assignable_to_role") {
                    problems.error_at("assignable_to_role", "A dynamic group cannot have roles",
                        "Entra assigns roles only to groups whose members are given one by one. Remove \
                         `assignable_to_role`, or give `members` instead of a rule.");
                }
            },
        ).of_changes())
    }

    fn moves() -> Vec<Move> {
        vec![group(AZUREAD, "azuread_group"), group(MICROSOFT365, "microsoft365_graph_beta_groups_group")]
    }

    async fn plan(cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        if plan.is_destroy() {
            return Ok(());
        }
        refuse_no_owner(cx, plan).await?;
        if plan.config.get("membership_rule").is_null() {
            let rule = rule_for(plan.config.get("autopilot_devices"));
            plan.set("membership_rule", rule);
        }
        Ok(())
    }

    fn finish(body: &mut Map<String, Json>, planned: &Value, when: When) {
        let dynamic = !planned.get("membership_rule").is_null();
        let paused = flag_of(planned, "membership_rule_paused");
        let state = dynamic.then_some(if paused { PAUSED } else { "On" });
        body.insert("groupTypes".to_owned(), if dynamic { json!(["DynamicMembership"]) } else { json!([]) });
        body.insert("membershipRuleProcessingState".to_owned(), json!(state));
        if when == When::Create {
            body.insert("mailEnabled".to_owned(), json!(false));
            body.insert("securityEnabled".to_owned(), json!(true));
            body.entry("mailNickname")
                .or_insert_with(|| json!(mail_nickname::made_of(text_of(planned, "display_name"))));
        }
        // Naming it at all needs the permission to manage roles.
        if body.get("isAssignableToRole") == Some(&json!(false)) {
            body.remove("isAssignableToRole");
        }
    }

    /// The shorter way to say a rule stays in state for as long as it still says that rule.
    fn adapt(state: Value, found: &Json, known: &Value, _when: ReadFor) -> Result<Value, graph::Error> {
        let devices = known.get("autopilot_devices");
        let devices = if rule_for(devices) == *state.get("membership_rule") { devices } else { &Value::Null };
        let paused = decode::<Group>(found)?.is_paused();
        Ok(state.with("autopilot_devices", devices.clone()).with("membership_rule_paused", paused))
    }

    /// Whoever follows a rule has no members of their own.
    fn is_picked(state: &Value, link: &str) -> bool {
        link != "members" || state.get("membership_rule").is_null()
    }

    fn cannot_be_adopted(found: &Json) -> Result<Option<&'static str>, graph::Error> {
        let is_plain = decode::<Group>(found)?.is_plain();
        Ok((!is_plain).then_some("is mail-enabled or kept in sync from on-premises"))
    }
}

/// The service lets a group's last owner be removed by nobody (see *Remove group owner* in Graph's reference).
async fn refuse_no_owner(cx: &Cx, plan: &Plan) -> Result<(), Failure> {
    let (before, wanted) = (plan.prior.get("owners"), plan.planned.get("owners"));
    let is_emptied = !wanted.is_null() && !wanted.is_unknown() && wanted.elements().is_empty();
    if plan.is_create() || !is_emptied || !plan.changes("owners") {
        return Ok(());
    }
    let has_some = match before.is_null() && cx.can_check() {
        true => !links(&cx.session()?, &GROUPS, text_of(&plan.prior, "id"), "owners").await?.is_empty(),
        false => !before.elements().is_empty(),
    };
    if !has_some {
        return Ok(());
    }
    Err(Failure::at(
        "owners",
        "A group keeps its last owner",
        "The group has owners, and Microsoft Entra does not let the last one be removed. Name at least one, or leave `owners` \
         out, so that they are not managed here.",
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut body = Map::new();
        DeviceGroup::finish(&mut body, &Value::object([("display_name", "A".into())]), When::Change);
        assert_eq!(body["groupTypes"], json!([]));
        assert_eq!(body["membershipRuleProcessingState"], Json::Null);
    }
}
