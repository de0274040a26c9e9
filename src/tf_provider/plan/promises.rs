//! Keeping what the plan has promised.

use super::blocks_as_attributes;
use crate::tf_provider::schema::{Attribute, AttributeKind, Schema};
use crate::tf_provider::value::Value;

/// Puts what was planned in the place of another answer: a colleague may change an object between plan and apply, and
/// Terraform takes that for the provider's mistake. The next refresh shows it.
pub fn keep_promises(schema: &Schema, planned: &Value, actual: Value) -> Value {
    match actual {
        Value::Object(_) => of_object(&blocks_as_attributes(schema), planned, &actual),
        other => other,
    }
}

fn of_object(attributes: &[Attribute], planned: &Value, actual: &Value) -> Value {
    attributes.iter().fold(actual.clone(), |object, attribute| {
        let (promised, answered) = (planned.get(attribute.name), actual.get(attribute.name));
        match &attribute.kind {
            _ if promised == answered => object,
            _ if promised.is_wholly_known() => object.with(attribute.name, promised.clone()),
            AttributeKind::Object(nested) if !promised.is_unknown() && !answered.is_null() => {
                object.with(attribute.name, of_object(nested, promised, answered))
            }
            AttributeKind::Map(element) => match (element.nested(), answered) {
                (Some(nested), Value::Map(answered)) if !promised.is_unknown() => {
                    let kept = |(key, answered): (&String, &Value)| match promised.get(key) {
                        promised @ Value::Object(_) => (key.clone(), of_object(nested, promised, answered)),
                        _ => (key.clone(), answered.clone()),
                    };
                    object.with(attribute.name, Value::Map(answered.iter().map(kept).collect()))
                }
                _ => object,
            },
            _ => object,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::schema::{computed, default, object, optional, optional_computed, text};

    #[test]
    fn an_answer_gives_way_where_the_plan_has_spoken() {
        let parts = || [optional("a", text(), "A."), optional_computed("b", text(), "B.")];
        let schema = Schema::new("A thing.").attributes([
            computed("id", text(), "Id."),
            computed("seen", text(), "Seen."),
            default("color", text(), "red", "Color."),
            optional("note", text(), "Note."),
            optional("parts", object(parts()), "Parts."),
        ]);
        let thing = |id: &str, seen: Value, word: &str| {
            let parts = Value::object([("a", Value::from(word)), ("b", Value::from(word))]);
            Value::object([
                ("id", Value::from(id)),
                ("seen", seen),
                ("color", Value::from(word)),
                ("note", Value::from(word)),
                ("parts", parts),
            ])
        };
        let planned = thing("1", Value::Unknown, "x")
            .with("parts", Value::object([("a", Value::from("x")), ("b", Value::Unknown)]));
        let kept = keep_promises(&schema, &planned, thing("2", "now".into(), "y"));
        assert_eq!((kept.get("id"), kept.get("seen")), (&"1".into(), &"now".into()));
        assert_eq!((kept.get("color"), kept.get("note")), (&"x".into(), &"x".into()));
        let parts = kept.get("parts");
        assert_eq!((parts.get("a"), parts.get("b")), (&"x".into(), &"y".into()));
    }
}
