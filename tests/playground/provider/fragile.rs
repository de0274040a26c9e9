//! Operations that fail at a chosen moment.

use async_trait::async_trait;
use autopilot_provider::tf_provider::context::Context;
use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::resource::{Change, Resource};
use autopilot_provider::tf_provider::schema::{
    Choice, Schema, choice, computed, default, optional, pick, required, text,
};
use autopilot_provider::tf_provider::value::Value;

use super::service::Service;

pub(super) struct Fragile;

const NAME: &str = "playground_fragile";

const MOMENTS: &[Choice] = &[
    pick("never", "", "Nothing fails."),
    pick("plan", "", "Planning panics."),
    pick("before_create", "", "Creating fails, and nothing exists."),
    pick("after_create", "", "Creating fails once the object exists."),
    pick("panic_before_create", "", "Creating panics, and nothing exists."),
    pick("panic_after_create", "", "Creating panics once the object exists."),
    pick("null_create", "", "Creating answers that there is no object."),
    pick("undecided_create", "", "Creating leaves a value undecided."),
    pick("misshapen_create", "", "Creating answers a number where the schema has text."),
    pick("update", "", "Updating fails before anything is changed."),
    pick("second_step", "", "Updating fails after `first` and before `second` is changed."),
    pick("panic_second_step", "", "Updating panics after `first` and before `second` is changed."),
    pick("read", "", "Reading fails."),
    pick("delete", "", "Deleting fails."),
    pick("panic_delete", "", "Deleting panics."),
];

#[async_trait]
impl Resource<Service> for Fragile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn schema(&self) -> Schema {
        schema()
    }

    async fn plan(
        &self,
        _cx: &Context<Service>,
        plan: &mut autopilot_provider::tf_provider::plan::Plan,
    ) -> Result<(), Failure> {
        assert!(!fails(&plan.planned, "plan"), "asked to panic while planning");
        Ok(())
    }

    async fn create(&self, cx: &Context<Service>, change: &Change) -> Result<Value, Failure> {
        let planned = &change.planned;
        if fails(planned, "before_create") {
            return Err(unavailable("nothing was created"));
        }
        assert!(!fails(planned, "panic_before_create"), "asked to panic before creating");
        let id = cx.client().fresh_id();
        let created = planned.clone().with("id", id.as_str()).with("echo", planned.get("first").clone());
        cx.client().save(NAME, &schema(), &created)?;
        Ok(match () {
            () if fails(planned, "misshapen_create") => created.with("echo", 5),
            () => created,
        })
    }

    async fn settle(
        &self,
        _cx: &Context<Service>,
        change: &Change,
        created: Value,
    ) -> Result<Value, Failure> {
        let planned = &change.planned;
        assert!(!fails(planned, "panic_after_create"), "asked to panic after creating");
        match () {
            () if fails(planned, "after_create") => Err(unavailable("the object exists, half-made")),
            () if fails(planned, "null_create") => Ok(Value::Null),
            () if fails(planned, "undecided_create") => Ok(created.with("echo", Value::Unknown)),
            () => Ok(created),
        }
    }

    async fn read(&self, cx: &Context<Service>, state: Value) -> Result<Option<Value>, Failure> {
        if fails(&state, "read") {
            return Err(unavailable("nothing is known about the object"));
        }
        cx.client().load(NAME, &schema(), state.get("id").as_str().unwrap_or_default())
    }

    async fn update(&self, cx: &Context<Service>, change: &Change) -> Result<Value, Failure> {
        let Change { prior, planned, .. } = change;
        if fails(planned, "update") {
            return Err(unavailable("nothing was changed"));
        }
        let halfway = prior.clone().with("first", planned.get("first").clone());
        let halfway = halfway.with("echo", planned.get("first").clone());
        cx.client().save(NAME, &schema(), &halfway)?;
        cx.keep(halfway);
        assert!(!fails(planned, "panic_second_step"), "asked to panic between the steps");
        if fails(planned, "second_step") {
            return Err(unavailable("`first` was changed and `second` was not"));
        }
        let updated = planned.clone().with("echo", planned.get("first").clone());
        cx.client().save(NAME, &schema(), &updated)?;
        Ok(updated)
    }

    async fn delete(&self, cx: &Context<Service>, state: Value) -> Result<(), Failure> {
        assert!(!fails(&state, "panic_delete"), "asked to panic while deleting");
        if fails(&state, "delete") {
            return Err(unavailable("the object still exists"));
        }
        cx.client().remove(NAME, state.get("id").as_str().unwrap_or_default())
    }
}

fn schema() -> Schema {
    Schema::new("A thing that breaks when asked to.").attributes([
        required("first", text(), "Changed in the first step."),
        optional("second", text(), "Changed in the second step."),
        default("fail", choice(MOMENTS), "never", "When to fail."),
        computed("id", text(), "Its id.").keep_prior(),
        computed("echo", text(), "What `first` was last set to.").keep_unless(&["first"]),
    ])
}

fn fails(object: &Value, moment: &str) -> bool {
    object.get("fail").as_str() == Some(moment)
}

fn unavailable(what: &str) -> Failure {
    Failure::new(
        "Service unavailable",
        format!("The service broke, as it was asked to: {what}. Run apply again."),
    )
}
