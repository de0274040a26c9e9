//! Who is enrolled: the mobility policies.

use super::*;

/// Trap 1.
#[tokio::test]
async fn no_application_may_even_look() {
    let tenant = EmulatedTenant::contoso().await;
    for (method, path, body) in [
        ("GET", MDM.to_owned(), Value::Null),
        ("GET", INTUNE.to_owned(), Value::Null),
        ("PATCH", INTUNE.to_owned(), json!({"appliesTo": "all"})),
        ("POST", format!("{INTUNE}/includedGroups/$ref"), reference(EMPLOYEES)),
        ("GET", MDM.replace("Device", "App"), Value::Null),
    ] {
        let reply = tenant.call(method, &path, body.clone()).await;
        reply.refused(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        );
        let reply = tenant.call_as_administrator(method, &path, body).await;
        assert!(reply.status < 300, "{method} {path}: {}", reply.body);
    }
}

/// Trap 2.
#[tokio::test]
async fn urls_and_scope_do_not_go_into_one_patch() {
    let tenant = EmulatedTenant::contoso().await;
    let url = "https://enrollment.manage.microsoft.com/enrollmentserver/discovery.svc";
    let both = json!({"appliesTo": "all", "discoveryUrl": url});
    tenant.call_as_administrator("PATCH", INTUNE, both).await.refused(
        400,
        "BadRequest",
        "Simultaneous patch requests on both the appliesTo and URL properties are currently not supported.",
    );
    tenant.call_as_administrator("PATCH", INTUNE, json!({"discoveryUrl": url})).await.expect(204);
    tenant.call_as_administrator("PATCH", INTUNE, json!({"appliesTo": "all"})).await.expect(204);
    let policy = tenant.call_as_administrator("GET", INTUNE, Value::Null).await.expect(200);
    assert_eq!((policy.text("appliesTo").as_str(), policy.text("discoveryUrl").as_str()), ("all", url));
    for wrong in ["", "nonsense"] {
        let body = json!({"termsOfUseUrl": wrong});
        let reply = tenant.call_as_administrator("PATCH", INTUNE, body).await.expect(400);
        assert_eq!(message(&reply), "The property 'termsOfUseUrl' is not a valid URL.");
    }
    tenant.call_as_administrator("PATCH", INTUNE, json!({"discoveryUrl": null})).await.expect(204);
}

/// Trap 3.
#[tokio::test]
async fn selected_comes_from_adding_groups_and_goes_with_all() {
    let tenant = EmulatedTenant::contoso().await;
    let reply = tenant.call_as_administrator("PATCH", INTUNE, json!({"appliesTo": "selected"})).await;
    reply.refused(
        400,
        "BadRequest",
        "The property 'appliesTo' is not a valid policy scope. Possible values are 'all' or 'none'.",
    );
    let other = create(&tenant, group("Other")).await;
    for (form, id) in [
        (format!("https://graph.microsoft.com/odata/groups('{EMPLOYEES}')"), EMPLOYEES),
        (tenant.url(&format!("/odata/groups/{other}")), other.as_str()),
    ] {
        let path = format!("{INTUNE}/includedGroups/$ref");
        tenant.call_as_administrator("POST", &path, json!({"@odata.id": form})).await.expect(204);
        let reply = tenant.call_as_administrator("POST", &path, json!({"@odata.id": form})).await.expect(400);
        assert!(message(&reply).contains("already exist"), "{}", reply.body);
        let expanded = format!("{INTUNE}?$expand=includedGroups");
        let policy = tenant.call_as_administrator("GET", &expanded, Value::Null).await.expect(200);
        assert_eq!(policy.text("appliesTo"), "selected");
        let included = policy.body["includedGroups"].as_array().expect("they are expanded");
        assert!(included.iter().any(|group| group["id"] == id), "{}", policy.body);
    }
    let removal = format!("{INTUNE}/includedGroups/{other}/$ref");
    tenant.call_as_administrator("DELETE", &removal, Value::Null).await.expect(204);
    tenant.call_as_administrator("DELETE", &removal, Value::Null).await.expect(404);
    tenant.call_as_administrator("PATCH", INTUNE, json!({"appliesTo": "none"})).await.expect(204);
    let groups = format!("{INTUNE}/includedGroups");
    let left = tenant.call_as_administrator("GET", &groups, Value::Null).await.expect(200);
    assert_eq!(left.each("id"), Vec::<String>::new());
}

/// Trap 4.
#[tokio::test]
async fn the_key_is_the_applications_id_and_there_is_another_row() {
    let tenant = EmulatedTenant::contoso().await;
    let list = tenant.call_as_administrator("GET", MDM, Value::Null).await.expect(200);
    assert_eq!(list.body["@odata.context"], tenant.url("/beta/$metadata#mobilityManagementPolicies"));
    assert_eq!(
        list.each("id"),
        ["0000000a-0000-0000-c000-000000000000", "d4ebce55-015a-49b5-a083-c84d1797ae8c"]
    );
    assert!(list.body["value"][0].get("@odata.type").is_none());
    let named = format!("{MDM}?$filter=displayName eq 'Microsoft Intune'&$select=id,appliesTo");
    let found = tenant.call_as_administrator("GET", &named, Value::Null).await.expect(200);
    assert_eq!(
        found.body["value"],
        json!([{"id": "0000000a-0000-0000-c000-000000000000", "appliesTo": "none"}])
    );
    let guess = format!("{MDM}/11111111-1111-1111-1111-111111111111");
    tenant.call_as_administrator("GET", &guess, Value::Null).await.expect(404);
    let v1 = INTUNE.replace("/beta/", "/v1.0/");
    tenant.call_as_administrator("GET", &v1, Value::Null).await.refused(
        400,
        "BadRequest",
        "Resource not found for the segment 'mobileDeviceManagementPolicies'.",
    );
}

#[tokio::test]
async fn a_deleted_group_leaves_the_scope() {
    let tenant = EmulatedTenant::contoso().await;
    let id = create(&tenant, group("Short-lived")).await;
    let path = format!("{INTUNE}/includedGroups/$ref");
    let body = json!({"@odata.id": format!("https://graph.microsoft.com/odata/groups('{id}')")});
    tenant.call_as_administrator("POST", &path, body).await.expect(204);
    tenant.call("DELETE", &format!("/v1.0/groups/{id}"), Value::Null).await.expect(204);
    let groups = format!("{INTUNE}/includedGroups");
    let left = tenant.call_as_administrator("GET", &groups, Value::Null).await.expect(200);
    assert_eq!(left.each("id"), Vec::<String>::new());
}
