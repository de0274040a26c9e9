//! Joining Microsoft Entra.

use std::collections::HashSet;

use super::check::{Finding, Found, Unknown};
use super::facts::Facts;
use super::objects::{Allowed, JoinPolicy};

/// Whether the directory has the object that registration made.
pub(super) fn entra_device(facts: &Facts<'_>) -> Finding {
    let found = facts.of_device.entra_device.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    Ok(match found {
        None => Found::Failed(
            "Microsoft Entra has no object of the device: it was deleted, or registration is not through."
                .to_owned(),
            "If it does not come within an hour, deregister the device and register it again.".to_owned(),
        ),
        Some(object) if object.account_enabled == Some(false) => Found::Failed(
            "The device's object in Microsoft Entra is disabled.".to_owned(),
            "Enable it in the Microsoft Entra admin center, Identity > Devices.".to_owned(),
        ),
        Some(_) => Found::Ok("Microsoft Entra has the device's object, and it is enabled.".to_owned()),
    })
}

/// Whether the user may join devices.
pub(super) fn may_join(facts: &Facts<'_>) -> Finding {
    let Some(person) = facts.person()? else {
        return Ok(Found::Ok("A self-deploying device joins without a user.".to_owned()));
    };
    let name = person.name();
    let policy = policy(facts)?;
    let allowed = policy.join.as_ref().and_then(|join| join.allowed_to_join.as_ref());
    let groups = facts.of_device.of_user.groups.as_ref();
    let may = match allowed {
        Some(allowed) if allowed.is_of("all") => true,
        Some(allowed) if allowed.is_of("enumerated") => {
            let listed = |ids: &Option<Vec<String>>, test: &dyn Fn(&str) -> bool| {
                ids.iter().flatten().any(|id| test(id))
            };
            listed(&allowed.users, &|id| id.eq_ignore_ascii_case(&person.id))
                || (allowed.groups.iter().flatten().next().is_some()
                    && contains_one(groups.map_err(|lacks| Unknown::Lacks(*lacks))?, &allowed.groups))
        }
        _ => false,
    };
    let asks = match policy.multi_factor_auth_configuration.as_deref() == Some("required") {
        true => " Joining asks for a second factor.",
        false => "",
    };
    Ok(match may {
        true => Found::Ok(format!("`{name}` may join devices.{asks}")),
        false => Found::Failed(
            format!("`{name}` may not join devices to Microsoft Entra (0x801C0003)."),
            "Let all users join, or one of the user's groups, for instance with `autopilot_device_join_policy`.".to_owned(),
        ),
    })
}

/// Whether the user may have one device more.
pub(super) fn device_limit(facts: &Facts<'_>) -> Finding {
    let Some(person) = facts.person()? else {
        return Ok(Found::Ok("A self-deploying device counts for no user.".to_owned()));
    };
    let limit = policy(facts)?.user_device_quota.unwrap_or_default();
    let owned = facts.of_device.of_user.owned_devices.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    // The device itself, if it was joined before, is not counted again.
    let object = facts.of_device.entra_device.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))?;
    let is_other = |id: &&String| object.as_ref().is_none_or(|own| !own.id.eq_ignore_ascii_case(id));
    let others = owned.iter().filter(is_other).count();
    let count = format!("`{}` has {others} other devices, and the limit is {limit}", person.name());
    Ok(match i64::try_from(others).unwrap_or(i64::MAX) < limit {
        true => Found::Ok(format!("{count}.")),
        false => Found::Failed(
            format!("{count} (0x801C000E)."),
            "Delete devices that the user no longer has, or raise `device_limit` of `autopilot_device_join_policy`."
                .to_owned(),
        ),
    })
}

fn policy<'a>(facts: &Facts<'a>) -> Result<&'a JoinPolicy, Unknown> {
    facts.tenant.join_policy.as_ref().map_err(|lacks| Unknown::Lacks(*lacks))
}

fn contains_one(groups: &HashSet<String>, wanted: &Option<Vec<String>>) -> bool {
    wanted.iter().flatten().any(|id| groups.contains(&id.to_lowercase()))
}

impl Allowed {
    /// `#microsoft.graph.allDeviceRegistrationMembership` and its like.
    fn is_of(&self, kind: &str) -> bool {
        let name = self.kind.as_deref().unwrap_or_default().rsplit('.').next().unwrap_or_default();
        name.strip_suffix("DeviceRegistrationMembership") == Some(kind)
    }
}
