//! Powering on a laptop fresh from the factory: its first start, played against the tenant as it is configured.
//!
//! Nothing here knows how the tenant came to be so. A run reads what the services would read (registration, profile,
//! policies, groups, licences, status page, apps), stops where the real thing would stop, and leaves behind what the
//! real thing leaves: a joined device, a managed device, an Autopilot event.
//!
//! The request names the laptop and who unpacks it:
//!
//! | Property | Meaning |
//! |---|---|
//! | `serialNumber` | which laptop; the only one that must be there |
//! | `user` (or `userPrincipalName`) | who signs in: name or id. Left out: whoever the device is assigned to |
//! | `network` | whether there is a network (true) |
//! | `multiFactor` | whether the user passes a second factor when asked (true) |
//! | `osVersion`, `edition` | what is installed (`10.0.26100.4652`, `Pro`) |
//! | `apps` | how installations go: `[{"id": "..", "minutes": 5, "fails": false}]`, before what the collection `appInstallations` says |
//!
//! The answer has the steps in order (`name`, `outcome`, `reason`, `seconds`, what to do as `fix`, a status page's apps as
//! `parts`), where it stopped, and what was left;
//! `asIntended` says that it reached the desktop registered and with the profile it is to have, and not like any laptop. No
//! time passes in the tenant: the run ends now and began as long ago as its steps took.

use serde_json::{Value, json};

use super::world::collection::{Entity, text};
use super::world::tenant::Tenant;
use crate::emulator::world::collections::{APP_INSTALLATIONS, FACTORY_LAPTOPS, MANAGED_DEVICES};

mod apps;
mod enrollment;
mod event;
pub(crate) mod factory;
mod join;
mod profile;
mod run;
mod sign_in;
mod status_page;

/// Collections that Graph does not have, and a tenant's file may fill: laptops outside the tenant, and how apps behave.
pub(crate) const OWN_COLLECTIONS: [CollectionName; 2] = [APP_INSTALLATIONS, FACTORY_LAPTOPS];
use crate::emulator::world::collections::CollectionName;
use run::{Phase, Request, Run, Stopped};

/// Plays a first start. The text says what is wrong with the request.
pub(crate) fn power_on(tenant: &mut Tenant, request: &Value) -> Result<Value, String> {
    let request: Request = serde_json::from_value(request.clone())
        .map_err(|error| format!("the request cannot be read: {error}"))?;
    if request.serial_number.trim().is_empty() {
        return Err("a laptop has a \"serialNumber\"".to_owned());
    }
    let mut run = Run {
        tenant,
        request,
        steps: Vec::new(),
        identity: None,
        profile: None,
        follows_former_profile: false,
        user: None,
        entra_device: String::new(),
        device_name: String::new(),
        administrator: false,
        managed_device: None,
        page: None,
        device_phase: Phase::default(),
        account_phase: Phase::default(),
    };
    let end = run.play();
    Ok(run.report(end.err()))
}

impl Run<'_> {
    fn play(&mut self) -> Result<(), Stopped> {
        self.connect()?;
        self.find_registration()?;
        self.download_profile()?;
        self.show_pages();
        self.sign_in()?;
        self.join()?;
        self.enroll()?;
        self.set_up_device()?;
        self.set_up_account()?;
        self.reach_desktop();
        Ok(())
    }

    fn connect(&mut self) -> Result<(), Stopped> {
        match self.request.network {
            true => self.ok("network", 20, "The laptop is connected."),
            false => {
                return self.stop(
                    "network",
                    "There is no network. Without one the laptop cannot ask whether it belongs to an organization; \
                     connect it by cable or Wi-Fi.",
                    "Connect it by cable or Wi-Fi.",
                );
            }
        }
        Ok(())
    }

    fn reach_desktop(&mut self) {
        let account = match (&self.user, self.administrator) {
            (None, _) => "anybody who signs in",
            (Some(_), true) => "an administrator of this laptop",
            (Some(_), false) => "a standard user of this laptop",
        };
        let reason = format!("{} is ready for {account}.", self.device_name);
        self.ok("desktop", 30, reason);
    }

    fn report(mut self, stopped: Option<Stopped>) -> Value {
        let event = self.leave_event(stopped.is_some());
        let last = self.steps.last().filter(|_| stopped.is_some());
        let named = |entity: &Option<Entity>| {
            entity
                .as_ref()
                .map(|entity| json!({ "id": entity.get("id"), "displayName": entity.get("displayName") }))
        };
        let managed = self
            .managed_device
            .as_ref()
            .and_then(|device| self.tenant.collection(MANAGED_DEVICES).get(text(device, "id")));
        json!({
            "serialNumber": self.request.serial_number,
            "user": self.user.as_ref().and_then(|user| user.get("userPrincipalName")),
            "reachedDesktop": stopped.is_none(),
            "asIntended": stopped.is_none() && self.profile.is_some() && !self.follows_former_profile,
            "stoppedAt": last.map(|step| step.name),
            "reason": last.map(|step| step.reason.as_str()),
            "seconds": self.seconds(),
            "steps": self.steps,
            "deviceName": (!self.device_name.is_empty()).then_some(self.device_name.as_str()),
            "accountType": self.account_type(),
            "profile": named(&self.profile),
            "statusPage": named(&self.page),
            "managedDevice": managed,
            "autopilotEvent": event,
        })
    }

    fn account_type(&self) -> Option<&'static str> {
        let joined = self.user.is_some() && !self.entra_device.is_empty();
        joined.then_some(if self.administrator { "administrator" } else { "standard" })
    }
}
