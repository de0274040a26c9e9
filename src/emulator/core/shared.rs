//! The core under its lock, and the end of it all: what the sockets, the page and a handle from outside share.

use parking_lot::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

use super::Core;

#[derive(Debug)]
pub(crate) struct SharedCore {
    core: Mutex<Core>,
    /// Cancelled when the emulator stops.
    pub(crate) stopping: CancellationToken,
}

impl SharedCore {
    pub(crate) fn new(core: Core) -> Self {
        Self { core: Mutex::new(core), stopping: CancellationToken::new() }
    }

    /// The core, locked. A panic under the lock was answered with 500 and leaves a usable tenant.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock()
    }
}
