//! `decode_hardware_hash`: which device a hash is of.

use super::common::{or_null, text};
use crate::autopilot::hardware_hash::{self, Disk, NetworkAdapter};
use crate::tf_provider::function::{Function, FunctionError, Signature, parameter};
use crate::tf_provider::schema::{self, Attribute, boolean, computed, integer, list_of, object};
use crate::tf_provider::value::Value;

pub(super) struct DecodeHardwareHash;

impl Function for DecodeHardwareHash {
    fn name(&self) -> &'static str {
        "decode_hardware_hash"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Says which device a hardware hash is of.",
            description: "Checks a hardware hash and reads what it says of the device. What a hash does not say is null; \
                          of a hash whose layout is not known everything is. A text that cannot be a hash is an error \
                          that says what is wrong with it.",
            parameters: vec![parameter("hash", schema::text(), "The hardware hash.")],
            variadic: None,
            returns: object(result()),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let hardware = hardware_hash::decode(text(&arguments, 0))
            .map_err(|problem| FunctionError::at(0, format!("This is not a hardware hash: {problem}.")))?;
        Ok(Value::object([
            ("serial_number", or_null(hardware.serial_number)),
            ("manufacturer", or_null(hardware.manufacturer)),
            ("model", or_null(hardware.model)),
            ("sku_number", or_null(hardware.sku_number)),
            ("system_family", or_null(hardware.system_family)),
            ("smbios_uuid", or_null(hardware.smbios_uuid)),
            ("windows_version", or_null(hardware.windows_version)),
            ("tool_version", or_null(hardware.tool_version)),
            ("processor", or_null(hardware.processor)),
            ("memory_bytes", bytes(hardware.memory_bytes)),
            ("disks", Value::list(hardware.disks.into_iter().map(disk))),
            ("network_adapters", Value::list(hardware.network_adapters.into_iter().map(network_adapter))),
            ("tpm_version", or_null(hardware.tpm_version)),
            ("product_key_id", or_null(hardware.product_key_id)),
            ("checksum_valid", hardware.is_checksum_right.map_or(Value::Null, Value::from)),
        ]))
    }
}

fn result() -> Vec<Attribute> {
    let text = |name, description: &'static str| computed(name, schema::text(), description);
    vec![
        text("serial_number", "Serial number (SMBIOS)."),
        text("manufacturer", "Manufacturer."),
        text("model", "Model, in the manufacturer's words."),
        text("sku_number", "The manufacturer's SKU number."),
        text("system_family", "The manufacturer's product family."),
        text("smbios_uuid", "SMBIOS UUID."),
        text("windows_version", "Version of Windows in which the hash was captured."),
        text("tool_version", "Version of the tool that captured it."),
        text("processor", "Processor."),
        computed("memory_bytes", integer(), "Installed memory in bytes."),
        computed(
            "disks",
            list_of(object([
                computed("capacity_bytes", integer(), "Size in bytes."),
                computed("serial_number", schema::text(), "Serial number."),
            ])),
            "Disks.",
        ),
        computed(
            "network_adapters",
            list_of(object([
                computed("medium", schema::text(), "`ethernet`, `wireless`, `bluetooth`, or a number."),
                computed("mac_address", schema::text(), "Hardware address: `00-11-22-33-44-55`."),
            ])),
            "Network adapters.",
        ),
        text("tpm_version", "Version of the TPM."),
        text("product_key_id", "Id of the Windows product key."),
        computed(
            "checksum_valid",
            boolean(),
            "Whether the checksum at the end is there and right; null when the layout is not known.",
        ),
    ]
}

fn disk(disk: Disk) -> Value {
    Value::object([
        ("capacity_bytes", bytes(disk.capacity_bytes)),
        ("serial_number", or_null(disk.serial_number)),
    ])
}

fn network_adapter(adapter: NetworkAdapter) -> Value {
    Value::object([
        ("medium", Value::from(adapter.medium)),
        ("mac_address", Value::from(adapter.mac_address)),
    ])
}

fn bytes(count: Option<u64>) -> Value {
    count.and_then(|count| i64::try_from(count).ok()).map_or(Value::Null, Value::from)
}
