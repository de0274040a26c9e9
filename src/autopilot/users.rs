//! Users of Microsoft Entra: how they are found, and whether a device can be set up for one.

use serde::Deserialize;
use serde_json::Value as Json;

use super::collection::held_already;
use super::licences::{Plan, is_intune_active};
use super::permissions::USER_READ;
use super::session::Session;
use super::tenant::Cx;
use crate::graph::{self, Endpoint, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::Check;

/// What is read of a user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    display_name: Option<String>,
    account_enabled: Option<bool>,
    /// Some permissions do not show plans.
    assigned_plans: Option<Vec<Plan>>,
}

/// The user with this object id or user principal name.
pub(crate) async fn find(session: &Session, key: &str) -> Result<Option<Json>, graph::Error> {
    session.get_opt(&Endpoint::v1("users").key(key).select(SELECT).needs(USER_READ)).await
}

impl User {
    /// Whether an Intune plan is active; nothing if the answer does not tell.
    pub(crate) fn is_licensed(&self) -> Option<bool> {
        self.assigned_plans.as_deref().map(is_intune_active)
    }
}

/// The name of the user, which setup greets them by; empty if it cannot be looked up.
pub(crate) async fn display_name(session: &Session, user: &str) -> Result<String, graph::Error> {
    match find(session, user).await {
        Ok(Some(found)) => Ok(decode::<User>(&found)?.display_name.unwrap_or_default()),
        _ => Ok(String::new()),
    }
}

/// Says what may go wrong with this user. Without the permission to look, nothing.
pub(crate) async fn warn_about(cx: &Cx, session: &Session, user: &str) {
    let found = find(session, user).await;
    match found.and_then(|found| found.as_ref().map(decode::<User>).transpose()) {
        Ok(None) => cx.warn(
            "No such user",
            format!(
                "There is no user `{user}` in this tenant. Windows Autopilot takes any name, but nobody could sign in with \
                 this one, and setup would stop there. Check the spelling, or create the user first."
            ),
        ),
        Ok(Some(found)) if found.account_enabled == Some(false) => cx.warn(
            "The user's account is blocked",
            format!("The account `{user}` is blocked from signing in, so its user cannot set the device up."),
        ),
        Ok(Some(found)) if found.is_licensed() == Some(false) => cx.warn(
            "The user has no Intune licence",
            format!(
                "`{user}` has no active Intune licence that this account can see. Without one the device does not enroll, and setup stops \
                 there. Assign a licence that includes Intune."
            ),
        ),
        Ok(Some(_)) => {}
        Err(error) => tracing::info!(%error, "the user is not checked"),
    }
}

pub(crate) fn user_principal_name() -> Check {
    Check::text("a user principal name such as `megan@contoso.com`", |text| {
        let Some((name, domain)) = text.split_once('@') else {
            return Err(format!("`{text}` has no `@`"));
        };
        if name.is_empty() || !domain.contains('.') || domain.contains('@') {
            return Err(format!("`{text}` is not a name, an `@` and a domain"));
        }
        match text.chars().find(|c| c.is_whitespace()) {
            Some(_) => Err(format!("`{text}` contains a blank")),
            None => Ok(()),
        }
    })
}

/// The same, or empty for nobody.
pub(crate) fn user_principal_name_or_nobody() -> Check {
    let check = user_principal_name();
    Check::text("a user principal name such as `megan@contoso.com`, or empty", move |text| match text {
        "" => Ok(()),
        text => check.run(&text.into()),
    })
}

/// Why a device is not assigned to a user while it is assigned to another one.
pub(crate) fn assigned_to_another(cx: &Cx, device: &str, serial: Option<&str>, now: &str) -> Failure {
    let title = "The device is assigned to another user";
    if cx.is_in_state(device) {
        let what = format!("the assignment of `{now}` to the device {device}");
        return held_already("device_id", title, &what, "choose another device");
    }
    Failure::at(
        "device_id",
        title,
        format!(
            "The device `{}` is assigned to `{now}` already. Import that assignment with `terraform import \
             autopilot_user_assignment.NAME {device}`, or set `adopt_existing = true` to replace it.",
            serial.unwrap_or(device)
        ),
    )
}

const SELECT: &str = "id,userPrincipalName,displayName,accountEnabled,assignedPlans,usageLocation";
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_principal_name_looks_like_one() {
        let table = [
            ("megan@contoso.com", true),
            ("ann_fabrikam.com#EXT#@contoso.onmicrosoft.com", true),
            ("megan", false),
            ("@contoso.com", false),
            ("megan@contoso", false),
            ("megan bowen@contoso.com", false),
            ("2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b20", false),
        ];
        for (text, fits) in table {
            assert_eq!(user_principal_name().run(&text.into()).is_ok(), fits, "{text}");
        }
    }
}
