//! `autopilot_group`: a group that exists in Microsoft Entra.

use async_trait::async_trait;

use crate::autopilot::groups::{self, GROUPS};
use crate::autopilot::look_up::{id_or_name, one_of_id_and_name, result};
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::GROUP_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::decode;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{Schema, boolean, computed, text};
use crate::tf_provider::value::Value;

/// A group of users or devices, by id or name.
pub(crate) struct Group;

#[async_trait]
impl DataSource<Tenant> for Group {
    fn name(&self) -> &'static str {
        "autopilot_group"
    }

    fn schema(&self) -> Schema {
        Schema::new("A group of users or devices that exists in Microsoft Entra, for instance to assign something to it.")
            .attributes(id_or_name(&GROUPS))
            .attributes([
                computed("description", text(), "Description; null if none."),
                computed("membership_rule", text(), "Rule that picks the members of a dynamic group; null for others."),
                computed(
                    "membership_rule_paused",
                    boolean(),
                    "Whether a dynamic group keeps the members it has instead of following its rule.",
                )
                .local(),
                computed("security_enabled", boolean(), "Whether access and policies can be given to the group."),
                computed("mail_enabled", boolean(), "Whether the group receives mail."),
                computed("mail_nickname", text(), "Mail alias."),
                computed("security_identifier", text(), "Security identifier (SID)."),
                computed("created_date_time", text(), "When the group was created."),
            ])
            .rule(one_of_id_and_name())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(GROUP_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let found = GROUPS.look_up(&session, &config).await?;
        let schema = self.schema();
        let paused = decode::<groups::Group>(&found)?.is_paused();
        let shown = Value::Object(values(&schema.attributes, &found)).with("membership_rule_paused", paused);
        Ok(result(&schema, &config, &shown))
    }
}
