//! Many devices looked at together: in pages of the list, or one by one where they are few.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use serde_json::Value as Json;

use crate::autopilot::collection::{POLL_MAX, POLL_MIN, id};
use crate::autopilot::devices::{self, DEVICES, comparable, serial_number};
use crate::autopilot::session::Session;
use crate::graph::{self, Poll, Schedule, Search};
use crate::tf_provider::failure::Failure;

/// Devices that are looked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sought {
    ids: HashSet<String>,
    serials: HashSet<String>,
}

/// Devices that were found.
#[derive(Debug, Default)]
pub(crate) struct Roll {
    by_id: BTreeMap<String, Json>,
    by_serial: HashMap<String, Vec<String>>,
}

impl Sought {
    /// Those with these registration ids.
    pub(crate) fn ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        Self { ids: ids.into_iter().map(str::to_lowercase).collect(), serials: HashSet::new() }
    }

    /// Those with these serial numbers.
    pub(crate) fn serials<'a>(serials: impl IntoIterator<Item = &'a str>) -> Self {
        Self { ids: HashSet::new(), serials: serials.into_iter().map(comparable).collect() }
    }

    /// And those with these serial numbers.
    pub(crate) fn and_serials<'a>(self, serials: impl IntoIterator<Item = &'a str>) -> Self {
        Self { serials: serials.into_iter().map(comparable).collect(), ..self }
    }

    /// What the tenant shows of them. `about` names what is looked for: the first look may be answered from a list that was
    /// read a moment ago, another one about the same never is.
    pub(crate) async fn look(&self, session: &Session, about: &str) -> Result<Roll, graph::Error> {
        if self.ids.is_empty() && self.serials.is_empty() {
            return Ok(Roll::default());
        }
        match self.ids.len() + self.serials.len() {
            0..=FEW => self.one_by_one(session).await,
            _ => self.listed(session, about).await,
        }
    }

    /// The same by the list, where they are not expected: only the whole list is sure that there is none.
    pub(super) async fn listed(&self, session: &Session, about: &str) -> Result<Roll, graph::Error> {
        let sought = Arc::new(self.clone());
        let search = Search::new(about, move |device: &Json| sought.names(device));
        let found = session.graph().find(session.scope(), &DEVICES.collection(), search).await?;
        Ok(found.into_iter().collect())
    }

    /// The same where a device that is missing is certainly gone: two looks of different kinds agree.
    pub(crate) async fn find(&self, session: &Session, about: &str) -> Result<Roll, graph::Error> {
        if self.ids.len() <= FEW {
            let known = join_all(self.ids.iter().map(|id| devices::read(session, id))).await;
            let known: Vec<Option<Json>> = known.into_iter().collect::<Result<_, _>>()?;
            let mut roll: Roll = known.into_iter().flatten().collect();
            let others = Self { ids: HashSet::new(), serials: self.serials.clone() };
            roll.extend(others.look(session, about).await?);
            return Ok(roll);
        }
        let mut roll = self.look(session, about).await?;
        let missing: Vec<&String> = self.ids.iter().filter(|id| roll.get(id).is_none()).collect();
        if !missing.is_empty() {
            if !session.graph().is_local() {
                let ended = |ended| graph::Error::ended(ended, "a second look for missing devices");
                session.scope().sleep(REPLICATED_WITHIN).await.map_err(ended)?;
            }
            let collection = DEVICES.collection();
            let again = missing.iter().map(|id| session.graph().read_one(session.scope(), &collection, id));
            let again: Vec<Option<Json>> = join_all(again).await.into_iter().collect::<Result<_, _>>()?;
            roll.extend(again.into_iter().flatten().collect());
        }
        Ok(roll)
    }

    /// Looks until all of them are there and as they should be.
    pub(crate) async fn until(
        &self,
        session: &Session,
        what: &str,
        holds: impl Fn(&Json) -> bool,
    ) -> Result<Roll, Failure> {
        self.scheduled(session, what, Schedule::growing(POLL_MIN, POLL_MAX), holds).await
    }

    /// The same as often as `schedule` says.
    pub(super) async fn scheduled(
        &self,
        session: &Session,
        what: &str,
        schedule: Schedule,
        holds: impl Fn(&Json) -> bool,
    ) -> Result<Roll, Failure> {
        let about = once(what);
        graph::wait(what, session.scope(), schedule, || async {
            let roll = self.look(session, &about).await?;
            let open = self.ids.iter().filter(|id| !roll.get(id).is_some_and(&holds)).count();
            Ok::<_, Failure>(match open {
                0 => Poll::Ready(roll),
                open => Poll::Pending(format!("{open} of {} are not as far", self.ids.len())),
            })
        })
        .await
    }

    fn names(&self, device: &Json) -> bool {
        self.ids.contains(&id(device).to_lowercase())
            || (!self.serials.is_empty() && self.serials.contains(&serial_of(device)))
    }

    async fn one_by_one(&self, session: &Session) -> Result<Roll, graph::Error> {
        // Whoever waits for a few would read the list again and again, of which each page is dearer than a look at them.
        let collection = DEVICES.collection().one_by_one();
        let by_id = self.ids.iter().map(|id| session.graph().read_one(session.scope(), &collection, id));
        let by_serial = self.serials.iter().map(|serial| devices::all_with_serial(session, serial));
        let (by_id, by_serial) = futures_util::join!(try_join_all(by_id), try_join_all(by_serial));
        Ok(by_id?.into_iter().flatten().chain(by_serial?.into_iter().flatten()).collect())
    }
}

impl Roll {
    /// The device with this registration id.
    pub(crate) fn get(&self, id: &str) -> Option<&Json> {
        self.by_id.get(&id.to_lowercase())
    }

    /// The devices with this serial number.
    pub(crate) fn with_serial(&self, serial: &str) -> Vec<&Json> {
        let ids = self.by_serial.get(&comparable(serial));
        ids.into_iter().flatten().filter_map(|id| self.by_id.get(id)).collect()
    }

    /// All of them, by their ids.
    pub(crate) fn devices(&self) -> impl Iterator<Item = &Json> {
        self.by_id.values()
    }

    /// Takes others in.
    pub(crate) fn extend(&mut self, others: Self) {
        for device in others.by_id.into_values() {
            self.insert(device);
        }
    }

    fn insert(&mut self, device: Json) {
        let (id, serial) = (id(&device).to_lowercase(), serial_of(&device));
        if self.by_id.insert(id.clone(), device).is_none() {
            self.by_serial.entry(serial).or_default().push(id);
        }
    }
}

impl FromIterator<Json> for Roll {
    fn from_iter<I: IntoIterator<Item = Json>>(devices: I) -> Self {
        let mut roll = Self::default();
        devices.into_iter().for_each(|device| roll.insert(device));
        roll
    }
}

/// A name for a look that is answered by no earlier one.
pub(crate) fn once(about: &str) -> String {
    format!("{about} {}", uuid::Uuid::new_v4())
}

/// The serial number of a device, in the form of [`comparable`].
pub(super) fn serial_of(device: &Json) -> String {
    comparable(serial_number(device))
}

/// Up to so many devices are looked at one by one, which in a large tenant is less than all pages of the list.
const FEW: usize = 10;
/// After which time a second look is worth something, as in `collection.rs`.
const REPLICATED_WITHIN: Duration = Duration::from_secs(5);
