//! CSV files of devices, as `Get-WindowsAutopilotInfo`, the Intune portal, partners and spreadsheets write them.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::devices::comparable;
use super::hardware_hash;

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
    let mut records =
        reader.records().filter(|record| record.as_ref().map_or(true, |record| !is_blank(record)));
    let header = match records.next() {
        None => return Err(vec!["The text has no lines.".to_owned()]),
        Some(Err(error)) => return Err(vec![unreadable(&error)]),
        Some(Ok(header)) => columns(&header)?,
    };
    let lines = Lines::of(text);
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
        match row(&header, &record) {
            Ok(row) => {
                let serial = comparable(&row.serial_number);
                match seen.insert(serial, line) {
                    Some(first) => problems.push(format!(
                        "Line {line}: the serial number `{}` stands on line {first} already. Keep one of the two.",
                        row.serial_number
                    )),
                    None => rows.push(row),
                }
            }
            Err(wrong) => problems.extend(wrong.into_iter().map(|problem| format!("Line {line}: {problem}"))),
        }
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

fn columns(header: &StringRecord) -> Result<Vec<Option<Column>>, Vec<String>> {
    let mut problems = Vec::new();
    let mut columns = Vec::new();
    for name in header {
        let column = column(name);
        if column.is_none() && !name.is_empty() {
            problems.push(format!(
                "Line 1: there is no column `{name}` in files of devices. Known are Device Serial Number, Windows Product \
                 ID, Hardware Hash, Group Tag, Assigned User, Manufacturer name, Device model."
            ));
        } else if column.is_some() && columns.contains(&column) {
            problems.push(format!("Line 1: the column `{name}` stands twice."));
        }
        columns.push(column);
    }
    for (needed, name) in
        [(Column::SerialNumber, "Device Serial Number"), (Column::HardwareHash, "Hardware Hash")]
    {
        if !columns.contains(&Some(needed)) {
            problems.push(format!(
                "Line 1: the column `{name}` is missing. The first line must name the columns."
            ));
        }
    }
    if problems.is_empty() { Ok(columns) } else { Err(problems) }
}

fn row(columns: &[Option<Column>], record: &StringRecord) -> Result<Row, Vec<String>> {
    let mut row = Row::default();
    let mut problems = Vec::new();
    if let Some(surplus) = record.iter().skip(columns.len()).find(|field| !field.is_empty()) {
        problems.push(format!(
            "it has {} fields, and the first line names {} columns (the surplus begins with `{}`).",
            record.len(),
            columns.len(),
            surplus.chars().take(20).collect::<String>()
        ));
    }
    for (column, field) in columns.iter().zip(record) {
        let some = || Some(field.to_owned()).filter(|field| !field.is_empty());
        match column {
            Some(Column::SerialNumber) => row.serial_number = field.to_owned(),
            Some(Column::HardwareHash) => row.hardware_hash = field.to_owned(),
            Some(Column::ProductKey) => row.product_key = some(),
            Some(Column::GroupTag) => row.group_tag = some(),
            Some(Column::AssignedUser) => row.assigned_user = some(),
            Some(Column::Manufacturer) => row.manufacturer = some(),
            Some(Column::Model) => row.model = some(),
            None => {}
        }
    }
    if row.serial_number.is_empty() {
        problems.push("it has no serial number.".to_owned());
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
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    Some(match letters.to_ascii_lowercase().as_str() {
        "deviceserialnumber" | "serialnumber" | "serial" => Column::SerialNumber,
        "hardwarehash" | "devicehash" | "4khardwarehash" => Column::HardwareHash,
        "windowsproductid" | "productid" | "productkey" | "pkid" => Column::ProductKey,
        "grouptag" | "orderid" | "orderidentifier" => Column::GroupTag,
        "assigneduser" | "assigneduserprincipalname" => Column::AssignedUser,
        "manufacturername" | "manufacturer" | "oemmanufacturername" => Column::Manufacturer,
        "devicemodel" | "model" | "modelname" => Column::Model,
        _ => return None,
    })
}

/// Spreadsheets write semicolons where the comma is for decimals, and some write tabs.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    [b';', b'\t'].into_iter().find(|delimiter| count(*delimiter) > count(b',')).unwrap_or(b',')
}

fn is_blank(record: &StringRecord) -> bool {
    record.iter().all(str::is_empty)
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
    fn all_mistakes_are_told_at_once_with_their_lines() {
        let text = format!(
            "Device Serial Number,Windows Product ID,Hardware Hash\n\
             SN1,,{hash}\n\
             \n\
             ,,{hash}\n\
             SN2,,T0short\n\
             sn1,,{hash}\n\
             SN3,,{hash},surplus\n\
             SN4,,\n",
            hash = hash()
        );
        let problems = parse(&text).unwrap_err();
        let expected = [
            "Line 4: it has no serial number",
            "Line 5: the hardware hash is not one",
            "Line 6: the serial number `sn1` stands on line 2 already",
            "Line 7: it has 4 fields",
            "Line 8: it has no hardware hash",
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
        fn no_text_makes_it_panic(text in "\\PC{0,300}") {
            let _ = parse(&text);
            let _ = parse(&format!("Device Serial Number,Hardware Hash\n{text}"));
        }
    }
}
