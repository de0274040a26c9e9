//! What a fleet costs, end to end: the real `terraform` with the product, an emulated tenant that keeps Microsoft's published
//! budgets, and beside each figure what it is measured against. Terraform spends seconds on a large map by itself, for each
//! plan and each apply: what it does while no call of the provider runs is a figure of its own.
//!
//! `cargo bench --bench fleet`; `FLEET=5000` in the environment sets the number of devices (1000), `SCALE` how much faster than
//! the service the import queue is (10). Reading starts at no device: a run takes some minutes.
//!
//! `FLEETS=10` measures something else: devices that a tenant has already, taken over by so many fleets, their plan, and a device
//! more.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[allow(dead_code, reason = "the other benches use more of it")]
mod site;

use std::sync::Arc;
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Clock, Control, Latencies, Options, Seed, collections, files};
use serde_json::{Value as Json, json};

use site::emulated_tenant::EmulatedTenant;
use site::terraform::Workspace;
use site::{FLEET, Site, number, own_memory};

const APPLY: &[&str] = &["apply", "-auto-approve"];
const PLAN: &[&str] = &["plan", "-detailed-exitcode"];
const QUEUE: &str = "/v1.0/deviceManagement/importedWindowsAutopilotDeviceIdentities";

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let (devices, scale, fleets) = (number("FLEET", 1000), number("SCALE", 10), number("FLEETS", 0));
    if fleets > 0 {
        return several(&runtime, devices, scale, fleets);
    }
    println!("{devices} devices; the queue {scale} times faster than the service\n");
    let tenant = Arc::new(runtime.block_on(tenant(scale, Seed::default())));
    let rows = laptops(&tenant.control(), devices, "HQ");
    let Some(site) = Site::new(&tenant, FLEET, &rows) else { return };

    let alone = runtime.block_on(queue_alone(devices, scale));
    let script = runtime.block_on(script(devices.min(200), scale));
    println!("register {devices} devices with tag");
    report(&site, site.measured(APPLY), "goal 1.1 x the queue");
    line("the queue alone", alone.queue, "");
    line("and until all are in Entra", alone.entra, "");
    let (count, took, asked) = script;
    let writes = devices / 100 * 20;
    line(
        &format!("a POST a device, {count}"),
        took,
        &format!("{asked} requests; {devices} of them: {writes} s by the budget"),
    );

    println!("\nplan of {devices} registered devices");
    report(&site, site.measured(PLAN), "goal pages + 10 requests");
    line("terraform_data, same map", terraform_alone(&rows), "");

    let mut more = rows.clone();
    more.extend([laptop(&tenant.control(), devices, "HQ")]);
    site.write(&more);
    println!("\none new device");
    let pages = devices.div_ceil(1000);
    report(&site, site.measured(APPLY), &format!("goal 3 x {pages} pages + 10 requests"));

    let changed = devices.min(1000);
    for (_, row) in more.iter_mut().take(changed) {
        row["group_tag"] = json!("Sales");
    }
    site.write(&more);
    println!("\ntags of {changed} devices");
    report(&site, site.measured(APPLY), "goal 1.1 x the budget");
    line(
        "the write budget alone",
        Duration::from_secs(20) * (changed.div_ceil(100) as u32).saturating_sub(1),
        "",
    );
    let refused = tenant.control().requests().iter().filter(|one| one.status == 429).count();
    println!("\nrefused with 429: {refused}; violations: {}", tenant.control().violations().len());
}

/// Devices that a tenant has already, of as many group tags as there are to be fleets.
fn several(runtime: &tokio::runtime::Runtime, devices: usize, scale: usize, fleets: usize) {
    let tag = |n: usize| format!("F{}", n % fleets);
    let serial = |n: usize| format!("5CG{n:07}");
    let seed = files::seed(&json!({ "collections": registered(devices, serial, tag) }).to_string());
    let tenant = Arc::new(runtime.block_on(tenant(scale, seed.expect("a tenant"))));
    println!("{devices} registered devices in {fleets} fleets; the emulator holds {} MiB\n", own_memory());
    let mut rows: Vec<serde_json::Map<String, Json>> = vec![serde_json::Map::new(); fleets];
    for n in 0..devices {
        rows[n % fleets].insert(serial(n), json!({ "group_tag": tag(n) }));
    }
    let main: String = (0..fleets).map(|n| SEVERAL.replace("NAME", &tag(n))).collect();
    let Some(site) = Site::new(&tenant, &main, &serde_json::Map::new()) else { return };
    let write = |n: usize, rows: &_| site.write_file(&format!("{}.json", tag(n)), rows);
    rows.iter().enumerate().for_each(|(n, rows)| write(n, rows));
    println!("import");
    report(&site, site.measured(APPLY), "");
    println!("\nplan");
    report(&site, site.measured(PLAN), "");
    rows[0].extend([laptop(&tenant.control(), devices, &tag(0))]);
    write(0, &rows[0]);
    println!("\none new device");
    let pages = devices.div_ceil(1000);
    report(&site, site.measured(APPLY), &format!("goal 3 x {pages} pages + 10 requests"));
    let refused = tenant.control().requests().iter().filter(|one| one.status == 429).count();
    println!("\nrefused with 429: {refused}");
}

fn registered(devices: usize, serial: impl Fn(usize) -> String, tag: impl Fn(usize) -> String) -> Json {
    let id = |kind: u8, n: usize| format!("{kind:08x}-0000-4000-8000-{n:012x}");
    let each = |one: &dyn Fn(usize) -> Json| (0..devices).map(one).collect::<Vec<Json>>();
    json!({
        "users": [{"userPrincipalName": "admin@contoso.onmicrosoft.com", "displayName": "Administrator"}],
        "windowsAutopilotDeviceIdentities": each(&|n| json!({
            "id": id(1, n), "serialNumber": serial(n), "groupTag": tag(n), "manufacturer": "Contoso", "model": "Book 4",
            "azureActiveDirectoryDeviceId": id(2, n), "azureAdDeviceId": id(2, n), "_entraDevice": id(3, n),
        })),
        "devices": each(&|n| json!({
            "id": id(3, n), "deviceId": id(2, n), "displayName": serial(n),
            "physicalIds": [format!("[ZTDID]:{}", id(1, n)), format!("[OrderId]:{}", tag(n))],
        })),
        "importedWindowsAutopilotDeviceIdentities": each(&|n| json!({
            "id": id(4, n), "serialNumber": serial(n), "groupTag": tag(n), "importId": id(5, n), "_hash": "plausible",
            "state": {
                "deviceImportStatus": "complete", "deviceRegistrationId": id(1, n), "deviceErrorCode": 0,
                "deviceErrorName": "",
            },
        })),
    })
}

fn report(site: &Site<'_>, (took, asked): (Duration, usize), goal: &str) {
    let provider = site.in_provider();
    let goal = if goal.is_empty() { String::new() } else { format!("  ({goal})") };
    line("from end to end", took, &format!("{asked} requests"));
    line("in calls of the provider", provider, &format!("{} MiB{goal}", site.peak()));
    line("Terraform's own", took.saturating_sub(provider), "");
}

fn line(what: &str, took: Duration, rest: &str) {
    println!("  {what:<26} {:>8.1} s  {rest}", took.as_secs_f64());
}

async fn tenant(scale: usize, seed: Seed) -> EmulatedTenant {
    EmulatedTenant::start(Options {
        seed,
        clock: Clock::scaled(scale as f64),
        latencies: Latencies::realistic(),
        throttle: true,
        ..Options::default()
    })
    .await
}

fn terraform_alone(rows: &serde_json::Map<String, Json>) -> Duration {
    let Some(workspace) = Workspace::new() else { return Duration::ZERO };
    let workspace = workspace.file("main.tf", DATA);
    std::fs::write(workspace.path().join("rows.json"), Json::Object(rows.clone()).to_string())
        .expect("a file");
    workspace.run(&["init"]).success();
    workspace.run(&["apply", "-auto-approve"]).success();
    let began = Instant::now();
    workspace.run(&["plan", "-detailed-exitcode"]).success();
    began.elapsed()
}

/// What the service needs by itself: until the queue is through, and until every device has its object in Entra.
struct Alone {
    queue: Duration,
    entra: Duration,
}

/// Imports as a client does that knows exactly when to look: five hundred in one request, and five looks a second.
async fn queue_alone(devices: usize, scale: usize) -> Alone {
    let tenant = tenant(scale, Seed::default()).await;
    let bodies: Vec<Json> = laptops(&tenant.control(), devices, "HQ").iter().map(body).collect();
    let in_entra =
        || tenant.control().with_tenant(|tenant| tenant.collection(collections::DEVICES).iter().count());
    let (others, began) = (in_entra(), Instant::now());
    for part in bodies.chunks(500) {
        let import = json!({"importedWindowsAutopilotDeviceIdentities": part});
        tenant.call("POST", &format!("{QUEUE}/import"), import).await;
    }
    let pause = Duration::from_millis(200);
    until_through(&tenant, pause).await;
    let queue = began.elapsed();
    while in_entra() < others + devices {
        tokio::time::sleep(pause).await;
    }
    Alone { queue, entra: began.elapsed() }
}

/// Imports as scripts do: a POST for each device, and the whole queue every thirty seconds.
async fn script(devices: usize, scale: usize) -> (usize, Duration, usize) {
    let tenant = tenant(scale, Seed::default()).await;
    let bodies: Vec<Json> = laptops(&tenant.control(), devices, "HQ").iter().map(body).collect();
    let began = Instant::now();
    for body in bodies {
        while tenant.call("POST", QUEUE, body.clone()).await.status == 429 {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
    until_through(&tenant, Duration::from_secs(30) / scale as u32).await;
    let requests = tenant.control().requests().iter().filter(|one| !one.version.is_empty()).count();
    (devices, began.elapsed(), requests)
}

async fn until_through(tenant: &EmulatedTenant, pause: Duration) {
    let runs = |control: &Control| {
        control.with_tenant(|tenant| {
            let queue = tenant.collection(collections::IMPORTED_IDENTITIES);
            queue.iter().any(|record| record["state"]["deviceImportStatus"] == "unknown")
        })
    };
    loop {
        tenant.call("GET", QUEUE, Json::Null).await;
        if !runs(&tenant.control()) {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}

fn laptops(control: &Control, count: usize, tag: &str) -> serde_json::Map<String, Json> {
    (0..count).map(|n| laptop(control, n, tag)).collect()
}

fn laptop(control: &Control, n: usize, tag: &str) -> (String, Json) {
    let serial = format!("5CG{n:07}");
    let laptop = control.laptop(&json!({"serialNumber": serial})).expect("a laptop");
    (serial, json!({"hardware_hash_wo": laptop["hardwareHash"], "group_tag": tag}))
}

fn body((serial, row): (&String, &Json)) -> Json {
    json!({"serialNumber": serial, "hardwareIdentifier": row["hardware_hash_wo"], "groupTag": row["group_tag"]})
}

const DATA: &str = r#"
resource "terraform_data" "all" {
  input = jsondecode(file("${path.module}/rows.json"))
}
"#;

const SEVERAL: &str = r#"
import {
  to = autopilot_device_fleet.NAME
  id = "tag:NAME"
}
resource "autopilot_device_fleet" "NAME" {
  devices = jsondecode(file("${path.module}/NAME.json"))
}
"#;
