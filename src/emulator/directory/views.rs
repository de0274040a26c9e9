//! How the directory shows its objects.

use std::collections::HashMap;

use serde_json::Value;

use super::navigation;
use super::objects::{Object, ObjectKind};
use super::types::{DEVICE, DIRECTORY_OBJECT, GROUP, USER, USER_DEFAULTS};
use crate::emulator::api::call::{Call, OperationResult};
use crate::emulator::api::model::{Type, Version};
use crate::emulator::api::odata::{Expand, Policy};
use crate::emulator::api::view::{Expanded, View};
use crate::emulator::world::collection::{Entity, text};

pub(super) const GROUPS: View =
    view(&GROUP, "groups").expanding_plainly(&["members", "owners", "memberOf"], expand);

pub(super) const DEVICES: View =
    view(&DEVICE, "devices").expanding_plainly(&["memberOf", "registeredOwners", "registeredUsers"], expand);

/// v1.0 shows little of a user unless more is selected.
pub(super) fn users(call: &Call<'_>) -> View {
    let defaults = (call.version == Version::V1).then_some(USER_DEFAULTS);
    view(&USER, "users").expanding_plainly(&["memberOf"], expand).showing(defaults)
}

/// A view of objects of one type.
pub(super) const fn view(of: &'static Type, context: &'static str) -> View {
    View::new(of, context, Policy::DIRECTORY)
}

/// Objects of any type.
pub(super) const MIXED: View = view(&DIRECTORY_OBJECT, "directoryObjects");

/// 200 with a page of objects of any type, each of which says what it is.
pub(super) fn mixed_page(call: &Call<'_>, rows: &[Object<'_>]) -> OperationResult {
    let kinds: HashMap<&str, ObjectKind> =
        rows.iter().map(|row| (text(&row.entity, "id"), row.kind)).collect();
    let entities = rows.iter().map(|row| row.entity.as_ref());
    MIXED.page_of(call, entities, |row, select| {
        let kind = kinds.get(text(row, "id"));
        kind.map_or_else(Entity::new, |kind| kind.show_with_type(row, call.version, select))
    })
}

/// What an expanded navigation property shows.
pub(super) fn expand(call: &Call<'_>, entity: &Entity, wanted: &Expand) -> Expanded {
    let (name, linked) = navigation::linked(call.tenant, entity, &wanted.name)?;
    let names: Vec<&str> = wanted.select.iter().map(String::as_str).collect();
    let select = (!names.is_empty()).then_some(names.as_slice());
    let values = linked
        .iter()
        .take(EXPANDED)
        .map(|object| Value::Object(object.kind.show_with_type(&object.entity, call.version, select)));
    Some((name, values.collect()))
}

/// An expanded navigation shows at most this many objects.
const EXPANDED: usize = 20;
