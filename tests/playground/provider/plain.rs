//! Attributes of every kind.

use async_trait::async_trait;
use autopilot_provider::tf_provider::context::Context;
use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::identity::Identity;
use autopilot_provider::tf_provider::resource::{Change, Move, Resource, Upgrade};
use autopilot_provider::tf_provider::schema::{
    Choice, Schema, Timeouts, boolean, check, choice, computed, default, integer, list_of, map_of, number,
    optional, optional_computed, pick, required, rule, set_of, text,
};
use autopilot_provider::tf_provider::value::{Type, Value};

use super::service::Service;

pub(super) struct Plain;

pub(super) const NAME: &str = "playground_plain";

const COLORS: &[Choice] = &[pick("red", "r", "Like a rose."), pick("green", "g", ""), pick("blue", "b", "")];

#[async_trait]
impl Resource<Service> for Plain {
    fn name(&self) -> &'static str {
        NAME
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn identity(&self) -> Option<Identity> {
        Some(Identity::ID)
    }

    async fn create(&self, cx: &Context<Service>, change: &Change) -> Result<Value, Failure> {
        let created = finished(&change.planned, &cx.client().fresh_id(), 1);
        cx.client().save(NAME, &schema(), &created)?;
        cx.set_private("created_by", "playground".into());
        Ok(created)
    }

    async fn read(&self, cx: &Context<Service>, state: Value) -> Result<Option<Value>, Failure> {
        cx.client().load(NAME, &schema(), state.get("id").as_str().unwrap_or_default())
    }

    async fn update(&self, cx: &Context<Service>, change: &Change) -> Result<Value, Failure> {
        let id = change.prior.get("id").as_str().unwrap_or_default();
        let revision = change.prior.get("revision").as_i64().unwrap_or_default() + 1;
        let updated = finished(&change.planned, id, revision);
        cx.client().save(NAME, &schema(), &updated)?;
        Ok(updated)
    }

    async fn delete(&self, cx: &Context<Service>, state: Value) -> Result<(), Failure> {
        cx.client().remove(NAME, state.get("id").as_str().unwrap_or_default())
    }

    /// By id, or by `name:NAME`.
    async fn import(&self, cx: &Context<Service>, id: &str) -> Result<Value, Failure> {
        let Some(name) = id.strip_prefix("name:") else {
            return Ok(Value::object([("id", id.into())]));
        };
        let found =
            cx.client().list(NAME, &schema())?.into_iter().find(|o| o.get("name").as_str() == Some(name));
        found.ok_or_else(|| {
            Failure::new(
                "No such object",
                format!("No {NAME} is named `{name}`. Check the name, or import by id."),
            )
        })
    }

    fn upgrades(&self) -> Vec<Upgrade> {
        // Version 0 called the name `title`, and wrote its size as text.
        let ty = Type::object([("id", Type::String), ("title", Type::String), ("size", Type::String)]);
        let upgrade = |old: Value| {
            let size = match old.get("size").as_str() {
                Some(text) => text.parse::<i64>().map_err(|_| format!("`{text}` is not a size"))?.into(),
                None => Value::Null,
            };
            let enabled = Value::Bool(true);
            Ok(Value::object([
                ("id", old.get("id").clone()),
                ("name", old.get("title").clone()),
                ("size", size),
                ("enabled", enabled),
            ]))
        };
        vec![Upgrade { from: 0, ty, upgrade }]
    }

    fn moves(&self) -> Vec<Move> {
        let convert = |state: &serde_json::Value| {
            let id = state["id"].as_str().ok_or("it has no id")?;
            Ok(Value::object([("id", id.into())]))
        };
        vec![
            Move { provider: "example/playground", type_name: "playground_former", convert },
            Move { provider: "hashicorp/null", type_name: "null_resource", convert },
        ]
    }
}

fn schema() -> Schema {
    Schema::new("A thing with an attribute of every kind.")
        .version(1)
        .attributes([
            required("name", text(), "Its name.").check(check::not_blank()).check(check::longest(40)),
            optional("size", integer(), "Its size.").check(check::between(1, 100)),
            optional("ratio", number(), "Any number."),
            default("enabled", boolean(), true, "Whether it works."),
            default("color", choice(COLORS), "red", "Its color."),
            default("region", text(), "north", "Where it stands.").replace_on_change(),
            optional("label", text(), "Words on it, in any case.").ignore_case(),
            optional("grade", integer(), "It cannot be lowered.")
                .replace_when("it is lowered", |before, after| before.as_i64() > after.as_i64()),
            optional("tags", set_of(text()), "Words about it.").check(check::count_between(0, 5)),
            optional("steps", list_of(text()), "What to do, in order."),
            optional("limits", map_of(integer()), "Numbers under names."),
            optional_computed("owner", text(), "Whose it is: `nobody`'s, unless given."),
            optional("remark", text(), "What others should not see.").sensitive(),
            optional("nickname", text(), "A short name."),
            optional("alias", text(), "Another short name."),
            optional("title", text(), "Its former name.").deprecated("Use `name`."),
            computed("id", text(), "Its id.").keep_prior(),
            computed("fingerprint", text(), "The name in capitals.").keep_unless(&["name"]),
            computed("revision", integer(), "How often it was written."),
        ])
        .rule(rule::at_most_one(&["nickname", "alias"]))
        .rule(rule::requires("grade", "size"))
        .timeouts(Timeouts::default())
}

/// The plan with what the service decides.
fn finished(planned: &Value, id: &str, revision: i64) -> Value {
    let owner = match planned.get("owner") {
        Value::Unknown => "nobody".into(),
        owner => owner.clone(),
    };
    let fingerprint = planned.get("name").as_str().map(str::to_uppercase);
    planned
        .clone()
        .with("id", id)
        .with("owner", owner)
        .with("fingerprint", fingerprint)
        .with("revision", revision)
}
