//! Hardware hashes: what a laptop tells about itself so that Autopilot recognises it.
//!
//! The real format is Microsoft's secret; this one looks like it from outside: padded base64 of about 3000 bytes that
//! begin with ASCII `OA`.
//!
//! # Layout
//!
//! Integers are little-endian, texts are UTF-8 without terminator.
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 2 | magic: ASCII `OA` |
//! | 2 | 2 | version: 3 |
//! | 4 | 4 | total length in bytes, from the magic to the end of the checksum |
//! | 8 | .. | records, each: type (2), length of the value (2), value |
//! | total - 32 | 32 | SHA-256 of all bytes before it |
//!
//! | Type | Value |
//! |---|---|
//! | 1 | manufacturer |
//! | 2 | model |
//! | 3 | serial number |
//! | 4 | SMBIOS UUID, 16 bytes |
//! | 5 | MAC address, 6 bytes |
//! | 6 | disk serial number |
//! | 7 | version of Windows |
//! | 65535 | padding, to be skipped |
//!
//! Readers skip types they do not know. A laptop makes another hash each time it is asked, here by other padding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::emulator::random::Random;

/// What a hash says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hardware {
    pub(super) manufacturer: String,
    pub(super) model: String,
    pub(super) serial_number: String,
}

/// Why a hash is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Implausible {
    /// Its beginning, its structure or its checksum is wrong.
    Corrupt,
    /// It is far from the size that hashes have.
    WrongSize,
}

const MAGIC: &[u8] = b"OA";
const VERSION: u16 = 3;
const HEADER: usize = 8;
const CHECKSUM: usize = 32;

/// Bytes of a hash made here; 4000 characters in base64.
const TOTAL: usize = 3000;

/// Sizes that are taken: a "4K" hash and what may come near it.
const PLAUSIBLE: std::ops::RangeInclusive<usize> = 1500..=4500;

const MANUFACTURER: u16 = 1;
const MODEL: u16 = 2;
const SERIAL_NUMBER: u16 = 3;
const SMBIOS_UUID: u16 = 4;
const MAC_ADDRESS: u16 = 5;
const DISK: u16 = 6;
const WINDOWS: u16 = 7;
const PADDING: u16 = u16::MAX;

/// A hash as the laptop would export it: padded base64.
pub(super) fn encode(hardware: &Hardware, random: &mut Random) -> String {
    let digest = Sha256::digest(hardware.serial_number.as_bytes());
    let mut blob = Vec::with_capacity(TOTAL);
    blob.extend(MAGIC);
    blob.extend(VERSION.to_le_bytes());
    blob.extend((TOTAL as u32).to_le_bytes());
    record(&mut blob, MANUFACTURER, hardware.manufacturer.as_bytes());
    record(&mut blob, MODEL, hardware.model.as_bytes());
    record(&mut blob, SERIAL_NUMBER, hardware.serial_number.as_bytes());
    record(&mut blob, SMBIOS_UUID, &digest[..16]);
    record(&mut blob, MAC_ADDRESS, &digest[16..22]);
    let disk = format!("SSD-{:02X}{:02X}{:02X}{:02X}", digest[22], digest[23], digest[24], digest[25]);
    record(&mut blob, DISK, disk.as_bytes());
    record(&mut blob, WINDOWS, b"10.0.26100.4652");
    let room = TOTAL.saturating_sub(blob.len() + CHECKSUM + 4);
    let padding: Vec<u8> = (0..room).map(|_| random.next().to_le_bytes()[0]).collect();
    record(&mut blob, PADDING, &padding);
    let checksum = Sha256::digest(&blob);
    blob.extend(checksum);
    STANDARD.encode(blob)
}

/// Reads a decoded hash. A blob of the right beginning and size whose version is not the one above comes from a real
/// laptop: it is taken, and says nothing.
pub(super) fn read(blob: &[u8]) -> Result<Hardware, Implausible> {
    if !blob.starts_with(MAGIC) {
        return Err(Implausible::Corrupt);
    }
    if !PLAUSIBLE.contains(&blob.len()) {
        return Err(Implausible::WrongSize);
    }
    if number(blob, 2) != Some(VERSION) || blob.get(4..8) != Some(&(blob.len() as u32).to_le_bytes()) {
        return Ok(Hardware::default());
    }
    let (content, checksum) = blob.split_at(blob.len() - CHECKSUM);
    if Sha256::digest(content).as_slice() != checksum {
        return Err(Implausible::Corrupt);
    }
    let mut hardware = Hardware::default();
    let mut at = HEADER;
    while at < content.len() {
        let (kind, value) = read_record(content, at).ok_or(Implausible::Corrupt)?;
        let text = || String::from_utf8_lossy(value).into_owned();
        match kind {
            MANUFACTURER => hardware.manufacturer = text(),
            MODEL => hardware.model = text(),
            SERIAL_NUMBER => hardware.serial_number = text(),
            _ => {}
        }
        at += 4 + value.len();
    }
    Ok(hardware)
}

fn record(blob: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    blob.extend(kind.to_le_bytes());
    blob.extend((value.len() as u16).to_le_bytes());
    blob.extend(value);
}

fn read_record(content: &[u8], at: usize) -> Option<(u16, &[u8])> {
    let kind = number(content, at)?;
    let length = usize::from(number(content, at + 2)?);
    Some((kind, content.get(at + 4..at + 4 + length)?))
}

fn number(blob: &[u8], at: usize) -> Option<u16> {
    let bytes = blob.get(at..at + 2)?;
    Some(u16::from_le_bytes([bytes[0], bytes[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laptop() -> Hardware {
        Hardware {
            manufacturer: "Contoso Devices".to_owned(),
            model: "Book 14".to_owned(),
            serial_number: "CD-0042".to_owned(),
        }
    }

    fn blob() -> Vec<u8> {
        STANDARD.decode(encode(&laptop(), &mut Random::new(1))).expect("it is base64")
    }

    #[test]
    fn looks_like_a_hash_and_says_what_the_laptop_is() {
        let text = encode(&laptop(), &mut Random::new(1));
        assert_eq!((text.len(), &text[..2]), (4000, "T0"));
        assert_eq!(read(&blob()), Ok(laptop()));
    }

    #[test]
    fn is_another_one_every_time() {
        let mut random = Random::new(1);
        assert_ne!(encode(&laptop(), &mut random), encode(&laptop(), &mut random));
    }

    #[test]
    fn notices_what_cannot_be_a_hash() {
        let mut changed = blob();
        changed[20] ^= 1;
        assert_eq!(read(&changed), Err(Implausible::Corrupt));
        assert_eq!(read(&[7; 3000]), Err(Implausible::Corrupt));
        assert_eq!(read(b"OA too short"), Err(Implausible::WrongSize));
        let mut foreign = blob();
        foreign[2] = 9;
        assert_eq!(read(&foreign), Ok(Hardware::default()));
    }
}
