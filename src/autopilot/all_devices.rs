//! The assignment to all devices, which one deployment profile of a tenant can have.

use serde::Deserialize;

use super::assignment::has_all_devices;
use super::engine::{Member, holder_of_all_devices};
use super::mapping::text_of;
use super::tenant::Cx;
use crate::graph::decode;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::Plan;

/// Refuses a second profile that is to have it, and warns which one loses it.
pub(crate) async fn plan<M: Member>(cx: &Cx, plan: &Plan) -> Result<(), Failure> {
    if !has_all_devices(&plan.planned) {
        return Ok(());
    }
    let name = text_of(&plan.planned, "display_name");
    if let Some(other) = cx.client().claim("the assignment to all devices", name) {
        return Err(two_of_them(&other, name));
    }
    if has_all_devices(&plan.prior) || !cx.can_check() {
        return Ok(());
    }
    if let Some(holder) = holder_of_all_devices::<M>(&cx.session()?, text_of(&plan.prior, "id")).await? {
        warn_of_taking_it(cx, decode(&holder)?, name);
    }
    Ok(())
}

fn two_of_them(one: &str, other: &str) -> Failure {
    Failure::at(
        "assignments",
        "Two profiles for all devices",
        format!(
            "Only one deployment profile of a tenant can be assigned to all devices, and this configuration assigns two: \
             `{one}` and `{other}`. Assign one of them to groups instead."
        ),
    )
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Holder {
    id: String,
    display_name: String,
}

fn warn_of_taking_it(cx: &Cx, Holder { id, display_name: holder }: Holder, name: &str) {
    cx.warn(
        "All devices change their profile",
        format!(
            "A tenant has one deployment profile for all devices, at present `{holder}` ({id}). Applying this takes the \
             assignment from it and gives it to `{name}`. If `{holder}` is to keep it, assign `{name}` to groups instead."
        ),
    );
}
