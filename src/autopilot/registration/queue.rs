//! The import queue as everybody sees it who waits for something in it: one list, in pages.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::Value as Json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::verdict::{State, Verdict};
use crate::autopilot::devices::comparable;
use crate::autopilot::permissions::SERVICE_CONFIG_READ;
use crate::autopilot::session::Session;
use crate::graph::{self, Collection, Endpoint, decode_all};

/// The latest look at the queue.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Option<Arc<Records>>>);

/// The records of the queue at a moment.
pub(crate) struct Records {
    asked_at: Instant,
    by_serial: HashMap<String, Vec<Record>>,
    /// Serial number and place of each record.
    by_id: HashMap<String, (String, usize)>,
}

impl Queue {
    /// The queue as it was at `since` or later. Whoever asks while somebody looks waits for that look.
    pub(crate) async fn look(&self, session: &Session, since: Instant) -> Result<Arc<Records>, graph::Error> {
        let ended = |ended| graph::Error::ended(ended, "a look at the import queue");
        let mut seen = session.scope().run(self.0.lock()).await.map_err(ended)?;
        if let Some(records) = seen.as_ref().filter(|records| records.asked_at >= since) {
            return Ok(Arc::clone(records));
        }
        let asked_at = Instant::now();
        let all = session.list(&queue().needs(SERVICE_CONFIG_READ)).await?;
        let records = Arc::new(Records::new(decode_all(&all)?, asked_at));
        *seen = Some(Arc::clone(&records));
        Ok(records)
    }

    /// The queue as it is now, or was a part of the time ago that has been waited already.
    pub(crate) async fn glance(
        &self,
        session: &Session,
        began: Instant,
    ) -> Result<Arc<Records>, graph::Error> {
        let now = Instant::now();
        let age = ((now - began) / 4).min(OLDEST);
        self.look(session, now.checked_sub(age).unwrap_or(now)).await
    }
}

/// A record of the queue.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(super) import_id: Option<String>,
    serial_number: Option<String>,
    state: Option<State>,
}

impl Record {
    /// What it says of its device.
    pub(crate) fn verdict(&self) -> Verdict {
        Verdict::of(self.state.clone().unwrap_or_default())
    }

    pub(crate) fn serial_number(&self) -> &str {
        self.serial_number.as_deref().unwrap_or_default()
    }

    pub(super) fn is_about(&self, serial: &str) -> bool {
        comparable(self.serial_number()) == comparable(serial)
    }
}

impl Records {
    /// These records as they are now, each asked for by itself.
    pub(crate) async fn read(session: &Session, ids: &[&str]) -> Result<Self, graph::Error> {
        let asked_at = Instant::now();
        // A list would be read again with each look.
        let records = Collection::new(queue().needs(SERVICE_CONFIG_READ)).one_by_one();
        let reads = ids.iter().map(|id| session.graph().read_one(session.scope(), &records, id));
        let found: Vec<Option<Json>> = try_join_all(reads).await?;
        let found: Vec<Json> = found.into_iter().flatten().collect();
        Ok(Self::new(decode_all(&found)?, asked_at))
    }

    fn new(all: Vec<Record>, asked_at: Instant) -> Self {
        let mut by_serial: HashMap<String, Vec<Record>> = HashMap::with_capacity(all.len());
        let mut by_id = HashMap::with_capacity(all.len());
        for record in all {
            let serial = comparable(record.serial_number());
            let those = by_serial.entry(serial.clone()).or_default();
            by_id.insert(record.id.clone(), (serial, those.len()));
            those.push(record);
        }
        Self { asked_at, by_serial, by_id }
    }

    /// The records of a serial number, oldest first.
    pub(crate) fn of(&self, serial: &str) -> &[Record] {
        self.by_serial.get(&comparable(serial)).map_or(&[], Vec::as_slice)
    }

    /// How many pages of the list they are.
    pub(crate) fn pages(&self) -> usize {
        self.by_id.len().div_ceil(PAGE).max(1)
    }

    /// The record with this id.
    pub(super) fn get(&self, id: &str) -> Option<&Record> {
        let (serial, place) = self.by_id.get(id)?;
        self.by_serial.get(serial)?.get(*place)
    }
}

/// The address of the queue.
pub(crate) fn queue() -> Endpoint {
    Endpoint::v1("deviceManagement/importedWindowsAutopilotDeviceIdentities")
}

/// Rows on a page of a list (a guess: what Graph gives where nothing else is asked for).
pub(super) const PAGE: usize = 1000;
/// How old a look may be that is shared. An import takes a minute at least.
pub(super) const OLDEST: Duration = Duration::from_secs(5);
