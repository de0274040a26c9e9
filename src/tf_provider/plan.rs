//! The planning algorithm: what a resource will be, from what it was and what its configuration says.
//!
//! Pure. The order is the one Terraform's own framework publishes: defaults, write-only values, unknowns (only if
//! something changed), attribute decisions. The resource's own say comes last, in
//! [`Resource::plan`](super::resource::Resource::plan).

use std::collections::BTreeMap;

use super::path::Path;
use super::schema::{Attribute, Keep, Kind, Mode, Replace, Schema};
use super::value::Value;

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

    /// Asks for a new object because of this attribute.
    pub fn replace_because_of(&mut self, attribute: &str) {
        let path = Path::from(attribute);
        if !self.replace.contains(&path) {
            self.replace.push(path);
        }
    }

    /// Plans another value for a computed attribute at the top level.
    pub fn set(&mut self, attribute: &str, value: impl Into<Value>) {
        let planned = std::mem::replace(&mut self.planned, Value::Null);
        self.planned = planned.with(attribute, value.into());
    }
}

/// Plans the change from `prior` to `config`, where `proposed` is Terraform's merge of the two.
pub fn plan(schema: &Schema, prior: Value, config: Value, proposed: Value) -> Plan {
    if proposed.is_null() {
        return Plan {
            prior,
            config,
            planned: Value::Null,
            replace: Vec::new(),
        };
    }
    let root = blocks_as_attributes(schema);
    let settled = fill(&root, &config, proposed, &prior);
    let mut plan = Plan {
        prior,
        config,
        planned: settled,
        replace: Vec::new(),
    };
    if plan.planned != plan.prior {
        let planned = std::mem::replace(&mut plan.planned, Value::Null);
        plan.planned = mark_unknown(&root, &plan.config, planned, &plan.prior);
        decide(&root, &mut plan);
    }
    plan
}

/// Keeps the spelling of `known` wherever `actual` merely spells the same value differently, at any depth.
///
/// Used after create and update (where the plan's spelling is binding) and on read (where the user's spelling stays
/// until there is real drift).
pub fn keep_spelling(schema: &Schema, known: &Value, actual: Value) -> Value {
    keep_spelling_of(&blocks_as_attributes(schema), known, actual)
}

/// Fills defaults, clears write-only values, and keeps the prior spelling of values that mean the same.
fn fill(attributes: &[Attribute], config: &Value, proposed: Value, prior: &Value) -> Value {
    let Value::Object(mut fields) = proposed else {
        return proposed;
    };
    for attribute in attributes {
        let value = fields.remove(attribute.name).unwrap_or(Value::Null);
        let written = config.get(attribute.name);
        let before = prior.get(attribute.name);
        let filled = if attribute.write_only {
            Value::Null
        } else if written.is_null() && attribute.default.is_some() {
            attribute.default.clone().unwrap_or(Value::Null)
        } else if !written.is_null() && !before.is_null() && attribute.same(written, before) {
            before.clone()
        } else {
            nested(&attribute.kind, written, value, before, fill)
        };
        fields.insert(attribute.name.to_owned(), filled);
    }
    Value::Object(fields)
}

/// Marks what the provider will give as unknown, save what stays as it was.
fn mark_unknown(attributes: &[Attribute], config: &Value, planned: Value, prior: &Value) -> Value {
    let Value::Object(mut fields) = planned else {
        return planned;
    };
    for attribute in attributes {
        let value = fields.remove(attribute.name).unwrap_or(Value::Null);
        let written = config.get(attribute.name);
        let before = prior.get(attribute.name);
        let open = attribute.is_computed() && written.is_null() && attribute.default.is_none();
        let marked = if open && attribute.keep == Keep::Always && !before.is_null() {
            before.clone()
        } else if open {
            Value::Unknown
        } else {
            nested(&attribute.kind, written, value, before, mark_unknown)
        };
        fields.insert(attribute.name.to_owned(), marked);
    }
    Value::Object(fields)
}

/// Applies each attribute's own decisions: keep what it was, or ask for a new object.
fn decide(attributes: &[Attribute], plan: &mut Plan) {
    if plan.prior.is_null() {
        return;
    }
    for attribute in attributes {
        let prior = plan.prior.get(attribute.name);
        if plan.planned.get(attribute.name).is_unknown() && !prior.is_null() && stays(attribute, plan) {
            let prior = prior.clone();
            plan.set(attribute.name, prior);
        }
    }
    let mut replace = Vec::new();
    for attribute in attributes {
        let (prior, planned) = (plan.prior.get(attribute.name), plan.planned.get(attribute.name));
        collect_replacements(
            attribute,
            prior,
            planned,
            &Path::from(attribute.name),
            &mut replace,
        );
    }
    plan.replace = replace;
}

fn stays(attribute: &Attribute, plan: &Plan) -> bool {
    match attribute.keep {
        Keep::Never | Keep::Always => false,
        Keep::Unless(others) => !others.iter().any(|other| plan.changes(other)),
    }
}

fn collect_replacements(
    attribute: &Attribute,
    prior: &Value,
    planned: &Value,
    at: &Path,
    found: &mut Vec<Path>,
) {
    if prior == planned {
        return;
    }
    // A value the user leaves to the provider cannot ask for a new object by not being known yet.
    let open = planned.is_unknown() && attribute.mode == Mode::Computed;
    let needs = match attribute.replace {
        Replace::Never => false,
        Replace::Always => !open,
        Replace::When(_, test) => !open && test(prior, planned),
    };
    if needs {
        found.push(at.clone());
    } else if let (Kind::Object(inner), Value::Object(_), Value::Object(_)) =
        (&attribute.kind, prior, planned)
    {
        for attribute in inner {
            let (prior, planned) = (prior.get(attribute.name), planned.get(attribute.name));
            collect_replacements(attribute, prior, planned, &at.attr(attribute.name), found);
        }
    }
}

fn keep_spelling_of(attributes: &[Attribute], known: &Value, actual: Value) -> Value {
    let Value::Object(mut fields) = actual else {
        return actual;
    };
    for attribute in attributes {
        let value = fields.remove(attribute.name).unwrap_or(Value::Null);
        let before = known.get(attribute.name);
        let kept = if before.is_wholly_known() && attribute.same(before, &value) {
            before.clone()
        } else {
            nested(
                &attribute.kind,
                before,
                value,
                &Value::Null,
                |inner, known, value, _| keep_spelling_of(inner, known, value),
            )
        };
        fields.insert(attribute.name.to_owned(), kept);
    }
    Value::Object(fields)
}

/// Applies `each` to the objects inside a value, paired with the matching parts of two other values: by index in lists,
/// by key in maps, and in sets with the one element that agrees in everything it has.
fn nested(
    kind: &Kind,
    config: &Value,
    value: Value,
    prior: &Value,
    each: impl Fn(&[Attribute], &Value, Value, &Value) -> Value + Copy,
) -> Value {
    let Some(attributes) = kind.nested() else {
        return value;
    };
    match (kind, value) {
        (Kind::Object(_), value @ Value::Object(_)) => each(attributes, config, value, prior),
        (Kind::List(_), Value::List(items)) => Value::List(
            items
                .into_iter()
                .enumerate()
                .map(|(i, item)| each(attributes, element(config, i), item, element(prior, i)))
                .collect(),
        ),
        (Kind::Map(_), Value::Map(items)) => Value::Map(
            items
                .into_iter()
                .map(|(key, item)| {
                    let item = each(attributes, config.get(&key), item, prior.get(&key));
                    (key, item)
                })
                .collect::<BTreeMap<_, _>>(),
        ),
        (Kind::Set(_), Value::Set(items)) => Value::set(items.iter().map(|item| {
            let config = config
                .elements()
                .iter()
                .find(|c| agrees(c, item))
                .unwrap_or(&Value::Null);
            let prior = prior
                .elements()
                .iter()
                .find(|p| agrees(config, p))
                .unwrap_or(&Value::Null);
            each(attributes, config, item.clone(), prior)
        })),
        (_, value) => value,
    }
}

fn element(list: &Value, index: usize) -> &Value {
    list.elements().get(index).unwrap_or(&Value::Null)
}

/// Whether everything that `part` gives stands in `whole` too.
fn agrees(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Null | Value::Unknown, _) | (_, Value::Unknown) => true,
        (Value::Object(part), Value::Object(_)) => {
            part.iter().all(|(name, value)| agrees(value, whole.get(name)))
        }
        (part, whole) => part == whole,
    }
}

/// Blocks plan like attributes of an object kind that only the user gives.
fn blocks_as_attributes(schema: &Schema) -> Vec<Attribute> {
    use super::schema::{Nesting, list_of, object, optional, set_of};
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
