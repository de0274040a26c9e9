//! What devices are to be, for reading: configuration profiles, policies of the settings catalog (beta) and
//! compliance policies.

use super::permissions::READ_CONFIGURATION;
use crate::emulator::api::route::Route;

/// A collection of policies, each with its assignments: its routes.
macro_rules! policies {
    ($collection:ident, $path:literal, $of:ident, $assignment:ident) => {{
        use super::types::{$assignment, $of};
        use super::views::{held, shown, view};
        use crate::emulator::api::call::{Call, OperationResult};
        use crate::emulator::api::error::GraphError;
        use crate::emulator::api::view::{Expanded, View};
        use crate::emulator::world::collection::Entity;
        use crate::emulator::world::collections::$collection;

        const CONTEXT: &str = concat!("deviceManagement/", $path);
        const VIEW: View = view(&$of, CONTEXT).expanding(&["assignments"], expand);

        fn list(call: &mut Call<'_>) -> OperationResult {
            VIEW.page(call, call.tenant.collection($collection).iter())
        }

        fn get(call: &mut Call<'_>) -> OperationResult {
            VIEW.one(call, find(call)?)
        }

        fn assignments(call: &mut Call<'_>) -> OperationResult {
            let view = view(&$assignment, CONTEXT).below(&call.key("id"), "assignments");
            view.page(call, held(find(call)?, "assignments"))
        }

        fn expand(call: &Call<'_>, policy: &Entity, _: &str) -> Expanded {
            shown(call, &$assignment, policy, "assignments")
        }

        fn find<'c>(call: &'c Call<'_>) -> Result<&'c Entity, GraphError> {
            let id = call.key("id");
            call.tenant.collection($collection).get(&id).ok_or_else(|| call.not_found(&id))
        }

        [
            Route::get(concat!("/deviceManagement/", $path), &READ_CONFIGURATION, list),
            Route::get(concat!("/deviceManagement/", $path, "/{id}"), &READ_CONFIGURATION, get),
            Route::get(
                concat!("/deviceManagement/", $path, "/{id}/assignments"),
                &READ_CONFIGURATION,
                assignments,
            ),
        ]
    }};
}

/// The routes of all three.
pub(super) fn routes() -> Vec<Route> {
    let profiles = policies!(
        DEVICE_CONFIGURATIONS,
        "deviceConfigurations",
        DEVICE_CONFIGURATION,
        DEVICE_CONFIGURATION_ASSIGNMENT
    );
    let catalog = policies!(
        CONFIGURATION_POLICIES,
        "configurationPolicies",
        CONFIGURATION_POLICY,
        CONFIGURATION_POLICY_ASSIGNMENT
    );
    let compliance = policies!(
        COMPLIANCE_POLICIES,
        "deviceCompliancePolicies",
        COMPLIANCE_POLICY,
        COMPLIANCE_POLICY_ASSIGNMENT
    );
    profiles.into_iter().chain(catalog.map(Route::beta)).chain(compliance).collect()
}
