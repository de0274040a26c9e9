//! `autopilot_scope_tag`: a tag that decides which administrators see an object of Intune.

use async_trait::async_trait;

use crate::autopilot::collection::NamedCollection;
use crate::autopilot::look_up::{id_or_name, one_of_id_and_name, result};
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::SCOPE_TAGS_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::Endpoint;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{IdForm, Schema, boolean, computed, text};
use crate::tf_provider::value::Value;

/// A scope tag, by id or name.
pub(crate) struct ScopeTag;

#[async_trait]
impl DataSource<Tenant> for ScopeTag {
    fn name(&self) -> &'static str {
        SCOPE_TAGS.type_name
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "A scope tag that exists in Intune. Its id goes into `role_scope_tag_ids` of profiles and status pages.",
        )
        .attributes(id_or_name(&SCOPE_TAGS))
        .attributes([
            computed("description", text(), "Description; null if none."),
            computed("is_built_in", boolean(), "Whether every tenant has the tag: `Default`, with the id `0`."),
        ])
        .rule(one_of_id_and_name())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SCOPE_TAGS_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let found = SCOPE_TAGS.look_up(&cx.session()?, &config).await?;
        let schema = self.schema();
        let shown = Value::Object(values(&schema.attributes, &found));
        Ok(result(&schema, &config, &shown))
    }
}

const SCOPE_TAGS: NamedCollection = NamedCollection {
    noun: "scope tag",
    type_name: "autopilot_scope_tag",
    endpoint: || Endpoint::beta("deviceManagement/roleScopeTags"),
    reads: SCOPE_TAGS_READ,
    writes: &[],
    ids: &TAG_ID,
    is_ours: |_| true,
    by_name: None,
    expand: None,
    is_replicated: false,
};

const TAG_ID: IdForm = IdForm {
    sentence: "a number such as `0`",
    several: "numbers",
    test: |text| match !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(()),
        false => Err(format!("`{text}` is not one")),
    },
};
