//! CSV files of devices, as `Get-WindowsAutopilotInfo`, the Intune portal, partners and spreadsheets write them.

mod encoding;

use std::borrow::Cow;
use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::devices::comparable;
use super::hardware_hash;

pub(crate) use encoding::{ANSI, code_page, decoded};

/// A device of a file. What its line leaves empty is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) serial_number: String,
    pub(crate) hardware_hash: String,
    pub(crate) product_key: Option<String>,
    pub(crate) group_tag: Option<String>,
    pub(crate) assigned_user: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) model: Option<String>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Column {
    SerialNumber,
    HardwareHash,
    ProductKey,
    GroupTag,
    AssignedUser,
    Manufacturer,
    Model,
    /// Known, and of no use for a registration.
    Other,
}

/// Reads a file: its devices, or everything that is wrong with it, by line.
pub(crate) fn parse(text: &str) -> Result<Vec<Row>, Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let lines = Lines::of(text);
    let mut records =
        reader.records().filter(|record| record.as_ref().map_or(true, |record| !is_nothing(record)));
    let header = match records.next() {
        None => return Err(vec!["The text has no lines.".to_owned()]),
        Some(Err(error)) => return Err(vec![unreadable(&error)]),
        Some(Ok(header)) => columns(&header, lines.of_record(&header))?,
    };
    let mut rows = Vec::new();
    let mut problems = Vec::new();
    let mut seen = HashMap::new();
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                problems.push(unreadable(&error));
                continue;
            }
        };
        let line = lines.of_record(&record);
        // `-Append` writes the header again.
        if record.iter().map(column).eq(header.iter().copied()) {
            continue;
        }
        match row(&header, &record) {
            Ok(row) => {
                let serial = comparable(&row.serial_number);
                match seen.insert(serial, line) {
                    Some(first) => problems.push(format!(
                        "Line {line}: duplicate serial number {}, which line {first} has too. Keep one of the two.",
                        shown(&row.serial_number)
                    )),
                    None => rows.push(row),
                }
            }
            Err(wrong) => problems.extend(wrong.into_iter().map(|problem| format!("Line {line}: {problem}"))),
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

fn columns(header: &StringRecord, line: usize) -> Result<Vec<Option<Column>>, Vec<String>> {
    let mut problems = Vec::new();
    let mut columns = Vec::new();
    for name in header {
        let column = column(name);
        if column.is_none() && !name.is_empty() {
            problems.push(format!(
                "Line {line}: there is no column {} in files of devices. Known are Device Serial Number, Windows Product \
                 ID, Hardware Hash, Group Tag, Assigned User, Manufacturer name, Device model.",
                shown(name)
            ));
        } else if column.is_some_and(|column| column != Column::Other) && columns.contains(&column) {
            problems.push(format!("Line {line}: the column {} stands twice.", shown(name)));
        }
        columns.push(column);
    }
    for (needed, name, hint) in [
        (Column::SerialNumber, "Device Serial Number", ""),
        (Column::HardwareHash, "Hardware Hash", " (What the Intune admin center exports has no hashes.)"),
    ] {
        if !columns.contains(&Some(needed)) {
            problems.push(format!(
                "Line {line}: the column `{name}` is missing. The first line must name the columns.{hint}"
            ));
        }
    }
    if problems.is_empty() { Ok(columns) } else { Err(problems) }
}

fn row(columns: &[Option<Column>], record: &StringRecord) -> Result<Row, Vec<String>> {
    let mut row = Row::default();
    let mut problems = Vec::new();
    if record.iter().skip(columns.len()).any(|field| !field.is_empty()) {
        problems.push(format!(
            "it has {} fields, and the first line names {} columns.",
            record.len(),
            columns.len()
        ));
    }
    for (column, field) in columns.iter().zip(record) {
        let field = bare(field);
        let some = || Some(field.to_string()).filter(|field| !field.is_empty());
        match column {
            Some(Column::SerialNumber) => row.serial_number = field.into_owned(),
            Some(Column::HardwareHash) => row.hardware_hash = field.into_owned(),
            Some(Column::ProductKey) => row.product_key = some(),
            Some(Column::GroupTag) => row.group_tag = some(),
            Some(Column::AssignedUser) => row.assigned_user = some(),
            Some(Column::Manufacturer) => row.manufacturer = some(),
            Some(Column::Model) => row.model = some(),
            Some(Column::Other) | None => {}
        }
    }
    if row.serial_number.is_empty() {
        problems.push("it has no serial number.".to_owned());
    } else if is_scientific(&row.serial_number) {
        problems.push(format!(
            "the serial number {} was made a number by a spreadsheet, and its digits are lost. Take the file as the tool \
             wrote it, or format the column as text.",
            shown(&row.serial_number)
        ));
    }
    if row.hardware_hash.is_empty() {
        problems.push(
            "it has no hardware hash. By manufacturer, model and serial number only partners register devices.".to_owned(),
        );
    } else {
        match hardware_hash::normalized(&row.hardware_hash) {
            Ok(hash) => row.hardware_hash = hash,
            Err(problem) => problems.push(format!("the hardware hash is not one: {problem}.")),
        }
    }
    if problems.is_empty() { Ok(row) } else { Err(problems) }
}

/// Headers are told by their letters alone: spelling varies between tools in case, blanks and a suffix here and there.
fn column(name: &str) -> Option<Column> {
    let letters: String = bare(name).chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match letters.to_ascii_lowercase().as_str() {
        "deviceserialnumber" | "serialnumber" | "serial" => Column::SerialNumber,
        "hardwarehash" | "devicehash" | "4khardwarehash" => Column::HardwareHash,
        "windowsproductid" | "productid" | "productkey" | "pkid" => Column::ProductKey,
        "grouptag" | "orderid" | "orderidentifier" => Column::GroupTag,
        "assigneduser" | "assigneduserprincipalname" => Column::AssignedUser,
        "manufacturername" | "manufacturer" | "oemmanufacturername" => Column::Manufacturer,
        "devicemodel" | "model" | "modelname" => Column::Model,
        "assignedcomputername" | "computername" | "devicename" => Column::Other,
        _ => return None,
    })
}

/// A field without what spreadsheets and web pages put around it: `="..."`, a leading apostrophe, blanks without width.
fn bare(field: &str) -> Cow<'_, str> {
    const WITHOUT_WIDTH: [char; 5] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];
    let field: Cow<'_, str> = if field.contains(WITHOUT_WIDTH) {
        Cow::Owned(field.replace(WITHOUT_WIDTH, ""))
    } else {
        Cow::Borrowed(field)
    };
    let text = field.trim();
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let text = text.strip_prefix('\'').unwrap_or(text).trim();
    if text.len() == field.len() { field } else { Cow::Owned(text.to_owned()) }
}

/// `1.23E+11`: what a spreadsheet makes of a long serial number of digits.
fn is_scientific(serial: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    serial
        .split_once("E+")
        .is_some_and(|(mantissa, exponent)| digits(&mantissa.replace(['.', ','], "")) && digits(exponent))
}

/// A field for a message; in the wrong column it may be a hash, which nobody is to read.
fn shown(field: &str) -> String {
    match field.chars().count() {
        length if length <= MOST_SHOWN => format!("`{field}`"),
        length => format!("(a text of {length} characters)"),
    }
}

/// Spreadsheets write semicolons where the comma is for decimals, and some write tabs.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    [b';', b'\t'].into_iter().find(|delimiter| count(*delimiter) > count(b',')).unwrap_or(b',')
}

/// Blank, or the line that `Export-Csv` begins with.
fn is_nothing(record: &StringRecord) -> bool {
    record.iter().all(|field| bare(field).is_empty())
        || record.get(0).is_some_and(|first| first.starts_with("#TYPE"))
}

/// Where lines end. The reader's own count takes blank lines and the second half of a line break for the next record's.
struct Lines<'a> {
    text: &'a str,
    ends: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Self { text, ends }
    }

    /// The line on which a record begins, counted from one.
    fn of_record(&self, record: &StringRecord) -> usize {
        let position = record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(position).unwrap_or(self.text.len());
        let rest = self.text.get(start..).unwrap_or_default();
        let begins = start + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        self.ends.partition_point(|end| *end < begins) + 1
    }
}

fn unreadable(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    format!("Line {line}: it cannot be read ({error}).")
}

/// Characters; no serial number or column name is longer, and every hash is.
const MOST_SHOWN: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autopilot::hardware_hash::tests::hash_of;

    fn hash() -> String {
        hash_of("Contoso", "Book 14", "SN1")
    }

    fn first(text: &str) -> Row {
        parse(text).unwrap().remove(0)
    }

    #[test]
    fn files_of_every_tool_are_read() {
        let hash = hash();
        let headers = [
            ("Device Serial Number,Windows Product ID,Hardware Hash", "SN1,,HASH"),
            ("Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User", "SN1,,HASH,,"),
            ("\"Device Serial Number\",\"Windows Product ID\",\"Hardware Hash\"", "\"SN1\",\"\",\"HASH\""),
            ("\u{feff}device serial number,windows product id,hardware hash", "SN1,,HASH"),
            (
                "Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model",
                "SN1,,HASH,,",
            ),
            ("Serial number;Product ID;Hardware hash", "SN1;;HASH"),
            ("SerialNumber\tHardwareHash", "SN1\tHASH"),
            ("Device Serial Number,Hardware Hash,,", "SN1,HASH,,"),
            ("#TYPE Selected.PSCustomObject\nDevice Serial Number,Hardware Hash", "SN1,HASH"),
            ("Device Serial Number,Hardware Hash", "SN1,HASH\nDevice Serial Number,Hardware Hash"),
            ("Device Serial Number,Hardware Hash,Assigned Computer Name", "SN1,HASH,PC-1"),
            ("Device Serial Number,Hardware Hash", "\"=\"\"SN1\"\"\",HASH"),
            ("Device Serial Number,Hardware Hash", "=\"SN1\",HASH"),
            ("\u{200b}Device Serial Number,Hardware Hash", "'SN1\u{200b},HASH"),
        ];
        for (header, line) in headers {
            let blank: String = header.chars().filter(|c| ",;\t".contains(*c)).collect();
            for end in ["\n", "\r\n"] {
                let text = format!("{header}{end}{}{end}{end} {blank}{end}", line.replace("HASH", &hash));
                let rows = parse(&text).unwrap_or_else(|problems| panic!("{header}: {problems:?}"));
                let expected =
                    Row { serial_number: "SN1".to_owned(), hardware_hash: hash.clone(), ..Row::default() };
                assert_eq!(rows, [expected], "{header}");
            }
        }
    }

    #[test]
    fn every_field_finds_its_place() {
        let text = format!(
            "Assigned User,Hardware Hash,Device Serial Number,Order ID,PKID,Model,Manufacturer\n\
             megan@contoso.com,{},A-1/B 2,HQ,00330,Book 14,\"Contoso, Ltd\"\n",
            hash()
        );
        let row = first(&text);
        assert_eq!(row.serial_number, "A-1/B 2");
        assert_eq!(row.assigned_user.as_deref(), Some("megan@contoso.com"));
        assert_eq!(row.group_tag.as_deref(), Some("HQ"));
        assert_eq!(row.product_key.as_deref(), Some("00330"));
        assert_eq!(row.manufacturer.as_deref(), Some("Contoso, Ltd"));
    }

    #[test]
    fn all_mistakes_are_reported_at_once_with_their_lines() {
        let text = format!(
            "Device Serial Number,Windows Product ID,Hardware Hash\n\
             SN1,,{hash}\n\
             \n\
             ,,{hash}\n\
             SN2,,T0short\n\
             sn1,,{hash}\n\
             SN3,,{hash},surplus\n\
             SN4,,\n\
             1.23E+11,,{hash}\n",
            hash = hash()
        );
        let problems = parse(&text).unwrap_err();
        let expected = [
            "Line 4: it has no serial number",
            "Line 5: the hardware hash is not one",
            "Line 6: duplicate serial number `sn1`, which line 2 has too",
            "Line 7: it has 4 fields",
            "Line 8: it has no hardware hash",
            "Line 9: the serial number `1.23E+11` was made a number",
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn a_header_that_is_not_one_is_refused_by_name() {
        let problems = parse("Device Serial Number,Hardware Hash,Group Tagg\nSN1,x,HQ\n").unwrap_err();
        assert!(problems[0].contains("`Group Tagg`"), "{problems:?}");
        let problems = parse("SN1,,T0FB\n").unwrap_err();
        assert!(problems.iter().any(|p| p.contains("`Hardware Hash` is missing")), "{problems:?}");
        assert!(parse("").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_message_quotes_a_hash(
            header in proptest::collection::vec(0usize..7, 1..6),
            rows in proptest::collection::vec(proptest::collection::vec(0usize..4, 1..7), 0..5),
            damage in 0usize..300,
        ) {
            let mut damaged = hash();
            damaged.replace_range(damage..=damage, "!");
            let names = ["Device Serial Number", "Hardware Hash", "Group Tag", "Model", "Other", "", &damaged];
            let fields = ["SN1", "", &hash(), &damaged];
            let line = |texts: &[&str], which: &[usize]| {
                which.iter().map(|at| texts[*at]).collect::<Vec<_>>().join(",") + "\n"
            };
            let text: String =
                std::iter::once(line(&names, &header)).chain(rows.iter().map(|row| line(&fields, row))).collect();
            let message = parse(&text).err().unwrap_or_default().join("\n");
            for hash in [hash(), damaged] {
                for at in 0..300 {
                    let part = &hash[at..at + 12];
                    proptest::prop_assert!(!message.contains(part), "{part} is shown: {message}");
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,300}") {
            let _ = parse(&text);
            let _ = parse(&format!("Device Serial Number,Hardware Hash\n{text}"));
        }
    }
}
