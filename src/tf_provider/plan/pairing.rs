//! Which element of a set was which: sets have no keys, so elements are recognised by what they say.

use crate::tf_provider::schema::{Attribute, AttributeKind};
use crate::tf_provider::value::Value;

/// Pairs each configured element with the prior element that it became, or with null. No prior element stands for two.
/// Elements that say most choose first.
pub(super) fn pair_with_prior<'a>(
    attributes: &[Attribute],
    configured: &'a [Value],
    prior: &'a [Value],
) -> Vec<(&'a Value, &'a Value)> {
    pair(configured, prior, |configured, prior| object_became(attributes, configured, prior))
}

/// Pairs each element on the left with one on the right, or with null, under a condition.
pub(super) fn pair<'a>(
    left: &'a [Value],
    right: &'a [Value],
    fits: impl Fn(&Value, &Value) -> bool,
) -> Vec<(&'a Value, &'a Value)> {
    let mut free: Vec<&Value> = right.iter().collect();
    let mut left: Vec<&Value> = left.iter().collect();
    left.sort_by_cached_key(|value| openings(value));
    let pairs = left.into_iter().map(|left| {
        let found = free.iter().position(|right| fits(left, right));
        (left, found.map_or(&Value::Null, |index| free.remove(index)))
    });
    pairs.collect()
}

/// Whether `prior` can be what became of `configured`: they differ only where the provider decides.
fn object_became(attributes: &[Attribute], configured: &Value, prior: &Value) -> bool {
    attributes.iter().all(|attribute| {
        let (written, before) = (configured.get(attribute.name), prior.get(attribute.name));
        let wanted = wanted(attribute, written);
        attribute.write_only
            || wanted.is_unknown()
            || (wanted.is_null() && attribute.is_computed())
            || attribute.same(wanted, before)
            || became(&attribute.kind, wanted, before)
    })
}

fn became(kind: &AttributeKind, configured: &Value, prior: &Value) -> bool {
    let Some(attributes) = kind.nested() else {
        return false;
    };
    let element = |configured: &Value, prior: &Value| {
        configured.is_unknown() || (!prior.is_null() && object_became(attributes, configured, prior))
    };
    match (configured, prior) {
        (Value::Object(_), Value::Object(_)) => element(configured, prior),
        (Value::List(configured), Value::List(prior)) => {
            configured.len() == prior.len() && configured.iter().zip(prior).all(|(c, p)| element(c, p))
        }
        (Value::Map(configured), Value::Map(prior)) => {
            configured.keys().eq(prior.keys()) && configured.iter().all(|(key, c)| element(c, &prior[key]))
        }
        (Value::Set(configured), Value::Set(prior)) => {
            let pairs = pair(configured, prior, element);
            configured.len() == prior.len() && pairs.iter().all(|(_, prior)| !prior.is_null())
        }
        _ => false,
    }
}

/// What the configuration asks for: the value that is written, or the default.
pub(super) fn wanted<'a>(attribute: &'a Attribute, written: &'a Value) -> &'a Value {
    match &attribute.default {
        Some(default) if written.is_null() => default,
        _ => written,
    }
}

/// How many values in it are not given.
fn openings(value: &Value) -> usize {
    let mut count = 0;
    value.walk(|_, part| count += usize::from(part.is_null() || part.is_unknown()));
    count
}
