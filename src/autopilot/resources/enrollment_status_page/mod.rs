//! `autopilot_enrollment_status_page`: what users see while a device is set up, and what it waits for (step 5).
//!
//! The page everybody has by default is managed by the same type: it is found instead of created, only its settings
//! change, and it is left in the tenant.

pub(crate) mod apps;
mod default_page;
mod place;
mod schema;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

pub(crate) use self::default_page::the_default;
use self::default_page::{default_body, leave_unwritten_alone, write_default};
use self::place::{claim, place};
use self::schema::{APPS, FIXED, labels, settings};
use crate::autopilot::assignment;
use crate::autopilot::engine::collection::{Named, id};
use crate::autopilot::engine::prior_settings::{self, remembered, restores};
use crate::autopilot::mapping::{changed, shows, text_of, values, whole};
use crate::autopilot::page_order::patience;
use crate::autopilot::permissions::{APPS_READ, ENROLLMENT_READ, ENROLLMENT_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Endpoint};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, aside, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// An enrollment status page.
pub(crate) struct EnrollmentStatusPage;

/// Status pages that administrators made. They share their collection with other enrollment configurations, and only
/// beta knows their settings.
pub(crate) const PAGES: Named = Named {
    noun: "enrollment status page",
    type_name: "autopilot_enrollment_status_page",
    endpoint: || Endpoint::beta("deviceManagement/deviceEnrollmentConfigurations"),
    reads: ENROLLMENT_READ,
    writes: ENROLLMENT_WRITE,
    is_ours: |object| is_page(object) && !is_default(id(object)),
    by_name: None,
    expand: Some("assignments"),
    is_replicated: false,
};

/// The page every tenant has.
pub(crate) const DEFAULT_PAGE: Named = Named {
    noun: "default enrollment status page",
    is_ours: |object| is_page(object) && is_default(id(object)),
    ..PAGES
};

#[async_trait]
impl Resource<Tenant> for EnrollmentStatusPage {
    fn name(&self) -> &'static str {
        PAGES.type_name
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![
            to_read(ENROLLMENT_READ),
            to_change(ENROLLMENT_WRITE),
            aside("check `blocking_app_ids` while planning (optional)", APPS_READ),
        ]
    }

    fn changes_anything(&self, prior: &Value, planned: &Value) -> bool {
        if manages_default(prior) {
            prior_settings::changes_anything(prior, planned)
        } else {
            prior != planned
        }
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        if plan.is_destroy() {
            if manages_default(&plan.prior) {
                prior_settings::warn_of_keeping(cx, plan, "default status page");
            }
            return Ok(());
        }
        if manages_default(&plan.planned) {
            leave_unwritten_alone(plan);
        } else if let Some(priority) = plan.config.get("priority").as_i64() {
            let claimed = claim(cx, priority, text_of(&plan.planned, "display_name"));
            // Two pages that have one priority already are left alone.
            if plan.changes("priority") {
                claimed?;
            }
        }
        if plan.changes(APPS) && !plan.planned.get(APPS).elements().is_empty() && cx.client().is_reachable() {
            apps::look(cx, &cx.session()?, plan.planned.get(APPS)).await?;
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        if manages_default(&change.planned) {
            let current = the_default(&session).await?;
            let planned = write_default(cx, &session, &current, &change.planned).await?;
            return Ok(planned.with("id", id(&current)).with("created_date_time", created_at(&current)));
        }
        let adopt = change.planned.get("adopt_existing").as_bool() == Some(true);
        let _turn = cx.client().status_pages().turn(&session).await?;
        let made = PAGES.create(&session, body(&change.planned), adopt).await?;
        Ok(change.planned.clone().with("id", id(&made.object)))
    }

    async fn settle(&self, cx: &Cx, change: &Change, created: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let page = text_of(&created, "id");
        if manages_default(&change.planned) {
            // What was written is known. Failing now would only mark the page as half-made, and Terraform replaces what
            // is half-made without telling what was there before.
            let body = default_body(&created);
            let shown = final_state(cx, &session, page, body, &created).await;
            return Ok(shown.unwrap_or_else(|failure| {
                prior_settings::warn_of_doubt(cx, "default status page", &failure);
                created.clone()
            }));
        }
        let found = PAGES.shown(&session, page, |_| true).await?;
        let wanted = body(&change.planned);
        // An adopted page is not ours yet.
        if !shows(&found, &without_offer(wanted.clone())) {
            patch(cx, &session, page, wanted.clone()).await?;
        }
        if !change.planned.get("assignments").is_null() {
            assign(cx, &session, page, change.planned.get("assignments")).await?;
        }
        if let Some(priority) = change.config.get("priority").as_i64() {
            place(cx, &session, page, priority).await?;
        }
        final_state(cx, &session, page, wanted, &change.planned).await
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let session = cx.session()?;
        let page = text_of(&state, "id");
        let found = kind_of(&state).read(&session, page).await?;
        Ok(found.map(|object| self::state(&object, &state, cx.is_import())))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let page = text_of(&change.prior, "id");
        if manages_default(&change.planned) {
            let current = the_default(&session).await?;
            let planned = write_default(cx, &session, &current, &change.planned).await?;
            return final_state(cx, &session, page, default_body(&planned), &planned).await;
        }
        let body = changes(change);
        if !body.is_empty() {
            patch(cx, &session, page, body.clone()).await?;
        }
        if change.changes("assignments") {
            assign(cx, &session, page, change.planned.get("assignments")).await?;
        }
        match change.config.get("priority").as_i64() {
            Some(priority) if change.changes("priority") => place(cx, &session, page, priority).await?,
            Some(_) => {}
            None => cx.client().status_pages().turn(&session).await?.forget(page),
        }
        final_state(cx, &session, page, body, &change.planned).await
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        let session = cx.session()?;
        let page = text_of(&state, "id");
        if manages_default(&state) {
            let former = remembered(cx);
            if restores(&state) && !former.is_empty() {
                patch(cx, &session, page, former.clone()).await?;
                DEFAULT_PAGE.shown(&session, page, |object| shows(object, &former)).await?;
            }
            return Ok(());
        }
        let Some(found) = PAGES.read(&session, page).await? else {
            return Ok(());
        };
        if !assignments_in(&found).elements().is_empty() {
            assign(cx, &session, page, &Value::Null).await?;
        }
        let mut turn = cx.client().status_pages().turn(&session).await?;
        turn.forget(page);
        PAGES.delete(&session, page).await
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        let session = cx.session()?;
        let is_default = text == "default" || is_default(text);
        let page = match text {
            "default" => id(&the_default(&session).await?).to_owned(),
            text if is_default => DEFAULT_PAGE.import(&session, text).await?,
            text => PAGES.import(&session, text).await?,
        };
        Ok(Value::object([
            ("id", Value::from(page)),
            ("default_page", Value::from(is_default)),
            ("adopt_existing", Value::from(false)),
            ("on_destroy", Value::from("keep")),
        ]))
    }
}

/// What Graph answered, as the values of a resource or data source.
pub(crate) fn found_values(object: &Json) -> Value {
    let mut fields = values(&schema::schema().attributes, object);
    let is_default = is_default(id(object));
    if is_default {
        fields.extend(FIXED.map(|name| (name.to_owned(), Value::Null)));
    } else {
        fields.insert("priority".to_owned(), Value::from(object["priority"].as_i64()));
        fields.insert("assignments".to_owned(), assignments_in(object));
    }
    fields.insert("default_page".to_owned(), Value::from(is_default));
    Value::Object(fields)
}

/// What Graph answered, as state. Assignments the user does not write are not managed here, and so not shown.
fn state(object: &Json, known: &Value, import: bool) -> Value {
    let found = found_values(object);
    let written = known.get("assignments");
    let none = found.get("assignments").elements().is_empty();
    let hidden = if import { none } else { written.is_null() };
    let found = if hidden { found.with("assignments", Value::Null) } else { found };
    found
        .with("adopt_existing", known.get("adopt_existing").clone())
        .with("on_destroy", known.get("on_destroy").clone())
}

/// Everything, for a new page. The priority is never sent: the service refuses or ignores it.
fn body(planned: &Value) -> Map<String, Json> {
    let mut body = whole(&labels(), planned);
    body.extend(whole(&settings(), planned));
    typed(body)
}

/// What changed. Settings go together, as the service's own pages send them.
fn changes(change: &Change) -> Map<String, Json> {
    let mut body = changed(&labels(), &change.prior, &change.planned);
    if body.get("description").is_some_and(Json::is_null) {
        body.insert("description".to_owned(), json!(""));
    }
    if !changed(&settings(), &change.prior, &change.planned).is_empty() {
        body.extend(whole(&settings(), &change.planned));
    }
    if body.is_empty() { body } else { typed(body) }
}

/// Without its type the service does not know what a body is about.
fn typed(mut body: Map<String, Json>) -> Map<String, Json> {
    body.insert("@odata.type".to_owned(), json!(TYPE));
    body
}

async fn patch(cx: &Cx, session: &Session, page: &str, body: Map<String, Json>) -> Result<(), graph::Error> {
    let _turn = cx.client().status_pages().turn(session).await?;
    PAGES.patch(session, page, typed(body)).await
}

/// Replaces all assignments, which is the only way to change them. Null removes them.
async fn assign(cx: &Cx, session: &Session, page: &str, wanted: &Value) -> Result<(), graph::Error> {
    let assignments: Vec<Json> =
        wanted.elements().iter().map(|one| json!({"target": assignment::target(one, true)})).collect();
    let _turn = cx.client().status_pages().turn(session).await?;
    let action = PAGES.member(page).then("assign");
    let body = json!({"enrollmentConfigurationAssignments": assignments});
    session.post(&action, body).await.map(drop)
}

/// The assignments made directly; those of policy sets are not ours to show or remove.
fn assignments_in(object: &Json) -> Value {
    let all = object["assignments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let direct = all.iter().filter(|one| one["source"].as_str().is_none_or(|source| source == "direct"));
    Value::set(direct.map(|one| assignment::from_target(&one["target"], true)))
}

/// Waits until a read shows the change, and returns the state it shows.
async fn final_state(
    cx: &Cx,
    session: &Session,
    page: &str,
    body: Map<String, Json>,
    planned: &Value,
) -> Result<Value, Failure> {
    let (kind, assignments) = (kind_of(planned), planned.get("assignments"));
    let is_shown = |object: &Json, body: &Map<String, Json>| {
        shows(object, body)
            && (assignments.is_null() || assignment::same(&assignments_in(object), assignments))
    };
    let told = |object: &Json| match (state(object, planned, false), planned.get("priority")) {
        (state, Value::Unknown) => state,
        // Another page of this run may have moved this one meanwhile. The next refresh tells.
        (state, promised) => state.with("priority", promised.clone()),
    };
    let asks_for_offer = body.get(OFFER) == Some(&json!(true));
    if asks_for_offer {
        let patient = session.narrowed(patience(session));
        let all = kind.shown(&patient, page, |object| is_shown(object, &body));
        if let Ok(object) = all.await {
            return Ok(told(&object));
        }
    }
    let rest = without_offer(body);
    let object = kind.shown(session, page, |object| is_shown(object, &rest)).await?;
    if !asks_for_offer {
        return Ok(told(&object));
    }
    cx.warn(
        "Quality updates during setup are not available in this tenant",
        "The service accepted `install_quality_updates = true`, but the page still says false, as it does where \
         Microsoft has not turned the feature on yet. Remove the argument until it has; otherwise every plan tries \
         again.",
    );
    Ok(told(&object).with("install_quality_updates", true))
}

/// What a read is sure to show: not every tenant keeps this one setting.
fn without_offer(mut body: Map<String, Json>) -> Map<String, Json> {
    body.remove(OFFER);
    body
}

fn kind_of(state: &Value) -> &'static Named {
    if manages_default(state) { &DEFAULT_PAGE } else { &PAGES }
}

fn manages_default(state: &Value) -> bool {
    state.get("default_page").as_bool() == Some(true)
}

fn is_page(object: &Json) -> bool {
    object["@odata.type"] == json!(TYPE)
}

fn created_at(object: &Json) -> Value {
    Value::from(object["createdDateTime"].as_str())
}

/// Where the page with this id is found.
pub(crate) fn kind_by_id(id: &str) -> &'static Named {
    if is_default(id) { &DEFAULT_PAGE } else { &PAGES }
}

/// Whether an id is that of the default page.
pub(crate) fn is_default(id: &str) -> bool {
    id.to_ascii_lowercase().ends_with("_defaultwindows10enrollmentcompletionpageconfiguration")
}

const TYPE: &str = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration";
const OFFER: &str = "installQualityUpdates";
