//! `/deviceManagement/importedWindowsAutopilotDeviceIdentities`: the queue through which devices get into Autopilot.
//!
//! A POST only queues. The service looks at the device later and writes what came of it into the record's `state`;
//! until then the status is `unknown`, whatever the client sent.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::hardware_hash::{self, Implausible};
use super::identities;
use super::types::{IMPORT, IMPORTS};
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::view::View;
use crate::emulator::intune::views::view as intune_view;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::CollectionName;
use crate::emulator::world::collections::{
    DEVICES_OF_OTHER_TENANTS, IDENTITIES, IMPORTED_IDENTITIES, REGISTRATIONS,
};
use crate::emulator::world::event::IntuneEvent;
use crate::emulator::world::tenant::Tenant;

const VIEW: View = intune_view(&IMPORT, "deviceManagement/importedWindowsAutopilotDeviceIdentities");

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    VIEW.page(call, call.tenant.collection(IMPORTED_IDENTITIES).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    VIEW.one(call, find(call)?)
}

pub(super) fn create(call: &mut Call<'_>) -> OperationResult {
    let sent = call.new_entity(&IMPORT)?;
    let record = queue(call.tenant, sent);
    process_later(call.tenant, vec![text(&record, "id").to_owned()]);
    VIEW.created(call, &record)
}

/// Many at once.
pub(super) fn import(call: &mut Call<'_>) -> OperationResult {
    let mut parameters = call.parameters(&IMPORTS)?;
    // A guess; the reference knows no other body.
    let Some(Value::Array(devices)) = parameters.remove("importedWindowsAutopilotDeviceIdentities") else {
        return Err(GraphError::intune_bad_request(""));
    };
    let devices = devices.into_iter().filter_map(|device| match device {
        Value::Object(device) => Some(device),
        _ => None,
    });
    let records: Vec<Entity> = devices.map(|device| queue(call.tenant, device)).collect();
    let ids = records.iter().map(|record| text(record, "id").to_owned());
    process_later(call.tenant, ids.collect());
    let shown = records.iter().map(|record| Value::Object(IMPORT.show(record, call.version, None)));
    let context = call.context("Collection(microsoft.graph.importedWindowsAutopilotDeviceIdentity)");
    Ok(Reply::values(context, shown.collect()))
}

/// Tidies the queue. The device stays registered.
pub(super) fn delete(call: &mut Call<'_>) -> OperationResult {
    let id = text(find(call)?, "id").to_owned();
    call.tenant.collection_mut(IMPORTED_IDENTITIES).remove(&id);
    Ok(Reply::no_content())
}

/// Looks at queued devices: each is taken or refused.
pub(super) fn process(tenant: &mut Tenant, ids: &[String]) {
    let mut known = Known::of(tenant);
    let mut taken = Vec::new();
    for id in ids {
        let Some(record) = tenant.collection(IMPORTED_IDENTITIES).get(id).cloned() else {
            continue;
        };
        let state = match known.judge(&record) {
            Ok(()) => {
                let identity = identities::registration(tenant, &record);
                let registration = text(&identity, "id").to_owned();
                tenant.collection_mut(REGISTRATIONS).insert(identity);
                taken.push((id.clone(), registration));
                // The registration is made, and its id written into the record a moment later.
                state("complete", "", 0, "None")
            }
            Err((code, name)) => state("error", "", code, name),
        };
        set_state(tenant, id, state);
    }
    if !taken.is_empty() {
        let moment = tenant.latencies.identity / 4;
        tenant.schedule(moment, IntuneEvent::TellRegistrations(taken.clone()));
        let registrations = taken.into_iter().map(|(_, registration)| registration);
        tenant.schedule(tenant.latencies.identity, IntuneEvent::Register(registrations.collect()));
    }
}

/// Writes registration ids into records that are complete.
pub(super) fn tell(tenant: &mut Tenant, taken: Vec<(String, String)>) {
    for (id, registration) in taken {
        set_state(tenant, &id, state("complete", &registration, 0, "None"));
    }
}

/// What the service knows when it judges.
struct Known {
    here: HashSet<String>,
    elsewhere: HashSet<String>,
    hashes: HashSet<String>,
}

impl Known {
    fn of(tenant: &Tenant) -> Self {
        let serials = |collection: CollectionName| -> HashSet<String> {
            let all = tenant.collection(collection).iter();
            all.map(|device| comparable(text(device, "serialNumber"))).collect()
        };
        let mut here = serials(IDENTITIES);
        here.extend(serials(REGISTRATIONS));
        Self { here, elsewhere: serials(DEVICES_OF_OTHER_TENANTS), hashes: HashSet::new() }
    }

    fn judge(&mut self, record: &Entity) -> Result<(), (i64, &'static str)> {
        let serial = comparable(text(record, "serialNumber"));
        if serial.is_empty() && text(record, "_productKey").is_empty() {
            return Err((803, "MissingZtdSerialNumberAndProductKey"));
        }
        match text(record, "_hash") {
            "plausible" => {}
            "wrongSize" => return Err((802, "HashNot4k")),
            _ => return Err((802, "InvalidZtdHardwareHash")),
        }
        if self.here.contains(&serial) {
            return Err((806, "ZtdDeviceAlreadyAssigned"));
        }
        if self.elsewhere.contains(&serial) {
            return Err((808, "ZtdDeviceAssignedToOtherTenant"));
        }
        if !self.hashes.insert(text(record, "_digest").to_owned()) {
            return Err((806, "ZtdDeviceDuplicated"));
        }
        self.here.insert(serial);
        Ok(())
    }
}

/// Serial numbers are compared without case.
fn comparable(serial: &str) -> String {
    serial.trim().to_ascii_uppercase()
}

/// Queues a device. Its hash is looked at and forgotten: no answer ever shows one.
fn queue(tenant: &mut Tenant, mut device: Entity) -> Entity {
    let id = tenant.new_guid();
    let hash = match device.remove("hardwareIdentifier") {
        Some(Value::String(hash)) => STANDARD.decode(hash).unwrap_or_default(),
        _ => Vec::new(),
    };
    let serial = comparable(text(&device, "serialNumber"));
    let verdict = match hardware_hash::read(&hash) {
        Ok(hardware) if is_of_another(&hardware.serial_number, &serial) => "corrupt",
        Ok(hardware) => {
            device.insert("_manufacturer".to_owned(), Value::from(hardware.manufacturer));
            device.insert("_model".to_owned(), Value::from(hardware.model));
            "plausible"
        }
        Err(Implausible::WrongSize) => "wrongSize",
        Err(Implausible::Corrupt) => "corrupt",
    };
    let digest: String = Sha256::digest(&hash).iter().map(|byte| format!("{byte:02x}")).collect();
    let product_key = text(&device, "productKey").to_owned();
    for echoing in ["importId", "productKey"] {
        if text(&device, echoing).is_empty() {
            device.insert(echoing.to_owned(), Value::from(id.as_str()));
        }
    }
    for (name, value) in
        [("id", id.as_str()), ("_hash", verdict), ("_digest", &digest), ("_productKey", &product_key)]
    {
        device.insert(name.to_owned(), Value::from(value));
    }
    for name in ["groupTag", "assignedUserPrincipalName", "serialNumber"] {
        if text(&device, name).is_empty() {
            device.insert(name.to_owned(), Value::from(""));
        }
    }
    device.insert("state".to_owned(), state("unknown", "", 0, ""));
    let record = IMPORT.with_defaults(device);
    tenant.collection_mut(IMPORTED_IDENTITIES).insert(record.clone());
    record
}

fn is_of_another(hashed: &str, serial: &str) -> bool {
    !hashed.is_empty() && !serial.is_empty() && comparable(hashed) != serial
}

/// Each record comes to its end by itself: the first after 60 to 95 seconds, and behind others later, so that hundreds
/// take 5 to 15 minutes (live).
fn process_later(tenant: &mut Tenant, ids: Vec<String>) {
    let few = tenant.latencies.import;
    if few.is_zero() {
        return tenant.schedule(few, IntuneEvent::Import(ids));
    }
    let waits = |record: &&Entity| record["state"]["deviceImportStatus"] == "unknown";
    let waiting = tenant.collection(IMPORTED_IDENTITIES).iter().filter(waits).count();
    let before = waiting.saturating_sub(ids.len());
    let mut by_second: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (place, id) in (before..).zip(ids) {
        let jitter = few.mul_f64(0.67 + 0.38 * tenant.random.share());
        let queued = (few / PER_FEW).saturating_mul(u32::try_from(place).unwrap_or(u32::MAX));
        let takes = (jitter + queued).min(few * LONGEST);
        by_second.entry(takes.as_secs()).or_default().push(id);
    }
    for (seconds, ids) in by_second {
        tenant.schedule(Duration::from_secs(seconds), IntuneEvent::Import(ids));
    }
}

/// How many records come to their end in the time that the first needs.
const PER_FEW: u32 = 40;
/// How many times longer than for the first it takes at most.
const LONGEST: u32 = 10;

fn state(status: &str, registration: &str, code: i64, name: &str) -> Value {
    json!({
        "deviceImportStatus": status,
        "deviceRegistrationId": registration,
        "deviceErrorCode": code,
        "deviceErrorName": name,
    })
}

fn set_state(tenant: &mut Tenant, id: &str, state: Value) {
    if let Some(record) = tenant.collection_mut(IMPORTED_IDENTITIES).get_mut(id) {
        record.insert("state".to_owned(), state);
    }
}

fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    let record = call.tenant.collection(IMPORTED_IDENTITIES).get(&id);
    record.ok_or_else(|| call.not_found(&id))
}
