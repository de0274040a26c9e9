//! What values an attribute takes.

use std::collections::BTreeMap;

use super::attribute::{Attribute, AttributeKind};
use super::word::{Choice, GUID, IdForm};
use crate::tf_provider::value::Type;

/// Text.
pub fn text() -> AttributeKind {
    AttributeKind::Text
}

/// The id of an object on the remote side.
pub fn id(form: &'static IdForm) -> AttributeKind {
    AttributeKind::Id(form)
}

/// A GUID.
pub fn guid() -> AttributeKind {
    AttributeKind::Id(&GUID)
}

/// A whole number.
pub fn integer() -> AttributeKind {
    AttributeKind::Integer
}

/// A number of any precision.
pub fn number() -> AttributeKind {
    AttributeKind::Number
}

/// `true` or `false`.
pub fn boolean() -> AttributeKind {
    AttributeKind::Boolean
}

/// One of these words.
pub fn choice(choices: &'static [Choice]) -> AttributeKind {
    AttributeKind::Choice(choices)
}

/// Ordered elements.
pub fn list_of(element: AttributeKind) -> AttributeKind {
    AttributeKind::List(Box::new(element))
}

/// Elements without order or duplicates.
pub fn set_of(element: AttributeKind) -> AttributeKind {
    AttributeKind::Set(Box::new(element))
}

/// Elements by key.
pub fn map_of(element: AttributeKind) -> AttributeKind {
    AttributeKind::Map(Box::new(element))
}

/// A nested object.
pub fn object(attributes: impl IntoIterator<Item = Attribute>) -> AttributeKind {
    AttributeKind::Object(attributes.into_iter().collect())
}

impl AttributeKind {
    /// The type of a value of this kind.
    pub fn ty(&self) -> Type {
        match self {
            Self::Text | Self::Id(_) | Self::Choice(_) => Type::String,
            Self::Number | Self::Integer => Type::Number,
            Self::Boolean => Type::Bool,
            Self::List(k) => Type::List(Box::new(k.ty())),
            Self::Set(k) => Type::Set(Box::new(k.ty())),
            Self::Map(k) => Type::Map(Box::new(k.ty())),
            Self::Object(attributes) => Type::Object(attribute_types(attributes)),
        }
    }

    /// The same kind with every nested attribute as a computed one.
    pub(super) fn into_computed(self) -> Self {
        match self {
            Self::List(kind) => Self::List(Box::new(kind.into_computed())),
            Self::Set(kind) => Self::Set(Box::new(kind.into_computed())),
            Self::Map(kind) => Self::Map(Box::new(kind.into_computed())),
            Self::Object(attributes) => {
                Self::Object(attributes.into_iter().map(Attribute::into_computed).collect())
            }
            leaf => leaf,
        }
    }

    /// The form of the id this kind is, or of the ids it collects.
    pub fn id_form(&self) -> Option<&'static IdForm> {
        match self {
            Self::Id(form) => Some(form),
            Self::List(k) | Self::Set(k) | Self::Map(k) => k.id_form(),
            _ => None,
        }
    }

    /// The attributes of the object this kind is, or of the objects it collects.
    pub fn nested(&self) -> Option<&[Attribute]> {
        match self {
            Self::Object(attributes) => Some(attributes),
            Self::List(k) | Self::Set(k) | Self::Map(k) => match k.as_ref() {
                Self::Object(attributes) => Some(attributes),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The types of attributes, by name.
pub(super) fn attribute_types(attributes: &[Attribute]) -> BTreeMap<String, Type> {
    attributes.iter().map(|a| (a.name.to_owned(), a.kind.ty())).collect()
}
