//! Running every check and rule of a schema over a configuration: pure, and all mistakes at once.

use super::diagnostics::Diagnostics;
use super::path::Path;
use super::schema::{Attribute, Kind, Schema, TIMEOUTS};
use super::value::Value;

/// Every mistake in a configuration that its schema can tell. Values that are not known yet are not judged.
pub fn validate(schema: &Schema, config: &Value) -> Diagnostics {
    let mut problems = Diagnostics::default();
    attributes(&schema.attributes, config, &Path::root(), &mut problems);
    for block in schema.all_blocks() {
        let path = Path::from(block.name);
        let value = config.get(block.name);
        if block.name == TIMEOUTS || matches!(value, Value::Object(_)) {
            attributes(&block.attributes, value, &path, &mut problems);
        } else {
            for (element, path) in children(value, &path) {
                attributes(&block.attributes, element, &path, &mut problems);
            }
        }
    }
    for rule in &schema.rules {
        rule.run(config, &mut problems);
    }
    problems
}

/// Refuses values of write-only arguments, at any depth, for hosts that would store them.
pub fn refuse_write_only(schema: &Schema, config: &Value) -> Diagnostics {
    let mut problems = Diagnostics::default();
    write_only(&schema.attributes, config, &Path::root(), &mut problems);
    for block in schema.all_blocks() {
        for (element, path) in objects(config.get(block.name), &Path::from(block.name)) {
            write_only(&block.attributes, element, &path, &mut problems);
        }
    }
    problems
}

fn write_only(declared: &[Attribute], object: &Value, at: &Path, problems: &mut Diagnostics) {
    for attribute in declared {
        let (value, path) = (object.get(attribute.name), at.attr(attribute.name));
        if attribute.write_only && !value.is_null() {
            let detail = format!(
                "`{path}` is write-only: it must reach the provider without being stored, which needs Terraform 1.11 or \
                 OpenTofu 1.11. Upgrade, or remove the argument."
            );
            problems.error_at(path, "Write-only argument not supported here", detail);
        } else if let Some(nested) = attribute.kind.nested() {
            for (element, path) in objects(value, &path) {
                write_only(nested, element, &path, problems);
            }
        }
    }
}

/// The objects in a value with their paths: itself, or the elements of the collection it is.
fn objects<'a>(value: &'a Value, path: &Path) -> Vec<(&'a Value, Path)> {
    match value {
        Value::Object(_) => vec![(value, path.clone())],
        collection => children(collection, path),
    }
}

fn attributes(declared: &[Attribute], object: &Value, at: &Path, problems: &mut Diagnostics) {
    for attribute in declared {
        let path = at.attr(attribute.name);
        one(attribute, object.get(attribute.name), &path, problems);
    }
}

fn one(attribute: &Attribute, value: &Value, path: &Path, problems: &mut Diagnostics) {
    if value.is_null() || value.is_unknown() {
        return;
    }
    if let Some(instead) = attribute.deprecated {
        problems.warning_at(path.clone(), "Argument deprecated", format!("`{path}`: {instead}"));
    }
    let before = problems.len();
    kind(attribute, &attribute.kind, value, path, problems);
    if attribute.kind.nested().is_none() && problems.len() > before {
        // Of the wrong kind altogether: what else holds for it would only repeat that.
        return;
    }
    for check in &attribute.checks {
        if let Err(wrong) = check.run(value) {
            let may_be_said = check.is_discreet() || !is_secret(attribute);
            let wrong = if may_be_said { wrong.as_str() } else { UNSAID };
            state(attribute, path, check.sentence(), wrong, problems);
        }
    }
}

fn kind(attribute: &Attribute, kind_: &Kind, value: &Value, path: &Path, problems: &mut Diagnostics) {
    if value.is_null() || value.is_unknown() {
        return;
    }
    match kind_ {
        Kind::Choice(choices) => {
            let written = value.as_str().unwrap_or_default();
            if !choices.iter().any(|choice| choice.name == written) {
                let words: Vec<String> = choices.iter().map(|c| format!("\"{}\"", c.name)).collect();
                let sentence = format!("one of {}", words.join(", "));
                refuse(attribute, path, &sentence, &format!("it is \"{written}\""), problems);
            }
        }
        Kind::Integer if value.as_i64().is_none() => {
            refuse(attribute, path, "a whole number", "it has a fraction or is out of range", problems);
        }
        Kind::Object(nested) => attributes(nested, value, path, problems),
        Kind::List(element) | Kind::Set(element) | Kind::Map(element) => {
            for (child, path) in children(value, path) {
                kind(attribute, element, child, &path, problems);
            }
        }
        _ => {}
    }
}

/// The elements of a collection with their paths.
fn children<'a>(value: &'a Value, path: &Path) -> Vec<(&'a Value, Path)> {
    match value {
        Value::List(items) => items.iter().enumerate().map(|(i, v)| (v, path.index(i))).collect(),
        Value::Set(items) => items.iter().map(|v| (v, path.set_element(v.clone()))).collect(),
        Value::Map(items) => items.iter().map(|(k, v)| (v, path.key(k))).collect(),
        _ => Vec::new(),
    }
}

fn refuse(attribute: &Attribute, path: &Path, must: &str, wrong: &str, problems: &mut Diagnostics) {
    let wrong = if is_secret(attribute) { UNSAID } else { wrong };
    state(attribute, path, must, wrong, problems);
}

fn state(attribute: &Attribute, path: &Path, must: &str, wrong: &str, problems: &mut Diagnostics) {
    problems.error_at(
        path.clone(),
        format!("Invalid value for {}", attribute.name),
        format!("`{path}` must be {must}: {wrong}."),
    );
}

fn is_secret(attribute: &Attribute) -> bool {
    attribute.sensitive || attribute.write_only
}

const UNSAID: &str = "the value given is not";
