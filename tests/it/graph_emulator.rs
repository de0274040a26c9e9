//! The Graph client against the emulated tenant: what makes naive clients stumble.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Clock, Effect, Emulator, Fault, Latencies, Options, Running};
use autopilot_provider::graph::signin::{Arguments, Settings};
use autopilot_provider::graph::{
    Collection, Endpoint, Error, ErrorKind, Graph, Json, Poll, Schedule, Scope, Search, literal, wait,
};
use futures_util::future::join_all;
use serde_json::json;

struct Tenant {
    running: Running,
    graph: Graph,
    scope: Scope,
}

const DEVICES: &str = "deviceManagement/windowsAutopilotDeviceIdentities";

impl Tenant {
    async fn start(options: Options) -> Self {
        let running = Emulator::start(options).await.expect("an emulator starts");
        Self { graph: client_of(&running), running, scope: Scope::default().within(Duration::from_secs(30)) }
    }

    /// Contoso, a hundred times faster than the real service and otherwise as slow.
    async fn lively() -> Self {
        let (clock, latencies) = (Clock::scaled(100.0), Latencies::realistic());
        Self::start(Options { clock, latencies, ..Options::default() }).await
    }

    async fn contoso() -> Self {
        Self::start(Options::default()).await
    }

    /// Registers laptops as a client does, and gives their ids.
    async fn register(&self, serials: &[&str]) -> Vec<String> {
        let imports = Endpoint::v1("deviceManagement/importedWindowsAutopilotDeviceIdentities");
        let register = |serial: String| {
            let imports = imports.clone();
            async move {
                let laptop =
                    self.running.control().laptop(&json!({ "serialNumber": serial })).expect("a laptop");
                let body = json!({"serialNumber": serial, "hardwareIdentifier": laptop["hardwareHash"]});
                let record = self
                    .graph
                    .create(&self.scope, &imports, body, async || Ok(None))
                    .await
                    .expect("accepted");
                let record = imports.key(record["id"].as_str().expect("an id"));
                let look = || async {
                    let state = self.graph.get(&self.scope, &record).await?["state"].clone();
                    Ok::<_, Error>(match state["deviceRegistrationId"].as_str() {
                        Some(id) if !id.is_empty() => Poll::Ready(id.to_owned()),
                        _ => Poll::Pending(state["deviceImportStatus"].to_string()),
                    })
                };
                let what = format!("the import of serial {serial} to finish");
                wait(&what, &self.scope, Schedule::every(Duration::from_millis(200)), look)
                    .await
                    .expect("registered")
            }
        };
        join_all(serials.iter().map(|serial| register((*serial).to_owned()))).await
    }

    async fn groups_named(&self, name: &str) -> Vec<Json> {
        let groups = Endpoint::v1("groups").filter(format!("displayName eq {}", literal(name)));
        self.graph.list(&self.scope, &groups).await.expect("groups can be listed")
    }

    fn asked(&self, method: &str, path: &str) -> usize {
        let requests = self.running.control().requests();
        requests.iter().filter(|asked| asked.method == method && asked.path.contains(path)).count()
    }
}

/// A client that remembers nothing yet.
fn client_of(running: &Running) -> Graph {
    let credentials = running.credentials();
    let root = running.url();
    let environment = [
        ("ARM_TENANT_ID", credentials.tenant_id.as_str()),
        ("ARM_CLIENT_ID", credentials.client_id.as_str()),
        ("ARM_CLIENT_SECRET", credentials.client_secret.as_str()),
        ("ARM_AUTHORITY_HOST", root.as_str()),
        ("ARM_MSGRAPH_ENDPOINT", root.as_str()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let settings = Settings::resolve(&Arguments::new(), &environment).expect("settings are complete");
    Graph::connect(settings, "terraform-provider-autopilot/test").expect("loopback is a good root")
}

fn devices() -> Collection {
    Collection::new(Endpoint::beta(DEVICES))
}

fn group(name: &str) -> Json {
    json!({"displayName": name, "mailEnabled": false, "mailNickname": "x", "securityEnabled": true})
}

/// As the product looks: the service is asked for a part of the serial where it understands it, and equality is ours.
fn by_serial(serial: &'static str) -> Search {
    let search = Search::new(serial, move |row| {
        row["serialNumber"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(serial))
    });
    match serial.chars().all(|c| c.is_ascii_alphanumeric()) {
        true => search.filter(format!("contains(serialNumber,{})", literal(serial))),
        false => search,
    }
}

#[tokio::test]
async fn a_serial_is_found_whole_and_whatever_it_holds() {
    let tenant = Tenant::contoso().await;
    tenant.register(&["ABC", "ABCD", "A-B C'#%&"]).await;
    for serial in ["abc", "ABCD", "A-B C'#%&"] {
        let found = tenant.graph.find(&tenant.scope, &devices(), by_serial(serial)).await.unwrap();
        assert_eq!(found.len(), 1, "{serial}: {found:?}");
        assert!(found[0]["serialNumber"].as_str().unwrap().eq_ignore_ascii_case(serial));
    }
    let refused = Search::new("eq", |row| row["serialNumber"] == "ABC").filter("serialNumber eq 'ABC'");
    let found = tenant.graph.find(&tenant.scope, &devices(), refused).await.unwrap();
    assert_eq!(found.len(), 1, "a refused filter is replaced by the list");
}

#[tokio::test]
async fn an_accepted_change_is_awaited_until_a_read_shows_it() {
    let tenant = Tenant::lively().await;
    let id = &tenant.register(&["SN-1"]).await[0];
    let (graph, scope, devices) = (&tenant.graph, &tenant.scope, &devices());
    let there = || async {
        let found = graph.read_one(scope, devices, id).await?;
        Ok::<_, Error>(if found.is_some() { Poll::Ready(()) } else { Poll::Pending("no row".into()) })
    };
    wait("the device to appear", scope, Schedule::every(Duration::from_millis(100)), there).await.unwrap();
    let update = Endpoint::beta(DEVICES).key(id).then("updateDeviceProperties");
    graph.post(scope, &update, json!({"groupTag": "Sales"})).await.unwrap();
    let old_values = AtomicU32::new(0);
    let shown = || async {
        let device = graph.read_one(scope, devices, id).await?.unwrap_or_default();
        Ok::<_, Error>(if device["groupTag"] == "Sales" {
            Poll::Ready(())
        } else {
            old_values.fetch_add(1, Ordering::SeqCst);
            Poll::Pending(format!("groupTag {}", device["groupTag"]))
        })
    };
    wait("the tag to show", scope, Schedule::every(Duration::from_millis(50)), shown).await.unwrap();
    assert!(old_values.into_inner() > 0, "the service takes its time");
}

#[tokio::test]
async fn the_reason_in_a_nested_message_comes_out() {
    let tenant = Tenant::contoso().await;
    let (graph, scope) = (&tenant.graph, &tenant.scope);
    let profiles = Endpoint::beta("deviceManagement/windowsAutopilotDeploymentProfiles");
    let mut ids = Vec::new();
    for name in ["A", "B"] {
        let body = json!({"@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", "displayName": name});
        ids.push(
            graph.create(scope, &profiles, body, async || Ok(None)).await.unwrap()["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    let everybody = json!({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
    let assignments = |id: &str| profiles.clone().key(id).then("assignments");
    graph.create(scope, &assignments(&ids[0]), everybody.clone(), async || Ok(None)).await.unwrap();
    let error = graph.create(scope, &assignments(&ids[1]), everybody, async || Ok(None)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Refused, Some(400)));
    assert!(error.what().contains("is already assigned to All Devices"), "{error}");
    assert!(!error.to_string().contains("Operation ID") && !error.to_string().contains('{'), "{error}");
    assert!(error.call().unwrap().request_id.is_some());
}

#[tokio::test]
async fn a_hash_in_a_refusal_is_left_out() {
    let tenant = Tenant::contoso().await;
    let hash = format!("T0FB{}!", "x".repeat(4000));
    let imports = Endpoint::v1("deviceManagement/importedWindowsAutopilotDeviceIdentities");
    let body = json!({"serialNumber": "SN-1", "hardwareIdentifier": hash});
    let error = tenant.graph.create(&tenant.scope, &imports, body, async || Ok(None)).await.unwrap_err();
    assert!(error.to_string().len() < 400 && error.to_string().contains("characters left out"), "{error}");
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_makes_one_object() {
    for effect in [Effect::LostReply, Effect::Truncate { bytes: 5 }] {
        let tenant = Tenant::contoso().await;
        tenant.running.control().add_fault(Fault::once("^/v1.0/groups$", effect.clone()).on("POST"));
        let look_up = async || Ok(tenant.groups_named("Laptops").await.into_iter().next());
        let made = tenant
            .graph
            .create(&tenant.scope, &Endpoint::v1("groups"), group("Laptops"), look_up)
            .await
            .unwrap();
        assert_eq!(made["displayName"], "Laptops");
        assert_eq!(
            (tenant.groups_named("Laptops").await.len(), tenant.asked("POST", "/v1.0/groups")),
            (1, 1),
            "{effect:?}"
        );
    }
}

#[tokio::test]
async fn a_new_group_that_flaps_between_replicas_is_worked_with_all_the_same() {
    let tenant = Tenant::lively().await;
    let (graph, scope, groups) = (&tenant.graph, &tenant.scope, Endpoint::v1("groups"));
    let made = graph.create(scope, &groups, group("Laptops"), async || Ok(None)).await.unwrap();
    let group = groups.key(made["id"].as_str().unwrap());
    let soon = group.clone().appears_within(Duration::from_secs(10));
    graph.patch(scope, &soon, json!({"description": "x"})).await.unwrap();
    let seen = || async {
        let found = graph.get_opt(scope, &group).await?.is_some_and(|group| group["description"] == "x");
        Ok::<_, Error>(if found { Poll::Ready(()) } else { Poll::Pending("not on every replica".into()) })
    };
    wait("the group to be known", scope, Schedule::every(Duration::from_millis(100)).in_a_row(5), seen)
        .await
        .unwrap();
    assert!(graph.get_opt(scope, &group).await.unwrap().is_some());
}

#[tokio::test]
async fn what_the_service_asks_for_is_done_and_nobody_is_rude() {
    let tenant = Tenant::contoso().await;
    let busy = Effect::Status {
        status: 429,
        headers: [("Retry-After".to_owned(), "1".to_owned())].into(),
        body: None,
    };
    tenant.running.control().add_fault(Fault::once("^/v1.0/groups", busy));
    let started = Instant::now();
    assert_eq!(tenant.groups_named("nobody").await.len(), 0);
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(tenant.running.control().violations(), []);
}

#[tokio::test]
async fn an_expired_token_is_replaced_on_the_way() {
    let tenant = Tenant::contoso().await;
    tenant.groups_named("x").await;
    tenant.running.control().add_fault(Fault::once("^/v1.0/groups", Effect::ExpiredToken));
    tenant.groups_named("x").await;
    assert_eq!(tenant.asked("GET", "/v1.0/groups"), 3);
    assert_eq!(tenant.asked("POST", "/oauth2/v2.0/token"), 2);
}

#[tokio::test]
async fn an_application_that_may_not_learns_what_it_lacks() {
    let tenant = Tenant::contoso().await;
    let scope_of_enrollment = Endpoint::beta("policies/mobileDeviceManagementPolicies")
        .needs(&["Policy.ReadWrite.MobilityManagement"]);
    let error = tenant.graph.list(&tenant.scope, &scope_of_enrollment).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionMissing);
    let advice = error.advice();
    assert!(
        advice.contains("The token has ")
            && advice.contains("this call needs Policy.ReadWrite.MobilityManagement"),
        "{advice}"
    );
    assert!(tenant.graph.claims(&tenant.scope).await.unwrap().is_app_only());
}

#[tokio::test]
async fn deleting_what_is_gone_is_done() {
    let tenant = Tenant::contoso().await;
    let (graph, scope, groups) = (&tenant.graph, &tenant.scope, Endpoint::v1("groups"));
    let made = graph.create(scope, &groups, group("Laptops"), async || Ok(None)).await.unwrap();
    let group = groups.key(made["id"].as_str().unwrap());
    graph.delete(scope, &group).await.unwrap();
    graph.delete(scope, &group).await.unwrap();
    assert_eq!(graph.get_opt(scope, &group).await.unwrap(), None);
}

#[tokio::test]
async fn reading_alone_in_a_batch_and_from_the_list_shows_the_same() {
    let tenant = Tenant::contoso().await;
    let serials: Vec<String> = (0..45).map(|n| format!("SN{n}")).collect();
    let ids = tenant.register(&serials.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let read = async |ids: &[String]| {
        let (graph, scope, devices) = (client_of(&tenant.running), &tenant.scope, &devices());
        tenant.running.control().clear_requests();
        let read = ids.iter().map(|id| graph.read_one(scope, devices, id));
        let rows: Vec<Json> =
            join_all(read).await.into_iter().map(|row| row.unwrap().expect("a device")).collect();
        let batches = tenant.asked("POST", "/$batch");
        (rows, batches)
    };
    let (alone, none) = read(&ids[..1]).await;
    let (batched, batch) = read(&ids[..3]).await;
    let (listed, list) = read(&ids).await;
    assert_eq!((&alone[..], &batched[..]), (&listed[..1], &listed[..3]));
    assert_eq!((none, batch, list), (0, 1, 0));
}

#[tokio::test]
async fn a_throttled_part_of_a_batch_is_asked_for_again() {
    let tenant = Tenant::contoso().await;
    let ids = tenant.register(&["SN1", "SN2", "SN3"]).await;
    let busy = Effect::Status {
        status: 429,
        headers: [("Retry-After".to_owned(), "1".to_owned())].into(),
        body: None,
    };
    tenant.running.control().add_fault(Fault::once(&ids[1], busy));
    let (graph, scope, devices) = (&tenant.graph, &tenant.scope, &devices());
    let found = join_all(ids.iter().map(|id| graph.read_one(scope, devices, id))).await;
    assert!(found.into_iter().all(|device| device.unwrap().is_some()));
    assert_eq!(tenant.running.control().violations(), []);
}
