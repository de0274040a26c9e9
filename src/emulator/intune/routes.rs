//! Intune's operations by their paths.

use super::{
    apps, device_orders, enrollment, filters, identities, imports, managed_devices, permissions, policies,
    profiles, scope_tags, settings,
};
use crate::emulator::api::route::Route;

/// Every operation of Intune.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = profile_routes();
    routes.extend(identity_routes());
    routes.extend(enrollment_routes());
    routes.extend(lookup_routes());
    routes.extend(policies::routes());
    routes
}

fn profile_routes() -> Vec<Route> {
    use permissions::{READ_SERVICE, WRITE_SERVICE};
    use profiles::assignments;
    macro_rules! below {
        ($path:literal) => {
            concat!("/deviceManagement/windowsAutopilotDeploymentProfiles", $path)
        };
    }
    let routes = [
        Route::get(below!(""), &READ_SERVICE, profiles::list),
        Route::post(below!(""), &WRITE_SERVICE, profiles::create),
        Route::post(below!("/hasPayloadLinks"), &READ_SERVICE, profiles::has_payload_links),
        Route::get(below!("/{id}"), &READ_SERVICE, profiles::get),
        Route::patch(below!("/{id}"), &WRITE_SERVICE, profiles::update),
        Route::delete(below!("/{id}"), &WRITE_SERVICE, profiles::delete),
        Route::post(below!("/{id}/assign"), &WRITE_SERVICE, assignments::assign),
        Route::get(below!("/{id}/assignedDevices"), &READ_SERVICE, assignments::assigned_devices),
        Route::get(below!("/{id}/assignments"), &READ_SERVICE, assignments::list),
        Route::post(below!("/{id}/assignments"), &WRITE_SERVICE, assignments::create),
        Route::get(below!("/{id}/assignments/{assignmentId}"), &READ_SERVICE, assignments::get),
        Route::delete(below!("/{id}/assignments/{assignmentId}"), &WRITE_SERVICE, assignments::delete),
    ];
    routes.into_iter().map(Route::beta).collect()
}

fn identity_routes() -> Vec<Route> {
    use identities::{actions, deletion};
    use permissions::{READ_SERVICE, WRITE_SERVICE};
    macro_rules! queue {
        ($path:literal) => {
            concat!("/deviceManagement/importedWindowsAutopilotDeviceIdentities", $path)
        };
    }
    macro_rules! devices {
        ($path:literal) => {
            concat!("/deviceManagement/windowsAutopilotDeviceIdentities", $path)
        };
    }
    macro_rules! action {
        ($name:literal, $handler:path) => {
            Route::post(devices!($name), &WRITE_SERVICE, $handler)
        };
    }
    vec![
        Route::get(queue!(""), &READ_SERVICE, imports::list),
        Route::post(queue!(""), &WRITE_SERVICE, imports::create),
        Route::post(queue!("/import"), &WRITE_SERVICE, imports::import),
        Route::get(queue!("/{id}"), &READ_SERVICE, imports::get),
        Route::delete(queue!("/{id}"), &WRITE_SERVICE, imports::delete),
        Route::get(devices!(""), &READ_SERVICE, identities::list),
        Route::get(devices!("/{id}"), &READ_SERVICE, identities::get),
        Route::get(devices!("/{id}/deploymentProfile"), &READ_SERVICE, identities::get_profile).beta(),
        Route::get(
            devices!("/{id}/intendedDeploymentProfile"),
            &READ_SERVICE,
            identities::get_intended_profile,
        )
        .beta(),
        Route::delete(devices!("/{id}"), &WRITE_SERVICE, deletion::delete),
        Route::post(devices!("/deleteDevices"), &READ_SERVICE, deletion::delete_devices),
        action!("/{id}/updateDeviceProperties", actions::update_properties),
        action!("/{id}/assignUserToDevice", actions::assign_user),
        action!("/{id}/unassignUserFromDevice", actions::unassign_user),
        action!("/{id}/assignResourceAccountToDevice", actions::assign_resource_account).beta(),
        action!("/{id}/unassignResourceAccountFromDevice", actions::unassign_resource_account).beta(),
        action!("/{id}/allowNextEnrollment", actions::allow_next_enrollment).beta(),
        Route::get("/deviceManagement/windowsAutopilotSettings", &READ_SERVICE, settings::get).beta(),
        Route::post("/deviceManagement/windowsAutopilotSettings/sync", &WRITE_SERVICE, settings::sync).beta(),
    ]
}

fn enrollment_routes() -> Vec<Route> {
    use enrollment::{assignments, priorities};
    use permissions::{READ_ENROLLMENT, WRITE_ENROLLMENT};
    macro_rules! below {
        ($path:literal) => {
            concat!("/deviceManagement/deviceEnrollmentConfigurations", $path)
        };
    }
    vec![
        Route::get(below!(""), &READ_ENROLLMENT, enrollment::list),
        Route::post(below!(""), &WRITE_ENROLLMENT, enrollment::create),
        Route::get(below!("/{id}"), &READ_ENROLLMENT, enrollment::get),
        Route::patch(below!("/{id}"), &WRITE_ENROLLMENT, enrollment::update),
        Route::delete(below!("/{id}"), &WRITE_ENROLLMENT, enrollment::delete),
        Route::post(below!("/{id}/assign"), &WRITE_ENROLLMENT, assignments::assign),
        Route::post(below!("/{id}/setPriority"), &WRITE_ENROLLMENT, priorities::set_priority),
        Route::get(below!("/{id}/assignments"), &READ_ENROLLMENT, assignments::list),
        Route::get(below!("/{id}/assignments/{assignmentId}"), &READ_ENROLLMENT, assignments::get),
    ]
}

fn lookup_routes() -> Vec<Route> {
    use permissions::{
        ORDER_DEVICES, READ_APPS, READ_CONFIGURATION, READ_DEVICES, READ_SCOPE_TAGS, WRITE_CONFIGURATION,
        WRITE_DEVICES,
    };
    let both = [
        Route::get("/deviceAppManagement/mobileApps", &READ_APPS, apps::list),
        Route::get("/deviceAppManagement/mobileApps/{id}", &READ_APPS, apps::get),
        Route::get("/deviceAppManagement/mobileApps/{id}/assignments", &READ_APPS, apps::assignments),
        Route::get("/deviceManagement/managedDevices", &READ_DEVICES, managed_devices::list),
        Route::get("/deviceManagement/managedDevices/{id}", &READ_DEVICES, managed_devices::get),
        Route::delete("/deviceManagement/managedDevices/{id}", &WRITE_DEVICES, managed_devices::delete),
        Route::post("/deviceManagement/managedDevices/{id}/syncDevice", &ORDER_DEVICES, device_orders::sync),
        Route::post("/deviceManagement/managedDevices/{id}/wipe", &ORDER_DEVICES, device_orders::wipe),
    ];
    let beta = [
        Route::get("/deviceManagement/autopilotEvents", &READ_DEVICES, managed_devices::list_events),
        Route::get("/deviceManagement/autopilotEvents/{id}", &READ_DEVICES, managed_devices::get_event),
        Route::get("/deviceManagement/roleScopeTags", &READ_SCOPE_TAGS, scope_tags::list),
        Route::get("/deviceManagement/roleScopeTags/{id}", &READ_SCOPE_TAGS, scope_tags::get),
        Route::get("/deviceManagement/assignmentFilters", &READ_CONFIGURATION, filters::list),
        Route::post("/deviceManagement/assignmentFilters", &WRITE_CONFIGURATION, filters::create),
        Route::get("/deviceManagement/assignmentFilters/{id}", &READ_CONFIGURATION, filters::get),
        Route::patch("/deviceManagement/assignmentFilters/{id}", &WRITE_CONFIGURATION, filters::update),
        Route::delete("/deviceManagement/assignmentFilters/{id}", &WRITE_CONFIGURATION, filters::delete),
    ];
    both.into_iter().chain(beta.into_iter().map(Route::beta)).collect()
}
