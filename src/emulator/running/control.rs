//! The handle by which a test looks into a running emulator.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::credentials::Credentials;
use crate::emulator::core::events;
use crate::emulator::core::faults::Fault;
use crate::emulator::core::journal::{Exchange, Violation};
use crate::emulator::server::shared::Shared;
use crate::emulator::world::tenant::Tenant;
use crate::emulator::{directory, login, oobe};

/// Direct access to a running emulator. Everything here waits for the request that is being answered, so never call
/// it from within [`Control::with_tenant`].
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) shared: Arc<Shared>,
}

impl Control {
    /// Reads or changes the tenant between two requests. What is due happens before and after.
    pub fn with_tenant<T>(&self, work: impl FnOnce(&mut Tenant) -> T) -> T {
        let mut core = self.shared.core.lock();
        events::catch_up(&mut core.tenant);
        let before = core.tenant.changes();
        let result = work(&mut core.tenant);
        if core.tenant.changes() != before {
            directory::objects_changed(&mut core.tenant);
        }
        events::catch_up(&mut core.tenant);
        result
    }

    /// Moves the clock forward and lets everything happen that becomes due.
    pub fn step(&self, by: Duration) {
        let mut core = self.shared.core.lock();
        events::step(&mut core.tenant, by);
    }

    /// Sets a fault.
    ///
    /// # Panics
    /// When its path is no regular expression or its status no HTTP status.
    pub fn add_fault(&self, fault: Fault) {
        if let Err(reason) = self.shared.core.lock().add_fault(fault) {
            panic!("{reason}");
        }
    }

    /// Takes all faults back.
    pub fn clear_faults(&self) {
        self.shared.core.lock().faults.clear();
    }

    /// What was asked so far, oldest first.
    pub fn requests(&self) -> Vec<Exchange> {
        self.shared.core.lock().journal.exchanges().cloned().collect()
    }

    /// Forgets requests and violations.
    pub fn clear_requests(&self) {
        self.shared.core.lock().journal.clear();
    }

    /// Where clients broke the contract.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.core.lock().journal.violations().to_vec()
    }

    /// The whole tenant as JSON.
    pub fn state(&self) -> Value {
        serde_json::to_value(&self.shared.core.lock().tenant).unwrap_or_default()
    }

    /// Signs the tenant's administrator in, in person, with the public client, and returns the refresh token that a
    /// device code would have led to.
    pub fn sign_in_administrator(&self) -> String {
        let administrator = self.shared.core.lock().tenant.registrations.approve_as.clone();
        self.sign_in(administrator.as_deref().unwrap_or(directory::sample::ADMINISTRATOR))
    }

    /// The same for anybody.
    pub fn sign_in(&self, user_principal_name: &str) -> String {
        self.with_tenant(|tenant| {
            let client_id = Credentials::of(tenant).public_client_id;
            login::issue_refresh_token(tenant, &client_id, user_principal_name)
        })
    }

    /// Powers a device on; see `POST /_emulator/power-on`.
    ///
    /// # Errors
    /// A text that says what is wrong with the request.
    pub fn power_on(&self, request: &Value) -> Result<Value, String> {
        self.with_tenant(|tenant| oobe::power_on(tenant, request))
    }

    /// A laptop fresh from the factory, with its `hardwareHash`; see `POST /_emulator/laptops`.
    ///
    /// # Errors
    /// A text that says what is wrong with the request.
    pub fn laptop(&self, request: &Value) -> Result<Value, String> {
        self.with_tenant(|tenant| oobe::factory::laptop(tenant, request))
    }

    /// Begins again with the seed; faults and log are emptied too.
    pub fn reset(&self) {
        self.shared.core.lock().reset();
    }
}
