//! The types of values.

use std::collections::BTreeMap;
use std::fmt;

/// The type of a [`Value`](super::Value).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Text.
    String,
    /// A decimal number of any size.
    Number,
    /// True or false.
    Bool,
    /// Any type: each value brings its own.
    Dynamic,
    /// A sequence of values of one type.
    List(Box<Self>),
    /// Different values of one type, without order.
    Set(Box<Self>),
    /// Values of one type under keys that the user chooses.
    Map(Box<Self>),
    /// Named attributes, each of its own type.
    Object(BTreeMap<String, Self>),
    /// A sequence of fixed length, each element of its own type.
    Tuple(Vec<Self>),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map from text to `element`.
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }
}

/// As a type constraint in a configuration: `list(object({ id = string }))`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Bool => f.write_str("bool"),
            Self::Dynamic => f.write_str("any"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Object(attributes) => {
                f.write_str("object({")?;
                for (position, (name, ty)) in attributes.iter().enumerate() {
                    write!(f, "{} {name} = {ty}", if position == 0 { "" } else { "," })?;
                }
                f.write_str(" })")
            }
            Self::Tuple(elements) => {
                f.write_str("tuple([")?;
                for (position, ty) in elements.iter().enumerate() {
                    write!(f, "{}{ty}", if position == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_form_is_compact_and_reads_back() {
        let attributes = [("tags", Type::map(Type::set(Type::Number))), ("id", Type::String)];
        let ty = Type::Tuple(vec![Type::list(Type::object(attributes)), Type::Dynamic, Type::Bool]);
        let json = r#"["tuple",[["list",["object",{"id":"string","tags":["map",["set","number"]]}]],"dynamic","bool"]]"#;
        assert_eq!(String::from_utf8(ty.to_json()).unwrap(), json);
        assert_eq!(Type::from_json(json.as_bytes()), Ok(ty));
    }

    #[test]
    fn drops_the_names_of_optional_attributes() {
        let ty = Type::from_json(br#"["object",{"a":"bool"},["a"]]"#).unwrap();
        assert_eq!(ty, Type::object([("a", Type::Bool)]));
    }

    #[test]
    fn refuses_what_is_not_a_type() {
        let deep = format!("{}\"bool\"{}", "[\"list\",".repeat(5000), "]".repeat(5000));
        for text in [
            "",
            "1",
            r#""text""#,
            "[]",
            r#"["list"]"#,
            r#"["list","bool","bool"]"#,
            r#"["object",[]]"#,
            &deep,
        ] {
            assert!(Type::from_json(text.as_bytes()).is_err(), "{:.40}", text);
        }
    }

    #[test]
    fn reads_like_a_type_constraint() {
        let ty = Type::set(Type::object([("b", Type::Bool), ("a", Type::list(Type::Dynamic))]));
        assert_eq!(ty.to_string(), "set(object({ a = list(any), b = bool }))");
    }
}
