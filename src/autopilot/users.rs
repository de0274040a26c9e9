//! Users of Microsoft Entra: how they are found, and whether a device can be set up for one.

use serde_json::{Value as Json, json};

use super::permissions::USER_READ;
use super::session::Session;
use super::tenant::Cx;
use crate::graph::{self, Endpoint};
use crate::tf_provider::schema::Check;

/// The user with this object id or user principal name.
pub(crate) async fn find(session: &Session, key: &str) -> Result<Option<Json>, graph::Error> {
    session.get_opt(&Endpoint::v1("users").key(key).select(SELECT).needs(USER_READ)).await
}

/// Whether an Intune plan is active; nothing if the answer does not tell, as some permissions do not show plans.
pub(crate) fn licensed(user: &Json) -> Option<bool> {
    let plans = user["assignedPlans"].as_array()?;
    Some(plans.iter().any(|plan| {
        let is_intune = plan["servicePlanId"] == json!(INTUNE_PLAN) || plan["service"] == json!("SCO");
        is_intune && plan["capabilityStatus"] == json!("Enabled")
    }))
}

/// Says what may go wrong with this user. Without the permission to look, nothing.
pub(crate) async fn warn_about(cx: &Cx, session: &Session, user: &str) {
    match find(session, user).await {
        Ok(None) => cx.warn(
            "No such user",
            format!(
                "There is no user `{user}` in this tenant. Windows Autopilot takes any name, but nobody could sign in with \
                 this one, and setup would stop there. Check the spelling, or create the user first."
            ),
        ),
        Ok(Some(found)) if found["accountEnabled"] == json!(false) => cx.warn(
            "The user's account is blocked",
            format!("The account `{user}` is blocked from signing in, so its user cannot set the device up."),
        ),
        Ok(Some(found)) if licensed(&found) == Some(false) => cx.warn(
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

const SELECT: &str = "id,userPrincipalName,displayName,accountEnabled,assignedPlans,usageLocation";
/// The service plan `INTUNE_A`. Other plans with Intune are known by their service.
const INTUNE_PLAN: &str = "c1ec4a95-1f05-45b3-a911-aa3fa01094f5";

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

    #[test]
    fn a_licence_counts_only_while_it_is_active_and_is_missed_only_where_licences_are_shown() {
        let plan = |name: &str, value: &str, status: &str| json!({"assignedPlans": [{name: value, "capabilityStatus": status}]});
        let table = [
            (plan("service", "SCO", "Enabled"), Some(true)),
            (plan("service", "SCO", "Deleted"), Some(false)),
            (plan("service", "exchange", "Enabled"), Some(false)),
            (plan("servicePlanId", INTUNE_PLAN, "Enabled"), Some(true)),
            (plan("servicePlanId", INTUNE_PLAN, "Deleted"), Some(false)),
            (json!({"assignedPlans": []}), Some(false)),
            (json!({"assignedPlans": null}), None),
            (json!({}), None),
        ];
        for (user, expected) in table {
            assert_eq!(licensed(&user), expected, "{user}");
        }
    }
}
