//! `membership_rule`: dynamic membership rules that pick Autopilot devices.

use super::common::text;
use crate::autopilot::membership_rule::{
    LONGEST_RULE, all_autopilot_devices, with_group_tag, with_purchase_order,
};
use crate::tf_provider::function::{Function, FunctionError, Signature, parameter};
use crate::tf_provider::schema;
use crate::tf_provider::value::Value;

pub(super) struct MembershipRule;

impl Function for MembershipRule {
    fn name(&self) -> &'static str {
        "membership_rule"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Dynamic membership rule that picks Autopilot devices.",
            description: "The text of a dynamic membership rule for a device group: all Autopilot devices, or those with \
                          one of the given group tags or purchase orders. Quotes and backticks in them are escaped.",
            parameters: vec![parameter(
                "by",
                schema::text(),
                "What picks the devices: `all`, `group_tag` or `purchase_order`.",
            )],
            variadic: Some(parameter(
                "value",
                schema::text(),
                "A group tag or purchase order. None with `all`, at least one otherwise.",
            )),
            returns: schema::text(),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let values: Vec<&str> = arguments.iter().skip(1).filter_map(Value::as_str).collect();
        let one: fn(&str) -> String = match text(&arguments, 0) {
            ALL if values.is_empty() => return Ok(Value::from(all_autopilot_devices())),
            ALL => {
                return Err(FunctionError::at(
                    1,
                    "`all` picks every Autopilot device and takes no value. Remove it.",
                ));
            }
            GROUP_TAG => with_group_tag,
            PURCHASE_ORDER => with_purchase_order,
            other => {
                return Err(FunctionError::at(
                    0,
                    format!("`{other}` picks no devices. Use `{ALL}`, `{GROUP_TAG}` or `{PURCHASE_ORDER}`."),
                ));
            }
        };
        if values.is_empty() {
            return Err(FunctionError::at(
                0,
                format!("A rule by `{}` needs at least one value after it.", text(&arguments, 0)),
            ));
        }
        if let Some(at) = values.iter().position(|value| value.trim().is_empty()) {
            return Err(FunctionError::at(
                at + 1,
                "An empty value picks no device: a device without tag has no such id at all. Remove it.",
            ));
        }
        let rule = values.into_iter().map(one).collect::<Vec<_>>().join(" or ");
        let length = rule.chars().count();
        if length > LONGEST_RULE {
            return Err(FunctionError::at(
                1,
                format!(
                    "The rule would have {length} characters, and Microsoft Entra takes {LONGEST_RULE}. Give fewer values, \
                     or one tag to all these devices."
                ),
            ));
        }
        Ok(Value::from(rule))
    }
}

const ALL: &str = "all";
const GROUP_TAG: &str = "group_tag";
const PURCHASE_ORDER: &str = "purchase_order";
