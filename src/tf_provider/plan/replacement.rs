//! Which changes need a new object.

use std::collections::BTreeSet;

use crate::tf_provider::path::Path;
use crate::tf_provider::schema::{Attribute, AttributeKind, Replace};
use crate::tf_provider::value::Value;

/// The attributes, at any depth, whose change needs a new object. Nothing needs one where there was none.
pub(super) fn paths(attributes: &[Attribute], prior: &Value, config: &Value, planned: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    if !prior.is_null() {
        of_object(attributes, &Change { prior, config, planned }, &Path::root(), &mut found);
    }
    found
}

/// One value before, as configured, and as planned.
#[derive(Clone, Copy)]
struct Change<'a> {
    prior: &'a Value,
    config: &'a Value,
    planned: &'a Value,
}

impl<'a> Change<'a> {
    fn get(&self, name: &str) -> Self {
        Self { prior: self.prior.get(name), config: self.config.get(name), planned: self.planned.get(name) }
    }

    fn index(&self, index: usize) -> Self {
        let element = |list: &'a Value| match list {
            Value::Unknown => &Value::Unknown,
            list => list.elements().get(index).unwrap_or(&Value::Null),
        };
        Self { prior: element(self.prior), config: element(self.config), planned: element(self.planned) }
    }
}

fn of_object(attributes: &[Attribute], change: &Change<'_>, at: &Path, found: &mut Vec<Path>) {
    for attribute in attributes {
        of_attribute(attribute, &change.get(attribute.name), &at.attr(attribute.name), found);
    }
}

fn of_attribute(attribute: &Attribute, change: &Change<'_>, at: &Path, found: &mut Vec<Path>) {
    let Change { prior, config, planned } = *change;
    // A value that is left to the provider cannot ask for a new object by not being known yet.
    if prior == planned || (planned.is_unknown() && config.is_null()) {
        return;
    }
    let needed = match attribute.replace {
        Replace::Never => false,
        Replace::Always => true,
        Replace::When(_, test) => test(prior, planned),
    };
    let Some(attributes) = attribute.kind.nested() else {
        if needed {
            found.push(at.clone());
        }
        return;
    };
    // A path must lead to something, and nothing can be told apart inside what is not known or has no order.
    let opaque = planned.is_unknown() || matches!(attribute.kind, AttributeKind::Set(_));
    if needed || (opaque && differs_inside(attributes, prior, planned)) {
        found.push(at.clone());
    } else if !opaque {
        match &attribute.kind {
            AttributeKind::Object(_) => of_object(attributes, change, at, found),
            AttributeKind::List(_) => {
                let length = prior.elements().len().max(planned.elements().len());
                (0..length).for_each(|i| of_object(attributes, &change.index(i), &at.index(i), found));
            }
            _ => {
                let keys: BTreeSet<&String> =
                    prior.entries().keys().chain(planned.entries().keys()).collect();
                keys.into_iter().for_each(|key| of_object(attributes, &change.get(key), &at.key(key), found));
            }
        }
    }
}

/// Whether two collections differ in what needs a new object, whichever element it stands in.
fn differs_inside(attributes: &[Attribute], prior: &Value, planned: &Value) -> bool {
    let replacing = attributes.iter().filter(|attribute| matches!(attribute.replace, Replace::Always));
    let values = |collection: &Value, name: &str| -> BTreeSet<Value> {
        collection.elements().iter().map(|element| element.get(name).clone()).collect()
    };
    let mut replacing = replacing.peekable();
    if planned.is_unknown() {
        return replacing.peek().is_some();
    }
    replacing.any(|attribute| values(prior, attribute.name) != values(planned, attribute.name))
}
