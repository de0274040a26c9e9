//! The provider functions, one file each.

mod decode_hardware_hash;
mod device_name_example;
mod longest_device_name;
mod membership_rule;
mod parse_device_csv;

use crate::tf_provider::function::{Function, FunctionError};
use crate::tf_provider::value::Value;

/// All functions.
pub(crate) fn all() -> Vec<Box<dyn Function>> {
    vec![
        Box::new(decode_hardware_hash::DecodeHardwareHash),
        Box::new(device_name_example::DeviceNameExample),
        Box::new(longest_device_name::LongestDeviceName),
        Box::new(membership_rule::MembershipRule),
        Box::new(parse_device_csv::ParseDeviceCsv),
    ]
}

/// The text of an argument; Terraform has seen to it that there is one.
fn text(arguments: &[Value], at: usize) -> &str {
    arguments.get(at).and_then(Value::as_str).unwrap_or_default()
}

/// A text that is there, or null.
fn or_null(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::from)
}

/// A mistake in a device name template.
fn not_a_template(problem: &str) -> FunctionError {
    FunctionError::at(
        0,
        format!("This is not a device name template that Windows Autopilot takes: {problem}."),
    )
}
