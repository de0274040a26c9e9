//! What all connections share.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::state_file::Store;
use crate::emulator::core::Core;
use crate::emulator::core::shared::SharedCore;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) core: Arc<SharedCore>,
    /// Where state is kept, if anywhere.
    pub(super) store: Option<Store>,
    pub(crate) connections: TaskTracker,
    /// How long a client may take to send the headers of a request, and then its body.
    pub(super) patience: Duration,
}

impl Shared {
    pub(crate) fn new(core: Core, store: Option<Store>, patience: Duration) -> Arc<Self> {
        let core = Arc::new(SharedCore::new(core));
        Arc::new(Self { core, store, connections: TaskTracker::new(), patience })
    }

    /// Keeps the state file up to date until the emulator stops.
    pub(crate) async fn keep_saving(self: Arc<Self>) {
        if let Some(store) = &self.store {
            store.keep_saving(self.core.clone()).await;
        }
    }
}
