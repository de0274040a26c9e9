//! What a fleet costs, end to end: the real `terraform` with the product, an emulated tenant that keeps Microsoft's published
//! budgets, and beside each figure what it is measured against.
//!
//! `cargo bench --bench fleet`; `FLEET=5000` in the environment sets the number of devices (1000), `SCALE` how much faster than
//! the service the import queue is (10). Reading starts at no device: a run takes some minutes.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[allow(dead_code, reason = "the other benches use more of it")]
mod site;

use std::sync::Arc;
use std::time::{Duration, Instant};

use autopilot_provider::emulator::{Clock, Control, Latencies, Options, collections};
use serde_json::{Value as Json, json};

use site::emulated_tenant::EmulatedTenant;
use site::terraform::Workspace;
use site::{FLEET, Site, number};

const QUEUE: &str = "/v1.0/deviceManagement/importedWindowsAutopilotDeviceIdentities";

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let (devices, scale) = (number("FLEET", 1000), number("SCALE", 10));
    println!("{devices} devices; the queue {scale} times faster than the service\n");
    let tenant = Arc::new(runtime.block_on(tenant(scale)));
    let rows = laptops(&tenant.control(), devices, "HQ");
    let Some(site) = Site::new(&tenant, FLEET, &rows) else { return };

    let alone = runtime.block_on(queue_alone(devices, scale));
    let script = runtime.block_on(script(devices.min(200), scale));
    let (took, asked) = site.measured(&["apply", "-auto-approve"]);
    println!("register {devices} devices with tag");
    println!(
        "  fleet                     {:>8.1} s  {asked:>6} requests  (goal 1.1 x the queue)",
        took.as_secs_f64()
    );
    println!("  the queue alone           {:>8.1} s", alone.as_secs_f64());
    let (count, script_took, script_asked) = script;
    println!(
        "  a POST a device, {count:>4}     {:>8.1} s  {script_asked:>6} requests  (writes of {devices}: {} s by the budget)",
        script_took.as_secs_f64(),
        devices / 100 * 20
    );

    let (took, asked) = site.measured(&["plan", "-detailed-exitcode"]);
    println!("\nplan of {devices} registered devices");
    println!(
        "  fleet                     {:>8.1} s  {asked:>6} requests  {} MiB",
        took.as_secs_f64(),
        site.peak()
    );
    println!("  terraform_data, same map  {:>8.1} s", terraform_alone(&rows).as_secs_f64());

    let mut more = rows.clone();
    more.extend(
        laptops(&tenant.control(), devices + 1, "HQ")
            .into_iter()
            .filter(|(serial, _)| !rows.contains_key(serial)),
    );
    site.write(&more);
    let (took, asked) = site.measured(&["apply", "-auto-approve"]);
    println!(
        "\none new device\n  fleet                     {:>8.1} s  {asked:>6} requests  (goal 3 x {} pages + 10)",
        took.as_secs_f64(),
        devices.div_ceil(1000)
    );

    let changed = devices.min(1000);
    for (_, row) in more.iter_mut().take(changed) {
        row["group_tag"] = json!("Sales");
    }
    site.write(&more);
    let (took, asked) = site.measured(&["apply", "-auto-approve"]);
    let budget = changed.div_ceil(100).saturating_sub(1) * 20;
    println!(
        "\ntags of {changed} devices\n  fleet                     {:>8.1} s  {asked:>6} requests",
        took.as_secs_f64()
    );
    println!("  the write budget          {budget:>8} s");
    let refused = tenant.control().requests().iter().filter(|one| one.status == 429).count();
    println!("\nrefused with 429: {refused}; violations: {}", tenant.control().violations().len());
}

async fn tenant(scale: usize) -> EmulatedTenant {
    EmulatedTenant::start(Options {
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

/// Imports as a client does that knows exactly when to look: five hundred in one request, and one look a second.
async fn queue_alone(devices: usize, scale: usize) -> Duration {
    let tenant = tenant(scale).await;
    let bodies: Vec<Json> = laptops(&tenant.control(), devices, "HQ").iter().map(body).collect();
    let began = Instant::now();
    for part in bodies.chunks(500) {
        let import = json!({"importedWindowsAutopilotDeviceIdentities": part});
        tenant.call("POST", &format!("{QUEUE}/import"), import).await;
    }
    until_through(&tenant, Duration::from_millis(200)).await;
    began.elapsed()
}

/// Imports as scripts do: a POST for each device, and the whole queue every thirty seconds.
async fn script(devices: usize, scale: usize) -> (usize, Duration, usize) {
    let tenant = tenant(scale).await;
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
    let row = |n: usize| {
        let serial = format!("5CG{n:07}");
        let laptop = control.laptop(&json!({"serialNumber": serial})).expect("a laptop");
        (serial, json!({"hardware_hash_wo": laptop["hardwareHash"], "group_tag": tag}))
    };
    (0..count).map(row).collect()
}

fn body((serial, row): (&String, &Json)) -> Json {
    json!({"serialNumber": serial, "hardwareIdentifier": row["hardware_hash_wo"], "groupTag": row["group_tag"]})
}

const DATA: &str = r#"
resource "terraform_data" "all" {
  input = jsondecode(file("${path.module}/rows.json"))
}
"#;
