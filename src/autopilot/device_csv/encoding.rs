//! Which characters the bytes of a file are.
//!
//! Windows PowerShell 5.1 writes UTF-16 with a byte order mark where `Out-File` or `>` is used, Excel the code page of the
//! computer. Terraform's `file()` takes neither, `filebase64()` takes any bytes.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The code page of files that do not say what they are, in Western Europe and the Americas.
pub(crate) const ANSI: &Encoding = WINDOWS_1252;

/// The code page of this name: `windows-1250`, `shift_jis`.
pub(crate) fn code_page(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.as_bytes())
}

/// The text itself, or, if it is base64 as `filebase64()` makes it, the text of those bytes.
pub(crate) fn decoded<'t>(text: &'t str, ansi: &'static Encoding) -> Cow<'t, str> {
    // The shortest file of devices has a header with a separator, which no base64 has.
    match STANDARD.decode(text.trim()) {
        Ok(bytes) if !bytes.is_empty() => Cow::Owned(text_of(&bytes, ansi).into_owned()),
        _ => Cow::Borrowed(text),
    }
}

/// A byte order mark decides; without one, what the bytes can be.
fn text_of<'b>(bytes: &'b [u8], ansi: &'static Encoding) -> Cow<'b, str> {
    let zeros = |offset: usize| bytes.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let likely = if zeros(1) * 4 > bytes.len() {
        UTF_16LE
    } else if zeros(0) * 4 > bytes.len() {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        ansi
    };
    likely.decode(bytes).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_that_windows_writes_is_recognized() {
        let text = "Device Serial Number,Group Tag\r\nSN1,Köln\r\n";
        let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let (little, big) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes));
        let files = [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            [b"\xfe\xff", big.as_slice()].concat(),
            little,
            big,
            text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
        ];
        for file in files {
            assert_eq!(decoded(&STANDARD.encode(&file), ANSI), text, "{:?}", &file[..4]);
        }
        assert_eq!(decoded(text, ANSI), text);
    }

    #[test]
    fn another_code_page_can_be_named() {
        let file = [b"Group Tag,\n".as_slice(), b"\xa3\xf3d\x9f".as_slice()].concat();
        assert!(decoded(&STANDARD.encode(&file), code_page("windows-1250").unwrap()).ends_with("Łódź"));
        assert!(code_page("klingon").is_none());
    }
}
