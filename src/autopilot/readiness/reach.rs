//! Whom assignments reach.

use super::check::Unknown;
use super::facts::Facts;
use super::objects::{App, Assignment, Target};

/// Whose assignments are meant: those that reach the device, or its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Device,
    User,
}

/// Whether something is assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    No,
    /// An assignment filter decides, which the device evaluates when it enrolls.
    Maybe,
    Yes,
}

/// Whether assignments reach the device, or its user. A member of an excluded group gets nothing.
pub(super) fn reach(
    facts: &Facts<'_>,
    assignments: Option<&[Assignment]>,
    whose: Whose,
) -> Result<Reach, Unknown> {
    let mut best = Reach::No;
    for target in assignments.unwrap_or_default().iter().filter_map(|one| one.target.as_ref()) {
        if target.is_of("exclusionGroup") {
            if target.has(facts, Whose::Device)? || target.has(facts, Whose::User)? {
                return Ok(Reach::No);
            }
            continue;
        }
        let fits = match whose {
            Whose::Device => target.is_of("allDevices") || target.has(facts, Whose::Device)?,
            // What reaches the device by a group is the device's, even if the user is in the group too.
            Whose::User if facts.is_shared() => false,
            Whose::User => {
                target.is_of("allLicensedUsers")
                    || (target.has(facts, Whose::User)? && !target.has(facts, Whose::Device)?)
            }
        };
        if fits {
            best = best.max(if target.is_filtered() { Reach::Maybe } else { Reach::Yes });
        }
    }
    Ok(best)
}

/// Whether an app is required for the device or its user.
pub(super) fn required(facts: &Facts<'_>, app: &App) -> Result<Reach, Unknown> {
    let is_required = |one: &&Assignment| {
        one.intent.as_deref() == Some("required")
            || one.target.as_ref().is_some_and(|t| t.is_of("exclusionGroup"))
    };
    let mut best = Reach::No;
    let assignments: Vec<&Assignment> = app.assignments.iter().flatten().filter(is_required).collect();
    for whose in [Whose::Device, Whose::User] {
        for one in &assignments {
            best = best.max(reach(facts, Some(std::slice::from_ref(*one)), whose)?);
        }
    }
    Ok(best)
}

impl App {
    pub(super) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }

    /// Whether it can be installed.
    pub(super) fn is_published(&self) -> bool {
        self.publishing_state.as_deref().is_none_or(|state| state == "published")
    }
}

impl Target {
    /// `#microsoft.graph.allDevicesAssignmentTarget` and its like.
    pub(super) fn is_of(&self, kind: &str) -> bool {
        let name = self.kind.as_deref().unwrap_or_default().rsplit('.').next().unwrap_or_default();
        name.strip_suffix("AssignmentTarget") == Some(kind)
    }

    fn is_filtered(&self) -> bool {
        self.filter.as_deref().is_some_and(|filter| filter != "none")
    }

    /// Whether the device, or its user, is in the group that is meant.
    fn has(&self, facts: &Facts<'_>, whose: Whose) -> Result<bool, Unknown> {
        if !self.is_of("group") && !self.is_of("exclusionGroup") {
            return Ok(false);
        }
        let groups = match whose {
            Whose::Device => &facts.of_device.groups,
            Whose::User => &facts.of_device.of_user.groups,
        };
        let groups = groups.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
        Ok(self.group_id.as_ref().is_some_and(|id| groups.contains(&id.to_lowercase())))
    }
}
