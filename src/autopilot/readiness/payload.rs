//! What the device gets: apps and policies.

use super::check::{Finding, Found, Unknown};
use super::facts::Facts;
use super::objects::DevicePolicy;
use super::reach::{Reach, Whose, reach, required};

/// Whether anything is installed at all.
pub(super) fn apps(facts: &Facts<'_>) -> Finding {
    let apps = facts.tenant.apps.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let mut count = 0;
    for app in apps.iter().filter(|app| app.is_published()) {
        count += usize::from(required(facts, app)? != Reach::No);
    }
    Ok(match count {
        0 => Found::Warning(
            "No app is required for the device or its user.".to_owned(),
            "Assign one, if the device is not to be empty.".to_owned(),
        ),
        1 => Found::Ok("1 app is required for the device or its user.".to_owned()),
        count => Found::Ok(format!("{count} apps are required for the device or its user.")),
    })
}

/// Whether anything is configured at all.
pub(super) fn policies(facts: &Facts<'_>) -> Finding {
    let policies = facts.tenant.policies.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let mut count = 0;
    for policy in policies.iter().filter(|policy| policy.is_for_windows()) {
        let assignments = policy.assignments.as_deref();
        let reaches_user = reach(facts, assignments, Whose::User)? != Reach::No;
        count += usize::from(reaches_user || reach(facts, assignments, Whose::Device)? != Reach::No);
    }
    Ok(match count {
        0 => Found::Warning(
            "No policy is assigned to the device or its user.".to_owned(),
            "Assign one, if Windows is not to be as it came.".to_owned(),
        ),
        1 => Found::Ok("1 policy is assigned to the device or its user.".to_owned()),
        count => Found::Ok(format!("{count} policies are assigned to the device or its user.")),
    })
}

impl DevicePolicy {
    /// Policies of the settings catalog say for which platforms they are; the types of the others are named after theirs, but
    /// for those of Windows that are named after nothing.
    fn is_for_windows(&self) -> bool {
        if let Some(platforms) = &self.platforms {
            return platforms.to_lowercase().contains("windows");
        }
        let kind = self.kind.as_deref().unwrap_or_default().rsplit('.').next().unwrap_or_default();
        !OTHER_PLATFORMS.iter().any(|prefix| kind.starts_with(prefix))
    }
}

/// How types of configuration profiles and compliance policies begin that are not for Windows on a laptop (Microsoft's
/// official beta SDK, 1.66.0). The default compliance policy is nobody's assignment.
const OTHER_PLATFORMS: &[&str] =
    &["android", "aosp", "apple", "default", "ios", "macOS", "unsupported", "windowsPhone"];
