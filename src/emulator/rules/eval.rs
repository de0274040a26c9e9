//! Whether a user or device satisfies a condition.

use super::condition::{Collection, Comparison, Condition, Moment, Operand, Test, TestKind};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A user or device, and what a rule may ask about it beyond its own properties.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// The entity, with Graph's property names. A user's manager is the id in `_manager`.
    pub entity: &'a Map<String, Value>,
    /// Ids of the groups it is a direct member of.
    pub groups: &'a [&'a str],
    /// The present moment.
    pub now: OffsetDateTime,
}

pub(super) fn holds(condition: &Condition, member: &Member<'_>) -> bool {
    evaluate(condition, member, &Value::Null)
}

fn evaluate(condition: &Condition, member: &Member<'_>, element: &Value) -> bool {
    match condition {
        Condition::All(list) => list.iter().all(|c| evaluate(c, member, element)),
        Condition::Any(list) => list.iter().any(|c| evaluate(c, member, element)),
        Condition::Not(inner) => !evaluate(inner, member, element),
        Condition::Test(operand, test) => {
            let value = match operand {
                Operand::Property(path) => find(member.entity, path),
                Operand::Element(None) => element,
                Operand::Element(Some(name)) => element.get(name).unwrap_or(&Value::Null),
            };
            passes(test, value, member.now)
        }
        Condition::Each { over: Collection::Groups, condition, .. } => {
            member.groups.iter().any(|id| evaluate(condition, member, &Value::from(*id)))
        }
        Condition::Each { over: Collection::Property(path), every, condition } => {
            let elements = find(member.entity, path).as_array().map_or(&[][..], Vec::as_slice);
            let mut results = elements.iter().map(|element| evaluate(condition, member, element));
            if *every { results.all(|holds| holds) } else { results.any(|holds| holds) }
        }
        Condition::ReportsTo(manager) => member
            .entity
            .get("_manager")
            .and_then(Value::as_str)
            .is_some_and(|id| id.eq_ignore_ascii_case(manager)),
    }
}

fn find<'a>(entity: &'a Map<String, Value>, path: &str) -> &'a Value {
    let mut segments = path.split('.');
    let first = segments.next().and_then(|name| entity.get(name));
    segments.try_fold(first, |value, name| Some(value?.get(name))).flatten().unwrap_or(&Value::Null)
}

/// On a collection, the plain operator asks whether some element passes.
fn passes(test: &Test, value: &Value, now: OffsetDateTime) -> bool {
    let plain = match value {
        Value::Array(elements) if matches!(test.kind, TestKind::Null) => elements.is_empty(),
        Value::Array(elements) => elements.iter().any(|element| passes_plain(&test.kind, element, now)),
        single => passes_plain(&test.kind, single, now),
    };
    plain != test.negated
}

fn passes_plain(test: &TestKind, value: &Value, now: OffsetDateTime) -> bool {
    let text = value.as_str().filter(|text| !text.is_empty());
    let lower = || text.map(str::to_lowercase);
    match test {
        // The directory holds no empty strings: an attribute that is cleared has no value.
        TestKind::Null => value.is_null() || value.as_str() == Some(""),
        TestKind::Flag(flag) => value.as_bool() == Some(*flag),
        TestKind::Equals(wanted) => lower().is_some_and(|text| text == *wanted),
        TestKind::StartsWith(part) => lower().is_some_and(|text| text.starts_with(part.as_str())),
        TestKind::EndsWith(part) => lower().is_some_and(|text| text.ends_with(part.as_str())),
        TestKind::Contains(part) => lower().is_some_and(|text| text.contains(part.as_str())),
        TestKind::In(list) => lower().is_some_and(|text| list.contains(&text)),
        TestKind::Matches(pattern) => text.is_some_and(|text| pattern.is_match(text).unwrap_or(false)),
        TestKind::Date(comparison, moment) => {
            let Some(own) = text.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok()) else {
                return false;
            };
            let wanted = match moment {
                Moment::At(at) => *at,
                Moment::FromNow(distance) => now.saturating_add(*distance),
            };
            match comparison {
                Comparison::Equal => own == wanted,
                Comparison::AtLeast => own >= wanted,
                Comparison::AtMost => own <= wanted,
                Comparison::After => own > wanted,
                Comparison::Before => own < wanted,
            }
        }
    }
}
