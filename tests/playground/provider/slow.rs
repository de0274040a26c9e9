//! Operations that take their time.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use autopilot_provider::tf_provider::context::Context;
use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::resource::{Change, Resource};
use autopilot_provider::tf_provider::schema::{
    Schema, Timeouts, boolean, check, computed, default, integer, optional, required, text,
};
use autopilot_provider::tf_provider::value::Value;

use super::service::Service;

pub(super) struct Slow;

const NAME: &str = "playground_slow";

#[async_trait]
impl Resource<Service> for Slow {
    fn name(&self) -> &'static str {
        NAME
    }

    fn schema(&self) -> Schema {
        schema()
    }

    async fn create(&self, cx: &Context<Service>, change: &Change) -> Result<Value, Failure> {
        let created = change.planned.clone().with("id", cx.client().fresh_id()).with("ready", false);
        cx.client().save(NAME, &schema(), &created)?;
        cx.client().note("created", NAME, created.get("id").as_str().unwrap_or_default())?;
        Ok(created)
    }

    async fn settle(
        &self,
        cx: &Context<Service>,
        _change: &Change,
        created: Value,
    ) -> Result<Value, Failure> {
        wait(cx, &created, "create_seconds").await?;
        let ready = created.with("ready", true);
        cx.client().save(NAME, &schema(), &ready)?;
        Ok(ready)
    }

    async fn read(&self, cx: &Context<Service>, state: Value) -> Result<Option<Value>, Failure> {
        cx.client().load(NAME, &schema(), state.get("id").as_str().unwrap_or_default())
    }

    async fn update(&self, cx: &Context<Service>, change: &Change) -> Result<Value, Failure> {
        wait(cx, &change.planned, "update_seconds").await?;
        let updated = change.planned.clone().with("ready", true);
        cx.client().save(NAME, &schema(), &updated)?;
        Ok(updated)
    }

    async fn delete(&self, cx: &Context<Service>, state: Value) -> Result<(), Failure> {
        wait(cx, &state, "delete_seconds").await?;
        cx.client().remove(NAME, state.get("id").as_str().unwrap_or_default())
    }
}

fn schema() -> Schema {
    let seconds = |name, description| optional(name, integer(), description).check(check::between(0, 3600));
    Schema::new("A thing that takes its time.")
        .attributes([
            required("name", text(), "Its name."),
            seconds("create_seconds", "How long creating takes, once it exists."),
            seconds("update_seconds", "How long updating takes."),
            seconds("delete_seconds", "How long deleting takes."),
            default(
                "attentive",
                boolean(),
                true,
                "Whether waiting heeds interrupts and deadlines by itself.",
            ),
            computed("id", text(), "Its id.").keep_prior(),
            computed("ready", boolean(), "Whether creating came to its end."),
        ])
        .timeouts(Timeouts::default())
}

/// Waits as long as the object says. Interrupts and deadlines leave a line in the journal.
async fn wait(cx: &Context<Service>, object: &Value, seconds: &str) -> Result<(), Failure> {
    let id = object.get("id").as_str().unwrap_or_default();
    let limit = Duration::from_secs(object.get(seconds).as_i64().unwrap_or_default().unsigned_abs());
    if object.get("attentive").as_bool() == Some(false) {
        cx.client().note("waiting", NAME, id)?;
        tokio::time::sleep(limit).await;
        return Ok(());
    }
    let left = cx.deadline().saturating_duration_since(Instant::now());
    cx.client().note("waiting", NAME, id)?;
    tokio::select! {
        () = tokio::time::sleep(limit) => Ok(()),
        () = cx.cancel().cancelled() => {
            cx.client().note("interrupted", NAME, id)?;
            Err(Failure::new("Interrupted", "The wait was interrupted. Run apply again to go on."))
        }
        () = tokio::time::sleep(left) => {
            cx.client().note("expired", NAME, id)?;
            Err(Failure::new(
                "Timed out",
                format!("The object was not ready in time (`{seconds}`). Run apply again, or allow more time in the \
                         `timeouts` block."),
            ))
        }
    }
}
