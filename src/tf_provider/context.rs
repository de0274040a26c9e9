//! What a handler is given beside its values.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::diagnostics::Diagnostics;
use super::value::Value;

/// What a handler is given beside its values: the configured client, a deadline, the interrupt, and a place for what is
/// true already.
pub struct Context<C> {
    client: Arc<C>,
    cancel: CancellationToken,
    deadline: Instant,
    is_import: bool,
    notes: Arc<Notes>,
}

/// Data of the provider's own that Terraform stores beside the state, by key.
pub type Private = BTreeMap<String, serde_json::Value>;

/// What a handler leaves behind whatever its end: an answer, a failure, a panic.
#[derive(Default)]
pub(crate) struct Notes {
    kept: Mutex<Option<Value>>,
    private: Mutex<Private>,
    warnings: Mutex<Diagnostics>,
}

impl<C> Context<C> {
    pub(crate) fn new(client: Arc<C>, cancel: CancellationToken, limit: Duration, notes: Arc<Notes>) -> Self {
        let is_import = lock(&notes.private).remove(IMPORTED).is_some();
        Self { is_import, client, cancel, deadline: Instant::now() + limit, notes }
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
        *lock(&self.notes.kept) = Some(state);
    }

    /// Adds a warning to the answer.
    pub fn warn(&self, summary: impl Into<String>, detail: impl Into<String>) {
        lock(&self.notes.warnings).warning(summary, detail);
    }

    /// Whether this is the read that follows an import, when nothing is known of what the user writes and everything is
    /// worth showing.
    pub fn is_import(&self) -> bool {
        self.is_import
    }

    /// Reads a value stored beside the state.
    pub fn private(&self, key: &str) -> Option<serde_json::Value> {
        lock(&self.notes.private).get(key).cloned()
    }

    /// Stores a value beside the state; null removes it. Never store a secret: state files are plain text.
    pub fn set_private(&self, key: &str, value: serde_json::Value) {
        let mut private = lock(&self.notes.private);
        if value.is_null() {
            private.remove(key);
        } else {
            private.insert(key.to_owned(), value);
        }
    }
}

impl Notes {
    pub(crate) fn with_private(private: Private) -> Arc<Self> {
        Arc::new(Self { private: Mutex::new(private), ..Self::default() })
    }

    /// Tells the read that will follow that this was an import.
    pub(crate) fn mark_as_imported(&self) {
        lock(&self.private).insert(IMPORTED.to_owned(), serde_json::Value::Bool(true));
    }

    pub(crate) fn kept(&self) -> Option<Value> {
        lock(&self.kept).clone()
    }

    pub(crate) fn keep(&self, state: Value) {
        *lock(&self.kept) = Some(state);
    }

    pub(crate) fn private(&self) -> Private {
        lock(&self.private).clone()
    }

    pub(crate) fn warnings(&self) -> Diagnostics {
        lock(&self.warnings).clone()
    }
}

/// Key, beside the state, of the mark that an import leaves for the read that follows it.
const IMPORTED: &str = ".imported";

/// A panic elsewhere leaves these plain values whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
