//! How Intune shows its objects.

use serde_json::Value;

use super::types::as_known;
use crate::emulator::api::call::Call;
use crate::emulator::api::model::{Type, Version};
use crate::emulator::api::odata::Policy;
use crate::emulator::api::view::{Expanded, View};
use crate::emulator::world::collection::Entity;

/// A view of objects of one type. An object whose type a version does not know is shown as its nearest known one.
pub(super) const fn view(of: &'static Type, context: &'static str) -> View {
    View::new(of, context, Policy::INTUNE).shown_by(show)
}

/// The objects that an entity holds in an array of its own (`assignments`).
pub(crate) fn held<'e>(entity: &'e Entity, name: &str) -> impl DoubleEndedIterator<Item = &'e Entity> {
    let all = entity.get(name).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(Value::as_object)
}

/// The same, as this version of the API shows them.
pub(super) fn shown(call: &Call<'_>, of: &'static Type, entity: &Entity, name: &'static str) -> Expanded {
    let all = held(entity, name).map(|one| Value::Object(of.show(one, call.version, None)));
    Some((name, all.collect()))
}

fn show(of: &'static Type, entity: &Entity, version: Version, select: Option<&[&str]>) -> Entity {
    let own = of.of(entity);
    let known = as_known(own, version);
    if own.name == known.name {
        return of.show(entity, version, select);
    }
    let mut entity = entity.clone();
    entity.insert("@odata.type".to_owned(), Value::from(known.odata_type()));
    known.show(&entity, version, select)
}
