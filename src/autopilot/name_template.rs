//! Device name templates: what names they generate.
//!
//! A name has at most 15 characters (NetBIOS): letters, digits and hyphens, not only digits. `%SERIAL%` becomes the
//! serial number, of which Windows cuts off from the beginning what does not fit (Accounts CSP page, `ComputerName`:
//! `Test-Device-%SERIAL%` with 123456 is `Test-Device-456`); `%RAND:n%` becomes n random digits.

use crate::tf_provider::schema::Check;

/// Text that is a template.
pub(crate) fn check() -> Check {
    Check::text(
        "a template whose names have at most 15 letters, digits and hyphens, not only digits",
        |text| NameTemplate::parse(text).map(|_| ()),
    )
}

/// A template that generates valid names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NameTemplate {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Serial,
    Random(usize),
}

/// Most characters a device name can have.
pub(crate) const LONGEST_NAME: usize = 15;

impl NameTemplate {
    /// Reads a template, or says what is wrong with the names it would generate.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts = split(text)?;
        let template = Self { parts };
        template.judge()?;
        Ok(template)
    }

    /// The length of the longest name the template can generate. With `%SERIAL%` that is the limit itself, since the
    /// serial number fills what is left.
    pub(crate) fn longest(&self) -> usize {
        if self.has_serial() { LONGEST_NAME } else { self.fixed() }
    }

    /// The name a device with this serial number gets; random digits are shown as `0`.
    pub(crate) fn example(&self, serial: &str) -> String {
        let serial: Vec<char> = serial.chars().filter(|c| is_allowed(*c)).collect();
        let cut = serial.len().saturating_sub(LONGEST_NAME.saturating_sub(self.fixed()));
        let parts = self.parts.iter().map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Serial => serial[cut..].iter().collect(),
            Part::Random(digits) => "0".repeat(*digits),
        });
        parts.collect()
    }

    fn has_serial(&self) -> bool {
        self.parts.contains(&Part::Serial)
    }

    /// Characters that are there whatever the serial number is.
    fn fixed(&self) -> usize {
        let lengths = self.parts.iter().map(|part| match part {
            Part::Literal(text) => text.chars().count(),
            Part::Serial => 0,
            Part::Random(digits) => *digits,
        });
        lengths.sum()
    }

    fn judge(&self) -> Result<(), String> {
        let fixed = self.fixed();
        let literals = || {
            self.parts.iter().filter_map(|part| match part {
                Part::Literal(text) => Some(text.as_str()),
                _ => None,
            })
        };
        if let Some(bad) = literals().flat_map(str::chars).find(|c| !is_allowed(*c)) {
            return Err(format!("names would contain `{bad}`; only letters, digits and hyphens are allowed"));
        }
        if self.parts.iter().filter(|part| **part == Part::Serial).count() > 1 {
            return Err("`%SERIAL%` stands more than once".to_owned());
        }
        if self.parts.iter().filter(|part| matches!(part, Part::Random(_))).count() > 1 {
            return Err("`%RAND:n%` stands more than once".to_owned());
        }
        if self.has_serial() && fixed >= LONGEST_NAME {
            return Err(format!(
                "without the serial number names would already have {fixed} characters, which leaves \
                                no room for it in {LONGEST_NAME}"
            ));
        }
        if fixed > LONGEST_NAME {
            return Err(format!("names would have {fixed} characters, and Windows allows {LONGEST_NAME}"));
        }
        if !self.has_serial() && literals().flat_map(str::chars).all(|c| c.is_ascii_digit()) {
            return Err("names would consist of digits only, which Windows refuses".to_owned());
        }
        Ok(())
    }
}

/// Whether a device may have this name.
pub(crate) fn check_device_name(name: &str) -> Result<(), String> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME {
        return Err(format!("it has {length} characters, and Windows allows 1 to {LONGEST_NAME}"));
    }
    if let Some(bad) = name.chars().find(|c| !is_allowed(*c)) {
        return Err(format!("it contains `{bad}`; only letters, digits and hyphens are allowed"));
    }
    if name.chars().all(|c| c.is_ascii_digit()) {
        return Err("it consists of digits only, which Windows refuses".to_owned());
    }
    Ok(())
}

fn split(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('%') {
        if start > 0 {
            parts.push(Part::Literal(rest[..start].to_owned()));
        }
        let after = &rest[start + 1..];
        let end = after.find('%').ok_or("a `%` is not closed; macros are `%SERIAL%` and `%RAND:n%`")?;
        parts.push(read_macro(&after[..end])?);
        rest = &after[end + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    if parts.is_empty() { Err("it is empty; leave the argument out instead".to_owned()) } else { Ok(parts) }
}

fn read_macro(name: &str) -> Result<Part, String> {
    let upper = name.to_ascii_uppercase();
    if upper == "SERIAL" {
        return Ok(Part::Serial);
    }
    let digits = upper
        .strip_prefix("RAND:")
        .ok_or_else(|| format!("`%{name}%` is not a macro; there are `%SERIAL%` and `%RAND:n%`"))?;
    match digits.parse() {
        Ok(count @ 1..=LONGEST_NAME) => Ok(Part::Random(count)),
        _ => Err(format!("`%{name}%` needs a number of digits from 1 to {LONGEST_NAME}")),
    }
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_name_is_what_counts() {
        let table = [
            ("CONTOSO-%RAND:7%", Ok(15)),
            ("CONTOSO-%RAND:8%", Err("16 characters")),
            ("PC-%SERIAL%", Ok(15)),
            ("CONTOSO-LAPTOP-%SERIAL%", Err("no room")),
            ("CONTOSO-LAPTOPS", Ok(15)),
            ("12345", Err("digits only")),
            ("123%RAND:2%", Err("digits only")),
            ("%SERIAL%", Ok(15)),
            ("PC %SERIAL%", Err("contain ` `")),
            ("PC_%SERIAL%", Err("contain `_`")),
            ("%SERIAL%%SERIAL%", Err("more than once")),
            ("A%RAND:2%%RAND:3%", Err("more than once")),
            ("PC-%MAC%", Err("not a macro")),
            ("PC-%RAND:0%", Err("number of digits")),
            ("PC-%SERIAL", Err("not closed")),
            ("pc-%serial%", Ok(15)),
            ("", Err("empty")),
        ];
        for (template, expected) in table {
            match (NameTemplate::parse(template), expected) {
                (Ok(parsed), Ok(longest)) => assert_eq!(parsed.longest(), longest, "{template}"),
                (Err(problem), Err(part)) => assert!(problem.contains(part), "{template}: {problem}"),
                (got, _) => panic!("{template}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_serial_number_is_cut_from_its_beginning() {
        let template = NameTemplate::parse("Test-Device-%SERIAL%").unwrap();
        assert_eq!(template.example("123456"), "Test-Device-456");
        let template = NameTemplate::parse("CONTOSO-%SERIAL%").unwrap();
        assert_eq!(template.example("SN 1"), "CONTOSO-SN1");
    }

    #[test]
    fn a_device_name_obeys_the_same_rules() {
        assert!(check_device_name("LAPTOP-1").is_ok());
        for name in ["", "1234", "LAPTOP 1", "LAPTOP-12345678-9"] {
            assert!(check_device_name(name).is_err(), "{name}");
        }
    }
}
