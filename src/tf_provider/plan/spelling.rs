//! Keeping the spelling that is known.

use std::collections::BTreeMap;

use super::blocks_as_attributes;
use super::pairing::pair;
use crate::tf_provider::schema::{Attribute, AttributeKind, Schema};
use crate::tf_provider::value::Value;

/// Keeps the spelling of `known` wherever `actual` merely spells the same value differently, at any depth.
///
/// Used after create and update (where the plan's spelling is binding) and on read (where the user's spelling stays
/// until there is real drift).
pub fn keep_spelling(schema: &Schema, known: &Value, actual: Value) -> Value {
    match actual {
        Value::Object(_) => of_object(&blocks_as_attributes(schema), known, &actual),
        other => other,
    }
}

fn of_object(attributes: &[Attribute], known: &Value, actual: &Value) -> Value {
    let Value::Object(fields) = actual else {
        return actual.clone();
    };
    let mut fields = fields.clone();
    for attribute in attributes {
        let value = fields.remove(attribute.name).unwrap_or(Value::Null);
        let kept = of_attribute(attribute, known.get(attribute.name), value);
        fields.insert(attribute.name.to_owned(), kept);
    }
    Value::Object(fields)
}

fn of_attribute(attribute: &Attribute, known: &Value, actual: Value) -> Value {
    if known.is_wholly_known() && attribute.same(known, &actual) {
        return known.clone();
    }
    let Some(attributes) = attribute.kind.nested() else {
        return actual;
    };
    let element = |known: &Value, actual: &Value| of_object(attributes, known, actual);
    match (&attribute.kind, &actual) {
        (AttributeKind::Object(_), actual) => element(known, actual),
        (AttributeKind::List(_), Value::List(items)) => {
            let known = known.elements();
            let items = items.iter().enumerate();
            Value::list(items.map(|(index, item)| element(known.get(index).unwrap_or(&Value::Null), item)))
        }
        (AttributeKind::Map(_), Value::Map(items)) => {
            let items = items.iter().map(|(key, item)| (key.clone(), element(known.get(key), item)));
            Value::Map(items.collect::<BTreeMap<_, _>>())
        }
        (AttributeKind::Set(_), Value::Set(items)) => {
            let pairs =
                pair(items, known.elements(), |actual, known| means_the_same(attributes, known, actual));
            Value::set(pairs.into_iter().map(|(actual, known)| element(known, actual)))
        }
        _ => actual,
    }
}

/// Whether two elements of a set say the same, as far as the known one says anything.
fn means_the_same(attributes: &[Attribute], known: &Value, actual: &Value) -> bool {
    attributes.iter().all(|attribute| {
        let (known, actual) = (known.get(attribute.name), actual.get(attribute.name));
        known.is_unknown()
            || attribute.same(known, actual)
            || attribute.same(known, &of_attribute(attribute, known, actual.clone()))
    })
}
