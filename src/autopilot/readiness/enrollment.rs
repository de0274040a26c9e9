//! Enrolling in Intune.

use std::collections::HashSet;

use super::check::{Finding, Found, Unknown};
use super::facts::Facts;
use super::known::{Known, PEOPLE};
use super::objects::{Configuration, Mobility, Policy, Restriction};
use super::reach::{Reach, Whose, reach};
use crate::autopilot::licences::{is_entra_p1_active, is_intune_active};

/// Whether the user's devices enroll by themselves.
pub(super) fn scope(facts: &Facts<'_>) -> Finding {
    let Mobility { mdm, mam } = mobility(facts)?;
    let fix = "Widen `mdm` of `autopilot_enrollment_scope`.";
    let Some(mdm) = mdm else {
        return Ok(Found::Failed(
            "The tenant has no enrollment policy for Intune.".to_owned(),
            "Assign Intune licences, and open Intune's admin center once.".to_owned(),
        ));
    };
    let Some(person) = facts.person()? else {
        return Ok(match mdm.applies_to.as_deref() == Some("all") {
            true => Found::Ok("All devices enroll, those without a user too.".to_owned()),
            false => Found::Failed(
                "A self-deploying device enrolls without a user, and the MDM user scope is not `all`."
                    .to_owned(),
                fix.to_owned(),
            ),
        });
    };
    let name = person.name();
    let groups = &facts.of_device.of_user.groups;
    if !mdm.covers(groups)? {
        return Ok(Found::Failed(
            format!(
                "`{name}` is not in the MDM user scope: the device would join, and nobody would manage it."
            ),
            fix.to_owned(),
        ));
    }
    let both = mam.as_ref().is_some_and(|mam| mam.covers(groups).unwrap_or_default());
    Ok(match both {
        true => Found::Warning(
            format!("`{name}` is in the MDM and in the MAM user scope. On a device that joins, MDM wins."),
            "Set the MAM user scope to `none` unless personal devices are managed by it.".to_owned(),
        ),
        false => Found::Ok(format!("`{name}` is in the MDM user scope.")),
    })
}

/// Whether the user's plans are enough to enroll by oneself.
pub(super) fn licence(facts: &Facts<'_>) -> Finding {
    let Some(person) = facts.person()? else {
        return Ok(Found::Ok("A self-deploying device enrolls without a user's licence.".to_owned()));
    };
    let name = person.name();
    let Some(plans) = &person.assigned_plans else { return Err(Unknown::Lacks(PEOPLE)) };
    let fix = "Assign a licence that includes Intune and Microsoft Entra ID P1.".to_owned();
    Ok(match (is_intune_active(plans), is_entra_p1_active(plans)) {
        (false, _) => Found::Failed(format!("`{name}` has no active Intune plan (0x80180018)."), fix),
        (true, false) => Found::Failed(
            format!("`{name}` has no active Microsoft Entra ID P1 plan, which automatic enrollment takes."),
            fix,
        ),
        (true, true) => Found::Ok(format!("`{name}` has active plans of Intune and Microsoft Entra ID P1.")),
    })
}

/// Whether devices learn where to enroll.
pub(super) fn discovery_url(facts: &Facts<'_>) -> Finding {
    let Some(policy) = &mobility(facts)?.mdm else { return Err(Unknown::DependsOn("mdm_scope")) };
    let fix = "Restore the default URLs: Mobility (MDM and WIP) > Microsoft Intune in the Microsoft Entra admin center.";
    if policy.is_valid == Some(false) {
        return Ok(Found::Failed(
            "Microsoft Entra marks the enrollment policy as invalid.".to_owned(),
            fix.to_owned(),
        ));
    }
    let address = policy.discovery_url.as_deref().unwrap_or_default();
    let host = url::Url::parse(address).ok();
    let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    let is_intunes =
        |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    Ok(match INTUNE_DOMAINS.iter().any(|domain| is_intunes(domain)) {
        true => Found::Ok("The MDM discovery URL leads to Intune.".to_owned()),
        false if address.is_empty() => Found::Failed(
            "No MDM discovery URL is set: devices do not know where to enroll.".to_owned(),
            fix.to_owned(),
        ),
        false => Found::Failed(
            format!("The MDM discovery URL `{address}` does not lead to Intune."),
            fix.to_owned(),
        ),
    })
}

/// Whether the platform restriction in force lets a corporate Windows device in. Intune's device limit is none for Autopilot.
pub(super) fn restriction(facts: &Facts<'_>) -> Finding {
    let mut own: Vec<&Configuration> = facts
        .tenant
        .configurations
        .iter()
        .filter(|one| one.is_of("deviceEnrollmentPlatformRestrictionConfiguration"))
        .filter(|one| one.platform_type.as_deref() == Some("windows"))
        .collect();
    own.sort_by_key(|one| one.priority);
    let mut possible: Vec<(&str, &Restriction)> = Vec::new();
    let mut is_settled = false;
    for one in own {
        let reach = reach(facts, one.assignments.as_deref(), Whose::User)?;
        if reach != Reach::No {
            possible.extend(one.platform_restriction.as_ref().map(|restriction| (one.name(), restriction)));
        }
        if reach == Reach::Yes {
            is_settled = true;
            break;
        }
    }
    if !is_settled {
        let defaults = facts.tenant.configurations.iter();
        let default = defaults.filter(|one| one.id.to_lowercase().ends_with("_defaultplatformrestrictions"));
        possible.extend(default.filter_map(|one| Some((one.name(), one.windows_restriction.as_ref()?))));
    }
    let blocking = possible.iter().filter(|(_, restriction)| restriction.platform_blocked == Some(true));
    let blocking: Vec<&str> = blocking.map(|(name, _)| *name).collect();
    let fix =
        "Let Windows enroll: Devices > Enrollment > Device platform restriction in the Intune admin center.";
    Ok(match blocking.as_slice() {
        [] => Found::Ok("The platform restriction in force lets Windows enroll.".to_owned()),
        [first, ..] if blocking.len() == possible.len() => Found::Failed(
            format!("The platform restriction `{first}` blocks Windows (0x80180014)."),
            fix.to_owned(),
        ),
        [first, ..] => Found::Warning(
            format!(
                "The platform restriction `{first}` blocks Windows where its assignment filter fits the device."
            ),
            fix.to_owned(),
        ),
    })
}

/// Whether an enrollment of another user is in the way.
pub(super) fn former(facts: &Facts<'_>) -> Finding {
    let managed = facts.of_device.managed.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let user = facts.person()?.map(|person| person.id.as_str()).unwrap_or_default();
    let is_others = |id: &str| !id.is_empty() && !id.eq_ignore_ascii_case(user);
    let other = managed.iter().find(|one| one.user_id.as_deref().is_some_and(is_others));
    Ok(match (other, managed.is_empty()) {
        (Some(other), _) => Found::Failed(
            format!(
                "Intune manages a device with this serial number that `{}` enrolled (0x8018000a).",
                other.user_principal_name.as_deref().unwrap_or("another user")
            ),
            "Wipe the device if it is in use, and delete it in Intune: Devices > Windows.".to_owned(),
        ),
        (None, true) => Found::Ok("Intune does not manage the device yet.".to_owned()),
        (None, false) => {
            Found::Ok("Intune manages the device, and it will come back as the same one.".to_owned())
        }
    })
}

/// Whether the next enrollment without a user is blocked. With one, it does not matter.
pub(super) fn next(facts: &Facts<'_>) -> Finding {
    let is_blocked = facts.device.userless_enrollment_status.as_deref() == Some("blocked");
    Ok(match (is_blocked, facts.is_shared()) {
        (false, _) => Found::Ok("The next enrollment is not blocked.".to_owned()),
        (true, true) => Found::Failed(
            "The device enrolled without a user before, and its next such enrollment is blocked.".to_owned(),
            "Unblock it: Devices > Enrollment > Windows > Devices in the Intune admin center.".to_owned(),
        ),
        (true, false) => Found::Ok(
            "The next enrollment without a user is blocked, which does not matter to a user-driven one."
                .to_owned(),
        ),
    })
}

fn mobility<'a>(facts: &Facts<'a>) -> Result<&'a Mobility, Unknown> {
    facts.tenant.mobility.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))
}

impl Policy {
    fn covers(&self, groups: &Known<HashSet<String>>) -> Result<bool, Unknown> {
        Ok(match self.applies_to.as_deref() {
            Some("all") => true,
            Some("selected") => {
                let groups = groups.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
                self.included_groups.iter().flatten().any(|group| groups.contains(&group.id.to_lowercase()))
            }
            _ => false,
        })
    }
}

/// Where Intune's enrollment service is, in the clouds there are.
const INTUNE_DOMAINS: [&str; 3] =
    ["manage.microsoft.com", "manage.microsoft.us", "manage.microsoftonline.cn"];
