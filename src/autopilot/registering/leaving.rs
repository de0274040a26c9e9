//! Deregistering many devices: in batches within the budget, awaited by lists.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;

use super::many::LISTED_WITHIN;
use super::roll::{Sought, once};
use super::trouble::{self, Trouble};
use crate::autopilot::collection::{POLL_MAX, POLL_MIN, id};
use crate::autopilot::devices::{DEVICES, Registered};
use crate::autopilot::on_destroy::{KEEP, REMOVE_FROM_INTUNE};
use crate::autopilot::permissions::MANAGED_DEVICES_WRITE;
use crate::autopilot::registration::{Record, Registrations, Verdict};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::{self, Endpoint, ErrorKind, decode};
use crate::tf_provider::failure::Failure;

/// A device that is to go: its key in the configuration, and its id, if that is known yet.
pub(crate) struct Leaver {
    pub(crate) key: String,
    pub(crate) id: Option<String>,
}

/// What became of devices that were to go, by id.
#[derive(Default)]
struct Left {
    /// Certainly not registered any more.
    gone: Vec<String>,
    /// Refused to go.
    refused: HashMap<String, Trouble>,
}

/// Lets devices go as `on_destroy` says. Waits until none of them is listed; what runs in the queue is waited for before.
/// Answers the keys of those that stay all the same, and why.
pub(crate) async fn leave(
    cx: &Cx,
    session: &Session,
    leavers: &[Leaver],
    on_destroy: &str,
) -> Result<(), (HashSet<String>, Failure)> {
    if on_destroy == KEEP {
        return Ok(());
    }
    let from_intune = on_destroy == REMOVE_FROM_INTUNE;
    let registrations = cx.client().registrations();
    let known = leavers.iter().filter_map(|one| Some((one.id.clone()?, one.key.clone())));
    let mut keys: HashMap<String, String> =
        known.filter(|(id, _)| !cx.is_spared(DEVICES.type_name, id)).collect();
    let pending: Vec<&str> =
        leavers.iter().filter(|one| one.id.is_none()).map(|one| one.key.as_str()).collect();
    let came = imports_ended(session, registrations, &pending).await;
    let unsure =
        if came.is_err() { pending.iter().map(|key| (*key).to_owned()).collect() } else { HashSet::new() };
    keys.extend(came.iter().flatten().map(|(serial, id)| (id.clone(), serial.clone())));
    let ids: Vec<String> = keys.keys().cloned().collect();
    let mut left = Left::default();
    let stopped = go(session, &ids, from_intune, &mut left).await.err().or(came.err());
    // What was listed while it went is not to be used any more.
    session.graph().outdated(&(DEVICES.endpoint)());
    for id in &left.gone {
        keys.remove(id).iter().for_each(|key| registrations.free(key));
    }
    let key = |id: &String| keys.get(id).map_or("", String::as_str);
    let reasons = trouble::summary(left.refused.iter().map(|(id, trouble)| (key(id), trouble)));
    let failure = match (stopped, reasons) {
        (Some(error), _) => error.into(),
        (None, None) => return Ok(()),
        (None, Some(reasons)) => {
            Failure::at("devices", "Devices are not deregistered", format!("{reasons}\n\n{STILL_ENROLLED}"))
        }
    };
    Err((keys.into_values().chain(unsure).collect(), failure))
}

async fn go(
    session: &Session,
    ids: &[String],
    from_intune: bool,
    left: &mut Left,
) -> Result<(), graph::Error> {
    let graph = session.graph();
    let began = Instant::now();
    let about = once("devices that are to go");
    let mut open: HashMap<String, Option<Trouble>> = ids.iter().map(|id| (id.clone(), None)).collect();
    if from_intune {
        let roll = Sought::ids(ids.iter().map(String::as_str)).find(session, &about).await?;
        let mut managed = Vec::new();
        for device in roll.devices() {
            let records = Endpoint::v1("deviceManagement/managedDevices").needs(MANAGED_DEVICES_WRITE);
            managed.extend(decode::<Registered>(device)?.managed_device().map(|id| records.key(id)));
        }
        for answer in graph.delete_all(session.scope(), managed).await {
            answer?;
        }
    }
    let mut unsent: Vec<String> = open.keys().cloned().collect();
    let mut pause = POLL_MIN;
    while !open.is_empty() {
        let members = unsent.iter().map(|id| DEVICES.member_now(id)).collect();
        let answers = graph.delete_all(session.scope(), members).await;
        for (id, answer) in std::mem::take(&mut unsent).into_iter().zip(answers) {
            match answer {
                Ok(true) => drop(open.insert(id, None)),
                // A replica may be behind: the list has the last word.
                Ok(false) => unsent.push(id),
                // Intune refuses for a while what was registered a moment ago.
                Err(error) if error.kind() == ErrorKind::Refused => {
                    open.insert(id.clone(), Some(Trouble::met(&error)));
                    unsent.push(id);
                }
                Err(error) => return Err(error),
            }
        }
        // A deletion was answered for each, so what is not listed either is gone.
        let roll = Sought::ids(open.keys().map(String::as_str)).look(session, &about).await?;
        let gone: Vec<String> = open.keys().filter(|id| roll.get(id).is_none()).cloned().collect();
        for id in gone {
            open.remove(&id);
            left.gone.push(id);
        }
        if began.elapsed() > REFUSED_AT_MOST {
            let refused = open.iter().filter_map(|(id, trouble)| Some((id.clone(), trouble.clone()?)));
            left.refused.extend(refused);
            open.retain(|_, trouble| trouble.is_none());
        }
        unsent.retain(|id| open.contains_key(id));
        if open.is_empty() {
            break;
        }
        tracing::info!(open = open.len(), gone = left.gone.len(), "waiting for devices to be deregistered");
        let ended = |ended| graph::Error::ended(ended, "devices to be deregistered");
        session.scope().sleep(pause).await.map_err(ended)?;
        pause = pause.mul_f64(1.5).min(POLL_MAX);
    }
    Ok(())
}

/// Lets imports that are under way come to their end, since what the queue has taken cannot be called back. Answers the
/// devices that came of them: serial number and id.
async fn imports_ended(
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
        let about = once("devices whose import has ended");
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

const STILL_ENROLLED: &str = "A device that is enrolled in Intune may have to leave it first: delete it in the Intune admin \
    center (Devices > Windows), or apply `on_destroy = \"remove_from_intune\"` before.";
/// How long Intune may go on refusing what passes.
const REFUSED_AT_MOST: Duration = Duration::from_secs(120);
