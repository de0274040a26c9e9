//! `/deviceAppManagement/mobileApps`: the apps that Intune can install.

use super::types::{APP, APP_ASSIGNMENT};
use crate::emulator::api::call::{Call, OperationResult};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::odata::{Policy, Support};
use crate::emulator::api::view::{Expanded, View};
use crate::emulator::intune::views::{held, shown, view as intune_view};
use crate::emulator::world::collection::Entity;
use crate::emulator::world::collections::APPS;

const CONTEXT: &str = "deviceAppManagement/mobileApps";

const VIEW: View = intune_view(&APP, CONTEXT)
    .with_policy(Policy { search: Support::Honoured, ..Policy::INTUNE })
    .expanding(&["assignments", "categories"], expand);

pub(super) fn list(call: &mut Call<'_>) -> OperationResult {
    VIEW.page(call, call.tenant.collection(APPS).iter())
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    VIEW.one(call, find(call)?)
}

pub(super) fn assignments(call: &mut Call<'_>) -> OperationResult {
    let view = intune_view(&APP_ASSIGNMENT, CONTEXT).below(&call.key("id"), "assignments");
    view.page(call, held(find(call)?, "assignments"))
}

fn expand(call: &Call<'_>, app: &Entity, navigation: &str) -> Expanded {
    let name =
        ["assignments", "categories"].into_iter().find(|name| name.eq_ignore_ascii_case(navigation))?;
    shown(call, &APP_ASSIGNMENT, app, name)
}

fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
    let id = call.key("id");
    let app = call.tenant.collection(APPS).get(&id);
    app.ok_or_else(|| call.not_found(&id))
}
