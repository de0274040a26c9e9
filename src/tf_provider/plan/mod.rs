//! The planning algorithm: what a resource will be, from what it was and what its configuration says.
//!
//! Pure. What the user gives stands as it is written (or as it was spelled before, where that means the same), defaults
//! fill what the user leaves out, write-only values are cleared. What is left to the provider stays as it was, if nothing
//! else changes; otherwise it is unknown, save where its declaration says what it depends on. Last, each attribute says
//! whether its change needs a new object. The resource's own say comes after all this, in
//! [`Resource::plan`](super::resource::Resource::plan).
//!
//! Terraform's own merge of prior state and configuration (the proposed state) is not needed: it is the first half of
//! this.

mod pairing;
mod promises;
mod replacement;
mod spelling;

use std::collections::BTreeMap;

use self::pairing::{pair_with_prior, wanted};
use super::path::Path;
use super::schema::{
    Attribute, AttributeKind, Keep, Nesting, Same, Schema, TIMEOUTS, list_of, object, optional, set_of,
};
use super::value::Value;

pub use self::promises::keep_promises;
pub use self::spelling::keep_spelling;

/// A planned change.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What the object was; null when it is to be created.
    pub prior: Value,
    /// What the user wrote; null when it is to be destroyed.
    pub config: Value,
    /// What the object will be; null when it is to be destroyed.
    pub planned: Value,
    /// Attributes whose change needs a new object.
    pub replace: Vec<Path>,
    /// Ids of objects that exist and that the change would take over.
    pub adopts: Vec<String>,
}

impl Plan {
    /// Whether the object is to be created.
    pub fn is_create(&self) -> bool {
        self.prior.is_null() && !self.planned.is_null()
    }

    /// Whether the object is to be destroyed.
    pub fn is_destroy(&self) -> bool {
        self.planned.is_null()
    }

    /// Whether an attribute at the top level will have another value, or may have.
    pub fn changes(&self, attribute: &str) -> bool {
        self.prior.get(attribute) != self.planned.get(attribute)
    }

    /// Plans another value for a computed attribute at the top level.
    pub fn set(&mut self, attribute: &str, value: impl Into<Value>) {
        let planned = std::mem::replace(&mut self.planned, Value::Null);
        self.planned = planned.with(attribute, value.into());
    }
}

/// Plans the change from `prior` (null: create) to `config` (null: destroy).
pub fn plan(schema: &Schema, prior: Value, config: Value) -> Plan {
    let done = |prior, config, planned, replace| Plan { prior, config, planned, replace, adopts: Vec::new() };
    if config.is_null() {
        return done(prior, config, Value::Null, Vec::new());
    }
    let attributes = blocks_as_attributes(schema);
    let unchanged = |stays: &Stays<'_>| merged(&attributes, &config, &prior, stays);

    let settled = unchanged(&|_, _| true);
    if is_same_object(&prior, &settled) {
        return done(prior, config, settled, Vec::new());
    }
    // What depends on other attributes is decided once those are, which may depend on others again.
    let mut planned = unchanged(&|attribute, exists| exists && attribute.keep == Keep::Always);
    loop {
        let changes = |name: &&str| prior.get(name) != planned.get(name);
        let next = unchanged(&|attribute, exists| match attribute.keep {
            Keep::Never => false,
            Keep::Always => exists,
            Keep::Unless(others) => exists && !others.iter().any(changes),
        });
        if next == planned {
            break;
        }
        planned = next;
    }
    let replace = replacement::paths(&attributes, &prior, &config, &planned);
    done(prior, config, planned, replace)
}

/// Whether two states describe the same object: they differ in deadlines at most, which only Terraform stores.
pub(crate) fn is_same_object(prior: &Value, planned: &Value) -> bool {
    let differs = |(name, value): (&String, &Value)| name != TIMEOUTS && prior.get(name) != value;
    !prior.is_null() && !planned.is_null() && !planned.entries().iter().any(differs)
}

/// Whether a value that is left to the provider stays what it was, which may be nothing; it learns whether the object it is in
/// exists at all.
type Stays<'a> = dyn Fn(&Attribute, bool) -> bool + 'a;

fn merged(attributes: &[Attribute], config: &Value, prior: &Value, stays: &Stays<'_>) -> Value {
    Value::object(attributes.iter().map(|attribute| {
        let (written, before) = (config.get(attribute.name), prior.get(attribute.name));
        let value = merged_attribute(attribute, written, before, !prior.is_null(), stays);
        (attribute.name, value)
    }))
}

fn merged_attribute(
    attribute: &Attribute,
    written: &Value,
    before: &Value,
    exists: bool,
    stays: &Stays<'_>,
) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    let wanted = wanted(attribute, written);
    if wanted.is_null() && attribute.is_computed() {
        return if stays(attribute, exists) { before.clone() } else { Value::Unknown };
    }
    // Without a measure of their own, nested objects are compared attribute by attribute.
    let is_compared = attribute.kind.nested().is_none() || !matches!(attribute.same, Same::Exact);
    if is_compared && !wanted.is_null() && !before.is_null() && attribute.same(wanted, before) {
        return before.clone();
    }
    merged_kind(&attribute.kind, wanted, before, stays)
}

/// Nested objects are merged with what they were: by index in lists, by key in maps, and in sets with the prior element
/// that can have come from them.
fn merged_kind(kind: &AttributeKind, wanted: &Value, before: &Value, stays: &Stays<'_>) -> Value {
    let Some(attributes) = kind.nested() else {
        return wanted.clone();
    };
    let element = |wanted: &Value, before: &Value| match wanted {
        Value::Object(_) => merged(attributes, wanted, before, stays),
        other => other.clone(),
    };
    match (kind, wanted) {
        (AttributeKind::Object(_), wanted) => element(wanted, before),
        (AttributeKind::List(_), Value::List(items)) => {
            let before = before.elements();
            let pairs = items.iter().enumerate().map(|(index, item)| (item, before.get(index)));
            Value::list(pairs.map(|(item, before)| element(item, before.unwrap_or(&Value::Null))))
        }
        (AttributeKind::Map(_), Value::Map(items)) => {
            let items = items.iter().map(|(key, item)| (key.clone(), element(item, before.get(key))));
            Value::Map(items.collect::<BTreeMap<_, _>>())
        }
        (AttributeKind::Set(_), Value::Set(items)) => {
            let pairs = pair_with_prior(attributes, items, before.elements());
            Value::set(pairs.into_iter().map(|(item, before)| element(item, before)))
        }
        (_, other) => other.clone(),
    }
}

/// Blocks plan like attributes of an object kind that only the user gives.
fn blocks_as_attributes(schema: &Schema) -> Vec<Attribute> {
    let mut all = schema.attributes.clone();
    for block in schema.all_blocks() {
        let element = object(block.attributes);
        let kind = match block.nesting {
            Nesting::Single => element,
            Nesting::List(..) => list_of(element),
            Nesting::Set(..) => set_of(element),
        };
        all.push(optional(block.name, kind, block.description));
    }
    all
}

#[cfg(test)]
mod tests;
