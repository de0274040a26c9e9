//! What a type may hold: properties, their kinds, who writes them, and in which version they exist.
//!
//! A type is data, written once as a `static`:
//!
//! ```ignore
//! pub(crate) static GROUP: Type = Type::new("group").properties(&[
//!     text("displayName").required(),
//!     boolean("mailEnabled").required(),
//!     text("membershipRule").nullable(),
//!     enumeration("membershipRuleProcessingState", &["On", "Paused"]).nullable(),
//!     date_time("createdDateTime").read_only(),
//! ]);
//! ```
//!
//! [`Type::read`] checks a body against it, [`Type::with_defaults`] completes a new entity and [`Type::show`] makes
//! what a client sees.

use serde_json::{Map, Value};

use crate::emulator::world::collection::Entity;

mod reading;
mod showing;

pub(crate) use reading::{Mismatch, Purpose};

/// An id that says "none yet".
pub(crate) const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Version {
    V1,
    Beta,
}

impl Version {
    /// Both versions.
    pub(crate) const BOTH: &'static [Self] = &[Self::V1, Self::Beta];

    /// The first path segment.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
        }
    }

    pub(crate) fn from_segment(segment: &str) -> Option<Self> {
        [Self::V1, Self::Beta].into_iter().find(|v| v.segment().eq_ignore_ascii_case(segment))
    }
}

/// An entity type, a complex type, or the parameters of an action.
#[derive(Debug)]
pub(crate) struct Type {
    /// The name without namespace: `group`.
    pub(crate) name: &'static str,
    /// Its own properties, without those of the base.
    pub(crate) properties: &'static [Property],
    /// The type it extends.
    pub(crate) base: Option<&'static Self>,
    /// The types that extend it directly. A type with derived types wants `@odata.type` in a body when it is abstract.
    pub(crate) derived: &'static [&'static Self],
    /// Whether no object is of this very type.
    pub(crate) is_abstract: bool,
    /// Whether every object shows its `@odata.type`.
    pub(crate) names_itself: bool,
    /// Whether objects do not store what says nothing: there are a hundred thousand of them.
    pub(crate) is_sparse: bool,
}

impl Type {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            properties: &[],
            base: None,
            derived: &[],
            is_abstract: false,
            names_itself: false,
            is_sparse: false,
        }
    }

    pub(crate) const fn properties(mut self, properties: &'static [Property]) -> Self {
        self.properties = properties;
        self
    }

    /// Objects do not store what nobody has written and is nothing (null, false, no text, the first word); they show it all
    /// the same.
    pub(crate) const fn sparse(mut self) -> Self {
        self.is_sparse = true;
        self
    }

    /// Extends `base`; `base` must name this type among its derived ones.
    pub(crate) const fn extends(mut self, base: &'static Self) -> Self {
        self.base = Some(base);
        self.names_itself = true;
        self
    }

    pub(crate) const fn abstract_with(mut self, derived: &'static [&'static Self]) -> Self {
        self.derived = derived;
        self.is_abstract = true;
        self
    }

    pub(crate) const fn with_derived(mut self, derived: &'static [&'static Self]) -> Self {
        self.derived = derived;
        self
    }

    /// `#microsoft.graph.group`.
    pub(crate) fn odata_type(&self) -> String {
        format!("#microsoft.graph.{}", self.name)
    }

    /// All properties, those of the base first.
    pub(crate) fn all_properties(&self) -> Vec<&'static Property> {
        let mut all = self.base.map(Self::all_properties).unwrap_or_default();
        all.extend(self.properties);
        all
    }

    /// The property of this name, here or in a base.
    pub(crate) fn property(&self, name: &str) -> Option<&'static Property> {
        let own = self.properties.iter().find(|property| property.name == name);
        own.or_else(|| self.base.and_then(|base| base.property(name)))
    }

    /// This type or the one below it that an `@odata.type` names, with or without `#`.
    pub(crate) fn named(&'static self, odata_type: &str) -> Option<&'static Self> {
        let name = odata_type.strip_prefix('#').unwrap_or(odata_type).strip_prefix("microsoft.graph.")?;
        self.descendant(name)
    }

    fn descendant(&'static self, name: &str) -> Option<&'static Self> {
        if self.name == name {
            return Some(self);
        }
        self.derived.iter().find_map(|derived| derived.descendant(name))
    }

    /// The concrete type of a stored entity: what its `@odata.type` says, else this type.
    pub(crate) fn of(&'static self, entity: &Entity) -> &'static Self {
        let named = entity.get("@odata.type").and_then(Value::as_str).and_then(|name| self.named(name));
        named.unwrap_or(self)
    }

    /// Adds what the service fills in when a client left it out: declared defaults, else null, else the kind's
    /// empty value when null is not allowed.
    pub(crate) fn with_defaults(&self, mut entity: Entity) -> Entity {
        for property in self.all_properties() {
            if !entity.contains_key(property.name) && !property.kind.is_navigation() {
                if !(self.is_sparse && property.says_nothing_by_default()) {
                    entity.insert(property.name.to_owned(), property.default_value());
                }
            } else if let (PropertyKind::Complex(complex), Some(Value::Object(inner))) =
                (&property.kind, entity.get_mut(property.name))
            {
                let whole = complex.of(inner).with_defaults(std::mem::take(inner));
                *inner = whole;
            }
        }
        entity
    }
}

/// One property of a type.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) kind: PropertyKind,
    pub(crate) nullable: bool,
    /// Whether a create without it is refused.
    pub(crate) required: bool,
    pub(crate) create: Writing,
    pub(crate) update: Writing,
    pub(crate) default: Default,
    pub(crate) versions: &'static [Version],
    /// Whether a client sees it only when it asks with `$select` (or never, for `WriteOnly`).
    pub(crate) visibility: Visibility,
}

/// What happens to a property that a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writing {
    Accepted,
    /// Taken without complaint and without effect.
    Ignored,
    /// Answered with 400.
    Refused,
}

/// When a client sees a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Always,
    /// Only when `$select` names it.
    OnSelect,
    Never,
}

/// The value of a property that nobody wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Default {
    /// Null, or the kind's empty value when null is not allowed.
    Empty,
    Text(&'static str),
    Boolean(bool),
    Number(i64),
    /// A collection of texts.
    Texts(&'static [&'static str]),
}

/// The kind of a property's value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PropertyKind {
    String,
    Boolean,
    Int32,
    Int64,
    DateTime,
    Duration,
    Guid,
    /// Padded base64.
    Binary,
    Enum(&'static [&'static str]),
    Complex(&'static Type),
    Collection(&'static Self),
    /// A link to other entities: only `name@odata.bind` is accepted in a body.
    Navigation,
    /// Any JSON.
    Untyped,
}

impl PropertyKind {
    pub(crate) fn is_navigation(&self) -> bool {
        matches!(self, Self::Navigation)
    }

    /// The name in OData's own words: `Edm.Boolean`.
    pub(crate) fn edm(&self) -> String {
        match self {
            Self::String => "Edm.String".to_owned(),
            Self::Boolean => "Edm.Boolean".to_owned(),
            Self::Int32 => "Edm.Int32".to_owned(),
            Self::Int64 => "Edm.Int64".to_owned(),
            Self::DateTime => "Edm.DateTimeOffset".to_owned(),
            Self::Duration => "Edm.Duration".to_owned(),
            Self::Guid => "Edm.Guid".to_owned(),
            Self::Binary => "Edm.Binary".to_owned(),
            Self::Enum(_) => "Edm.Enum".to_owned(),
            Self::Complex(complex) => format!("microsoft.graph.{}", complex.name),
            Self::Collection(item) => format!("Collection({})", item.edm()),
            Self::Navigation => "Edm.EntityType".to_owned(),
            Self::Untyped => "Edm.Untyped".to_owned(),
        }
    }
}

impl Property {
    pub(crate) const fn new(name: &'static str, kind: PropertyKind) -> Self {
        Self {
            name,
            kind,
            nullable: false,
            required: false,
            create: Writing::Accepted,
            update: Writing::Accepted,
            default: Default::Empty,
            versions: Version::BOTH,
            visibility: Visibility::Always,
        }
    }

    pub(crate) const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Refused on create and update alike.
    pub(crate) const fn read_only(mut self) -> Self {
        self.create = Writing::Refused;
        self.update = Writing::Refused;
        self
    }

    /// Taken and forgotten on create and update alike, as Intune does with what it computes itself.
    pub(crate) const fn ignored(mut self) -> Self {
        self.create = Writing::Ignored;
        self.update = Writing::Ignored;
        self
    }

    pub(crate) const fn on_update(mut self, writing: Writing) -> Self {
        self.update = writing;
        self
    }

    pub(crate) const fn beta(mut self) -> Self {
        self.versions = &[Version::Beta];
        self
    }

    pub(crate) const fn default(mut self, default: Default) -> Self {
        self.default = default;
        self
    }

    pub(crate) const fn visible(mut self, visibility: Visibility) -> Self {
        self.visibility = visibility;
        self
    }

    pub(crate) fn exists_in(&self, version: Version) -> bool {
        self.versions.contains(&version)
    }

    /// Whether nobody has to write its default down: it is the kind's own, and nothing looks for it but who shows it.
    fn says_nothing_by_default(&self) -> bool {
        matches!(self.default, Default::Empty)
            && !matches!(self.kind, PropertyKind::Complex(_) if !self.nullable)
    }

    pub(crate) fn default_value(&self) -> Value {
        match self.default {
            Default::Text(text) => Value::from(text),
            Default::Boolean(boolean) => Value::from(boolean),
            Default::Number(number) => Value::from(number),
            Default::Texts(texts) => Value::from(texts),
            Default::Empty => match self.kind {
                PropertyKind::Collection(_) => Value::Array(Vec::new()),
                _ if self.nullable => Value::Null,
                PropertyKind::String | PropertyKind::Binary => Value::from(""),
                PropertyKind::Boolean => Value::from(false),
                PropertyKind::Int32 | PropertyKind::Int64 => Value::from(0),
                PropertyKind::DateTime => Value::from("0001-01-01T00:00:00Z"),
                PropertyKind::Duration => Value::from("PT0S"),
                PropertyKind::Guid => Value::from(NO_ID),
                PropertyKind::Enum(members) => members.first().copied().map_or(Value::Null, Value::from),
                PropertyKind::Complex(complex) => Value::Object(complex.with_defaults(Map::new())),
                PropertyKind::Navigation | PropertyKind::Untyped => Value::Null,
            },
        }
    }
}

pub(crate) const fn text(name: &'static str) -> Property {
    Property::new(name, PropertyKind::String)
}
pub(crate) const fn boolean(name: &'static str) -> Property {
    Property::new(name, PropertyKind::Boolean)
}
pub(crate) const fn int32(name: &'static str) -> Property {
    Property::new(name, PropertyKind::Int32)
}
pub(crate) const fn date_time(name: &'static str) -> Property {
    Property::new(name, PropertyKind::DateTime)
}
pub(crate) const fn guid(name: &'static str) -> Property {
    Property::new(name, PropertyKind::Guid)
}
pub(crate) const fn binary(name: &'static str) -> Property {
    Property::new(name, PropertyKind::Binary)
}
pub(crate) const fn enumeration(name: &'static str, members: &'static [&'static str]) -> Property {
    Property::new(name, PropertyKind::Enum(members))
}
pub(crate) const fn complex(name: &'static str, complex: &'static Type) -> Property {
    Property::new(name, PropertyKind::Complex(complex))
}
pub(crate) const fn collection(name: &'static str, item: &'static PropertyKind) -> Property {
    Property::new(name, PropertyKind::Collection(item))
}
pub(crate) const fn navigation(name: &'static str) -> Property {
    Property::new(name, PropertyKind::Navigation)
}
