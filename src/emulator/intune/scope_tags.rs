//! `/deviceManagement/roleScopeTags` (beta).

use serde_json::{Value, json};

use super::types::SCOPE_TAG;
use crate::emulator::api::call::{Call, OperationResult};
use crate::emulator::api::view::View;
use crate::emulator::intune::views::view as intune_view;
use crate::emulator::world::collections::SCOPE_TAGS;
use crate::emulator::world::tenant::Tenant;

const VIEW: View = intune_view(&SCOPE_TAG, "deviceManagement/roleScopeTags");

pub(super) fn init(tenant: &mut Tenant) {
    let default = json!({
        "id": "0",
        "displayName": "Default",
        "description": "",
        "isBuiltIn": true,
    });
    if let Value::Object(tag) = default {
        tenant.collection_mut(SCOPE_TAGS).insert(tag);
    }
}

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    VIEW.page(call, call.tenant.collection(SCOPE_TAGS).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    let id = call.key("id");
    let tag = call.tenant.collection(SCOPE_TAGS).get(&id);
    VIEW.one(call, tag.ok_or_else(|| call.not_found(&id))?)
}
