//! Contoso: apps, a scope tag and a filter that a newcomer finds.

use serde_json::{Value, json};

use super::target::EVERY_DEVICE;
use super::types::{APP, COMPLIANCE_POLICY, CONFIGURATION_POLICY, FILTER, SCOPE_TAG};
use crate::emulator::api::model::Type;
use crate::emulator::world::collections::CollectionName;
use crate::emulator::world::collections::{
    APPS, COMPLIANCE_POLICIES, CONFIGURATION_POLICIES, FILTERS, SCOPE_TAGS,
};
use crate::emulator::world::tenant::Tenant;

const MADE: &str = "2025-09-02T07:30:12.4412230Z";

pub(super) fn sample(tenant: &mut Tenant) {
    for app in apps() {
        put(tenant, APPS, &APP, app);
    }
    let tag = json!({
        "id": "1",
        "displayName": "Headquarters",
        "description": "Devices of the headquarters",
        "isBuiltIn": false,
    });
    put(tenant, SCOPE_TAGS, &SCOPE_TAG, tag);
    let filter = json!({
        "id": "4d0f8c26-9a17-4e5b-b3c8-71f6a2d9e054",
        "displayName": "Windows 11 24H2",
        "description": "Devices that run Windows 11 24H2 or its updates",
        "platform": "windows10AndLater",
        "rule": "(device.osVersion -startsWith \"10.0.26100\")",
        "createdDateTime": MADE,
        "lastModifiedDateTime": MADE,
    });
    put(tenant, FILTERS, &FILTER, filter);
    let policy = json!({
        "id": "6e2b9d40-73c1-4f58-a0d6-25e8f1b7c394",
        "name": "Windows security baseline",
        "description": "Settings for every Windows laptop",
        "createdDateTime": MADE,
        "lastModifiedDateTime": MADE,
        "settingCount": 42,
        "isAssigned": true,
        "assignments": [for_all_devices()],
    });
    put(tenant, CONFIGURATION_POLICIES, &CONFIGURATION_POLICY, policy);
    let compliance = json!({
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "id": "b81f4a6c-09d5-4e37-92ab-c6d3e5f0178a",
        "displayName": "Windows is encrypted and up to date",
        "createdDateTime": MADE,
        "lastModifiedDateTime": MADE,
        "assignments": [for_all_devices()],
    });
    put(tenant, COMPLIANCE_POLICIES, &COMPLIANCE_POLICY, compliance);
}

/// The assignment to all devices.
fn for_all_devices() -> Value {
    json!({
        "id": EVERY_DEVICE,
        "source": "direct",
        "target": {
            "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget",
            "deviceAndAppManagementAssignmentFilterId": null,
            "deviceAndAppManagementAssignmentFilterType": "none",
        },
    })
}

/// One app of each type that a status page can wait for, and some it cannot.
fn apps() -> Vec<Value> {
    let app = |id: &str, kind: &str, name: &str, publisher: &str, required: bool, own: Value| {
        let mut assignment = for_all_devices();
        assignment["id"] = json!(format!("{EVERY_DEVICE}_0_0"));
        assignment["intent"] = json!("required");
        assignment["sourceId"] = json!(id);
        let mut app = json!({
            "@odata.type": format!("#microsoft.graph.{kind}"),
            "id": id,
            "displayName": name,
            "description": name,
            "publisher": publisher,
            "createdDateTime": MADE,
            "lastModifiedDateTime": MADE,
            "isAssigned": required,
            "assignments": if required { vec![assignment] } else { Vec::new() },
        });
        if let (Value::Object(app), Value::Object(own)) = (&mut app, own) {
            app.extend(own);
        }
        app
    };
    vec![
        app(
            "0a3de581-6b02-4f97-8c4d-e1b7f5a92c36",
            "win32LobApp",
            "Company VPN",
            "Contoso",
            true,
            json!({ "fileName": "vpn.intunewin", "setupFilePath": "setup.exe", "size": 48_318_464 }),
        ),
        app(
            "1b7c92fa-05d8-4a63-9e21-c84f0d6b7a15",
            "win32CatalogApp",
            "7-Zip",
            "Igor Pavlov",
            false,
            json!({ "fileName": "7zip.intunewin", "size": 1_589_510 }),
        ),
        app(
            "2c5f0e83-d49a-4b17-a6f8-39e2c7105bd4",
            "winGetApp",
            "Company Portal",
            "Microsoft Corporation",
            true,
            json!({ "packageIdentifier": "9WZDNCRFJ3PZ" }),
        ),
        app(
            "3d81a7c4-2e6f-4059-b8d3-f60a19e5c728",
            "windowsMobileMSI",
            "Certificate Tool",
            "Contoso",
            false,
            json!({ "fileName": "certtool.msi", "productVersion": "2.1.0", "size": 2_211_840 }),
        ),
        app(
            "4e20b6d9-7f13-48ca-95e7-0b8d4a6c3f91",
            "windowsUniversalAppX",
            "Contoso Expenses",
            "Contoso",
            false,
            json!({ "fileName": "expenses.msixbundle", "isBundle": true, "size": 9_437_184 }),
        ),
        app(
            "5f94c1e7-8a32-4d6b-b0f5-27c6e9d8041a",
            "windowsAppX",
            "Contoso Badge",
            "Contoso",
            false,
            json!({ "fileName": "badge.appx", "size": 3_145_728 }),
        ),
        app(
            "60d7e3b8-9c45-4f21-86a0-5d1f8b7e2c93",
            "officeSuiteApp",
            "Microsoft 365 Apps for Windows 10 and later",
            "Microsoft",
            true,
            json!({ "productIds": ["o365ProPlusRetail"], "officePlatformArchitecture": "x64" }),
        ),
        app(
            "71e8f4c9-ad56-4032-97b1-6e20ac9f3da4",
            "windowsMicrosoftEdgeApp",
            "Microsoft Edge for Windows 10 and later",
            "Microsoft",
            false,
            json!({ "channel": "stable" }),
        ),
        app(
            "82f905da-be67-4143-a8c2-7f31bda04eb5",
            "webApp",
            "Contoso Intranet",
            "Contoso",
            false,
            json!({ "appUrl": "https://intranet.contoso.com" }),
        ),
        app(
            "930a16eb-cf78-4254-b9d3-8042ceb15fc6",
            "iosStoreApp",
            "Company Portal",
            "Microsoft Corporation",
            false,
            json!({ "bundleId": "com.microsoft.CompanyPortal" }),
        ),
        app(
            "a41b27fc-d089-4365-8ae4-9153dfc260d7",
            "win32LobApp",
            "Company VPN (next)",
            "Contoso",
            false,
            json!({ "fileName": "vpn.intunewin", "publishingState": "processing" }),
        ),
    ]
}

fn put(tenant: &mut Tenant, collection: CollectionName, of: &'static Type, entity: Value) {
    if let Value::Object(entity) = entity {
        let entity = of.of(&entity).with_defaults(entity);
        tenant.collection_mut(collection).insert(entity);
    }
}
