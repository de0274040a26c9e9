//! What a schema must satisfy to be accepted by Terraform and to read well.
//!
//! Run on every schema at start-up in debug builds and by a test. Terraform panics on some of these mistakes and
//! silently accepts others, so they are found here.

use std::collections::BTreeSet;

use super::{Attribute, AttributeKind, Keep, Mode, Nesting, Replace, Schema};

/// Names Terraform keeps for itself at the top level of a resource or data source.
const RESERVED: [&str; 7] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];
/// Names Terraform keeps for itself at the top level of a provider block.
const RESERVED_PROVIDER: [&str; 2] = ["alias", "version"];

/// Everything wrong with a schema, each as a sentence that begins with where. `is_provider` chooses the reserved names.
pub fn lint(schema: &Schema, is_provider: bool) -> Vec<String> {
    let blocks = schema.all_blocks();
    let attributes = schema.attributes.iter().map(|attribute| attribute.name);
    let top_level = attributes.chain(blocks.iter().map(|block| block.name)).collect();
    let mut findings = Findings { found: Vec::new(), top_level };
    let reserved: &[&str] = if is_provider { &RESERVED_PROVIDER } else { &RESERVED };
    findings.description("schema", schema.description);
    findings.attributes("", &schema.attributes, Nest::Plain);
    let mut names: BTreeSet<&str> = schema.attributes.iter().map(|a| a.name).collect();
    for block in blocks {
        findings.name(block.name, block.name);
        findings.description(block.name, block.description);
        if !names.insert(block.name) {
            findings.add(block.name, "is the name of an attribute or another block too");
        }
        let nest = if matches!(block.nesting, Nesting::Set(..)) { Nest::Set } else { Nest::Plain };
        if let Nesting::List(low, high) | Nesting::Set(low, high) = block.nesting
            && high != 0
            && low > high
        {
            findings.add(block.name, "needs more blocks than it allows");
        }
        findings.attributes(block.name, &block.attributes, nest);
    }
    for name in names.iter().filter(|name| reserved.contains(name)) {
        findings.add(name, "is a name that Terraform keeps for itself");
    }
    findings.found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nest {
    Plain,
    Set,
}

struct Findings {
    found: Vec<String>,
    /// Names of the attributes and blocks at the top level.
    top_level: BTreeSet<&'static str>,
}

impl Findings {
    fn add(&mut self, place: &str, what: &str) {
        self.found.push(format!("{place}: {what}"));
    }

    fn attributes(&mut self, place: &str, attributes: &[Attribute], nest: Nest) {
        let mut names = BTreeSet::new();
        for attribute in attributes {
            let place = if place.is_empty() {
                attribute.name.to_owned()
            } else {
                format!("{place}.{}", attribute.name)
            };
            if !names.insert(attribute.name) {
                self.add(&place, "stands twice");
            }
            self.attribute(&place, attribute, nest);
        }
    }

    fn attribute(&mut self, place: &str, attribute: &Attribute, nest: Nest) {
        self.name(place, attribute.name);
        self.description(place, &attribute.description);
        if attribute.write_only && attribute.is_computed() {
            self.add(place, "is write-only and computed: nothing could be stored");
        }
        if attribute.write_only && nest == Nest::Set {
            self.add(place, "is write-only inside a set, which Terraform refuses");
        }
        if attribute.mode == Mode::Computed && !attribute.checks.is_empty() {
            self.add(place, "has checks that nobody's input can reach");
        }
        if matches!(attribute.replace, Replace::When(..)) && nest == Nest::Set {
            self.add(
                place,
                "asks for replacement on a condition inside a set, where nothing follows on anything",
            );
        }
        if let Keep::Unless(others) = attribute.keep {
            for other in others {
                if !self.top_level.contains(other) {
                    let what =
                        format!("is kept unless `{other}` changes, which is no attribute at the top level");
                    self.add(place, &what);
                }
            }
        }
        if let Some(value) = &attribute.default {
            if value.conform(&attribute.kind.ty()).as_ref() != Ok(value) {
                self.add(place, "has a default that is not of its kind");
            }
            if attribute.mode != Mode::OptionalComputed {
                self.add(place, "has a default but is not optional and computed");
            }
            for check in &attribute.checks {
                if let Err(problem) = check.run(value) {
                    self.add(place, &format!("has a default that its own check refuses: {problem}"));
                }
            }
            if let (AttributeKind::Choice(choices), Some(text)) = (&attribute.kind, value.as_str())
                && !choices.iter().any(|choice| choice.name == text)
            {
                self.add(place, "has a default that is not one of its choices");
            }
        }
        let inner = if matches!(attribute.kind, AttributeKind::Set(_)) { Nest::Set } else { nest };
        match attribute.kind.nested() {
            Some(nested) => self.attributes(place, nested, inner),
            None if is_deep_object(&attribute.kind) => {
                self.add(place, "nests an object deeper than Terraform's nested attributes reach");
            }
            None => {}
        }
    }

    fn name(&mut self, place: &str, name: &str) {
        let mut characters = name.chars();
        let starts = characters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
        if !starts || !characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            self.add(place, "is not a name Terraform accepts (lower-case letters, digits and underscores)");
        }
    }

    fn description(&mut self, place: &str, text: &str) {
        if text.trim() != text || text.is_empty() {
            self.add(place, "has no description, or one with white space around it");
        } else if !text.ends_with(['.', '`', ')']) {
            self.add(place, "has a description that does not end in a full stop");
        }
    }
}

/// An object below two levels of collections has no wire form.
fn is_deep_object(kind: &AttributeKind) -> bool {
    match kind {
        AttributeKind::Object(_) => true,
        AttributeKind::List(k) | AttributeKind::Set(k) | AttributeKind::Map(k) => is_deep_object(k),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;
    use crate::tf_provider::value::Value;

    fn findings(attributes: impl IntoIterator<Item = Attribute>) -> Vec<String> {
        lint(&Schema::new("A thing.").attributes(attributes), false)
    }

    #[test]
    fn a_sound_schema_has_no_findings() {
        let schema = Schema::new("A thing.")
            .attributes([required("name", text(), "Its name."), computed("id", text(), "Its id.")])
            .timeouts(Timeouts::default());
        assert_eq!(lint(&schema, false), Vec::<String>::new());
    }

    #[test]
    fn mistakes_that_terraform_would_refuse_or_swallow_are_found() {
        let table = [
            (optional("Name", text(), "A name."), "not a name Terraform accepts"),
            (optional("count", text(), "A name."), "keeps for itself"),
            (optional("a", text(), ""), "no description"),
            (optional("a", text(), "No stop"), "full stop"),
            (computed("a", text(), "A.").write_only(), "write-only and computed"),
            (default("a", text(), "long", "A.").check(check::longest(2)), "its own check refuses"),
            (optional("a", set_of(object([optional("b", text(), "B.").write_only()])), "A."), "inside a set"),
            (optional("a", list_of(list_of(object([]))), "A."), "deeper"),
            (computed("a", text(), "A.").keep_unless(&["b"]), "unless `b` changes"),
            (default("a", set_of(text()), Value::list([]), "A."), "not of its kind"),
            (
                optional(
                    "a",
                    set_of(object([optional("b", text(), "B.").replace_when("so", |_, _| true)])),
                    "A.",
                ),
                "on a condition inside a set",
            ),
        ];
        for (attribute, expected) in table {
            let found = findings([attribute]);
            assert!(found.iter().any(|f| f.contains(expected)), "{expected}: {found:?}");
        }
        let twice = findings([optional("a", text(), "A."), optional("a", text(), "A.")]);
        assert!(twice.iter().any(|f| f.contains("twice")));
    }
}
