//! What the author of a provider function implements.

use super::schema::AttributeKind;
use super::value::Value;

/// A function, called as `provider::autopilot::name(...)`. Pure: the same arguments always give the same result.
///
/// ```
/// use autopilot_provider::tf_provider::function::{Function, FunctionError, Signature, parameter};
/// use autopilot_provider::tf_provider::schema::text;
/// use autopilot_provider::tf_provider::value::Value;
///
/// struct Initials;
///
/// impl Function for Initials {
///     fn name(&self) -> &'static str {
///         "initials"
///     }
///
///     fn signature(&self) -> Signature {
///         Signature {
///             summary: "Initials of a name.",
///             description: "The first letter of each word.",
///             parameters: vec![parameter("name", text(), "The name.")],
///             variadic: None,
///             returns: text(),
///         }
///     }
///
///     fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
///         match arguments[0].as_str().unwrap_or_default().trim() {
///             "" => Err(FunctionError::at(0, "A name has at least one word.")),
///             name => Ok(Value::from(name.split(' ').filter_map(|word| word.chars().next()).collect::<String>())),
///         }
///     }
/// }
///
/// assert_eq!(Initials.call(vec![Value::from("Megan Bowen")]), Ok(Value::from("MB")));
/// assert!(Initials.call(vec![Value::from(" ")]).is_err());
/// ```
pub trait Function: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// What it takes, what it gives, and what the manual says of it.
    fn signature(&self) -> Signature;

    /// Computes the result. Arguments are known, in order, with the variadic ones appended.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// One line for editors.
    pub summary: &'static str,
    /// A paragraph of Markdown for the manual.
    pub description: &'static str,
    /// Arguments in order.
    pub parameters: Vec<Parameter>,
    /// An argument that may be repeated at the end.
    pub variadic: Option<Parameter>,
    /// The result.
    pub returns: AttributeKind,
}

/// One argument of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What values it takes.
    pub kind: AttributeKind,
    /// A sentence of Markdown for the manual.
    pub description: &'static str,
    /// Whether null is given to the function rather than refused by Terraform.
    pub nullable: bool,
}

/// An argument that must not be null.
pub fn parameter(name: &'static str, kind: AttributeKind, description: &'static str) -> Parameter {
    Parameter { name, kind, description, nullable: false }
}

/// An argument that may be null.
pub fn nullable(name: &'static str, kind: AttributeKind, description: &'static str) -> Parameter {
    Parameter { name, kind, description, nullable: true }
}

/// What was wrong, and with which argument (counted from zero).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// What happened and what to do next.
    pub text: String,
    /// The argument at fault.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// A mistake in one argument.
    pub fn at(argument: usize, text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: Some(argument) }
    }
}
