//! Names that are taken, found while planning: by another resource of the run, or by an object that this state does not hold.
//!
//! Two that have one name already are left alone. What holds a name in this state may give it up in the same run, which is
//! known only when this is applied.

use serde_json::Value as Json;

use super::collection::{NamedCollection, article, id, ids};
use super::mapping::{flag_of, text_of};
use super::tenant::Cx;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::plan::Plan;

/// Refuses a name that the planned member cannot have, and enters what it would take over.
pub(crate) async fn plan(cx: &Cx, collection: &NamedCollection, plan: &mut Plan) -> Result<(), Failure> {
    let Some(name) = plan.planned.get(NAME).as_str().map(str::to_owned) else { return Ok(()) };
    let is_new = plan.is_create() || plan.changes(NAME);
    if cx.is_name_taken(&name, is_new) {
        return Err(twice(collection, &name));
    }
    if !is_new || !cx.can_check() {
        return Ok(());
    }
    let own = text_of(&plan.prior, "id");
    let mut others = collection.namesakes(&cx.session()?, &name).await?;
    others.retain(|other| !id(other).eq_ignore_ascii_case(own));
    let adopts = plan.is_create() && flag_of(&plan.planned, "adopt_existing");
    if let ([one], true) = (others.as_slice(), adopts) {
        plan.adopts.push(id(one).to_owned());
        return Ok(());
    }
    others.retain(|other| !cx.is_in_state(id(other)));
    match others.as_slice() {
        [] => Ok(()),
        several if plan.is_create() => Err(collection.exists(&name, several, adopts, |_| false)),
        several => Err(of_another(collection, &name, several)),
    }
}

fn twice(NamedCollection { noun, .. }: &NamedCollection, name: &str) -> Failure {
    Failure::at(
        NAME,
        format!("Two {noun}s with one name"),
        format!(
            "Two resources of this configuration name their {noun} `{name}`, and at least one of them takes that name only now. \
             Nothing could tell the two apart by name afterwards. Give them different names, or remove one."
        ),
    )
}

fn of_another(NamedCollection { noun, .. }: &NamedCollection, name: &str, several: &[Json]) -> Failure {
    Failure::at(
        NAME,
        format!("Another {noun} has this name"),
        format!(
            "The tenant already has {} {noun} named `{name}` ({}), so this one cannot be renamed to it. Choose another \
             `{NAME}`, or rename or delete the other one first.",
            article(noun),
            ids(several)
        ),
    )
}

const NAME: &str = "display_name";
