//! `autopilot_user`: a user that exists in Microsoft Entra.

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use crate::autopilot::look_up::result;
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::USER_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::Endpoint;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, aside, to_read};
use crate::tf_provider::schema::{Schema, boolean, check, computed, optional_computed, rule, text};
use crate::tf_provider::value::Value;

/// A user, by object id or user principal name.
pub(crate) struct User;

#[async_trait]
impl DataSource<Tenant> for User {
    fn name(&self) -> &'static str {
        "autopilot_user"
    }

    fn schema(&self) -> Schema {
        Schema::new("A user that exists in Microsoft Entra, and whether a device can be set up for them.")
            .attributes([
                optional_computed("id", text(), "Object id of the user.").check(check::guid().of_changes()),
                optional_computed(
                    NAME,
                    text(),
                    "User principal name, such as `megan@contoso.com`. Capital letters do not matter.",
                )
                .check(check::not_blank()),
                computed("display_name", text(), "Name of the user."),
                computed(
                    "account_enabled",
                    boolean(),
                    "Whether the user can sign in; null if the account may not read it.",
                ),
                computed(
                    LICENSED,
                    boolean(),
                    "Whether an active Intune plan is assigned; null if the account may not read it.",
                )
                .local(),
                computed("usage_location", text(), "Country for which licences are given; null if none."),
            ])
            .rule(rule::exactly_one(&["id", NAME]))
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(USER_READ), aside("read `account_enabled` and `intune_licensed`", &USER_READ[1..])]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let (argument, key) = match config.get("id").as_str() {
            Some(id) => ("id", id),
            None => (NAME, config.get(NAME).as_str().unwrap_or_default()),
        };
        let user = Endpoint::v1("users").key(key).select(SELECT).needs(USER_READ);
        let found = session.get_opt(&user).await?.ok_or_else(|| {
            Failure::at(
                argument,
                "No such user",
                format!(
                    "There is no user `{key}` in this tenant. Check the spelling; the user principal name can differ from \
                     the mail address."
                ),
            )
        })?;
        let schema = self.schema();
        let shown =
            Value::Object(values(&schema.attributes, &found)).with(LICENSED, Value::from(licensed(&found)));
        Ok(result(&schema, &config, &shown))
    }
}

/// Whether an Intune plan is active; nothing if the answer does not tell.
fn licensed(user: &Json) -> Option<bool> {
    let plans = user["assignedPlans"].as_array()?;
    Some(plans.iter().any(|plan| {
        let is_intune = plan["servicePlanId"] == json!(INTUNE_PLAN) || plan["service"] == json!("SCO");
        is_intune && plan["capabilityStatus"] == json!("Enabled")
    }))
}

const NAME: &str = "user_principal_name";
const LICENSED: &str = "intune_licensed";
const SELECT: &str = "id,userPrincipalName,displayName,accountEnabled,assignedPlans,usageLocation";
/// The service plan INTUNE_A, which every licence with Intune holds.
const INTUNE_PLAN: &str = "c1ec4a95-1f05-45b3-a911-aa3fa01094f5";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_counts_only_while_it_is_active() {
        let plan = |service: &str, status: &str| json!({"assignedPlans": [{"service": service, "capabilityStatus": status}]});
        assert_eq!(licensed(&plan("SCO", "Enabled")), Some(true));
        assert_eq!(licensed(&plan("SCO", "Deleted")), Some(false));
        assert_eq!(licensed(&plan("exchange", "Enabled")), Some(false));
        assert_eq!(licensed(&json!({"assignedPlans": []})), Some(false));
        assert_eq!(licensed(&json!({})), None);
    }
}
