//! Values as text for developers: with their content, or only their shape.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::Value;

impl Value {
    /// The value with all its content, in the manner of Terraform's language: for what is no secret.
    pub fn reveal(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = write(self, Content::Shown, &mut text);
        text
    }
}

/// The shape without the content: strings by their length, numbers and bools by their kind.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, Content::Hidden, f)
    }
}

impl fmt::Debug for super::Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("set")?;
        sequence(self, Content::Hidden, f)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Content {
    Shown,
    Hidden,
}

fn write(value: &Value, content: Content, out: &mut impl Write) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Unknown => out.write_str("unknown"),
        Value::Bool(value) if content == Content::Shown => write!(out, "{value}"),
        Value::Bool(_) => out.write_str("bool"),
        Value::Number(number) if content == Content::Shown => write!(out, "{number}"),
        Value::Number(_) => out.write_str("number"),
        Value::String(text) if content == Content::Shown => write!(out, "{text:?}"),
        Value::String(text) => write!(out, "string({})", text.len()),
        Value::List(elements) | Value::Tuple(elements) => sequence(elements, content, out),
        Value::Set(elements) => {
            out.write_str("set")?;
            sequence(elements, content, out)
        }
        Value::Map(entries) => named(entries, content, out, |key, out| write!(out, "{key:?}")),
        Value::Object(entries) => named(entries, content, out, |name, out| out.write_str(name)),
        Value::Dynamic(typed) => {
            write!(out, "<{}> ", typed.0)?;
            write(&typed.1, content, out)
        }
    }
}

fn sequence(elements: &[Value], content: Content, out: &mut impl Write) -> fmt::Result {
    out.write_char('[')?;
    for (position, element) in elements.iter().enumerate() {
        if position > 0 {
            out.write_str(", ")?;
        }
        write(element, content, out)?;
    }
    out.write_char(']')
}

fn named<W: Write>(
    entries: &BTreeMap<String, Value>,
    content: Content,
    out: &mut W,
    name: impl Fn(&str, &mut W) -> fmt::Result,
) -> fmt::Result {
    out.write_char('{')?;
    for (position, (key, value)) in entries.iter().enumerate() {
        if position > 0 {
            out.write_str(", ")?;
        }
        name(key, out)?;
        out.write_str(" = ")?;
        write(value, content, out)?;
    }
    out.write_char('}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::value::Type;

    #[test]
    fn debug_hides_the_content_that_reveal_shows() {
        let value = Value::object([
            ("password", "hunter2".into()),
            ("pins", Value::set([4711.into(), Value::Unknown])),
            ("flags", Value::map([("on", true.into())])),
            ("any", Value::dynamic(Type::list(Type::String), Value::list(["key".into(), Value::Null]))),
        ]);
        assert_eq!(
            format!("{value:?}"),
            r#"{any = <list(string)> [string(3), null], flags = {"on" = bool}, password = string(7), pins = set[unknown, number]}"#
        );
        assert_eq!(
            value.reveal(),
            r#"{any = <list(string)> ["key", null], flags = {"on" = true}, password = "hunter2", pins = set[unknown, 4711]}"#
        );
    }
}
