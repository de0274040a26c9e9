//! Users, devices and the organization.

use super::*;
use autopilot_provider::emulator::collections::{DEVICES, USERS};

#[tokio::test]
async fn users_are_found_by_id_and_by_every_kind_of_name() {
    let tenant = EmulatedTenant::contoso().await;
    let odd = json!({"id": "11111111-2222-4333-8444-555555555555", "userPrincipalName": "$odd@contoso.com", "displayName": "Odd"});
    let odd: Entity = odd.as_object().cloned().unwrap_or_default();
    tenant.control().with_tenant(|tenant| tenant.collection_mut(USERS).insert(odd));
    for (path, name) in [
        (format!("/v1.0/users/{MEGAN}"), "Megan Bowen"),
        ("/v1.0/users/MEGAN@contoso.com".to_owned(), "Megan Bowen"),
        ("/v1.0/users('megan@contoso.com')".to_owned(), "Megan Bowen"),
        ("/v1.0/users('$odd@contoso.com')".to_owned(), "Odd"),
        ("/v1.0/users/ann_fabrikam.com%23EXT%23@contoso.onmicrosoft.com".to_owned(), "Ann Beebe (Guest)"),
    ] {
        assert_eq!(tenant.get(&path).await.expect(200).text("displayName"), name, "{path}");
    }
    tenant.get("/v1.0/users/nobody@contoso.com").await.refused(
        404,
        "Request_ResourceNotFound",
        "Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.",
    );
    let few = tenant.get(&format!("/v1.0/users/{MEGAN}")).await.expect(200);
    let names: Vec<&String> = few.body.as_object().expect("an object").keys().collect();
    assert_eq!(names.len(), 12, "{names:?}");
    let plans = format!("/v1.0/users/{MEGAN}?$select=id,assignedPlans,accountEnabled,usageLocation");
    let plans = tenant.get(&plans).await.expect(200);
    assert_eq!(plans.body["assignedPlans"][0]["service"], "SCO");
    let me = tenant.call_as_administrator("GET", "/v1.0/me", Value::Null).await.expect(200);
    assert_eq!(me.text("userPrincipalName"), "admin@contoso.onmicrosoft.com");
    tenant.get("/v1.0/me").await.refused(
        400,
        "BadRequest",
        "/me request is only valid with delegated authentication flow.",
    );
}

#[tokio::test]
async fn the_devices_of_a_user_are_shown_to_persons_only() {
    let tenant = EmulatedTenant::contoso().await;
    let owned = json!({"id": "d1", "deviceId": "d2", "_registeredOwners": [MEGAN], "_registeredUsers": []});
    let owned: Entity = owned.as_object().cloned().unwrap_or_default();
    tenant.control().with_tenant(|tenant| tenant.collection_mut(DEVICES).insert(owned));
    for (navigation, ids) in [("ownedDevices", vec!["d1"]), ("registeredDevices", vec![])] {
        let path = format!("/v1.0/users/megan@contoso.com/{navigation}");
        let found = tenant.call_as_administrator("GET", &path, Value::Null).await.expect(200);
        assert_eq!(found.each("id"), ids, "{navigation}");
        tenant.get(&path).await.expect(403);
    }
}

#[tokio::test]
async fn devices_are_found_by_device_id_and_physical_ids() {
    let tenant = EmulatedTenant::contoso().await;
    let (id, device_id) = put_device(&tenant, 1, &["[ZTDID]:1"]);
    put_device(&tenant, 2, &[]);
    let by_device_id = format!("/v1.0/devices?$filter=deviceId eq '{device_id}'");
    assert_eq!(tenant.get(&by_device_id).await.expect(200).each("id"), std::slice::from_ref(&id));
    let autopilot = "/v1.0/devices?$filter=physicalIds/any(p:startswith(p,'[ZTDID]'))&$count=true";
    let found = tenant.get_eventual(autopilot).await.expect(200);
    assert_eq!((found.each("id"), &found.body["@odata.count"]), (vec![id.clone()], &json!(1)));
    let device = tenant.get(&format!("/v1.0/devices(deviceId='{device_id}')")).await.expect(200);
    assert_eq!((device.text("id"), &device.body["physicalIds"]), (id.clone(), &json!(["[ZTDID]:1"])));
    assert!(device.body.get("extensionAttributes").is_none(), "beta has them");
    tenant.get(&format!("/v1.0/devices/{device_id}")).await.expect(404);
    tenant.get("/v1.0/devices?$filter=deviceid eq").await.refused(
        400,
        "BadRequest",
        "Invalid filter clause: Expression expected at position 11 in 'deviceid eq'.",
    );
}

#[tokio::test]
async fn the_organization_is_what_the_metadata_says() {
    let tenant = EmulatedTenant::contoso().await;
    let list = tenant.get("/v1.0/organization?$select=id,displayName,verifiedDomains").await.expect(200);
    let organization = &list.body["value"][0];
    assert_eq!(organization["displayName"], "Contoso");
    assert_eq!(organization["verifiedDomains"][0]["isDefault"], true);
    assert_eq!(organization.as_object().expect("an object").len(), 3);
}
