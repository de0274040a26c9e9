//! From Rust structures and JSON to values.

use serde::Serialize;
use serde_json::Value as Json;

use super::{EncodeError, Number, Value};

impl Value {
    /// Makes a value of a Rust structure: sequences become lists, structures and maps become objects, `None` becomes
    /// null. [`Value::conform`] then turns lists into sets, and objects into maps, where a type says so.
    ///
    /// # Errors
    /// When the structure has no JSON form, such as a map with keys that are not text.
    pub fn encode<T: Serialize + ?Sized>(structure: &T) -> Result<Self, EncodeError> {
        serde_json::to_value(structure).map(Self::from).map_err(|error| EncodeError::new(error.to_string()))
    }
}

/// The value that a JSON text stands for where no type is known: lists and objects, never sets and maps.
impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => number.to_string().parse::<Number>().map_or(Self::Null, Self::Number),
            Json::String(text) => Self::String(text),
            Json::Array(elements) => Self::list(elements.into_iter().map(Self::from)),
            Json::Object(entries) => {
                Self::object(entries.into_iter().map(|(name, json)| (name, json.into())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::tf_provider::value::Type;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Policy {
        id: Option<String>,
        quota: u64,
        ratio: f64,
        groups: Vec<String>,
        tags: BTreeMap<String, bool>,
    }

    #[test]
    fn a_structure_takes_the_shape_of_its_type_and_comes_back() {
        let policy = Policy {
            id: None,
            quota: u64::MAX,
            ratio: 0.1,
            groups: vec!["a".into(), "b".into()],
            tags: BTreeMap::from([("k".into(), true)]),
        };
        let ty = Type::object([
            ("id", Type::String),
            ("quota", Type::Number),
            ("ratio", Type::Number),
            ("groups", Type::set(Type::String)),
            ("tags", Type::map(Type::Bool)),
        ]);
        let value = Value::encode(&policy).unwrap().conform(&ty).unwrap();
        let text = r#"{groups = set["a", "b"], id = null, quota = 18446744073709551615, ratio = 0.1, tags = {"k" = true}}"#;
        assert_eq!(value.reveal(), text);
        assert_eq!(value.decode(), Ok(policy));
    }

    #[test]
    fn json_becomes_lists_and_objects() {
        let value = Value::from(json!({"a": [1, null, "x"], "b": {"c": 1.5}}));
        assert_eq!(value.reveal(), r#"{a = [1, null, "x"], b = {c = 1.5}}"#);
    }

    #[test]
    fn what_has_no_json_form_is_refused() {
        assert!(Value::encode(&BTreeMap::from([((1, 2), 3)])).is_err());
    }
}
