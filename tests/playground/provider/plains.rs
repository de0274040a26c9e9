//! A list of objects, and what may become of it on the way.

use async_trait::async_trait;
use autopilot_provider::tf_provider::context::Context;
use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::list_resource::{ListResource, Listed, Query, Results};
use autopilot_provider::tf_provider::resource::Resource as _;
use autopilot_provider::tf_provider::schema::{Choice, Schema, check, choice, optional, pick, text};
use autopilot_provider::tf_provider::value::Value;

use super::plain::{NAME, Plain};
use super::service::Service;

pub(super) struct Plains;

const ENDS: &[Choice] = &[
    pick("fails", "", "With an error."),
    pick("panics", "", "With a mistake of ours."),
    pick("waits", "", "Not by itself."),
    pick("warns", "", "With a warning."),
];

#[async_trait]
impl ListResource<Service> for Plains {
    fn name(&self) -> &'static str {
        NAME
    }

    fn schema(&self) -> Schema {
        Schema::new("Things with attributes of every kind.").attributes([
            optional("name_prefix", text(), "Only those whose name begins so.").check(check::not_blank()),
            optional("end", choice(ENDS), "How the list ends."),
        ])
    }

    async fn list(&self, cx: &Context<Service>, query: &Query, results: &mut Results) -> Result<(), Failure> {
        let mut all = cx.client().list(NAME, &Plain.schema())?;
        all.sort_by(|a, b| name(a).cmp(name(b)));
        let prefix = query.config.get("name_prefix").as_str().unwrap_or_default();
        for state in all.into_iter().filter(|state| name(state).starts_with(prefix)) {
            let display_name = name(&state).to_owned();
            cx.client().note("tell", NAME, &display_name)?;
            if results.tell(Listed { state, display_name }).await.is_break() {
                cx.client().note("enough", NAME, "")?;
                return Ok(());
            }
        }
        match query.config.get("end").as_str() {
            Some("fails") => Err(Failure::new("The list ends early", "The service went away. Try again.")),
            Some("panics") => panic!("as asked for"),
            Some("waits") => {
                cx.cancel().cancelled().await;
                cx.client().note("cancelled", NAME, "")
            }
            Some("warns") => {
                cx.warn("The list may be old", "It was read a while ago.");
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn name(object: &Value) -> &str {
    object.get("name").as_str().unwrap_or_default()
}
