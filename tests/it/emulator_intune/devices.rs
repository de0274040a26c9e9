use base64::Engine;
use serde_json::{Value, json};

use super::stage::*;
use autopilot_provider::emulator::collections::{DEVICES_OF_OTHER_TENANTS, IDENTITIES};

async fn state(tenant: &EmulatedTenant, record: &str) -> Value {
    tenant.get(&format!("{IMPORTS}/{record}")).await.expect(200).body["state"].clone()
}

async fn send(tenant: &EmulatedTenant, serial: &str, hash: &str) -> Reply {
    let body = json!({ "serialNumber": serial, "hardwareIdentifier": hash });
    tenant.call("POST", IMPORTS, body).await
}

#[tokio::test]
async fn an_import_is_accepted_now_and_judged_later() {
    let tenant = slow().await;
    let record = import(&tenant, "SN-1", "HQ").await;
    let id = record.text("id");
    assert_eq!(record.body["hardwareIdentifier"], Value::Null);
    assert_eq!((&record.body["importId"], &record.body["productKey"]), (&json!(id), &json!(id)));
    let unknown = json!({ "deviceImportStatus": "unknown", "deviceRegistrationId": "", "deviceErrorCode": 0, "deviceErrorName": "" });
    assert_eq!(record.body["state"], unknown, "although pending was sent");
    wait(&tenant, 59);
    assert_eq!(state(&tenant, &id).await, unknown);
    let mut complete = unknown;
    for _ in 59..95 {
        wait(&tenant, 1);
        complete = state(&tenant, &id).await;
        if complete["deviceImportStatus"] != "unknown" {
            break;
        }
    }
    assert_eq!(
        (complete["deviceImportStatus"].as_str(), complete["deviceErrorName"].as_str()),
        (Some("complete"), Some("None"))
    );
    assert_eq!(complete["deviceRegistrationId"], "", "not yet known");
    wait(&tenant, 8);
    let registration =
        state(&tenant, &id).await["deviceRegistrationId"].as_str().unwrap_or_default().to_owned();
    tenant.get(&format!("{DEVICES}/{registration}")).await.expect(404);
    wait(&tenant, 30);
    let device = tenant.get(&format!("{DEVICES}/{registration}")).await.expect(200);
    assert_eq!((device.text("serialNumber"), device.text("groupTag")), ("SN-1".to_owned(), "HQ".to_owned()));
    assert_eq!(device.text("manufacturer"), "Contoso Devices");
    tenant.call("DELETE", &format!("{IMPORTS}/{id}"), Value::Null).await.expect(204);
    tenant.get(&format!("{IMPORTS}/{id}")).await.expect(404);
    tenant.get(&format!("{DEVICES}/{registration}")).await.expect(200);
}

#[tokio::test]
async fn what_is_no_base64_is_refused_and_everything_else_fails_later() {
    let tenant = EmulatedTenant::contoso().await;
    tenant.control().with_tenant(|tenant| {
        let foreign = json!({ "id": "1", "serialNumber": "FOREIGN" });
        let foreign = foreign.as_object().cloned().unwrap_or_default();
        tenant.collection_mut(DEVICES_OF_OTHER_TENANTS).insert(foreign);
    });
    for hash in ["no base64!", "T0FBQUE"] {
        let refused = send(&tenant, "SN-1", hash).await.expect(400);
        let message = refused.body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(
            message,
            format!("Cannot convert the literal '{hash}' to the expected type 'Edm.Binary'.")
        );
    }
    register(&tenant, "KNOWN", "").await;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let good = |serial: &str| hash(&tenant, serial);
    let small = capture(&[(14, "SN-6"), (16, "Contoso"), (17, "Book")]);
    let mut changed = small.clone();
    changed[8] ^= 1;
    let large = [capture(&[(14, "SN-9")]), vec![0; 9000]].concat();
    for (serial, hash, code, name) in [
        ("SN-1", encode(&[1; 3000]), 802, "InvalidZtdHardwareHash"),
        ("SN-2", encode(b"OA, but short"), 802, "InvalidZtdHardwareHash"),
        ("SN-3", good("SN-4"), 802, "InvalidZtdHardwareHash"),
        ("known", good("KNOWN"), 806, "ZtdDeviceAlreadyAssigned"),
        ("FOREIGN", good("FOREIGN"), 808, "ZtdDeviceAssignedToOtherTenant"),
        ("", good("SN-5"), 803, "MissingZtdSerialNumberAndProductKey"),
        ("SN-6", encode(&changed), 802, "InvalidZtdHardwareHash"),
        ("SN-6", encode(&small[..small.len() - 40]), 802, "InvalidZtdHardwareHash"),
        ("SN-9", encode(&large), 802, "HashNot4k"),
        ("SN-6", encode(&small), 0, "None"),
    ] {
        let id = send(&tenant, serial, &hash).await.expect(201).text("id");
        let state = state(&tenant, &id).await;
        assert_eq!(
            (&state["deviceErrorCode"], &state["deviceErrorName"]),
            (&json!(code), &json!(name)),
            "{serial}"
        );
        let status = if code == 0 { "complete" } else { "error" };
        assert_eq!(state["deviceImportStatus"], status);
    }
}

#[tokio::test]
async fn many_are_imported_in_one_request() {
    let tenant = EmulatedTenant::contoso().await;
    let device = |serial: &str| json!({ "serialNumber": serial, "hardwareIdentifier": hash(&tenant, serial), "importId": "batch" });
    let body = json!({ "importedWindowsAutopilotDeviceIdentities": [device("A"), device("B")] });
    let queued = tenant.call("POST", &format!("{IMPORTS}/import"), body).await.expect(200);
    assert_eq!(queued.each("serialNumber"), ["A", "B"]);
    let batch = tenant.get(&format!("{IMPORTS}?$filter=importId eq 'batch'")).await.expect(200);
    assert_eq!(batch.each("serialNumber"), ["A", "B"]);
    assert_eq!(tenant.get(DEVICES).await.body["@odata.count"], 2);
}

#[tokio::test]
async fn a_device_is_found_by_part_of_its_serial_and_not_by_equality() {
    let tenant = EmulatedTenant::contoso().await;
    register(&tenant, "ABC", "").await;
    register(&tenant, "ABCD", "").await;
    let refused = tenant.get(&format!("{DEVICES}?$filter=serialNumber eq 'ABC'")).await;
    assert_eq!(refused.status, 400);
    assert_eq!(reason(&refused), "An error has occurred");
    let found = tenant.get(&format!("{DEVICES}?$filter=contains(serialNumber,'ABC')")).await.expect(200);
    assert_eq!(found.each("serialNumber"), ["ABC", "ABCD"], "a substring finds more than was meant");
}

#[tokio::test]
async fn v1_shows_seventeen_properties_and_beta_the_rest() {
    let tenant = EmulatedTenant::contoso().await;
    let device = register(&tenant, "SN-1", "").await;
    let id = device["id"].as_str().unwrap_or_default();
    let v1 = tenant.get(&format!("{DEVICES}/{id}")).await.expect(200).body;
    let names = |body: &Value| {
        body.as_object().map_or(0, |body| body.keys().filter(|name| !name.starts_with('@')).count())
    };
    assert_eq!((names(&v1), names(&device)), (17, 26));
    assert_eq!(device["azureAdDeviceId"], v1["azureActiveDirectoryDeviceId"]);
    assert_eq!(v1["lastContactedDateTime"], "0001-01-01T00:00:00Z");
    assert_eq!((&v1["userPrincipalName"], &v1["purchaseOrderIdentifier"]), (&json!(""), &json!("")));
    tenant.get(&format!("{DEVICES}/{id}?$expand=deploymentProfile")).await.expect(400);
    tenant.get(&format!("{BETA_DEVICES}?$expand=deploymentProfile")).await.expect(400);
    let expanded = tenant.get(&format!("{BETA_DEVICES}/{id}?$expand=deploymentProfile")).await.expect(200);
    assert_eq!(expanded.body["deploymentProfile"], Value::Null);
}

#[tokio::test]
async fn a_registered_device_is_neither_patched_nor_posted() {
    let tenant = EmulatedTenant::contoso().await;
    let device = register(&tenant, "SN-1", "").await;
    let path = format!("{DEVICES}/{}", device["id"].as_str().unwrap_or_default());
    let refused = tenant.call("PATCH", &path, json!({ "groupTag": "HQ" })).await.expect(400);
    assert_eq!(refused.body["error"]["code"], "No method match route template");
    let message = refused.body["error"]["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with(
            "No OData route exists that match template ~/singleton/navigation/key with http verb PATCH"
        ),
        "{message}"
    );
    tenant.call("POST", DEVICES, json!({ "serialNumber": "SN-2" })).await.expect(400);
}

#[tokio::test]
async fn a_change_is_accepted_now_and_seen_later() {
    let tenant = slow().await;
    import(&tenant, "SN-1", "OLD").await;
    wait(&tenant, 300);
    let id = tenant.get(DEVICES).await.each("id").remove(0);
    let path = format!("{DEVICES}/{id}");
    let update = |body: Value| {
        let path = format!("{path}/updateDeviceProperties");
        let tenant = &tenant;
        async move { tenant.call("POST", &path, body).await }
    };
    update(json!({ "groupTag": "NEW", "displayName": "PC-1" })).await.expect(204);
    assert_eq!(tenant.get(&path).await.text("groupTag"), "OLD");
    wait(&tenant, 30);
    assert_eq!(tenant.get(&path).await.text("groupTag"), "NEW");
    update(json!({ "groupTag": "" })).await.expect(204);
    wait(&tenant, 30);
    let device = tenant.get(&path).await;
    assert_eq!((device.text("groupTag"), device.text("displayName")), (String::new(), "PC-1".to_owned()));
    for wrong in ["SIXTEEN-LETTERS-", "PC 1", "0042"] {
        update(json!({ "displayName": wrong })).await.expect(400);
    }
    update(json!({ "addressableUserName": "Megan" })).await.expect(400);
    update(json!({ "deviceFriendlyName": "beta only" })).await.expect(400);
    let beta = format!("{BETA_DEVICES}/{id}/updateDeviceProperties");
    tenant.call("POST", &beta, json!({ "deviceFriendlyName": "Room 1" })).await.expect(204);
}

#[tokio::test]
async fn a_user_is_assigned_and_unassigned() {
    let tenant = EmulatedTenant::contoso().await;
    let device = register(&tenant, "SN-1", "").await;
    let path = format!("{DEVICES}/{}", device["id"].as_str().unwrap_or_default());
    let megan = json!({ "userPrincipalName": "megan@contoso.com", "addressableUserName": "Megan" });
    tenant.call("POST", &format!("{path}/assignUserToDevice"), megan).await.expect(204);
    let device = tenant.get(&path).await;
    assert_eq!(device.text("userPrincipalName"), "megan@contoso.com");
    assert_eq!(device.text("addressableUserName"), "Megan");
    tenant
        .call("POST", &format!("{path}/assignUserToDevice"), json!({ "addressableUserName": "x" }))
        .await
        .expect(400);
    for _ in 0..2 {
        tenant.call("POST", &format!("{path}/unassignUserFromDevice"), Value::Null).await.expect(204);
    }
    assert_eq!(tenant.get(&path).await.text("userPrincipalName"), "");
    tenant.call("POST", &format!("{path}/assignResourceAccountToDevice"), json!({})).await.expect(400);
    let beta = path.replace("v1.0", "beta");
    tenant.call("POST", &format!("{beta}/allowNextEnrollment"), Value::Null).await.expect(204);
    assert_eq!(tenant.get(&beta).await.text("userlessEnrollmentStatus"), "allowed");
}

#[tokio::test]
async fn a_deleted_device_is_listed_until_it_is_gone() {
    let tenant = slow().await;
    import(&tenant, "SN-1", "").await;
    wait(&tenant, 300);
    let id = tenant.get(DEVICES).await.each("id").remove(0);
    let path = format!("{DEVICES}/{id}");
    tenant.call("DELETE", &path, Value::Null).await.expect(204);
    assert_eq!(tenant.get(DEVICES).await.body["@odata.count"], 1);
    tenant.call("DELETE", &path, Value::Null).await.expect(204);
    let again = import(&tenant, "SN-1", "").await.text("id");
    wait(&tenant, 95);
    assert_eq!(state(&tenant, &again).await["deviceErrorCode"], 806, "the old registration is still there");
    wait(&tenant, 115);
    tenant.get(&path).await.expect(404);
    tenant.call("DELETE", &path, Value::Null).await.expect(404);
    assert_eq!(tenant.get("/v1.0/devices").await.expect(200).body["value"], json!([]));
}

#[tokio::test]
async fn a_registration_that_has_just_begun_cannot_be_deleted() {
    let tenant = slow().await;
    import(&tenant, "SN-1", "").await;
    wait(&tenant, 95);
    let mut listed = Vec::new();
    for _ in 0..60 {
        wait(&tenant, 1);
        listed = tenant.get(DEVICES).await.each("id");
        if !listed.is_empty() {
            break;
        }
    }
    let path = format!("{DEVICES}/{}", listed[0]);
    tenant.call("DELETE", &path, Value::Null).await.expect(400);
    wait(&tenant, 60);
    tenant.call("DELETE", &path, Value::Null).await.expect(204);
}

#[tokio::test]
async fn an_enrolled_device_is_let_go_and_stays_managed_or_is_refused_by_older_rules() {
    let tenant = EmulatedTenant::contoso().await;
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.refuses_enrolled_deregistration = true);
    let device = register(&tenant, "SN-1", "").await;
    let id = device["id"].as_str().unwrap_or_default().to_owned();
    tenant.control().with_tenant(|tenant| {
        let identity = tenant.collection_mut(IDENTITIES).get_mut(&id);
        identity
            .expect("it is registered")
            .insert("managedDeviceId".to_owned(), json!("0b1c2d3e-0000-4000-8000-000000000001"));
    });
    let refused = tenant.call("DELETE", &format!("{DEVICES}/{id}"), Value::Null).await;
    assert_eq!(refused.status, 400);
    assert!(reason(&refused).contains("enrolled"), "{}", refused.body);
    let states = tenant
        .call("POST", &format!("{DEVICES}/deleteDevices"), json!({ "serialNumbers": ["SN-1", "SN-2"] }))
        .await;
    assert_eq!(states.expect(200).each("deletionState"), ["failed", "failed"]);
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.refuses_enrolled_deregistration = false);
    tenant.call("DELETE", &format!("{DEVICES}/{id}"), Value::Null).await.expect(204);
    tenant.get(&format!("{DEVICES}/{id}")).await.expect(404);
    let entra = tenant.get("/v1.0/devices").await.expect(200).each("deviceId");
    assert_eq!(entra, [device["azureAdDeviceId"].as_str().unwrap_or_default()], "it stays joined");
}

/// A registration of hundreds at once, as it goes live.
#[tokio::test]
async fn a_few_imports_take_a_minute_and_hundreds_take_many_each_by_itself() {
    let tenant = slow().await;
    let device =
        |serial: &str| json!({ "serialNumber": serial, "hardwareIdentifier": hash(&tenant, serial) });
    let devices: Vec<Value> = (0..200).map(|number| device(&format!("SN-{number}"))).collect();
    let body = json!({ "importedWindowsAutopilotDeviceIdentities": devices });
    tenant.call("POST", &format!("{IMPORTS}/import"), body).await.expect(200);
    let mut ended_by = Vec::new();
    for _ in 0..30 {
        wait(&tenant, 30);
        let rows =
            tenant.get(IMPORTS).await.expect(200).body["value"].as_array().cloned().unwrap_or_default();
        let ended = rows.iter().filter(|row| row["state"]["deviceImportStatus"] != "unknown").count();
        ended_by.push(ended);
    }
    assert!(ended_by[0] == 0 && ended_by[1] < 10, "none in the first half minute: {ended_by:?}");
    assert!(
        ended_by[3] > 0 && ended_by[9] < 200,
        "some within two minutes, not all within five: {ended_by:?}"
    );
    assert_eq!(ended_by[29], 200, "all within a quarter of an hour: {ended_by:?}");
    assert!(ended_by.windows(2).filter(|pair| pair[0] < pair[1]).count() > 10, "one by one: {ended_by:?}");
}

#[tokio::test]
async fn a_selection_among_devices_fails_and_their_profiles_have_no_address() {
    let tenant = EmulatedTenant::contoso().await;
    let device = register(&tenant, "SN-1", "").await;
    let id = device["id"].as_str().unwrap_or_default();
    tenant.get(&format!("{BETA_DEVICES}?$select=id")).await.expect(500);
    let refused = tenant.get(&format!("{BETA_DEVICES}/{id}/deploymentProfile")).await.expect(400);
    let message = refused.body["error"]["message"].as_str().unwrap_or_default();
    let front_end = "for request /DeviceEnrollmentFE/StatelessDeviceEnrollmentFEService/deviceManagement/";
    assert!(message.contains(front_end), "{message}");
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.has_profile_routes = true);
    let nothing = tenant.get(&format!("{BETA_DEVICES}/{id}/deploymentProfile")).await.expect(400);
    assert_eq!(nothing.body["error"]["code"], "InvalidObjectTypeException");
}

#[tokio::test]
async fn a_sync_hurries_what_waits_and_is_not_repeated_within_ten_minutes() {
    let tenant = slow().await;
    tenant.get(&SETTINGS.replace("beta", "v1.0")).await.expect(400);
    import(&tenant, "SN-1", "").await;
    wait(&tenant, 300);
    let path = format!("{DEVICES}/{}", tenant.get(DEVICES).await.each("id").remove(0));
    tenant.call("DELETE", &path, Value::Null).await.expect(204);
    let sync = format!("{SETTINGS}/sync");
    tenant.call("POST", &sync, Value::Null).await.expect(204);
    assert_eq!(tenant.get(SETTINGS).await.text("syncStatus"), "inProgress");
    tenant.call("POST", &sync, Value::Null).await.expect(409);
    wait(&tenant, 60);
    assert_eq!(tenant.get(SETTINGS).await.text("syncStatus"), "completed");
    tenant.get(&path).await.expect(404);
    let refused = tenant.call("POST", &sync, Value::Null).await.expect(429);
    assert_eq!(refused.headers["retry-after"], "541");
    wait(&tenant, 541);
    tenant.call("POST", &sync, Value::Null).await.expect(204);
}

#[tokio::test]
async fn a_tag_leads_to_a_group_and_the_group_to_a_profile() {
    let tenant = slow().await;
    let (old, new) = (tagged(&tenant, "OLD").await, tagged(&tenant, "NEW").await);
    let profiles = [profile(&tenant, "Old").await, profile(&tenant, "New").await];
    wait(&tenant, 60);
    for (profile, group) in profiles.iter().zip([&old, &new]) {
        tenant
            .call("POST", &format!("{PROFILES}/{profile}/assignments"), group_target(group))
            .await
            .expect(201);
    }
    import(&tenant, "SN-1", "OLD").await;
    wait(&tenant, 95 + 30);
    let path = format!("{BETA_DEVICES}/{}", tenant.get(BETA_DEVICES).await.each("id").remove(0));
    let status = || async { tenant.get(&path).await.text("deploymentProfileAssignmentStatus") };
    let (tenant, path) = (&tenant, &path);
    let becomes = |wanted: &'static str| async move {
        for _ in 0..200 {
            if tenant.get(path).await.text("deploymentProfileAssignmentStatus") == wanted {
                return;
            }
            wait(tenant, 5);
        }
        panic!("it never becomes {wanted}");
    };
    assert_eq!(status().await, "notAssigned");
    becomes("pending").await;
    let expand = format!("{path}?$expand=deploymentProfile,intendedDeploymentProfile");
    let device = tenant.get(&expand).await.expect(200).body;
    assert_eq!(device["deploymentProfile"], Value::Null);
    assert_eq!(device["intendedDeploymentProfile"]["displayName"], "Old");
    becomes("assignedUnkownSyncState").await;
    becomes("assignedInSync").await;
    let assigned = tenant.get(&format!("{PROFILES}/{}/assignedDevices", profiles[0])).await.expect(200);
    assert_eq!(assigned.each("serialNumber"), ["SN-1"]);
    let update = json!({ "groupTag": "NEW" });
    tenant.call("POST", &format!("{path}/updateDeviceProperties"), update).await.expect(204);
    wait(tenant, 30);
    let device = tenant.get("/v1.0/devices").await.expect(200).body["value"][0].clone();
    assert!(
        device["physicalIds"].as_array().is_some_and(|ids| ids.contains(&json!("[OrderID]:NEW"))),
        "{device}"
    );
    wait(tenant, 1000);
    let device = tenant.get(&format!("{path}?$expand=deploymentProfile")).await.expect(200);
    assert_eq!(device.body["deploymentProfile"]["displayName"], "New");
}

#[tokio::test]
async fn the_oldest_profile_wins_and_all_devices_comes_last() {
    let tenant = EmulatedTenant::contoso().await;
    let group = tagged(&tenant, "HQ").await;
    let excluded = json!({ "target": { "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": group } });
    let device = register(&tenant, "SN-1", "HQ").await;
    let id = device["id"].as_str().unwrap_or_default();
    let path = format!("{BETA_DEVICES}/{id}?$expand=deploymentProfile");
    let profile_name = || async {
        let reply = tenant.get(&path).await;
        reply.body["deploymentProfile"]["displayName"].as_str().unwrap_or("none").to_owned()
    };
    let assign = |profile: String, target: Value| {
        let tenant = &tenant;
        async move {
            let path = format!("{PROFILES}/{profile}/assignments");
            tenant.call("POST", &path, target).await.expect(201).text("id")
        }
    };
    let (everyone, older, newer) = (
        profile(&tenant, "Everyone").await,
        profile(&tenant, "Older").await,
        profile(&tenant, "Newer").await,
    );
    assert_eq!(profile_name().await, "none");
    assign(everyone, all_devices()).await;
    assert_eq!(profile_name().await, "Everyone");
    assign(newer.clone(), group_target(&group)).await;
    assert_eq!(profile_name().await, "Newer");
    let older_assignment = assign(older.clone(), group_target(&group)).await;
    assert_eq!(profile_name().await, "Older");
    let exclusion = assign(older.clone(), excluded).await;
    assert_eq!(profile_name().await, "Newer");
    for id in [exclusion, older_assignment] {
        tenant.call("DELETE", &format!("{PROFILES}/{older}/assignments/{id}"), Value::Null).await.expect(204);
    }
    assert_eq!(profile_name().await, "Newer");
    let direct = json!({ "deviceIds": [device["id"]] });
    tenant.call("POST", &format!("{PROFILES}/{older}/assign"), direct).await.expect(204);
    assert_eq!(profile_name().await, "Older");
}

#[tokio::test]
async fn one_hash_under_two_serials_is_a_duplicate() {
    let tenant = EmulatedTenant::contoso().await;
    // It says no serial number, so that it is no other device's.
    let hash = base64::engine::general_purpose::STANDARD.encode(capture(&[(16, "Contoso"), (17, "Book")]));
    let device = |serial: &str| json!({ "serialNumber": serial, "hardwareIdentifier": hash });
    let body = json!({ "importedWindowsAutopilotDeviceIdentities": [device("A"), device("B")] });
    tenant.call("POST", &format!("{IMPORTS}/import"), body).await.expect(200);
    let states = tenant.get(IMPORTS).await.expect(200).body;
    let names = [0, 1].map(|row: usize| states["value"][row]["state"]["deviceErrorName"].clone());
    assert_eq!(names, ["None", "ZtdDeviceDuplicated"]);
}

#[tokio::test]
async fn a_page_has_a_thousand_devices_and_the_next_link_leads_on() {
    let tenant = EmulatedTenant::contoso().await;
    tenant.control().with_tenant(|tenant| {
        let all = tenant.collection_mut(IDENTITIES);
        for number in 0..1001 {
            let device = json!({ "id": format!("id-{number}"), "serialNumber": format!("SN-{number}") });
            all.insert(device.as_object().cloned().unwrap_or_default());
        }
    });
    let first = tenant.get(DEVICES).await.expect(200);
    assert_eq!((first.each("id").len(), &first.body["@odata.count"]), (1000, &json!(1001)));
    let second = tenant.get(&first.text("@odata.nextLink")).await.expect(200);
    assert_eq!(second.each("id"), ["id-1000"]);
    assert_eq!(second.body.get("@odata.nextLink"), None);
}

#[tokio::test]
async fn seeded_devices_have_their_directory_objects_and_profiles() {
    let tenant = EmulatedTenant::contoso().await;
    let group = tagged(&tenant, "HQ").await;
    let seed = json!({
        "windowsAutopilotDeploymentProfiles": [{
            "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
            "displayName": "Seeded",
            "assignments": [group_target(&group)],
        }],
        "windowsAutopilotDeviceIdentities": [{ "serialNumber": "SN-1", "groupTag": "HQ" }],
    });
    tenant.call("POST", "/_emulator/seed", seed).await.expect(200);
    let device = tenant.get(BETA_DEVICES).await.expect(200).body["value"][0].clone();
    assert_eq!(device["deploymentProfileAssignmentStatus"], "assignedInSync");
    let entra = tenant.get("/v1.0/devices").await.expect(200);
    assert_eq!(entra.each("deviceId"), [device["azureAdDeviceId"].as_str().unwrap_or_default()]);
}
