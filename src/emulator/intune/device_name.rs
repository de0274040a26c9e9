//! Names of devices: what Windows takes, and what a profile's template makes of a serial number.

/// The longest name that NetBIOS knows.
const LONGEST: usize = 15;

/// Why a name or template is not valid, to stand after "not valid: ".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault(pub(super) String);

/// Checks a name a device is to have: 1 to 15 letters, digits and hyphens, not digits alone.
pub(super) fn check(name: &str) -> Result<(), Fault> {
    check_characters(name)?;
    match name.len() {
        0 => Err(Fault("it is empty".to_owned())),
        length if length > LONGEST => Err(Fault(format!("it has {length} characters, and 15 is the limit"))),
        _ if name.bytes().all(|byte| byte.is_ascii_digit()) => Err(Fault("it has only digits".to_owned())),
        _ => Ok(()),
    }
}

/// Checks a template. Its literal part and its random digits must fit; a serial number is cut on the device.
pub(super) fn check_template(template: &str) -> Result<(), Fault> {
    let pieces = pieces(template)?;
    let count = |macros: fn(&Piece<'_>) -> bool| pieces.iter().filter(|piece| macros(piece)).count();
    let serials = count(|piece| matches!(piece, Piece::Serial));
    let randoms = count(|piece| matches!(piece, Piece::Random(_)));
    if serials > 1 || randoms > 1 {
        return Err(Fault("a macro may be used once".to_owned()));
    }
    let mut literal = String::new();
    let mut length = serials;
    for piece in &pieces {
        match piece {
            Piece::Literal(text) => {
                check_characters(text)?;
                literal.push_str(text);
                length += text.len();
            }
            Piece::Random(digits) => length += digits,
            Piece::Serial => {}
        }
    }
    if length > LONGEST {
        return Err(Fault("the name would have more than 15 characters".to_owned()));
    }
    if serials == 0 && literal.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault("the name would have only digits".to_owned()));
    }
    Ok(())
}

/// The name a device gets. `digit` gives random digits. What is too long is cut, as the device does.
pub(crate) fn generate(template: &str, serial: &str, mut digit: impl FnMut() -> u8) -> String {
    let Ok(pieces) = pieces(template) else {
        return String::new();
    };
    let fixed: usize = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Random(digits) => *digits,
            Piece::Serial => 0,
        })
        .sum();
    let serial: String = serial.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    // Accounts CSP page, `ComputerName`: truncated from the beginning.
    let cut = serial.len().saturating_sub(LONGEST.saturating_sub(fixed));
    let name = pieces.iter().map(|piece| match piece {
        Piece::Literal(text) => (*text).to_owned(),
        Piece::Serial => serial[cut..].to_owned(),
        Piece::Random(digits) => (0..*digits).map(|_| char::from(b'0' + digit() % 10)).collect(),
    });
    name.collect::<String>().chars().take(LONGEST).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'t> {
    Literal(&'t str),
    Serial,
    Random(usize),
}

fn pieces(template: &str) -> Result<Vec<Piece<'_>>, Fault> {
    let mut pieces = Vec::new();
    let mut parts = template.split('%');
    if let Some(first) = parts.next().filter(|first| !first.is_empty()) {
        pieces.push(Piece::Literal(first));
    }
    while let Some(inner) = parts.next() {
        let Some(after) = parts.next() else {
            return Err(Fault("a '%' has no partner".to_owned()));
        };
        pieces.push(read_macro(inner)?);
        if !after.is_empty() {
            pieces.push(Piece::Literal(after));
        }
    }
    Ok(pieces)
}

fn read_macro(inner: &str) -> Result<Piece<'static>, Fault> {
    if inner.eq_ignore_ascii_case("SERIAL") {
        return Ok(Piece::Serial);
    }
    let digits = inner
        .split_once(':')
        .filter(|(name, _)| name.eq_ignore_ascii_case("RAND"))
        .and_then(|(_, digits)| digits.parse().ok());
    match digits {
        Some(digits) if (1..=LONGEST).contains(&digits) => Ok(Piece::Random(digits)),
        _ => Err(Fault(format!("'%{inner}%' is neither %SERIAL% nor %RAND:x%"))),
    }
}

fn check_characters(text: &str) -> Result<(), Fault> {
    let wrong = text.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-');
    wrong.map_or(Ok(()), |wrong| Err(Fault(format!("'{wrong}' is neither letter, digit nor hyphen"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_takes_fifteen_letters_digits_and_hyphens() {
        for name in ["A", "PC-0042", "ABCDEFGHIJKLMNO"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", "ABCDEFGHIJKLMNOP", "0042", "PC 1", "PC_1", "PÜ"] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_template_must_leave_room() {
        for template in ["PC-%SERIAL%", "%SERIAL%", "FRONTDESK-%RAND:5%", "NAME", "A%RAND:3%B"] {
            assert_eq!(check_template(template), Ok(()), "{template}");
        }
        for template in [
            "FRONTDESKS-%RAND:5%",
            "%RAND:5%",
            "ABCDEFGHIJKLMNO%SERIAL%",
            "%SERIAL%%SERIAL%",
            "%SERIAL",
            "%RAND:x%",
            "%RAND:0%",
            "%MODEL%",
            "PC %SERIAL%",
        ] {
            assert!(check_template(template).is_err(), "{template}");
        }
    }

    #[test]
    fn a_name_is_made_of_the_template() {
        let seven = || 7;
        assert_eq!(generate("PC-%RAND:3%", "X", seven), "PC-777");
        assert_eq!(generate("PC-%SERIAL%", "5CD1234XYZ", seven), "PC-5CD1234XYZ");
        assert_eq!(generate("CONTOSO-%SERIAL%", "0000-0001-2345-6789", seven), "CONTOSO-45-6789");
    }
}
