//! Checking what a client sends against a type.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Entity, Property, PropertyKind, Type, Version, Writing};

/// What a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// POST: required properties must be there.
    Create,
    /// PATCH: what is absent stays as it is.
    Update,
}

/// Why a body does not fit its type. Each service puts it in its own words (see `error`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mismatch {
    UnknownProperty {
        property: String,
        on: &'static str,
    },
    ReadOnly {
        property: &'static str,
        on: &'static str,
    },
    Missing {
        property: &'static str,
        on: &'static str,
    },
    Null {
        property: &'static str,
        on: &'static str,
        kind: String,
    },
    /// A text that cannot be read as its kind, or a member that an enum does not have.
    Literal {
        literal: String,
        kind: String,
    },
    /// JSON of another shape than the kind has.
    Shape {
        property: &'static str,
        kind: String,
    },
    MissingType {
        of: &'static str,
    },
    UnknownType {
        name: String,
    },
    AbstractType {
        name: &'static str,
    },
}

impl Type {
    /// Checks `body` and gives back what of it the service takes: accepted properties, with `@odata.type` when the
    /// type has relatives, and `name@odata.bind` members of declared navigations. Other annotations are dropped.
    pub(crate) fn read(
        &'static self,
        body: &Map<String, Value>,
        purpose: Purpose,
        version: Version,
    ) -> Result<Entity, Mismatch> {
        let concrete = self.concrete(body)?;
        let mut entity = Entity::new();
        if concrete.names_itself || !self.derived.is_empty() {
            entity.insert("@odata.type".to_owned(), Value::from(concrete.odata_type()));
        }
        for (name, value) in body {
            if let Some((navigation, annotation)) = name.split_once('@') {
                let bindable = concrete.property(navigation).is_some_and(|p| p.kind.is_navigation());
                match annotation {
                    "odata.bind" if bindable => entity.insert(name.clone(), value.clone()),
                    "odata.bind" => return Err(unknown(navigation, concrete)),
                    _ => None,
                };
                continue;
            }
            let property = concrete.property(name).filter(|property| property.exists_in(version));
            let property = property.ok_or_else(|| unknown(name, concrete))?;
            let writing = match purpose {
                Purpose::Create => property.create,
                Purpose::Update => property.update,
            };
            if writing == Writing::Refused {
                return Err(Mismatch::ReadOnly { property: property.name, on: concrete.name });
            }
            let value = property.read(value, concrete.name, version)?;
            if writing == Writing::Accepted {
                entity.insert(name.clone(), value);
            }
        }
        if purpose == Purpose::Create {
            let missing = concrete.all_properties().into_iter().find(|property| {
                property.required && property.exists_in(version) && !entity.contains_key(property.name)
            });
            if let Some(property) = missing {
                return Err(Mismatch::Missing { property: property.name, on: concrete.name });
            }
        }
        Ok(entity)
    }

    fn concrete(&'static self, body: &Map<String, Value>) -> Result<&'static Self, Mismatch> {
        let concrete = match body.get("@odata.type") {
            None if self.is_abstract => return Err(Mismatch::MissingType { of: self.name }),
            None => self,
            Some(Value::String(name)) => {
                self.named(name).ok_or_else(|| Mismatch::UnknownType { name: name.clone() })?
            }
            Some(other) => {
                return Err(Mismatch::UnknownType { name: other.to_string() });
            }
        };
        match concrete.is_abstract {
            true => Err(Mismatch::AbstractType { name: concrete.name }),
            false => Ok(concrete),
        }
    }
}

impl Property {
    fn read(&self, value: &Value, on: &'static str, version: Version) -> Result<Value, Mismatch> {
        match value {
            Value::Null if self.nullable => Ok(Value::Null),
            Value::Null => Err(Mismatch::Null { property: self.name, on, kind: self.kind.edm() }),
            value => self.kind.read(value, self.name, version),
        }
    }
}

impl PropertyKind {
    fn read(&self, value: &Value, property: &'static str, version: Version) -> Result<Value, Mismatch> {
        let shape = || Mismatch::Shape { property, kind: self.edm() };
        let literal = |value: &Value| Mismatch::Literal {
            literal: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            kind: self.edm(),
        };
        let fits = match (self, value) {
            (Self::Untyped, _) | (Self::String, Value::String(_)) | (Self::Boolean, Value::Bool(_)) => true,
            (Self::Int32, Value::Number(number)) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            (Self::Int64, Value::Number(number)) => number.is_i64(),
            (Self::DateTime, Value::String(text)) => OffsetDateTime::parse(text, &Rfc3339).is_ok(),
            (Self::Duration, Value::String(text)) => text.trim_start_matches('-').starts_with('P'),
            (Self::Guid, Value::String(text)) => uuid::Uuid::parse_str(text).is_ok(),
            (Self::Binary, Value::String(text)) => STANDARD.decode(text).is_ok(),
            (Self::Enum(members), Value::String(text)) => members.contains(&text.as_str()),
            (Self::Complex(complex), Value::Object(body)) => {
                return complex.read(body, Purpose::Create, version).map(Value::Object);
            }
            (Self::Collection(item), Value::Array(values)) => {
                let values = values.iter().map(|value| item.read(value, property, version));
                return values.collect::<Result<_, _>>().map(Value::Array);
            }
            _ if matches!(value, Value::Object(_) | Value::Array(_)) => return Err(shape()),
            (Self::Complex(_) | Self::Collection(_) | Self::Navigation, _) => return Err(shape()),
            _ => false,
        };
        if fits { Ok(value.clone()) } else { Err(literal(value)) }
    }
}

fn unknown(property: &str, on: &Type) -> Mismatch {
    Mismatch::UnknownProperty { property: property.to_owned(), on: on.name }
}
