//! Dynamic membership rules: those that pick Autopilot devices, and what is known of any rule before Entra judges it.
//!
//! Registering a device writes ids into the physical ids of its Entra device: `[ZTDID]:` with the registration id, and
//! `[OrderID]:` and `[PurchaseOrderId]:` with group tag and purchase order. Rules look for them.

use crate::tf_provider::schema::Check;
use crate::tf_provider::value::Value;

/// Longest rule the directory takes, in characters.
pub(crate) const LONGEST_RULE: usize = 3072;

/// The rule that picks every Autopilot device.
pub(crate) fn all_autopilot_devices() -> String {
    r#"(device.devicePhysicalIDs -any (_ -startsWith "[ZTDid]"))"#.to_owned()
}

/// The rule that picks the Autopilot devices with this group tag.
pub(crate) fn with_group_tag(tag: &str) -> String {
    format!(r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:{}"))"#, escaped(tag))
}

/// The rule that picks the Autopilot devices of this purchase order.
pub(crate) fn with_purchase_order(order: &str) -> String {
    format!(r#"(device.devicePhysicalIds -any (_ -eq "[PurchaseOrderId]:{}"))"#, escaped(order))
}

/// What is known of a rule without asking Entra.
pub(crate) fn device_rule() -> Check {
    Check::text("a membership rule about devices", |rule| {
        let length = rule.chars().count();
        if length > LONGEST_RULE {
            return Err(format!("it has {length} characters, and Entra takes {LONGEST_RULE}"));
        }
        let bare = outside_quotes(rule)?;
        let depth = bare.chars().try_fold(0_i32, |depth, c| match c {
            '(' => Some(depth + 1),
            ')' if depth == 0 => None,
            ')' => Some(depth - 1),
            _ => Some(depth),
        });
        match depth {
            Some(0) => {}
            None => return Err("it closes a parenthesis that was not opened".to_owned()),
            Some(1) => return Err("one of its parentheses is not closed".to_owned()),
            Some(open) => return Err(format!("{open} of its parentheses are not closed")),
        }
        let lower = bare.to_lowercase();
        if lower.contains("user.") {
            return Err("it is about users (`user.`), who would become members instead of devices".to_owned());
        }
        if !lower.contains("device.") {
            return Err("it names no property of devices, such as `device.devicePhysicalIds`".to_owned());
        }
        Ok(())
    })
}

/// Whether a rule picks devices.
pub(crate) fn is_about_devices(rule: &str) -> bool {
    device_rule().run(&Value::from(rule)).is_ok()
}

/// Whether a rule looks for what registering a device writes.
pub(crate) fn is_about_registered_devices(rule: &str) -> bool {
    let rule = rule.to_lowercase();
    is_about_devices(&rule)
        && ["[ztdid]", "[orderid]", "[purchaseorderid]"].iter().any(|id| rule.contains(id))
}

/// A quote or backtick inside a string is escaped by a backtick.
fn escaped(text: &str) -> String {
    text.replace('`', "``").replace('"', "`\"")
}

/// The rule without its quoted strings.
fn outside_quotes(rule: &str) -> Result<String, String> {
    let mut bare = String::new();
    let mut quoted = false;
    let mut characters = rule.chars();
    while let Some(c) = characters.next() {
        match c {
            '`' if quoted => drop(characters.next()),
            '"' => quoted = !quoted,
            c if !quoted => bare.push(c),
            _ => {}
        }
    }
    if quoted { Err("a double quote is not closed".to_owned()) } else { Ok(bare) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_escaped_inside_the_rule() {
        assert_eq!(with_group_tag("HQ"), r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:HQ"))"#);
        assert!(with_group_tag(r#"a"b`c"#).contains(r#"[OrderID]:a`"b``c""#));
        assert!(device_rule().run(&Value::from(with_purchase_order("a\"(b"))).is_ok());
    }

    #[test]
    fn mistakes_in_a_rule_are_named() {
        let table = [
            ("(device.displayName -eq \"x\"", "not closed"),
            ("device.displayName -eq \"x\")", "not opened"),
            ("device.displayName -eq \"x", "double quote"),
            ("user.department -eq \"Sales\"", "about users"),
            ("displayName -eq \"x\"", "no property of devices"),
        ];
        for (rule, expected) in table {
            let problem = device_rule().run(&Value::from(rule)).unwrap_err();
            assert!(problem.contains(expected), "{rule}: {problem}");
        }
        assert!(device_rule().run(&Value::from("x".repeat(LONGEST_RULE + 1))).is_err());
        assert!(device_rule().run(&Value::from(all_autopilot_devices())).is_ok());
    }
}
