//! Registering devices: the import queue, where the registrations of a moment travel together.
//!
//! Whoever registers a device joins the import that is gathering. After a moment the import goes, as one request for all
//! of its devices under one import id. What became of each is read from one list of the queue, which serves everybody who
//! waits. The import id is known before anything is sent: with it a record is found again after a lost answer,
//! an interrupt or a crash.

mod queue;
mod verdict;
mod watch;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

pub(crate) use queue::{Queue, Record, Records};
pub(crate) use verdict::{Reason, Refusal, Verdict};

use self::queue::queue;
use self::watch::Watch;
use super::devices::comparable;
use super::permissions::{SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use super::session::Session;
use crate::graph::{self, ErrorKind, Graph, Scope, decode, decode_all, literal};

/// Where the registrations of one tenant meet.
#[derive(Default)]
pub(crate) struct Registrations {
    gathering: Arc<Mutex<Option<Import>>>,
    /// Serial numbers that are being registered, or were, by this process.
    ours: Mutex<HashSet<String>>,
    /// When this process deregistered which serial number.
    freed: Mutex<HashMap<String, Instant>>,
    /// Finished records this process has removed from the queue.
    removed: AtomicUsize,
    queue: Queue,
    devices: Watch,
}

/// A device as it is registered. The hash is in no log and no error.
pub(crate) struct Device {
    pub(crate) serial_number: String,
    pub(crate) hardware_hash: String,
    pub(crate) product_key: String,
    pub(crate) group_tag: String,
    pub(crate) user: String,
}

/// Where to find a device's record in the import queue. While the import runs it stands in the state in place of the
/// registration id: what Terraform stores beside the state is lost when it replaces a tainted object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PendingImport {
    import_id: String,
    record: Option<String>,
}

/// A place in an import that gathers or was sent.
pub(crate) struct Place {
    import_id: String,
    answer: oneshot::Receiver<RecordId>,
    gathering: Arc<Mutex<Option<Import>>>,
}

/// Several devices that are sent together.
struct Import {
    id: String,
    asks: Vec<Ask>,
}

struct Ask {
    device: Device,
    reply: oneshot::Sender<RecordId>,
}

/// The id of a record; none when the import was taken but its answer did not show this device.
type RecordId = Result<Option<String>, graph::Error>;

impl Registrations {
    /// Says that a serial number is being registered. False if this process registers or has registered it already:
    /// the configuration has it twice.
    pub(crate) fn begin(&self, serial: &str) -> bool {
        self.ours.lock().insert(comparable(serial))
    }

    /// Takes [`begin`](Self::begin) back: nothing was registered.
    pub(crate) fn withdraw(&self, serial: &str) {
        self.ours.lock().remove(&comparable(serial));
    }

    /// Says that a device was deregistered: its serial number may be refused as taken for a while.
    pub(crate) fn free(&self, serial: &str) {
        self.withdraw(serial);
        self.freed.lock().insert(comparable(serial), Instant::now());
    }

    /// Whether this process deregistered the serial number so recently that the service may not have taken note.
    pub(crate) fn was_just_freed(&self, serial: &str) -> bool {
        let freed = self.freed.lock().get(&comparable(serial)).copied();
        freed.is_some_and(|at| at.elapsed() < FREED_WITHIN)
    }

    /// Removes the record of a finished import from the queue, which the service does by itself in days. Only the first
    /// few of a process are: a removal is a write, of which Intune takes a hundred in twenty seconds, and a fleet needs
    /// those for its devices.
    pub(crate) async fn discard(&self, session: &Session, ticket: &PendingImport) {
        if self.removed.fetch_add(1, Ordering::Relaxed) < MOST_REMOVED {
            ticket.discard(session).await;
        }
    }

    /// The import queue, as everybody sees it who waits.
    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The registered devices, as everybody sees them who waits.
    pub(crate) fn devices(&self) -> &Watch {
        &self.devices
    }

    /// Sends devices as one import by themselves. An interrupt does not tear it off; the devices may be imported then. After
    /// a lost answer their records are looked for, among those that are not `stale`, before it is sent again. Answers the
    /// records, as far as the answer has them.
    pub(crate) async fn import(
        &self,
        session: &Session,
        devices: Vec<(String, Json)>,
        stale: &HashSet<String>,
    ) -> Result<Vec<Record>, graph::Error> {
        let (graph, stale) = (session.graph().clone(), stale.clone());
        let (serials, devices): (HashSet<String>, Vec<Json>) = devices.into_iter().unzip();
        let sent = tokio::spawn(async move {
            let scope = Scope::new(CancellationToken::new(), SENT_WITHIN);
            tracing::info!(devices = devices.len(), "importing devices");
            let look_up = || async {
                let all = graph.list(&scope, &queue().needs(SERVICE_CONFIG_READ)).await?;
                let all: Vec<Record> = decode_all(&all)?;
                let is_new = |one: &&Record| {
                    serials.contains(&comparable(one.serial_number())) && !stale.contains(&one.id)
                };
                Ok(all.iter().find(is_new).map(|one| json!({ "value": [{ "id": one.id }] })))
            };
            let endpoint = queue().needs(SERVICE_CONFIG_WRITE).then("import");
            graph.create(&scope, &endpoint, json!({ DEVICES_OF_IMPORT: devices }), look_up).await
        });
        let ended = |ended| graph::Error::ended(ended, "an import to be sent");
        match session.scope().run(sent).await.map_err(ended)? {
            Ok(answer) => Ok(decode::<Imported>(&answer?)?.value),
            Err(_) => {
                Err(graph::Error::new(ErrorKind::UnexpectedAnswer, "An import ended without an answer"))
            }
        }
    }

    /// Joins the import that is gathering.
    pub(crate) fn join(&self, session: &Session, device: Device) -> Place {
        let (reply, answer) = oneshot::channel();
        let mut gathering = self.gathering.lock();
        let mut import = gathering.take().unwrap_or_else(|| {
            let import = Import::new();
            tokio::spawn(send_soon(session.graph().clone(), Arc::clone(&self.gathering), import.id.clone()));
            import
        });
        import.asks.push(Ask { device, reply });
        let import_id = import.id.clone();
        if import.asks.len() < MOST_DEVICES {
            *gathering = Some(import);
        } else {
            tokio::spawn(send(session.graph().clone(), import));
        }
        Place { import_id, answer, gathering: Arc::clone(&self.gathering) }
    }
}

impl Place {
    /// Where the record will be found, if there is to be one.
    pub(crate) fn ticket(&self) -> PendingImport {
        PendingImport { import_id: self.import_id.clone(), record: None }
    }

    /// Waits until the import was sent. An interrupt takes the device out while the import is still gathering; later it
    /// is too late, and the answer is awaited all the same.
    pub(crate) async fn sent(mut self, session: &Session) -> Result<PendingImport, graph::Error> {
        let ticket = self.ticket();
        let answer = match session.scope().run(&mut self.answer).await {
            Ok(answer) => answer,
            Err(ended) if self.leave() => return Err(graph::Error::ended(ended, "the import to be sent")),
            Err(_) => self.answer.await,
        };
        let record = answer.map_err(|_| {
            graph::Error::new(ErrorKind::UnexpectedAnswer, "An import ended without an answer")
        })??;
        Ok(PendingImport { record, ..ticket })
    }

    fn leave(&mut self) -> bool {
        // Holding the lock, the import can only be sent before (and is not there any more) or after (without us).
        let gathering = self.gathering.lock();
        let waits = gathering.as_ref().is_some_and(|import| import.id == self.import_id);
        if waits {
            self.answer.close();
        }
        waits
    }
}

impl PendingImport {
    /// What the service says of the device in this look at the queue.
    pub(crate) fn verdict(&self, records: &Records, serial: &str) -> Verdict {
        let record = match &self.record {
            Some(record) => records.get(record),
            None => records.of(serial).iter().find(|one| one.import_id.as_deref() == Some(&self.import_id)),
        };
        record.map_or(Verdict::NoRecord, Record::verdict)
    }

    /// Removes the record, which is not needed any more. The device stays registered; a record that stays does no harm.
    async fn discard(&self, session: &Session) {
        let Some(record) = &self.record else { return };
        let endpoint = queue().needs(SERVICE_CONFIG_WRITE).key(record);
        if let Err(error) = session.delete(&endpoint).await {
            tracing::info!(%error, "a finished record stays in the import queue");
        }
    }

    /// As it stands in the state in place of a registration id.
    pub(crate) fn to_id(&self) -> String {
        match &self.record {
            Some(record) => format!("{TICKET_PREFIX}{}:{record}", self.import_id),
            None => format!("{TICKET_PREFIX}{}", self.import_id),
        }
    }

    /// From what stands in the state; none if that is a registration id.
    pub(crate) fn from_id(id: &str) -> Option<Self> {
        let ticket = id.strip_prefix(TICKET_PREFIX)?;
        let (import_id, record) = match ticket.split_once(':') {
            Some((import_id, record)) => (import_id, Some(record.to_owned())),
            None => (ticket, None),
        };
        Some(Self { import_id: import_id.to_owned(), record })
    }
}

impl Import {
    fn new() -> Self {
        Self { id: uuid::Uuid::new_v4().to_string(), asks: Vec::new() }
    }
}

/// Lets an import gather, and sends it, unless it was full and went before.
async fn send_soon(graph: Graph, gathering: Arc<Mutex<Option<Import>>>, import_id: String) {
    tokio::time::sleep(GATHER).await;
    let import = gathering.lock().take_if(|import| import.id == import_id);
    if let Some(import) = import {
        send(graph, import).await;
    }
}

/// Sends an import and tells everybody who waits. One device the service cannot read makes it refuse all: then each goes
/// alone, so that only the one at fault fails.
async fn send(graph: Graph, import: Import) {
    let Import { id, asks } = import;
    let asks: Vec<Ask> = asks.into_iter().filter(|ask| !ask.reply.is_closed()).collect();
    if asks.is_empty() {
        return;
    }
    let outcome = post(&graph, &id, &asks).await;
    match outcome {
        Err(error) if error.kind() == ErrorKind::Refused && asks.len() > 1 => {
            for ask in asks {
                let alone = [ask];
                let outcome = post(&graph, &id, &alone).await;
                tell(alone, &outcome);
            }
        }
        outcome => tell(asks, &outcome),
    }
}

fn tell(asks: impl IntoIterator<Item = Ask>, outcome: &Result<Vec<Record>, graph::Error>) {
    for ask in asks {
        let answer = outcome.as_ref().map_err(Clone::clone).map(|records| {
            let record = records.iter().find(|record| record.is_about(&ask.device.serial_number));
            record.map(|record| record.id.clone())
        });
        // Whoever was interrupted meanwhile finds the record by its import id.
        let _ = ask.reply.send(answer);
    }
}

/// Posts devices as one import. After a lost answer its records are looked for before it is posted again.
async fn post(graph: &Graph, import_id: &str, asks: &[Ask]) -> Result<Vec<Record>, graph::Error> {
    let scope = Scope::new(CancellationToken::new(), SENT_WITHIN);
    let devices: Vec<Json> = asks.iter().map(|ask| ask.device.body(import_id)).collect();
    tracing::info!(devices = devices.len(), import_id, "importing devices");
    let look_up = || async {
        let mut records = imported(graph, &scope, import_id).await?;
        records.retain(|record| asks.iter().any(|ask| record.is_about(&ask.device.serial_number)));
        let rows: Vec<Json> =
            records.iter().map(|one| json!({"id": one.id, "serialNumber": one.serial_number()})).collect();
        Ok((!rows.is_empty()).then(|| json!({ "value": rows })))
    };
    let endpoint = queue().needs(SERVICE_CONFIG_WRITE).then("import");
    let answer = graph.create(&scope, &endpoint, json!({ DEVICES_OF_IMPORT: devices }), look_up).await?;
    Ok(decode::<Imported>(&answer)?.value)
}

impl Device {
    /// As the import takes it.
    pub(crate) fn body(&self, import_id: &str) -> Json {
        let mut body = Map::new();
        for (name, value) in [
            ("@odata.type", "#microsoft.graph.importedWindowsAutopilotDeviceIdentity"),
            ("serialNumber", &self.serial_number),
            ("hardwareIdentifier", &self.hardware_hash),
            ("productKey", &self.product_key),
            ("groupTag", &self.group_tag),
            ("assignedUserPrincipalName", &self.user),
            ("importId", import_id),
        ] {
            body.insert(name.to_owned(), json!(value));
        }
        Json::Object(body)
    }
}

/// The records of an import that the queue shows.
async fn imported(graph: &Graph, scope: &Scope, import_id: &str) -> Result<Vec<Record>, graph::Error> {
    let endpoint = queue().needs(SERVICE_CONFIG_READ).filter(format!("importId eq {}", literal(import_id)));
    let mut records: Vec<Record> = decode_all(&graph.list(scope, &endpoint).await?)?;
    records.retain(|record| record.import_id.as_deref() == Some(import_id));
    Ok(records)
}

/// What the service answers to an import.
#[derive(Deserialize)]
struct Imported {
    value: Vec<Record>,
}

const DEVICES_OF_IMPORT: &str = "importedWindowsAutopilotDeviceIdentities";
const TICKET_PREFIX: &str = "import:";
/// How long an import gathers. Terraform starts what it does in parallel within a few milliseconds.
const GATHER: Duration = Duration::from_millis(100);
/// Most finished records one process removes from the queue.
const MOST_REMOVED: usize = 20;
/// Devices in one import, as many as the portal takes in one file.
pub(crate) const MOST_DEVICES: usize = 500;
/// How long an import may take to be accepted, with repetitions.
const SENT_WITHIN: Duration = Duration::from_secs(300);
/// How long after a deregistration the service may still call the serial number taken.
const FREED_WITHIN: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_comes_back_from_the_state_and_a_registration_id_is_none() {
        for record in [None, Some("8f48ed65-aa72-43e8-810a-b2499c1de074".to_owned())] {
            let ticket =
                PendingImport { import_id: "5578eaae-2c2d-491b-8120-18ecfbc57eab".to_owned(), record };
            assert_eq!(PendingImport::from_id(&ticket.to_id()), Some(ticket));
        }
        assert_eq!(PendingImport::from_id("8f48ed65-aa72-43e8-810a-b2499c1de074"), None);
    }

    #[test]
    fn a_serial_number_is_registered_once_and_remembered_when_freed() {
        let registrations = Registrations::default();
        assert!(registrations.begin("SN-1"));
        assert!(!registrations.begin(" sn-1"));
        assert!(!registrations.was_just_freed("SN-1"));
        registrations.free("sn-1");
        assert!(registrations.was_just_freed("SN-1") && registrations.begin("SN-1"));
    }
}
