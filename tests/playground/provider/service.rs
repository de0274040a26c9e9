//! The remote service: a directory with one JSON file for each object, and a journal of everything asked of it.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::schema::{Schema, TIMEOUTS};
use autopilot_provider::tf_provider::value::{Value, json};

/// The service, as a client sees it.
pub(crate) struct Service {
    directory: Option<PathBuf>,
}

impl autopilot_provider::tf_provider::provider::Client for Service {}

impl Service {
    /// The service that keeps its objects here.
    pub(crate) fn at(directory: impl AsRef<Path>) -> Self {
        Self { directory: Some(directory.as_ref().to_owned()) }
    }

    /// A service that cannot be asked anything yet.
    pub(crate) fn nowhere() -> Self {
        Self { directory: None }
    }

    /// An id that no object has had.
    pub(crate) fn fresh_id(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    /// Stores an object of this shape, new or not.
    pub(crate) fn save(&self, type_name: &str, schema: &Schema, object: &Value) -> Result<(), Failure> {
        let mut object = object.clone();
        if schema.timeouts.is_some() {
            object = object.with(TIMEOUTS, Value::Null);
        }
        let stored = json::encode(&object, &schema.ty()).map_err(Failure::bug)?;
        let id = object.get("id").as_str().unwrap_or_default();
        self.note("save", type_name, id)?;
        let path = self.path(type_name, id)?;
        fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| fs::write(&path, stored))
            .map_err(broken)
    }

    /// The object with this id.
    pub(crate) fn load(&self, type_name: &str, schema: &Schema, id: &str) -> Result<Option<Value>, Failure> {
        self.note("load", type_name, id)?;
        match fs::read(self.path(type_name, id)?) {
            Ok(stored) => {
                let object = json::decode(&stored, &schema.ty(), json::Surplus::Ignore);
                Ok(Some(object.map_err(Failure::bug)?))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(broken(error)),
        }
    }

    /// All objects of a type.
    pub(crate) fn list(&self, type_name: &str, schema: &Schema) -> Result<Vec<Value>, Failure> {
        let directory = match fs::read_dir(self.root()?.join(type_name)) {
            Ok(directory) => directory,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(broken(error)),
        };
        let mut objects = Vec::new();
        for entry in directory {
            let name = entry.map_err(broken)?.file_name();
            let id = name.to_string_lossy().trim_end_matches(".json").to_owned();
            objects.extend(self.load(type_name, schema, &id)?);
        }
        Ok(objects)
    }

    /// Removes the object with this id; it need not exist.
    pub(crate) fn remove(&self, type_name: &str, id: &str) -> Result<(), Failure> {
        self.note("remove", type_name, id)?;
        match fs::remove_file(self.path(type_name, id)?) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(broken(error)),
            _ => Ok(()),
        }
    }

    /// Writes a line into the journal: `WHAT TYPE ID`.
    pub(crate) fn note(&self, what: &str, type_name: &str, id: &str) -> Result<(), Failure> {
        let root = self.root()?;
        fs::create_dir_all(root).map_err(broken)?;
        let journal = fs::OpenOptions::new().append(true).create(true).open(root.join("journal"));
        // One write, so that lines of several processes do not mix.
        journal
            .and_then(|mut file| file.write_all(format!("{what} {type_name} {id}\n").as_bytes()))
            .map_err(broken)
    }

    fn path(&self, type_name: &str, id: &str) -> Result<PathBuf, Failure> {
        if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(Failure::new(
                "Malformed id",
                format!(
                    "`{id}` is not an id of this service, which are letters, digits and hyphens. Copy the id \
                         from the file name in the service's directory."
                ),
            ));
        }
        Ok(self.root()?.join(type_name).join(format!("{id}.json")))
    }

    fn root(&self) -> Result<&Path, Failure> {
        self.directory.as_deref().ok_or_else(|| {
            Failure::at(
                "directory",
                "Directory not known yet",
                "The directory of the playground comes from an object that does not exist yet. Create that object \
                 first, with `terraform apply -target`.",
            )
        })
    }
}

fn broken(error: std::io::Error) -> Failure {
    Failure::new(
        "Service unavailable",
        format!(
            "The directory of the playground cannot be used: {error}. Check that it exists and is yours."
        ),
    )
}
