//! What values an attribute takes.

use super::Attribute;
use super::attribute_types;
use crate::tf_provider::value::Type;

/// The kind of an attribute's value: a type, and what narrows it.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// The id of an object on the remote side, which is the same in any case.
    Id(&'static IdForm),
    /// One of a fixed list of words, each with the remote spelling and its meaning.
    Choice(&'static [Choice]),
    /// A number of any precision.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Ordered elements.
    List(Box<Kind>),
    /// Elements without order or duplicates.
    Set(Box<Kind>),
    /// Elements by key.
    Map(Box<Kind>),
    /// A nested object with attributes of its own.
    Object(Vec<Attribute>),
}

/// What the ids of a kind of object look like.
#[derive(Debug)]
pub struct IdForm {
    /// What one must be, for the manual and for messages: `a GUID such as ...`.
    pub sentence: &'static str,
    /// What several must be.
    pub several: &'static str,
    /// Says, as a clause, what is wrong with a text that is none.
    pub test: fn(&str) -> Result<(), String>,
}

/// The form of most ids.
pub const GUID: IdForm = IdForm {
    sentence: "a GUID such as `00000000-0000-0000-0000-000000000000`",
    several: "GUIDs such as `00000000-0000-0000-0000-000000000000`",
    test: |text| match uuid::Uuid::try_parse(text) {
        Ok(_) if text.len() == 36 => Ok(()),
        _ => Err(format!("`{text}` is not one")),
    },
};

/// One word of a [`Kind::Choice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word as written in configuration.
    pub name: &'static str,
    /// The word on the remote side.
    pub remote: &'static str,
    /// What it means, for the manual. Empty when the word says it all.
    pub help: &'static str,
}

/// One word of a choice: how it is written, its remote spelling, what it means.
pub const fn pick(name: &'static str, remote: &'static str, help: &'static str) -> Choice {
    Choice { name, remote, help }
}

/// Text.
pub fn text() -> Kind {
    Kind::Text
}

/// The id of an object on the remote side.
pub fn id(form: &'static IdForm) -> Kind {
    Kind::Id(form)
}

/// A GUID.
pub fn guid() -> Kind {
    Kind::Id(&GUID)
}

/// A whole number.
pub fn integer() -> Kind {
    Kind::Integer
}

/// A number of any precision.
pub fn number() -> Kind {
    Kind::Number
}

/// `true` or `false`.
pub fn boolean() -> Kind {
    Kind::Boolean
}

/// One of these words.
pub fn choice(choices: &'static [Choice]) -> Kind {
    Kind::Choice(choices)
}

/// Ordered elements.
pub fn list_of(element: Kind) -> Kind {
    Kind::List(Box::new(element))
}

/// Elements without order or duplicates.
pub fn set_of(element: Kind) -> Kind {
    Kind::Set(Box::new(element))
}

/// Elements by key.
pub fn map_of(element: Kind) -> Kind {
    Kind::Map(Box::new(element))
}

/// A nested object.
pub fn object(attributes: impl IntoIterator<Item = Attribute>) -> Kind {
    Kind::Object(attributes.into_iter().collect())
}

impl Kind {
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

    /// The same kind with every nested attribute as something that is only told.
    pub(super) fn told(self) -> Self {
        match self {
            Self::List(kind) => Self::List(Box::new(kind.told())),
            Self::Set(kind) => Self::Set(Box::new(kind.told())),
            Self::Map(kind) => Self::Map(Box::new(kind.told())),
            Self::Object(attributes) => Self::Object(attributes.into_iter().map(Attribute::told).collect()),
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
