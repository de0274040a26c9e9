//! What Terraform demands of a provider, tried on the playground.
//!
//! Test names are the claims. The numbers in their comments are those of `tests/facts/checks.csv`, which lists all that
//! is demanded; [`coverage`] holds the two against each other.

#[path = "../playground/provider/mod.rs"]
mod playground;

mod coverage;
mod failures;
mod identity;
mod life;
mod listing;
mod nesting;
mod schema;
mod stored;
mod uses;
mod validation;
mod validators;
mod waiting;

use std::fs;
use std::path::{Path, PathBuf};

use autopilot_provider::tf_provider::server::Server;
use playground::Playground;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::support::core::Core;
use crate::support::eventually::eventually;

/// The playground in this process, configured with a directory of its own.
async fn playground() -> (Core, Outside) {
    let outside = Outside(tempfile::tempdir().expect("a directory"));
    let core = Core::serving(Server::new(Playground)).await;
    core.configure(json!({ "directory": outside.0.path() })).await;
    (core, outside)
}

/// The playground's service, as others see and change it.
struct Outside(TempDir);

impl Outside {
    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Changes an object behind Terraform's back.
    fn edit(&self, type_name: &str, id: &str, change: impl FnOnce(&mut Json)) {
        let path = self.file(type_name, id);
        let mut object = serde_json::from_slice(&fs::read(&path).expect("the object exists")).expect("JSON");
        change(&mut object);
        fs::write(path, object.to_string()).expect("a file");
    }

    /// Deletes an object behind Terraform's back.
    fn delete(&self, type_name: &str, id: &str) {
        fs::remove_file(self.file(type_name, id)).expect("the object exists");
    }

    /// How many objects of a type there are.
    fn count(&self, type_name: &str) -> usize {
        fs::read_dir(self.path().join(type_name)).map_or(0, Iterator::count)
    }

    /// Everything asked of the service so far: `WHAT TYPE ID`.
    fn journal(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path().join("journal")).unwrap_or_default();
        text.lines().map(ToOwned::to_owned).collect()
    }

    /// Waits until something was asked of the service.
    async fn until(&self, what: &str) {
        let is_asked = eventually(|| self.journal().iter().any(|line| line.starts_with(what))).await;
        assert!(is_asked, "{what} never came: {:?}", self.journal());
    }

    fn file(&self, type_name: &str, id: &str) -> PathBuf {
        self.path().join(type_name).join(format!("{id}.json"))
    }
}
