//! Writing JSON. The value has the exact shape of its type already.

use std::collections::BTreeMap;

use crate::tf_provider::path::PathStep;
use crate::tf_provider::value::{EncodeError, Value};

pub(super) fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Unknown => return Err(EncodeError::new("an unknown value, for which JSON has no form")),
        Value::Bool(value) => out.extend(value.to_string().as_bytes()),
        Value::Number(number) if number.is_finite() => out.extend(number.to_string().as_bytes()),
        Value::Number(_) => return Err(EncodeError::new("infinity, for which JSON has no form")),
        Value::String(text) => write_text(text, out)?,
        Value::List(elements) | Value::Tuple(elements) => {
            write_elements(elements, out).map_err(|(index, error)| error.within(PathStep::Index(index)))?;
        }
        Value::Set(elements) => write_elements(elements, out).map_err(|(_, error)| error.within_set())?,
        Value::Map(entries) => write_entries(entries, PathStep::Key, out)?,
        Value::Object(entries) => write_entries(entries, PathStep::Attribute, out)?,
        Value::Dynamic(typed) => {
            out.extend(br#"{"type":"#);
            out.extend(typed.0.to_json());
            out.extend(br#","value":"#);
            write(&typed.1, out)?;
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_elements(elements: &[Value], out: &mut Vec<u8>) -> Result<(), (usize, EncodeError)> {
    out.push(b'[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(element, out).map_err(|error| (index, error))?;
    }
    out.push(b']');
    Ok(())
}

fn write_entries(
    entries: &BTreeMap<String, Value>,
    step: fn(String) -> PathStep,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    out.push(b'{');
    for (position, (name, value)) in entries.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write_text(name, out)?;
        out.push(b':');
        write(value, out).map_err(|error| error.within(step(name.clone())))?;
    }
    out.push(b'}');
    Ok(())
}

fn write_text(text: &str, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    serde_json::to_writer(out, text).map_err(|error| EncodeError::new(error.to_string()))
}
