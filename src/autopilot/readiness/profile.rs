//! Registration, and the profile that comes with it.

use super::check::{Finding, Found, Unknown};
use super::facts::Facts;
use super::objects::Profile;
use crate::autopilot::name_template::NameTemplate;

/// A device that is not registered starts like any other.
pub(super) fn unregistered(named: &str) -> Finding {
    Ok(Found::Failed(
        format!("No device with {named} is registered with Windows Autopilot in this tenant."),
        "Register it, for instance with `autopilot_device_identity`. One that another organization has registered must be \
         deregistered there first."
            .to_owned(),
    ))
}

pub(super) fn registered(facts: &Facts<'_>) -> Finding {
    let tag = match facts.device.group_tag.as_deref() {
        None | Some("") => "without a group tag".to_owned(),
        Some(tag) => format!("with the group tag `{tag}`"),
    };
    Ok(Found::Ok(format!("Registered with Windows Autopilot in this tenant, {tag}.")))
}

/// Whether the hardware is still the one that was registered.
pub(super) fn hardware(facts: &Facts<'_>) -> Finding {
    Ok(match facts.device.remediation_state.as_deref() {
        Some("manualRemediationRequired") => Found::Failed(
            "The hardware is not the one that was registered (\"Attention required\"), and no profile comes."
                .to_owned(),
            "Deregister the device, and register it again with its new hardware hash.".to_owned(),
        ),
        Some("automaticRemediationRequired") => Found::Warning(
            "The hardware has changed, and the service is about to register it anew (\"Fix pending\")."
                .to_owned(),
            "Wait until the state is back to normal.".to_owned(),
        ),
        _ => Found::Ok("No change of the hardware is pending.".to_owned()),
    })
}

/// Groups decide which profile comes; one that is still evaluated may bring another.
pub(super) fn groups(facts: &Facts<'_>) -> Finding {
    let own = facts.of_device.groups.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let unfinished = unfinished_groups(facts)?;
    let (count, all) = (own.len(), facts.tenant.members.count());
    let count = format!("In {count} of the {all} groups that anything is assigned to");
    Ok(match unfinished.as_slice() {
        [] => Found::Ok(format!("{count}; no dynamic group is still evaluated.")),
        names => Found::Warning(
            format!(
                "{count}, and members of {} are still being found: the device may belong there.",
                names.join(", ")
            ),
            "Wait until the groups are evaluated; it takes minutes, and longer in large tenants.".to_owned(),
        ),
    })
}

/// Whether a profile is there, and the one that is meant.
pub(super) fn assigned(facts: &Facts<'_>) -> Finding {
    let device = facts.device;
    let status = device.deployment_profile_assignment_status.as_deref().unwrap_or("unknown");
    let wait = "Wait until `profile_status` of `autopilot_device` is `assigned`; it takes minutes to tens of minutes.";
    Ok(match (&device.deployment_profile, &device.intended_deployment_profile) {
        (None, None) if device.is_pending() => {
            Found::Failed(format!("A profile is still being assigned (status {status})."), wait.to_owned())
        }
        (Some(profile), None) if device.is_pending() => Found::Failed(
            format!("The device still has the profile `{}`, and is to have another.", profile.name()),
            wait.to_owned(),
        ),
        (None, Some(intended)) => Found::Failed(
            format!("The profile `{}` is still being assigned (status {status}).", intended.name()),
            wait.to_owned(),
        ),
        (None, None) => {
            let unfinished = unfinished_groups(facts).unwrap_or_default();
            let fix = match unfinished.as_slice() {
                [] => "Assign a profile to a group that the device is in, or to all devices.".to_owned(),
                names => format!(
                    "Wait until {} are evaluated, or assign a profile to a group that the device is in.",
                    names.join(", ")
                ),
            };
            let what =
                "No deployment profile is assigned to a group that the device is in, nor to all devices.";
            Found::Failed(what.to_owned(), fix)
        }
        (Some(profile), Some(intended)) if !same(profile, intended) => Found::Failed(
            format!(
                "The device still has the profile `{}`, and is to have `{}`.",
                profile.name(),
                intended.name()
            ),
            wait.to_owned(),
        ),
        (Some(profile), _) if status == "failed" => Found::Warning(
            format!("The assignment of the profile `{}` is said to have failed.", profile.name()),
            "Sync in the Intune admin center, and look again.".to_owned(),
        ),
        (Some(profile), _) => {
            let since = device.deployment_profile_assigned_date_time.as_deref();
            let since = since.map(|since| format!(" since {since}")).unwrap_or_default();
            Found::Ok(format!("The profile `{}` is assigned{since}.", profile.name()))
        }
    })
}

/// Whether the profile is for a laptop that joins Microsoft Entra.
pub(super) fn fits(facts: &Facts<'_>) -> Finding {
    let Some(profile) = facts.profile() else { return Err(Unknown::DependsOn("profile_assigned")) };
    let name = profile.name();
    let kind = profile.device_type.as_deref().unwrap_or("windowsPc");
    if !["windowsPc", "virtualMachine"].contains(&kind) {
        return Ok(Found::Failed(
            format!("The profile `{name}` is for devices of the type {kind}; a laptop ignores it."),
            "Assign a profile for Windows PCs.".to_owned(),
        ));
    }
    if profile.kind.as_deref().unwrap_or_default().contains("activeDirectory") {
        return Ok(Found::Failed(
            format!(
                "The profile `{name}` is for hybrid join, which takes a domain controller and Intune's connector. Neither can \
                 be seen from here."
            ),
            "Assign a profile for Microsoft Entra join.".to_owned(),
        ));
    }
    Ok(Found::Ok(match facts.is_shared() {
        true => format!("The profile `{name}` is for a self-deploying device, which needs no user."),
        false => format!("The profile `{name}` is for a user-driven Microsoft Entra join."),
    }))
}

/// What the device will be called.
pub(super) fn device_name(facts: &Facts<'_>) -> Finding {
    let Some(profile) = facts.profile() else { return Err(Unknown::DependsOn("profile_assigned")) };
    let own = facts.device.display_name.as_deref().filter(|name| !name.is_empty());
    if let Some(name) = own {
        return Ok(Found::Ok(format!("It will be called `{name}`, its own name.")));
    }
    let Some(template) = profile.device_name_template.as_deref().filter(|template| !template.is_empty())
    else {
        return Ok(Found::Ok("Windows will make up a name.".to_owned()));
    };
    let name = match NameTemplate::parse(template) {
        Ok(template) => template.example(facts.device.serial()),
        Err(wrong) => {
            return Ok(Found::Warning(
                format!("The profile's name template `{template}` is not valid: {wrong}."),
                "Correct the template.".to_owned(),
            ));
        }
    };
    Ok(match name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Found::Warning(
            format!(
                "The template `{template}` makes `{name}` of this serial number, and Windows takes no name of digits alone."
            ),
            "Give the template a letter, or the device a name.".to_owned(),
        ),
        false => Found::Ok(format!("It will be called `{name}`, with random digits shown as 0.")),
    })
}

fn unfinished_groups(facts: &Facts<'_>) -> Result<Vec<String>, Unknown> {
    let unfinished = facts.tenant.unfinished_groups.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let mut names: Vec<String> = unfinished.values().map(|name| format!("`{name}`")).collect();
    names.sort();
    Ok(names)
}

fn same(one: &Profile, other: &Profile) -> bool {
    match (&one.id, &other.id) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => true,
    }
}
