//! Registering many devices at once: sent in imports of hundreds, awaited by lists of the queue, and decided one by one.
//!
//! What was begun before, by a run that ended early or by another one, is taken up where it is: a device that is registered
//! already is ours if the import queue has a record of it. Nothing depends on what only a state would know.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::Instant;

use super::progress::Progress;
use super::roll::{FEW, Roll, Sought};
use super::trouble::Trouble;
use crate::autopilot::collection::{POLL_MAX, POLL_MIN, id};
use crate::autopilot::devices::{DEVICES, comparable};
use crate::autopilot::registration::{
    Device, MOST_DEVICES, Reason, Record, Records, Refusal, Registrations, Verdict,
};
use crate::autopilot::session::Session;
use crate::graph::{self, ErrorKind};

/// A device that is to be registered.
pub(crate) struct Candidate {
    pub(crate) serial: String,
    /// What is sent; or why nothing can be.
    pub(crate) device: Result<Device, Trouble>,
    /// Whether a device that is registered already is taken over.
    pub(crate) adopts: bool,
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is registered, under this id.
    Registered(String),
    /// It is not, and stays so until something is changed.
    Refused(Trouble),
    /// It may be, sooner or later: nobody waited for it to be decided.
    Open(Trouble),
    /// It was not sent.
    Unsent(Trouble),
}

/// What became of candidates.
#[derive(Default)]
pub(crate) struct Outcome {
    /// By serial number, in the form of [`comparable`].
    pub(crate) standings: HashMap<String, Standing>,
    /// Devices that were registered before, as they were.
    pub(crate) former: Vec<Json>,
}

/// Registers devices. Never fails: what stops it stands with those it stopped.
pub(crate) async fn register(
    session: &Session,
    registrations: &Registrations,
    candidates: Vec<Candidate>,
    is_held: &(dyn Fn(&str) -> bool + Sync),
) -> Outcome {
    let mut progress = Progress::new(candidates.len());
    let open = candidates.into_iter().map(|one| (comparable(&one.serial), one)).collect();
    let mut work = Work::new(session, registrations, open, is_held);
    let stopped = work.run(&mut progress).await.err();
    let trouble = stopped.map(|error| match error.kind() {
        ErrorKind::Interrupted => Trouble::new("interrupted", INTERRUPTED),
        ErrorKind::TimedOut => Trouble::new("timed_out", TIMED_OUT),
        _ => Trouble::met(&error),
    });
    let trouble = trouble.unwrap_or_else(|| Trouble::new("timed_out", TIMED_OUT));
    // What was listed before says nothing of what is registered since.
    session.graph().outdated(&(DEVICES.endpoint)());
    for serial in work.open.into_keys() {
        let standing = match work.sent.contains_key(&serial) {
            true => Standing::Open(trouble.clone()),
            false => Standing::Unsent(trouble.clone()),
        };
        work.done.insert(serial, standing);
    }
    Outcome { standings: work.done, former: work.former }
}

/// Lets imports that are under way come to their end, since what the queue has taken cannot be called back. Answers the
/// devices that came of them: serial number and id.
pub(crate) async fn ended(
    session: &Session,
    registrations: &Registrations,
    serials: &[&str],
) -> Result<Vec<(String, String)>, graph::Error> {
    if serials.is_empty() {
        return Ok(Vec::new());
    }
    let began = Instant::now();
    let mut pause = POLL_MIN;
    let registered = loop {
        let records = registrations.queue().glance(session, began).await?;
        let verdicts = |serial: &&str| records.of(serial).iter().map(Record::verdict).collect::<Vec<_>>();
        if !serials.iter().flat_map(verdicts).any(|verdict| verdict == Verdict::Running) {
            let is_through = |verdict: &Verdict| matches!(verdict, Verdict::Registered(_));
            break serials
                .iter()
                .filter(|serial| verdicts(serial).iter().any(is_through))
                .copied()
                .collect::<Vec<_>>();
        }
        let ended = |ended| graph::Error::ended(ended, "imports to end");
        session.scope().sleep(pause).await.map_err(ended)?;
        pause = pause.mul_f64(1.5).min(POLL_MAX);
    };
    // Registered devices are listed later, and what is not listed cannot be told from what was deregistered since.
    let patient = session.narrowed(LISTED_WITHIN);
    loop {
        session.graph().outdated(&(DEVICES.endpoint)());
        let about = format!("devices whose import has ended {}", uuid::Uuid::new_v4());
        let roll = Sought::serials(registered.iter().copied()).look(session, &about).await?;
        let found: Vec<(String, String)> = registered
            .iter()
            .filter_map(|serial| {
                Some(((*serial).to_owned(), id(roll.with_serial(serial).first()?).to_owned()))
            })
            .collect();
        if found.len() == registered.len() || patient.scope().sleep(POLL_MAX).await.is_err() {
            return Ok(found);
        }
    }
}

/// Everything by comparable serial number.
struct Work<'a> {
    session: &'a Session,
    registrations: &'a Registrations,
    open: HashMap<String, Candidate>,
    /// Whether another resource of the state holds a device.
    is_held: &'a (dyn Fn(&str) -> bool + Sync),
    /// Those whose import runs, and how often it was sent by us.
    sent: HashMap<String, u32>,
    /// The record of each in the queue, where the answer to the import told it.
    records: HashMap<String, String>,
    /// Those that are ours if they turn out to be registered already.
    ours: HashSet<String>,
    /// Records of earlier imports, which say nothing of what is going on now.
    stale: HashSet<String>,
    done: HashMap<String, Standing>,
    former: Vec<Json>,
}

impl<'a> Work<'a> {
    fn new(
        session: &'a Session,
        registrations: &'a Registrations,
        open: HashMap<String, Candidate>,
        is_held: &'a (dyn Fn(&str) -> bool + Sync),
    ) -> Self {
        Self {
            session,
            registrations,
            open,
            is_held,
            sent: HashMap::new(),
            records: HashMap::new(),
            ours: HashSet::new(),
            stale: HashSet::new(),
            done: HashMap::new(),
            former: Vec::new(),
        }
    }

    async fn run(&mut self, progress: &mut Progress) -> Result<(), graph::Error> {
        let began = Instant::now();
        self.take_stock(began).await?;
        let to_send = self.open.keys().filter(|serial| !self.sent.contains_key(*serial)).cloned().collect();
        self.send(to_send).await?;
        let mut pause = if self.session.graph().is_local() { POLL_MIN } else { AN_IMPORT_AT_LEAST };
        let mut again = Vec::new();
        while !self.open.is_empty() {
            let (done, registered) = (self.done.len(), self.registered());
            progress.tell(registered, done);
            let ended = |ended| graph::Error::ended(ended, "Windows Autopilot to register the devices");
            self.session.scope().sleep(pause).await.map_err(ended)?;
            pause = (2 * pause).min(POLL_MAX);
            if !again.is_empty() && pause >= IMPORT_AGAIN.min(POLL_MAX) {
                self.send(std::mem::take(&mut again)).await?;
            }
            let records = self.look(began).await?;
            again.extend(self.judge(&records).await?);
        }
        progress.tell(self.registered(), self.done.len());
        Ok(())
    }

    /// What the queue says of those that are open: record by record where they are few, otherwise in pages.
    async fn look(&self, began: Instant) -> Result<Arc<Records>, graph::Error> {
        let known: Vec<&str> =
            self.open.keys().filter_map(|serial| self.records.get(serial).map(String::as_str)).collect();
        match known.len() == self.open.len() && known.len() <= FEW {
            true => Records::read(self.session, &known).await.map(Arc::new),
            false => self.registrations.queue().glance(self.session, began).await,
        }
    }

    fn registered(&self) -> usize {
        self.done.values().filter(|standing| matches!(standing, Standing::Registered(_))).count()
    }

    /// What is there already, and what runs already.
    async fn take_stock(&mut self, began: Instant) -> Result<(), graph::Error> {
        if self.open.is_empty() {
            return Ok(());
        }
        let records = self.registrations.queue().look(self.session, began).await?;
        let roll = self.roll_with_registered(&records).await?;
        for serial in self.open.keys().cloned().collect::<Vec<_>>() {
            for record in records.of(&serial) {
                match record.verdict() {
                    Verdict::Running => {
                        self.sent.entry(serial.clone()).or_default();
                        self.ours.insert(serial.clone());
                    }
                    Verdict::Registered(_) => {
                        self.ours.insert(serial.clone());
                        self.stale.insert(record.id.clone());
                    }
                    Verdict::Refused(_) | Verdict::NoRecord => {
                        self.stale.insert(record.id.clone());
                    }
                }
            }
            if let Some(standing) = self.found(&serial, &roll) {
                self.remember(&serial, &roll, &standing);
                self.decide(&serial, standing);
            } else if !self.sent.contains_key(&serial)
                && let Some(Candidate { device: Err(trouble), .. }) = self.open.get(&serial)
            {
                let trouble = trouble.clone();
                self.decide(&serial, Standing::Refused(trouble));
            }
        }
        Ok(())
    }

    /// What is registered. The list follows the queue, so one whose record says that it is registered is given a while to be
    /// listed; if it is not by then, the record is of a registration that has ended.
    async fn roll_with_registered(&self, records: &Records) -> Result<Roll, graph::Error> {
        let is_registered = |serial: &&String| {
            records.of(serial).iter().any(|record| matches!(record.verdict(), Verdict::Registered(_)))
        };
        let registered: Vec<&String> = self.open.keys().filter(is_registered).collect();
        let allowed = if self.session.graph().is_local() { LISTED_SOON } else { LISTED_WITHIN };
        let patient = self.session.narrowed(allowed);
        loop {
            let roll = self.roll("before registering").await?;
            let is_listed = registered.iter().all(|serial| !roll.with_serial(serial).is_empty());
            if is_listed || patient.scope().sleep(POLL_MIN).await.is_err() {
                return Ok(roll);
            }
            self.session.graph().outdated(&(DEVICES.endpoint)());
        }
    }

    /// How a candidate stands by what is registered; nothing if it is not.
    fn found(&self, serial: &str, roll: &Roll) -> Option<Standing> {
        let adopts = self.ours.contains(serial) || self.open.get(serial).is_some_and(|one| one.adopts);
        match roll.with_serial(serial).as_slice() {
            [] => None,
            [device]
                if (self.is_held)(id(device)) && !self.open.get(serial).is_some_and(|one| one.adopts) =>
            {
                Some(Standing::Refused(Trouble::new("held_already", HELD_ALREADY)))
            }
            [device] if adopts => Some(Standing::Registered(id(device).to_owned())),
            [_] => Some(Standing::Refused(Trouble::new("registered_already", REGISTERED_ALREADY))),
            several => {
                let ids: Vec<&str> = several.iter().map(|device| id(device)).collect();
                let reason = format!("several devices have this serial number: {}", ids.join(", "));
                Some(Standing::Refused(Trouble::new("not_unique", reason)))
            }
        }
    }

    /// Keeps how a device was that somebody has registered before.
    fn remember(&mut self, serial: &str, roll: &Roll, standing: &Standing) {
        if matches!(standing, Standing::Registered(_)) {
            self.former.extend(roll.with_serial(serial).into_iter().cloned());
        }
    }

    fn decide(&mut self, serial: &str, standing: Standing) {
        self.open.remove(serial);
        self.done.insert(serial.to_owned(), standing);
    }

    /// The devices that are registered of those that are open.
    async fn roll(&self, about: &str) -> Result<Roll, graph::Error> {
        let serials = self.open.keys().map(String::as_str);
        Sought::serials(serials).look(self.session, &format!("{about} {}", uuid::Uuid::new_v4())).await
    }

    /// Sends candidates, as many in one import as the service takes. One that it cannot read makes it refuse all of them:
    /// then each half goes by itself, until only the one at fault is refused.
    async fn send(&mut self, serials: Vec<String>) -> Result<(), graph::Error> {
        let mut parts: Vec<Vec<String>> =
            serials.chunks(MOST_DEVICES).rev().map(<[String]>::to_vec).collect();
        while let Some(mut part) = parts.pop() {
            let devices = part.iter().filter_map(|serial| self.open.get(serial)?.device.as_ref().ok());
            let bodies: Vec<(String, Json)> = devices
                .map(|device| {
                    (comparable(&device.serial_number), device.body(&import_id(&device.serial_number)))
                })
                .collect();
            if bodies.is_empty() {
                continue;
            }
            for serial in &part {
                *self.sent.entry(serial.clone()).or_default() += 1;
            }
            match self.registrations.import(self.session, bodies, &self.stale).await {
                Ok(records) => {
                    let record = |one: Record| (comparable(one.serial_number()), one.id);
                    self.records.extend(records.into_iter().map(record));
                }
                Err(error) if error.kind() == ErrorKind::Refused => {
                    self.sent.retain(|serial, _| !part.contains(serial));
                    if let [serial] = part.as_slice() {
                        self.decide(&serial.clone(), Standing::Refused(Trouble::met(&error)));
                    } else {
                        let half = part.split_off(part.len() / 2);
                        parts.extend([half, part]);
                    }
                }
                Err(error) => {
                    if matches!(
                        error.kind(),
                        ErrorKind::PermissionMissing | ErrorKind::ReadOnly | ErrorKind::SignIn
                    ) {
                        self.sent.retain(|serial, _| !part.contains(serial));
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Decides what the queue has decided, and gives what is worth another import.
    async fn judge(&mut self, records: &Records) -> Result<Vec<String>, graph::Error> {
        let mut again = Vec::new();
        let mut taken = Vec::new();
        let mut unseen = Vec::new();
        for serial in
            self.sent.keys().filter(|serial| self.open.contains_key(*serial)).cloned().collect::<Vec<_>>()
        {
            let fresh = records.of(&serial).iter().rev().find(|record| !self.stale.contains(&record.id));
            match fresh.map_or(Verdict::NoRecord, Record::verdict) {
                Verdict::Running => {}
                Verdict::Registered(Some(id)) => self.decide(&serial, Standing::Registered(id)),
                Verdict::Registered(None) | Verdict::NoRecord => unseen.push(serial),
                Verdict::Refused(refusal) => {
                    let record = fresh.map(|record| record.id.clone());
                    match self.weigh(&serial, &refusal) {
                        Next::Look => taken.push((serial, refusal)),
                        Next::Again => {
                            self.stale.extend(record);
                            self.sent
                                .insert(serial.clone(), self.sent.get(&serial).copied().unwrap_or_default());
                            again.push(serial);
                        }
                        Next::End => self.decide(&serial, Standing::Refused(refused(&refusal))),
                    }
                }
            }
        }
        if taken.is_empty() && unseen.is_empty() {
            return Ok(again);
        }
        // The record has gone, or has not all there is to tell yet: the devices themselves may, as they are now.
        self.session.graph().outdated(&(DEVICES.endpoint)());
        let roll = self.roll("in the course of registering").await?;
        for serial in unseen {
            if let Some(standing @ Standing::Registered(_)) = self.found_for_sure(&serial, &roll) {
                self.decide(&serial, standing);
            }
        }
        for (serial, refusal) in taken {
            match self.found_for_sure(&serial, &roll) {
                Some(standing) => {
                    self.remember(&serial, &roll, &standing);
                    self.decide(&serial, standing);
                }
                None if self.sent.get(&serial).is_some_and(|times| *times < ATTEMPTS) => {
                    self.stale.extend(records.of(&serial).iter().map(|record| record.id.clone()));
                    again.push(serial);
                }
                None => self.decide(&serial, Standing::Refused(refused(&refusal))),
            }
        }
        Ok(again)
    }

    /// The same for what we have sent ourselves.
    fn found_for_sure(&mut self, serial: &str, roll: &Roll) -> Option<Standing> {
        self.ours.insert(serial.to_owned());
        self.found(serial, roll)
    }

    /// What a refusal means for a candidate.
    fn weigh(&self, serial: &str, refusal: &Refusal) -> Next {
        let times = self.sent.get(serial).copied().unwrap_or_default();
        let adopts = self.open.get(serial).is_some_and(|one| one.adopts);
        match refusal.reason() {
            Reason::Transient if times < ATTEMPTS => Next::Again,
            // After a stumble it may be our own first attempt that took the serial number.
            Reason::TakenHere if adopts || times > 1 || self.ours.contains(serial) => Next::Look,
            Reason::TakenHere | Reason::TakenElsewhere
                if self.registrations.was_just_freed(serial) && times < ATTEMPTS =>
            {
                Next::Again
            }
            _ => Next::End,
        }
    }
}

enum Next {
    Again,
    Look,
    End,
}

/// Why the service refuses a device.
fn refused(refusal: &Refusal) -> Trouble {
    let (_, reason) = refusal.told("the device", TAKE_OVER);
    Trouble::new(refusal.code(), format!("{reason} The service's reason: {refusal}."))
}

/// The import id of a device, the same in every run: by it the record of an import can be told from others, where the
/// service gives it back.
fn import_id(serial: &str) -> String {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(format!("autopilot import {}", comparable(serial)));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Uuid::new_v8(bytes).to_string()
}

/// The service decides nothing sooner: a minute for a few, many for hundreds.
const AN_IMPORT_AT_LEAST: Duration = Duration::from_secs(30);
/// How often a device is imported that is refused for a passing reason.
pub(super) const ATTEMPTS: u32 = 4;
/// After which time it is imported again.
pub(super) const IMPORT_AGAIN: Duration = Duration::from_secs(10);
/// Within which a registered device is listed: half a minute as a rule.
const LISTED_WITHIN: Duration = Duration::from_secs(120);
/// The same on this machine, where time goes by faster.
const LISTED_SOON: Duration = Duration::from_secs(3);
const HELD_ALREADY: &str = "This state holds the registration of the device at another address. Take it out there, or here; if it \
    is to move, with a `moved` block or a `removed` block that has `destroy = false`.";
const TAKE_OVER: &str = "`adopt_existing = true` takes it over.";
const REGISTERED_ALREADY: &str = "Windows Autopilot has the device in this tenant already, and this configuration has not registered it. \
    `adopt_existing = true` takes it over.";
const INTERRUPTED: &str =
    "Terraform was interrupted. Nothing is lost: apply again, and its registration is taken up where it is.";
const TIMED_OUT: &str = "Windows Autopilot had not decided when the time in `timeouts` was over. Nothing is lost: apply again, and \
    its registration is taken up where it is.";
