//! What the sockets, the page and a handle from outside share: the core under its lock, and the end of it all.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::state_file::Store;
use crate::emulator::core::Core;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    core: Mutex<Core>,
    /// Where state is kept, if anywhere.
    pub(crate) store: Option<Store>,
    pub(crate) stopping: CancellationToken,
    pub(crate) connections: TaskTracker,
    /// How long a client may take to send the headers of a request, and then its body.
    pub(crate) patience: Duration,
}

impl Shared {
    pub(crate) fn new(core: Core, store: Option<Store>, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            core: Mutex::new(core),
            store,
            stopping: CancellationToken::new(),
            connections: TaskTracker::new(),
            patience,
        })
    }

    /// Keeps the state file up to date until the emulator stops.
    pub(crate) async fn keep_saving(self: Arc<Self>) {
        if let Some(store) = &self.store {
            store.keep_saving(self.clone()).await;
        }
    }

    /// The core, locked. A panic under the lock was answered with 500 and leaves a usable tenant.
    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock()
    }
}
