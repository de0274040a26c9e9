//! `parse_device_csv`: devices from a CSV file, for `for_each`.

use super::common::{or_null, text};
use crate::autopilot::device_csv::{self, Row};
use crate::tf_provider::function::{Function, FunctionError, Signature, parameter};
use crate::tf_provider::schema::{self, computed, list_of, object};
use crate::tf_provider::value::Value;

pub(super) struct ParseDeviceCsv;

impl Function for ParseDeviceCsv {
    fn name(&self) -> &'static str {
        "parse_device_csv"
    }

    fn signature(&self) -> Signature {
        let column = |name, description| computed(name, schema::text(), description);
        Signature {
            summary: "Reads the devices in a CSV file.",
            description: "Reads the CSV files of `Get-WindowsAutopilotInfo`, the Intune admin center and partners: columns \
                          in any order and case, quoted or not, separated by commas, semicolons or tabs, in UTF-8, \
                          UTF-16 or the code page of a Windows computer. Each hardware hash is checked. Everything that is wrong is told at once, by \
                          line; a serial number that stands twice is wrong.",
            parameters: vec![parameter(
                "text",
                schema::text(),
                "The file, as `filebase64()` reads it, or its text, as `file()` does. Only `filebase64()` takes what \
                 Windows PowerShell and Excel write.",
            )],
            variadic: Some(parameter(
                "code_page",
                schema::text(),
                "Name of the code page of a file that is neither UTF-8 nor UTF-16, such as `windows-1250` or `shift_jis`. \
                 Left out, `windows-1252`.",
            )),
            returns: list_of(object([
                column("serial_number", "Serial number."),
                column("hardware_hash", "Hardware hash."),
                column("product_key", "Windows product id; null if none."),
                column("group_tag", "Group tag; null if none."),
                column("assigned_user", "User principal name of the assigned user; null if none."),
                column("manufacturer", "Manufacturer, if there is such a column."),
                column("model", "Model, if there is such a column."),
            ])),
        }
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let ansi = match &arguments[1..] {
            [] => device_csv::ANSI,
            [name] => device_csv::code_page(name.as_str().unwrap_or_default()).ok_or_else(|| {
                let name = name.as_str().unwrap_or_default();
                FunctionError::at(1, format!("`{name}` is no code page. Use a name such as `windows-1250`."))
            })?,
            _ => return Err(FunctionError::at(2, "A file has one code page. Remove the others.")),
        };
        let file = device_csv::decoded(text(&arguments, 0), ansi);
        let rows = device_csv::parse(&file).map_err(|problems| function_error(&problems))?;
        Ok(Value::list(rows.into_iter().map(value)))
    }
}

fn value(row: Row) -> Value {
    Value::object([
        ("serial_number", Value::from(row.serial_number)),
        ("hardware_hash", Value::from(row.hardware_hash)),
        ("product_key", or_null(row.product_key)),
        ("group_tag", or_null(row.group_tag)),
        ("assigned_user", or_null(row.assigned_user)),
        ("manufacturer", or_null(row.manufacturer)),
        ("model", or_null(row.model)),
    ])
}

fn function_error(problems: &[String]) -> FunctionError {
    let mut text = format!(
        "The devices cannot be read; {} to correct:",
        match problems.len() {
            1 => "there is one thing".to_owned(),
            several => format!("there are {several} things"),
        }
    );
    for problem in problems.iter().take(MOST_REPORTED) {
        text.push_str("\n  ");
        text.push_str(problem);
    }
    if problems.len() > MOST_REPORTED {
        text.push_str(&format!("\n  and {} more", problems.len() - MOST_REPORTED));
    }
    FunctionError::at(0, text)
}

const MOST_REPORTED: usize = 10;
