//! A registered device as Intune manages it, and what it is ordered to do.

use serde::Deserialize;
use serde_json::Value as Json;

use super::done::done;
use crate::autopilot::devices::Registered;
use crate::autopilot::permissions::{MANAGED_DEVICES_ORDER, MANAGED_DEVICES_READ};
use crate::autopilot::session::Session;
use crate::graph::{self, Endpoint, decode};
use crate::tf_provider::failure::Failure;

/// What is read of a managed device.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManagedDevice {
    pub(super) id: String,
    pub(super) serial_number: Option<String>,
    /// In Graph's words; Microsoft may add to them.
    pub(super) management_state: Option<String>,
    device_action_results: Option<Vec<Order>>,
}

/// An order that a device got.
#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
struct Order {
    action_name: Option<String>,
    start_date_time: Option<String>,
}

impl ManagedDevice {
    /// The device as Intune manages it. One that is not enrolled cannot be ordered to do anything.
    pub(super) async fn of(session: &Session, registered: &Json, what: &str) -> Result<Self, Failure> {
        let registered: Registered = decode(registered)?;
        let serial = registered.serial_number.as_deref().unwrap_or_default();
        let managed = match registered.managed_device() {
            Some(managed) => read(session, managed).await?,
            None => None,
        };
        managed.ok_or_else(|| {
            Failure::new(
                "The device is not enrolled in Intune",
                format!(
                    "The device `{serial}` is registered with Windows Autopilot and not enrolled in Intune at present, so Intune \
                     cannot {what} it. It enrolls when it is set up; nothing was done."
                ),
            )
        })
    }

    /// Orders the device to do something, once. It obeys when it next contacts Intune.
    pub(super) async fn order(
        &self,
        session: &Session,
        action: &str,
        body: Json,
        what: &str,
    ) -> Result<(), Failure> {
        // How Intune names orders is not settled; one that was not there before is ours.
        let is_done = || async {
            let now = read(session, &self.id).await?;
            Ok(now.is_some_and(|now| now.orders().iter().any(|order| !self.orders().contains(order))))
        };
        let address = address().needs(MANAGED_DEVICES_ORDER).key(&self.id).then(action);
        let asked = session.graph().post_once(session.scope(), &address, body, is_done).await;
        done(asked, what, "Look at \"Device actions status\" of the device in the Intune admin center")
    }

    fn orders(&self) -> &[Order] {
        self.device_action_results.as_deref().unwrap_or_default()
    }
}

async fn read(session: &Session, id: &str) -> Result<Option<ManagedDevice>, graph::Error> {
    let found = session.get_opt(&address().needs(MANAGED_DEVICES_READ).key(id)).await?;
    found.as_ref().map(decode).transpose()
}

fn address() -> Endpoint {
    Endpoint::v1("deviceManagement/managedDevices")
}
