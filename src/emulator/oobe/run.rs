//! One first start: what was asked for, what is known so far, and the steps it took.

use serde::{Deserialize, Serialize};

use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::IDENTITIES;
use crate::emulator::world::tenant::Tenant;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Request {
    pub(super) serial_number: String,
    #[serde(default, alias = "userPrincipalName")]
    pub(super) user: Option<String>,
    #[serde(default = "yes")]
    pub(super) network: bool,
    #[serde(default = "yes")]
    pub(super) multi_factor: bool,
    #[serde(default = "windows")]
    pub(super) os_version: String,
    #[serde(default = "pro")]
    pub(super) edition: String,
    #[serde(default)]
    pub(super) apps: Vec<Script>,
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
pub(super) enum StepOutcome {
    Ok,
    /// It went on, and somebody should know why it nearly had not.
    Warning,
    Skipped,
    Stopped,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct SetupStep {
    pub(super) name: &'static str,
    pub(super) outcome: StepOutcome,
    pub(super) reason: String,
    pub(super) seconds: u64,
    /// What to do about it, in the words in which it is asked for beforehand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
    /// What the step consisted of, one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<Part>,
}

/// A part of a status page's phase: the policies, or an app.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) outcome: StepOutcome,
    pub(super) seconds: u64,
}

/// The run is over before the desktop. The last step says why.
#[derive(Debug)]
pub(super) struct Stopped;

/// One first start, and what is known so far.
pub(super) struct Run<'t> {
    pub(super) tenant: &'t mut Tenant,
    pub(super) request: Request,
    pub(super) steps: Vec<SetupStep>,
    /// The registration with Autopilot.
    pub(super) identity: Option<Entity>,
    /// The profile that was downloaded.
    pub(super) profile: Option<Entity>,
    /// Whether the laptop is to have another profile by now.
    pub(super) follows_former_profile: bool,
    /// Who signed in; nobody on a shared device.
    pub(super) user: Option<Entity>,
    /// The object id of the directory's device.
    pub(super) entra_device: String,
    pub(super) device_name: String,
    pub(super) administrator: bool,
    pub(super) managed_device: Option<Entity>,
    /// The enrollment status page that applies.
    pub(super) page: Option<Entity>,
    pub(super) device_phase: Phase,
    pub(super) account_phase: Phase,
}

/// How the installation of one app goes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Script {
    pub(super) id: String,
    #[serde(default = "two")]
    pub(super) minutes: f64,
    #[serde(default)]
    pub(super) fails: bool,
}

fn two() -> f64 {
    MINUTES
}

/// How one of the page's two phases went.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase {
    /// A deployment state of Autopilot events; empty when the phase was not reached.
    pub(super) status: &'static str,
    pub(super) seconds: u64,
}

/// For whom a phase is, and what its apps are assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Device,
    User,
}

impl Run<'_> {
    pub(super) fn ok(&mut self, name: &'static str, seconds: u64, reason: impl Into<String>) {
        self.note(name, StepOutcome::Ok, seconds, reason.into());
    }

    pub(super) fn warn(&mut self, name: &'static str, seconds: u64, reason: impl Into<String>) {
        self.note(name, StepOutcome::Warning, seconds, reason.into());
    }

    pub(super) fn skip(&mut self, name: &'static str, reason: impl Into<String>) {
        self.note(name, StepOutcome::Skipped, 0, reason.into());
    }

    /// It goes on, but not as intended, and this is what to do about it.
    pub(super) fn warn_with_fix(
        &mut self,
        name: &'static str,
        seconds: u64,
        reason: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.warn(name, seconds, reason);
        self.fix_last(fix);
    }

    pub(super) fn stop<T>(
        &mut self,
        name: &'static str,
        reason: impl Into<String>,
        fix: impl Into<String>,
    ) -> Result<T, Stopped> {
        self.note(name, StepOutcome::Stopped, 0, reason.into());
        self.fix_last(fix);
        Err(Stopped)
    }

    pub(super) fn fix_last(&mut self, fix: impl Into<String>) {
        if let Some(step) = self.steps.last_mut() {
            step.fix = Some(fix.into());
        }
    }

    /// Tells of the last step what it consisted of.
    pub(super) fn divide_last(&mut self, parts: Vec<Part>) {
        if let Some(step) = self.steps.last_mut() {
            step.parts = parts;
        }
    }

    pub(super) fn note(&mut self, name: &'static str, outcome: StepOutcome, seconds: u64, reason: String) {
        self.steps.push(SetupStep { name, outcome, reason, seconds, fix: None, parts: Vec::new() });
    }

    pub(super) fn user_id(&self) -> Option<String> {
        self.user.as_ref().map(|user| text(user, "id").to_owned())
    }

    pub(super) fn seconds(&self) -> u64 {
        self.steps.iter().map(|step| step.seconds).sum()
    }

    /// Whether the profile is for a device without a user of its own.
    pub(super) fn is_shared(&self) -> bool {
        self.profile
            .as_ref()
            .is_some_and(|profile| profile["outOfBoxExperienceSetting"]["deviceUsageType"] == "shared")
    }

    /// Changes the stored registration, if there is one.
    pub(super) fn change_identity(&mut self, work: impl FnOnce(&mut Entity)) {
        let id = self.identity.as_ref().map(|identity| text(identity, "id"));
        if let Some(id) = id
            && let Some(identity) = self.tenant.collection_mut(IDENTITIES).get_mut(id)
        {
            work(identity);
        }
    }
}

/// How long an app takes when nothing else is said.
pub(super) const MINUTES: f64 = 2.0;
