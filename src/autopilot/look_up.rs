//! What data sources that show an existing object have in common.

use serde_json::Value as Json;

use super::collection::{NamedCollection, id};
use super::mapping::text_of;
use super::session::Session;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::{
    self, Attribute, Rule, Schema, check, optional, optional_computed, rule, text,
};
use crate::tf_provider::value::Value;

/// The two arguments that say which object is meant.
pub(crate) fn id_or_name(collection: &NamedCollection) -> [Attribute; 2] {
    let noun = collection.noun;
    let id = format!("Id of the {noun}.");
    let name = format!("Display name of the {noun}. Capital letters do not matter.");
    [
        optional_computed("id", schema::id(collection.ids), id),
        optional_computed("display_name", text(), name).check(check::not_blank()),
    ]
}

/// That exactly one of them is given.
pub(crate) fn one_of_id_and_name() -> Rule {
    rule::exactly_one(&["id", "display_name"])
}

/// What a resource shows, as results; without its arguments that only tell the provider how to work.
pub(crate) fn results(resource: Schema, without: &[&str]) -> Vec<Attribute> {
    let local = ["adopt_existing", "on_destroy"];
    let shown = resource
        .attributes
        .into_iter()
        .filter(|one| !local.contains(&one.name) && !without.contains(&one.name));
    shown.map(Attribute::into_computed).collect()
}

/// The result of a look-up: what was found of every attribute. What the user wrote stays as it was spelt.
pub(crate) fn result(schema: &Schema, config: &Value, found: &Value) -> Value {
    Value::object(schema.attributes.iter().map(|attribute| {
        let written = config.get(attribute.name);
        let value = if written.is_null() { found.get(attribute.name) } else { written };
        (attribute.name, value.clone())
    }))
}

/// The argument that narrows a list by name.
pub(crate) fn name_contains(noun: &str) -> Attribute {
    let what = format!("Only the {noun}s whose name contains this text. Capital letters do not matter.");
    optional("display_name_contains", text(), what).check(check::not_blank())
}

/// Whether an object's name is as that argument says.
pub(crate) fn is_named_like(object: &Json, config: &Value) -> bool {
    let name = object["displayName"].as_str().unwrap_or_default().to_lowercase();
    config.get("display_name_contains").as_str().is_none_or(|part| name.contains(&part.to_lowercase()))
}

/// The result of a list: the ids of what was found, and its attributes.
pub(crate) fn list_result(config: Value, name: &str, attributes: &[Attribute], found: &[Value]) -> Value {
    let ids = found.iter().map(|one| one.get("id").clone());
    let shown = found.iter().map(|one| {
        Value::object(attributes.iter().map(|attribute| (attribute.name, one.get(attribute.name).clone())))
    });
    config.with("ids", Value::list(ids)).with(name, Value::list(shown))
}

impl NamedCollection {
    /// The member that a data source's `id` or `display_name` names.
    pub(crate) async fn look_up(&self, session: &Session, config: &Value) -> Result<Json, Failure> {
        if let Some(name) = config.get("display_name").as_str() {
            return self.find(session, name).await;
        }
        let wanted = text_of(config, "id");
        let found = self.read(session, wanted).await?;
        found.filter(|object| !id(object).is_empty()).ok_or_else(|| {
            Failure::at(
                "id",
                format!("No such {}", self.noun),
                format!(
                    "There is no {} with the id `{wanted}` in this tenant. Correct the id, or look it up by \
                     `display_name`.",
                    self.noun
                ),
            )
        })
    }
}
