//! The real `terraform` with the product over an emulated tenant, measured.

#[path = "../../tests/it/support/emulated_tenant.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
pub(crate) mod emulated_tenant;
#[path = "../../tests/it/support/terraform.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
pub(crate) mod terraform;
#[path = "../../tests/it/support/terraforms.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod terraforms;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use emulated_tenant::EmulatedTenant;
use terraform::Workspace;

/// A fleet of the devices in `rows.json`.
pub(crate) const FLEET: &str = r#"
resource "autopilot_device_fleet" "all" {
  devices = jsondecode(file("${path.module}/rows.json"))
}
"#;

const HEAD: &str = r#"
terraform {
  required_providers {
    autopilot = { source = "autopilot-iac/autopilot" }
  }
}

provider "autopilot" {}
"#;
const LOG: &str = "terraform.log";
const BINARY: &str = env!("CARGO_BIN_EXE_terraform-provider-autopilot");

/// A configuration over a file of rows, and the tenant it is about.
pub(crate) struct Site<'a> {
    workspace: Workspace,
    tenant: &'a EmulatedTenant,
    peak: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
}

impl<'a> Site<'a> {
    /// The configuration reads `rows.json` beside it. Nothing where there is no Terraform.
    pub(crate) fn new(
        tenant: &'a EmulatedTenant,
        main: &str,
        rows: &serde_json::Map<String, Json>,
    ) -> Option<Self> {
        let folder = Path::new(BINARY).parent().expect("a program is in a directory");
        let mut workspace = Workspace::new()?
            .dev_override(autopilot_provider::autopilot::ADDRESS, folder)
            .file("main.tf", &format!("{HEAD}{main}"));
        let credentials = tenant.credentials();
        for (name, value) in [
            ("ARM_MSGRAPH_ENDPOINT", tenant.url("").as_str()),
            ("ARM_AUTHORITY_HOST", tenant.url("").as_str()),
            ("ARM_TENANT_ID", credentials.tenant_id.as_str()),
            ("ARM_CLIENT_ID", credentials.client_id.as_str()),
            ("ARM_CLIENT_SECRET", credentials.client_secret.as_str()),
        ] {
            workspace = workspace.env(name, value);
        }
        // Each call of the provider is logged with its time.
        let log = workspace.path().join(LOG).display().to_string();
        workspace = workspace.env("TF_LOG_PROVIDER", "DEBUG").env("TF_LOG_PATH", &log);
        let site = Self { workspace, tenant, peak: Arc::default(), ended: Arc::default() };
        site.write(rows);
        let (peak, ended) = (Arc::clone(&site.peak), Arc::clone(&site.ended));
        std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(largest(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Some(site)
    }

    /// Replaces the rows.
    pub(crate) fn write(&self, rows: &serde_json::Map<String, Json>) {
        self.write_file("rows.json", rows);
    }

    /// Replaces rows of which the configuration has several files.
    pub(crate) fn write_file(&self, name: &str, rows: &serde_json::Map<String, Json>) {
        let text = Json::Object(rows.clone()).to_string();
        std::fs::write(self.workspace.path().join(name), text).expect("a file");
    }

    /// Replaces the configuration.
    pub(crate) fn rewrite(&self, main: &str) {
        std::fs::write(self.workspace.path().join("main.tf"), format!("{HEAD}{main}")).expect("a file");
    }

    /// Runs a command: its time, and how many requests reached Graph, batch items counted singly.
    pub(crate) fn measured(&self, arguments: &[&str]) -> (Duration, usize) {
        self.tenant.control().clear_requests();
        self.peak.store(0, Ordering::Relaxed);
        let _ = std::fs::remove_file(self.workspace.path().join(LOG));
        let began = Instant::now();
        self.workspace.run(arguments).success();
        let requests = self.tenant.control().requests();
        let counted = requests.iter().filter(|one| !one.version.is_empty() && !one.path.contains("$batch"));
        (began.elapsed(), counted.count())
    }

    /// How long the calls of the provider took in the latest command, together. The rest of the command is Terraform's own.
    pub(crate) fn in_provider(&self) -> Duration {
        let log = std::fs::read_to_string(self.workspace.path().join(LOG)).unwrap_or_default();
        let took = |line: &str| -> Option<f64> {
            line.split("tf_req_duration_ms=").nth(1)?.split_whitespace().next()?.parse().ok()
        };
        Duration::from_secs_f64(log.lines().filter_map(took).sum::<f64>() / 1000.0)
    }

    /// The most memory a provider has held, in MiB.
    pub(crate) fn peak(&self) -> usize {
        self.peak.load(Ordering::Relaxed) / 1024
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// The peak of the largest process of the product, in KiB; Linux only.
fn largest() -> usize {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ours = processes
        .filter(|one| std::fs::read_link(one.path().join("exe")).is_ok_and(|exe| exe == Path::new(BINARY)));
    ours.filter_map(|one| of_status(&one.path(), "VmHWM:")).max().unwrap_or_default()
}

/// What this process holds now, in MiB; Linux only. The emulator is in it.
pub(crate) fn own_memory() -> usize {
    of_status(Path::new("/proc/self"), "VmRSS:").unwrap_or_default() / 1024
}

fn of_status(process: &Path, name: &str) -> Option<usize> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// A number that may stand in the environment.
pub(crate) fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
