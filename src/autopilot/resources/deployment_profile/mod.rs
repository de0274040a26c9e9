//! `autopilot_deployment_profile`: how a laptop sets itself up, and which laptops (step 6).

mod schema;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use self::schema::{HYBRID, SKIP_CONNECTIVITY, USER_SELECT};
use crate::autopilot::assignment;
use crate::autopilot::mapping::{changed, shows, text_of, values, whole};
use crate::autopilot::named::{Named, id};
use crate::autopilot::permissions::{SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::{self, Endpoint, Kind};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Resource};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// A Windows Autopilot deployment profile.
pub(crate) struct DeploymentProfile;

/// The collection of profiles, which exists in beta only.
pub(crate) const PROFILES: Named = Named {
    noun: "deployment profile",
    type_name: "autopilot_deployment_profile",
    endpoint: || Endpoint::beta("deviceManagement/windowsAutopilotDeploymentProfiles"),
    reads: SERVICE_CONFIG_READ,
    writes: SERVICE_CONFIG_WRITE,
    is_ours: |_| true,
    by_name: None,
    expand: Some("assignments"),
};

#[async_trait]
impl Resource<Tenant> for DeploymentProfile {
    fn name(&self) -> &'static str {
        PROFILES.type_name
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ), to_change(SERVICE_CONFIG_WRITE)]
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        let name = plan.planned.get("display_name").as_str().unwrap_or_default();
        if !plan.planned.get("assignments").elements().iter().any(assignment::is_all_devices) {
            return Ok(());
        }
        match cx.client().claim("the assignment to all devices", name) {
            Some(other) => Err(Failure::at(
                "assignments",
                "Two profiles for all devices",
                format!(
                    "Only one deployment profile of a tenant can be assigned to all devices, and this configuration \
                         assigns two: `{other}` and `{name}`. Assign one of them to groups instead."
                ),
            )),
            None => Ok(()),
        }
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let adopt = change.planned.get("adopt_existing").as_bool() == Some(true);
        let made = PROFILES.create(&session, body(&change.planned), adopt).await?;
        if made.adopted {
            refuse_another_kind(&made.object, &change.planned)?;
        }
        Ok(change.planned.clone().with("id", id(&made.object)))
    }

    async fn settle(&self, cx: &Cx, change: &Change, created: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let profile = text_of(&created, "id");
        let found = PROFILES.shown(&session, profile, |_| true).await?;
        let wanted = without_kind(body(&change.planned));
        // An adopted profile is not ours yet; and a new one may lack what the service only takes in a change: it stores
        // an empty locale as "os-default" when it creates.
        if !shows(&found, &wanted) {
            PROFILES.patch(&session, profile, wanted.clone()).await?;
        }
        if !change.planned.get("assignments").is_null() {
            assign(&session, profile, change.planned.get("assignments")).await?;
        }
        final_state(&session, profile, wanted, &change.planned).await
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let session = cx.session()?;
        let found = PROFILES.read(&session, text_of(&state, "id")).await?;
        Ok(found.map(|object| self::state(&object, &state, cx.is_import())))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let profile = text_of(&change.prior, "id");
        let body = changes(change);
        PROFILES.patch(&session, profile, body.clone()).await?;
        if change.changes("assignments") {
            assign(&session, profile, change.planned.get("assignments")).await?;
        }
        final_state(&session, profile, body, &change.planned).await
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        let session = cx.session()?;
        let profile = text_of(&state, "id");
        for (assignment, _) in assigned(&session, profile).await? {
            session.delete(&PROFILES.member(profile).then("assignments").key(&assignment)).await?;
        }
        PROFILES.delete(&session, profile).await
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        let session = cx.session()?;
        let id = PROFILES.import(&session, text).await?;
        Ok(Value::object([("id", Value::from(id)), ("adopt_existing", Value::from(false))]))
    }
}

/// Everything, for a new profile.
fn body(planned: &Value) -> Map<String, Json> {
    finished(whole(&schema::schema().attributes, planned), planned)
}

/// What changed. The out-of-box settings are one value to the service: if one of them changes, all are sent.
fn changes(change: &Change) -> Map<String, Json> {
    let mut body = changed(&schema::schema().attributes, &change.prior, &change.planned);
    if body.is_empty() {
        return body;
    }
    let all = self::body(&change.planned);
    for always in ["@odata.type", OUT_OF_BOX] {
        if always == "@odata.type" || body.contains_key(always) {
            body.insert(always.to_owned(), all[always].clone());
        }
    }
    without_kind(finished(body, &change.planned))
}

/// What the attributes alone do not tell of the service's habits.
fn finished(mut body: Map<String, Json>, planned: &Value) -> Map<String, Json> {
    if body.get("locale").and_then(Json::as_str) == Some(USER_SELECT) {
        body.insert("locale".to_owned(), json!(""));
    }
    // Nobody's account type is asked for where no user signs in, and the service refuses an answer.
    if planned.get("deployment_mode").as_str() == Some("self_deploying")
        && let Some(Json::Object(out_of_box)) = body.get_mut(OUT_OF_BOX)
    {
        out_of_box.remove("userType");
    }
    if planned.get("join_type").as_str() != Some(HYBRID) {
        body.remove(SKIP_CONNECTIVITY);
    }
    for text in ["description", "deviceNameTemplate", "managementServiceAppId"] {
        if body.get(text).is_some_and(Json::is_null) {
            body.insert(text.to_owned(), json!(""));
        }
    }
    body
}

/// The kind of device is given at creation only.
fn without_kind(mut body: Map<String, Json>) -> Map<String, Json> {
    body.remove("deviceType");
    body
}

/// What Graph answered, as the values of a resource or data source.
pub(crate) fn found_values(object: &Json) -> Value {
    let mut fields = values(&schema::schema().attributes, object);
    if object["locale"].as_str() == Some("") {
        fields.insert("locale".to_owned(), Value::from(USER_SELECT));
    }
    let assignments = assignments_in(object).into_iter().map(|(_, assignment)| assignment);
    fields.insert("assignments".to_owned(), Value::set(assignments));
    Value::Object(fields)
}

/// What Graph answered, as state. Assignments the user does not write are not managed here, and so not shown.
fn state(object: &Json, known: &Value, import: bool) -> Value {
    let mut found = found_values(object);
    // What a profile of another kind does not have keeps its place in the configuration.
    for (attribute, otherwise) in
        [("user_account_type", Value::from("standard")), (SKIPS_CHECK, Value::from(false))]
    {
        if found.get(attribute).is_null() {
            let before = known.get(attribute).clone();
            let is_known = !before.is_null() && !before.is_unknown();
            found = found.with(attribute, if is_known { before } else { otherwise });
        }
    }
    let none = found.get("assignments").elements().is_empty();
    let hidden = if import { none } else { known.get("assignments").is_null() };
    let found = if hidden { found.with("assignments", Value::Null) } else { found };
    found.with("adopt_existing", known.get("adopt_existing").as_bool() == Some(true))
}

/// Waits until a read shows the change, and returns the state it shows.
async fn final_state(
    session: &Session,
    profile: &str,
    body: Map<String, Json>,
    planned: &Value,
) -> Result<Value, Failure> {
    let wanted = planned.get("assignments");
    let object = PROFILES
        .shown(session, profile, |object| {
            let found = Value::set(assignments_in(object).into_iter().map(|(_, assignment)| assignment));
            shows(object, &body) && (wanted.is_null() || assignment::same(&found, wanted))
        })
        .await?;
    Ok(state(&object, planned, false))
}

/// Brings the assignments to what is wanted: additions first, so that no device is without a profile in between.
async fn assign(session: &Session, profile: &str, wanted: &Value) -> Result<(), Failure> {
    let now = assigned(session, profile).await?;
    let current = Value::set(now.iter().map(|(_, assignment)| assignment.clone()));
    let (additions, removals) = assignment::difference(&current, wanted);
    let collection = PROFILES.member(profile).then("assignments");
    for addition in additions {
        let body = json!({"target": assignment::target(&addition, false)});
        match session.post(&collection, body).await {
            // What was sent before, and its answer lost, is refused the second time.
            Err(error) if error.kind() == Kind::Refused => {
                let now = assigned(session, profile).await?;
                let (missing, _) = assignment::difference(
                    &Value::set(now.into_iter().map(|(_, assignment)| assignment)),
                    &Value::set([addition]),
                );
                if !missing.is_empty() {
                    return Err(error.into());
                }
            }
            outcome => drop(outcome?),
        }
    }
    for (id, _) in now.iter().filter(|(_, assignment)| removals.contains(assignment)) {
        session.delete(&collection.clone().key(id)).await?;
    }
    Ok(())
}

/// The profile's assignments as they are now, with their ids.
async fn assigned(session: &Session, profile: &str) -> Result<Vec<(String, Value)>, graph::Error> {
    let object = session.get_opt(&PROFILES.member(profile).expand("assignments")).await?;
    Ok(object.map(|object| assignments_in(&object)).unwrap_or_default())
}

/// The assignments made directly; those of policy sets are not ours to show or remove.
fn assignments_in(object: &Json) -> Vec<(String, Value)> {
    let all = object["assignments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let direct = all.iter().filter(|one| one["source"].as_str().is_none_or(|source| source == "direct"));
    direct.map(|one| (id(one).to_owned(), assignment::from_target(&one["target"], false))).collect()
}

/// What a change cannot turn an existing profile into.
fn refuse_another_kind(found: &Json, planned: &Value) -> Result<(), Failure> {
    let existing = state(found, planned, false);
    for attribute in ["join_type", "device_type"] {
        if existing.get(attribute) != planned.get(attribute) {
            let show = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
            return Err(Failure::at(
                attribute,
                "The existing profile is of another kind",
                format!(
                    "The tenant already has a deployment profile named `{}` ({}), but its `{attribute}` is \
                         \"{}\" and cannot become \"{}\". Delete that profile, or choose another `display_name`.",
                    text_of(planned, "display_name"),
                    id(found),
                    show(existing.get(attribute)),
                    show(planned.get(attribute))
                ),
            ));
        }
    }
    Ok(())
}

const SKIPS_CHECK: &str = "hybrid_join_skip_connectivity_check";
const OUT_OF_BOX: &str = "outOfBoxExperienceSetting";
