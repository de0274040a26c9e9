//! The two files a person writes for an emulator: what a tenant begins with, and scripted faults. A mistake in one is
//! reported with its line.

use std::collections::BTreeMap;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;
use serde_json::value::RawValue;

use super::faults::{Fault, Faults};
use super::seed::Seed;
use crate::emulator::world::collections::CollectionName;
use crate::emulator::{directory, intune, oobe};

/// Reads what a tenant begins with.
///
/// # Errors
/// What is wrong, and in which line.
pub fn seed(text: &str) -> Result<Seed, String> {
    let seed: Seed = serde_json::from_str(text).map_err(|error| said(&error))?;
    if uuid::Uuid::try_parse(&seed.id).is_err() {
        let reason = format!("\"id\" is the tenant id, a GUID, and {:?} is none", seed.id);
        return Err(at(line_of(text, "\"id\""), &reason));
    }
    if seed.domains.is_empty() {
        return Err(at(line_of(text, "\"domains\""), "a tenant has at least one of \"domains\""));
    }
    let known = collections();
    for name in seed.collections.iter().flatten().map(|(name, _)| name) {
        if !known.contains(&name.as_str()) {
            let reason = format!("there is no collection {name:?}; there are {}", known.join(", "));
            return Err(at(line_of(text, &format!("{name:?}")), &reason));
        }
    }
    Ok(seed)
}

/// Reads scripted faults: one, or a list.
///
/// # Errors
/// What is wrong, and in which line.
pub fn faults(text: &str) -> Result<Vec<Fault>, String> {
    if text.trim_start().starts_with('{') {
        let fault: Fault = serde_json::from_str(text).map_err(|error| said(&error))?;
        Faults::check(&fault).map_err(|reason| at(1, &reason))?;
        return Ok(vec![fault]);
    }
    let faults: Vec<Fault> = serde_json::from_str(text).map_err(|error| said(&error))?;
    // A second look for where each begins, which their values do not tell.
    let pieces: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| said(&error))?;
    for (fault, piece) in faults.iter().zip(pieces) {
        let begins = piece.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
        Faults::check(fault).map_err(|reason| at(line_at(text, begins), &reason))?;
    }
    Ok(faults)
}

/// The JSON schemas of both files, by file name: for editors, and for whoever wants to know the format.
pub fn schemas() -> BTreeMap<&'static str, Value> {
    let of = |title: &str, mut schema: Value| {
        schema["title"] = title.into();
        schema
    };
    BTreeMap::from([
        ("tenant.schema.json", of("What an emulated tenant begins with", schema::<Seed>())),
        ("faults.schema.json", of("Scripted faults of an emulated tenant", schema::<FaultsFile>())),
    ])
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is wanted")]
enum FaultsFile {
    /// Several.
    Many(Vec<Fault>),
    /// One.
    One(Fault),
}

fn schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<T>().into()
}

/// The collections a file may fill: those with a type, and those that only the emulator has.
fn collections() -> Vec<&'static str> {
    let types = directory::types().iter().chain(intune::types()).map(|(name, _)| *name);
    types.chain(oobe::OWN_COLLECTIONS).chain(intune::OWN_COLLECTIONS).map(CollectionName::as_str).collect()
}

/// serde's sentence, with the place in front: people look for that first.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    at(error.line(), text.strip_suffix(&place).unwrap_or(&text))
}

fn at(line: usize, reason: &str) -> String {
    format!("line {line}: {reason}")
}

fn line_of(text: &str, wanted: &str) -> usize {
    line_at(text, text.find(wanted).unwrap_or_default())
}

fn line_at(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or_default().matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_a_tenants_file_is_reported_with_its_line() {
        let cases = [
            ("{\n  \"displayNmae\": \"x\"\n}", "line 2: unknown field `displayNmae`"),
            ("{\n\n  \"domains\": \"x\"\n}", "line 3: invalid type: string"),
            ("{\n  \"id\": \"contoso\"\n}", "line 2: \"id\" is the tenant id, a GUID"),
            ("{\n  \"domains\": []\n}", "line 2: a tenant has at least one"),
            (
                "{\n  \"collections\": {\n    \"user\": []\n  }\n}",
                "line 3: there is no collection \"user\"; there are users",
            ),
            ("{\n  \"displayName\": \"x\",\n}", "line 3: trailing comma"),
        ];
        for (text, wanted) in cases {
            let error = seed(text).unwrap_err();
            assert!(error.starts_with(wanted), "{error}");
        }
        let whole = r#"{"$schema": "x.json", "displayName": "Fabrikam", "collections": {"users": []}}"#;
        assert_eq!(seed(whole).unwrap().display_name, "Fabrikam");
    }

    #[test]
    fn a_mistake_in_a_file_of_faults_is_reported_with_its_line() {
        let cases = [
            ("[\n  {\"path\": \"x\", \"effect\": {\"statsu\": {}}}\n]", "line 2: unknown variant `statsu`"),
            (
                "[\n  {\"effect\": \"reset\"},\n  {\"path\": \"(\", \"effect\": \"reset\"}\n]",
                "line 3: the fault's path is no",
            ),
            ("[\n {\"effect\": {\"status\": {\"status\": 99}}}]", "line 2: 99 is no HTTP status"),
            ("{\n\"path\": 1}", "line 2: invalid type"),
        ];
        for (text, wanted) in cases {
            let error = faults(text).unwrap_err();
            assert!(error.starts_with(wanted), "{error}");
        }
        assert_eq!(faults("{\"effect\": \"expiredToken\"}").unwrap().len(), 1);
    }
}
