//! The hashes of many devices: what can be sent, and what is known to be wrong before anything is.

use std::collections::BTreeMap;

use super::trouble::Trouble;
use crate::autopilot::devices::listed;
use crate::autopilot::hardware_hash::{self, Hardware};
use crate::autopilot::tenant::Cx;
use crate::tf_provider::value::Value;

/// The hash that a row gives, in the form in which it is sent; or why there is none.
pub(crate) fn to_send(serial: &str, row: &Value) -> Result<String, Trouble> {
    match read(serial, row) {
        Ok((hash, _)) => Ok(hardware_hash::normalized(hash).unwrap_or_default()),
        Err(None) => Err(Trouble::new("no_hash", NO_HASH)),
        Err(Some(wrong)) => {
            let advice = "Capture it again, or correct the serial number.";
            Err(Trouble::new("wrong_hash", format!("Its hardware hash cannot be right: {wrong}. {advice}")))
        }
    }
}

/// Warns of what is doubtful about the hashes of devices that are to be registered. One that would be taken over needs none.
pub(crate) fn warn_of_doubts<'a>(
    cx: &Cx,
    rows: impl Iterator<Item = (&'a str, &'a Value)>,
    takes_devices_over: bool,
) {
    let mut doubts = Doubts::default();
    rows.for_each(|(serial, row)| doubts.look_at(serial, row));
    if takes_devices_over {
        doubts.none.clear();
    }
    doubts.into_warnings().into_iter().for_each(|(title, text)| cx.warn(title, text));
}

/// What is doubtful about hashes, gathered while one row after the other is looked at.
#[derive(Default)]
struct Doubts<'a> {
    none: Vec<&'a str>,
    wrong: BTreeMap<String, Vec<&'a str>>,
    changed: Vec<&'a str>,
}

impl<'a> Doubts<'a> {
    /// Looks at the hash of a row, as far as it is known.
    fn look_at(&mut self, serial: &'a str, row: &Value) {
        let is_open = |name: &str| row.get(name).is_unknown();
        if row.is_unknown() || is_open("hardware_hash") || is_open("hardware_hash_wo") {
            return;
        }
        match read(serial, row) {
            Ok((_, hardware)) if hardware.is_checksum_right == Some(false) => self.changed.push(serial),
            Ok(_) => {}
            Err(None) => self.none.push(serial),
            Err(Some(reason)) => self.wrong.entry(reason).or_default().push(serial),
        }
    }

    /// A title and a text for each kind of doubt.
    fn into_warnings(self) -> Vec<(&'static str, String)> {
        let mut warnings = Vec::new();
        if !self.none.is_empty() {
            let text = format!("{NO_HASH} They will stand in `failed`: {}.", listed(self.none.into_iter()));
            warnings.push(("Devices without a hardware hash", text));
        }
        if !self.wrong.is_empty() {
            let count: usize = self.wrong.values().map(Vec::len).sum();
            let kinds = self.wrong.into_iter().take(MOST_LISTED);
            let kinds = kinds.map(|(reason, keys)| format!("{} ({reason})", listed(keys.into_iter())));
            let text = format!(
                "{count} hardware hashes cannot be right, and their devices will stand in `failed`: {}. Capture them again, \
                 or correct the serial numbers.",
                kinds.collect::<Vec<_>>().join("; ")
            );
            warnings.push(("Hashes that are none, or of other devices", text));
        }
        if !self.changed.is_empty() {
            let text = format!(
                "These hashes were changed since they were captured, most often on their way through a spreadsheet or a mail. \
                 Windows Autopilot will probably refuse them (code 802): {}.",
                listed(self.changed.into_iter())
            );
            warnings.push(("Hashes with a wrong checksum", text));
        }
        warnings
    }
}

/// The hash of a row; or what is wrong with it, nothing if there is none.
fn read<'a>(serial: &str, row: &'a Value) -> Result<(&'a str, Hardware), Option<String>> {
    let hash = hardware_hash::configured(row).filter(|hash| !hash.trim().is_empty()).ok_or(None)?;
    Ok((hash, hardware_hash::decode_of(serial, hash).map_err(Some)?))
}

/// How many kinds of damage a message lists.
const MOST_LISTED: usize = 10;
const NO_HASH: &str = "Registering a device needs its hardware hash: give `hardware_hash` or `hardware_hash_wo`, or set \
    `adopt_existing = true` if it is registered already.";
