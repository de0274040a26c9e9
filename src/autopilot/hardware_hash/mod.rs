//! Hardware hashes: what is known of one before the service looks at it.
//!
//! A hash is base64 text of bytes that begin with ASCII `OA`: about 3,000 bytes, most of them zeros at the end. What they say
//! is read by `layout`; a hash that it cannot read is taken as it is, and the service decides.

mod layout;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};

use super::devices::comparable;
use crate::tf_provider::schema::Check;
use crate::tf_provider::value::Value;

pub(crate) use layout::{Disk, Hardware, NetworkAdapter};

/// A check for arguments that take a hash. Its messages tell no more of the hash than a character that cannot be in one.
pub(crate) fn hardware_hash() -> Check {
    Check::text("a hardware hash: about 4000 characters of base64 that begin with `T0`", |text| {
        bytes(text).map(|_| ())
    })
    .discreet()
    .of_changes()
}

/// The hash as the service wants it: padded, without surrounding blanks.
pub(crate) fn normalized(text: &str) -> Result<String, String> {
    bytes(text).map(|bytes| general_purpose::STANDARD.encode(bytes))
}

/// The hash the user wrote, in whichever argument.
pub(crate) fn configured(config: &Value) -> Option<&str> {
    let hash = config.get("hardware_hash").as_str();
    hash.or_else(|| config.get("hardware_hash_wo").as_str())
}

/// Reads what a hash says. Only what cannot be a hash at all is an error.
pub(crate) fn decode(text: &str) -> Result<Hardware, String> {
    bytes(text).map(|bytes| layout::read(&bytes))
}

/// Reads a hash that is to be of the device with this serial number. What is wrong is said as a clause that never quotes it.
pub(crate) fn decode_of(serial: &str, text: &str) -> Result<Hardware, String> {
    let hardware = decode(text)?;
    match &hardware.serial_number {
        Some(found) if comparable(found) != comparable(serial) => {
            Err(format!("it was captured on the device with the serial number `{found}`"))
        }
        _ => Ok(hardware),
    }
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
    if let Some(stated) = layout::stated_length(&bytes).filter(|stated| *stated > bytes.len()) {
        return Err(format!(
            "it says of itself that it holds {} bytes, and it holds {}: a part of it was lost",
            grouped(stated),
            grouped(bytes.len())
        ));
    }
    Ok(bytes)
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A hash as the capturing tools make it, record by record.
    pub(crate) struct Capture(Vec<u8>);

    impl Capture {
        pub(crate) fn new() -> Self {
            Self(b"OA\0\0".to_vec())
        }

        pub(crate) fn of(manufacturer: &str, model: &str, serial: &str) -> Self {
            Self::new()
                .record(12, &[7; 16])
                .record(14, serial.as_bytes())
                .record(16, manufacturer.as_bytes())
                .record(17, model.as_bytes())
        }

        pub(crate) fn record(mut self, kind: u8, value: &[u8]) -> Self {
            self.0.extend([kind, 0]);
            self.0.extend((value.len() as u16 + 4).to_le_bytes());
            self.0.extend(value);
            self
        }

        pub(crate) fn bytes(mut self) -> Vec<u8> {
            let used = (self.0.len() as u16).to_le_bytes();
            self.0[2..4].copy_from_slice(&used);
            let checksum =
                sha2::Digest::finalize(sha2::Digest::chain_update(sha2::Sha256::default(), &self.0));
            self.0.extend(b"CS\x24\0");
            self.0.extend(checksum);
            self.0.resize(3000, 0);
            self.0
        }
    }

    pub(crate) fn hash_of(manufacturer: &str, model: &str, serial: &str) -> String {
        general_purpose::STANDARD.encode(Capture::of(manufacturer, model, serial).bytes())
    }

    #[test]
    fn a_hash_says_what_the_device_is() {
        let hash = hash_of("Contoso", "Book 14", "CD-0042");
        assert_eq!(hash.len(), 4000);
        let hardware = decode(&hash).unwrap();
        assert_eq!(hardware.serial_number.as_deref(), Some("CD-0042"));
        assert_eq!(hardware.model.as_deref(), Some("Book 14"));
    }

    #[test]
    fn another_layout_is_taken_and_says_nothing() {
        let text = general_purpose::STANDARD.encode([MAGIC, &[9; 2998]].concat());
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
            (hash[..40].to_owned(), "a part of it was lost"),
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
            let _ = decode(&general_purpose::STANDARD.encode([MAGIC, &bytes].concat()));
        }
    }
}
