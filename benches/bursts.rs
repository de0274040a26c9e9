//! A burst of writes right after another one: what it costs where a tenant keeps Microsoft's published budgets, beside the
//! same burst after a pause. Each command of Terraform is a process that knows nothing of the last one's use.
//!
//! `cargo bench --bench bursts`; `DEVICES=60` in the environment sets how many are registered and destroyed.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[allow(dead_code, reason = "the fleet's bench uses more of it")]
mod site;

use std::time::Duration;

use autopilot_provider::emulator::Options;
use serde_json::json;

use site::emulated_tenant::EmulatedTenant;
use site::{Site, number};

fn main() {
    let devices = number("DEVICES", 60);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let tenant = runtime.block_on(EmulatedTenant::start(Options { throttle: true, ..Options::default() }));
    let hash = |serial: &str| {
        let laptop = tenant.control().laptop(&json!({"serialNumber": serial})).expect("a laptop");
        laptop["hardwareHash"].clone()
    };
    let rows =
        (0..devices).map(|n| format!("5CG{n:07}")).map(|serial| (serial.clone(), hash(&serial))).collect();
    let Some(site) = Site::new(&tenant, DEVICES, &rows) else { return };
    println!("{devices} devices, ten at a time, 100 writes in 20 seconds\n");
    let (register, destroy) = (["apply", "-auto-approve"], ["destroy", "-auto-approve"]);
    let report = |what: &str, (took, asked): (Duration, usize)| {
        println!("  {what:<28} {:>8.1} s  {asked:>6} requests", took.as_secs_f64());
        took.as_secs_f64()
    };
    report("register", site.measured(&register));
    std::thread::sleep(WINDOW);
    let rested = report("destroy after a pause", site.measured(&destroy));
    std::thread::sleep(WINDOW);
    report("register", site.measured(&register));
    let at_once = report("destroy right after", site.measured(&destroy));
    println!("\n  right after, to after a pause {:>5.2}  (goal 1.5)", at_once / rested);
    let refused = tenant.control().requests().iter().filter(|one| one.status == 429).count();
    println!("  refused with 429 in the last  {refused:>5}");
}

const WINDOW: Duration = Duration::from_secs(21);

const DEVICES: &str = r#"
resource "autopilot_device_identity" "each" {
  for_each      = jsondecode(file("${path.module}/rows.json"))
  serial_number = each.key
  hardware_hash = each.value
}
"#;
