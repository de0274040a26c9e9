//! Reading JSON along a type.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::tf_provider::path::PathStep;
use crate::tf_provider::value::{DecodeError, MAX_DEPTH, Set, Type, Value};

/// What to do about an attribute in the text that the type does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surplus {
    /// Leave it out. State that an older version of the provider wrote may hold attributes that are gone.
    Ignore,
    /// Refuse the text.
    Refuse,
}

pub(super) fn whole(json: &[u8], ty: &Type, surplus: Surplus) -> Result<Value, DecodeError> {
    let json = serde_json::from_slice(json).map_err(not_json)?;
    read(json, ty, surplus, MAX_DEPTH)
}

/// Each collection is split into the texts of its parts first, so that a number is still text when it is read.
fn read(json: &RawValue, ty: &Type, surplus: Surplus, depth: usize) -> Result<Value, DecodeError> {
    let depth = depth
        .checked_sub(1)
        .ok_or_else(|| DecodeError::new(format!("nested deeper than {MAX_DEPTH} levels")))?;
    let text = json.get();
    let at = |step: PathStep, json: &RawValue, ty: &Type| {
        read(json, ty, surplus, depth).map_err(|error| error.within(step))
    };
    Ok(match (ty, JsonKind::of(text)) {
        (_, JsonKind::Null) => Value::Null,
        (Type::Bool, JsonKind::Bool) => Value::Bool(parse(text)?),
        (Type::Number, JsonKind::Number) => number(text)?,
        (Type::Number, JsonKind::Text) => number(&parse::<String>(text)?)?,
        (Type::String, JsonKind::Text) => Value::String(parse(text)?),
        (Type::List(element), JsonKind::Array) => {
            let parts = parse::<Vec<&RawValue>>(text)?.into_iter().enumerate();
            let values = parts.map(|(index, json)| at(PathStep::Index(index), json, element));
            Value::List(values.collect::<Result<_, _>>()?)
        }
        (Type::Set(element), JsonKind::Array) => {
            let values =
                parse::<Vec<&RawValue>>(text)?.into_iter().map(|json| read(json, element, surplus, depth));
            Value::Set(values.collect::<Result<Set, _>>().map_err(DecodeError::within_set)?)
        }
        (Type::Tuple(types), JsonKind::Array) => {
            let parts = parse::<Vec<&RawValue>>(text)?;
            if parts.len() != types.len() {
                let problem = format!("expected {} elements, found {}", types.len(), parts.len());
                return Err(DecodeError::new(problem));
            }
            let parts = parts.into_iter().zip(types).enumerate();
            let values = parts.map(|(index, (json, ty))| at(PathStep::Index(index), json, ty));
            Value::Tuple(values.collect::<Result<_, _>>()?)
        }
        (Type::Map(element), JsonKind::Object) => {
            let parts = parse::<BTreeMap<String, &RawValue>>(text)?.into_iter();
            let values = parts.map(|(key, json)| Ok((key.clone(), at(PathStep::Key(key), json, element)?)));
            Value::Map(values.collect::<Result<_, _>>()?)
        }
        (Type::Object(attributes), JsonKind::Object) => {
            let parts = parse::<BTreeMap<String, &RawValue>>(text)?;
            if surplus == Surplus::Refuse
                && let Some(name) = parts.keys().find(|name| !attributes.contains_key(*name))
            {
                return Err(DecodeError::new(format!("an attribute `{name}` that the type has not")));
            }
            let values = attributes.iter().map(|(name, ty)| {
                let value = match parts.get(name) {
                    Some(json) => at(PathStep::Attribute(name.clone()), json, ty)?,
                    None => Value::Null,
                };
                Ok((name.clone(), value))
            });
            Value::Object(values.collect::<Result<_, _>>()?)
        }
        (Type::Dynamic, JsonKind::Object) => {
            let Typed { ty, value } = parse(text)?;
            let ty = Type::from_json(ty.get().as_bytes())?;
            let value = read(value, &ty, surplus, depth)?;
            Value::dynamic(ty, value)
        }
        (ty, kind) => return Err(DecodeError::new(format!("expected {ty}, found {}", kind.name()))),
    })
}

/// A dynamic value: the type that it brings along, beside it.
#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(borrow, rename = "type")]
    ty: &'a RawValue,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// What a JSON text is, which its first byte says. Asking beforehand keeps serde from quoting content in its errors.
#[derive(Clone, Copy)]
enum JsonKind {
    Null,
    Bool,
    Number,
    Text,
    Array,
    Object,
}

impl JsonKind {
    fn of(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Bool,
            Some(b'"') => Self::Text,
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            _ => Self::Number,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a bool",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(not_json)
}

fn number(text: &str) -> Result<Value, DecodeError> {
    let number = text.parse().map_err(|_| DecodeError::new("text that is not a number"))?;
    Ok(Value::Number(number))
}

fn not_json(error: serde_json::Error) -> DecodeError {
    DecodeError::new(format!("not the JSON of a value: {error}"))
}
