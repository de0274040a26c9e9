//! Devices that come: registered, listed, brought to what is written of them, and awaited.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use serde_json::Value as Json;

use super::candidate::{Candidate, Status};
use super::hashes;
use super::many::{self, Completed};
use super::pace::Pace;
use super::properties::{Desired, reconcile};
use super::roll::{Roll, Sought, serial_of};
use super::settling::{all_in_entra, all_with_profiles};
use super::trouble::Trouble;
use crate::autopilot::devices::comparable;
use crate::autopilot::mapping::text_of;
use crate::autopilot::registration::Device;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph::Schedule;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::value::Value;

/// A device that is to come, and what it is to show.
pub(crate) struct Newcomer {
    pub(crate) candidate: Candidate,
    pub(crate) desired: Desired,
}

impl Newcomer {
    /// From a row as it is planned, and as it is configured, which alone has the hash.
    pub(crate) fn of(key: &str, planned: &Value, config: &Value, adopts: bool) -> Self {
        let text = |name: &str| text_of(planned, name).to_owned();
        let serial = key.trim().to_owned();
        let device = hashes::to_send(key, config).map(|hardware_hash| Device {
            serial_number: serial.clone(),
            hardware_hash,
            product_key: text("product_key"),
            group_tag: text("group_tag"),
            user: text("user_principal_name"),
        });
        Self { candidate: Candidate { serial, device, adopts }, desired: Desired::of(planned) }
    }
}

/// What became of them.
#[derive(Default)]
pub(crate) struct Arrived {
    statuses: HashMap<String, Status>,
    /// The devices as they were seen last.
    pub(crate) roll: Roll,
    /// What is not as written, by id.
    refused: HashMap<String, Trouble>,
    /// Why the rest was left.
    stopped: Option<Failure>,
}

/// Registers devices and brings them to what is written. What stops it is a warning, and no failure. `keep` is given devices
/// as they were before they are written over; what it cannot keep is left alone.
pub(crate) async fn arrive(
    cx: &Cx,
    session: &Session,
    newcomers: Vec<Newcomer>,
    waits_for_profiles: bool,
    keep: impl FnOnce(&[Json]) -> Result<(), Failure>,
) -> Arrived {
    let (mut candidates, mut desired) = (Vec::new(), HashMap::new());
    for one in newcomers {
        desired.insert(comparable(&one.candidate.serial), one.desired);
        candidates.push(one.candidate);
    }
    let Completed { mut statuses, former, took } = many::register(cx, session, candidates).await;
    refuse_unkept(&mut statuses, &desired, former, keep);
    let with_id = |(serial, desired)| match statuses.get(&serial) {
        Some(Status::Registered(id)) => Some((id.clone(), desired)),
        _ => None,
    };
    let desired: HashMap<String, Desired> = desired.into_iter().filter_map(with_id).collect();
    let schedule = Pace::of(desired.len()).afterwards(took);
    let mut arrived = Arrived { statuses, ..Arrived::default() };
    let settled = settle(cx, session, &mut arrived, &desired, schedule, waits_for_profiles);
    let settled = or_interrupted(cx, settled).await;
    arrived.stopped = settled.err();
    arrived
}

/// Has kept what is about to be written over, and refuses the devices of which it cannot be.
fn refuse_unkept(
    statuses: &mut HashMap<String, Status>,
    desired: &HashMap<String, Desired>,
    mut former: Vec<Json>,
    keep: impl FnOnce(&[Json]) -> Result<(), Failure>,
) {
    former.retain(|device| desired.get(&serial_of(device)).is_some_and(|one| !one.is_shown_by(device)));
    if former.is_empty() {
        return;
    }
    if let Err(failure) = keep(&former) {
        let trouble = Trouble::new("no_backup", failure.text());
        statuses.extend(former.iter().map(|one| (serial_of(one), Status::Refused(trouble.clone()))));
    }
}

async fn settle(
    cx: &Cx,
    session: &Session,
    arrived: &mut Arrived,
    desired: &HashMap<String, Desired>,
    schedule: Schedule,
    waits_for_profiles: bool,
) -> Result<(), Failure> {
    if desired.is_empty() {
        return Ok(());
    }
    let sought = Sought::ids(desired.keys().map(String::as_str));
    arrived.roll = sought.scheduled(session, "registered devices to be listed", schedule, |_| true).await?;
    (arrived.roll, arrived.refused) = reconcile(session, desired, std::mem::take(&mut arrived.roll)).await?;
    arrived.roll = all_in_entra(cx, session, &sought, schedule, std::mem::take(&mut arrived.roll)).await?;
    if waits_for_profiles {
        arrived.roll.extend(all_with_profiles(cx, session, &sought).await?);
    }
    Ok(())
}

impl Arrived {
    /// The id of a device, if it is registered, and what is wrong with it.
    pub(crate) fn of(&self, serial: &str) -> (Option<&str>, Option<&Trouble>) {
        match self.statuses.get(&comparable(serial)) {
            None => (None, None),
            Some(Status::Registered(id)) => (Some(id), self.refused.get(id)),
            Some(Status::Refused(trouble) | Status::Pending(trouble) | Status::Unsent(trouble)) => {
                (None, Some(trouble))
            }
        }
    }

    /// Whether none of them is registered, or ever may be by what was done.
    pub(crate) fn is_nothing(&self) -> bool {
        let is_nothing = |one: &Status| matches!(one, Status::Refused(_) | Status::Unsent(_));
        !self.statuses.is_empty() && self.statuses.values().all(is_nothing)
    }

    /// Warns of what is not as it should be.
    pub(crate) fn warn(&self, cx: &Cx, troubles: Option<String>) {
        if let Some(troubles) = troubles {
            let text = format!("{troubles}\n\nThey stand in `failed`, and the next apply tries them again.");
            cx.warn("Devices not registered, or not as written", text);
        }
        if let Some(stopped) = &self.stopped {
            cx.warn(
                "Registered devices are not complete yet",
                format!(
                    "Devices are registered, but what follows was not finished: {} Nothing is lost: apply again, and the rest \
                     is done.",
                    stopped.text()
                ),
            );
        }
    }
}

/// Work that ends soon after an interrupt, so that what is known is kept.
async fn or_interrupted<T>(cx: &Cx, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        biased;
        done = work => done,
        () = async {
            cx.cancel().cancelled().await;
            tokio::time::sleep(GRACE).await;
        } => Err(Failure::new("Interrupted", "Terraform was interrupted.")),
    }
}

/// Terraform's users expect an interrupt to take effect within five seconds.
const GRACE: Duration = Duration::from_secs(2);
