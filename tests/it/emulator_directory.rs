//! The directory of the pretend tenant, as a client without any knowledge of it would meet it.

use std::time::Duration;

use autopilot_provider::emulator::{Clock, Entity, Latencies, Options};
use serde_json::{Value, json};

use crate::support::pretend::{Pretend, Reply};

const MDM: &str = "/beta/policies/mobileDeviceManagementPolicies";
const INTUNE: &str = "/beta/policies/mobileDeviceManagementPolicies/0000000a-0000-0000-c000-000000000000";
const REGISTRATION: &str = "/v1.0/policies/deviceRegistrationPolicy";
const MEGAN: &str = "2b8f6a41-0d3e-4c95-8f17-6a9d1e5c7b20";
const ALEX: &str = "7c1e9d53-6b2a-4f08-a3d4-1f5b8c0e9a67";
const EMPLOYEES: &str = "a3f0c6d8-1b54-4e7f-9c2a-85d1e0b7f346";

fn group(name: &str) -> Value {
    json!({"displayName": name, "mailEnabled": false, "mailNickname": "n", "securityEnabled": true})
}

fn dynamic(rule: &str, state: &str) -> Value {
    json!({
        "displayName": "Dynamic", "mailEnabled": false, "mailNickname": "dynamic", "securityEnabled": true,
        "groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": state,
    })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

fn reference(id: &str) -> Value {
    json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")})
}

async fn create(pretend: &Pretend, body: Value) -> String {
    pretend
        .call("POST", "/v1.0/groups", body)
        .await
        .expect(201)
        .text("id")
}

fn put_device(pretend: &Pretend, number: usize, physical_ids: &[&str]) -> (String, String) {
    let id = format!("0b1ec700-0000-4000-8000-{number:012}");
    let device_id = format!("de71ce00-0000-4000-8000-{number:012}");
    let device = json!({
        "id": id, "deviceId": device_id, "displayName": format!("PC-{number:04}"), "accountEnabled": true,
        "operatingSystem": "Windows", "physicalIds": physical_ids,
    });
    let device: Entity = device.as_object().cloned().unwrap_or_default();
    pretend
        .control()
        .with_tenant(|tenant| tenant.collection_mut("devices").insert(device));
    (id, device_id)
}

fn message(reply: &Reply) -> &str {
    reply.body["error"]["message"].as_str().unwrap_or_default()
}

mod enrollment_scope {
    use super::*;

    /// Trap 1.
    #[tokio::test]
    async fn no_application_may_even_look() {
        let pretend = Pretend::contoso().await;
        for (method, path, body) in [
            ("GET", MDM.to_owned(), Value::Null),
            ("GET", INTUNE.to_owned(), Value::Null),
            ("PATCH", INTUNE.to_owned(), json!({"appliesTo": "all"})),
            (
                "POST",
                format!("{INTUNE}/includedGroups/$ref"),
                reference(EMPLOYEES),
            ),
            ("GET", MDM.replace("Device", "App"), Value::Null),
        ] {
            let reply = pretend.call(method, &path, body.clone()).await;
            reply.refused(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            );
            let reply = pretend.call_as_administrator(method, &path, body).await;
            assert!(reply.status < 300, "{method} {path}: {}", reply.body);
        }
    }

    /// Trap 2.
    #[tokio::test]
    async fn urls_and_scope_do_not_go_into_one_patch() {
        let pretend = Pretend::contoso().await;
        let url = "https://enrollment.manage.microsoft.com/enrollmentserver/discovery.svc";
        let both = json!({"appliesTo": "all", "discoveryUrl": url});
        pretend.call_as_administrator("PATCH", INTUNE, both).await.refused(
            400,
            "BadRequest",
            "Simultaneous patch requests on both the appliesTo and URL properties are currently not supported.",
        );
        pretend
            .call_as_administrator("PATCH", INTUNE, json!({"discoveryUrl": url}))
            .await
            .expect(204);
        pretend
            .call_as_administrator("PATCH", INTUNE, json!({"appliesTo": "all"}))
            .await
            .expect(204);
        let policy = pretend
            .call_as_administrator("GET", INTUNE, Value::Null)
            .await
            .expect(200);
        assert_eq!(
            (
                policy.text("appliesTo").as_str(),
                policy.text("discoveryUrl").as_str()
            ),
            ("all", url)
        );
        for wrong in ["", "nonsense"] {
            let body = json!({"termsOfUseUrl": wrong});
            let reply = pretend
                .call_as_administrator("PATCH", INTUNE, body)
                .await
                .expect(400);
            assert_eq!(
                message(&reply),
                "The property 'termsOfUseUrl' is not a valid URL."
            );
        }
        pretend
            .call_as_administrator("PATCH", INTUNE, json!({"discoveryUrl": null}))
            .await
            .expect(204);
    }

    /// Trap 3.
    #[tokio::test]
    async fn selected_comes_from_adding_groups_and_goes_with_all() {
        let pretend = Pretend::contoso().await;
        let reply = pretend
            .call_as_administrator("PATCH", INTUNE, json!({"appliesTo": "selected"}))
            .await;
        reply.refused(
            400,
            "BadRequest",
            "The property 'appliesTo' is not a valid policy scope. Possible values are 'all' or 'none'.",
        );
        let other = create(&pretend, group("Other")).await;
        for (form, id) in [
            (
                format!("https://graph.microsoft.com/odata/groups('{EMPLOYEES}')"),
                EMPLOYEES,
            ),
            (pretend.url(&format!("/odata/groups/{other}")), other.as_str()),
        ] {
            let path = format!("{INTUNE}/includedGroups/$ref");
            pretend
                .call_as_administrator("POST", &path, json!({"@odata.id": form}))
                .await
                .expect(204);
            let reply = pretend
                .call_as_administrator("POST", &path, json!({"@odata.id": form}))
                .await
                .expect(400);
            assert!(message(&reply).contains("already exist"), "{}", reply.body);
            let expanded = format!("{INTUNE}?$expand=includedGroups");
            let policy = pretend
                .call_as_administrator("GET", &expanded, Value::Null)
                .await
                .expect(200);
            assert_eq!(policy.text("appliesTo"), "selected");
            let included = policy.body["includedGroups"]
                .as_array()
                .expect("they are expanded");
            assert!(included.iter().any(|group| group["id"] == id), "{}", policy.body);
        }
        let removal = format!("{INTUNE}/includedGroups/{other}/$ref");
        pretend
            .call_as_administrator("DELETE", &removal, Value::Null)
            .await
            .expect(204);
        pretend
            .call_as_administrator("DELETE", &removal, Value::Null)
            .await
            .expect(404);
        pretend
            .call_as_administrator("PATCH", INTUNE, json!({"appliesTo": "none"}))
            .await
            .expect(204);
        let groups = format!("{INTUNE}/includedGroups");
        let left = pretend
            .call_as_administrator("GET", &groups, Value::Null)
            .await
            .expect(200);
        assert_eq!(left.each("id"), Vec::<String>::new());
    }

    /// Trap 4.
    #[tokio::test]
    async fn the_key_is_the_applications_id_and_there_is_another_row() {
        let pretend = Pretend::contoso().await;
        let list = pretend
            .call_as_administrator("GET", MDM, Value::Null)
            .await
            .expect(200);
        assert_eq!(
            list.body["@odata.context"],
            pretend.url("/beta/$metadata#mobilityManagementPolicies")
        );
        assert_eq!(
            list.each("id"),
            [
                "0000000a-0000-0000-c000-000000000000",
                "d4ebce55-015a-49b5-a083-c84d1797ae8c"
            ]
        );
        assert!(list.body["value"][0].get("@odata.type").is_none());
        let named = format!("{MDM}?$filter=displayName eq 'Microsoft Intune'&$select=id,appliesTo");
        let found = pretend
            .call_as_administrator("GET", &named, Value::Null)
            .await
            .expect(200);
        assert_eq!(
            found.body["value"],
            json!([{"id": "0000000a-0000-0000-c000-000000000000", "appliesTo": "none"}])
        );
        let guess = format!("{MDM}/11111111-1111-1111-1111-111111111111");
        pretend
            .call_as_administrator("GET", &guess, Value::Null)
            .await
            .expect(404);
        let v1 = INTUNE.replace("/beta/", "/v1.0/");
        pretend
            .call_as_administrator("GET", &v1, Value::Null)
            .await
            .refused(
                400,
                "BadRequest",
                "Resource not found for the segment 'mobileDeviceManagementPolicies'.",
            );
    }

    #[tokio::test]
    async fn a_deleted_group_leaves_the_scope() {
        let pretend = Pretend::contoso().await;
        let id = create(&pretend, group("Short-lived")).await;
        let path = format!("{INTUNE}/includedGroups/$ref");
        let body = json!({"@odata.id": format!("https://graph.microsoft.com/odata/groups('{id}')")});
        pretend
            .call_as_administrator("POST", &path, body)
            .await
            .expect(204);
        pretend
            .call("DELETE", &format!("/v1.0/groups/{id}"), Value::Null)
            .await
            .expect(204);
        let groups = format!("{INTUNE}/includedGroups");
        let left = pretend
            .call_as_administrator("GET", &groups, Value::Null)
            .await
            .expect(200);
        assert_eq!(left.each("id"), Vec::<String>::new());
    }
}

mod device_join_policy {
    use super::*;

    /// Trap 5.
    #[tokio::test]
    async fn a_partial_put_is_refused_part_by_part() {
        let pretend = Pretend::contoso().await;
        let policy = pretend.get(REGISTRATION).await.expect(200).body;
        assert_eq!(
            policy["@odata.context"],
            pretend.url("/v1.0/$metadata#deviceRegistrationPolicy")
        );
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
            pretend
                .call("PUT", REGISTRATION, partial)
                .await
                .refused(400, "invalid_request", &expected);
        }
        pretend
            .call("PATCH", REGISTRATION, json!({"userDeviceQuota": 10}))
            .await
            .expect(405);
        let changed = with(policy.clone(), "userDeviceQuota", json!(10));
        let answered = pretend
            .call("PUT", REGISTRATION, changed.clone())
            .await
            .expect(200)
            .body;
        assert_eq!(answered, changed);
        assert_eq!(pretend.get(REGISTRATION).await.expect(200).body, changed);
    }

    /// Trap 6.
    #[tokio::test]
    async fn the_locked_registration_part_must_be_echoed() {
        let pretend = Pretend::contoso().await;
        let policy = pretend.get(REGISTRATION).await.expect(200).body;
        let nobody = json!({"@odata.type": "#microsoft.graph.noDeviceRegistrationMembership"});
        let mut changed = policy.clone();
        changed["azureADRegistration"]["allowedToRegister"] = nobody;
        let refused = pretend
            .call("PUT", REGISTRATION, changed.clone())
            .await
            .expect(400);
        assert_eq!(refused.body["error"]["code"], "invalid_request");
        pretend
            .control()
            .with_tenant(|tenant| tenant.behaviour.refuses_registration_changes = false);
        assert_eq!(
            pretend.call("PUT", REGISTRATION, changed).await.expect(200).body,
            policy
        );
        let mut unlocked = policy.clone();
        unlocked["azureADRegistration"]["isAdminConfigurable"] = json!(true);
        unlocked["azureADJoin"]["isAdminConfigurable"] = json!(false);
        assert_eq!(
            pretend.call("PUT", REGISTRATION, unlocked).await.expect(200).body,
            policy
        );
    }

    /// Trap 7.
    #[tokio::test]
    async fn memberships_name_their_type_and_list_object_ids() {
        let pretend = Pretend::contoso().await;
        let policy = pretend.get(REGISTRATION).await.expect(200).body;
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
            pretend.call("PUT", REGISTRATION, join(wrong)).await.expect(400);
        }
        let right = json!({
            "@odata.type": "#microsoft.graph.enumeratedDeviceRegistrationMembership",
            "groups": [EMPLOYEES],
            "users": [MEGAN],
        });
        let answered = pretend
            .call("PUT", REGISTRATION, join(right.clone()))
            .await
            .expect(200)
            .body;
        assert_eq!(answered["azureADJoin"]["allowedToJoin"], right);
    }
}

mod groups {
    use super::*;

    #[tokio::test]
    async fn a_new_group_has_everything_a_group_has() {
        let pretend = Pretend::contoso().await;
        let reply = pretend
            .call("POST", "/v1.0/groups", group("Autopilot"))
            .await
            .expect(201);
        let id = reply.text("id");
        assert_eq!(
            reply.text("@odata.context"),
            pretend.url("/v1.0/$metadata#groups/$entity")
        );
        assert!(reply.headers["location"].to_str().expect("text").contains(&id));
        assert!(reply.text("securityIdentifier").starts_with("S-1-12-1-"));
        assert_eq!(reply.text("createdDateTime").len(), "2026-01-31T12:00:00Z".len());
        assert_eq!(
            (&reply.body["groupTypes"], &reply.body["mail"]),
            (&json!([]), &Value::Null)
        );
        assert!(
            reply.body.get("_members").is_none()
                && reply.body.get("membershipRuleProcessingStatus").is_none()
        );
        let read = pretend.get(&format!("/v1.0/groups/{id}")).await.expect(200);
        assert_eq!(read.body, reply.body);
        let selected = pretend
            .get(&format!("/v1.0/groups('{id}')?$select=DisplayName,id"))
            .await
            .expect(200);
        assert_eq!(
            selected.body,
            json!({
                "@odata.context": pretend.url("/v1.0/$metadata#groups(displayName,id)/$entity"),
                "id": id,
                "displayName": "Autopilot",
            })
        );
        assert_eq!(
            pretend
                .get(&format!("/v1.0/groups/{id}/owners"))
                .await
                .expect(200)
                .each("id"),
            Vec::<String>::new()
        );
    }

    #[tokio::test]
    async fn a_group_that_is_not_right_is_refused_in_the_directorys_words() {
        let pretend = Pretend::contoso().await;
        for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
            let mut body = group("x");
            body.as_object_mut().expect("an object").remove(name);
            let expected = format!("A value is required for property '{name}' of resource 'Group'.");
            pretend
                .call("POST", "/v1.0/groups", body)
                .await
                .refused(400, "Request_BadRequest", &expected);
        }
        let invalid =
            |name: &str| format!("Invalid value specified for property '{name}' of resource 'Group'.");
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
            pretend
                .call("POST", "/v1.0/groups", body)
                .await
                .refused(400, "Request_BadRequest", &expected);
        }
        let named = with(group("x"), "uniqueName", json!("only-one"));
        create(&pretend, named.clone()).await;
        let reply = pretend.call("POST", "/v1.0/groups", named).await.expect(400);
        assert_eq!(reply.body["error"]["details"][0]["code"], "ObjectConflict");
        pretend
            .get("/v1.0/groups(uniqueName='only-one')")
            .await
            .expect(200);
    }

    /// Trap 25: replicas disagree about a new group, and about a deleted one.
    #[tokio::test]
    async fn a_new_group_comes_and_goes_until_the_replicas_agree() {
        let latencies = Latencies {
            replication: Duration::from_secs(18),
            ..Latencies::none()
        };
        let options = Options {
            latencies,
            clock: Clock::stepped(),
            chance: Some(7),
            ..Options::default()
        };
        let pretend = Pretend::start(options).await;
        let id = create(&pretend, group("New")).await;
        let path = format!("/v1.0/groups/{id}");
        let mut seen = Vec::new();
        for _ in 0..24 {
            seen.push(pretend.get(&path).await.status);
        }
        let flips = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(
            flips > 2 && seen.iter().all(|status| [200, 404].contains(status)),
            "{seen:?}"
        );
        pretend.control().step(Duration::from_secs(18));
        for _ in 0..8 {
            pretend.get(&path).await.expect(200);
        }
        pretend.call("DELETE", &path, Value::Null).await.expect(204);
        let mut seen = Vec::new();
        for _ in 0..24 {
            seen.push(pretend.get(&path).await.status);
        }
        assert!(seen.contains(&200) && seen.contains(&404), "{seen:?}");
        pretend.control().step(Duration::from_secs(18));
        for _ in 0..8 {
            pretend.get(&path).await.expect(404);
        }
    }

    /// Trap 25: twenty references in one request, and no more.
    #[tokio::test]
    async fn twenty_references_are_the_limit() {
        let pretend = Pretend::contoso().await;
        let devices: Vec<String> = (0..21).map(|n| put_device(&pretend, n, &[]).0).collect();
        let bind = |ids: &[String]| -> Value {
            ids.iter()
                .map(|id| format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}"))
                .collect()
        };
        let too_many = with(group("21"), "members@odata.bind", bind(&devices));
        pretend.call("POST", "/v1.0/groups", too_many).await.expect(400);
        let shared = with(group("20 + 1"), "members@odata.bind", bind(&devices[..20]));
        let owner = json!([format!("https://graph.microsoft.com/v1.0/users/{MEGAN}")]);
        let shared = with(shared, "owners@odata.bind", owner.clone());
        pretend.call("POST", "/v1.0/groups", shared).await.expect(400);
        let right = with(group("19 + 1"), "members@odata.bind", bind(&devices[..19]));
        let id = create(&pretend, with(right, "owners@odata.bind", owner)).await;
        let path = format!("/v1.0/groups/{id}");
        let members = pretend
            .get(&format!("{path}/members/microsoft.graph.device"))
            .await
            .expect(200);
        assert_eq!(members.each("id"), devices[..19]);
        let all = json!({"members@odata.bind": bind(&devices)});
        pretend.call("PATCH", &path, all).await.expect(400);
        let with_known = json!({"members@odata.bind": bind(&devices[18..])});
        let reply = pretend.call("PATCH", &path, with_known).await.expect(400);
        assert!(message(&reply).contains("already exist"), "{}", reply.body);
        assert_eq!(
            pretend.get(&format!("{path}/members")).await.each("id").len(),
            19,
            "all or nothing"
        );
        pretend
            .call(
                "PATCH",
                &path,
                json!({"members@odata.bind": bind(&devices[19..])}),
            )
            .await
            .expect(204);
        assert_eq!(pretend.get(&format!("{path}/members")).await.each("id").len(), 21);
    }

    /// Trap 25: members are object ids, adding twice is refused, and an address without `/$ref` is the object's.
    #[tokio::test]
    async fn members_are_objects_and_references_are_not_the_objects() {
        let pretend = Pretend::contoso().await;
        let (id, device_id) = put_device(&pretend, 1, &[]);
        let group_id = create(&pretend, group("Devices")).await;
        let members = format!("/v1.0/groups/{group_id}/members");
        let add = format!("{members}/$ref");
        let expected = format!(
            "Resource '{device_id}' does not exist or one of its queried reference-property objects are not present."
        );
        let reply = pretend.call("POST", &add, reference(&device_id)).await;
        reply.refused(404, "Request_ResourceNotFound", &expected);
        pretend.call("POST", &add, reference(&id)).await.expect(204);
        pretend.call("POST", &add, reference(&id)).await.refused(
            400,
            "Request_BadRequest",
            "One or more added object references already exist for the following modified properties: 'members'.",
        );
        pretend.call("POST", &add, json!({"id": id})).await.expect(400);
        let listed = pretend.get(&members).await.expect(200);
        assert_eq!(listed.body["value"][0]["@odata.type"], "#microsoft.graph.device");
        assert_eq!(
            listed.text("@odata.context"),
            pretend.url("/v1.0/$metadata#directoryObjects")
        );

        let itself = format!("{members}/{id}");
        pretend.call("DELETE", &itself, Value::Null).await.expect(403);
        let allowed = Options::default();
        let mut seed = allowed.seed.clone();
        for application in &mut seed.applications {
            application.roles.push("Device.ReadWrite.All".to_owned());
        }
        let careless = Pretend::start(Options { seed, ..allowed }).await;
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
        let pretend = Pretend::contoso().await;
        let id = create(&pretend, group("Owned")).await;
        let owners = format!("/v1.0/groups/{id}/owners");
        pretend
            .call("POST", &format!("{owners}/$ref"), reference(MEGAN))
            .await
            .expect(204);
        pretend
            .call("POST", &format!("{owners}/$ref"), reference(ALEX))
            .await
            .expect(204);
        pretend
            .call("DELETE", &format!("{owners}/{MEGAN}/$ref"), Value::Null)
            .await
            .expect(204);
        pretend
            .call("DELETE", &format!("{owners}/{ALEX}/$ref"), Value::Null)
            .await
            .refused(
                400,
                "Request_BadRequest",
                "The group must have at least one owner, hence this owner cannot be removed.",
            );
        let (device, _) = put_device(&pretend, 1, &[]);
        pretend
            .call("POST", &format!("{owners}/$ref"), reference(&device))
            .await
            .expect(400);
        assert_eq!(
            pretend.get(&owners).await.each("userPrincipalName"),
            ["alex@contoso.com"]
        );
    }

    /// Trap 25: members of a dynamic group come later, and nobody else may change them.
    #[tokio::test]
    async fn a_dynamic_group_follows_its_rule_later() {
        let latencies = Latencies {
            dynamic_group: Duration::from_secs(180),
            ..Latencies::none()
        };
        let options = Options {
            latencies,
            clock: Clock::stepped(),
            ..Options::default()
        };
        let pretend = Pretend::start(options).await;
        let (sales, _) = put_device(&pretend, 1, &["[ZTDID]:1", "[OrderID]:Sales"]);
        let (other, _) = put_device(&pretend, 2, &["[ZTDID]:2"]);
        put_device(&pretend, 3, &[]);
        let rule = r#"(device.devicePhysicalIDs -any (_ -startsWith "[ZTDid]"))"#;
        let id = create(&pretend, dynamic(rule, "On")).await;
        let members = format!("/v1.0/groups/{id}/members");
        let status = format!("/beta/groups/{id}?$select=membershipRuleProcessingStatus");
        assert_eq!(pretend.get(&members).await.each("id"), Vec::<String>::new());
        let before = pretend.get(&status).await.expect(200).body["membershipRuleProcessingStatus"].clone();
        assert_eq!(
            (&before["status"], &before["lastMembershipUpdated"]),
            (&json!("NotStarted"), &json!("0001-01-01T00:00:00Z"))
        );
        pretend.control().step(Duration::from_secs(179));
        assert_eq!(pretend.get(&members).await.each("id"), Vec::<String>::new());
        pretend.control().step(Duration::from_secs(1));
        assert_eq!(
            pretend.get(&members).await.each("id"),
            [sales.clone(), other.clone()]
        );
        let after = pretend.get(&status).await.expect(200).body["membershipRuleProcessingStatus"].clone();
        assert_eq!(after["status"], "Succeeded");

        let (late, _) = put_device(&pretend, 4, &["[ZTDID]:4"]);
        pretend.control().step(Duration::from_secs(180));
        assert_eq!(
            pretend.get(&members).await.each("id"),
            [sales.clone(), other.clone(), late]
        );
        let narrower =
            json!({"membershipRule": r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Sales"))"#});
        pretend
            .call("PATCH", &format!("/v1.0/groups/{id}"), narrower)
            .await
            .expect(204);
        pretend.control().step(Duration::from_secs(180));
        assert_eq!(
            pretend.get(&members).await.each("id"),
            std::slice::from_ref(&sales)
        );
        let denied = "Insufficient privileges to complete the operation.";
        for (method, path, body) in [
            ("POST", format!("{members}/$ref"), reference(&other)),
            ("DELETE", format!("{members}/{sales}/$ref"), Value::Null),
        ] {
            pretend
                .call(method, &path, body)
                .await
                .refused(403, "Authorization_RequestDenied", denied);
        }
    }

    #[tokio::test]
    async fn a_group_can_become_dynamic_and_assigned_again() {
        let pretend = Pretend::contoso().await;
        let (autopilot, _) = put_device(&pretend, 1, &["[ZTDID]:1"]);
        let (plain, _) = put_device(&pretend, 2, &[]);
        let bind = json!([format!("https://graph.microsoft.com/v1.0/devices/{plain}")]);
        let id = create(&pretend, with(group("Mixed"), "members@odata.bind", bind)).await;
        let (path, members) = (format!("/v1.0/groups/{id}"), format!("/v1.0/groups/{id}/members"));
        let incomplete = json!({"groupTypes": ["DynamicMembership"]});
        pretend.call("PATCH", &path, incomplete).await.expect(400);
        let rule = r#"(device.devicePhysicalIDs -any (_ -contains "[ZTDID]"))"#;
        let conversion = json!({
            "groupTypes": ["DynamicMembership"], "membershipRule": rule, "membershipRuleProcessingState": "On",
        });
        pretend.call("PATCH", &path, conversion).await.expect(204);
        assert_eq!(
            pretend.get(&members).await.each("id"),
            std::slice::from_ref(&autopilot)
        );
        let back = json!({"groupTypes": []});
        pretend.call("PATCH", &path, back).await.expect(204);
        assert_eq!(
            pretend.get(&members).await.each("id"),
            std::slice::from_ref(&autopilot)
        );
        pretend
            .call("POST", &format!("{members}/$ref"), reference(&plain))
            .await
            .expect(204);
    }

    /// Trap 25: a paused rule may be anything, and fails only when it is processed.
    #[tokio::test]
    async fn an_invalid_rule_is_refused_unless_it_is_paused() {
        let pretend = Pretend::contoso().await;
        let rule = "user.propertyThatDoesNotExist -eq null";
        pretend
            .call("POST", "/v1.0/groups", dynamic(rule, "On"))
            .await
            .refused(
                400,
                "DynamicGroupQueryParseError",
                "Unsupported property 'propertyThatDoesNotExist'",
            );
        let id = create(&pretend, dynamic(rule, "Paused")).await;
        let path = format!("/beta/groups/{id}");
        pretend
            .call("PATCH", &path, json!({"membershipRuleProcessingState": "On"}))
            .await
            .expect(204);
        let group = pretend
            .get(&format!(
                "{path}?$select=membershipRule,membershipRuleProcessingStatus"
            ))
            .await;
        assert_eq!(group.text("membershipRule"), rule);
        let status = &group.body["membershipRuleProcessingStatus"];
        assert_eq!(status["status"], "Failed");
        assert_eq!(
            status["errorMessage"],
            "Membership updates could not be evaluated: unsupported property."
        );
        let still_wrong = json!({"membershipRule": "user.alsoWrong -eq null"});
        pretend.call("PATCH", &path, still_wrong).await.expect(400);
        let right = json!({"membershipRule": r#"user.department -eq "Sales""#});
        pretend.call("PATCH", &path, right).await.expect(204);
        assert_eq!(pretend.get(&format!("{path}/members")).await.each("id"), [ALEX]);
    }

    /// Trap 25: thirty days in the deleted items.
    #[tokio::test]
    async fn a_deleted_group_can_be_restored_for_thirty_days() {
        let options = Options {
            clock: Clock::stepped(),
            ..Options::default()
        };
        let mut pretend = Pretend::start(options).await;
        let id = create(&pretend, group("Deleted")).await;
        let (path, deleted) = (
            format!("/v1.0/groups/{id}"),
            format!("/v1.0/directory/deletedItems/{id}"),
        );
        pretend
            .call("POST", &format!("{path}/members/$ref"), reference(MEGAN))
            .await
            .expect(204);
        pretend.call("DELETE", &path, Value::Null).await.expect(204);
        pretend.call("DELETE", &path, Value::Null).await.expect(404);
        let item = pretend.get(&deleted).await.expect(200);
        assert_eq!(item.text("@odata.type"), "#microsoft.graph.group");
        assert!(!item.text("deletedDateTime").is_empty());
        let listed = pretend
            .get("/v1.0/directory/deletedItems/microsoft.graph.group")
            .await
            .expect(200);
        assert_eq!(listed.each("id"), std::slice::from_ref(&id));
        pretend.control().step(Duration::from_secs(29 * 24 * 3600));
        pretend.sign_in_again().await;
        pretend
            .call("POST", &format!("{deleted}/restore"), Value::Null)
            .await
            .expect(200);
        assert_eq!(
            pretend
                .get(&format!("{path}/members"))
                .await
                .expect(200)
                .each("id"),
            [MEGAN]
        );
        pretend.control().step(Duration::from_secs(2 * 24 * 3600));
        pretend.sign_in_again().await;
        pretend.call("DELETE", &path, Value::Null).await.expect(204);
        pretend.control().step(Duration::from_secs(30 * 24 * 3600));
        pretend.sign_in_again().await;
        pretend.get(&deleted).await.expect(404);
    }

    #[tokio::test]
    async fn nested_groups_count_transitively() {
        let pretend = Pretend::contoso().await;
        let outer = create(&pretend, group("Outer")).await;
        let path = format!("/v1.0/groups/{outer}");
        pretend
            .call("POST", &format!("{path}/members/$ref"), reference(EMPLOYEES))
            .await
            .expect(204);
        assert_eq!(
            pretend.get(&format!("{path}/members")).await.each("id"),
            [EMPLOYEES]
        );
        let people = pretend
            .get(&format!("{path}/transitiveMembers/microsoft.graph.user"))
            .await
            .expect(200);
        assert!(people.each("id").contains(&MEGAN.to_owned()));
        let own = pretend
            .get(&format!("/v1.0/users/{MEGAN}/transitiveMemberOf"))
            .await
            .expect(200);
        assert_eq!(own.each("displayName"), ["Contoso Employees", "Outer"]);
        let own = pretend
            .get(&format!("/v1.0/users/{MEGAN}/memberOf"))
            .await
            .expect(200);
        assert_eq!(own.each("displayName"), ["Contoso Employees"]);
    }

    #[tokio::test]
    async fn groups_are_found_by_name_and_listed_page_by_page() {
        let pretend = Pretend::contoso().await;
        for n in 0..5 {
            create(&pretend, group(&format!("Autopilot {n}"))).await;
        }
        let named = "/v1.0/groups?$filter=displayName eq 'autopilot 3'&$select=id,displayName";
        assert_eq!(
            pretend.get(named).await.expect(200).each("displayName"),
            ["Autopilot 3"]
        );
        let mut path = "/v1.0/groups?$filter=startswith(displayName,'Autopilot')&$top=2".to_owned();
        let mut pages = Vec::new();
        loop {
            let page = pretend.get(&path).await.expect(200);
            pages.push(page.each("displayName").len());
            match page.body.get("@odata.nextLink").and_then(Value::as_str) {
                Some(next) => path = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(pages, [2, 2, 1]);
        pretend
            .get("/v1.0/groups?$filter=displayName ne 'x'")
            .await
            .refused(
                400,
                "Request_UnsupportedQuery",
                "Filter operator 'NotEqualsMatch' is not supported.",
            );
        let search =
            "/v1.0/groups?$search=\"displayName:autopilot\"&$count=true&$orderby=displayName desc&$top=1";
        pretend.get(search).await.expect(400);
        let found = pretend.get_eventual(search).await.expect(200);
        assert_eq!(
            (found.each("displayName"), &found.body["@odata.count"]),
            (vec!["Autopilot 4".to_owned()], &json!(5))
        );
        let expanded =
            format!("/v1.0/groups/{EMPLOYEES}?$expand=members($select=id,userPrincipalName)&$select=id");
        let expanded = pretend.get(&expanded).await.expect(200);
        assert_eq!(
            expanded.body["members"][1],
            json!({"@odata.type": "#microsoft.graph.user", "id": MEGAN, "userPrincipalName": "megan@contoso.com"})
        );
        let dynamic_ones = "/v1.0/groups?$filter=groupTypes/any(c:c eq 'DynamicMembership')";
        assert_eq!(
            pretend.get(dynamic_ones).await.expect(200).each("id"),
            Vec::<String>::new()
        );
    }

    #[tokio::test]
    async fn creating_is_not_changing() {
        let options = Options::default();
        let mut seed = options.seed.clone();
        for application in &mut seed.applications {
            application.roles = vec!["Group.Create".to_owned()];
        }
        let pretend = Pretend::start(Options { seed, ..options }).await;
        let id = create(&pretend, group("Mine?")).await;
        let path = format!("/v1.0/groups/{id}");
        pretend
            .call("PATCH", &path, json!({"displayName": "Other"}))
            .await
            .expect(403);
        pretend.call("DELETE", &path, Value::Null).await.expect(403);
    }
}

mod people_and_devices {
    use super::*;

    #[tokio::test]
    async fn users_are_found_by_id_and_by_every_kind_of_name() {
        let pretend = Pretend::contoso().await;
        let odd = json!({"id": "11111111-2222-4333-8444-555555555555", "userPrincipalName": "$odd@contoso.com", "displayName": "Odd"});
        let odd: Entity = odd.as_object().cloned().unwrap_or_default();
        pretend
            .control()
            .with_tenant(|tenant| tenant.collection_mut("users").insert(odd));
        for (path, name) in [
            (format!("/v1.0/users/{MEGAN}"), "Megan Bowen"),
            ("/v1.0/users/MEGAN@contoso.com".to_owned(), "Megan Bowen"),
            ("/v1.0/users('megan@contoso.com')".to_owned(), "Megan Bowen"),
            ("/v1.0/users('$odd@contoso.com')".to_owned(), "Odd"),
            (
                "/v1.0/users/ann_fabrikam.com%23EXT%23@contoso.onmicrosoft.com".to_owned(),
                "Ann Beebe (Guest)",
            ),
        ] {
            assert_eq!(
                pretend.get(&path).await.expect(200).text("displayName"),
                name,
                "{path}"
            );
        }
        pretend.get("/v1.0/users/nobody@contoso.com").await.refused(
            404,
            "Request_ResourceNotFound",
            "Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present.",
        );
        let few = pretend.get(&format!("/v1.0/users/{MEGAN}")).await.expect(200);
        let names: Vec<&String> = few.body.as_object().expect("an object").keys().collect();
        assert_eq!(names.len(), 12, "{names:?}");
        let plans = format!("/v1.0/users/{MEGAN}?$select=id,assignedPlans,accountEnabled,usageLocation");
        let plans = pretend.get(&plans).await.expect(200);
        assert_eq!(plans.body["assignedPlans"][0]["service"], "SCO");
        let me = pretend
            .call_as_administrator("GET", "/v1.0/me", Value::Null)
            .await
            .expect(200);
        assert_eq!(me.text("userPrincipalName"), "admin@contoso.onmicrosoft.com");
        pretend.get("/v1.0/me").await.refused(
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        );
    }

    #[tokio::test]
    async fn devices_are_found_by_device_id_and_physical_ids() {
        let pretend = Pretend::contoso().await;
        let (id, device_id) = put_device(&pretend, 1, &["[ZTDID]:1"]);
        put_device(&pretend, 2, &[]);
        let by_device_id = format!("/v1.0/devices?$filter=deviceId eq '{device_id}'");
        assert_eq!(
            pretend.get(&by_device_id).await.expect(200).each("id"),
            std::slice::from_ref(&id)
        );
        let autopilot = "/v1.0/devices?$filter=physicalIds/any(p:startswith(p,'[ZTDID]'))&$count=true";
        let found = pretend.get_eventual(autopilot).await.expect(200);
        assert_eq!(
            (found.each("id"), &found.body["@odata.count"]),
            (vec![id.clone()], &json!(1))
        );
        let device = pretend
            .get(&format!("/v1.0/devices(deviceId='{device_id}')"))
            .await
            .expect(200);
        assert_eq!(
            (device.text("id"), &device.body["physicalIds"]),
            (id.clone(), &json!(["[ZTDID]:1"]))
        );
        assert!(device.body.get("extensionAttributes").is_none(), "beta has them");
        pretend
            .get(&format!("/v1.0/devices/{device_id}"))
            .await
            .expect(404);
        pretend.get("/v1.0/devices?$filter=deviceid eq").await.refused(
            400,
            "BadRequest",
            "Invalid filter clause: Expression expected at position 11 in 'deviceid eq'.",
        );
    }

    #[tokio::test]
    async fn the_organization_is_what_the_metadata_says() {
        let pretend = Pretend::contoso().await;
        let list = pretend
            .get("/v1.0/organization?$select=id,displayName,verifiedDomains")
            .await
            .expect(200);
        let organization = &list.body["value"][0];
        assert_eq!(organization["displayName"], "Contoso");
        assert_eq!(organization["verifiedDomains"][0]["isDefault"], true);
        assert_eq!(organization.as_object().expect("an object").len(), 3);
    }
}
