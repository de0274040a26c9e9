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
//! The answer has the steps in order (`name`, `outcome`, `reason`, `seconds`), where it stopped, and what was left;
//! `asIntended` says that it reached the desktop registered and with the profile it is to have, and not like any laptop. No
//! time passes in the tenant: the run ends now and began as long ago as its steps took.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::world::collection::{Entity, text};
use super::world::tenant::Tenant;
use crate::emulator::world::collections::{APP_INSTALLATIONS, FACTORY_LAPTOPS, IDENTITIES, MANAGED_DEVICES};

mod apps;
mod enrollment;
mod event;
pub(crate) mod factory;
mod join;
mod profile;
mod sign_in;
mod status_page;

/// Collections that Graph does not have, and a tenant's file may fill: laptops outside the tenant, and how apps behave.
pub(crate) const OWN_COLLECTIONS: [CollectionName; 2] = [APP_INSTALLATIONS, FACTORY_LAPTOPS];
use crate::emulator::world::collections::CollectionName;
use status_page::Phase;

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

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    serial_number: String,
    #[serde(default, alias = "userPrincipalName")]
    user: Option<String>,
    #[serde(default = "yes")]
    network: bool,
    #[serde(default = "yes")]
    multi_factor: bool,
    #[serde(default = "windows")]
    os_version: String,
    #[serde(default = "pro")]
    edition: String,
    #[serde(default)]
    apps: Vec<apps::Script>,
}

fn yes() -> bool {
    true
}

fn windows() -> String {
    "10.0.26100.4652".to_owned()
}

fn pro() -> String {
    "Pro".to_owned()
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    Ok,
    /// It went on, and somebody should know why it nearly had not.
    Warning,
    Skipped,
    Stopped,
}

#[derive(Debug, Clone, Serialize)]
struct Step {
    name: &'static str,
    outcome: Outcome,
    reason: String,
    seconds: u64,
}

/// The run is over before the desktop. The last step says why.
#[derive(Debug)]
struct Stopped;

/// One first start, and what is known so far.
struct Run<'t> {
    tenant: &'t mut Tenant,
    request: Request,
    steps: Vec<Step>,
    /// The registration with Autopilot.
    identity: Option<Entity>,
    /// The profile that was downloaded.
    profile: Option<Entity>,
    /// Whether the laptop is to have another profile by now.
    follows_former_profile: bool,
    /// Who signed in; nobody on a shared device.
    user: Option<Entity>,
    /// The object id of the directory's device.
    entra_device: String,
    device_name: String,
    administrator: bool,
    managed_device: Option<Entity>,
    /// The enrollment status page that applies.
    page: Option<Entity>,
    device_phase: Phase,
    account_phase: Phase,
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

    fn ok(&mut self, name: &'static str, seconds: u64, reason: impl Into<String>) {
        self.note(name, Outcome::Ok, seconds, reason.into());
    }

    fn warn(&mut self, name: &'static str, seconds: u64, reason: impl Into<String>) {
        self.note(name, Outcome::Warning, seconds, reason.into());
    }

    fn skip(&mut self, name: &'static str, reason: impl Into<String>) {
        self.note(name, Outcome::Skipped, 0, reason.into());
    }

    fn stop<T>(&mut self, name: &'static str, reason: impl Into<String>) -> Result<T, Stopped> {
        self.note(name, Outcome::Stopped, 0, reason.into());
        Err(Stopped)
    }

    fn note(&mut self, name: &'static str, outcome: Outcome, seconds: u64, reason: String) {
        self.steps.push(Step { name, outcome, reason, seconds });
    }

    fn user_id(&self) -> Option<String> {
        self.user.as_ref().map(|user| text(user, "id").to_owned())
    }

    fn seconds(&self) -> u64 {
        self.steps.iter().map(|step| step.seconds).sum()
    }

    /// Whether the profile is for a device without a user of its own.
    fn is_shared(&self) -> bool {
        self.profile
            .as_ref()
            .is_some_and(|profile| profile["outOfBoxExperienceSetting"]["deviceUsageType"] == "shared")
    }

    /// Changes the stored registration, if there is one.
    fn change_identity(&mut self, work: impl FnOnce(&mut Entity)) {
        let id = self.identity.as_ref().map(|identity| text(identity, "id"));
        if let Some(id) = id
            && let Some(identity) = self.tenant.collection_mut(IDENTITIES).get_mut(id)
        {
            work(identity);
        }
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
