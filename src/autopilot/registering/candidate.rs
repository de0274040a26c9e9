//! One of many devices that are to be registered: what the import queue and the list of devices say of it. Pure.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::Instant;

use super::trouble::Trouble;
use crate::autopilot::collection::id;
use crate::autopilot::registration::{Device, Reason, Record, Refusal, Verdict};

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
pub(crate) enum Status {
    /// It is registered, under this id.
    Registered(String),
    /// It is not, and stays so until something is changed.
    Refused(Trouble),
    /// It may be, sooner or later: nobody waited for it to be decided.
    Pending(Trouble),
    /// It was not sent.
    Unsent(Trouble),
}

/// A candidate that is not decided yet.
pub(super) struct Open {
    candidate: Candidate,
    /// Whether an import of it runs, ours or that of an earlier run.
    runs: bool,
    /// How often we have sent it.
    attempts: u32,
    /// Its record in the queue, where the answer to the import has it.
    pub(super) record: Option<String>,
    /// Since when its record is missing, or says that the device is registered but not under which id.
    unclear_since: Option<Instant>,
    /// Whether it is ours if it turns out to be registered already.
    is_ours: bool,
}

/// What is to be done about a candidate whose import was looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Wait,
    /// The devices themselves tell more than the queue, which refused it if there is a refusal.
    LookAtDevices(Option<Refusal>),
    ImportAgain,
    Decide(Status),
}

impl Open {
    pub(super) fn new(candidate: Candidate) -> Self {
        Self { candidate, runs: false, attempts: 0, record: None, unclear_since: None, is_ours: false }
    }

    /// Whether a device that is registered already is taken over.
    pub(super) fn adopts(&self) -> bool {
        self.candidate.adopts
    }

    /// What is sent of it, or why nothing can be; nothing while an import of it runs.
    pub(super) fn to_send(&self) -> Option<Result<&Device, &Trouble>> {
        (!self.runs).then_some(self.candidate.device.as_ref())
    }

    /// It is about to be sent.
    pub(super) fn begin_import(&mut self) {
        self.runs = true;
        self.attempts += 1;
    }

    /// Its import came to an end that decides nothing.
    pub(super) fn end_import(&mut self) {
        self.runs = false;
    }

    /// The import with it was not taken.
    pub(super) fn take_import_back(&mut self) {
        self.end_import();
        self.attempts = self.attempts.saturating_sub(1);
    }

    pub(super) fn is_running(&self) -> bool {
        self.runs
    }

    pub(super) fn was_sent(&self) -> bool {
        self.runs || self.attempts > 0
    }

    /// Takes up what an earlier run has begun. Answers the records that say nothing of what is going on now.
    pub(super) fn take_up<'r>(&mut self, records: &'r [Record]) -> impl Iterator<Item = &'r str> {
        for record in records {
            match record.verdict() {
                Verdict::Running => {
                    self.runs = true;
                    self.is_ours = true;
                }
                Verdict::Registered(_) => self.is_ours = true,
                Verdict::Refused(_) | Verdict::NoRecord => {}
            }
        }
        records.iter().filter(|record| record.verdict() != Verdict::Running).map(|record| record.id.as_str())
    }

    /// What follows from its latest record that is not of an earlier import.
    pub(super) fn next_by_queue(
        &mut self,
        latest: Option<&Record>,
        was_just_freed: bool,
        now: Instant,
    ) -> Next {
        match latest.map_or(Verdict::NoRecord, Record::verdict) {
            Verdict::Running => Next::Wait,
            Verdict::Registered(Some(id)) => Next::Decide(Status::Registered(id)),
            Verdict::Registered(None) | Verdict::NoRecord => {
                let since = *self.unclear_since.get_or_insert(now);
                if now - since < TOLD_WITHIN { Next::Wait } else { Next::LookAtDevices(None) }
            }
            Verdict::Refused(refusal) => match refusal.reason() {
                Reason::Transient if self.may_be_sent_again() => Next::ImportAgain,
                // After a stumble it may be our own first attempt that took the serial number.
                Reason::TakenHere if self.candidate.adopts || self.is_ours || self.attempts > 1 => {
                    Next::LookAtDevices(Some(refusal))
                }
                Reason::TakenHere | Reason::TakenElsewhere if was_just_freed && self.may_be_sent_again() => {
                    Next::ImportAgain
                }
                _ => Next::Decide(Status::Refused(refused(&refusal))),
            },
        }
    }

    /// What follows from the devices, after the queue has said less or refused it. What we have sent is ours.
    pub(super) fn next_by_devices(
        &mut self,
        refusal: Option<Refusal>,
        devices: &[&Json],
        is_held: impl Fn(&str) -> bool,
    ) -> Next {
        self.is_ours = true;
        match (self.status(devices, is_held), refusal) {
            (Some(status @ Status::Registered(_)), _) | (Some(status), Some(_)) => Next::Decide(status),
            (_, None) => Next::Wait,
            (None, Some(_)) if self.may_be_sent_again() => Next::ImportAgain,
            (None, Some(refusal)) => Next::Decide(Status::Refused(refused(&refusal))),
        }
    }

    /// How it stands by the devices that are registered with its serial number; nothing if there are none.
    pub(super) fn status(&self, devices: &[&Json], is_held: impl Fn(&str) -> bool) -> Option<Status> {
        let refused = |code: &str, reason: &str| Some(Status::Refused(Trouble::new(code, reason)));
        match devices {
            [] => None,
            [device] if !self.candidate.adopts && is_held(id(device)) => {
                refused("held_already", HELD_ALREADY)
            }
            [device] if self.candidate.adopts || self.is_ours => {
                Some(Status::Registered(id(device).to_owned()))
            }
            [_] => refused("registered_already", REGISTERED_ALREADY),
            several => {
                let ids: Vec<&str> = several.iter().map(|device| id(device)).collect();
                refused("not_unique", &format!("several devices have this serial number: {}", ids.join(", ")))
            }
        }
    }

    fn may_be_sent_again(&self) -> bool {
        self.attempts < ATTEMPTS && self.candidate.device.is_ok()
    }
}

impl Status {
    /// Whether it is registered.
    pub(crate) fn is_registered(&self) -> bool {
        matches!(self, Self::Registered(_))
    }
}

/// The latest record of a device that does not belong to an earlier import.
pub(super) fn latest<'r>(records: &'r [Record], stale: &HashSet<String>) -> Option<&'r Record> {
    records.iter().rev().find(|record| !stale.contains(&record.id))
}

/// Why the service refuses a device.
fn refused(refusal: &Refusal) -> Trouble {
    let (_, reason) = refusal.message("the device", TAKE_OVER);
    Trouble::new(refusal.code(), format!("{reason} The service's reason: {refusal}."))
}

/// Within which the queue says, as a rule, under which id a device is registered (a guess). After that the devices may.
const TOLD_WITHIN: Duration = Duration::from_secs(3);
/// How often a device is imported that is refused for a passing reason.
pub(super) const ATTEMPTS: u32 = 4;
const HELD_ALREADY: &str = "This state holds the registration of the device at another address. Take it out there, or here; if it \
    is to move, with a `moved` block or a `removed` block that has `destroy = false`.";
const TAKE_OVER: &str = "`adopt_existing = true` takes it over.";
const REGISTERED_ALREADY: &str = "Windows Autopilot has the device in this tenant already, and this configuration has not registered it. \
    `adopt_existing = true` takes it over.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::decode;
    use serde_json::json;

    fn open(adopts: bool) -> Open {
        let device = Ok(Device {
            serial_number: "SN1".to_owned(),
            hardware_hash: String::new(),
            product_key: String::new(),
            group_tag: String::new(),
            user: String::new(),
        });
        let mut open = Open::new(Candidate { serial: "SN1".to_owned(), device, adopts });
        open.begin_import();
        open
    }

    fn record(status: &str, registration: &str, code: i64) -> Record {
        let state = json!({"deviceImportStatus": status, "deviceRegistrationId": registration, "deviceErrorCode": code});
        decode(&json!({"id": "r", "serialNumber": "SN1", "state": state})).expect("a record")
    }

    fn is_again(next: &Next) -> bool {
        matches!(next, Next::ImportAgain)
    }

    #[test]
    fn the_queue_decides_what_it_says_clearly() {
        let now = Instant::now();
        let next = |one: &Record| open(false).next_by_queue(Some(one), false, now);
        assert_eq!(next(&record("unknown", "", 0)), Next::Wait);
        let registered = Next::Decide(Status::Registered("1".to_owned()));
        assert_eq!(next(&record("complete", "1", 0)), registered);
        assert!(matches!(next(&record("error", "", 808)), Next::Decide(Status::Refused(_))));
        assert!(is_again(&next(&record("error", "", 640))));
    }

    #[test]
    fn the_devices_are_asked_where_the_queue_stays_unclear() {
        let (mut one, now) = (open(false), Instant::now());
        assert_eq!(one.next_by_queue(None, false, now), Next::Wait);
        assert_eq!(one.next_by_queue(None, false, now + TOLD_WITHIN), Next::LookAtDevices(None));
        assert_eq!(one.next_by_devices(None, &[], |_| false), Next::Wait);
        let device = json!({"id": "1"});
        let registered = Next::Decide(Status::Registered("1".to_owned()));
        assert_eq!(one.next_by_devices(None, &[&device], |_| false), registered);
    }

    #[test]
    fn a_stumble_is_repeated_a_few_times_and_what_cannot_be_sent_never() {
        let (mut one, now) = (open(false), Instant::now());
        let stumbled = record("error", "", 640);
        for _ in 1..ATTEMPTS {
            assert!(is_again(&one.next_by_queue(Some(&stumbled), false, now)));
            one.begin_import();
        }
        assert!(!is_again(&one.next_by_queue(Some(&stumbled), false, now)));
        let device = Err(Trouble::new("no_hash", ""));
        let mut taken_up = Open::new(Candidate { serial: "SN1".to_owned(), device, adopts: false });
        taken_up.take_up(&[record("unknown", "", 0)]).for_each(drop);
        assert!(taken_up.is_running() && !is_again(&taken_up.next_by_queue(Some(&stumbled), false, now)));
    }

    #[test]
    fn a_serial_number_that_is_taken_here_is_ours_after_a_stumble_or_on_request() {
        let (taken, now) = (record("error", "", 806), Instant::now());
        let mut one = open(false);
        assert!(matches!(one.next_by_queue(Some(&taken), false, now), Next::Decide(Status::Refused(_))));
        assert!(is_again(&one.next_by_queue(Some(&taken), true, now)), "it was freed a moment ago");
        assert!(matches!(open(true).next_by_queue(Some(&taken), false, now), Next::LookAtDevices(Some(_))));
        one.begin_import();
        assert!(matches!(one.next_by_queue(Some(&taken), false, now), Next::LookAtDevices(Some(_))));
    }

    #[test]
    fn one_device_of_ours_is_registered_and_any_other_is_refused() {
        let (here, other) = (json!({"id": "1"}), json!({"id": "2"}));
        let code = |one: &Open, devices: &[&Json], held: bool| match one.status(devices, |_| held) {
            Some(Status::Refused(trouble)) => trouble.code,
            Some(Status::Registered(id)) => id,
            _ => "none".to_owned(),
        };
        assert_eq!(code(&open(false), &[], false), "none");
        assert_eq!(code(&open(false), &[&here], false), "registered_already");
        assert_eq!(code(&open(true), &[&here], false), "1");
        assert_eq!(code(&open(false), &[&here], true), "held_already");
        assert_eq!(code(&open(true), &[&here, &other], false), "not_unique");
    }
}
