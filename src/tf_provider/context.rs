//! What a handler is given beside its values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::addresses::Addresses;
use super::diagnostics::Diagnostics;
use super::value::Value;

/// What a handler is given beside its values: the configured client, a deadline, the interrupt, and a place for what is
/// true already.
pub struct Context<C> {
    client: Arc<C>,
    cancel: CancellationToken,
    deadline: Instant,
    is_import: bool,
    notes: Arc<PartialState>,
    addresses: Arc<Addresses>,
    type_name: &'static str,
}

/// Data of the provider's own that Terraform stores beside the state, by key.
pub type Private = BTreeMap<String, serde_json::Value>;

/// What a handler leaves behind whatever its end: an answer, a failure, a panic.
#[derive(Default)]
pub(crate) struct PartialState {
    kept: Mutex<Option<Value>>,
    private: Mutex<Private>,
    warnings: Mutex<Diagnostics>,
}

impl<C> Context<C> {
    pub(crate) fn new(
        client: Arc<C>,
        cancel: CancellationToken,
        limit: Duration,
        notes: Arc<PartialState>,
        addresses: Arc<Addresses>,
        type_name: &'static str,
    ) -> Self {
        let is_import = notes.private.lock().remove(IMPORTED).is_some();
        Self { client, cancel, deadline: Instant::now() + limit, is_import, notes, addresses, type_name }
    }

    /// For work that Terraform has not asked for.
    pub(crate) fn alone(
        client: Arc<C>,
        limit: Duration,
        notes: Arc<PartialState>,
        type_name: &'static str,
    ) -> Self {
        Self::new(client, CancellationToken::new(), limit, notes, Arc::default(), type_name)
    }

    /// The type whose handler is called.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// The client that configuring the provider made.
    pub fn client(&self) -> &C {
        &self.client
    }

    /// Cancelled when the user interrupts Terraform, or Terraform goes away.
    pub fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// When the operation has to be over.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Records what is true from now on. Should the operation end early (error, interrupt, even a panic), this is the
    /// state that is stored; unknown values in it become null.
    pub fn keep(&self, state: Value) {
        *self.notes.kept.lock() = Some(state);
    }

    /// Adds a warning to the answer.
    pub fn warn(&self, summary: impl Into<String>, detail: impl Into<String>) {
        self.notes.warnings.lock().warning(summary, detail);
    }

    /// Whether this is the read that follows an import, when nothing is known of what the user writes and everything is
    /// worth showing.
    pub fn is_import(&self) -> bool {
        self.is_import
    }

    /// Whether this state holds an object of the type with this id, at whatever address, as far as Terraform has shown the
    /// state to this process. What this plan replaces is in it.
    pub fn is_in_state(&self, id: &str) -> bool {
        let replaced = self.private(PLANNED);
        let is_replaced = replaced.as_ref().and_then(|id| id.as_str()).is_some_and(|replaced| replaced == id);
        is_replaced || self.addresses.is_held(self.type_name, id)
    }

    /// Enters the name that the planned object is to have, which is new to it if it is created or renamed. Answers whether
    /// another plan of this run has that name. The second half of a replacement takes what the first half took.
    pub fn is_name_taken(&self, name: &str, is_new: bool) -> bool {
        !self.is_replacement() && self.addresses.name(self.type_name, name, is_new)
    }

    /// The same of an object of another type.
    pub fn holds(&self, type_name: &str, id: &str) -> bool {
        self.addresses.is_held(type_name, id)
    }

    /// Whether an object of a type was made or taken over by another address of this run, and so is not to be removed.
    pub fn is_spared(&self, type_name: &str, id: &str) -> bool {
        self.addresses.is_made(type_name, id)
    }

    /// Whether this plan is the second half of a replacement: the object is planned anew, and the first half knew it.
    pub fn is_replacement(&self) -> bool {
        self.notes.private.lock().contains_key(PLANNED)
    }

    /// Reads a value stored beside the state.
    pub fn private(&self, key: &str) -> Option<serde_json::Value> {
        self.notes.private.lock().get(key).cloned()
    }

    /// Stores a value beside the state; null removes it. Never store a secret: state files are plain text.
    pub fn set_private(&self, key: &str, value: serde_json::Value) {
        let mut private = self.notes.private.lock();
        if value.is_null() {
            private.remove(key);
        } else {
            private.insert(key.to_owned(), value);
        }
    }
}

impl PartialState {
    pub(crate) fn with_private(private: Private) -> Arc<Self> {
        Arc::new(Self { private: Mutex::new(private), ..Self::default() })
    }

    /// Tells the read that will follow that this was an import.
    pub(crate) fn mark_as_imported(&self) {
        self.private.lock().insert(IMPORTED.to_owned(), serde_json::Value::Bool(true));
    }

    pub(crate) fn kept(&self) -> Option<Value> {
        self.kept.lock().clone()
    }

    pub(crate) fn keep(&self, state: Value) {
        *self.kept.lock() = Some(state);
    }

    pub(crate) fn private(&self) -> Private {
        self.private.lock().clone()
    }

    pub(crate) fn warnings(&self) -> Diagnostics {
        self.warnings.lock().clone()
    }
}

/// Key, in what Terraform carries from one plan call to the next, of the object that was planned.
pub(crate) const PLANNED: &str = ".planned";
/// Key, beside the state, of the mark that an import leaves for the read that follows it.
const IMPORTED: &str = ".imported";
