//! The tenant a provider block names: a client of Graph, opened when it is first needed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use parking_lot::Mutex;
use serde_json::Value as Json;

use super::backup::Backups;
use super::page_order::PageOrder;
use super::readiness::TenantFacts;
use super::registration::Registrations;
use super::session::Session;
use super::shared::Shared;
use crate::graph::{Graph, Scope};
use crate::tf_provider::context::Context;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// What every handler of the product is given.
pub(crate) type Cx = Context<Tenant>;

impl Context<Tenant> {
    /// Opens a session for the operation. Fails if the provider's settings do not allow one.
    pub(crate) fn session(&self) -> Result<Session, Failure> {
        let graph = self.client().graph.clone()?;
        let left = self.deadline().saturating_duration_since(Instant::now());
        Ok(Session::new(graph, Scope::new(self.cancel().clone(), left)))
    }

    /// Whether a plan can be checked against the tenant. While the provider's settings are not known it cannot, and the first
    /// plan that lacks a check says so for all.
    pub(crate) fn can_check(&self) -> bool {
        let is_reachable = self.client().graph.is_ok();
        if !is_reachable && !self.client().was_reported(UNCHECKED) {
            self.warn(
                UNCHECKED,
                "The provider's settings are not known yet, so the tenant could not be asked: names and serial numbers that \
                 are taken, settings that are locked and the like are found only when this is applied. To have them checked, \
                 apply first what the provider block refers to (`terraform apply -target=...`), and plan again.",
            );
        }
        is_reachable
    }

    /// Keeps what is about to be written over for the first time, where the user wants that. Fails if it cannot be kept.
    pub(crate) fn back_up(&self, schema: &Schema, state: &Value, former: &Json) -> Result<(), Failure> {
        let tenant = self.client();
        tenant.backups.keep(self.type_name(), tenant.id(), schema, state, former)
    }
}

/// The tenant a provider block names.
///
/// While its settings are not known (they come from objects not created yet) or are wrong, it exists all the same, and
/// says so to whoever needs it first.
pub struct Tenant {
    graph: Result<Graph, Failure>,
    /// Its id, as the token tells it.
    id: Option<String>,
    claims: Mutex<BTreeMap<String, String>>,
    reported: Mutex<BTreeSet<String>>,
    status_pages: PageOrder,
    registrations: Registrations,
    backups: Backups,
    facts: Shared<TenantFacts>,
    entra_objects: Shared<HashMap<String, String>>,
}

impl Tenant {
    /// A tenant that can be reached, and its id where the token tells it.
    pub fn new(graph: Graph, id: Option<String>) -> Self {
        Self {
            graph: Ok(graph),
            id,
            claims: Mutex::default(),
            reported: Mutex::default(),
            status_pages: PageOrder::default(),
            registrations: Registrations::default(),
            backups: Backups::default(),
            facts: Shared::default(),
            entra_objects: Shared::default(),
        }
    }

    /// A tenant whose settings are not known yet, and why.
    pub fn unknown(why: Failure) -> Self {
        Self {
            graph: Err(why),
            id: None,
            claims: Mutex::default(),
            reported: Mutex::default(),
            status_pages: PageOrder::default(),
            registrations: Registrations::default(),
            backups: Backups::default(),
            facts: Shared::default(),
            entra_objects: Shared::default(),
        }
    }

    /// The same, and what is written over for the first time is kept there.
    pub(crate) fn keeping(self, backups: Backups) -> Self {
        Self { backups, ..self }
    }

    /// Its id, where the token tells it.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The client of Graph, or why there is none.
    pub(super) fn graph(&self) -> &Result<Graph, Failure> {
        &self.graph
    }

    /// Whether something that concerns many objects was reported before. It counts as reported from now on.
    pub(super) fn was_reported(&self, what: &str) -> bool {
        !self.reported.lock().insert(what.to_owned())
    }

    /// The turns in which status pages are written.
    pub(crate) fn status_pages(&self) -> &PageOrder {
        &self.status_pages
    }

    /// Claims, for `owner`, something that only one object of a tenant can have. Answers the other owner if this run has
    /// planned one already: two mistakes that are one, which no single resource could see.
    pub(crate) fn claim(&self, what: &str, owner: &str) -> Option<String> {
        let mut claims = self.claims.lock();
        let holder = claims.entry(what.to_owned()).or_insert_with(|| owner.to_owned());
        (holder != owner).then(|| holder.clone())
    }

    /// Takes a claim back: what was planned is carried out, or not planned any more.
    pub(crate) fn release(&self, what: &str) {
        let mut claims = self.claims.lock();
        claims.remove(what);
    }

    /// What readiness looks at that is the same for every device.
    pub(crate) fn facts(&self) -> &Shared<TenantFacts> {
        &self.facts
    }

    /// The object ids of all Autopilot devices by their device ids, for several fleets that look at the same time.
    pub(crate) fn entra_objects(&self) -> &Shared<HashMap<String, String>> {
        &self.entra_objects
    }

    /// Where registrations of devices meet.
    pub(crate) fn registrations(&self) -> &Registrations {
        &self.registrations
    }
}

const UNCHECKED: &str = "The plan was not checked against the tenant";
