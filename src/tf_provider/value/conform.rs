//! Bringing a value into the exact shape of a type.

use super::{EncodeError, Set, Type, Value};
use crate::tf_provider::path::PathStep;

impl Value {
    /// The same value in the exact shape of `ty`, as the wire wants it: attributes that are missing are null, lists
    /// that stand for sets or tuples are sets or tuples, objects that stand for maps are maps and the other way round.
    ///
    /// # Errors
    /// When something is of another kind, when an object has an attribute that its type has not, or when a value
    /// stands where the type is dynamic without being [`Value::Dynamic`].
    pub fn conform(&self, ty: &Type) -> Result<Self, EncodeError> {
        Ok(match (ty, self) {
            (_, Self::Null) => Self::Null,
            (_, Self::Unknown) => Self::Unknown,
            (Type::Bool, Self::Bool(_))
            | (Type::Number, Self::Number(_))
            | (Type::String, Self::String(_)) => self.clone(),
            (Type::Dynamic, Self::Dynamic(typed)) => {
                Self::dynamic(typed.0.clone(), typed.1.conform(&typed.0)?)
            }
            (Type::List(element), Self::List(values) | Self::Tuple(values)) => {
                let values = values.iter().enumerate();
                let values = values.map(|(index, value)| conform_at(PathStep::Index(index), value, element));
                Self::List(values.collect::<Result<_, _>>()?)
            }
            (Type::Set(element), Self::Set(_) | Self::List(_) | Self::Tuple(_)) => {
                let values = self.elements().iter();
                let values = values.map(|value| value.conform(element).map_err(EncodeError::within_set));
                Self::Set(values.collect::<Result<Set, _>>()?)
            }
            (Type::Tuple(types), Self::List(values) | Self::Tuple(values)) if values.len() == types.len() => {
                let values = values.iter().zip(types).enumerate();
                let values = values.map(|(index, (value, ty))| conform_at(PathStep::Index(index), value, ty));
                Self::Tuple(values.collect::<Result<_, _>>()?)
            }
            (Type::Map(element), Self::Map(entries) | Self::Object(entries)) => {
                let entries = entries.iter().map(|(key, value)| {
                    Ok((key.clone(), conform_at(PathStep::Key(key.clone()), value, element)?))
                });
                Self::Map(entries.collect::<Result<_, _>>()?)
            }
            (Type::Object(attributes), Self::Object(entries) | Self::Map(entries)) => {
                if let Some(name) = entries.keys().find(|name| !attributes.contains_key(*name)) {
                    return Err(EncodeError::new(format!("an attribute `{name}` that the type has not")));
                }
                let attributes = attributes.iter().map(|(name, ty)| {
                    Ok((name.clone(), conform_at(PathStep::Attribute(name.clone()), self.get(name), ty)?))
                });
                Self::Object(attributes.collect::<Result<_, _>>()?)
            }
            (Type::Tuple(types), Self::List(values) | Self::Tuple(values)) => {
                return Err(EncodeError::new(format!(
                    "expected {} elements, found {}",
                    types.len(),
                    values.len()
                )));
            }
            _ => return Err(EncodeError::new(format!("expected {ty}, found {}", self.kind()))),
        })
    }
}

fn conform_at(step: PathStep, value: &Value, ty: &Type) -> Result<Value, EncodeError> {
    value.conform(ty).map_err(|error| error.within(step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_attributes_become_null_and_shapes_become_those_of_the_type() {
        let ty = Type::object([
            ("id", Type::String),
            ("roles", Type::set(Type::String)),
            ("tags", Type::map(Type::Number)),
            ("pair", Type::Tuple(vec![Type::Bool, Type::Number])),
        ]);
        let value = Value::object([
            ("roles", Value::list(["b".into(), "a".into(), "b".into()])),
            ("tags", Value::object([("k", 1.into())])),
            ("pair", Value::list([true.into(), 2.into()])),
        ]);
        let text = r#"{id = null, pair = [true, 2], roles = set["a", "b"], tags = {"k" = 1}}"#;
        assert_eq!(value.conform(&ty).unwrap().reveal(), text);
    }

    #[test]
    fn names_the_place_and_the_kinds_but_not_the_content() {
        let ty = Type::object([("a", Type::list(Type::map(Type::Bool)))]);
        let value = Value::object([("a", Value::list([Value::map([("k", "hunter2".into())])]))]);
        assert_eq!(
            value.conform(&ty).unwrap_err().to_string(),
            r#"a[0]["k"]: expected bool, found a string"#
        );
    }

    #[test]
    fn refuses_what_the_type_has_no_place_for() {
        for (value, ty, problem) in [
            (Value::object([("b", Value::Null)]), Type::object([("a", Type::Bool)]), "an attribute `b`"),
            (Value::set([]), Type::list(Type::Bool), "expected list(bool), found a set"),
            (Value::list([]), Type::Tuple(vec![Type::Bool]), "expected 1 elements, found 0"),
            (
                Value::list([true.into(), false.into()]),
                Type::Tuple(vec![Type::Bool]),
                "expected 1 elements, found 2",
            ),
            ("a".into(), Type::Dynamic, "expected any, found a string"),
            (Value::dynamic(Type::Bool, 1.into()), Type::Dynamic, "expected bool, found a number"),
        ] {
            let error = value.conform(&ty).unwrap_err();
            assert!(error.to_string().starts_with(problem), "{error}");
        }
    }
}
