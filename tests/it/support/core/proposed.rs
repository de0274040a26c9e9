//! The state Terraform proposes to a provider: prior state and configuration, merged.

use std::collections::BTreeMap;

use super::shape::{Attribute, Block, Nested, Nesting};
use autopilot_provider::tf_provider::value::Value;

/// Merges what was (null for an object to be created) with what the user wrote.
pub(crate) fn proposed(block: &Block, prior: &Value, config: &Value) -> Value {
    if prior.is_null() { of_block(block, &block.empty(), config) } else { of_block(block, prior, config) }
}

fn of_block(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || config.is_unknown() {
        return config.clone();
    }
    let Value::Object(mut fields) = of_attributes(&block.attributes, prior, config) else { unreachable!() };
    for (name, nested) in &block.blocks {
        let (prior, config) = (prior.get(name), config.get(name));
        let merge = |prior: &Value, config: &Value| of_block(&nested.block, prior, config);
        let could_be = |prior: &Value, config: &Value| {
            could_come_from(&nested.block.attributes, prior, config)
                && nested.block.blocks.keys().all(|name| prior.get(name) == config.get(name))
        };
        fields.insert(name.clone(), collection(nested.nesting, prior, config, merge, could_be));
    }
    Value::Object(fields)
}

fn of_attributes(attributes: &BTreeMap<String, Attribute>, prior: &Value, config: &Value) -> Value {
    Value::object(
        attributes.iter().map(|(name, attribute)| {
            (name.clone(), of_attribute(attribute, prior.get(name), config.get(name)))
        }),
    )
}

fn of_attribute(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    match &attribute.nested {
        // What the user alone can have written must have stood in a configuration that is gone.
        Some(nested) if attribute.computed && attribute.optional && config.is_null() => {
            if was_configured(nested, prior) { Value::Null } else { prior.clone() }
        }
        _ if attribute.computed && config.is_null() => prior.clone(),
        Some(nested) => collection(
            nested.nesting,
            prior,
            config,
            |prior, config| {
                if config.is_null() || config.is_unknown() {
                    return config.clone();
                }
                of_attributes(&nested.attributes, prior, config)
            },
            |prior, config| could_come_from(&nested.attributes, prior, config),
        ),
        None => config.clone(),
    }
}

/// Merges element by element: by index, by key, or with the first prior element that could come from the configured one.
fn collection(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    merge: impl Fn(&Value, &Value) -> Value,
    could_be: impl Fn(&Value, &Value) -> bool,
) -> Value {
    if config.is_null() || config.is_unknown() {
        return config.clone();
    }
    let prior_at = |index: usize| prior.elements().get(index).unwrap_or(&Value::Null);
    match nesting {
        Nesting::Single => merge(prior, config),
        Nesting::List => {
            let items = config.elements().iter().enumerate();
            Value::list(items.map(|(index, config)| merge(prior_at(index), config)))
        }
        Nesting::Map => {
            let entries = config.entries().iter();
            Value::map(entries.map(|(key, config)| (key.clone(), merge(prior.get(key), config))))
        }
        Nesting::Set => Value::set(config.elements().iter().map(|config| {
            let from = prior.elements().iter().find(|prior| could_be(prior, config));
            merge(from.unwrap_or(&Value::Null), config)
        })),
    }
}

/// Whether a prior element could be what a provider made of a configured one: it differs only where the provider gives
/// the value and the user gives none.
fn could_come_from(attributes: &BTreeMap<String, Attribute>, prior: &Value, config: &Value) -> bool {
    attributes.iter().all(|(name, attribute)| {
        let (prior, config) = (prior.get(name), config.get(name));
        if prior == config {
            return true;
        }
        if attribute.computed && config.is_null() {
            return true;
        }
        let Some(nested) = &attribute.nested else {
            return false;
        };
        let inner = |prior: &Value, config: &Value| could_come_from(&nested.attributes, prior, config);
        match nested.nesting {
            _ if prior.is_null() || config.is_null() || config.is_unknown() => false,
            Nesting::Single => inner(prior, config),
            Nesting::List => {
                let (prior, config) = (prior.elements(), config.elements());
                prior.len() == config.len() && prior.iter().zip(config).all(|(p, c)| inner(p, c))
            }
            Nesting::Map => {
                prior.entries().keys().eq(config.entries().keys())
                    && prior.entries().iter().all(|(key, value)| inner(value, config.get(key)))
            }
            Nesting::Set => false,
        }
    })
}

fn was_configured(nested: &Nested, value: &Value) -> bool {
    let in_object = |object: &Value| {
        nested.attributes.iter().any(|(name, attribute)| {
            let value = object.get(name);
            let here = !attribute.computed && !value.is_null();
            here || attribute.nested.as_ref().is_some_and(|nested| was_configured(nested, value))
        })
    };
    match nested.nesting {
        Nesting::Single => in_object(value),
        Nesting::Map => value.entries().values().any(in_object),
        Nesting::List | Nesting::Set => value.elements().iter().any(in_object),
    }
}
