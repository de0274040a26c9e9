//! Who signs in.

use super::check::{Finding, Found, Unknown};
use super::facts::Facts;
use super::known::PEOPLE;

/// Whether there is a user who can sign in.
pub(super) fn user(facts: &Facts<'_>) -> Finding {
    if facts.is_shared() {
        return Ok(Found::Ok("A self-deploying device needs no user.".to_owned()));
    }
    let Some(wanted) = &facts.of_device.user else {
        return Ok(Found::Failed(
            "No user is assigned to the device, and none was named: whether anybody can set it up was not checked."
                .to_owned(),
            "Assign a user, for instance with `autopilot_user_assignment`, or name one in `user_principal_name`."
                .to_owned(),
        ));
    };
    let found = facts.of_device.of_user.person.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let Some(person) = found else {
        return Ok(Found::Failed(
            format!("There is no user `{wanted}` in this tenant."),
            "Correct the name, or create the user.".to_owned(),
        ));
    };
    let name = person.name();
    if person.user_type.as_deref() == Some("Guest") {
        return Ok(Found::Failed(
            format!("`{name}` is a guest, and guests cannot set up devices."),
            "Assign a member of the organization.".to_owned(),
        ));
    }
    match person.account_enabled {
        Some(true) => Ok(Found::Ok(format!("`{name}` can sign in."))),
        Some(false) => Ok(Found::Failed(
            format!("The account `{name}` is blocked from signing in."),
            "Unblock the account, or assign another user.".to_owned(),
        )),
        None => Err(Unknown::Lacks(PEOPLE)),
    }
}

/// Whether the page is prepared for this user, or lets another one in.
pub(super) fn assigned_user(facts: &Facts<'_>) -> Finding {
    let Some(person) = facts.person()? else {
        return Ok(Found::Ok("A self-deploying device greets nobody.".to_owned()));
    };
    let name = person.name();
    let Some(assigned) = facts.device.assigned_user() else {
        return Ok(Found::Ok(format!("No user is assigned; `{name}` types name and password.")));
    };
    if assigned.eq_ignore_ascii_case(name) {
        return Ok(Found::Ok(format!("The page greets `{name}`.")));
    }
    let is_hidden =
        hides_options(facts) && *facts.tenant.is_branded.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let fix = format!("Assign the device to `{name}`.");
    Ok(match is_hidden {
        true => Found::Failed(
            format!(
                "The page is prepared for `{assigned}`, and the profile hides the options to change the account: `{name}` \
                 cannot sign in."
            ),
            fix,
        ),
        false => Found::Warning(
            format!("The page is prepared for `{assigned}`; `{name}` has to change the account first."),
            fix,
        ),
    })
}

/// What hiding the options to change the account takes.
pub(super) fn branding(facts: &Facts<'_>) -> Finding {
    if facts.profile().is_none() {
        return Err(Unknown::DependsOn("profile_assigned"));
    }
    let is_branded = *facts.tenant.is_branded.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    Ok(match (is_branded, hides_options(facts)) {
        (true, _) => Found::Ok("Company branding is set.".to_owned()),
        (false, false) => Found::Ok("No company branding is set, and the profile does not need it.".to_owned()),
        (false, true) => Found::Warning(
            "The profile hides the options to change the account, which takes company branding, and none is set: they are \
             shown."
                .to_owned(),
            "Set company branding in the Microsoft Entra admin center.".to_owned(),
        ),
    })
}

fn hides_options(facts: &Facts<'_>) -> bool {
    facts.profile().is_some_and(|profile| profile.experience().escape_link_hidden == Some(true))
}
