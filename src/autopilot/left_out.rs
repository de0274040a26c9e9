//! Collections beside an object's properties (assignments, members, owners) that a configuration leaves out: they are not
//! managed, and stay as they are. None is said by an empty collection.

use serde_json::{Value as Json, json};

use super::tenant::Cx;
use crate::tf_provider::plan::Plan;
use crate::tf_provider::schema::{Attribute, AttributeKind, optional_computed};
use crate::tf_provider::value::Value;

/// A collection that is left alone while nobody writes it.
pub(crate) fn left_alone(name: &'static str, kind: AttributeKind, description: &'static str) -> Attribute {
    let description = format!(
        "{description} Left out, they are not managed here and stay as they are; `[]` stands for none."
    );
    optional_computed(name, kind, description).local().keep_prior()
}

/// Plans a collection that is left out: as it was, which is nothing at first. Where it was written until now, a warning says
/// that it is not managed any more. `is_offered` tells whether the planned object has such a collection at all.
pub(crate) fn plan(cx: &Cx, plan: &mut Plan, name: &str, is_offered: bool) {
    if plan.is_destroy() || !plan.config.get(name).is_null() {
        return;
    }
    if plan.is_create() || !is_offered {
        plan.set(name, Value::Null);
    } else if !plan.prior.get(name).elements().is_empty() && !is_unmanaged(cx, name) {
        cx.warn(
            format!("No longer managed: {name}"),
            format!(
                "The configuration leaves `{name}` out, so they stay as they are in the tenant, and changes made elsewhere are no \
                 difference. To remove them all, write `{name} = []`; to manage them, write them."
            ),
        );
    }
}

/// Notes which collections are managed from now on.
pub(crate) fn note(cx: &Cx, names: impl Iterator<Item = &'static str>, is_managed: impl Fn(&str) -> bool) {
    let unmanaged: Vec<&str> = names.filter(|name| !is_managed(name)).collect();
    cx.set_private(KEY, if unmanaged.is_empty() { Json::Null } else { json!(unmanaged) });
}

fn is_unmanaged(cx: &Cx, name: &str) -> bool {
    cx.private(KEY).and_then(|names| Some(names.as_array()?.contains(&json!(name)))) == Some(true)
}

const KEY: &str = "unmanaged";
