//! The page every tenant has: found instead of created, and only its settings change.

use serde_json::{Map, Value as Json};

use super::schema::settings;
use super::{DEFAULT_PAGE, patch, typed};
use crate::autopilot::engine::collection::id;
use crate::autopilot::engine::prior_settings::remember;
use crate::autopilot::mapping::{shows, values, whole};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::graph;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::value::Value;

/// The page every tenant has.
pub(crate) async fn the_default(session: &Session) -> Result<Json, Failure> {
    let mut found = DEFAULT_PAGE.all(session).await?;
    if found.is_empty() {
        return Err(Failure::new(
            "The tenant has no default status page",
            "Graph shows no default enrollment status page. It comes with Intune: check that the tenant has an Intune \
             licence, and open Devices > Enrollment > Windows > Enrollment Status Page in the Intune admin center once.",
        ));
    }
    Ok(found.remove(0))
}

/// Settings of the default page that are not written keep the value they have.
pub(super) fn leave_unwritten_alone(plan: &mut Plan) {
    for setting in settings() {
        if plan.config.get(setting.name).is_null() {
            let before = match plan.prior.get(setting.name) {
                Value::Null => Value::Unknown,
                before => before.clone(),
            };
            plan.set(setting.name, before);
        }
    }
    for name in ["priority", "role_scope_tag_ids"] {
        plan.set(name, Value::Null);
    }
}

/// Changes settings of the default page, which now is `current`, and remembers what they were. Answers the plan with
/// what was left open filled in.
pub(super) async fn write_default(
    cx: &Cx,
    session: &Session,
    current: &Json,
    planned: &Value,
) -> Result<Value, graph::Error> {
    let found = values(&settings(), current);
    let planned = found.into_iter().fold(planned.clone(), |planned, (name, value)| {
        let is_open = planned.get(&name).is_unknown();
        if is_open { planned.with(name, value) } else { planned }
    });
    let body = default_body(&planned);
    let is_shown =
        |name: &String, value: &Json| shows(current, &Map::from_iter([(name.clone(), value.clone())]));
    let former: Vec<(String, Json)> = body
        .iter()
        .filter(|(name, value)| !is_shown(name, value))
        .map(|(name, _)| (name.clone(), current[name].clone()))
        .collect();
    if !former.is_empty() {
        remember(cx, former);
        patch(cx, session, id(current), body).await?;
    }
    Ok(planned)
}

/// All settings, and nothing that is fixed on the default page.
pub(super) fn default_body(planned: &Value) -> Map<String, Json> {
    typed(whole(&settings(), planned))
}
