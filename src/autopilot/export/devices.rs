//! Registered devices: as a fleet for each group tag, or each by itself with its user.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::collected::Collected;
use crate::autopilot::devices::{DEVICES, Registered, comparable, listed};
use crate::autopilot::one_device::FLEET;
use crate::autopilot::registering::selector::Selector;
use crate::graph::{decode, tame};
use crate::tf_provider::failure::Failure;

/// Adds devices as resources of this type.
pub(super) async fn devices(export: &mut Collected, type_name: &'static str) -> Result<(), Failure> {
    let mut found = Vec::new();
    for object in DEVICES.all(&export.session).await? {
        let device = Device::of(&object)?;
        if export.tags.is_empty() || export.tags.iter().any(|tag| same(tag, &device.tag)) {
            found.push((object, device));
        }
    }
    found.sort_by(|(_, a), (_, b)| (&a.serial, &a.id).cmp(&(&b.serial, &b.id)));
    if type_name != FLEET {
        let all: Vec<&Device> = found.iter().map(|(_, device)| device).collect();
        one_by_one(export, type_name, &all);
        return Ok(());
    }
    let mut by_tag: BTreeMap<String, Vec<&Device>> = BTreeMap::new();
    let (mut seen, mut shared) = (BTreeSet::new(), BTreeSet::new());
    for (_, device) in &found {
        by_tag.entry(device.tag.to_lowercase()).or_default().push(device);
        let serial = comparable(&device.serial);
        if !seen.insert(serial.clone()) {
            shared.insert(serial);
        }
    }
    for devices in by_tag.into_values() {
        fleet(export, &found, &shared, &devices);
    }
    Ok(())
}

/// Adds the devices of one tag as a fleet, or one by one if a fleet cannot tell them apart.
fn fleet(export: &mut Collected, all: &[(Json, Device)], shared: &BTreeSet<String>, devices: &[&Device]) {
    let Some(tag) = devices.first().map(|device| device.tag.clone()) else { return };
    let selector = format!("tag:{tag}");
    let picked = Selector::read(&selector)
        .map_or(0, |selector| all.iter().filter(|(object, _)| selector.fits(object)).count());
    // One serial number is in a fleet or in resources of their own, and not in both.
    let is_clear =
        |device: &&Device| !device.serial.is_empty() && !shared.contains(&comparable(&device.serial));
    let is_clear = picked == devices.len() && devices.iter().all(is_clear);
    if is_clear {
        let (from, about) = match tag.as_str() {
            "" => ("untagged", "without a group tag".to_owned()),
            tag => (tag, format!("with the group tag {tag}")),
        };
        let count = devices.len();
        let about = format!("{count} device{} {about}", if count == 1 { "" } else { "s" });
        export.add(FLEET, from, "fleet", &selector, &about);
        return;
    }
    export.left_out.push(format!(
        "a fleet of the group tag `{}`: a fleet knows its devices by serial number, and some of these have the same one, or \
         none. They are imported one by one.",
        tame(&tag)
    ));
    one_by_one(export, DEVICES.type_name, devices);
    one_by_one(export, USERS, devices);
}

/// Adds devices, or the users of those that have one.
fn one_by_one(export: &mut Collected, type_name: &'static str, devices: &[&Device]) {
    let is_user = type_name == USERS;
    let mut nameless = Vec::new();
    for device in devices {
        match &device.user {
            _ if device.serial.is_empty() => nameless.push(device.id.as_str()),
            Some(user) if is_user => {
                let about = format!("{user} on {}", device.serial);
                export.add(type_name, &device.serial, "device", &device.id, &about);
            }
            None if is_user => {}
            _ => export.add(type_name, &device.serial, "device", &device.id, &device.serial),
        }
    }
    if !nameless.is_empty() && !is_user {
        let nameless = listed(nameless.into_iter());
        export.left_out.push(format!("devices without a serial number, which nothing registers: {nameless}"));
    }
}

/// What tells how a device is imported.
struct Device {
    id: String,
    serial: String,
    tag: String,
    user: Option<String>,
}

impl Device {
    fn of(object: &Json) -> Result<Self, Failure> {
        let device: Registered = decode(object)?;
        Ok(Self {
            user: device.user().map(str::to_owned),
            tag: device.group_tag.unwrap_or_default(),
            serial: device.serial_number.unwrap_or_default().trim().to_owned(),
            id: device.id,
        })
    }
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

const USERS: &str = "autopilot_user_assignment";
