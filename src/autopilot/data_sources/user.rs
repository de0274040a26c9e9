//! `autopilot_user`: a user that exists in Microsoft Entra.

use async_trait::async_trait;

use crate::autopilot::look_up::result;
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::USER_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::autopilot::users;
use crate::graph::decode;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, aside, to_read};
use crate::tf_provider::schema::{Schema, boolean, check, computed, guid, optional_computed, rule, text};
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
                optional_computed("id", guid(), "Object id of the user."),
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
        let found = users::find(&session, key).await?.ok_or_else(|| {
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
        let licensed = decode::<users::User>(&found)?.is_licensed();
        let shown = Value::Object(values(&schema.attributes, &found)).with(LICENSED, licensed);
        Ok(result(&schema, &config, &shown))
    }
}

const NAME: &str = "user_principal_name";
const LICENSED: &str = "intune_licensed";
