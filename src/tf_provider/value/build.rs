//! Making values in code.

use std::collections::BTreeMap;

use super::{Number, Set, Type, Value};

impl Value {
    /// An object with these attributes: `Value::object([("id", id.into()), ("tags", Value::Null)])`.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A map with these elements.
    pub fn map<K: Into<String>>(elements: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(elements.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A list of these elements.
    pub fn list(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::List(elements.into_iter().collect())
    }

    /// A set of these elements.
    pub fn set(elements: impl IntoIterator<Item = Self>) -> Self {
        Self::Set(elements.into_iter().collect())
    }

    /// A value that brings its own type, for where the schema says [`Type::Dynamic`].
    pub fn dynamic(ty: Type, value: Self) -> Self {
        Self::Dynamic(Box::new((ty, value)))
    }

    /// The same object or map, with `name` set to `value`. Null becomes an object with this one attribute; anything
    /// else that has no names stays as it is.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Self>) -> Self {
        if self.is_null() {
            self = Self::Object(BTreeMap::new());
        }
        if let Self::Object(entries) | Self::Map(entries) = self.undressed_mut() {
            entries.insert(name.into(), value.into());
        }
        self
    }

    pub(super) fn undressed_mut(&mut self) -> &mut Self {
        match self {
            Self::Dynamic(typed) => typed.1.undressed_mut(),
            plain => plain,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::String(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Number(integer.into())
    }
}

impl From<i32> for Value {
    fn from(integer: i32) -> Self {
        Self::Number(integer.into())
    }
}

impl From<u32> for Value {
    fn from(integer: u32) -> Self {
        Self::Number(integer.into())
    }
}

impl From<u64> for Value {
    fn from(integer: u64) -> Self {
        Self::Number(integer.into())
    }
}

impl From<Set> for Value {
    fn from(set: Set) -> Self {
        Self::Set(set)
    }
}

/// `None` is null.
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A list. For a set, say [`Value::set`].
impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(elements: Vec<T>) -> Self {
        Self::List(elements.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_null() {
        assert!(Value::from(None::<String>).is_null());
        assert_eq!(Value::from(Some("a")).as_str(), Some("a"));
        assert_eq!(Value::from(vec![Some(1), None]).elements(), [1.into(), Value::Null]);
    }

    #[test]
    fn with_sets_one_name_and_leaves_what_has_none() {
        let object = Value::Null.with("a", 1).with("b", "x").with("a", 2);
        assert_eq!(object.get("a").as_i64(), Some(2));
        assert_eq!(object.entries().len(), 2);
        assert_eq!(Value::map([("k", 1.into())]).with("l", 2).reveal(), r#"{"k" = 1, "l" = 2}"#);
        assert!(Value::Unknown.with("a", 1).is_unknown());
        let typed = Value::dynamic(Type::map(Type::Number), Value::map::<&str>([]));
        assert_eq!(typed.with("a", 1).get("a").as_i64(), Some(1));
    }
}
