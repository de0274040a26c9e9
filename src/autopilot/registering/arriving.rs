//! Devices that come: registered, listed, brought to what is written of them, and awaited.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use serde_json::Value as Json;

use super::many::{self, Candidate, Outcome, Standing};
use super::properties::{Wish, put_right};
use super::roll::{Roll, Sought, serial_of};
use super::settling::{all_in_entra, all_with_profiles};
use super::trouble::Trouble;
use crate::autopilot::devices::comparable;
use crate::autopilot::one_device::SINGLE;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::tf_provider::failure::Failure;

/// A device that is to come, and what it is to show.
pub(crate) struct Newcomer {
    pub(crate) candidate: Candidate,
    pub(crate) wish: Wish,
}

/// What became of them.
#[derive(Default)]
pub(crate) struct Arrived {
    standings: HashMap<String, Standing>,
    /// The devices as they were seen last.
    pub(crate) roll: Roll,
    /// What is not as written, by id.
    refused: HashMap<String, Trouble>,
    /// Why the rest was left.
    stopped: Option<Failure>,
}

/// Registers devices and brings them to what is written. What stops it is told, and is no failure. `keep` is given devices
/// as they were before they are written over; what it cannot keep is left alone.
pub(crate) async fn arrive(
    cx: &Cx,
    session: &Session,
    newcomers: Vec<Newcomer>,
    waits_for_profiles: bool,
    keep: impl FnOnce(&[Json]) -> Result<(), Failure>,
) -> Arrived {
    let (mut candidates, mut wishes) = (Vec::new(), Vec::new());
    for Newcomer { candidate, wish } in newcomers {
        wishes.push((comparable(&candidate.serial), wish));
        candidates.push(candidate);
    }
    let Outcome { mut standings, former } =
        many::register(session, cx.client().registrations(), candidates, &|id| cx.holds(SINGLE, id)).await;
    refuse_unkept(&mut standings, &wishes, former, keep);
    let mut arrived = Arrived { standings, ..Arrived::default() };
    let with_id = |(serial, wish): (String, Wish)| match arrived.standings.get(&serial) {
        Some(Standing::Registered(id)) => Some(Wish { id: id.clone(), ..wish }),
        _ => None,
    };
    let wishes: Vec<Wish> = wishes.into_iter().filter_map(with_id).collect();
    let settled = settle(cx, session, &mut arrived, &wishes, waits_for_profiles);
    let outcome = or_interrupted(cx, settled).await;
    arrived.stopped = outcome.err();
    arrived
}

/// Has kept what is about to be written over, and refuses the devices of which it cannot be.
fn refuse_unkept(
    standings: &mut HashMap<String, Standing>,
    wishes: &[(String, Wish)],
    mut former: Vec<Json>,
    keep: impl FnOnce(&[Json]) -> Result<(), Failure>,
) {
    let wishes: HashMap<&str, &Wish> = wishes.iter().map(|(serial, wish)| (serial.as_str(), wish)).collect();
    former.retain(|device| {
        wishes.get(serial_of(device).as_str()).is_some_and(|wish| !wish.is_shown_by(device))
    });
    if former.is_empty() {
        return;
    }
    if let Err(failure) = keep(&former) {
        let trouble = Trouble::new("no_backup", failure.text());
        standings.extend(former.iter().map(|one| (serial_of(one), Standing::Refused(trouble.clone()))));
    }
}

async fn settle(
    cx: &Cx,
    session: &Session,
    arrived: &mut Arrived,
    wishes: &[Wish],
    waits_for_profiles: bool,
) -> Result<(), Failure> {
    if wishes.is_empty() {
        return Ok(());
    }
    let sought = Sought::ids(wishes.iter().map(|wish| wish.id.as_str()));
    arrived.roll = sought.until(session, "registered devices to be listed", |_| true).await?;
    (arrived.roll, arrived.refused) = put_right(session, wishes, std::mem::take(&mut arrived.roll)).await?;
    arrived.roll.extend(all_in_entra(cx, session, &sought).await?);
    if waits_for_profiles {
        arrived.roll.extend(all_with_profiles(cx, session, &sought).await?);
    }
    Ok(())
}

impl Arrived {
    /// How a device stands; a refusal of its tag, name or user comes beside.
    pub(crate) fn of(&self, serial: &str) -> (Option<&Standing>, Option<&Trouble>) {
        let standing = self.standings.get(&comparable(serial));
        let trouble = match standing {
            Some(Standing::Registered(id)) => self.refused.get(id),
            _ => None,
        };
        (standing, trouble)
    }

    /// Whether none of them is registered, or ever may be by what was done.
    pub(crate) fn is_nothing(&self) -> bool {
        let is_nothing = |one: &Standing| matches!(one, Standing::Refused(_) | Standing::Unsent(_));
        !self.standings.is_empty() && self.standings.values().all(is_nothing)
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

/// Work that ends soon after an interrupt, so that what is known is told.
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
