//! One thing that was checked, and what all of it together means.

use crate::tf_provider::permission::Permission;
use crate::tf_provider::schema::{Choice, pick};

/// What a check found, or why it could not.
pub(super) type Finding = Result<Found, Unknown>;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// As it should be.
    Ok(String),
    /// It would succeed, and somebody should know; then what to do.
    Warning(String, String),
    /// Setup would stop here or not be as intended; then what to do.
    Failed(String, String),
}

/// Why something could not be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// The account may not see it.
    Lacks(Permission),
    /// What it depends on has failed itself.
    DependsOn(&'static str),
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Ok,
    Warning,
    Failed,
    Unknown,
}

/// The steps of a first start, by the names that the event and the emulator give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Registration,
    Profile,
    SignIn,
    Join,
    Enrollment,
    DeviceSetup,
}

/// A check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) step: Step,
    pub(crate) status: Status,
    pub(crate) detail: String,
    /// What to do, where there is anything to do.
    pub(crate) fix: Option<String>,
}

/// What all checks together mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Whether the device would be set up as intended; nothing while a check is open that may still fail.
    pub(crate) ready: Option<bool>,
    /// The first step that fails.
    pub(crate) stops_at: Option<Step>,
    pub(crate) checks: Vec<Check>,
}

impl Check {
    pub(super) fn new(name: &'static str, step: Step, finding: Finding) -> Self {
        let (status, detail, fix) = match finding {
            Ok(Found::Ok(detail)) => (Status::Ok, detail, None),
            Ok(Found::Warning(detail, fix)) => (Status::Warning, detail, Some(fix)),
            Ok(Found::Failed(detail, fix)) => (Status::Failed, detail, Some(fix)),
            Err(Unknown::Lacks(permission)) => {
                let (detail, fix) = lacking(&permission);
                (Status::Unknown, detail, Some(fix))
            }
            Err(Unknown::DependsOn(other)) => {
                (Status::Unknown, format!("Not checked, because `{other}` has failed."), None)
            }
        };
        Self { name, step, status, detail, fix }
    }
}

impl Verdict {
    pub(super) fn of(checks: Vec<Check>) -> Self {
        let any = |status: Status| checks.iter().any(|check| check.status == status);
        let ready = match () {
            () if any(Status::Failed) => Some(false),
            () if any(Status::Unknown) => None,
            () => Some(true),
        };
        let stops_at = checks.iter().find(|check| check.status == Status::Failed).map(|check| check.step);
        Self { ready, stops_at, checks }
    }
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl Step {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Profile => "profile",
            Self::SignIn => "sign-in",
            Self::Join => "join",
            Self::Enrollment => "enrollment",
            Self::DeviceSetup => "device setup",
        }
    }
}

fn lacking(permission: &Permission) -> (String, String) {
    let names: Vec<String> = permission.one_of.iter().map(|name| format!("`{name}`")).collect();
    let whom = if permission.person_only { ", which only a signed-in person can have" } else { "" };
    (
        format!("Not checked: the account has none of the permissions {}{whom}.", names.join(", ")),
        match permission.person_only {
            true => "Sign in as a person with `terraform-provider-autopilot login`.".to_owned(),
            false => "Grant one of them, the first being the least.".to_owned(),
        },
    )
}

/// The words of [`Status`].
pub(crate) const STATUSES: &[Choice] = &[
    pick("ok", "ok", "as it should be"),
    pick("warning", "warning", "setup succeeds, and somebody should know"),
    pick("failed", "failed", "setup stops here, or is not as intended"),
    pick("unknown", "unknown", "not checked; `detail` says why"),
];

/// The words of [`Step`].
pub(crate) const STEPS: &[Choice] = &[
    pick("registration", "registration", "the device asks whose it is"),
    pick("profile", "profile", "it downloads its deployment profile"),
    pick("sign-in", "sign-in", "the user signs in"),
    pick("join", "join", "it joins Microsoft Entra"),
    pick("enrollment", "enrollment", "it enrolls in Intune"),
    pick("device setup", "device setup", "the status page waits for the device's apps and policies"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tf_provider::permission::aside;

    fn verdict(findings: &[Finding]) -> (Option<bool>, Option<Step>) {
        let steps = [Step::Profile, Step::SignIn, Step::Join];
        let checks = findings.iter().zip(steps).map(|(finding, step)| Check::new("x", step, finding.clone()));
        let verdict = Verdict::of(checks.collect());
        (verdict.ready, verdict.stops_at)
    }

    #[test]
    fn ready_is_said_only_when_everything_was_seen_and_a_failure_needs_nothing_else_to_be_one() {
        let ok = Ok(Found::Ok(String::new()));
        let warning = Ok(Found::Warning(String::new(), String::new()));
        let failed = Ok(Found::Failed(String::new(), String::new()));
        let unknown = Err(Unknown::Lacks(aside("look", &["Some.Read.All"])));
        for (findings, expected) in [
            (vec![ok.clone(), warning.clone()], (Some(true), None)),
            (vec![ok.clone(), unknown.clone()], (None, None)),
            (vec![unknown, failed.clone()], (Some(false), Some(Step::SignIn))),
            (vec![ok, failed.clone(), failed], (Some(false), Some(Step::SignIn))),
            (vec![warning], (Some(true), None)),
        ] {
            assert_eq!(verdict(&findings), expected, "{findings:?}");
        }
    }

    #[test]
    fn what_is_unknown_names_the_permission_that_would_tell() {
        let missing =
            Err(Unknown::Lacks(aside("look", &["Some.Read.All", "Some.ReadWrite.All"]).by_a_person()));
        let check = Check::new("x", Step::Join, missing);
        assert_eq!(check.status, Status::Unknown);
        assert!(check.detail.contains("`Some.Read.All`, `Some.ReadWrite.All`"), "{}", check.detail);
        assert!(check.fix.is_some_and(|fix| fix.contains("login")));
    }
}
