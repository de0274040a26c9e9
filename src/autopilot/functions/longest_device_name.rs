//! `longest_device_name`: how long names get that a template generates.

use super::common::{not_a_template, text};
use crate::autopilot::name_template::NameTemplate;
use crate::tf_provider::function::{Function, FunctionError, Signature, parameter};
use crate::tf_provider::schema;
use crate::tf_provider::value::Value;

pub(super) struct LongestDeviceName;

impl Function for LongestDeviceName {
    fn name(&self) -> &'static str {
        "longest_device_name"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Length of the longest name that a device name template generates.",
            description: "Characters of the longest name that a `device_name_template` generates. Windows allows 15; with \
                          `%SERIAL%` the serial number fills what is left of them. A template that would generate a name \
                          Windows refuses is an error.",
            parameters: vec![parameter(
                "template",
                schema::text(),
                "The template, such as `CONTOSO-%RAND:5%`.",
            )],
            variadic: None,
            returns: schema::integer(),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let template =
            NameTemplate::parse(text(&arguments, 0)).map_err(|problem| not_a_template(&problem))?;
        Ok(Value::from(i64::try_from(template.longest()).unwrap_or(i64::MAX)))
    }
}
