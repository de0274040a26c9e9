//! Writing MessagePack. The value has the exact shape of its type already.

use std::collections::BTreeMap;

use crate::tf_provider::value::{EncodeError, Number, Value};

pub(super) fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    match value {
        Value::Null => out.push(0xc0),
        Value::Unknown => out.extend([0xd4, 0, 0]),
        Value::Bool(value) => out.push(if *value { 0xc3 } else { 0xc2 }),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_text(text, out)?,
        Value::List(values) | Value::Tuple(values) => write_elements(values, out)?,
        Value::Set(values) => write_elements(values, out)?,
        Value::Map(values) | Value::Object(values) => write_entries(values, out)?,
        Value::Dynamic(typed) => {
            let ty = typed.0.to_json();
            out.push(0x92);
            BYTES.write(ty.len(), out)?;
            out.extend(ty);
            write(&typed.1, out)?;
        }
    }
    Ok(())
}

fn write_elements(values: &[Value], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    ARRAY.write(values.len(), out)?;
    values.iter().try_for_each(|element| write(element, out))
}

fn write_entries(values: &BTreeMap<String, Value>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    MAP.write(values.len(), out)?;
    values.iter().try_for_each(|(name, element)| {
        write_text(name, out)?;
        write(element, out)
    })
}

fn write_text(text: &str, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    TEXT.write(text.len(), out)?;
    out.extend(text.as_bytes());
    Ok(())
}

/// As Terraform writes them: integers of 64 bits as such, and others as decimal text unless they are floats.
fn write_number(number: &Number, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let float = if number.is_finite() { number.as_printed_float() } else { Some(number.as_f64()) };
    match (number.as_i64(), float) {
        (Some(integer), _) => write_integer(integer, out),
        (None, Some(float)) => {
            out.push(0xcb);
            out.extend(float.to_be_bytes());
        }
        (None, None) => write_text(&number.to_string(), out)?,
    }
    Ok(())
}

/// In the fewest bytes.
fn write_integer(integer: i64, out: &mut Vec<u8>) {
    let (marker, width) = match integer {
        -32..=127 => return out.push(integer as u8),
        128..=0xff => (0xcc, 1),
        0x100..=0xffff => (0xcd, 2),
        0x1_0000..=0xffff_ffff => (0xce, 4),
        -0x80..-32 => (0xd0, 1),
        -0x8000..-0x80 => (0xd1, 2),
        -0x8000_0000..-0x8000 => (0xd2, 4),
        _ => (0xd3, 8),
    };
    out.push(marker);
    out.extend(&integer.to_be_bytes()[8 - width..]);
}

/// How the length of one kind of element is written.
struct Header {
    /// A marker that carries lengths below a limit itself.
    short: Option<(u8, usize)>,
    /// Markers that are followed by a length, and the width of that.
    long: &'static [(u8, u32)],
}

const TEXT: Header = Header { short: Some((0xa0, 32)), long: &[(0xd9, 1), (0xda, 2), (0xdb, 4)] };
const BYTES: Header = Header { short: None, long: &[(0xc4, 1), (0xc5, 2), (0xc6, 4)] };
const ARRAY: Header = Header { short: Some((0x90, 16)), long: &[(0xdc, 2), (0xdd, 4)] };
const MAP: Header = Header { short: Some((0x80, 16)), long: &[(0xde, 2), (0xdf, 4)] };

impl Header {
    fn write(&self, length: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        if let Some((marker, _)) = self.short.filter(|(_, limit)| length < *limit) {
            out.push(marker | length as u8);
            return Ok(());
        }
        let length = length as u64;
        let (marker, width) = self
            .long
            .iter()
            .find(|(_, width)| length >> (8 * width) == 0)
            .ok_or_else(|| EncodeError::new("more than MessagePack can hold"))?;
        out.push(*marker);
        out.extend(&length.to_be_bytes()[8 - *width as usize..]);
        Ok(())
    }
}
