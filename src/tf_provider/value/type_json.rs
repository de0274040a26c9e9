//! The JSON form of types.

use serde_json::{Value as Json, json};

use super::{DecodeError, Type};

impl Type {
    /// The compact JSON form that schemas and dynamic values carry: `"string"`, `["list","bool"]`,
    /// `["object",{"id":"string"}]`.
    pub fn to_json(&self) -> Vec<u8> {
        self.json().to_string().into_bytes()
    }

    /// Reads [`Type::to_json`]'s form. The names of optional attributes, which an object may carry as a third
    /// element, are dropped: a value holds every attribute anyway.
    ///
    /// # Errors
    /// When the text is not JSON or not a type. Nesting is limited to 128 levels.
    pub fn from_json(json: &[u8]) -> Result<Self, DecodeError> {
        let json = serde_json::from_slice(json)
            .map_err(|error| DecodeError::new(format!("a type that is not JSON: {error}")))?;
        Self::parse(json).ok_or_else(|| DecodeError::new("JSON that is not a type"))
    }

    fn json(&self) -> Json {
        match self {
            Self::String => json!("string"),
            Self::Number => json!("number"),
            Self::Bool => json!("bool"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.json()]),
            Self::Set(element) => json!(["set", element.json()]),
            Self::Map(element) => json!(["map", element.json()]),
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, ty)| (name.clone(), ty.json()));
                json!(["object", Json::Object(attributes.collect())])
            }
            Self::Tuple(elements) => json!(["tuple", elements.iter().map(Self::json).collect::<Vec<_>>()]),
        }
    }

    fn parse(json: Json) -> Option<Self> {
        let parts = match json {
            Json::String(name) => {
                return match name.as_str() {
                    "string" => Some(Self::String),
                    "number" => Some(Self::Number),
                    "bool" => Some(Self::Bool),
                    "dynamic" => Some(Self::Dynamic),
                    _ => None,
                };
            }
            Json::Array(parts) => parts,
            _ => return None,
        };
        let names_optional = parts.len() == 3;
        if parts.len() > 3 {
            return None;
        }
        let mut parts = parts.into_iter();
        let (kind, argument) = (parts.next()?, parts.next()?);
        match (kind.as_str()?, argument) {
            ("object", Json::Object(attributes)) => {
                let attributes = attributes.into_iter().map(|(name, ty)| Some((name, Self::parse(ty)?)));
                Some(Self::Object(attributes.collect::<Option<_>>()?))
            }
            _ if names_optional => None,
            ("list", element) => Some(Self::list(Self::parse(element)?)),
            ("set", element) => Some(Self::set(Self::parse(element)?)),
            ("map", element) => Some(Self::map(Self::parse(element)?)),
            ("tuple", Json::Array(elements)) => {
                Some(Self::Tuple(elements.into_iter().map(Self::parse).collect::<Option<_>>()?))
            }
            _ => None,
        }
    }
}
