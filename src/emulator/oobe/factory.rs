//! Laptops fresh from the factory: real-looking hardware that no tenant has registered yet.

use serde_json::{Value, json};

use crate::emulator::intune::hardware_hash::{self, Hardware};
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::FACTORY_LAPTOPS;
use crate::emulator::world::tenant::Tenant;

/// What Contoso has ordered: serial number, manufacturer, model.
const ORDERED: [(&str, &str, &str); 5] = [
    ("5CD4108XKL", "HP", "HP EliteBook 840 14 inch G10"),
    ("PF4ZT7QN", "LENOVO", "21HM004GGE"),
    ("7WQ3M04", "Dell Inc.", "Latitude 7450"),
    ("0F37TQ2233900A", "Microsoft Corporation", "Surface Laptop 6"),
    ("0000-0007-4126-1170-6552-2519-25", "Microsoft Corporation", "Virtual Machine"),
];

pub(crate) fn init(tenant: &mut Tenant) {
    for (serial_number, manufacturer, model) in ORDERED {
        build(
            tenant,
            Hardware {
                manufacturer: manufacturer.to_owned(),
                model: model.to_owned(),
                serial_number: serial_number.to_owned(),
            },
        );
    }
}

/// The laptops there are.
pub(crate) fn laptops(tenant: &Tenant) -> Value {
    let shown = tenant.collection(FACTORY_LAPTOPS).iter().map(|laptop| {
        let mut laptop = laptop.clone();
        laptop.remove("id");
        Value::Object(laptop)
    });
    shown.collect()
}

/// The laptops there are, in the file that `Get-WindowsAutopilotInfo` writes.
pub(crate) fn laptops_csv(tenant: &Tenant) -> Result<String, String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let mut write = |row: [&str; 3]| writer.write_record(row).map_err(|error| error.to_string());
    write(["Device Serial Number", "Windows Product ID", "Hardware Hash"])?;
    for laptop in tenant.collection(FACTORY_LAPTOPS).iter() {
        write([text(laptop, "serialNumber"), "", text(laptop, "hardwareHash")])?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// The laptop that `{"serialNumber": "..", "manufacturer": "..", "model": ".."}` names, built when there is none;
/// manufacturer and model may be left out. Each call exports another hash, as a laptop would.
pub(crate) fn laptop(tenant: &mut Tenant, wanted: &Value) -> Result<Value, String> {
    let said = |name: &str| wanted[name].as_str().map(str::to_owned);
    let serial_number = said("serialNumber").filter(|serial| !serial.trim().is_empty());
    let serial_number = serial_number.ok_or("a laptop needs a \"serialNumber\"")?;
    let known = tenant.collection(FACTORY_LAPTOPS).find("serialNumber", &serial_number);
    let known = |name: &str| known.map(|laptop| text(laptop, name).to_owned());
    let hardware = Hardware {
        manufacturer: said("manufacturer")
            .or_else(|| known("manufacturer"))
            .unwrap_or_else(|| "Contoso Devices".to_owned()),
        model: said("model").or_else(|| known("model")).unwrap_or_else(|| "Contoso Book 14".to_owned()),
        serial_number,
    };
    let mut laptop = build(tenant, hardware);
    laptop.remove("id");
    Ok(Value::Object(laptop))
}

fn build(tenant: &mut Tenant, hardware: Hardware) -> Entity {
    let hash = hardware_hash::encode(&hardware, &mut tenant.random);
    let laptop = json!({
        "id": hardware.serial_number.to_ascii_lowercase(),
        "serialNumber": hardware.serial_number,
        "manufacturer": hardware.manufacturer,
        "model": hardware.model,
        "hardwareHash": hash,
    });
    let laptop = laptop.as_object().cloned().unwrap_or_default();
    tenant.collection_mut(FACTORY_LAPTOPS).insert(laptop.clone());
    laptop
}
