//! What it costs to ask of many laptops whether they would set themselves up: the real `terraform` with one data source for
//! each, an emulated tenant, and how often it is asked.
//!
//! `cargo bench --bench readiness`; `DEVICES=500` in the environment sets how many.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[allow(dead_code, reason = "the fleet's bench uses more of it")]
mod site;

use autopilot_provider::emulator::Options;
use serde_json::json;

use site::emulated_tenant::EmulatedTenant;
use site::{FLEET, Site, number};

fn main() {
    let devices = number("DEVICES", 500);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let tenant = runtime.block_on(EmulatedTenant::start(Options::default()));
    let row = |n: usize| {
        let serial = format!("5CG{n:07}");
        let laptop = tenant.control().laptop(&json!({"serialNumber": serial})).expect("a laptop");
        let row = json!({
            "hardware_hash_wo": laptop["hardwareHash"], "group_tag": "HQ", "user_principal_name": "megan@contoso.com",
        });
        (serial, row)
    };
    let rows = (0..devices).map(row).collect();
    let Some(site) = Site::new(&tenant, &format!("{FLEET}{HEADQUARTERS}"), &rows) else { return };
    site.measured(&["apply", "-auto-approve"]);
    println!("readiness of registered laptops, read at once\n");
    for count in [1, devices] {
        site.rewrite(&READINESS.replace("COUNT", &count.to_string()));
        let (took, asked) = site.measured(&["plan"]);
        let sent = tenant.control().requests().iter().filter(|one| one.batch.is_none()).count();
        println!("  {count:>5} laptops {:>8.1} s  {asked:>6} requests in {sent:>4} sent", took.as_secs_f64());
    }
}

/// Their group, with a profile.
const HEADQUARTERS: &str = r#"
resource "autopilot_device_group" "hq" {
  display_name      = "Headquarters"
  autopilot_devices = { group_tag = "HQ" }
}

resource "autopilot_deployment_profile" "hq" {
  display_name = "Headquarters"
  assignments  = [{ group_id = autopilot_device_group.hq.id }]
}
"#;

const READINESS: &str = r#"
removed {
  from = autopilot_device_group.hq
  lifecycle { destroy = false }
}

removed {
  from = autopilot_deployment_profile.hq
  lifecycle { destroy = false }
}

removed {
  from = autopilot_device_fleet.all
  lifecycle { destroy = false }
}

data "autopilot_readiness" "each" {
  for_each      = toset([for n in range(COUNT) : format("5CG%07d", n)])
  serial_number = each.key

  lifecycle {
    postcondition {
      condition     = self.stops_at == null && self.user_principal_name == "megan@contoso.com"
      error_message = "${jsonencode(self)}"
    }
  }
}
"#;
