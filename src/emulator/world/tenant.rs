//! Everything a tenant holds.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::applications::Registrations;
use super::behaviour::Behaviour;
use super::clock::{Clock, Latencies};
use super::collection::Collection;
use super::collections::CollectionName;
use super::event::{Event, IntuneEvent};
use super::random::Random;

/// All state of the emulated tenant. Handlers, events and tests change it directly.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// The directory (tenant) id, a GUID.
    pub id: String,
    /// The organization's name.
    pub display_name: String,
    /// Verified domains; the first is the default one.
    pub domains: Vec<String>,
    /// How long things take.
    #[serde(default)]
    pub latencies: Latencies,
    /// Answers about which the real service is not consistent.
    #[serde(default)]
    pub behaviour: Behaviour,
    /// Who may sign in as an application, and what was granted.
    #[serde(default)]
    pub(crate) registrations: Registrations,
    #[serde(default, with = "shared")]
    collections: BTreeMap<CollectionName, Arc<Collection>>,
    #[serde(default)]
    agenda: Vec<Appointment>,
    #[serde(skip, default = "Clock::real")]
    pub(crate) clock: Clock,
    #[serde(default = "default_random")]
    pub(crate) random: Random,
    #[serde(skip)]
    changes: u64,
    /// When the event was due that happens at present.
    #[serde(skip)]
    happening: Option<OffsetDateTime>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Appointment {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    event: Event,
}

impl Tenant {
    /// A tenant that holds nothing yet.
    pub(crate) fn empty(id: &str, display_name: &str, domains: Vec<String>, seed: u64) -> Self {
        Self {
            id: id.to_owned(),
            display_name: display_name.to_owned(),
            domains,
            latencies: Latencies::none(),
            behaviour: Behaviour::default(),
            registrations: Registrations::default(),
            collections: BTreeMap::new(),
            agenda: Vec::new(),
            clock: Clock::real(),
            random: Random::new(seed),
            changes: 0,
            happening: None,
        }
    }

    /// The objects of one collection; empty when there are none.
    pub fn collection(&self, name: CollectionName) -> &Collection {
        static NOTHING: LazyLock<Collection> = LazyLock::new(Collection::default);
        self.collections.get(&name).map_or(&NOTHING, |collection| collection)
    }

    /// The same, to be changed.
    pub fn collection_mut(&mut self, name: CollectionName) -> &mut Collection {
        self.changes += 1;
        let collection = Arc::make_mut(self.collections.entry(name).or_default());
        collection.begin_edition();
        collection
    }

    /// What the tenant's clock shows; while an event happens, the time at which it was due.
    pub fn now(&self) -> OffsetDateTime {
        self.happening.unwrap_or_else(|| self.clock.now())
    }

    /// Lets `event` happen when the real service would need `latency` for it, shortened by the clock's scale. Events
    /// happen in the order of their time, those of equal time in the order in which they were scheduled.
    pub(crate) fn schedule(&mut self, latency: Duration, event: impl Into<Event>) {
        let at = self.now() + self.clock.scaled_duration(latency);
        let place = self.agenda.partition_point(|appointment| appointment.at <= at);
        self.agenda.insert(place, Appointment { at, event: event.into() });
        self.changes += 1;
    }

    /// The moment at which something is over that takes `latency` in the real service.
    pub(crate) fn moment_after(&self, latency: Duration) -> OffsetDateTime {
        self.now() + self.clock.scaled_duration(latency)
    }

    /// What is on the agenda and has not happened.
    pub(crate) fn scheduled(&self) -> impl Iterator<Item = &Event> {
        self.agenda.iter().map(|appointment| &appointment.event)
    }

    /// Lets devices follow a change of groups or assignments when Intune would have noticed. Changes that come before it
    /// looks are seen in one go.
    pub(crate) fn resolve_profiles_later(&mut self) {
        let event = Event::from(IntuneEvent::ResolveProfiles);
        if !self.scheduled().any(|scheduled| *scheduled == event) {
            self.schedule(self.latencies.profile_assignment, event);
        }
    }

    /// Takes events off the agenda that have become pointless.
    pub(crate) fn cancel(&mut self, mut pointless: impl FnMut(&Event) -> bool) {
        self.agenda.retain(|appointment| !pointless(&appointment.event));
        self.changes += 1;
    }

    /// A new lower-case GUID.
    pub(crate) fn new_guid(&mut self) -> String {
        self.random.guid()
    }

    /// Takes the next event that is due off the agenda. Until [`Tenant::end_event`], now is the time at which it was due.
    pub(crate) fn begin_next_event(&mut self) -> Option<Event> {
        let now = self.now();
        if self.agenda.first().is_none_or(|next| next.at > now) {
            return None;
        }
        self.changes += 1;
        let Appointment { at, event } = self.agenda.remove(0);
        self.happening = Some(at);
        Some(event)
    }

    /// Says that what the event does is done.
    pub(crate) fn end_event(&mut self) {
        self.happening = None;
    }

    /// Counts what may have changed the tenant: equal numbers mean an unchanged tenant.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Notes a change that was made outside a collection.
    pub(crate) fn touch(&mut self) {
        self.changes += 1;
    }

    /// Counts on from another tenant's changes, whose place this one takes.
    pub(crate) fn continue_after(&mut self, changes: u64) {
        self.changes += changes + 1;
    }

    /// All collections by name.
    pub(crate) fn collections(&self) -> impl Iterator<Item = (CollectionName, &Collection)> {
        self.collections.iter().map(|(name, collection)| (*name, &**collection))
    }

    /// Everything but the collections.
    pub(crate) fn without_collections(&self) -> Self {
        Self { collections: BTreeMap::new(), ..self.clone() }
    }

    /// Takes collections over, as [`Tenant::collections`] gave them.
    pub(crate) fn adopt(&mut self, collections: BTreeMap<CollectionName, Collection>) {
        self.collections = collections.into_iter().map(|(name, all)| (name, Arc::new(all))).collect();
    }

    /// The collections as they are now. Cheap: a collection is copied when it is next changed.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot(self.collections.clone())
    }

    /// Shows another moment's collections, and gives back the present ones.
    pub(crate) fn exchange(&mut self, snapshot: Snapshot) -> Snapshot {
        Snapshot(std::mem::replace(&mut self.collections, snapshot.0))
    }
}

/// The collections of one moment.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot(BTreeMap<CollectionName, Arc<Collection>>);

fn default_random() -> Random {
    Random::new(0)
}

/// Collections behind their pointers, written and read as if there were none.
mod shared {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Collection, CollectionName};

    type Collections = BTreeMap<CollectionName, Arc<Collection>>;

    pub(crate) fn serialize<S: Serializer>(all: &Collections, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(all.iter().map(|(name, collection)| (name, &**collection)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Collections, D::Error> {
        let all = BTreeMap::<CollectionName, Collection>::deserialize(deserializer)?;
        Ok(all.into_iter().map(|(name, collection)| (name, Arc::new(collection))).collect())
    }
}
