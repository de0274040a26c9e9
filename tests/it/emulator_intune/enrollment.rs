use serde_json::{Value, json};

use super::stage::*;
use autopilot_provider::emulator::collections::APPS;

const CONFIGURATIONS: &str = "/beta/deviceManagement/deviceEnrollmentConfigurations";
const PAGE: &str = "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration";
const ONLY_PAGES: &str =
    "$filter=deviceEnrollmentConfigurationType eq 'windows10EnrollmentCompletionPageConfiguration'";

async fn page(tenant: &EmulatedTenant, name: &str) -> String {
    let body = json!({ "@odata.type": PAGE, "displayName": name, "showInstallationProgress": true });
    tenant.call("POST", CONFIGURATIONS, body).await.expect(201).text("id")
}

/// Names of the status pages with their priorities.
async fn order(tenant: &EmulatedTenant) -> Vec<(String, i64)> {
    let pages = tenant.get(&format!("{CONFIGURATIONS}?{ONLY_PAGES}")).await.expect(200);
    let rows = pages.body["value"].as_array().expect("a list").iter();
    let made = rows.filter(|row| row["priority"] != 0);
    let mut order: Vec<_> = made
        .map(|row| {
            (
                row["displayName"].as_str().unwrap_or_default().to_owned(),
                row["priority"].as_i64().unwrap_or(-1),
            )
        })
        .collect();
    order.sort_by_key(|(name, priority)| (*priority, name.clone()));
    order
}

async fn default_page(tenant: &EmulatedTenant) -> Value {
    let filter = format!("{ONLY_PAGES} and priority eq 0");
    let found = tenant.get(&format!("{CONFIGURATIONS}?{filter}")).await.expect(200).body["value"].clone();
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    found[0].clone()
}

#[tokio::test]
async fn the_collection_mixes_kinds_which_isof_cannot_tell_apart() {
    let tenant = EmulatedTenant::contoso().await;
    let mut kinds = tenant.get(CONFIGURATIONS).await.expect(200).each("@odata.type");
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    for wrong in [
        format!("isof('{}')", &PAGE[1..]),
        "endsWith(id,'_Windows10EnrollmentCompletionPageConfiguration')".to_owned(),
    ] {
        tenant.get(&format!("{CONFIGURATIONS}?$filter={wrong}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_new_page_gets_the_next_priority_and_all_defaults() {
    let tenant = EmulatedTenant::contoso().await;
    let body =
        json!({ "@odata.type": PAGE, "displayName": "Page", "priority": 7, "installQualityUpdates": true });
    let made = tenant.call("POST", CONFIGURATIONS, body).await.expect(201);
    let id = made.text("id");
    assert!(id.ends_with("_Windows10EnrollmentCompletionPageConfiguration"), "{id}");
    for (name, value) in [
        ("priority", json!(1)),
        ("version", json!(1)),
        ("installProgressTimeoutInMinutes", json!(60)),
        ("blockDeviceSetupRetryByUser", json!(false)),
        ("selectedMobileAppIds", json!([])),
        ("roleScopeTagIds", json!(["0"])),
        ("description", Value::Null),
        ("deviceEnrollmentConfigurationType", json!("windows10EnrollmentCompletionPageConfiguration")),
    ] {
        assert_eq!(made.body[name], value, "{name}");
    }
    let v1 = tenant.get(&format!("{}/{id}", CONFIGURATIONS.replace("beta", "v1.0"))).await.expect(200).body;
    assert_eq!((v1.get("installProgressTimeoutInMinutes"), v1.get("roleScopeTagIds")), (None, None));
    assert_eq!(v1["allowNonBlockingAppInstallation"], false);
    tenant.call("POST", CONFIGURATIONS, json!({ "displayName": "no type" })).await.expect(400);
}

#[tokio::test]
async fn a_change_says_its_type_and_leaves_the_priority_out() {
    let tenant = EmulatedTenant::contoso().await;
    let path = format!("{CONFIGURATIONS}/{}", page(&tenant, "Page").await);
    tenant.call("PATCH", &path, json!({ "customErrorMessage": "x" })).await.expect(400);
    tenant.call("PATCH", &path, json!({ "@odata.type": PAGE, "priority": 1 })).await.expect(400);
    tenant.call("PATCH", &path, json!({ "@odata.type": PAGE, "assignments": [] })).await.expect(400);
    let too_long = "x".repeat(10_001);
    tenant
        .call("PATCH", &path, json!({ "@odata.type": PAGE, "customErrorMessage": too_long }))
        .await
        .expect(400);
    let apps: Vec<String> = (0..101).map(|n| format!("00000000-0000-4000-8000-{n:012}")).collect();
    tenant
        .call("PATCH", &path, json!({ "@odata.type": PAGE, "selectedMobileAppIds": apps[..1] }))
        .await
        .expect(400);
    tenant.control().with_tenant(|tenant| {
        for id in &apps {
            let app = json!({ "@odata.type": "#microsoft.graph.win32LobApp", "id": id });
            tenant.collection_mut(APPS).insert(app.as_object().cloned().unwrap_or_default());
        }
    });
    tenant
        .call("PATCH", &path, json!({ "@odata.type": PAGE, "selectedMobileAppIds": apps }))
        .await
        .expect(400);
    let changed = tenant
        .call("PATCH", &path, json!({ "@odata.type": PAGE, "selectedMobileAppIds": apps[..100] }))
        .await;
    assert_eq!(changed.expect(200).body["version"], 2);
}

#[tokio::test]
async fn quality_updates_read_back_false_where_the_feature_is_missing() {
    let tenant = EmulatedTenant::contoso().await;
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.installs_quality_updates = false);
    let body = json!({ "@odata.type": PAGE, "displayName": "Page", "installQualityUpdates": true });
    let made = tenant.call("POST", CONFIGURATIONS, body).await.expect(201);
    assert_eq!(made.body["installQualityUpdates"], false);
}

#[tokio::test]
async fn only_the_assign_action_assigns_and_it_replaces_everything() {
    let tenant = EmulatedTenant::contoso().await;
    let path = format!("{CONFIGURATIONS}/{}", page(&tenant, "Page").await);
    let (one, two) = (tagged(&tenant, "A").await, tagged(&tenant, "B").await);
    let refused = tenant.call("POST", &format!("{path}/assignments"), group_target(&one)).await.expect(400);
    assert_eq!(refused.body["error"]["code"], "No method match route template");
    let assign = |targets: Value| {
        let (tenant, path) = (&tenant, format!("{path}/assign"));
        async move { tenant.call("POST", &path, json!({ "enrollmentConfigurationAssignments": targets })).await }
    };
    assign(json!([group_target(&one)])).await.expect(204);
    assign(json!([group_target(&two), all_devices()])).await.expect(204);
    let expanded = tenant.get(&format!("{path}?$expand=assignments")).await.expect(200).body;
    let groups: Vec<_> = expanded["assignments"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["target"]["groupId"])
        .collect();
    assert_eq!(groups, [&json!(two), &Value::Null]);
    let id = expanded["assignments"][0]["id"].as_str().unwrap_or_default();
    tenant.call("DELETE", &format!("{path}/assignments/{id}"), Value::Null).await.expect(400);
    let excluded = json!([{ "target": { "@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": one } }]);
    assign(excluded).await.expect(400);
    assign(json!([{ "target": { "@odata.type": "#microsoft.graph.groupAssignmentTarget" } }]))
        .await
        .expect(400);
    assign(json!([])).await.expect(204);
    assert_eq!(tenant.get(&format!("{path}/assignments")).await.body["value"], json!([]));
}

#[tokio::test]
async fn a_filter_narrows_an_assignment_and_is_kept_while_it_does() {
    let tenant = EmulatedTenant::contoso().await;
    let filters = "/beta/deviceManagement/assignmentFilters";
    tenant.get(&filters.replace("beta", "v1.0")).await.expect(400);
    let wrong =
        json!({ "displayName": "F", "platform": "windows10AndLater", "rule": "(device.colour -eq \"red\")" });
    tenant.call("POST", filters, wrong).await.expect(400);
    let filter = json!({ "displayName": "F", "platform": "windows10AndLater", "rule": "(device.osVersion -startsWith \"10.0\")" });
    let filter = tenant.call("POST", filters, filter).await.expect(201).text("id");
    let path = format!("{CONFIGURATIONS}/{}", page(&tenant, "Page").await);
    let narrowed = |id: Value, kind: &str| {
        let target = json!({ "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget",
            "deviceAndAppManagementAssignmentFilterId": id, "deviceAndAppManagementAssignmentFilterType": kind });
        json!({ "enrollmentConfigurationAssignments": [{ "target": target }] })
    };
    let assign = format!("{path}/assign");
    tenant.call("POST", &assign, narrowed(Value::Null, "include")).await.expect(400);
    tenant.call("POST", &assign, narrowed(json!(path), "include")).await.expect(400);
    let nobody = json!("00000000-0000-0000-0000-000000000000");
    tenant.call("POST", &assign, narrowed(nobody, "none")).await.expect(204);
    tenant.call("POST", &assign, narrowed(json!(filter), "include")).await.expect(204);
    tenant.call("DELETE", &format!("{filters}/{filter}"), Value::Null).await.expect(400);
    tenant.call("PATCH", &format!("{filters}/{filter}"), json!({ "platform": "iOS" })).await.expect(400);
    tenant.call("POST", &assign, json!({ "enrollmentConfigurationAssignments": [] })).await.expect(204);
    tenant.call("DELETE", &format!("{filters}/{filter}"), Value::Null).await.expect(204);
}

#[tokio::test]
async fn priorities_belong_to_the_whole_list() {
    let tenant = EmulatedTenant::contoso().await;
    let mut ids = Vec::new();
    for name in ["A", "B", "C"] {
        ids.push(page(&tenant, name).await);
    }
    let set = |id: &str, priority: i64| {
        let (tenant, path) = (&tenant, format!("{CONFIGURATIONS}/{id}/setPriority"));
        async move { tenant.call("POST", &path, json!({ "priority": priority })).await.status }
    };
    let named = |list: &[(&str, i64)]| -> Vec<(String, i64)> {
        list.iter().map(|(name, priority)| ((*name).to_owned(), *priority)).collect()
    };
    assert_eq!(set(&ids[2], 1).await, 204);
    assert_eq!(order(&tenant).await, named(&[("C", 1), ("A", 2), ("B", 3)]), "the others shift");
    assert_eq!(set(&ids[2], 1).await, 400, "it has that already");
    assert_eq!(set(&ids[2], 4).await, 400, "nobody has that");
    tenant.call("DELETE", &format!("{CONFIGURATIONS}/{}", ids[2]), Value::Null).await.expect(204);
    assert_eq!(order(&tenant).await, named(&[("A", 2), ("B", 3)]), "a gap stays");
    assert_eq!(set(&ids[0], 1).await, 400, "and cannot be reached");
    assert_eq!(set(&ids[1], 2).await, 204);
    assert_eq!(order(&tenant).await, named(&[("B", 2), ("A", 3)]));
    assert_eq!(set(&ids[0], 2).await, 204);
    page(&tenant, "D").await;
    assert_eq!(order(&tenant).await, named(&[("A", 2), ("B", 3), ("D", 4)]));
}

#[tokio::test]
async fn writes_at_the_same_time_can_leave_a_priority_twice_for_good() {
    let tenant = slow().await;
    tenant.control().with_tenant(|tenant| tenant.behaviour.intune.duplicates_priorities = true);
    let first = page(&tenant, "A").await;
    page(&tenant, "B").await;
    wait(&tenant, 4);
    page(&tenant, "C").await;
    let priorities: Vec<i64> = order(&tenant).await.into_iter().map(|(_, priority)| priority).collect();
    assert_eq!(priorities, [1, 1, 2]);
    tenant
        .call("POST", &format!("{CONFIGURATIONS}/{first}/setPriority"), json!({ "priority": 2 }))
        .await
        .expect(400);
}

#[tokio::test]
async fn pages_written_in_parallel_do_not_see_each_other() {
    let tenant = EmulatedTenant::start(autopilot_provider::emulator::Options {
        clock: autopilot_provider::emulator::Clock::scaled(10.0),
        latencies: autopilot_provider::emulator::Latencies::realistic(),
        ..Default::default()
    })
    .await;
    let (one, other) = tokio::join!(page(&tenant, "A"), page(&tenant, "B"));
    assert_ne!(one, other);
    page(&tenant, "C").await;
    let priorities: Vec<i64> = order(&tenant).await.into_iter().map(|(_, priority)| priority).collect();
    assert_eq!(priorities, [1, 1, 2], "two at once, and one after the other");
}

#[tokio::test]
async fn the_default_page_is_for_everybody_and_can_only_be_set() {
    let tenant = EmulatedTenant::contoso().await;
    let default = default_page(&tenant).await;
    let id = default["id"].as_str().unwrap_or_default();
    assert!(id.ends_with("_DefaultWindows10EnrollmentCompletionPageConfiguration"), "{id}");
    assert_eq!(
        (&default["displayName"], &default["@odata.type"]),
        (&json!("All users and all devices"), &json!(PAGE))
    );
    let path = format!("{CONFIGURATIONS}/{id}");
    tenant.call("DELETE", &path, Value::Null).await.expect(400);
    tenant
        .call("POST", &format!("{path}/assign"), json!({ "enrollmentConfigurationAssignments": [] }))
        .await
        .expect(400);
    tenant.call("POST", &format!("{path}/setPriority"), json!({ "priority": 1 })).await.expect(400);
    for other in
        [json!({"displayName": "Mine"}), json!({"description": "Mine"}), json!({"roleScopeTagIds": ["1"]})]
    {
        let mut body = json!({ "@odata.type": PAGE });
        body.as_object_mut().expect("an object").extend(other.as_object().cloned().expect("an object"));
        tenant.call("PATCH", &path, body).await.expect(400);
    }
    let changed = tenant
        .call("PATCH", &path, json!({ "@odata.type": PAGE, "showInstallationProgress": true }))
        .await
        .expect(200);
    assert_eq!(changed.body["showInstallationProgress"], true);
}

/// As exports of live tenants show them.
#[tokio::test]
async fn the_default_objects_are_those_of_an_untouched_tenant() {
    let tenant = EmulatedTenant::contoso().await;
    let all = tenant.get(CONFIGURATIONS).await.expect(200);
    let rows = all.body["value"].as_array().expect("a list").clone();
    let kinds = all.each("deviceEnrollmentConfigurationType");
    let expected = [
        "limit",
        "platformRestrictions",
        "windowsHelloForBusiness",
        "windows10EnrollmentCompletionPageConfiguration",
        "windowsRestore",
    ];
    assert_eq!(kinds, expected);
    for (row, ending) in rows.iter().zip([
        "_DefaultLimit",
        "_DefaultPlatformRestrictions",
        "_DefaultWindowsHelloForBusiness",
        "_DefaultWindows10EnrollmentCompletionPageConfiguration",
        "_WindowsRestore",
    ]) {
        assert!(row["id"].as_str().is_some_and(|id| id.ends_with(ending)), "{row}");
        let dates = (&row["createdDateTime"], row["lastModifiedDateTime"].as_str().map(str::len));
        assert_eq!(dates, (&json!("0001-01-01T00:00:00Z"), Some("2025-03-26T00:08:25Z".len())), "{row}");
        let never_touched = (&row["version"], &row["priority"], &row["roleScopeTagIds"]);
        assert_eq!(never_touched, (&json!(0), &json!(0), &json!([])));
    }
    let page = &rows[3];
    let (minutes, message) = (&page["installProgressTimeoutInMinutes"], &page["customErrorMessage"]);
    assert_eq!((minutes, message), (&json!(0), &json!("")));
    let platforms = &rows[1];
    assert_eq!(platforms["windowsMobileRestriction"]["platformBlocked"], true);
    let versions =
        ["windowsRestriction", "macOSRestriction"].map(|name| &platforms[name]["osMinimumVersion"]);
    assert_eq!(versions, [&json!(""), &Value::Null]);
    let v1 = tenant.get(&CONFIGURATIONS.replace("beta", "v1.0")).await.expect(200).body;
    assert_eq!(v1["value"][4].get("@odata.type"), None, "v1.0 does not know Windows Restore: {v1}");
}

#[tokio::test]
async fn apps_a_page_can_wait_for_are_found_by_type_and_name() {
    let tenant = EmulatedTenant::contoso().await;
    let apps = "/beta/deviceAppManagement/mobileApps";
    let types = [
        "win32LobApp",
        "win32CatalogApp",
        "winGetApp",
        "windowsMobileMSI",
        "windowsUniversalAppX",
        "windowsAppX",
        "officeSuiteApp",
        "windowsMicrosoftEdgeApp",
    ];
    let isof: Vec<String> = types.iter().map(|name| format!("isof('microsoft.graph.{name}')")).collect();
    let filter = format!("$filter=({})&$orderby=displayName&$top=250", isof.join(" or "));
    let found = tenant.get(&format!("{apps}?{filter}")).await.expect(200);
    assert_eq!(found.body["value"].as_array().map(Vec::len), Some(9));
    let named = tenant.get(&format!("{apps}?$filter=displayName eq 'Company Portal'")).await.expect(200);
    assert_eq!(named.body["value"].as_array().map(Vec::len), Some(2), "a name is not unique");
    let searched = tenant.get(&format!("{apps}?{filter}&$search=\"vpn\"")).await.expect(200);
    assert_eq!(searched.each("publishingState"), ["published", "processing"]);
}

#[tokio::test]
async fn scope_tags_are_known_by_number() {
    let tenant = EmulatedTenant::contoso().await;
    let tags = "/beta/deviceManagement/roleScopeTags";
    assert_eq!(tenant.get(&format!("{tags}/0")).await.expect(200).text("displayName"), "Default");
    tenant.get(&format!("{tags}/99")).await.expect(404);
    tenant.get("/v1.0/deviceManagement/roleScopeTags").await.expect(400);
}

#[tokio::test]
async fn v1_knows_neither_filters_nor_newer_kinds() {
    let tenant = EmulatedTenant::contoso().await;
    let v1 = CONFIGURATIONS.replace("beta", "v1.0");
    let id = page(&tenant, "Page").await;
    let filtered = json!({ "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget",
        "deviceAndAppManagementAssignmentFilterType": "none" });
    let body = json!({ "enrollmentConfigurationAssignments": [{ "target": filtered }] });
    tenant.call("POST", &format!("{v1}/{id}/assign"), body).await.expect(400);
    let restore = json!({ "@odata.type": "#microsoft.graph.windowsRestoreDeviceEnrollmentConfiguration", "displayName": "R" });
    tenant.call("POST", &v1, restore.clone()).await.expect(400);
    let id = tenant.call("POST", CONFIGURATIONS, restore).await.expect(201).text("id");
    let shown = tenant.get(&format!("{v1}/{id}")).await.expect(200).body;
    assert_eq!((shown.get("@odata.type"), shown.get("state")), (None, None));
    let apps = tenant.get("/v1.0/deviceAppManagement/mobileApps?$filter=displayName eq '7-Zip'").await;
    assert_eq!(apps.expect(200).each("@odata.type"), ["#microsoft.graph.win32LobApp"]);
}
