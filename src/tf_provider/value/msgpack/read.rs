//! Reading MessagePack along a type.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::tf_provider::path::PathStep;
use crate::tf_provider::value::{DecodeError, MAX_DEPTH, Number, Set, Type, Value};

pub(super) fn whole(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(ty, MAX_DEPTH)?;
    match reader.rest.len() {
        0 => Ok(value),
        1 => Err(DecodeError::new("a byte more than one value")),
        more => Err(DecodeError::new(format!("{more} bytes more than one value"))),
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// One element: scalars whole, collections as the number of elements that follow.
enum Marker<'a> {
    Nil,
    Bool(bool),
    Number(Number),
    Text(&'a str),
    Bytes(&'a [u8]),
    Array(usize),
    Map(usize),
    Ext,
}

impl Marker<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Nil => "null",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "an array",
            Self::Map(_) => "a map",
            Self::Ext => "an unknown value",
        }
    }
}

impl<'a> Reader<'a> {
    fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, DecodeError> {
        let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
        Ok(match (ty, self.token()?) {
            (_, Marker::Nil) => Value::Null,
            (_, Marker::Ext) => Value::Unknown,
            (Type::Bool, Marker::Bool(value)) => Value::Bool(value),
            (Type::Number, Marker::Number(number)) => Value::Number(number),
            (Type::Number, Marker::Text(text)) => {
                Value::Number(text.parse().map_err(|_| DecodeError::new("text that is not a number"))?)
            }
            (Type::String, Marker::Text(text)) => Value::from(text),
            (Type::List(element), Marker::Array(length)) => {
                let types = std::iter::repeat_n(&**element, length);
                Value::List(self.elements(types, depth).map_err(at_index)?)
            }
            (Type::Set(element), Marker::Array(length)) => {
                let types = std::iter::repeat_n(&**element, length);
                let elements = self.elements(types, depth);
                Value::Set(Set::from(elements.map_err(|(_, error)| error.within_set())?))
            }
            (Type::Tuple(types), Marker::Array(length)) if length == types.len() => {
                Value::Tuple(self.elements(types.iter(), depth).map_err(at_index)?)
            }
            (Type::Map(element), Marker::Map(length)) => {
                Value::Map(self.entries(length, depth, PathStep::Key, |_| Some(element))?)
            }
            (Type::Object(attributes), Marker::Map(length)) => {
                let entries =
                    self.entries(length, depth, PathStep::Attribute, |name| attributes.get(name))?;
                if let Some(name) = attributes.keys().find(|name| !entries.contains_key(*name)) {
                    return Err(DecodeError::new(format!("no attribute `{name}`, which the type has")));
                }
                Value::Object(entries)
            }
            (Type::Dynamic, Marker::Array(2)) => {
                let ty = match self.token()? {
                    Marker::Bytes(json) => Type::from_json(json)?,
                    Marker::Text(json) => Type::from_json(json.as_bytes())?,
                    other => {
                        return Err(DecodeError::new(format!("expected a type, found {}", other.kind())));
                    }
                };
                let value = self.value(&ty, depth)?;
                Value::dynamic(ty, value)
            }
            (Type::Tuple(_) | Type::Dynamic, Marker::Array(length)) => {
                let expected = if let Type::Tuple(types) = ty { types.len() } else { 2 };
                return Err(DecodeError::new(format!("expected {expected} elements, found {length}")));
            }
            (ty, token) => return Err(DecodeError::new(format!("expected {ty}, found {}", token.kind()))),
        })
    }

    fn elements<'t>(
        &mut self,
        types: impl ExactSizeIterator<Item = &'t Type>,
        depth: usize,
    ) -> Result<Vec<Value>, (usize, DecodeError)> {
        let mut elements = Vec::with_capacity(types.len().min(TRUSTED_LENGTH));
        for (index, ty) in types.enumerate() {
            elements.push(self.value(ty, depth).map_err(|error| (index, error))?);
        }
        Ok(elements)
    }

    fn entries<'t>(
        &mut self,
        length: usize,
        depth: usize,
        step: fn(String) -> PathStep,
        type_of: impl Fn(&str) -> Option<&'t Type>,
    ) -> Result<BTreeMap<String, Value>, DecodeError> {
        let mut entries = BTreeMap::new();
        for _ in 0..length {
            let name = match self.token()? {
                Marker::Text(name) => name,
                other => {
                    return Err(DecodeError::new(format!("expected a name, found {}", other.kind())));
                }
            };
            let ty = type_of(name)
                .ok_or_else(|| DecodeError::new(format!("an attribute `{name}` that the type has not")))?;
            let value = self.value(ty, depth).map_err(|error| error.within(step(name.to_owned())))?;
            match entries.entry(name.to_owned()) {
                Entry::Vacant(place) => place.insert(value),
                Entry::Occupied(_) => return Err(DecodeError::new(format!("`{name}` twice"))),
            };
        }
        Ok(entries)
    }

    fn token(&mut self) -> Result<Marker<'a>, DecodeError> {
        Ok(match self.byte()? {
            marker @ 0x00..=0x7f => Marker::Number(i64::from(marker).into()),
            marker @ 0x80..=0x8f => self.map(usize::from(marker & 0x0f))?,
            marker @ 0x90..=0x9f => self.array(usize::from(marker & 0x0f))?,
            marker @ 0xa0..=0xbf => self.text(usize::from(marker & 0x1f))?,
            0xc0 => Marker::Nil,
            0xc1 => return Err(DecodeError::new("a byte that MessagePack does not use")),
            0xc2 => Marker::Bool(false),
            0xc3 => Marker::Bool(true),
            marker @ 0xc4..=0xc6 => {
                let length = self.length(1 << (marker - 0xc4))?;
                Marker::Bytes(self.take(length)?)
            }
            marker @ 0xc7..=0xc9 => {
                let length = self.length(1 << (marker - 0xc7))?;
                self.ext(length)?
            }
            0xca => float(f32::from_be_bytes(self.array_of()?).into())?,
            0xcb => float(f64::from_be_bytes(self.array_of()?))?,
            0xcc => Marker::Number(u64::from(self.byte()?).into()),
            0xcd => Marker::Number(u64::from(u16::from_be_bytes(self.array_of()?)).into()),
            0xce => Marker::Number(u64::from(u32::from_be_bytes(self.array_of()?)).into()),
            0xcf => Marker::Number(u64::from_be_bytes(self.array_of()?).into()),
            0xd0 => Marker::Number(i64::from(i8::from_be_bytes(self.array_of()?)).into()),
            0xd1 => Marker::Number(i64::from(i16::from_be_bytes(self.array_of()?)).into()),
            0xd2 => Marker::Number(i64::from(i32::from_be_bytes(self.array_of()?)).into()),
            0xd3 => Marker::Number(i64::from_be_bytes(self.array_of()?).into()),
            marker @ 0xd4..=0xd8 => self.ext(1 << (marker - 0xd4))?,
            marker @ 0xd9..=0xdb => {
                let length = self.length(1 << (marker - 0xd9))?;
                self.text(length)?
            }
            marker @ 0xdc..=0xdd => {
                let length = self.length(2 << (marker - 0xdc))?;
                self.array(length)?
            }
            marker @ 0xde..=0xdf => {
                let length = self.length(2 << (marker - 0xde))?;
                self.map(length)?
            }
            marker @ 0xe0..=0xff => Marker::Number(i64::from(marker as i8).into()),
        })
    }

    fn text(&mut self, length: usize) -> Result<Marker<'a>, DecodeError> {
        let text = std::str::from_utf8(self.take(length)?);
        text.map(Marker::Text).map_err(|_| DecodeError::new("text that is not UTF-8"))
    }

    fn ext(&mut self, length: usize) -> Result<Marker<'a>, DecodeError> {
        let _code = self.byte()?;
        self.take(length)?;
        Ok(Marker::Ext)
    }

    /// Every element needs a byte at least, so a longer array cannot be whole.
    fn array(&mut self, length: usize) -> Result<Marker<'a>, DecodeError> {
        if length > self.rest.len() { Err(cut_short()) } else { Ok(Marker::Array(length)) }
    }

    fn map(&mut self, length: usize) -> Result<Marker<'a>, DecodeError> {
        if length > self.rest.len() / 2 { Err(cut_short()) } else { Ok(Marker::Map(length)) }
    }

    /// A length of 1, 2 or 4 bytes.
    fn length(&mut self, width: usize) -> Result<usize, DecodeError> {
        Ok(self.take(width)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        let [byte] = self.array_of()?;
        Ok(byte)
    }

    fn array_of<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(cut_short)?;
        self.rest = rest;
        Ok(bytes)
    }
}

fn float(float: f64) -> Result<Marker<'static>, DecodeError> {
    Number::from_f64(float)
        .map(Marker::Number)
        .ok_or_else(|| DecodeError::new("a float that is not a number"))
}

fn at_index((index, error): (usize, DecodeError)) -> DecodeError {
    error.within(PathStep::Index(index))
}

fn cut_short() -> DecodeError {
    DecodeError::new("the bytes end within the value")
}

fn too_deep() -> DecodeError {
    DecodeError::new(format!("nested deeper than {MAX_DEPTH} levels"))
}

/// For how many elements room is made on the strength of an announced length alone.
const TRUSTED_LENGTH: usize = 1024;
