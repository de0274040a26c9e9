//! What Terraform holds providers to, as pure functions. Each violation is a sentence that begins with its place.

use std::collections::BTreeMap;

use super::shape::{Attribute, Block, Nesting};
use autopilot_provider::tf_provider::path::{Path, PathStep};
use autopilot_provider::tf_provider::value::Value;

/// Rules about a planned state, given what was and what the user wrote (P1 to P15).
pub(crate) fn plan_violations(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut found = Findings::default();
    planned_block(block, prior, config, planned, &Path::root(), &mut found);
    found.0
}

/// Rules about a state that follows another: the final plan after the first (F2 to F4), and the result of an apply
/// after its plan (R1 to R8).
pub(crate) fn successor_violations(block: &Block, planned: &Value, actual: &Value) -> Vec<String> {
    let mut found = Findings::default();
    compatible_block(block, planned, actual, &Path::root(), &mut found);
    found.0
}

/// Rules about a state that will be stored (R10, R11, O1): wholly known, nothing of what is write-only, no block null.
pub(crate) fn stored_violations(block: &Block, state: &Value) -> Vec<String> {
    let mut found = Findings::default();
    state.walk(|path, value| {
        if value.is_unknown() {
            found.add(path, "is still unknown");
        }
    });
    write_only_is_null(block, state, &Path::root(), &mut found);
    found.0
}

/// A path that asks for replacement must lead to something in one of the two states (P16).
pub(crate) fn leads_somewhere(path: &Path, prior: &Value, planned: &Value) -> bool {
    [prior, planned].iter().any(|state| {
        let mut value = *state;
        path.steps().iter().all(|step| {
            let next = match step {
                PathStep::Attribute(name) | PathStep::Key(name) => value.entries().get(name),
                PathStep::Index(index) => value.elements().get(*index),
                PathStep::SetElement(_) => None,
            };
            next.map(|next| value = next).is_some()
        })
    })
}

#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, path: &Path, problem: impl std::fmt::Display) {
        let place = if path.is_root() { "the object".to_owned() } else { path.to_string() };
        self.0.push(format!("{place}: {problem}"));
    }
}

fn planned_block(
    block: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
    at: &Path,
    found: &mut Findings,
) {
    if !existence_agrees(config, planned, at, found) {
        return;
    }
    for (name, attribute) in &block.attributes {
        let (prior, config, planned) = (prior.get(name), config.get(name), planned.get(name));
        planned_attribute(attribute, prior, config, planned, &at.attr(name), found);
    }
    for (name, nested) in &block.blocks {
        let (prior, config, planned) = (prior.get(name), config.get(name), planned.get(name));
        let at = at.attr(name);
        if planned == config {
            // Whatever stands in an unchanged block is as configured, save write-only values.
            write_only_is_null_in_block(nested.nesting, &nested.block, planned, &at, found);
            continue;
        }
        if config.is_unknown() {
            found.add(&at, "planned value for a dynamic block whose collection is not known");
            continue;
        }
        if planned.is_unknown() {
            found.add(&at, "a block must not be unknown itself; only its attributes may be");
            continue;
        }
        if planned.is_null() && nested.nesting != Nesting::Single {
            found.add(&at, "must be empty to indicate no blocks, not null");
            continue;
        }
        let inner = |prior: &Value, config: &Value, planned: &Value, at: &Path, found: &mut Findings| {
            if planned.is_unknown() {
                found.add(at, "a block must not be unknown itself; only its attributes may be");
            } else {
                planned_block(&nested.block, prior, config, planned, at, found);
            }
        };
        elements_agree(nested.nesting, prior, config, planned, &at, found, "block", inner);
    }
}

fn planned_attribute(
    attribute: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
    at: &Path,
    found: &mut Findings,
) {
    if attribute.write_only {
        if !planned.is_null() {
            found.add(at, "planned a value for a write-only attribute");
        }
        return;
    }
    let has_write_only =
        attribute.nested.as_ref().is_some_and(|n| n.attributes.values().any(|a| a.write_only));
    if planned == config && !has_write_only {
        return;
    }
    if planned == prior && !prior.is_null() && !config.is_null() {
        return;
    }
    if attribute.computed && config.is_null() {
        return;
    }
    if config.is_null() {
        if !planned.is_null() {
            found.add(at, format!("planned value {} for a non-computed attribute", planned.reveal()));
        }
        return;
    }
    let Some(nested) = &attribute.nested else {
        found.add(
            at,
            format!(
                "planned value {} does not match config value {} nor prior value {}",
                planned.reveal(),
                config.reveal(),
                prior.reveal()
            ),
        );
        return;
    };
    if config.is_unknown() {
        if planned != config {
            found.add(at, "planned value for an attribute whose configuration is not known");
        }
        return;
    }
    if planned.is_unknown() {
        found.add(at, "a configured nested attribute must not be unknown as a whole");
        return;
    }
    let inner = |prior: &Value, config: &Value, planned: &Value, at: &Path, found: &mut Findings| {
        planned_object(&nested.attributes, prior, config, planned, at, found);
    };
    elements_agree(nested.nesting, prior, config, planned, at, found, "element", inner);
}

fn planned_object(
    attributes: &BTreeMap<String, Attribute>,
    prior: &Value,
    config: &Value,
    planned: &Value,
    at: &Path,
    found: &mut Findings,
) {
    if planned == config && config.is_unknown() || !existence_agrees(config, planned, at, found) {
        return;
    }
    for (name, attribute) in attributes {
        let (prior, config, planned) = (prior.get(name), config.get(name), planned.get(name));
        planned_attribute(attribute, prior, config, planned, &at.attr(name), found);
    }
}

/// Compares a planned collection with the configured one. Set elements have no name: each planned one must be what some
/// configured element allows, and the other way round (core itself looks only at their number; a provider that
/// exchanges elements misleads its user all the same).
#[expect(clippy::too_many_arguments, reason = "three states, their nesting, their place, and what is inside")]
fn elements_agree(
    nesting: Nesting,
    prior: &Value,
    config: &Value,
    planned: &Value,
    at: &Path,
    found: &mut Findings,
    what: &str,
    inner: impl Fn(&Value, &Value, &Value, &Path, &mut Findings),
) {
    let count = |found: &mut Findings, planned: usize, config: usize| {
        if planned != config {
            found.add(
                at,
                format!("{what} count in plan ({planned}) disagrees with count in config ({config})"),
            );
        }
        planned == config
    };
    if nesting != Nesting::Single && planned.is_null() {
        found.add(at, "planned for absence but config wants existence");
        return;
    }
    match nesting {
        Nesting::Single => inner(prior, config, planned, at, found),
        Nesting::List => {
            let (planned, config) = (planned.elements(), config.elements());
            if count(found, planned.len(), config.len()) {
                for (index, (planned, config)) in planned.iter().zip(config).enumerate() {
                    let prior = prior.elements().get(index).unwrap_or(&Value::Null);
                    inner(prior, config, planned, &at.index(index), found);
                }
            }
        }
        Nesting::Map => {
            if !planned.entries().keys().eq(config.entries().keys()) {
                found.add(at, "keys in plan disagree with keys in config");
                return;
            }
            for (key, planned) in planned.entries() {
                inner(prior.get(key), config.get(key), planned, &at.key(key), found);
            }
        }
        Nesting::Set => {
            let (planned, config) = (planned.elements(), config.elements());
            if !count(found, planned.len(), config.len()) {
                return;
            }
            let allowed = |planned: &Value, config: &Value| {
                std::iter::once(&Value::Null).chain(prior.elements()).any(|prior| {
                    let mut problems = Findings::default();
                    inner(prior, config, planned, at, &mut problems);
                    problems.0.is_empty()
                })
            };
            for planned in planned.iter().filter(|planned| !config.iter().any(|c| allowed(planned, c))) {
                found.add(at, format!("planned {what} {} comes from no configured one", planned.reveal()));
            }
            for config in config.iter().filter(|config| !planned.iter().any(|p| allowed(p, config))) {
                found.add(at, format!("configured {what} {} is not in the plan", config.reveal()));
            }
        }
    }
}

fn existence_agrees(config: &Value, planned: &Value, at: &Path, found: &mut Findings) -> bool {
    match (config.is_null(), planned.is_null()) {
        (false, true) => found.add(at, "planned for absence but config wants existence"),
        (true, false) => found.add(at, "planned for existence but config wants absence"),
        (true, true) => {}
        (false, false) => return true,
    }
    false
}

fn compatible_block(block: &Block, planned: &Value, actual: &Value, at: &Path, found: &mut Findings) {
    match (planned.is_null(), actual.is_null()) {
        (false, true) => return found.add(at, "was present, but now absent"),
        (true, false) => return found.add(at, "was absent, but now present"),
        (true, true) => return,
        (false, false) => {}
    }
    for name in block.attributes.keys() {
        compatible_value(planned.get(name), actual.get(name), &at.attr(name), found);
    }
    for (name, nested) in &block.blocks {
        let (planned, actual, at) = (planned.get(name), actual.get(name), at.attr(name));
        if planned.is_unknown() {
            continue;
        }
        match nested.nesting {
            Nesting::Single => compatible_block(&nested.block, planned, actual, &at, found),
            _ => compatible_value(planned, actual, &at, found),
        }
    }
}

fn compatible_value(planned: &Value, actual: &Value, at: &Path, found: &mut Findings) {
    match (planned, actual) {
        (Value::Unknown, _) | (Value::Null, Value::Null) => {}
        (_, Value::Unknown) => found.add(at, "was known, but now unknown"),
        (planned, Value::Null) => found.add(at, format!("was {}, but now null", planned.reveal())),
        (Value::Null, actual) => found.add(at, format!("was null, but now {}", actual.reveal())),
        (Value::List(planned), Value::List(actual)) | (Value::Tuple(planned), Value::Tuple(actual)) => {
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                compatible_value(planned, actual, &at.index(index), found);
            }
            for index in actual.len()..planned.len() {
                found.add(&at.index(index), "element has vanished");
            }
            for index in planned.len()..actual.len() {
                found.add(&at.index(index), "new element has appeared");
            }
        }
        (Value::Map(planned), Value::Map(actual)) | (Value::Object(planned), Value::Object(actual)) => {
            for (key, value) in planned {
                match actual.get(key) {
                    Some(actual) => compatible_value(value, actual, &at.key(key), found),
                    None => found.add(&at.key(key), "element has vanished"),
                }
            }
            for key in actual.keys().filter(|key| !planned.contains_key(*key)) {
                found.add(&at.key(key), "new element has appeared");
            }
        }
        (Value::Set(planned), Value::Set(actual)) => {
            let fits = |planned: &Value, actual: &Value| {
                let mut problems = Findings::default();
                compatible_value(planned, actual, at, &mut problems);
                problems.0.is_empty()
            };
            for planned in planned.iter().filter(|planned| !actual.iter().any(|a| fits(planned, a))) {
                found.add(
                    at,
                    format!("planned set element {} does not correlate with any element", planned.reveal()),
                );
            }
            for actual in actual.iter().filter(|actual| !planned.iter().any(|p| fits(p, actual))) {
                found.add(
                    at,
                    format!("actual set element {} does not correlate with any in plan", actual.reveal()),
                );
            }
            if actual.len() > planned.len() {
                found.add(at, format!("length changed from {} to {}", planned.len(), actual.len()));
            }
        }
        (planned, actual) if planned == actual => {}
        (planned, actual) => found.add(at, format!("was {}, but now {}", planned.reveal(), actual.reveal())),
    }
}

fn write_only_is_null(block: &Block, state: &Value, at: &Path, found: &mut Findings) {
    if state.is_null() || state.is_unknown() {
        return;
    }
    write_only_attributes_are_null(&block.attributes, state, at, found);
    for (name, nested) in &block.blocks {
        let (value, at) = (state.get(name), at.attr(name));
        if value.is_null() && nested.nesting != Nesting::Single {
            found.add(&at, "must be empty to indicate no blocks, not null");
        }
        write_only_is_null_in_block(nested.nesting, &nested.block, value, &at, found);
    }
}

fn write_only_is_null_in_block(
    nesting: Nesting,
    block: &Block,
    value: &Value,
    at: &Path,
    found: &mut Findings,
) {
    match nesting {
        Nesting::Single => write_only_is_null(block, value, at, found),
        _ => {
            for element in value.elements().iter().chain(value.entries().values()) {
                write_only_is_null(block, element, at, found);
            }
        }
    }
}

fn write_only_attributes_are_null(
    attributes: &BTreeMap<String, Attribute>,
    object: &Value,
    at: &Path,
    found: &mut Findings,
) {
    for (name, attribute) in attributes {
        let (value, at) = (object.get(name), at.attr(name));
        if attribute.write_only && !value.is_null() {
            found.add(&at, "holds a value for a write-only attribute");
        }
        let Some(nested) = &attribute.nested else { continue };
        match nested.nesting {
            Nesting::Single => write_only_attributes_are_null(&nested.attributes, value, &at, found),
            _ => {
                for element in value.elements().iter().chain(value.entries().values()) {
                    write_only_attributes_are_null(&nested.attributes, element, &at, found);
                }
            }
        }
    }
}
