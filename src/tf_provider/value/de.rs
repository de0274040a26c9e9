//! From values to Rust structures, through serde.

use std::collections::{BTreeMap, btree_map};
use std::iter::Enumerate;
use std::slice;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};

use super::{DecodeError, Value};
use crate::tf_provider::path::PathStep;

impl Value {
    /// Reads the value into a Rust structure. Lists and sets become sequences, objects and maps become structures and
    /// maps; the type that a dynamic value brings along is left out.
    ///
    /// Null and unknown are both `None`. A structure does not see attributes that are null or unknown at all, so that
    /// `#[serde(default)]` covers them.
    ///
    /// # Errors
    /// When the value does not fit, with the path to where it does not. The text never quotes content.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        T::deserialize(Part(self))
    }

    fn is_given(&self) -> bool {
        !self.is_null() && !self.is_unknown()
    }
}

struct Part<'a>(&'a Value);

impl<'de> Deserializer<'de> for Part<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.0.undressed() {
            Value::Unknown => {
                visitor.visit_unit().map_err(|_: DecodeError| DecodeError::new("not known yet"))
            }
            Value::Null | Value::Dynamic(_) => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => {
                if let Some(integer) = number.as_i64() {
                    visitor.visit_i64(integer)
                } else if let Ok(unsigned) = number.to_string().parse() {
                    visitor.visit_u64(unsigned)
                } else {
                    visitor.visit_f64(number.as_f64())
                }
            }
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::List(elements) | Value::Tuple(elements) => {
                visitor.visit_seq(Elements::new(elements, false))
            }
            Value::Set(elements) => visitor.visit_seq(Elements::new(elements, true)),
            Value::Map(entries) => visitor.visit_map(Entries::all(entries, PathStep::Key)),
            Value::Object(entries) => visitor.visit_map(Entries::all(entries, PathStep::Attribute)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.0.is_given() { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.0.undressed() {
            Value::Object(entries) => visitor.visit_map(Entries::configured(entries)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.0.undressed() {
            Value::String(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Map(entries) | Value::Object(entries) => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries::configured(entries)))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

struct Elements<'a> {
    rest: Enumerate<slice::Iter<'a, Value>>,
    in_set: bool,
}

impl<'a> Elements<'a> {
    fn new(elements: &'a [Value], in_set: bool) -> Self {
        Self { rest: elements.iter().enumerate(), in_set }
    }
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        let Some((index, element)) = self.rest.next() else {
            return Ok(None);
        };
        let element = seed.deserialize(Part(element)).map_err(|error| {
            if self.in_set { error.within_set() } else { error.within(PathStep::Index(index)) }
        })?;
        Ok(Some(element))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Entries<'a> {
    rest: btree_map::Iter<'a, String, Value>,
    step: fn(String) -> PathStep,
    configured_only: bool,
    current: Option<(&'a String, &'a Value)>,
}

impl<'a> Entries<'a> {
    fn all(entries: &'a BTreeMap<String, Value>, step: fn(String) -> PathStep) -> Self {
        Self { rest: entries.iter(), step, configured_only: false, current: None }
    }

    /// What a structure sees: the attributes that are neither null nor unknown.
    fn configured(attributes: &'a BTreeMap<String, Value>) -> Self {
        Self { configured_only: true, ..Self::all(attributes, PathStep::Attribute) }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        self.current = self.rest.find(|(_, value)| !self.configured_only || value.is_given());
        let Some((name, _)) = self.current else {
            return Ok(None);
        };
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let (name, value) =
            self.current.take().ok_or_else(|| DecodeError::new("a value without its name"))?;
        seed.deserialize(Part(value)).map_err(|error| error.within((self.step)(name.clone())))
    }
}

/// serde's own texts quote what they found; these name its kind.
impl Error for DecodeError {
    fn custom<T: std::fmt::Display>(problem: T) -> Self {
        Self::new(problem.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found {}", kind(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}, found another {}", kind(found).trim_start_matches("a ")))
    }

    fn unknown_variant(_found: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {}, found another string", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("not set, or not known yet").within(PathStep::Attribute(field.to_owned()))
    }
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a bool",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "a string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::tf_provider::value::Type;

    #[derive(Deserialize, Debug, PartialEq)]
    struct Profile {
        name: String,
        note: Option<String>,
        #[serde(default)]
        groups: Vec<String>,
        #[serde(default)]
        limits: BTreeMap<String, Option<u8>>,
        mode: Option<Mode>,
        nested: Option<Box<Self>>,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        UserDriven,
        Custom { text: String },
    }

    #[test]
    fn reads_an_object_into_a_structure() {
        let value = Value::object([
            ("name", "kiosk".into()),
            ("note", Value::Unknown),
            ("groups", Value::set(["b".into(), "a".into()])),
            ("limits", Value::map([("x", 255.into()), ("y", Value::Null)])),
            ("mode", "user_driven".into()),
            ("nested", Value::dynamic(Type::Dynamic, Value::object([("name", "inner".into())]))),
            ("more", 1.into()),
        ]);
        let profile: Profile = value.decode().unwrap();
        assert_eq!((profile.name.as_str(), profile.note), ("kiosk", None));
        assert_eq!(profile.groups, ["a", "b"]);
        assert_eq!(profile.limits, BTreeMap::from([("x".into(), Some(255)), ("y".into(), None)]));
        assert_eq!(profile.mode, Some(Mode::UserDriven));
        assert_eq!(profile.nested.unwrap().name, "inner");
    }

    #[test]
    fn default_covers_null_and_unknown() {
        for unset in [Value::Null, Value::Unknown, Value::dynamic(Type::Bool, Value::Null)] {
            let value = Value::object([("name", "a".into()), ("groups", unset.clone()), ("limits", unset)]);
            let profile: Profile = value.decode().unwrap();
            assert!(profile.groups.is_empty() && profile.limits.is_empty());
        }
    }

    #[test]
    fn numbers_fit_or_are_refused() {
        let decode = |text: &str| Value::from(text.parse::<crate::tf_provider::value::Number>().unwrap());
        assert_eq!(decode("18446744073709551615").decode(), Ok(u64::MAX));
        assert_eq!(decode("0.5").decode(), Ok(0.5));
        assert_eq!(decode("2").decode(), Ok(2.0));
        assert!(decode("256").decode::<u8>().is_err() && decode("0.5").decode::<i64>().is_err());
    }

    #[test]
    fn an_enum_with_content_is_an_object_with_one_attribute() {
        let value =
            Value::object([("custom", Value::object([("text", "x".into())])), ("other", Value::Null)]);
        assert_eq!(value.decode(), Ok(Mode::Custom { text: "x".into() }));
    }

    #[test]
    fn errors_name_the_place_but_never_the_content() {
        let nested = |name: &'static str, value: Value| ("nested", Value::object([(name, value)]));
        for ((name, value), problem) in [
            (nested("name", 4711.into()), "nested.name: expected a string, found a number"),
            (nested("note", "a".into()), "nested.name: not set, or not known yet"),
            (
                ("limits", Value::map([("k", 256.into())])),
                r#"limits["k"]: expected u8, found another number"#,
            ),
            (
                ("groups", Value::list(["a".into(), true.into()])),
                "groups[1]: expected a string, found a bool",
            ),
            (("groups", Value::set([Value::Unknown])), "groups: not known yet"),
            (("mode", "hunter2".into()), "mode: expected one of user_driven, custom, found another string"),
            (("note", Value::list(["hunter2".into()])), "note: expected a string, found a list"),
        ] {
            let profile = Value::object([("name", "a".into())]).with(name, value);
            assert_eq!(profile.decode::<Profile>().unwrap_err().to_string(), problem);
        }
    }
}
