//! The enrollment status page: which one applies, and what it waits for.

use serde_json::Value;

use super::run::{Run, Stopped};
use crate::emulator::intune::enrollment::{STATUS_PAGE_KIND, is_default, the_default};
use crate::emulator::intune::target::{Memberships, Target};
use crate::emulator::intune::views::held;
use crate::emulator::oobe::run::{Phase, StepOutcome, Whose};
use crate::emulator::rules::assignment_filter::{self, Facts};
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{CONFIGURATIONS, FILTERS};

/// Whether an assignment means a device, by itself or through groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Device,
    User,
}

impl Run<'_> {
    pub(crate) fn set_up_device(&mut self) -> Result<(), Stopped> {
        const STEP: &str = "device setup";
        let (page, how) = self.find_page();
        let shows = page.get("showInstallationProgress").is_some_and(|shows| shows == true);
        let name = text(&page, "displayName").to_owned();
        self.page = Some(page.clone());
        if !shows {
            self.device_phase.status = "disabled";
            self.skip(
                STEP,
                format!(
                    "The status page {name:?} ({how}) shows no progress: apps install while the user works."
                ),
            );
            return Ok(());
        }
        // What is chosen for users says nothing about the time before there is one.
        let chosen = match how {
            How::User => Vec::new(),
            How::Device | How::Default => selected(&page),
        };
        self.set_up(STEP, &page, how, Whose::Device, &chosen)
    }

    pub(crate) fn set_up_account(&mut self) -> Result<(), Stopped> {
        const STEP: &str = "account setup";
        let Some(page) = self.page.clone() else {
            return Ok(());
        };
        let shows = page.get("showInstallationProgress").is_some_and(|shows| shows == true);
        if self.user.is_none() {
            self.account_phase.status = "disabled";
            self.skip(STEP, "A shared device has no account to set up.");
            return Ok(());
        }
        if !shows {
            self.account_phase.status = "disabled";
            self.skip(STEP, "The status page shows no progress.");
            return Ok(());
        }
        let chosen = selected(&page);
        self.set_up(STEP, &page, How::User, Whose::User, &chosen)
    }

    fn set_up(
        &mut self,
        step: &'static str,
        page: &Entity,
        how: How,
        whose: Whose,
        chosen: &[String],
    ) -> Result<(), Stopped> {
        let waiting = self.wait_for_apps(page, whose, chosen);
        let phase = Phase { status: "success", seconds: waiting.seconds };
        let name = text(page, "displayName");
        let intro = match whose {
            Whose::Device => format!("Status page {name:?} ({how}). "),
            Whose::User => String::new(),
        };
        let Some(failure) = waiting.failure else {
            self.set_phase(whose, phase);
            let seconds = waiting.seconds;
            self.ok(step, seconds, format!("{intro}{}", waiting.summary));
            self.divide_last(waiting.parts);
            return Ok(());
        };
        let fix = match waiting.has_no_time {
            true => format!("Give the page `{name}` a `timeout_minutes` of 60 or more."),
            false => {
                "Look at the app in the Intune admin center, or take it out of `blocking_app_ids`.".to_owned()
            }
        };
        let flag = |name: &str| page.get(name).is_some_and(|value| value == true);
        let goes_on = if flag("blockDeviceSetupRetryByUser") {
            Some("the page does not block the laptop, and the user went on")
        } else if flag("allowDeviceUseOnInstallFailure") {
            Some("the page lets the user go on anyway")
        } else {
            None
        };
        let message = match text(page, "customErrorMessage") {
            "" => "Setup could not be completed. Please try again or contact your support person for help.",
            message => message,
        };
        if let Some(goes_on) = goes_on {
            let status = if waiting.timed_out { "successWithTimeout" } else { "success" };
            self.set_phase(whose, Phase { status, ..phase });
            self.warn_with_fix(step, waiting.seconds, format!("{intro}{failure} Still, {goes_on}."), fix);
            self.divide_last(waiting.parts);
            return Ok(());
        }
        let way_out = match flag("allowDeviceResetOnInstallFailure") {
            true => "The user can reset the laptop.",
            false => "The user can only call for help.",
        };
        self.set_phase(whose, Phase { status: "failure", ..phase });
        self.note(
            step,
            StepOutcome::Stopped,
            waiting.seconds,
            format!("{intro}{failure} The page says: {message} {way_out}"),
        );
        self.fix_last(fix);
        self.divide_last(waiting.parts);
        Err(Stopped)
    }

    fn set_phase(&mut self, whose: Whose, phase: Phase) {
        match whose {
            Whose::Device => self.device_phase = phase,
            Whose::User => self.account_phase = phase,
        }
    }

    /// The strongest page for the device, else the strongest for its user, else the default.
    fn find_page(&mut self) -> (Entity, How) {
        let mut pages: Vec<Entity> = self
            .tenant
            .collection(CONFIGURATIONS)
            .iter()
            .filter(|one| text(one, "deviceEnrollmentConfigurationType") == STATUS_PAGE_KIND)
            .filter(|one| !is_default(one))
            .cloned()
            .collect();
        pages.sort_by_key(|page| page.get("priority").and_then(Value::as_i64).unwrap_or_default());
        for (wanted, how) in [(Match::Device, How::Device), (Match::User, How::User)] {
            let found = pages.iter().find(|page| self.applies(page, wanted));
            if let Some(page) = found {
                return (page.clone(), how);
            }
        }
        let default = the_default(self.tenant, "_DefaultWindows10EnrollmentCompletionPageConfiguration");
        (default.cloned().unwrap_or_default(), How::Default)
    }

    fn applies(&self, holder: &Entity, wanted: Match) -> bool {
        let matched = |assignment: &Entity| self.matched(assignment) == Some(wanted);
        !self.is_excluded(holder) && held(holder, "assignments").any(matched)
    }

    /// Whether an app or page is assigned to the laptop or to its user.
    pub(crate) fn is_assigned(&self, assignment: &Entity, whose: Whose) -> bool {
        let wanted = match whose {
            Whose::Device => Match::Device,
            Whose::User => Match::User,
        };
        self.matched(assignment) == Some(wanted)
    }

    pub(crate) fn is_excluded(&self, holder: &Entity) -> bool {
        let mut memberships = Memberships::default();
        let user = self.user_id();
        held(holder, "assignments").any(|assignment| match Target::of_assignment(assignment) {
            Target::Excluded(group) => {
                memberships.has(self.tenant, &group, &self.entra_device)
                    || user.as_ref().is_some_and(|user| memberships.has(self.tenant, &group, user))
            }
            _ => false,
        })
    }

    /// Whether what is for users only is for the one who signed in.
    pub(crate) fn is_for_user(&self, holder: &Entity) -> bool {
        self.applies(holder, Match::User)
    }

    fn matched(&self, assignment: &Entity) -> Option<Match> {
        let mut memberships = Memberships::default();
        let user = self.user_id();
        let found = match Target::of_assignment(assignment) {
            Target::AllDevices => Match::Device,
            Target::AllUsers if user.is_some() => Match::User,
            Target::Group(group) if memberships.has(self.tenant, &group, &self.entra_device) => Match::Device,
            Target::Group(group) if user.is_some_and(|user| memberships.has(self.tenant, &group, &user)) => {
                Match::User
            }
            _ => return None,
        };
        self.passes_filter(assignment).then_some(found)
    }

    fn passes_filter(&self, assignment: &Entity) -> bool {
        let target = &assignment["target"];
        let include = match target["deviceAndAppManagementAssignmentFilterType"].as_str() {
            Some("include") => true,
            Some("exclude") => false,
            _ => return true,
        };
        let id = target["deviceAndAppManagementAssignmentFilterId"].as_str().unwrap_or_default();
        let rule = self.tenant.collection(FILTERS).get(id).map(|filter| text(filter, "rule"));
        let Some(Ok(rule)) = rule.map(assignment_filter::parse) else {
            return false;
        };
        let device = self.managed_device.as_ref();
        let known = |name: &str| device.map(|device| text(device, name)).unwrap_or_default();
        let facts = Facts::from([
            ("deviceName", self.device_name.as_str()),
            ("manufacturer", known("manufacturer")),
            ("model", known("model")),
            ("osVersion", self.request.os_version.as_str()),
            ("operatingSystemVersion", self.request.os_version.as_str()),
            ("deviceOwnership", "Corporate"),
            ("enrollmentProfileName", known("enrollmentProfileName")),
            ("operatingSystemSKU", self.request.edition.as_str()),
            ("deviceTrustType", "Azure AD joined"),
            ("cpuArchitecture", "amd64"),
        ]);
        rule.matches(&facts) == include
    }
}

/// Why a page applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Device,
    User,
    Default,
}

impl std::fmt::Display for How {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Device => "assigned to the laptop",
            Self::User => "assigned to the user",
            Self::Default => "the default",
        })
    }
}

fn selected(page: &Entity) -> Vec<String> {
    let ids = page.get("selectedMobileAppIds").and_then(Value::as_array);
    let ids = ids.into_iter().flatten().filter_map(Value::as_str);
    ids.map(str::to_ascii_lowercase).collect()
}
