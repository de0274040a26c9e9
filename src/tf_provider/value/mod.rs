//! Terraform's values: known, null, or not known yet, at every depth.
//!
//! A [`Value`] does not carry its type, except below [`Value::Dynamic`]; the schema knows it. The wire forms
//! are therefore read and written along a [`Type`].

mod build;
mod conform;
mod de;
mod error;
pub mod json;
pub mod msgpack;
mod navigate;
mod number;
#[cfg(test)]
mod properties;
mod reveal;
mod set;
mod ty;
mod type_json;

use std::collections::BTreeMap;

pub use error::{DecodeError, EncodeError};
pub use number::{NotANumber, Number};
pub use ty::Type;

/// How deep values may be nested on the wire, counting what dynamic values bring along. Deeper input is refused, so
/// that no input can exhaust the stack.
pub const MAX_DEPTH: usize = 128;

/// A value of Terraform's language.
///
/// The accessors are total: asked for what is not there they answer `None`, nothing, or null. They look through
/// [`Value::Dynamic`]. `Debug` shows the shape and hides the content, which may be secret; [`Value::reveal`] shows all.
///
/// The order of values means nothing in itself. It makes sets comparable.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Not set.
    #[default]
    Null,
    /// Not known before apply.
    Unknown,
    /// True or false.
    Bool(bool),
    /// A decimal number.
    Number(Number),
    /// Text.
    String(String),
    /// A sequence of values of one type.
    List(Vec<Self>),
    /// Different values of one type, without order.
    Set(Set),
    /// Values of one type under keys that the user chose.
    Map(BTreeMap<String, Self>),
    /// The attributes of an object. An attribute that is not there is null.
    Object(BTreeMap<String, Self>),
    /// A sequence of fixed length. Its type stands only in dynamic values and function signatures.
    Tuple(Vec<Self>),
    /// A value that brings its own type, where the schema says [`Type::Dynamic`]. Where nothing is known of the type
    /// either, a plain [`Value::Null`] or [`Value::Unknown`] stands there instead.
    Dynamic(Box<(Type, Self)>),
}

/// Values without order and without repetition: equal if they hold the same elements. Reads like a sorted slice.
///
/// Elements that are not wholly known are all kept: two unknowns may turn out to be different.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set(Vec<Value>);

impl Value {
    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self.undressed(), Self::Null)
    }

    /// Whether the value as a whole is not known yet.
    pub fn is_unknown(&self) -> bool {
        matches!(self.undressed(), Self::Unknown)
    }

    /// Whether it is known what this is, though parts of it may be unknown. Null is known.
    pub fn is_known(&self) -> bool {
        !self.is_unknown()
    }

    /// Whether this and everything in it is known.
    pub fn is_wholly_known(&self) -> bool {
        match self.undressed() {
            Self::Unknown => false,
            known => known.children().all(Self::is_wholly_known),
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self.undressed() {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value of a bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self.undressed() {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, exact.
    pub fn as_number(&self) -> Option<&Number> {
        match self.undressed() {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The number, if it is an integer of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The float nearest to the number.
    pub fn as_f64(&self) -> Option<f64> {
        Some(self.as_number()?.as_f64())
    }

    /// The elements of a list, set or tuple; of anything else none.
    pub fn elements(&self) -> &[Self] {
        match self.undressed() {
            Self::List(elements) | Self::Tuple(elements) => elements,
            Self::Set(elements) => elements,
            _ => &[],
        }
    }

    /// The attributes of an object or the elements of a map; of anything else none.
    pub fn entries(&self) -> &BTreeMap<String, Self> {
        static NONE: BTreeMap<String, Value> = BTreeMap::new();
        match self.undressed() {
            Self::Map(entries) | Self::Object(entries) => entries,
            _ => &NONE,
        }
    }

    /// The attribute of an object or the element of a map: null if there is none, unknown if the whole is unknown.
    pub fn get(&self, name: &str) -> &Self {
        match self.undressed() {
            Self::Unknown => &Self::Unknown,
            known => known.entries().get(name).unwrap_or(&Self::Null),
        }
    }

    /// What kind of value this is, for messages: "a string", "null".
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown => "an unknown value",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Tuple(_) => "a tuple",
            Self::Dynamic(_) => "a value with its own type",
        }
    }

    /// The value without the type it may bring along.
    fn undressed(&self) -> &Self {
        let mut value = self;
        while let Self::Dynamic(typed) = value {
            value = &typed.1;
        }
        value
    }

    fn children(&self) -> impl Iterator<Item = &Self> {
        self.elements().iter().chain(self.entries().values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dynamic(ty: Type, value: Value) -> Value {
        Value::Dynamic(Box::new((ty, value)))
    }

    #[test]
    fn null_and_unknown_are_different() {
        assert!(Value::Null.is_null() && Value::Null.is_known() && Value::Null.is_wholly_known());
        assert!(Value::Unknown.is_unknown() && !Value::Unknown.is_known() && !Value::Unknown.is_null());
    }

    #[test]
    fn one_unknown_leaf_makes_the_whole_not_wholly_known() {
        for holder in [
            Value::list([Value::Unknown]),
            Value::set([Value::Unknown]),
            Value::map([("a", Value::Unknown)]),
            Value::object([("a", Value::list([Value::Unknown]))]),
            Value::Tuple(vec![Value::Unknown]),
            dynamic(Type::String, Value::Unknown),
        ] {
            assert!(!holder.is_wholly_known(), "{holder:?}");
        }
        assert!(Value::object([("a", Value::list([Value::Null]))]).is_wholly_known());
    }

    #[test]
    fn accessors_answer_nothing_for_the_wrong_kind() {
        let text = Value::from("text");
        assert_eq!((text.as_bool(), text.as_i64(), text.as_f64()), (None, None, None));
        assert!(text.elements().is_empty() && text.entries().is_empty() && text.get("a").is_null());
        assert_eq!(Value::Null.as_str(), None);
    }

    #[test]
    fn accessors_look_through_dynamic() {
        assert_eq!(dynamic(Type::String, "a".into()).as_str(), Some("a"));
        assert!(dynamic(Type::String, Value::Null).is_null());
        assert!(dynamic(Type::String, Value::Unknown).is_unknown());
        let object = dynamic(Type::object([("n", Type::Number)]), Value::object([("n", 3.into())]));
        assert_eq!(object.get("n").as_i64(), Some(3));
    }

    #[test]
    fn attributes_of_an_unknown_object_are_unknown() {
        assert!(Value::Unknown.get("id").is_unknown());
        assert!(Value::Null.get("id").is_null());
    }
}
