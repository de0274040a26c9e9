//! The product, served as a new Terraform command starts it.

use std::sync::Arc;

use autopilot_provider::autopilot::Autopilot;
use autopilot_provider::tf_provider::server::Server;
use tokio::sync::OnceCell;

use super::core::{Core, Schemas};

/// Not configured yet. Its schemas are the same each time, and asked for once in a run of tests.
pub(crate) async fn autopilot() -> Core {
    static SCHEMAS: OnceCell<Arc<Schemas>> = OnceCell::const_new();
    Core::serving_again(Server::new(Autopilot), &SCHEMAS).await
}
