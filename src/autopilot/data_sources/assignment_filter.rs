//! `autopilot_assignment_filter`: a filter that narrows assignments.

use async_trait::async_trait;

use crate::autopilot::collection::NamedCollection;
use crate::autopilot::look_up::{id_or_name, one_of_id_and_name, result};
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::CONFIGURATION_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::Endpoint;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{GUID, Schema, computed, set_of, text};
use crate::tf_provider::value::Value;

/// An assignment filter, by id or name.
pub(crate) struct AssignmentFilter;

#[async_trait]
impl DataSource<Tenant> for AssignmentFilter {
    fn name(&self) -> &'static str {
        FILTERS.type_name
    }

    fn schema(&self) -> Schema {
        Schema::new("An assignment filter that exists in Intune, for the assignments of status pages.")
            .attributes(id_or_name(&FILTERS))
            .attributes([
                computed("description", text(), "Description; null if none."),
                computed("platform", text(), "Devices the filter is for, `windows10AndLater` for Windows."),
                computed("rule", text(), "Rule that a device must fit."),
                computed(
                    "role_scope_tag_ids",
                    set_of(text()),
                    "Ids of the scope tags that decide which administrators see the filter.",
                )
                .remote("roleScopeTags"),
                computed("created_date_time", text(), "When the filter was created."),
                computed("last_modified_date_time", text(), "When the filter was last changed."),
            ])
            .rule(one_of_id_and_name())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(CONFIGURATION_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let found = FILTERS.look_up(&cx.session()?, &config).await?;
        let schema = self.schema();
        let shown = Value::Object(values(&schema.attributes, &found));
        Ok(result(&schema, &config, &shown))
    }
}

const FILTERS: NamedCollection = NamedCollection {
    noun: "assignment filter",
    type_name: "autopilot_assignment_filter",
    endpoint: || Endpoint::beta("deviceManagement/assignmentFilters"),
    reads: CONFIGURATION_READ,
    writes: &[],
    ids: &GUID,
    is_ours: |_| true,
    by_name: None,
    expand: None,
    is_replicated: false,
};
