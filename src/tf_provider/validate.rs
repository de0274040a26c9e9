//! Running every check and rule of a schema over a configuration: pure, and all mistakes at once.
//!
//! Most are about whatever is written. Some are about values that are to be set only: an object that exists may be
//! otherwise, and its configuration then says what it is. Those are run when prior state is at hand, while planning.

use std::collections::{HashMap, HashSet};

use super::diagnostics::{Diagnostic, Diagnostics, Severity};
use super::path::{Path, PathStep};
use super::schema::check::Concerns;
use super::schema::{Attribute, AttributeKind, Schema, TIMEOUTS};
use super::value::Value;

/// Every mistake in a configuration that its schema can tell alone. Values that are not known yet are not judged. Of the
/// same mistake in many elements of a collection the first ten are reported, and how many more there are.
pub fn validate(schema: &Schema, config: &Value) -> Diagnostics {
    abridged(judge(schema, config, Concerns::Written))
}

/// Every mistake in what a configuration sets, beyond what [`validate`] finds: what the object already is (`prior`; null
/// when it is to be created) is not held against it. Nor is anything held against a destruction.
pub fn validate_changes(schema: &Schema, prior: &Value, config: &Value) -> Diagnostics {
    if config.is_null() {
        return Diagnostics::default();
    }
    let found = judge(schema, config, Concerns::Changed);
    if prior.is_null() {
        return abridged(found);
    }
    let before: HashSet<Diagnostic> = judge(schema, prior, Concerns::Changed).into_iter().collect();
    let is_old = |problem: &Diagnostic| {
        let stays = problem.path.as_ref().is_none_or(|path| config.at(path) == prior.at(path));
        stays && before.contains(problem)
    };
    abridged(found.into_iter().filter(|problem| !is_old(problem)))
}

/// Tells the same mistake in the elements of a collection ten times at most.
fn abridged(problems: impl IntoIterator<Item = Diagnostic>) -> Diagnostics {
    let mut counts: HashMap<(Severity, String), usize> = HashMap::new();
    let mut reported = Vec::new();
    for problem in problems {
        let is_in_collection = problem
            .path
            .as_ref()
            .is_some_and(|path| path.steps().iter().any(|step| !matches!(step, PathStep::Attribute(_))));
        let count = counts.entry((problem.severity, problem.summary.clone())).or_default();
        *count += usize::from(is_in_collection);
        if *count <= MOST_REPORTED {
            reported.push(problem);
        }
    }
    let mut rest: Vec<_> = counts.into_iter().filter(|(_, count)| *count > MOST_REPORTED).collect();
    rest.sort_by(|a, b| a.0.1.cmp(&b.0.1));
    reported.extend(rest.into_iter().map(|((severity, summary), count)| Diagnostic {
        severity,
        detail: format!("The same is wrong with {} more. Correct all of them.", count - MOST_REPORTED),
        summary,
        path: None,
    }));
    reported.into_iter().collect()
}

/// Refuses values of write-only arguments, at any depth, for hosts that would store them.
pub fn refuse_write_only(schema: &Schema, config: &Value) -> Diagnostics {
    let mut problems = Vec::new();
    write_only(&schema.attributes, config, &Path::root(), &mut problems);
    for block in schema.all_blocks() {
        for (element, path) in objects(config.get(block.name), &Path::from(block.name)) {
            write_only(&block.attributes, element, &path, &mut problems);
        }
    }
    abridged(problems)
}

fn write_only(declared: &[Attribute], object: &Value, at: &Path, problems: &mut Vec<Diagnostic>) {
    for attribute in declared {
        let (value, path) = (object.get(attribute.name), at.attr(attribute.name));
        if attribute.write_only && !value.is_null() {
            let stored = attribute.name.strip_suffix("_wo");
            let stored = stored.filter(|stored| declared.iter().any(|other| other.name == *stored));
            let instead = stored.map_or_else(
                || "remove the argument".to_owned(),
                |stored| format!("use `{stored}` instead, whose value is kept in the state"),
            );
            let detail = format!(
                "`{path}` is write-only: it must reach the provider without being stored, which needs Terraform 1.11 or \
                 OpenTofu 1.11. Upgrade, or {instead}."
            );
            problems.push(Diagnostic::error("Write-only argument not supported here", detail).at(path));
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

fn judge(schema: &Schema, config: &Value, concerns: Concerns) -> Vec<Diagnostic> {
    let mut judge = Judge { concerns, problems: Vec::new() };
    judge.attributes(&schema.attributes, config, &Path::root());
    for block in schema.all_blocks() {
        let path = Path::from(block.name);
        let value = config.get(block.name);
        if block.name == TIMEOUTS || matches!(value, Value::Object(_)) {
            judge.attributes(&block.attributes, value, &path);
        } else {
            for (element, path) in children(value, &path) {
                judge.attributes(&block.attributes, element, &path);
            }
        }
    }
    let mut broken = Diagnostics::default();
    for rule in schema.rules.iter().filter(|rule| rule.concerns() == concerns) {
        rule.run(config, &mut broken);
    }
    judge.problems.extend(broken);
    judge.problems
}

/// One walk over a configuration.
struct Judge {
    concerns: Concerns,
    problems: Vec<Diagnostic>,
}

impl Judge {
    fn attributes(&mut self, declared: &[Attribute], object: &Value, at: &Path) {
        for attribute in declared {
            let path = at.attr(attribute.name);
            self.one(attribute, object.get(attribute.name), &path);
        }
    }

    fn one(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        if value.is_null() || value.is_unknown() {
            return;
        }
        if let Some(instead) = attribute.deprecated.filter(|_| self.concerns == Concerns::Written) {
            let reported = format!("`{path}`: {instead}");
            self.problems.push(Diagnostic::warning("Argument deprecated", reported).at(path.clone()));
        }
        let before = self.problems.len();
        self.kind(attribute, &attribute.kind, value, path);
        if attribute.kind.nested().is_none() && self.problems.len() > before {
            // Of the wrong kind altogether: what else holds for it would only repeat that.
            return;
        }
        let concerns = self.concerns;
        for check in attribute.checks.iter().filter(|check| check.concerns() == concerns) {
            if let Err(wrong) = check.run(value) {
                let may_be_said = check.is_discreet() || !is_secret(attribute);
                let wrong = if may_be_said { wrong.as_str() } else { UNSAID };
                self.state(attribute, path, check.sentence(), wrong);
            }
        }
    }

    fn kind(&mut self, attribute: &Attribute, kind: &AttributeKind, value: &Value, path: &Path) {
        if value.is_null() || value.is_unknown() {
            return;
        }
        let words_concern = if attribute.open { Concerns::Changed } else { Concerns::Written };
        match kind {
            AttributeKind::Choice(choices) if self.concerns == words_concern => {
                let written = value.as_str().unwrap_or_default();
                if !choices.iter().any(|choice| choice.name == written) {
                    let words: Vec<String> = choices.iter().map(|c| format!("\"{}\"", c.name)).collect();
                    let sentence = format!("one of {}", words.join(", "));
                    self.refuse(attribute, path, &sentence, &format!("it is \"{written}\""));
                }
            }
            AttributeKind::Id(form) if self.concerns == Concerns::Changed => {
                if let Err(wrong) = (form.test)(value.as_str().unwrap_or_default()) {
                    self.refuse(attribute, path, form.sentence, &wrong);
                }
            }
            AttributeKind::Integer if self.concerns == Concerns::Written && value.as_i64().is_none() => {
                self.refuse(attribute, path, "a whole number", "it has a fraction or is out of range");
            }
            AttributeKind::Object(nested) => self.attributes(nested, value, path),
            AttributeKind::List(element) | AttributeKind::Set(element) | AttributeKind::Map(element) => {
                for (child, path) in children(value, path) {
                    self.kind(attribute, element, child, &path);
                }
            }
            _ => {}
        }
    }

    fn refuse(&mut self, attribute: &Attribute, path: &Path, must: &str, wrong: &str) {
        let wrong = if is_secret(attribute) { UNSAID } else { wrong };
        self.state(attribute, path, must, wrong);
    }

    fn state(&mut self, attribute: &Attribute, path: &Path, must: &str, wrong: &str) {
        let problem = Diagnostic::error(
            format!("Invalid value for {}", attribute.name),
            format!("`{path}` must be {must}: {wrong}."),
        );
        self.problems.push(problem.at(path.clone()));
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

fn is_secret(attribute: &Attribute) -> bool {
    attribute.sensitive || attribute.write_only
}

const MOST_REPORTED: usize = 10;
const UNSAID: &str = "the value given is not";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::schema::{Choice, check, choice, integer, optional, pick, rule, set_of, text};

    const COLORS: &[Choice] = &[pick("red", "red", "red"), pick("blue", "blue", "blue")];

    fn schema() -> Schema {
        Schema::new("A thing.")
            .attributes([
                optional("name", text(), "Name.").check(check::longest(3).of_changes()),
                optional("color", choice(COLORS), "Color.").open(),
                optional("tags", set_of(text()), "Tags.").check(check::count_between(0, 1).of_changes()),
                optional("size", integer(), "Size.").check(check::between(1, 9)),
            ])
            .rule(
                rule::Rule::new("Nothing red is called `no`.", |config, problems| {
                    let is = |name: &str, word: &str| config.get(name).as_str() == Some(word);
                    if is("name", "no") && is("color", "red") {
                        problems.error_at("color", "Not red", "It is called `no`. Choose another color.");
                    }
                })
                .of_changes(),
            )
    }

    fn thing<const N: usize>(fields: [(&str, Value); N]) -> Value {
        Value::object(fields)
    }

    #[test]
    fn what_an_object_already_is_is_not_refused_and_what_it_shall_become_is() {
        let odd = [
            thing([("name", "too long".into())]),
            thing([("color", "paisley".into())]),
            thing([("tags", Value::set(["a".into(), "b".into()]))]),
            thing([("name", "no".into()), ("color", "red".into())]),
        ];
        let plain = thing([("name", "ok".into()), ("color", "blue".into())]);
        for odd in odd {
            assert!(validate(&schema(), &odd).is_empty(), "{}", odd.reveal());
            assert!(!validate_changes(&schema(), &Value::Null, &odd).is_empty(), "{}", odd.reveal());
            assert!(!validate_changes(&schema(), &plain, &odd).is_empty(), "{}", odd.reveal());
            assert!(validate_changes(&schema(), &odd, &odd).is_empty(), "{}", odd.reveal());
            let sized = odd.clone().with("size", 2_i64);
            assert!(validate_changes(&schema(), &odd, &sized).is_empty(), "{}", odd.reveal());
        }
        let long = thing([("name", "too long".into())]);
        for other in ["even longer", "too late"] {
            let other = thing([("name", other.into())]);
            assert!(validate_changes(&schema(), &long, &other).has_errors(), "one odd name for another");
        }
    }

    #[test]
    fn a_check_of_whatever_is_written_is_run_once() {
        let config = thing([("size", 10_i64.into())]);
        assert!(validate(&schema(), &config).has_errors());
        assert!(validate_changes(&schema(), &Value::Null, &config).is_empty());
    }
}
