//! Groups: created, changed, filled by hand and by rule, deleted.

use super::*;

#[tokio::test]
async fn a_new_group_has_everything_a_group_has() {
    let tenant = EmulatedTenant::contoso().await;
    let reply = tenant.call("POST", "/v1.0/groups", group("Autopilot")).await.expect(201);
    let id = reply.text("id");
    assert_eq!(reply.text("@odata.context"), tenant.url("/v1.0/$metadata#groups/$entity"));
    assert!(reply.headers["location"].to_str().expect("text").contains(&id));
    assert!(reply.text("securityIdentifier").starts_with("S-1-12-1-"));
    assert_eq!(reply.text("createdDateTime").len(), "2026-01-31T12:00:00Z".len());
    assert_eq!((&reply.body["groupTypes"], &reply.body["mail"]), (&json!([]), &Value::Null));
    assert!(
        reply.body.get("_members").is_none() && reply.body.get("membershipRuleProcessingStatus").is_none()
    );
    let read = tenant.get(&format!("/v1.0/groups/{id}")).await.expect(200);
    assert_eq!(read.body, reply.body);
    let selected = tenant.get(&format!("/v1.0/groups('{id}')?$select=DisplayName,id")).await.expect(200);
    assert_eq!(
        selected.body,
        json!({
            "@odata.context": tenant.url("/v1.0/$metadata#groups(displayName,id)/$entity"),
            "id": id,
            "displayName": "Autopilot",
        })
    );
    assert_eq!(
        tenant.get(&format!("/v1.0/groups/{id}/owners")).await.expect(200).each("id"),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_group_that_is_not_right_is_refused_in_the_directorys_words() {
    let tenant = EmulatedTenant::contoso().await;
    for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
        let mut body = group("x");
        body.as_object_mut().expect("an object").remove(name);
        let expected = format!("A value is required for property '{name}' of resource 'Group'.");
        tenant.call("POST", "/v1.0/groups", body).await.refused(400, "Request_BadRequest", &expected);
    }
    let invalid = |name: &str| format!("Invalid value specified for property '{name}' of resource 'Group'.");
    let mail = "The service does not currently support writes of mail-enabled groups. Please ensure that the \
                mail-enablement property is unset and the security-enablement property is set.";
    for (name, value, expected) in [
        ("mailNickname", json!("has space"), invalid("mailNickname")),
        ("mailNickname", json!("x".repeat(65)), invalid("mailNickname")),
        ("displayName", json!("x".repeat(257)), invalid("displayName")),
        ("groupTypes", json!(["Static"]), invalid("groupTypes")),
        ("mailEnabled", json!(true), mail.to_owned()),
        ("securityEnabled", json!(false), mail.to_owned()),
        (
            "groupTypes",
            json!(["DynamicMembership"]),
            "A value is required for property 'membershipRule' of resource 'Group'.".to_owned(),
        ),
        ("wrong", json!(1), "Invalid property 'wrong'.".to_owned()),
    ] {
        let body = with(group("x"), name, value);
        tenant.call("POST", "/v1.0/groups", body).await.refused(400, "Request_BadRequest", &expected);
    }
    let named = with(group("x"), "uniqueName", json!("only-one"));
    create(&tenant, named.clone()).await;
    let reply = tenant.call("POST", "/v1.0/groups", named).await.expect(400);
    assert_eq!(reply.body["error"]["details"][0]["code"], "ObjectConflict");
    tenant.get("/v1.0/groups(uniqueName='only-one')").await.expect(200);
}

/// Trap 25: replicas disagree about a new group, and about a deleted one.
#[tokio::test]
async fn a_new_group_comes_and_goes_until_the_replicas_agree() {
    let latencies = Latencies { replication: Duration::from_secs(18), ..Latencies::none() };
    let options = Options { latencies, clock: Clock::stepped(), chance: Some(7), ..Options::default() };
    let tenant = EmulatedTenant::start(options).await;
    let id = create(&tenant, group("New")).await;
    let path = format!("/v1.0/groups/{id}");
    let mut seen = Vec::new();
    for _ in 0..24 {
        seen.push(tenant.get(&path).await.status);
    }
    let flips = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(flips > 2 && seen.iter().all(|status| [200, 404].contains(status)), "{seen:?}");
    tenant.control().step(Duration::from_secs(18));
    for _ in 0..8 {
        tenant.get(&path).await.expect(200);
    }
    tenant.call("DELETE", &path, Value::Null).await.expect(204);
    let mut seen = Vec::new();
    for _ in 0..24 {
        seen.push(tenant.get(&path).await.status);
    }
    assert!(seen.contains(&200) && seen.contains(&404), "{seen:?}");
    tenant.control().step(Duration::from_secs(18));
    for _ in 0..8 {
        tenant.get(&path).await.expect(404);
    }
}

/// Trap 25: twenty references in one request, and no more.
#[tokio::test]
async fn twenty_references_are_the_limit() {
    let tenant = EmulatedTenant::contoso().await;
    let devices: Vec<String> = (0..21).map(|n| put_device(&tenant, n, &[]).0).collect();
    let bind = |ids: &[String]| -> Value {
        ids.iter().map(|id| format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")).collect()
    };
    let too_many = with(group("21"), "members@odata.bind", bind(&devices));
    tenant.call("POST", "/v1.0/groups", too_many).await.expect(400);
    let shared = with(group("20 + 1"), "members@odata.bind", bind(&devices[..20]));
    let owner = json!([format!("https://graph.microsoft.com/v1.0/users/{MEGAN}")]);
    let shared = with(shared, "owners@odata.bind", owner.clone());
    tenant.call("POST", "/v1.0/groups", shared).await.expect(400);
    let right = with(group("19 + 1"), "members@odata.bind", bind(&devices[..19]));
    let id = create(&tenant, with(right, "owners@odata.bind", owner)).await;
    let path = format!("/v1.0/groups/{id}");
    let members = tenant.get(&format!("{path}/members/microsoft.graph.device")).await.expect(200);
    assert_eq!(members.each("id"), devices[..19]);
    let all = json!({"members@odata.bind": bind(&devices)});
    tenant.call("PATCH", &path, all).await.expect(400);
    let with_known = json!({"members@odata.bind": bind(&devices[18..])});
    let reply = tenant.call("PATCH", &path, with_known).await.expect(400);
    assert!(message(&reply).contains("already exist"), "{}", reply.body);
    assert_eq!(tenant.get(&format!("{path}/members")).await.each("id").len(), 19, "all or nothing");
    tenant.call("PATCH", &path, json!({"members@odata.bind": bind(&devices[19..])})).await.expect(204);
    assert_eq!(tenant.get(&format!("{path}/members")).await.each("id").len(), 21);
}

/// Trap 25: members are object ids, adding twice is refused, and an address without `/$ref` is the object's.
#[tokio::test]
async fn members_are_objects_and_references_are_not_the_objects() {
    let tenant = EmulatedTenant::contoso().await;
    let (id, device_id) = put_device(&tenant, 1, &[]);
    let group_id = create(&tenant, group("Devices")).await;
    let members = format!("/v1.0/groups/{group_id}/members");
    let add = format!("{members}/$ref");
    let expected = format!(
        "Resource '{device_id}' does not exist or one of its queried reference-property objects are not present."
    );
    let reply = tenant.call("POST", &add, reference(&device_id)).await;
    reply.refused(404, "Request_ResourceNotFound", &expected);
    tenant.call("POST", &add, reference(&id)).await.expect(204);
    tenant.call("POST", &add, reference(&id)).await.refused(
        400,
        "Request_BadRequest",
        "One or more added object references already exist for the following modified properties: 'members'.",
    );
    tenant.call("POST", &add, json!({"id": id})).await.expect(400);
    let listed = tenant.get(&members).await.expect(200);
    assert_eq!(listed.body["value"][0]["@odata.type"], "#microsoft.graph.device");
    assert_eq!(listed.text("@odata.context"), tenant.url("/v1.0/$metadata#directoryObjects"));

    let itself = format!("{members}/{id}");
    tenant.call("DELETE", &itself, Value::Null).await.expect(403);
    let allowed = Options::default();
    let mut seed = allowed.seed.clone();
    for application in &mut seed.applications {
        application.roles.push("Device.ReadWrite.All".to_owned());
    }
    let careless = EmulatedTenant::start(Options { seed, ..allowed }).await;
    let (id, _) = put_device(&careless, 1, &[]);
    let body = json!([format!("https://graph.microsoft.com/v1.0/devices/{id}")]);
    let group_id = create(&careless, with(group("Devices"), "members@odata.bind", body)).await;
    let itself = format!("/v1.0/groups/{group_id}/members/{id}");
    careless.call("DELETE", &itself, Value::Null).await.expect(204);
    careless.get(&format!("/v1.0/devices/{id}")).await.expect(404);

    let removal = format!("{itself}/$ref").replace(&group_id, &create(&careless, group("Empty")).await);
    careless.call("DELETE", &removal, Value::Null).await.expect(404);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let tenant = EmulatedTenant::contoso().await;
    let id = create(&tenant, group("Owned")).await;
    let owners = format!("/v1.0/groups/{id}/owners");
    tenant.call("POST", &format!("{owners}/$ref"), reference(MEGAN)).await.expect(204);
    tenant.call("POST", &format!("{owners}/$ref"), reference(ALEX)).await.expect(204);
    tenant.call("DELETE", &format!("{owners}/{MEGAN}/$ref"), Value::Null).await.expect(204);
    tenant.call("DELETE", &format!("{owners}/{ALEX}/$ref"), Value::Null).await.refused(
        400,
        "Request_BadRequest",
        "The group must have at least one owner, hence this owner cannot be removed.",
    );
    let (device, _) = put_device(&tenant, 1, &[]);
    tenant.call("POST", &format!("{owners}/$ref"), reference(&device)).await.expect(400);
    assert_eq!(tenant.get(&owners).await.each("userPrincipalName"), ["alex@contoso.com"]);
}

/// Trap 25: members of a dynamic group come later, and nobody else may change them.
#[tokio::test]
async fn a_dynamic_group_follows_its_rule_later() {
    let latencies = Latencies { dynamic_group: Duration::from_secs(180), ..Latencies::none() };
    let options = Options { latencies, clock: Clock::stepped(), ..Options::default() };
    let tenant = EmulatedTenant::start(options).await;
    let (sales, _) = put_device(&tenant, 1, &["[ZTDID]:1", "[OrderID]:Sales"]);
    let (other, _) = put_device(&tenant, 2, &["[ZTDID]:2"]);
    put_device(&tenant, 3, &[]);
    let rule = r#"(device.devicePhysicalIDs -any (_ -startsWith "[ZTDid]"))"#;
    let id = create(&tenant, dynamic(rule, "On")).await;
    let members = format!("/v1.0/groups/{id}/members");
    let status = format!("/beta/groups/{id}?$select=membershipRuleProcessingStatus");
    assert_eq!(tenant.get(&members).await.each("id"), Vec::<String>::new());
    let before = tenant.get(&status).await.expect(200).body["membershipRuleProcessingStatus"].clone();
    assert_eq!(
        (&before["status"], &before["lastMembershipUpdated"]),
        (&json!("NotStarted"), &json!("0001-01-01T00:00:00Z"))
    );
    tenant.control().step(Duration::from_secs(179));
    assert_eq!(tenant.get(&members).await.each("id"), Vec::<String>::new());
    tenant.control().step(Duration::from_secs(1));
    assert_eq!(tenant.get(&members).await.each("id"), [sales.clone(), other.clone()]);
    let after = tenant.get(&status).await.expect(200).body["membershipRuleProcessingStatus"].clone();
    assert_eq!(after["status"], "Succeeded");

    let (late, _) = put_device(&tenant, 4, &["[ZTDID]:4"]);
    tenant.control().step(Duration::from_secs(180));
    assert_eq!(tenant.get(&members).await.each("id"), [sales.clone(), other.clone(), late]);
    let narrower = json!({"membershipRule": r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Sales"))"#});
    tenant.call("PATCH", &format!("/v1.0/groups/{id}"), narrower).await.expect(204);
    tenant.control().step(Duration::from_secs(180));
    assert_eq!(tenant.get(&members).await.each("id"), std::slice::from_ref(&sales));
    let denied = "Insufficient privileges to complete the operation.";
    for (method, path, body) in [
        ("POST", format!("{members}/$ref"), reference(&other)),
        ("DELETE", format!("{members}/{sales}/$ref"), Value::Null),
    ] {
        tenant.call(method, &path, body).await.refused(403, "Authorization_RequestDenied", denied);
    }
}

#[tokio::test]
async fn a_group_can_become_dynamic_and_assigned_again() {
    let tenant = EmulatedTenant::contoso().await;
    let (autopilot, _) = put_device(&tenant, 1, &["[ZTDID]:1"]);
    let (plain, _) = put_device(&tenant, 2, &[]);
    let bind = json!([format!("https://graph.microsoft.com/v1.0/devices/{plain}")]);
    let id = create(&tenant, with(group("Mixed"), "members@odata.bind", bind)).await;
    let (path, members) = (format!("/v1.0/groups/{id}"), format!("/v1.0/groups/{id}/members"));
    let incomplete = json!({"groupTypes": ["DynamicMembership"]});
    tenant.call("PATCH", &path, incomplete).await.expect(400);
    let rule = r#"(device.devicePhysicalIDs -any (_ -contains "[ZTDID]"))"#;
    let conversion = json!({
        "groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": "On",
    });
    tenant.call("PATCH", &path, conversion).await.expect(204);
    assert_eq!(tenant.get(&members).await.each("id"), std::slice::from_ref(&autopilot));
    let back = json!({"groupTypes": []});
    tenant.call("PATCH", &path, back).await.expect(204);
    assert_eq!(tenant.get(&members).await.each("id"), std::slice::from_ref(&autopilot));
    tenant.call("POST", &format!("{members}/$ref"), reference(&plain)).await.expect(204);
}

/// Trap 25: a paused rule may be anything, and fails only when it is processed.
#[tokio::test]
async fn an_invalid_rule_is_refused_unless_it_is_paused() {
    let tenant = EmulatedTenant::contoso().await;
    let bare = r#"device.devicePhysicalIDs -any _ -startsWith "[ZTDId]""#;
    tenant.call("POST", "/v1.0/groups", dynamic(bare, "On")).await.expect(201);
    tenant.control().with_tenant(|tenant| tenant.behaviour.refuses_any_without_parentheses = true);
    tenant.call("POST", "/v1.0/groups", dynamic(bare, "On")).await.refused(
        400,
        "DynamicGroupQueryParseError",
        "Invalid operands found for operator -any",
    );
    let rule = "user.propertyThatDoesNotExist -eq null";
    tenant.call("POST", "/v1.0/groups", dynamic(rule, "On")).await.refused(
        400,
        "DynamicGroupQueryParseError",
        "Unsupported property 'propertyThatDoesNotExist'",
    );
    let id = create(&tenant, dynamic(rule, "Paused")).await;
    let path = format!("/beta/groups/{id}");
    tenant.call("PATCH", &path, json!({"membershipRuleProcessingState": "On"})).await.expect(204);
    let group = tenant.get(&format!("{path}?$select=membershipRule,membershipRuleProcessingStatus")).await;
    assert_eq!(group.text("membershipRule"), rule);
    let status = &group.body["membershipRuleProcessingStatus"];
    assert_eq!(status["status"], "Failed");
    assert_eq!(status["errorMessage"], "Membership updates could not be evaluated: unsupported property.");
    let still_wrong = json!({"membershipRule": "user.alsoWrong -eq null"});
    tenant.call("PATCH", &path, still_wrong).await.expect(400);
    let right = json!({"membershipRule": r#"user.department -eq "Sales""#});
    tenant.call("PATCH", &path, right).await.expect(204);
    assert_eq!(tenant.get(&format!("{path}/members")).await.each("id"), [ALEX]);
}

/// Trap 25: thirty days in the deleted items.
#[tokio::test]
async fn a_deleted_group_can_be_restored_for_thirty_days() {
    let options = Options { clock: Clock::stepped(), ..Options::default() };
    let mut tenant = EmulatedTenant::start(options).await;
    let id = create(&tenant, group("Deleted")).await;
    let (path, deleted) = (format!("/v1.0/groups/{id}"), format!("/v1.0/directory/deletedItems/{id}"));
    tenant.call("POST", &format!("{path}/members/$ref"), reference(MEGAN)).await.expect(204);
    tenant.call("DELETE", &path, Value::Null).await.expect(204);
    tenant.call("DELETE", &path, Value::Null).await.expect(404);
    let item = tenant.get(&deleted).await.expect(200);
    assert_eq!(item.text("@odata.type"), "#microsoft.graph.group");
    assert!(!item.text("deletedDateTime").is_empty());
    let listed = tenant.get("/v1.0/directory/deletedItems/microsoft.graph.group").await.expect(200);
    assert_eq!(listed.each("id"), std::slice::from_ref(&id));
    tenant.control().step(Duration::from_secs(29 * 24 * 3600));
    tenant.sign_in_again().await;
    tenant.call("POST", &format!("{deleted}/restore"), Value::Null).await.expect(200);
    assert_eq!(tenant.get(&format!("{path}/members")).await.expect(200).each("id"), [MEGAN]);
    tenant.control().step(Duration::from_secs(2 * 24 * 3600));
    tenant.sign_in_again().await;
    tenant.call("DELETE", &path, Value::Null).await.expect(204);
    tenant.control().step(Duration::from_secs(30 * 24 * 3600));
    tenant.sign_in_again().await;
    tenant.get(&deleted).await.expect(404);
}

#[tokio::test]
async fn nested_groups_count_transitively() {
    let tenant = EmulatedTenant::contoso().await;
    let outer = create(&tenant, group("Outer")).await;
    let path = format!("/v1.0/groups/{outer}");
    tenant.call("POST", &format!("{path}/members/$ref"), reference(EMPLOYEES)).await.expect(204);
    assert_eq!(tenant.get(&format!("{path}/members")).await.each("id"), [EMPLOYEES]);
    let people = tenant.get(&format!("{path}/transitiveMembers/microsoft.graph.user")).await.expect(200);
    assert!(people.each("id").contains(&MEGAN.to_owned()));
    let own = tenant.get(&format!("/v1.0/users/{MEGAN}/transitiveMemberOf")).await.expect(200);
    assert_eq!(own.each("displayName"), ["Contoso Employees", "Outer"]);
    let own = tenant.get(&format!("/v1.0/users/{MEGAN}/memberOf")).await.expect(200);
    assert_eq!(own.each("displayName"), ["Contoso Employees"]);
}

#[tokio::test]
async fn groups_are_found_by_name_and_listed_page_by_page() {
    let tenant = EmulatedTenant::contoso().await;
    for n in 0..5 {
        create(&tenant, group(&format!("Autopilot {n}"))).await;
    }
    let named = "/v1.0/groups?$filter=displayName eq 'autopilot 3'&$select=id,displayName";
    assert_eq!(tenant.get(named).await.expect(200).each("displayName"), ["Autopilot 3"]);
    let mut path = "/v1.0/groups?$filter=startswith(displayName,'Autopilot')&$top=2".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = tenant.get(&path).await.expect(200);
        pages.push(page.each("displayName").len());
        match page.body.get("@odata.nextLink").and_then(Value::as_str) {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(pages, [2, 2, 1]);
    tenant.get("/v1.0/groups?$filter=displayName ne 'x'").await.refused(
        400,
        "Request_UnsupportedQuery",
        "Filter operator 'NotEqualsMatch' is not supported.",
    );
    let search =
        "/v1.0/groups?$search=\"displayName:autopilot\"&$count=true&$orderby=displayName desc&$top=1";
    tenant.get(search).await.expect(400);
    let found = tenant.get_eventual(search).await.expect(200);
    assert_eq!(
        (found.each("displayName"), &found.body["@odata.count"]),
        (vec!["Autopilot 4".to_owned()], &json!(5))
    );
    let expanded =
        format!("/v1.0/groups/{EMPLOYEES}?$expand=members($select=id,userPrincipalName)&$select=id");
    let expanded = tenant.get(&expanded).await.expect(200);
    assert_eq!(
        expanded.body["members"][1],
        json!({"@odata.type": "#microsoft.graph.user", "id": MEGAN, "userPrincipalName": "megan@contoso.com"})
    );
    let dynamic_ones = "/v1.0/groups?$filter=groupTypes/any(c:c eq 'DynamicMembership')";
    assert_eq!(tenant.get(dynamic_ones).await.expect(200).each("id"), Vec::<String>::new());
}

#[tokio::test]
async fn creating_is_not_changing() {
    let options = Options::default();
    let mut seed = options.seed.clone();
    for application in &mut seed.applications {
        application.roles = vec!["Group.Create".to_owned()];
    }
    let tenant = EmulatedTenant::start(Options { seed, ..options }).await;
    let id = create(&tenant, group("Mine?")).await;
    let path = format!("/v1.0/groups/{id}");
    tenant.call("PATCH", &path, json!({"displayName": "Other"})).await.expect(403);
    tenant.call("DELETE", &path, Value::Null).await.expect(403);
}
