//! What the bytes of a hash say.
//!
//! Microsoft documents no layout. This one is that of the published decoders that descend from Michael Niehaus'
//! AutopilotUtility, and of captures they were tried on: little-endian; `OA`; the length in use (u16, from the beginning up
//! to the checksum); from byte 4 records of type (u8), zero (u8), length with this header (u16) and value; behind them a
//! record of type `CS` and length 36 with the SHA-256 of all before it; then zeros. Texts are UTF-8 with or without zeros at
//! their end. Types that are not known are skipped, and later captures may have another layout: what cannot be read says
//! nothing.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What a hash says of its device; nothing where its layout is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hardware {
    pub(crate) serial_number: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) sku_number: Option<String>,
    pub(crate) system_family: Option<String>,
    /// SMBIOS UUID.
    pub(crate) smbios_uuid: Option<String>,
    /// Version of Windows in which the hash was captured: `10.0.26100.1`.
    pub(crate) windows_version: Option<String>,
    /// Version of the tool that captured it.
    pub(crate) tool_version: Option<String>,
    pub(crate) processor: Option<String>,
    /// Bytes of memory that are installed.
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) disks: Vec<Disk>,
    pub(crate) network_adapters: Vec<NetworkAdapter>,
    /// Version of the TPM, such as `2.0-...`, in the words of its maker.
    pub(crate) tpm_version: Option<String>,
    pub(crate) product_key_id: Option<String>,
    /// Whether there is a checksum and it is right; `None` in another layout.
    pub(crate) is_checksum_right: Option<bool>,
}

/// A disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Disk {
    pub(crate) capacity_bytes: Option<u64>,
    pub(crate) serial_number: Option<String>,
}

/// A network adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NetworkAdapter {
    /// `ethernet`, `wireless`, `bluetooth`, or the number of another medium.
    pub(crate) medium: String,
    /// `00-11-22-33-44-55`.
    pub(crate) mac_address: String,
}

/// Bytes in use, checksum included, as the beginning says; `None` in another layout.
pub(super) fn stated_length(bytes: &[u8]) -> Option<usize> {
    used_length(bytes).map(|used| used + CHECKSUM_RECORD)
}

/// Reads all that can be read.
pub(super) fn read(bytes: &[u8]) -> Hardware {
    let mut hardware = Hardware::default();
    let Some(used) = used_length(bytes).filter(|used| *used <= bytes.len()) else {
        return hardware;
    };
    let (content, rest) = bytes.split_at(used);
    let mut records = &content[HEADER..];
    while let Some((kind, value, after)) = record(records) {
        note(&mut hardware, kind, value);
        records = after;
    }
    let checksum = rest.get(..CHECKSUM_RECORD).and_then(|record| record.strip_prefix(CHECKSUM_HEAD));
    hardware.is_checksum_right = Some(checksum == Some(Sha256::digest(content).as_slice()));
    hardware
}

/// Bytes up to the checksum, as the beginning says; `None` in another layout.
fn used_length(bytes: &[u8]) -> Option<usize> {
    let used = usize::from(u16_at(bytes, 2)?);
    // In this layout a record begins at byte 4, whose second byte is zero.
    (used >= HEADER && bytes.get(5) == Some(&0)).then_some(used)
}

/// The first record: its type, its value, and what follows.
fn record(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, length) = (*bytes.first()?, usize::from(u16_at(bytes, 2)?));
    let value = bytes.get(HEADER..length)?;
    Some((kind, value, &bytes[length..]))
}

fn note(hardware: &mut Hardware, kind: u8, value: &[u8]) {
    match kind {
        1 => {
            hardware.tool_version = version(value);
            hardware.windows_version = value.get(8..).and_then(version);
        }
        4 => hardware.processor = text(value),
        5 => hardware.memory_bytes = u64_at(value, 0),
        6 => hardware.disks.push(Disk { capacity_bytes: u64_at(value, 0), serial_number: None }),
        // Behind its disk.
        7 => match hardware.disks.last_mut() {
            Some(disk) if disk.serial_number.is_none() => disk.serial_number = text(value),
            _ => hardware.disks.push(Disk { capacity_bytes: None, serial_number: text(value) }),
        },
        8 => hardware.network_adapters.extend(network_adapter(value)),
        12 => hardware.smbios_uuid = Uuid::from_slice_le(value).ok().map(|id| id.to_string()),
        13 => hardware.tpm_version = text(value),
        14 => hardware.serial_number = text(value),
        16 => hardware.manufacturer = text(value),
        17 => hardware.model = text(value),
        18 => hardware.sku_number = text(value),
        19 => hardware.system_family = text(value),
        24 => hardware.product_key_id = text(value),
        _ => {}
    }
}

/// Four numbers, stored as minor, major, revision, build.
fn version(value: &[u8]) -> Option<String> {
    let [minor, major, revision, build] =
        [u16_at(value, 0)?, u16_at(value, 2)?, u16_at(value, 4)?, u16_at(value, 6)?];
    Some(format!("{major}.{minor}.{build}.{revision}"))
}

fn network_adapter(value: &[u8]) -> Option<NetworkAdapter> {
    let medium = match *value.first()? {
        14 => "ethernet".to_owned(),
        9 => "wireless".to_owned(),
        10 => "bluetooth".to_owned(),
        other => other.to_string(),
    };
    let mac: Vec<String> = value.get(4..10)?.iter().map(|byte| format!("{byte:02X}")).collect();
    Some(NetworkAdapter { medium, mac_address: mac.join("-") })
}

fn text(value: &[u8]) -> Option<String> {
    let end = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    Some(String::from_utf8_lossy(&value[..end]).trim().to_owned()).filter(|text| !text.is_empty())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Before the first record, and before each record's value.
const HEADER: usize = 4;
const CHECKSUM_HEAD: &[u8] = b"CS\x24\x00";
const CHECKSUM_RECORD: usize = 36;

#[cfg(test)]
mod tests {
    use super::super::tests::Capture;
    use super::*;

    #[test]
    fn every_record_that_is_known_is_read() {
        let mut disk = 512_110_190_592_u64.to_le_bytes().to_vec();
        disk.extend([17, 0, 0, 1]);
        let bytes = Capture::new()
            .record(
                1,
                &[
                    &[0, 0, 10, 0, 1, 0, 0xf4, 0x65],
                    [0, 0, 10, 0, 0x2c, 0x12, 0xf4, 0x65].as_slice(),
                    &[0; 8],
                ]
                .concat(),
            )
            .record(4, b"Intel(R) Core(TM) Ultra 7\0")
            .record(5, &[17_179_869_184_u64.to_le_bytes().as_slice(), &[0; 13]].concat())
            .record(6, &disk)
            .record(7, b"S6Z1NX0\0\0")
            .record(8, &[9, 0, 0, 0, 0xa0, 0xb1, 0xc2, 0xd3, 0xe4, 0xf5])
            .record(8, &[14, 0, 0, 0, 1, 2, 3, 4, 5, 6])
            .record(12, &Uuid::from_u128(0x4c4c4544_0051_3310_8057_b7c04f303441).to_bytes_le())
            .record(13, b"2.0")
            .record(14, b"7WQ3M04\0")
            .record(16, b"Dell Inc.")
            .record(17, b"Latitude 7450")
            .record(18, b"0C6B")
            .record(19, b"Latitude")
            .record(24, b"3305000012345")
            .record(200, b"of tomorrow")
            .bytes();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            read(&bytes),
            Hardware {
                serial_number: text("7WQ3M04"),
                manufacturer: text("Dell Inc."),
                model: text("Latitude 7450"),
                sku_number: text("0C6B"),
                system_family: text("Latitude"),
                smbios_uuid: text("4c4c4544-0051-3310-8057-b7c04f303441"),
                windows_version: text("10.0.26100.4652"),
                tool_version: text("10.0.26100.1"),
                processor: text("Intel(R) Core(TM) Ultra 7"),
                memory_bytes: Some(17_179_869_184),
                disks: vec![Disk { capacity_bytes: Some(512_110_190_592), serial_number: text("S6Z1NX0") }],
                network_adapters: vec![
                    NetworkAdapter {
                        medium: "wireless".to_owned(),
                        mac_address: "A0-B1-C2-D3-E4-F5".to_owned()
                    },
                    NetworkAdapter {
                        medium: "ethernet".to_owned(),
                        mac_address: "01-02-03-04-05-06".to_owned()
                    },
                ],
                tpm_version: text("2.0"),
                product_key_id: text("3305000012345"),
                is_checksum_right: Some(true),
            }
        );
    }

    #[test]
    fn the_four_records_that_were_accepted_live_are_enough() {
        let bytes = Capture::of("Contoso", "Book 14", "CD-0042").bytes();
        let hardware = read(&bytes);
        assert_eq!(hardware.serial_number.as_deref(), Some("CD-0042"));
        assert_eq!(hardware.is_checksum_right, Some(true));
    }

    #[test]
    fn a_changed_byte_makes_the_checksum_wrong_and_a_missing_one_is_wrong_too() {
        let mut bytes = Capture::of("Contoso", "Book 14", "CD-0042").bytes();
        bytes[30] ^= 1;
        assert_eq!(read(&bytes).is_checksum_right, Some(false));
        let used = usize::from(u16_at(&bytes, 2).unwrap());
        bytes[used..].fill(0);
        assert_eq!(read(&bytes).is_checksum_right, Some(false));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0u8.., 0..400), used in 0u16..500) {
            let mut bytes = [b"OA".as_slice(), &used.to_le_bytes(), &bytes].concat();
            read(&bytes);
            let all = (bytes.len() as u16).to_le_bytes();
            bytes[2..4].copy_from_slice(&all);
            read(&bytes);
            stated_length(&bytes);
        }
    }
}
