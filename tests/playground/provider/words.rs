//! Functions.

use autopilot_provider::tf_provider::function::{Function, FunctionError, Signature, nullable, parameter};
use autopilot_provider::tf_provider::schema::text;
use autopilot_provider::tf_provider::value::Value;

pub(super) struct JoinWords;

impl Function for JoinWords {
    fn name(&self) -> &'static str {
        "join_words"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Joins words.",
            description: "Joins words with a separator between them.",
            parameters: vec![parameter("separator", text(), "What stands between two words.")],
            variadic: Some(parameter("words", text(), "The words.")),
            returns: text(),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let [separator, words @ ..] = arguments.as_slice() else {
            return Err(FunctionError::at(0, "A separator is needed."));
        };
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        if let Some(empty) = words.iter().position(|word| word.is_empty()) {
            return Err(FunctionError::at(empty + 1, "A word must not be empty. Leave it out instead."));
        }
        Ok(words.join(separator.as_str().unwrap_or_default()).into())
    }
}

pub(super) struct Initials;

impl Function for Initials {
    fn name(&self) -> &'static str {
        "initials"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "First letters.",
            description: "The first letter of every word in a text; null for null.",
            parameters: vec![nullable("text", text(), "The text. `panic` makes the function panic.")],
            variadic: None,
            returns: text(),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let Some(text) = arguments.first().and_then(Value::as_str) else {
            return Ok(Value::Null);
        };
        assert!(text != "panic", "asked to panic");
        Ok(text.split_whitespace().filter_map(|word| word.chars().next()).collect::<String>().into())
    }
}
