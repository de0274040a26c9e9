//! What Terraform demands of a provider, tried on the playground.

#[path = "../playground/provider/mod.rs"]
pub(crate) mod playground;

mod lifecycle;

use autopilot_provider::tf_provider::server::Server;
use playground::Playground;
use serde_json::json;
use tempfile::TempDir;

use crate::support::core::Core;

/// The playground in this process, configured with a directory of its own.
pub(crate) async fn playground() -> (Core, TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    let core = Core::serving(Server::new(Playground)).await;
    core.configure(json!({ "directory": directory.path() })).await;
    (core, directory)
}
