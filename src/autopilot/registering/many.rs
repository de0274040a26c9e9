//! Registering many devices at once: sent in imports of hundreds, awaited by lists of the queue, and decided one by one.
//!
//! What was begun before, by a run that ended early or by another one, is taken up where it is: a device that is registered
//! already is ours if the import queue has a record of it. Nothing depends on what only a state would know.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::Instant;

use super::candidate::{Candidate, Next, Open, Status, latest};
use super::pace::Pace;
use super::progress::Progress;
use super::roll::{Roll, Sought, once};
use super::trouble::Trouble;
use crate::autopilot::collection::POLL_MIN;
use crate::autopilot::devices::{DEVICES, comparable};
use crate::autopilot::one_device::SINGLE;
use crate::autopilot::registration::{MOST_DEVICES, Records, Registrations, Verdict};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::{self, ErrorKind};

/// What became of candidates.
#[derive(Default)]
pub(crate) struct Completed {
    /// By serial number, in the form of [`comparable`].
    pub(crate) statuses: HashMap<String, Status>,
    /// Devices that were registered before, as they were.
    pub(crate) former: Vec<Json>,
    /// How long it took until all of them were decided.
    pub(crate) took: Duration,
}

/// Registers devices. Never fails: what stops it stands with those it stopped.
pub(crate) async fn register(cx: &Cx, session: &Session, candidates: Vec<Candidate>) -> Completed {
    let progress = Progress::new(candidates.len());
    let open = candidates.into_iter().map(|one| (comparable(&one.serial), Open::new(one))).collect();
    let (stale, completed) = (HashSet::new(), Completed::default());
    let mut work = Work { cx, session, open, stale, again_at: None, completed, progress };
    let began = Instant::now();
    let stopped = work.run(began).await.err();
    work.completed.took = began.elapsed();
    // What was listed before says nothing of what is registered since.
    session.graph().outdated(&(DEVICES.endpoint)());
    let trouble = match stopped {
        Some(error) if error.kind() == ErrorKind::Interrupted => Trouble::new("interrupted", INTERRUPTED),
        Some(error) if error.kind() != ErrorKind::TimedOut => Trouble::met(&error),
        _ => Trouble::new("timed_out", TIMED_OUT),
    };
    for (serial, one) in work.open {
        let status = match one.was_sent() {
            true => Status::Pending(Trouble::pending(trouble.reason.as_str())),
            false => Status::Unsent(trouble.clone()),
        };
        work.completed.statuses.insert(serial, status);
    }
    work.completed
}

/// Everything by comparable serial number.
struct Work<'a> {
    cx: &'a Cx,
    session: &'a Session,
    open: HashMap<String, Open>,
    /// Records of earlier imports, which say nothing of what is going on now.
    stale: HashSet<String>,
    /// When those are imported again that were refused for a passing reason.
    again_at: Option<Instant>,
    completed: Completed,
    progress: Progress,
}

impl Work<'_> {
    async fn run(&mut self, began: Instant) -> Result<(), graph::Error> {
        if self.open.is_empty() {
            return Ok(());
        }
        let records = self.registrations().queue().look(self.session, began).await?;
        let mut pages = records.pages();
        self.take_stock(&records).await?;
        self.send().await?;
        let is_local = self.session.graph().is_local();
        let first = if is_local { Duration::ZERO } else { AN_IMPORT_AT_LEAST };
        while !self.open.is_empty() {
            self.tell_progress();
            let ended = |ended| graph::Error::ended(ended, "Windows Autopilot to register the devices");
            let waited = began.elapsed();
            let pause = Pace::of(self.open.len()).pause(waited).max(first.saturating_sub(waited));
            self.session.scope().sleep(pause).await.map_err(ended)?;
            if self.again_at.take_if(|at| *at <= Instant::now()).is_some() {
                self.send().await?;
            }
            let records = self.look(pause / 2, pages).await?;
            pages = pages.max(records.pages());
            self.judge(&records).await?;
        }
        self.tell_progress();
        Ok(())
    }

    fn registrations(&self) -> &Registrations {
        self.cx.client().registrations()
    }

    fn tell_progress(&mut self) {
        let statuses = &self.completed.statuses;
        let registered = statuses.values().filter(|status| status.is_registered()).count();
        self.progress.tell(registered, statuses.len());
    }

    /// What is there already, and what runs already.
    async fn take_stock(&mut self, records: &Records) -> Result<(), graph::Error> {
        let roll = self.roll_with_registered(records).await?;
        for (serial, mut one) in std::mem::take(&mut self.open) {
            self.stale.extend(one.take_up(records.of(&serial)).map(str::to_owned));
            let devices = roll.with_serial(&serial);
            if let Some(status) = one.status(&devices, |id| self.cx.holds(SINGLE, id)) {
                self.decide(serial, status, &devices);
            } else if let Some(Err(trouble)) = one.to_send() {
                self.decide(serial, Status::Refused(trouble.clone()), &[]);
            } else {
                self.open.insert(serial, one);
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
        let are_expected = !registered.is_empty() || self.open.values().any(Open::adopts);
        let allowed = if self.session.graph().is_local() { LISTED_SOON } else { LISTED_WITHIN };
        let patient = self.session.narrowed(allowed);
        loop {
            let sought = Sought::serials(self.open.keys().map(String::as_str));
            let roll = match are_expected {
                true => sought.look(self.session, &once(CANDIDATES)).await?,
                false => sought.listed(self.session, &once(CANDIDATES)).await?,
            };
            let is_listed = registered.iter().all(|serial| !roll.with_serial(serial).is_empty());
            if is_listed || patient.scope().sleep(POLL_MIN).await.is_err() {
                return Ok(roll);
            }
            self.session.graph().outdated(&(DEVICES.endpoint)());
        }
    }

    /// Sends what is to be sent, as many in one import as the service takes. One that it cannot read makes it refuse all of
    /// them: then each half goes by itself, until only the one at fault is refused.
    async fn send(&mut self) -> Result<(), graph::Error> {
        let is_ready = |one: &Open| matches!(one.to_send(), Some(Ok(_)));
        let ready = self.open.iter().filter(|(_, one)| is_ready(one));
        let ready: Vec<String> = ready.map(|(serial, _)| serial.clone()).collect();
        let mut parts: Vec<&[String]> = ready.chunks(MOST_DEVICES).rev().collect();
        while let Some(part) = parts.pop() {
            let bodies = part.iter().filter_map(|serial| {
                let device = self.open.get(serial)?.to_send()?.ok()?;
                Some((serial.clone(), device.body(&import_id(serial))))
            });
            let bodies = bodies.collect();
            self.each(part, Open::begin_import);
            match self.registrations().import(self.session, bodies, &self.stale).await {
                Ok(records) => {
                    for record in records {
                        if let Some(one) = self.open.get_mut(&comparable(record.serial_number())) {
                            one.record = Some(record.id);
                        }
                    }
                }
                Err(error) if error.kind() == ErrorKind::Refused => {
                    self.each(part, Open::take_import_back);
                    if let [serial] = part {
                        self.decide(serial.clone(), Status::Refused(Trouble::met(&error)), &[]);
                    } else {
                        let (half, other) = part.split_at(part.len() / 2);
                        parts.extend([other, half]);
                    }
                }
                Err(error) => {
                    if matches!(
                        error.kind(),
                        ErrorKind::PermissionMissing | ErrorKind::ReadOnly | ErrorKind::SignIn
                    ) {
                        self.each(part, Open::take_import_back);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn each(&mut self, serials: &[String], change: fn(&mut Open)) {
        for serial in serials {
            self.open.get_mut(serial).into_iter().for_each(change);
        }
    }

    /// What the queue says of those that are open: record by record where that is less than all of its pages. A list that
    /// somebody else has read may be a little old.
    async fn look(&self, age: Duration, pages: usize) -> Result<Arc<Records>, graph::Error> {
        let known: Vec<&str> = self.open.values().filter_map(|one| one.record.as_deref()).collect();
        if known.len() == self.open.len() && known.len() < pages {
            return Records::read(self.session, &known).await.map(Arc::new);
        }
        let now = Instant::now();
        self.registrations().queue().look(self.session, now.checked_sub(age).unwrap_or(now)).await
    }

    /// Decides what the queue has decided, and plans another import of what is worth it.
    async fn judge(&mut self, records: &Records) -> Result<(), graph::Error> {
        let mut doubtful = HashMap::new();
        let running = self.open.iter().filter(|(_, one)| one.is_running());
        for serial in running.map(|(serial, _)| serial.clone()).collect::<Vec<_>>() {
            let was_just_freed = self.registrations().was_just_freed(&serial);
            let Some(one) = self.open.get_mut(&serial) else { continue };
            let latest = latest(records.of(&serial), &self.stale);
            match one.next_by_queue(latest, was_just_freed, Instant::now()) {
                Next::LookAtDevices(refusal) => drop(doubtful.insert(serial, refusal)),
                next => self.follow(serial, next, records, &[]),
            }
        }
        if doubtful.is_empty() {
            return Ok(());
        }
        // As they are now.
        self.session.graph().outdated(&(DEVICES.endpoint)());
        let sought = Sought::serials(doubtful.keys().map(String::as_str));
        let roll = sought.look(self.session, &once(CANDIDATES)).await?;
        for (serial, refusal) in doubtful {
            let Some(one) = self.open.get_mut(&serial) else { continue };
            let devices = roll.with_serial(&serial);
            // What was not refused is new.
            let former = if refusal.is_some() { devices.as_slice() } else { &[] };
            let next = one.next_by_devices(refusal, &devices, |id| self.cx.holds(SINGLE, id));
            self.follow(serial, next, records, former);
        }
        Ok(())
    }

    fn follow(&mut self, serial: String, next: Next, records: &Records, former: &[&Json]) {
        match next {
            Next::Wait | Next::LookAtDevices(_) => {}
            Next::Decide(status) => self.decide(serial, status, former),
            Next::ImportAgain => {
                self.stale.extend(records.of(&serial).iter().map(|record| record.id.clone()));
                self.each(&[serial], Open::end_import);
                self.again_at.get_or_insert_with(|| Instant::now() + IMPORT_AGAIN);
            }
        }
    }

    /// Notes what became of a candidate, and how a device was that somebody has registered before.
    fn decide(&mut self, serial: String, status: Status, former: &[&Json]) {
        if status.is_registered() {
            self.completed.former.extend(former.iter().map(|device| (*device).clone()));
        }
        self.open.remove(&serial);
        self.completed.statuses.insert(serial, status);
    }
}

/// The import id of a device, the same in every run: by it the record of an import can be told from others, where the
/// service gives it back.
fn import_id(serial: &str) -> String {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(format!("autopilot import {serial}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Uuid::new_v8(bytes).to_string()
}

const CANDIDATES: &str = "devices that are to be registered";
/// The service decides nothing sooner (a guess: 60 to 95 s were measured for one device, minutes for hundreds).
const AN_IMPORT_AT_LEAST: Duration = Duration::from_secs(45);
/// After which time a device is imported again.
pub(super) const IMPORT_AGAIN: Duration = Duration::from_secs(10);
/// Within which a registered device is listed: half a minute as a rule.
pub(super) const LISTED_WITHIN: Duration = Duration::from_secs(120);
/// The same on this machine, where time goes by faster.
const LISTED_SOON: Duration = Duration::from_secs(3);
const INTERRUPTED: &str =
    "Terraform was interrupted. Nothing is lost: apply again, and its registration is taken up where it is.";
const TIMED_OUT: &str = "Windows Autopilot had not decided when the time in `timeouts` was over. Nothing is lost: apply again, and \
    its registration is taken up where it is.";
