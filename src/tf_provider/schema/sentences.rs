//! An attribute in sentences, as the manual and editors show it.

use std::fmt::Write as _;

use super::attribute::{Attribute, AttributeKind, Keep, Mode, Replace};
use super::rule::listed;
use crate::tf_provider::value::Value;

/// The description, and what else the declaration says: allowed values, checks, the default, what replaces.
pub(crate) fn sentences(attribute: &Attribute) -> String {
    let mut text = attribute.description.clone().into_owned();
    if let Some(choices) = choices(&attribute.kind) {
        let _ = write!(text, " {choices}");
    }
    if let Some(form) = attribute.kind.id_form().filter(|_| attribute.is_configurable()) {
        let must = if matches!(attribute.kind, AttributeKind::Id(_)) { form.sentence } else { form.several };
        let _ = write!(text, " Must be {must}.");
    }
    for check in &attribute.checks {
        let _ = write!(text, " Must be {}.", check.sentence());
    }
    if let Some(default) = &attribute.default {
        let _ = write!(text, " Defaults to `{}`.", literal(default));
    }
    match attribute.replace {
        Replace::Never => {}
        Replace::Always => text.push_str(" Changing it replaces the object."),
        Replace::When(sentence, _) => {
            let _ = write!(text, " Replaces the object when {sentence}.");
        }
    }
    if let (Keep::Unless(others), Mode::OptionalComputed) = (attribute.keep, attribute.mode) {
        let _ = write!(text, " Left out, it follows {}.", listed(others));
    }
    text
}

fn choices(kind: &AttributeKind) -> Option<String> {
    let choices = match kind {
        AttributeKind::Choice(choices) => choices,
        AttributeKind::List(k) | AttributeKind::Set(k) => return choices(k),
        _ => return None,
    };
    let words: Vec<String> =
        choices
            .iter()
            .map(|c| {
                if c.help.is_empty() { format!("`{}`", c.name) } else { format!("`{}` ({})", c.name, c.help) }
            })
            .collect();
    Some(format!("One of {}.", words.join(", ")))
}

/// A value as configuration writes it.
fn literal(value: &Value) -> String {
    let list = |open: char, values: &[Value], close: char| {
        let items: Vec<String> = values.iter().map(literal).collect();
        format!("{open}{}{close}", items.join(", "))
    };
    match value {
        Value::String(text) => format!("\"{text}\""),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::List(_) | Value::Set(_) | Value::Tuple(_) => list('[', value.elements(), ']'),
        Value::Map(entries) | Value::Object(entries) => {
            let entries: Vec<String> = entries.iter().map(|(k, v)| format!("{k} = {}", literal(v))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        _ => "null".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{choice, default, pick};
    use super::*;

    #[test]
    fn an_editor_shows_the_words_the_default_and_what_replaces() {
        const COLORS: &[super::super::Choice] = &[pick("red", "red", "as a rose"), pick("blue", "blue", "")];
        let color = default("color", choice(COLORS), "red", "Color.").replace_on_change();
        assert_eq!(
            sentences(&color),
            "Color. One of `red` (as a rose), `blue`. Defaults to `\"red\"`. Changing it replaces the object."
        );
    }
}
