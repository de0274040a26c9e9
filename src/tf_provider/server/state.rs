//! Bringing what a resource answers into the exact shape that Terraform accepts.

use std::collections::BTreeMap;

use crate::tf_provider::schema::{Attribute, AttributeKind, Schema, TIMEOUTS};
use crate::tf_provider::value::{Type, Value};

/// A state with every attribute and block of its schema: what is missing is null (a repeated block: empty), what is
/// write-only is null at any depth, and the deadlines are those of `source`, which alone the user decides.
pub(super) fn shaped(schema: &Schema, state: Value, source: &Value) -> Value {
    let Value::Object(fields) = state else {
        return state;
    };
    let mut fields = without_write_only(&schema.attributes, fields);
    for attribute in &schema.attributes {
        fields.entry(attribute.name.to_owned()).or_insert(Value::Null);
    }
    for block in schema.all_blocks() {
        let value = match fields.remove(block.name).unwrap_or_default() {
            _ if block.name == TIMEOUTS => source.get(TIMEOUTS).clone(),
            Value::Null => block.empty(),
            value => elementwise(value, |element| cleared(&block.attributes, element)),
        };
        fields.insert(block.name.to_owned(), value);
    }
    Value::Object(fields)
}

/// As much of a state as fits its type, with null for the rest: for an object that exists and must not be lost because
/// of a mistake in one attribute.
pub(super) fn recovered(state: &Value, ty: &Type) -> Value {
    match (state.conform(ty), ty, state) {
        (Ok(state), ..) => state,
        (Err(_), Type::Object(types), Value::Object(fields)) => {
            let fitting = |(name, ty): (&String, &Type)| {
                (name.clone(), fields.get(name).map_or(Value::Null, |value| recovered(value, ty)))
            };
            Value::Object(types.iter().map(fitting).collect())
        }
        (Err(_), Type::List(_), _) => Value::list([]),
        (Err(_), Type::Set(_), _) => Value::set([]),
        _ => Value::Null,
    }
}

/// What of a state a person would write as configuration: no results, no write-only or deprecated arguments, nothing
/// that says what the default says, no deadlines.
pub(super) fn configuration(schema: &Schema, state: &Value) -> Value {
    let Value::Object(_) = state else {
        return Value::Null;
    };
    let mut fields = written(&schema.attributes, state);
    for block in schema.all_blocks() {
        let value = match state.get(block.name) {
            _ if block.name == TIMEOUTS => Value::Null,
            Value::Null => block.empty(),
            value => {
                elementwise(value.clone(), |element| Value::Object(written(&block.attributes, &element)))
            }
        };
        fields.insert(block.name.to_owned(), value);
    }
    Value::Object(fields)
}

fn written(attributes: &[Attribute], object: &Value) -> BTreeMap<String, Value> {
    let worth_writing = |attribute: &Attribute| {
        let value = object.get(attribute.name);
        let says_nothing = attribute.default.as_ref() == Some(value);
        let writable = attribute.is_configurable() && !attribute.write_only && attribute.deprecated.is_none();
        if says_nothing || !writable {
            return Value::Null;
        }
        match attribute.kind.nested() {
            Some(nested) => inside(&attribute.kind, value.clone(), |inner| match inner {
                Value::Object(_) => Value::Object(written(nested, &inner)),
                other => other,
            }),
            None => value.clone(),
        }
    };
    attributes.iter().map(|attribute| (attribute.name.to_owned(), worth_writing(attribute))).collect()
}

fn without_write_only(
    attributes: &[Attribute],
    mut fields: BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    for attribute in attributes {
        let Some(value) = fields.get_mut(attribute.name) else {
            continue;
        };
        if attribute.write_only {
            *value = Value::Null;
        } else if let Some(nested) = attribute.kind.nested() {
            *value = inside(&attribute.kind, std::mem::take(value), |inner| cleared(nested, inner));
        }
    }
    fields
}

fn cleared(attributes: &[Attribute], object: Value) -> Value {
    match object {
        Value::Object(fields) => Value::Object(without_write_only(attributes, fields)),
        other => other,
    }
}

/// Changes the object that a value of a nested kind is, or the objects it collects.
fn inside(kind: &AttributeKind, value: Value, change: impl Fn(Value) -> Value) -> Value {
    match kind {
        AttributeKind::Object(_) => change(value),
        _ => elementwise(value, change),
    }
}

/// Changes every element of a collection; anything else is its own only element.
fn elementwise(value: Value, change: impl Fn(Value) -> Value) -> Value {
    match value {
        Value::List(items) => Value::list(items.into_iter().map(change)),
        Value::Set(items) => Value::set(items.into_iter().map(change)),
        Value::Map(items) => Value::Map(items.into_iter().map(|(key, item)| (key, change(item))).collect()),
        other => change(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::schema::{
        Block, Nesting, Timeouts, computed, default, list_of, object, optional, required, set_of, text,
    };

    fn schema() -> Schema {
        let contact = object([
            required("mail", text(), "Where."),
            default("language", text(), "en", "How."),
            computed("handle", text(), "Who."),
            optional("pin", text(), "Secret.").write_only(),
        ]);
        Schema::new("A thing.")
            .attributes([
                required("name", text(), "Its name."),
                optional("contacts", list_of(contact), "Whom to ask."),
                optional("tags", set_of(text()), "Words."),
                optional("old", text(), "Former.").deprecated("Use `name`."),
                computed("id", text(), "Its id."),
            ])
            .block(Block {
                name: "port",
                description: "A way in.",
                nesting: Nesting::List(0, 0),
                attributes: vec![required("number", text(), "Which.")],
            })
            .timeouts(Timeouts::default())
    }

    fn contact(pin: Value) -> Value {
        Value::object([
            ("mail", "a@b".into()),
            ("language", "en".into()),
            ("handle", "h".into()),
            ("pin", pin),
        ])
    }

    #[test]
    fn a_state_gets_every_attribute_and_block_and_loses_what_is_write_only() {
        let answered =
            Value::object([("name", "n".into()), ("contacts", Value::list([contact("1234".into())]))]);
        let source = Value::object([("timeouts", Value::object([("create", "1h".into())]))]);
        let state = shaped(&schema(), answered, &source);
        assert_eq!(state.get("contacts").elements(), [contact(Value::Null)]);
        assert_eq!(state.get("port"), &Value::list([]));
        assert_eq!(state.get("timeouts").get("create"), &"1h".into());
        assert!(state.entries().contains_key("id"));
    }

    #[test]
    fn one_misshapen_attribute_does_not_lose_the_others() {
        let answered =
            Value::object([("id", "7".into()), ("name", 5.into()), ("tags", "x".into()), ("?", 1.into())]);
        let state = recovered(&shaped(&schema(), answered, &Value::Null), &schema().ty());
        assert_eq!(state.get("id"), &"7".into());
        assert!(state.get("name").is_null());
        assert!(state.conform(&schema().ty()).is_ok());
    }

    #[test]
    fn configuration_is_what_a_person_would_write() {
        let state = Value::object([
            ("name", "n".into()),
            ("old", "n".into()),
            ("id", "7".into()),
            ("contacts", Value::list([contact(Value::Null)])),
            ("port", Value::list([Value::object([("number", "80".into())])])),
            ("timeouts", Value::object([("create", "1h".into())])),
        ]);
        assert_eq!(
            configuration(&schema(), &state).reveal(),
            r#"{contacts = [{handle = null, language = null, mail = "a@b", pin = null}], id = null, name = "n", old = null, port = [{number = "80"}], tags = null, timeouts = null}"#
        );
    }
}
