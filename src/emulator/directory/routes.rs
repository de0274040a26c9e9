//! The directory's operations by their paths.

use super::{deleted, devices, groups, links, member_of, mobility, organization, registration, users};
use crate::emulator::api::route::Route;

/// Every operation of the directory.
pub(crate) fn routes() -> Vec<Route> {
    use super::permissions::*;
    let mut routes = vec![
        Route::get("/organization", &READ_ORGANIZATION, organization::list),
        Route::get("/organization/{id}", &READ_ORGANIZATION, organization::get),
        Route::get("/organization/{id}/branding", &READ_BRANDING, organization::branding),
        Route::get("/me", &READ_ME, users::me),
        Route::get("/me/memberOf", &READ_ME, users::my_groups),
        Route::get("/users", &READ_USERS, users::list),
        Route::get("/users/$count", &READ_USERS, users::count),
        Route::get("/users/{id}", &READ_USERS, users::get),
        Route::get("/users/{id}/memberOf", &READ_OBJECTS, users::groups),
        Route::get("/users/{id}/transitiveMemberOf", &READ_OBJECTS, users::all_groups),
        Route::get("/users/{id}/transitiveMemberOf/group", &READ_OBJECTS, users::all_groups_as_groups),
        Route::get("/users/{id}/ownedDevices", &READ_DEVICES_OF_USERS, users::owned_devices),
        Route::get("/users/{id}/registeredDevices", &READ_DEVICES_OF_USERS, users::registered_devices),
        Route::get("/devices", &READ_DEVICES, devices::list),
        Route::get("/devices/$count", &READ_DEVICES, devices::count),
        Route::get("/devices/{id}", &READ_DEVICES, devices::get),
        Route::get("/devices(deviceId={deviceId})", &READ_DEVICES, devices::get_by_device_id),
        Route::delete("/devices/{id}", &DELETE_DEVICES, devices::delete),
        Route::get("/devices/{id}/memberOf", &READ_DEVICES, devices::groups),
        Route::get("/devices/{id}/transitiveMemberOf", &READ_DEVICES, devices::all_groups),
        Route::get("/devices/{id}/registeredOwners", &READ_DEVICES, devices::registered_owners),
        Route::get("/devices/{id}/registeredUsers", &READ_DEVICES, devices::registered_users),
        Route::get("/directoryObjects/{id}", &READ_OBJECTS, links::get_object),
        Route::get("/groups", &READ_GROUPS, groups::list),
        Route::post("/groups", &CREATE_GROUPS, groups::create),
        Route::get("/groups/$count", &READ_GROUPS, groups::count),
        Route::get("/groups/{id}", &READ_GROUPS, groups::get),
        Route::get("/groups(uniqueName={uniqueName})", &READ_GROUPS, groups::get_by_unique_name),
        Route::patch("/groups/{id}", &WRITE_GROUPS, groups::update),
        Route::delete("/groups/{id}", &WRITE_GROUPS, groups::delete),
        Route::get("/groups/{id}/members", &READ_MEMBERS, links::list_members),
        Route::get("/groups/{id}/members/$count", &READ_MEMBERS, links::count_members),
        Route::get("/groups/{id}/members/user", &READ_MEMBERS, links::list_member_users),
        Route::get("/groups/{id}/members/device", &READ_MEMBERS, links::list_member_devices),
        Route::get("/groups/{id}/members/group", &READ_MEMBERS, links::list_member_groups),
        Route::get("/groups/{id}/transitiveMembers", &READ_MEMBERS, links::list_transitive_members),
        Route::get("/groups/{id}/transitiveMembers/user", &READ_MEMBERS, links::list_transitive_member_users),
        Route::get(
            "/groups/{id}/transitiveMembers/device",
            &READ_MEMBERS,
            links::list_transitive_member_devices,
        ),
        Route::get("/groups/{id}/owners", &READ_GROUPS, links::list_owners),
        Route::get("/groups/{id}/owners/user", &READ_GROUPS, links::list_owner_users),
        Route::get("/groups/{id}/memberOf", &READ_GROUPS, member_of::groups_of_group),
        Route::get("/groups/{id}/transitiveMemberOf", &READ_GROUPS, member_of::all_groups_of_group),
        Route::post("/groups/{id}/members/$ref", &WRITE_MEMBERS, links::add_member),
        Route::delete("/groups/{id}/members/{memberId}/$ref", &WRITE_MEMBERS, links::remove_member),
        Route::delete("/groups/{id}/members/{memberId}", &DELETE_OBJECTS, links::delete_member_itself),
        Route::post("/groups/{id}/owners/$ref", &WRITE_GROUPS, links::add_owner),
        Route::delete("/groups/{id}/owners/{memberId}/$ref", &WRITE_GROUPS, links::remove_owner),
        Route::get("/directory/deletedItems/group", &READ_GROUPS, deleted::list_groups),
        Route::get("/directory/deletedItems/{id}", &READ_GROUPS, deleted::get),
        Route::delete("/directory/deletedItems/{id}", &WRITE_GROUPS, deleted::delete),
        Route::post("/directory/deletedItems/{id}/restore", &WRITE_GROUPS, deleted::restore),
        Route::get("/policies/deviceRegistrationPolicy", &READ_REGISTRATION, registration::get),
        Route::put("/policies/deviceRegistrationPolicy", &WRITE_REGISTRATION, registration::put),
    ];
    macro_rules! mobility {
        ($($collection:literal),*) => {$(
            routes.extend([
                Route::get(concat!("/policies/", $collection), &READ_MOBILITY, mobility::list).beta(),
                Route::get(concat!("/policies/", $collection, "/{id}"), &READ_MOBILITY, mobility::get).beta(),
                Route::patch(concat!("/policies/", $collection, "/{id}"), &WRITE_MOBILITY, mobility::update).beta(),
                Route::delete(concat!("/policies/", $collection, "/{id}"), &WRITE_MOBILITY, mobility::delete).beta(),
                Route::get(
                    concat!("/policies/", $collection, "/{id}/includedGroups"),
                    &READ_MOBILITY,
                    mobility::list_groups,
                )
                .beta(),
                Route::post(
                    concat!("/policies/", $collection, "/{id}/includedGroups/$ref"),
                    &WRITE_MOBILITY,
                    mobility::add_group,
                )
                .beta(),
                Route::delete(
                    concat!("/policies/", $collection, "/{id}/includedGroups/{groupId}/$ref"),
                    &WRITE_MOBILITY,
                    mobility::remove_group,
                )
                .beta(),
            ]);
        )*};
    }
    mobility!("mobileDeviceManagementPolicies", "mobileAppManagementPolicies");
    routes
}
