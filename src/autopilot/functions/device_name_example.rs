//! `device_name_example`: the name a template gives a device.

use super::common::{not_a_template, text};
use crate::autopilot::name_template::NameTemplate;
use crate::tf_provider::function::{Function, FunctionError, Signature, parameter};
use crate::tf_provider::schema;
use crate::tf_provider::value::Value;

pub(super) struct DeviceNameExample;

impl Function for DeviceNameExample {
    fn name(&self) -> &'static str {
        "device_name_example"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Name that a template gives a device with a serial number.",
            description: "The name that a device with this serial number gets from a `device_name_template`: the serial \
                          number is cut from its beginning to what fits in 15 characters, and random digits are shown as `0`. Useful to see \
                          beforehand whether serial numbers stay distinct once they are cut.",
            parameters: vec![
                parameter("template", schema::text(), "The template, such as `PC-%SERIAL%`."),
                parameter("serial_number", schema::text(), "Serial number of the device."),
            ],
            variadic: None,
            returns: schema::text(),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let template =
            NameTemplate::parse(text(&arguments, 0)).map_err(|problem| not_a_template(&problem))?;
        Ok(Value::from(template.example(text(&arguments, 1))))
    }
}
