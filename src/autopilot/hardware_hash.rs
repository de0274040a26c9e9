//! Hardware hashes: what can be told of one before the service looks at it.
//!
//! A hash is about 3000 bytes as base64 text. The bytes begin with ASCII `OA`; what follows is Microsoft's own and has
//! changed over time. One layout can be read here: after the magic a version (2 bytes, 3), the total length (4), then
//! records of type (2), length (2) and value, and at the end the SHA-256 of all before it; integers are little-endian.
//! A hash of another layout is taken as it is.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use sha2::{Digest, Sha256};

use crate::tf_provider::schema::Check;

/// What a hash says of its device; nothing where its layout is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hardware {
    /// Who made it.
    pub(crate) manufacturer: Option<String>,
    /// The model, in the manufacturer's words.
    pub(crate) model: Option<String>,
    /// The serial number.
    pub(crate) serial_number: Option<String>,
    /// Whether the checksum at the end is right, so that all of this can be relied on.
    pub(crate) is_certain: bool,
}

/// A check for arguments that take a hash. Its messages tell no more of the hash than a character that cannot be in one.
pub(crate) fn hardware_hash() -> Check {
    Check::text("a hardware hash: about 4000 characters of base64 that begin with `T0`", |text| {
        bytes(text).map(|_| ())
    })
    .discreet()
}

/// The hash as the service wants it: padded, without surrounding blanks.
pub(crate) fn normalized(text: &str) -> Result<String, String> {
    bytes(text).map(|bytes| general_purpose::STANDARD.encode(bytes))
}

/// Reads what a hash says. Only what cannot be a hash at all is an error.
pub(crate) fn decode(text: &str) -> Result<Hardware, String> {
    bytes(text).map(|bytes| read(&bytes).unwrap_or_default())
}

/// The bytes of a hash, if it can be one.
fn bytes(text: &str) -> Result<Vec<u8>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let foreign = text.char_indices().find(|(_, c)| !is_base64(*c));
    if let Some((at, character)) = foreign {
        let what = match character {
            '\n' | '\r' => "a line break".to_owned(),
            ' ' => "a blank".to_owned(),
            ',' | ';' | '"' => format!("`{character}`, as if more than one field of a CSV file was taken"),
            other => format!("`{other}`"),
        };
        return Err(format!("at character {} it has {what}, which no base64 has", at + 1));
    }
    let bare = text.trim_end_matches('=');
    if bare.contains('=') {
        return Err("it has `=` in its middle, as if two hashes were joined".to_owned());
    }
    if !bare.starts_with("T0") {
        return Err("it does not begin with `T0`, as every hash does".to_owned());
    }
    if bare.len() % 4 == 1 {
        return Err(format!(
            "a character was lost: the text has {} characters, which no base64 has",
            grouped(bare.len())
        ));
    }
    let bytes = LENIENT
        .decode(bare)
        .map_err(|_| "it is damaged: its last character cannot stand there".to_owned())?;
    if !bytes.starts_with(MAGIC) {
        return Err("it does not begin as a hash does".to_owned());
    }
    if !PLAUSIBLE.contains(&bytes.len()) {
        return Err(format!(
            "it has {} characters, and a hash has about 4,000: {}",
            grouped(bare.len()),
            if bytes.len() < *PLAUSIBLE.start() {
                "its end is missing"
            } else {
                "there is something besides"
            }
        ));
    }
    if let Some(stated) = stated_length(&bytes).filter(|stated| *stated != bytes.len()) {
        return Err(format!(
            "it says of itself that it holds {} bytes, and it holds {}: {}",
            grouped(stated),
            grouped(bytes.len()),
            if bytes.len() < stated { "a part of it was lost" } else { "there is something besides" }
        ));
    }
    Ok(bytes)
}

/// How long a hash of the known layout says that it is; nothing if it has another layout, in which these bytes would
/// hardly be the length of a hash.
fn stated_length(bytes: &[u8]) -> Option<usize> {
    let stated = u32::from_le_bytes(bytes.get(4..HEADER)?.try_into().ok()?);
    let stated = usize::try_from(stated).ok()?;
    (number(bytes, 2)? == VERSION && PLAUSIBLE.contains(&stated)).then_some(stated)
}

fn read(bytes: &[u8]) -> Option<Hardware> {
    if stated_length(bytes)? != bytes.len() {
        return None;
    }
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    let mut hardware =
        Hardware { is_certain: Sha256::digest(content).as_slice() == checksum, ..Hardware::default() };
    let mut rest = content.get(HEADER..)?;
    while let (Some(kind), Some(length)) = (number(rest, 0), number(rest, 2)) {
        let Some((value, after)) = rest.get(4..)?.split_at_checked(usize::from(length)) else {
            break;
        };
        let text = || Some(String::from_utf8_lossy(value).trim().to_owned()).filter(|text| !text.is_empty());
        match kind {
            1 => hardware.manufacturer = text(),
            2 => hardware.model = text(),
            3 => hardware.serial_number = text(),
            _ => {}
        }
        rest = after;
    }
    Some(hardware)
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn is_base64(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '=')
}

/// A number with commas between thousands.
fn grouped(number: usize) -> String {
    if number < 1000 {
        number.to_string()
    } else {
        format!("{},{:03}", grouped(number / 1000), number % 1000)
    }
}

/// Exports differ in their padding, and some leave odd bits at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);
const MAGIC: &[u8] = b"OA";
const VERSION: u16 = 3;
const HEADER: usize = 8;
const CHECKSUM: usize = 32;
/// Bytes: a "4K" hash, and what may come near it.
const PLAUSIBLE: std::ops::RangeInclusive<usize> = 1500..=4500;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A hash in the known layout.
    pub(crate) fn hash_of(manufacturer: &str, model: &str, serial: &str) -> String {
        const TOTAL: usize = 3000;
        let mut blob = Vec::from(MAGIC);
        blob.extend(VERSION.to_le_bytes());
        blob.extend((TOTAL as u32).to_le_bytes());
        let mut record = |kind: u16, value: &[u8]| {
            blob.extend(kind.to_le_bytes());
            blob.extend((value.len() as u16).to_le_bytes());
            blob.extend(value);
        };
        record(1, manufacturer.as_bytes());
        record(2, model.as_bytes());
        record(3, serial.as_bytes());
        let padding = TOTAL - CHECKSUM - HEADER - 16 - manufacturer.len() - model.len() - serial.len();
        record(u16::MAX, &vec![7; padding]);
        let checksum = Sha256::digest(&blob);
        blob.extend(checksum);
        general_purpose::STANDARD.encode(blob)
    }

    #[test]
    fn a_known_layout_says_what_the_device_is() {
        let hash = hash_of("Contoso", "Book 14", "CD-0042");
        assert_eq!(hash.len(), 4000);
        let hardware = decode(&hash).unwrap();
        assert_eq!(hardware.serial_number.as_deref(), Some("CD-0042"));
        assert_eq!(hardware.model.as_deref(), Some("Book 14"));
        assert!(hardware.is_certain);
    }

    #[test]
    fn another_layout_is_taken_and_says_nothing() {
        let mut blob = general_purpose::STANDARD.decode(hash_of("a", "b", "c")).unwrap();
        blob[2] = 9;
        let text = general_purpose::STANDARD.encode(blob);
        assert_eq!(decode(&text), Ok(Hardware::default()));
    }

    #[test]
    fn every_damage_has_its_sentence() {
        let hash = hash_of("Contoso", "Book 14", "CD-0042");
        let table = [
            (String::new(), "empty"),
            (hash[..3997].to_owned(), "a character was lost: the text has 3,997 characters"),
            (format!("{}\n{}", &hash[..76], &hash[76..]), "at character 77 it has a line break"),
            (format!("{hash},HQ"), "more than one field"),
            (format!("{hash}=={hash}"), "in its middle"),
            (hash[1..].to_owned(), "does not begin with"),
            (hash[..400].to_owned(), "its end is missing"),
            (format!("{hash}{}", "A".repeat(4000)), "something besides"),
        ];
        for (text, part) in table {
            let problem = hardware_hash().run(&text.as_str().into()).unwrap_err();
            assert!(problem.contains(part), "{part}: {problem}");
            assert!(!problem.contains(&hash[..20]), "quotes the hash");
        }
    }

    #[test]
    fn missing_padding_and_a_trailing_newline_are_mended() {
        let blob = [MAGIC, &[1; 2999]].concat();
        let padded = general_purpose::STANDARD.encode(&blob);
        assert!(padded.ends_with('='));
        let exported = format!("{}\r\n", padded.trim_end_matches('='));
        assert_eq!(normalized(&exported), Ok(padded));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(tail in "\\PC{0,200}", bytes in proptest::collection::vec(0u8.., 1500..2000)) {
            let _ = decode(&tail);
            let mut blob = b"OA\x03\x00".to_vec();
            blob.extend((bytes.len() as u32 + 8).to_le_bytes());
            blob.extend(bytes);
            let _ = decode(&general_purpose::STANDARD.encode(blob));
        }
    }
}
