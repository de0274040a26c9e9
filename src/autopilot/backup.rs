//! What was in the tenant before this provider wrote over it, kept in a file, and put back from there.
//!
//! Two things exist without anybody's configuration: tenant-wide settings, and objects that are taken over. Before the first
//! write to one of them it is kept where the provider's `backup_path` says; without that argument nothing is kept.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::{Type, Value, json};

/// One object or setting as it was.
#[derive(Debug, Serialize, Deserialize)]
pub struct Backup {
    /// The version of this form.
    pub format: u32,
    /// The resource type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The tenant's id, where the sign-in has it.
    pub tenant_id: Option<String>,
    /// When it was like this (RFC 3339).
    pub taken_at: String,
    /// As the resource's attributes: what is put back.
    pub state: Json,
    /// As Microsoft Graph answered it: for people, and for other tools.
    pub former: Json,
}

impl Backup {
    /// Reads a file that a run has left.
    ///
    /// # Errors
    /// The file cannot be read, is none of these, or is of a later version; the text says which.
    pub fn read(file: &Path) -> Result<Self, String> {
        let shown = file.display();
        let bytes = fs::read(file).map_err(|error| format!("{shown} cannot be read: {error}."))?;
        let backup: Self = serde_json::from_slice(&bytes).map_err(|error| {
            format!(
                "{shown} is no backup: {error}. Name a file that an apply with `backup_path` has written."
            )
        })?;
        match backup.format {
            FORMAT => Ok(backup),
            other => Err(format!(
                "{shown} is a backup of the form {other}, and this version knows the form {FORMAT}. Use the version that wrote it."
            )),
        }
    }

    /// What it holds as a value of this schema.
    pub(super) fn value(&self, schema: &Schema) -> Result<Value, Failure> {
        json::decode(self.state.to_string().as_bytes(), &schema.ty(), json::Surplus::Ignore).map_err(|error| {
            Failure::new(
                "The backup does not fit",
                format!(
                    "What it holds is no `{}` of this version: {error}. Its `former` still shows what was there, to be put back \
                     in the portal.",
                    self.type_name
                ),
            )
        })
    }
}

/// Where backups are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backups(Option<PathBuf>);

impl Backups {
    /// In this folder, which is made if it is not there.
    pub(crate) fn in_folder(folder: Option<&str>) -> Result<Self, Failure> {
        let Some(folder) = folder else { return Ok(Self(None)) };
        fs::create_dir_all(folder).map_err(|error| {
            Failure::at(
                "backup_path",
                "Backups cannot be kept",
                format!("The folder {folder} cannot be made: {error}. Give a folder that can be written to."),
            )
        })?;
        Ok(Self(Some(PathBuf::from(folder))))
    }

    /// Keeps `state`, which Graph answered as `former`. Fails if that cannot be done: then nothing may be written over it.
    pub(crate) fn keep(
        &self,
        type_name: &str,
        tenant_id: Option<&str>,
        schema: &Schema,
        state: &Value,
        former: &Json,
    ) -> Result<(), Failure> {
        let Some(folder) = &self.0 else { return Ok(()) };
        let now = OffsetDateTime::now_utc();
        let backup = Backup {
            format: FORMAT,
            type_name: type_name.to_owned(),
            tenant_id: tenant_id.map(str::to_owned),
            taken_at: now.format(&Rfc3339).unwrap_or_default(),
            state: encoded(schema, state)?,
            former: former.clone(),
        };
        let id = state.get("id").as_str().unwrap_or_default();
        let name: String = format!("{type_name}-{id}-{}", now.unix_timestamp_nanos() / 1_000_000)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' })
            .collect();
        let file = folder.join(format!("{name}.json"));
        let text = serde_json::to_string_pretty(&backup).unwrap_or_default() + "\n";
        write_new(&file, &text).map_err(|error| {
            Failure::new(
                "Nothing was changed, because no backup could be kept",
                format!(
                    "Before `{type_name}` is written over for the first time, what the tenant has is to be kept in {}: {error}. \
                     Correct `backup_path`, make room, or remove the argument.",
                    file.display()
                ),
            )
        })?;
        tracing::info!(file = %file.display(), "kept what `{type_name}` was before");
        Ok(())
    }
}

/// Never over a file that exists: what is there may be the only copy of something.
fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    let mut written = match OpenOptions::new().write(true).create_new(true).open(file) {
        // Two of one millisecond are the same object.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        opened => opened?,
    };
    written.write_all(text.as_bytes())?;
    written.sync_all()
}

fn encoded(schema: &Schema, state: &Value) -> Result<Json, Failure> {
    let ty = schema.ty();
    let Type::Object(types) = &ty else { return Err(Failure::bug("a resource's schema is an object")) };
    let whole = Value::object(types.keys().map(|name| (name.clone(), state.get(name).clone())));
    let bytes = json::encode(&whole, &ty)
        .map_err(|error| Failure::bug(format!("a backup does not fit its schema: {error}")))?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::bug(error.to_string()))
}

const FORMAT: u32 = 1;
