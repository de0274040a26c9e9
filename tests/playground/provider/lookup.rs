//! A data source.

use async_trait::async_trait;
use autopilot_provider::tf_provider::context::Context;
use autopilot_provider::tf_provider::data_source::DataSource;
use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::resource::Resource as _;
use autopilot_provider::tf_provider::schema::{Schema, computed, integer, optional, rule, set_of, text};
use autopilot_provider::tf_provider::value::Value;

use super::plain::{self, Plain};
use super::service::Service;

pub(super) struct Lookup;

#[async_trait]
impl DataSource<Service> for Lookup {
    fn name(&self) -> &'static str {
        "playground_lookup"
    }

    fn schema(&self) -> Schema {
        Schema::new("Finds a `playground_plain` by name or id.")
            .attributes([
                optional("name", text(), "Its name."),
                optional("id", text(), "Its id."),
                computed("size", integer(), "Its size."),
                computed("tags", set_of(text()), "Words about it."),
            ])
            .rule(rule::exactly_one(&["name", "id"]))
    }

    async fn read(&self, cx: &Context<Service>, config: Value) -> Result<Value, Failure> {
        let wanted = |object: &Value| {
            ["name", "id"].iter().all(|key| config.get(key).is_null() || config.get(key) == object.get(key))
        };
        let found = cx.client().list(plain::NAME, &Plain.schema())?.into_iter().find(wanted);
        let found = found.ok_or_else(|| {
            Failure::new(
                "No such object",
                "No `playground_plain` has this name or id. Check the spelling, or create it.",
            )
        })?;
        Ok(Value::object([("size", found.get("size").clone()), ("tags", found.get("tags").clone())]))
    }
}
