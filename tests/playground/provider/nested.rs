//! Objects within objects, blocks, and arguments that are stored nowhere.

use async_trait::async_trait;
use autopilot_provider::tf_provider::context::Context;
use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::path::PathStep;
use autopilot_provider::tf_provider::resource::{Change, Resource};
use autopilot_provider::tf_provider::schema::{
    Block, Nesting, Schema, boolean, check, computed, default, integer, list_of, map_of, object, optional,
    optional_computed, required, rule, set_of, text,
};
use autopilot_provider::tf_provider::value::Value;

use super::service::Service;

pub(super) struct Nested;

const NAME: &str = "playground_nested";

#[async_trait]
impl Resource<Service> for Nested {
    fn name(&self) -> &'static str {
        NAME
    }

    fn schema(&self) -> Schema {
        schema()
    }

    async fn create(&self, cx: &Context<Service>, change: &Change) -> Result<Value, Failure> {
        let created = finished(change, &cx.client().fresh_id());
        cx.client().save(NAME, &schema(), &created)?;
        Ok(created)
    }

    async fn read(&self, cx: &Context<Service>, state: Value) -> Result<Option<Value>, Failure> {
        cx.client().load(NAME, &schema(), state.get("id").as_str().unwrap_or_default())
    }

    async fn update(&self, cx: &Context<Service>, change: &Change) -> Result<Value, Failure> {
        let updated = finished(change, change.prior.get("id").as_str().unwrap_or_default());
        cx.client().save(NAME, &schema(), &updated)?;
        Ok(updated)
    }

    async fn delete(&self, cx: &Context<Service>, state: Value) -> Result<(), Failure> {
        cx.client().remove(NAME, state.get("id").as_str().unwrap_or_default())
    }

    async fn import(&self, _cx: &Context<Service>, id: &str) -> Result<Value, Failure> {
        Ok(Value::object([("id", id.into())]))
    }
}

fn schema() -> Schema {
    Schema::new("A thing made of things.")
        .attributes([
            required("name", text(), "Its name."),
            optional(
                "contact",
                object([
                    required("mail", text(), "Where to write, in any case.").ignore_case(),
                    optional("country", text(), "Which law holds.").replace_on_change(),
                    default("language", text(), "en", "What to write in."),
                    computed("handle", text(), "What the service calls them.").keep_prior(),
                    optional("pin", text(), "What to say on the phone.").write_only(),
                ]),
                "Whom to ask.",
            ),
            optional(
                "rules",
                set_of(object([
                    required("kind", text(), "What it is about.").check(check::longest(10)),
                    default("weight", integer(), 10, "How much it counts."),
                    optional("note", text(), "Why."),
                ])),
                "What holds.",
            ),
            optional(
                "stages",
                list_of(object([
                    required("name", text(), "What is done."),
                    default("minutes", integer(), 5, "How long it takes."),
                    optional_computed("owner", text(), "Who does it: `nobody`, unless given.").keep_prior(),
                    computed("ticket", text(), "Number the service gives.").keep_prior(),
                ])),
                "What is done, in order.",
            ),
            optional(
                "zones",
                map_of(object([
                    required("active", boolean(), "Whether anybody is there."),
                    optional_computed("floor", integer(), "How high it is: 0, unless given."),
                ])),
                "Where it stands.",
            ),
            optional_computed(
                "plan",
                object([
                    optional("name", text(), "What it is called."),
                    computed("price", integer(), "What it costs.").keep_prior(),
                ]),
                "What is paid for it: the `free` plan, unless given.",
            ),
            computed(
                "summary",
                object([
                    computed("rules", integer(), "How many rules there are."),
                    computed("stages", integer(), "How many stages there are."),
                ]),
                "Its parts, counted.",
            )
            .keep_unless(&["rules", "stages"]),
            optional("password", text(), "What opens it.").write_only(),
            optional("password_version", integer(), "Raise it to set the password again."),
            computed("password_length", integer(), "How many characters the password has.")
                .keep_unless(&["password_version"]),
            computed("id", text(), "Its id.").keep_prior(),
        ])
        .block(Block {
            name: "port",
            description: "A way in.",
            nesting: Nesting::List(0, 3),
            attributes: vec![
                required("number", integer(), "Its number.").check(check::between(1, 65535)),
                optional("protocol", text(), "What is spoken there."),
            ],
        })
        .block(Block {
            name: "mark",
            description: "Something written on it.",
            nesting: Nesting::Set(0, 0),
            attributes: vec![
                required("key", text(), "What it means."),
                optional("value", text(), "What it says."),
            ],
        })
        .block(Block {
            name: "cover",
            description: "What lies over it.",
            nesting: Nesting::Single,
            attributes: vec![optional("material", text(), "What it is made of.")],
        })
        .rule(rule::requires("password_version", "password"))
}

/// The plan with what the service decides: everything that is still unknown.
fn finished(change: &Change, id: &str) -> Value {
    let count = |name: &str| i64::try_from(change.planned.get(name).elements().len()).unwrap_or(i64::MAX);
    let summary = Value::object([("rules", count("rules").into()), ("stages", count("stages").into())]);
    let length = change.config.get("password").as_str().map(|text| text.chars().count().to_string());
    let free = Value::object([("name", "free".into()), ("price", 0.into())]);
    let mut number = 0_i64;
    change.planned.clone().map_leaves(|path, leaf| {
        if !leaf.is_unknown() {
            return leaf;
        }
        let Some(PathStep::Attribute(name)) = path.steps().last() else {
            return leaf;
        };
        match name.as_str() {
            "id" => id.into(),
            "summary" => summary.clone(),
            "password_length" => {
                length.as_ref().map_or(Value::Null, |n| n.parse::<i64>().unwrap_or(0).into())
            }
            "plan" => free.clone(),
            "price" => 100.into(),
            "handle" => format!("contact-{id}").into(),
            "owner" => "nobody".into(),
            "floor" => 0.into(),
            "ticket" => {
                number += 1;
                format!("{id}-{number}").into()
            }
            _ => leaf,
        }
    })
}
