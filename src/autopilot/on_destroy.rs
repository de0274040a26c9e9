//! What happens to a registered device that is not managed any more.

use super::access;
use super::permissions::REMOVING_FROM_INTUNE;
use super::tenant::Cx;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::{Attribute, Choice, choice, default, pick};
use crate::tf_provider::value::Value;

/// The argument that says so.
pub(crate) fn attribute(description: &'static str) -> Attribute {
    default(ON_DESTROY, choice(CHOICES), DEREGISTER, description).local()
}

/// What it says.
pub(crate) fn of(state: &Value) -> &str {
    state.get(ON_DESTROY).as_str().unwrap_or(DEREGISTER)
}

/// Whether this change ends the management of devices that stay as they are.
pub(crate) fn is_release(prior: &Value, planned: &Value) -> bool {
    planned.is_null() && of(prior) == KEEP
}

/// Checks that what a planned destruction needs is granted.
pub(crate) async fn check_permission(cx: &Cx, prior: &Value) -> Result<(), Failure> {
    match of(prior) {
        REMOVE_FROM_INTUNE => access::require(cx, cx.type_name(), REMOVING_FROM_INTUNE).await,
        _ => Ok(()),
    }
}

/// It is deregistered.
pub(crate) const DEREGISTER: &str = "deregister";
/// Its record in Intune is deleted before.
pub(crate) const REMOVE_FROM_INTUNE: &str = "remove_from_intune";
/// It stays registered.
pub(crate) const KEEP: &str = "keep";
const CHOICES: &[Choice] = &[
    pick(
        DEREGISTER,
        DEREGISTER,
        "it is deregistered; a device that is enrolled in Intune stays managed there",
    ),
    pick(
        REMOVE_FROM_INTUNE,
        REMOVE_FROM_INTUNE,
        "if it is enrolled, its record in Intune is deleted first, which ends its management; then it is deregistered",
    ),
    pick(KEEP, KEEP, "it stays registered, and only its management here ends"),
];
const ON_DESTROY: &str = "on_destroy";
