//! What a tenant-wide setting was before this provider changed it, remembered beside the state, and what destroying does.
//!
//! Such a setting cannot be created or deleted, only changed. Destroying it changes nothing unless the user asks for the
//! former values; and only parts that were written here are ever put back.

use serde_json::{Map, Value as Json};

use crate::autopilot::tenant::Cx;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::schema::{Attribute, Choice, choice, default, pick};
use crate::tf_provider::value::Value;

/// The argument that says what destroying does.
pub(crate) fn on_destroy() -> Attribute {
    default("on_destroy", choice(ON_DESTROY), KEEP, "What destroying the resource does to the tenant.")
        .local()
}

/// Whether destroying shall put former values back.
pub(crate) fn restores(state: &Value) -> bool {
    state.get("on_destroy").as_str() == Some(RESTORE)
}

/// Whether a plan for a tenant-wide setting changes the tenant: ending the management of one does not.
pub(crate) fn changes_anything(prior: &Value, planned: &Value) -> bool {
    if planned.is_null() { restores(prior) } else { prior != planned }
}

/// Remembers what parts were, unless an earlier value is remembered already.
pub(crate) fn remember(cx: &Cx, parts: impl IntoIterator<Item = (String, Json)>) {
    let mut remembered = remembered(cx);
    for (part, value) in parts {
        remembered.entry(part).or_insert(value);
    }
    cx.set_private(KEY, Json::Object(remembered));
}

/// The parts that were written here, with what they were before.
pub(crate) fn remembered(cx: &Cx) -> Map<String, Json> {
    match cx.private(KEY) {
        Some(Json::Object(parts)) => parts,
        _ => Map::new(),
    }
}

/// Says in the plan for a destroy that the tenant keeps its settings.
pub(crate) fn warn_of_keeping(cx: &Cx, plan: &Plan, what: &str) {
    if plan.is_destroy() && !restores(&plan.prior) {
        cx.warn(
            format!("The tenant keeps its {what}"),
            format!("Destroying this resource only ends its management: the {what} stays as it is now. To put back \
                     what it was before, apply `on_destroy = \"{RESTORE}\"` first."),
        );
    }
}

/// Says that what was written could not be read back.
pub(crate) fn warn_of_doubt(cx: &Cx, what: &str, failure: &Failure) {
    let why: Vec<String> = failure
        .diagnostics()
        .iter()
        .map(|problem| format!("{}: {}", problem.summary, problem.detail))
        .collect();
    cx.warn(
        format!("The {what} was written, but not read back"),
        format!(
            "Microsoft Graph took the change; reading it back failed. The next plan shows whether anything is left to \
             do.\n\n{}",
            why.join("\n\n")
        ),
    );
}

const ON_DESTROY: &[Choice] = &[
    pick(KEEP, KEEP, "the tenant's settings stay as they are"),
    pick(RESTORE, RESTORE, "what was changed here is put back to what it was before"),
];
/// The word for leaving a setting as it is.
pub(crate) const KEEP: &str = "keep";
const RESTORE: &str = "restore";
const KEY: &str = "before";
