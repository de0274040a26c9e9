//! `decode_hardware_hash`: which device a hash is of.

use super::{or_null, text};
use crate::autopilot::hardware_hash;
use crate::tf_provider::function::{Function, FunctionError, Signature, parameter};
use crate::tf_provider::schema::{self, computed, object};
use crate::tf_provider::value::Value;

pub(super) struct DecodeHardwareHash;

impl Function for DecodeHardwareHash {
    fn name(&self) -> &'static str {
        "decode_hardware_hash"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Says which device a hardware hash is of.",
            description: "Checks a hardware hash and reads manufacturer, model and serial number from it. Only some layouts \
                          of hashes can be read; of others the results are null. A text that cannot be a hash is an error \
                          that says what is wrong with it.",
            parameters: vec![parameter("hash", schema::text(), "The hardware hash.")],
            variadic: None,
            returns: object([
                computed("manufacturer", schema::text(), "Manufacturer."),
                computed("model", schema::text(), "Model."),
                computed("serial_number", schema::text(), "Serial number."),
            ]),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let hardware = hardware_hash::decode(text(&arguments, 0))
            .map_err(|problem| FunctionError::at(0, format!("This is not a hardware hash: {problem}.")))?;
        Ok(Value::object([
            ("manufacturer", or_null(hardware.manufacturer)),
            ("model", or_null(hardware.model)),
            ("serial_number", or_null(hardware.serial_number)),
        ]))
    }
}
