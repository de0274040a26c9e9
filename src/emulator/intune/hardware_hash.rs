//! Hardware hashes: what a laptop tells about itself so that Autopilot recognises it.
//!
//! # Layout
//!
//! Source: the published decoders that descend from Michael Niehaus' AutopilotUtility; Microsoft documents none. Integers are
//! little-endian, texts are UTF-8.
//!
//! | Offset | Size | Content |
//! |---|---|---|
//! | 0 | 2 | ASCII `OA` |
//! | 2 | 2 | used length: from the beginning up to the checksum record |
//! | 4 | .. | records, each: type (1), zero (1), length with this header (2), value |
//! | used | 36 | checksum record: `CS`, 36 (2), SHA-256 of all bytes before it |
//! | used + 36 | .. | zeros, up to about 3,000 bytes |
//!
//! A laptop makes another hash each time it is asked: the first record holds the time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::emulator::world::random::Random;

/// What a hash says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hardware {
    pub(crate) manufacturer: String,
    pub(crate) model: String,
    pub(crate) serial_number: String,
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
const HEADER: usize = 4;
const CHECKSUM_HEAD: &[u8] = b"CS\x24\0";
const CHECKSUM: usize = 32;

/// Bytes of a hash made here; 4000 characters in base64.
const TOTAL: usize = 3000;

/// More than any capture known has. That the service looks at the size at all is known from the name of an error only
/// (`HashNot4k`); the limit is a guess.
const LONGEST: usize = 8192;

const TOOL_AND_WINDOWS: u8 = 1;
const PROCESSOR_MAKER: u8 = 3;
const PROCESSOR: u8 = 4;
const MEMORY: u8 = 5;
const DISK: u8 = 6;
const DISK_SERIAL_NUMBER: u8 = 7;
const NETWORK: u8 = 8;
const SMBIOS_UUID: u8 = 12;
const TPM: u8 = 13;
const SERIAL_NUMBER: u8 = 14;
const MANUFACTURER: u8 = 16;
const MODEL: u8 = 17;

/// A hash as the laptop would export it: padded base64.
pub(crate) fn encode(hardware: &Hardware, random: &mut Random) -> String {
    let own = Sha256::digest(hardware.serial_number.as_bytes());
    let mut blob = Vec::with_capacity(TOTAL);
    blob.extend(MAGIC);
    blob.extend([0, 0]);
    // Versions as minor, major, revision, build; then the time, whose seconds make each capture another one.
    let mut capture = Vec::new();
    for number in [0_u16, 10, 1, 26_100, 0, 10, 4652, 26_100] {
        capture.extend(number.to_le_bytes());
    }
    capture.extend(&random.next().to_le_bytes()[..4]);
    capture.extend([0, 2, 9, 0]);
    record(&mut blob, TOOL_AND_WINDOWS, &capture);
    record(&mut blob, PROCESSOR_MAKER, b"GenuineIntel");
    record(&mut blob, PROCESSOR, b"Intel(R) Core(TM) Ultra 5 125U");
    record(&mut blob, MEMORY, &[&17_179_869_184_u64.to_le_bytes()[..], &[0; 13]].concat());
    record(&mut blob, DISK, &[&512_110_190_592_u64.to_le_bytes()[..], &[17, 0, 0, 1]].concat());
    let disk = format!("SSD-{:02X}{:02X}{:02X}{:02X}", own[22], own[23], own[24], own[25]);
    record(&mut blob, DISK_SERIAL_NUMBER, disk.as_bytes());
    record(&mut blob, NETWORK, &[&[9, 0, 0, 0], &own[16..22]].concat());
    record(&mut blob, SMBIOS_UUID, &own[..16]);
    record(&mut blob, TPM, b"2.0");
    record(&mut blob, SERIAL_NUMBER, hardware.serial_number.as_bytes());
    record(&mut blob, MANUFACTURER, hardware.manufacturer.as_bytes());
    record(&mut blob, MODEL, hardware.model.as_bytes());
    let used = u16::try_from(blob.len()).unwrap_or(u16::MAX);
    blob[2..4].copy_from_slice(&used.to_le_bytes());
    let checksum = Sha256::digest(&blob);
    blob.extend(CHECKSUM_HEAD);
    blob.extend(checksum);
    blob.resize(blob.len().max(TOTAL), 0);
    STANDARD.encode(blob)
}

/// Reads a decoded hash. Damage is a wrong beginning, a broken structure, or a wrong or missing checksum.
pub(super) fn read(blob: &[u8]) -> Result<Hardware, Implausible> {
    if !blob.starts_with(MAGIC) {
        return Err(Implausible::Corrupt);
    }
    if blob.len() > LONGEST {
        return Err(Implausible::WrongSize);
    }
    let used = usize::from(number(blob, 2).ok_or(Implausible::Corrupt)?);
    let (content, rest) = blob.split_at_checked(used).ok_or(Implausible::Corrupt)?;
    let checksum = rest.strip_prefix(CHECKSUM_HEAD).and_then(|rest| rest.get(..CHECKSUM));
    if checksum != Some(Sha256::digest(content).as_slice()) {
        return Err(Implausible::Corrupt);
    }
    let mut hardware = Hardware::default();
    let mut at = HEADER;
    while at < content.len() {
        let (kind, value) = read_record(content, at).ok_or(Implausible::Corrupt)?;
        let text = || String::from_utf8_lossy(value).trim_matches(['\0', ' ']).to_owned();
        match kind {
            MANUFACTURER => hardware.manufacturer = text(),
            MODEL => hardware.model = text(),
            SERIAL_NUMBER => hardware.serial_number = text(),
            _ => {}
        }
        at += HEADER + value.len();
    }
    Ok(hardware)
}

fn record(blob: &mut Vec<u8>, kind: u8, value: &[u8]) {
    let value = &value[..value.len().min(1000)];
    blob.extend([kind, 0]);
    blob.extend(((value.len() + HEADER) as u16).to_le_bytes());
    blob.extend(value);
}

fn read_record(content: &[u8], at: usize) -> Option<(u8, &[u8])> {
    let kind = *content.get(at)?;
    let length = usize::from(number(content, at + 2)?);
    Some((kind, content.get(at + HEADER..at + length)?))
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
    fn four_records_alone_are_taken() {
        // As a hash that was accepted live had them.
        let mut blob = [MAGIC, &[0, 0]].concat();
        record(&mut blob, SMBIOS_UUID, &[1; 16]);
        record(&mut blob, SERIAL_NUMBER, b"CD-0042\0");
        record(&mut blob, MANUFACTURER, b"Contoso Devices");
        record(&mut blob, MODEL, b"Book 14");
        let used = (blob.len() as u16).to_le_bytes();
        blob[2..4].copy_from_slice(&used);
        let checksum = Sha256::digest(&blob);
        blob.extend(CHECKSUM_HEAD);
        blob.extend(checksum);
        assert_eq!(read(&blob), Ok(laptop()));
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
        assert_eq!(read(b"OA too short"), Err(Implausible::Corrupt));
        assert_eq!(read(&[MAGIC, &[0; 9000]].concat()), Err(Implausible::WrongSize));
        let cut = blob();
        assert_eq!(read(&cut[..100]), Err(Implausible::Corrupt));
    }
}
