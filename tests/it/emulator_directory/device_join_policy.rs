//! Who may join: the device registration policy.

use super::*;

/// Trap 5.
#[tokio::test]
async fn a_partial_put_is_refused_part_by_part() {
    let tenant = EmulatedTenant::contoso().await;
    let policy = tenant.get(REGISTRATION).await.expect(200).body;
    assert_eq!(policy["@odata.context"], tenant.url("/v1.0/$metadata#deviceRegistrationPolicy"));
    for (part, name) in [
        ("userDeviceQuota", "quota"),
        ("multiFactorAuthConfiguration", "multiFactorAuthConfiguration"),
        ("azureADRegistration", "azureADRegistration"),
        ("azureADJoin", "azureADJoin"),
        ("localAdminPassword", "localAdminPassword"),
    ] {
        let mut partial = policy.clone();
        partial.as_object_mut().expect("an object").remove(part);
        let expected = format!("Tenant registration policy is missing a value for {name}");
        tenant.call("PUT", REGISTRATION, partial).await.refused(400, "invalid_request", &expected);
    }
    tenant.call("PATCH", REGISTRATION, json!({"userDeviceQuota": 10})).await.expect(405);
    let changed = with(policy.clone(), "userDeviceQuota", json!(10));
    let answered = tenant.call("PUT", REGISTRATION, changed.clone()).await.expect(200).body;
    assert_eq!(answered, changed);
    assert_eq!(tenant.get(REGISTRATION).await.expect(200).body, changed);
}

/// Trap 6.
#[tokio::test]
async fn the_locked_registration_part_must_be_echoed() {
    let tenant = EmulatedTenant::contoso().await;
    let policy = tenant.get(REGISTRATION).await.expect(200).body;
    let nobody = json!({"@odata.type": "#microsoft.graph.noDeviceRegistrationMembership"});
    let mut changed = policy.clone();
    changed["azureADRegistration"]["allowedToRegister"] = nobody;
    let refused = tenant.call("PUT", REGISTRATION, changed.clone()).await.expect(400);
    assert_eq!(refused.body["error"]["code"], "invalid_request");
    tenant.control().with_tenant(|tenant| tenant.behaviour.refuses_registration_changes = false);
    assert_eq!(tenant.call("PUT", REGISTRATION, changed).await.expect(200).body, policy);
    let mut unlocked = policy.clone();
    unlocked["azureADRegistration"]["isAdminConfigurable"] = json!(true);
    unlocked["azureADJoin"]["isAdminConfigurable"] = json!(false);
    assert_eq!(tenant.call("PUT", REGISTRATION, unlocked).await.expect(200).body, policy);
}

/// Trap 7.
#[tokio::test]
async fn memberships_name_their_type_and_list_object_ids() {
    let tenant = EmulatedTenant::contoso().await;
    let policy = tenant.get(REGISTRATION).await.expect(200).body;
    let join = |membership: Value| {
        let mut changed = policy.clone();
        changed["azureADJoin"]["allowedToJoin"] = membership;
        changed
    };
    for wrong in [
        json!({}),
        json!({"users": [MEGAN], "groups": []}),
        json!({"@odata.type": "#microsoft.graph.allDeviceRegistrationMembership", "users": [MEGAN]}),
        json!({"@odata.type": "#microsoft.graph.deviceRegistrationMembership"}),
        json!({"@odata.type": "#microsoft.graph.enumeratedDeviceRegistrationMembership", "users": ["megan@contoso.com"]}),
        json!({"appliesTo": "1"}),
    ] {
        tenant.call("PUT", REGISTRATION, join(wrong)).await.expect(400);
    }
    let none = json!({"@odata.type": "#microsoft.graph.allDeviceRegistrationMembership", "users": null, "groups": null});
    tenant.call("PUT", REGISTRATION, join(none)).await.expect(200);
    let right = json!({
        "@odata.type": "#microsoft.graph.enumeratedDeviceRegistrationMembership",
        "groups": [EMPLOYEES],
        "users": [MEGAN],
    });
    let answered = tenant.call("PUT", REGISTRATION, join(right.clone())).await.expect(200).body;
    assert_eq!(answered["azureADJoin"]["allowedToJoin"], right);
}
