//! Installing apps while the status page waits.

use serde_json::Value;

use super::run::{MINUTES, Part, Run, Script, StepOutcome, Whose};
use crate::emulator::intune::views::held;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{APP_INSTALLATIONS, APPS};

/// What both phases take before apps: certificates, policies, network profiles.
const POLICIES: u64 = 90;

/// App types a status page waits for.
const BLOCKERS: [&str; 8] = [
    "win32LobApp",
    "win32CatalogApp",
    "winGetApp",
    "windowsMobileMSI",
    "windowsUniversalAppX",
    "windowsAppX",
    "officeSuiteApp",
    "windowsMicrosoftEdgeApp",
];

/// What came of waiting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting {
    pub(crate) seconds: u64,
    pub(crate) summary: String,
    pub(crate) failure: Option<String>,
    pub(crate) timed_out: bool,
    /// Whether the page's time limit leaves none.
    pub(crate) has_no_time: bool,
    pub(crate) parts: Vec<Part>,
}

impl Run<'_> {
    /// Waits for the required apps of a phase; with `chosen` ones, for no others.
    pub(crate) fn wait_for_apps(&self, page: &Entity, whose: Whose, chosen: &[String]) -> Waiting {
        let required = self.required_apps(whose);
        let is_chosen =
            |app: &&Entity| chosen.is_empty() || chosen.contains(&text(app, "id").to_ascii_lowercase());
        let waited: Vec<&Entity> = required.iter().copied().filter(is_chosen).collect();
        let minutes = page.get("installProgressTimeoutInMinutes").and_then(Value::as_u64);
        let limit = minutes.unwrap_or(60) * 60;
        let mut waiting = Waiting {
            seconds: POLICIES,
            summary: summary(&waited, chosen, required.len(), whose),
            ..Waiting::default()
        };
        // A guess: the admin center takes 1 to 1440 minutes ("Set up the Enrollment Status Page"), and who writes 0 past it
        // leaves no time for anything.
        if limit == 0 {
            waiting.failure = Some("The page's time limit is 0 minutes, which was over at once.".to_owned());
            waiting.timed_out = true;
            waiting.has_no_time = true;
            return waiting;
        }
        let policies = "Policies, certificates and network connections".to_owned();
        waiting.parts.push(Part { name: policies, outcome: StepOutcome::Ok, seconds: POLICIES });
        for app in waited {
            let script = self.script(text(app, "id"));
            let name = text(app, "displayName");
            let seconds = (script.minutes.max(0.0) * 60.0) as u64;
            if waiting.seconds + seconds > limit {
                waiting.failure = Some(format!(
                    "{name:?} was not installed when the page's {} minutes were over.",
                    limit / 60
                ));
                waiting.timed_out = true;
                let seconds = limit.saturating_sub(waiting.seconds);
                waiting.parts.push(Part { name: name.to_owned(), outcome: StepOutcome::Stopped, seconds });
                waiting.seconds = limit.max(waiting.seconds);
                return waiting;
            }
            waiting.seconds += seconds;
            let outcome = if script.fails { StepOutcome::Stopped } else { StepOutcome::Ok };
            waiting.parts.push(Part { name: name.to_owned(), outcome, seconds });
            if script.fails {
                waiting.failure = Some(format!("The installation of {name:?} failed."));
                return waiting;
            }
        }
        waiting
    }

    fn required_apps(&self, whose: Whose) -> Vec<&Entity> {
        let is_blocker = |app: &&Entity| {
            let kind = text(app, "@odata.type").rsplit('.').next().unwrap_or_default();
            BLOCKERS.contains(&kind) && text(app, "publishingState") == "published"
        };
        let is_required = |app: &&Entity| {
            let mut assignments = held(app, "assignments");
            !self.is_excluded(app)
                && assignments.any(|one| text(one, "intent") == "required" && self.is_assigned(one, whose))
        };
        let apps = self.tenant.collection(APPS).iter();
        apps.filter(is_blocker).filter(is_required).collect()
    }

    fn script(&self, app: &str) -> Script {
        let own = self.request.apps.iter().find(|script| script.id.eq_ignore_ascii_case(app));
        let lasting = || {
            let script = self.tenant.collection(APP_INSTALLATIONS).find("appId", app)?;
            Some(Script {
                id: app.to_owned(),
                minutes: script.get("minutes").and_then(Value::as_f64).unwrap_or(MINUTES),
                fails: script.get("fails").is_some_and(|fails| fails == true),
            })
        };
        own.cloned().or_else(lasting).unwrap_or(Script { id: app.to_owned(), minutes: MINUTES, fails: false })
    }
}

fn summary(waited: &[&Entity], chosen: &[String], required: usize, whose: Whose) -> String {
    let whom = match whose {
        Whose::Device => "the laptop",
        Whose::User => "the user",
    };
    let names: Vec<&str> = waited.iter().map(|app| text(app, "displayName")).collect();
    let mut text = match (names.as_slice(), required) {
        ([], 0) => format!("No app is required for {whom}."),
        ([], _) => format!("None of the apps required for {whom} is waited for."),
        (names, _) => format!("Installed for {whom}: {}.", names.join(", ")),
    };
    let missing = chosen.len().saturating_sub(waited.len());
    if missing > 0 {
        text.push_str(&format!(
            " {missing} of the page's {} apps are not required for {whom} and not waited for.",
            chosen.len()
        ));
    }
    text
}
