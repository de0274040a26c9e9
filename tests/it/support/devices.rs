//! A collection of many devices behind a socket, with the latency of a far place: for counting and measuring.

use std::time::Duration;

use autopilot_provider::graph::{Collection, Endpoint, Graph, Json, Scope};
use futures_util::StreamExt;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::scripted::{Scripted, ScriptedAnswer, answer};

const PATH: &str = "deviceManagement/windowsAutopilotDeviceIdentities";
const PAGE: usize = 1000;

/// The service; it stops when dropped.
pub(crate) struct Devices {
    server: Scripted,
    devices: usize,
}

impl Devices {
    /// Starts a service of so many devices.
    pub(crate) async fn start(devices: usize, latency: Duration) -> Self {
        let server = Scripted::answering(move |asked| {
            let body = respond(devices, &asked.target, &asked.body());
            ScriptedAnswer::After(
                latency,
                Box::new(answer(200, body).with("content-type", "application/json")),
            )
        });
        Self { server: server.await, devices }
    }

    /// A client of it.
    pub(crate) fn graph(&self) -> Graph {
        self.server.graph()
    }

    /// Reads every device once, so many at a time; gives how many requests that took.
    pub(crate) async fn refresh(&self, graph: &Graph, parallelism: usize, coalesced: bool) -> usize {
        let before = self.server.count();
        let scope = &Scope::until_cancelled(CancellationToken::new());
        let collection = &Collection::new(Endpoint::beta(PATH));
        futures_util::stream::iter(0..self.devices)
            .map(|n| async move {
                let id = id(n);
                let device = if coalesced {
                    graph.read_one(scope, collection, &id).await
                } else {
                    graph.get_opt(scope, &Endpoint::beta(PATH).key(&id)).await
                };
                let device = device.expect("devices can be read").expect("devices are there");
                assert_eq!(device["id"], id.as_str());
            })
            .buffer_unordered(parallelism)
            .collect::<Vec<()>>()
            .await;
        self.server.count() - before
    }
}

fn respond(devices: usize, target: &str, body: &Json) -> Json {
    if let Some(items) = body["requests"].as_array() {
        let part = |item: &Json| {
            let target = item["url"].as_str().unwrap_or_default();
            json!({"id": item["id"], "status": 200, "body": respond(devices, target, &Json::Null)})
        };
        return json!({"responses": items.iter().map(part).collect::<Vec<_>>()});
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if !path.ends_with(PATH) {
        let place = path.rsplit('-').next().and_then(|hex| usize::from_str_radix(hex, 16).ok());
        return device(place.unwrap_or_default());
    }
    let skip: usize = query.strip_prefix("$skiptoken=").and_then(|skip| skip.parse().ok()).unwrap_or(0);
    let rows: Vec<Json> = (skip..devices.min(skip + PAGE)).map(device).collect();
    let mut page = json!({"@odata.count": devices, "value": rows});
    if skip + PAGE < devices {
        page["@odata.nextLink"] = json!(format!("{{root}}/beta/{PATH}?$skiptoken={}", skip + PAGE));
    }
    page
}

fn id(n: usize) -> String {
    format!("0a1b2c3d-0000-4000-8000-{n:012x}")
}

fn device(n: usize) -> Json {
    json!({
        "id": id(n), "serialNumber": format!("5CG{n:07}"), "groupTag": "Sales", "purchaseOrderIdentifier": "",
        "productKey": "", "manufacturer": "HP", "model": "HP EliteBook 840 G8 Notebook PC", "enrollmentState": "enrolled",
        "lastContactedDateTime": "2025-08-01T10:11:12.1234567Z", "addressableUserName": "", "userPrincipalName": "",
        "resourceName": "", "skuNumber": "", "systemFamily": "103C_5336AN HP EliteBook",
        "azureActiveDirectoryDeviceId": id(n + 1), "azureAdDeviceId": id(n + 1), "managedDeviceId": id(n + 2),
        "displayName": "", "deploymentProfileAssignmentStatus": "assignedUnkownSyncState",
        "deploymentProfileAssignmentDetailedStatus": "none", "deploymentProfileAssignedDateTime": "2025-08-01T10:11:12.1234567Z",
        "remediationState": "noRemediationRequired", "remediationStateLastModifiedDateTime": "2025-08-01T10:11:12.1234567Z",
        "userlessEnrollmentStatus": "unknown", "deviceAccountUpn": "", "deviceFriendlyName": null,
    })
}
