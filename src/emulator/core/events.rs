//! Lets what is on a tenant's agenda happen: the one place that knows which service an event is for.

use std::time::Duration;

use crate::emulator::world::event::Event;
use crate::emulator::world::tenant::Tenant;
use crate::emulator::{directory, intune};

/// Lets everything happen that is due, each at its own time.
pub(crate) fn catch_up(tenant: &mut Tenant) {
    // Bounded, because two events that schedule each other without latency would never end.
    for _ in 0..1_000_000 {
        let Some(event) = tenant.begin_next_event() else {
            return;
        };
        match event {
            Event::Directory(event) => directory::handle(event, tenant),
            Event::Intune(event) => intune::handle(event, tenant),
        }
        tenant.end_event();
    }
    tracing::error!("events keep scheduling one another; the rest waits for the next request");
}

/// Moves the clock and lets everything happen that becomes due.
pub(crate) fn step(tenant: &mut Tenant, by: Duration) {
    tenant.clock.step(by);
    catch_up(tenant);
}
