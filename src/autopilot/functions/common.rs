//! What several functions need.

use crate::tf_provider::function::FunctionError;
use crate::tf_provider::value::Value;

/// The text of an argument; Terraform has seen to it that there is one.
pub(super) fn text(arguments: &[Value], at: usize) -> &str {
    arguments.get(at).and_then(Value::as_str).unwrap_or_default()
}

/// A text that is there, or null.
pub(super) fn or_null(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::from)
}

/// A mistake in a device name template.
pub(super) fn not_a_template(problem: &str) -> FunctionError {
    FunctionError::at(
        0,
        format!("This is not a device name template that Windows Autopilot takes: {problem}."),
    )
}
