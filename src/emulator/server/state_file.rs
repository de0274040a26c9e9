//! The state file: what was answered survives even a killed process.
//!
//! An answer that follows a change is held back until a file with that change is on the disk. One writer saves the
//! whole tenant; changes that come while it writes share the next save.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;

use crate::emulator::core::shared::SharedCore;
use crate::emulator::world::clock::Clock;
use crate::emulator::world::collection::Collection;
use crate::emulator::world::collections::CollectionName;
use crate::emulator::world::tenant::Tenant;

/// The layout of the file. A file of another layout is refused, never guessed at.
const FORMAT: u32 = 1;
/// How long to wait before a file that could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);
const WARNING: &str = "Requests are answered all the same, and it is tried again every second; if the emulator ends \
                       before, what changed from here on is lost";

/// Where state is kept, and how far it is saved.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    wanted: watch::Sender<u64>,
    saved: watch::Sender<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Saved {
    format: u32,
    clock_moved_seconds: f64,
    tenant: Tenant,
    collections: BTreeMap<CollectionName, Json>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Loaded {
    format: u32,
    clock_moved_seconds: f64,
    tenant: Tenant,
    collections: BTreeMap<CollectionName, Collection>,
}

/// The collections as they were last written, by edition: only what changed is put into JSON again.
#[derive(Debug, Default)]
struct Written(HashMap<CollectionName, (u64, Json)>);

/// A collection in JSON, shared between saves.
#[derive(Debug, Clone)]
struct Json(Arc<RawValue>);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Store {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, wanted: watch::Sender::new(0), saved: watch::Sender::new(0) }
    }

    /// The tenant in a state file, with `clock` moved as it was; none when there is no file yet.
    pub(crate) fn load(path: &Path, clock: &Clock) -> io::Result<Option<Tenant>> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(|error| about(path, &error))?,
        };
        let loaded: Loaded = serde_json::from_slice(&bytes).map_err(|error| about(path, &error))?;
        if loaded.format != FORMAT {
            let reason = format!(
                "it has format {}, this program writes {FORMAT}; remove it to begin anew",
                loaded.format
            );
            return Err(about(path, &reason));
        }
        let mut tenant = loaded.tenant;
        tenant.adopt(loaded.collections);
        tenant.clock = clock.clone();
        tenant.clock.step(Duration::try_from_secs_f64(loaded.clock_moved_seconds).unwrap_or_default());
        Ok(Some(tenant))
    }

    /// Answers when change number `changes` is on the disk.
    pub(crate) async fn save(&self, changes: u64) {
        self.wanted.send_if_modified(|wanted| {
            let more = changes > *wanted;
            *wanted = (*wanted).max(changes);
            more
        });
        // An error means that the emulator stops; then nobody waits for the answer either.
        let _ = self.saved.subscribe().wait_for(|saved| *saved >= changes).await;
    }

    /// Writes whenever there is something to write, until the emulator stops.
    pub(crate) async fn keep_saving(&self, shared: Arc<SharedCore>) {
        let mut wanted = self.wanted.subscribe();
        let written = Arc::new(Mutex::new(Written::default()));
        // Whether changes were answered that no file has.
        let mut behind = false;
        loop {
            let done = *self.saved.borrow();
            let stopping = tokio::select! {
                () = shared.stopping.cancelled() => true,
                more = wanted.wait_for(|wanted| *wanted > done) => more.is_err(),
                () = tokio::time::sleep(RETRY), if behind => false,
            };
            if stopping && !behind {
                return;
            }
            let (path, core, known) = (self.path.clone(), shared.clone(), written.clone());
            let saving = tokio::task::spawn_blocking(move || write(&path, &core, &mut known.lock()));
            match saving.await {
                Ok(Ok(changes)) => {
                    if behind {
                        say(&self.path, "is written again and has everything");
                    }
                    behind = false;
                    self.saved.send_replace(changes);
                }
                // Answered all the same: a full disk should not look like a broken tenant.
                Ok(Err(error)) => {
                    if !behind || stopping {
                        let lost = if stopping { "The last changes are lost" } else { WARNING };
                        say(&self.path, &format!("cannot be written: {error}. {lost}"));
                    }
                    behind = true;
                    let wanted = *self.wanted.borrow();
                    self.saved.send_replace(wanted);
                }
                Err(_) => return,
            }
            if stopping {
                return;
            }
        }
    }
}

/// Writes the tenant as it is, and tells up to which change.
fn write(path: &Path, shared: &SharedCore, written: &mut Written) -> io::Result<u64> {
    let (changes, saved) = {
        let core = shared.lock();
        (core.tenant.changes(), written.bring_up_to_date(&core.tenant)?)
    };
    replace(path, &serde_json::to_vec(&saved)?).map(|()| changes)
}

/// Tells whoever runs the emulator; it has no log of its own to look into.
#[expect(clippy::print_stderr, reason = "whoever runs the emulator must see it")]
fn say(path: &Path, what: &str) {
    eprintln!("emulator: the state file {} {what}.", path.display());
}

impl Written {
    /// The whole tenant, ready to be written.
    fn bring_up_to_date(&mut self, tenant: &Tenant) -> io::Result<Saved> {
        let mut collections = BTreeMap::new();
        for (name, collection) in tenant.collections() {
            let known = self.0.get(&name).filter(|(edition, _)| *edition == collection.edition());
            let json = match known {
                Some((_, json)) => json.clone(),
                None => Json(Arc::from(to_raw_value(collection)?)),
            };
            self.0.insert(name, (collection.edition(), json.clone()));
            collections.insert(name, json);
        }
        let clock_moved_seconds = tenant.clock.moved().as_secs_f64();
        Ok(Saved { format: FORMAT, clock_moved_seconds, tenant: tenant.without_collections(), collections })
    }
}

/// Puts `bytes` in the place of a file so that a reader finds the old or the new content, whatever happens meanwhile.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    // The rename itself is on the disk when the directory is; where directories cannot be opened, it must do without.
    if let Some(Ok(directory)) =
        path.parent().map(|parent| File::open(if parent == Path::new("") { Path::new(".") } else { parent }))
    {
        let _ = directory.sync_all();
    }
    Ok(())
}

fn about(path: &Path, reason: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("the state file {} cannot be used: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::core::seed::Seed;
    use crate::emulator::world::clock::Latencies;
    use crate::emulator::world::collections::GROUPS;

    #[test]
    fn a_tenant_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut tenant = Seed::default().tenant(Latencies::realistic(), 1);
        tenant.clock.step(Duration::from_secs(90));
        let mut written = Written::default();
        let save = |tenant: &Tenant, written: &mut Written| {
            let saved = written.bring_up_to_date(tenant).unwrap();
            replace(&path, &serde_json::to_vec(&saved).unwrap()).unwrap();
        };
        save(&tenant, &mut written);
        // The second time most collections are not put into JSON again.
        tenant.collection_mut(GROUPS).insert([("id".to_owned(), "x".into())].into_iter().collect());
        save(&tenant, &mut written);
        let again = Store::load(&path, &Clock::real()).unwrap().unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), serde_json::to_value(&tenant).unwrap());
        assert_eq!(again.clock.moved(), Duration::from_secs(90));
    }

    #[test]
    fn a_file_of_another_kind_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        assert!(Store::load(&path, &Clock::real()).unwrap().is_none());
        for content in [
            "",
            "{}",
            "{\"format\":99,\"clockMovedSeconds\":0,\"tenant\":{\"id\":\"\",\"displayName\":\"\",\"domains\":[]},\"collections\":{}}",
        ] {
            fs::write(&path, content).unwrap();
            let error = Store::load(&path, &Clock::real()).unwrap_err().to_string();
            assert!(error.contains("state.json"), "{error}");
        }
    }
}
