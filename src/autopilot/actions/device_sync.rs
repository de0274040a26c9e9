//! `autopilot_device_sync`: has a device contact Intune now.

use async_trait::async_trait;
use serde_json::Value as Json;

use super::managed_device::ManagedDevice;
use super::target;
use crate::autopilot::permissions::{MANAGED_DEVICES_ORDER, MANAGED_DEVICES_READ, SERVICE_CONFIG_READ};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::action::{Action, Progress};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// Synchronizes a device.
pub(super) struct DeviceSync;

#[async_trait]
impl Action<Tenant> for DeviceSync {
    fn name(&self) -> &'static str {
        "autopilot_device_sync"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Has an enrolled device contact Intune now and get its policies and apps, as *Sync* does on the device's page in \
             the Intune admin center.",
        )
        .attributes(target::arguments())
        .rule(target::rule())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![
            to_read(SERVICE_CONFIG_READ),
            to_read(MANAGED_DEVICES_READ),
            to_change(MANAGED_DEVICES_ORDER).to("synchronize a device"),
        ]
    }

    async fn invoke(&self, cx: &Cx, config: &Value, progress: &Progress) -> Result<(), Failure> {
        let session = cx.session()?;
        let device = target::device(&session, config).await?;
        let managed = ManagedDevice::of(&session, &device, "synchronize").await?;
        let serial = managed.serial_number.as_deref().unwrap_or_default();
        let what = format!("synchronize the device `{serial}`");
        managed.order(&session, "syncDevice", Json::Null, &what).await?;
        progress.tell(format!("The device `{serial}` synchronizes as soon as it is on and online."));
        Ok(())
    }
}
