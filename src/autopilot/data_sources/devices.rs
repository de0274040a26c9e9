//! `autopilot_devices`: registered devices by what they are.

use async_trait::async_trait;

use super::device::facts;
use crate::autopilot::device_filters;
use crate::autopilot::devices::DEVICES;
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::SERVICE_CONFIG_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{Attribute, Schema, computed, guid, list_of, object, text};
use crate::tf_provider::value::Value;

/// Registered devices.
pub(crate) struct Devices;

#[async_trait]
impl DataSource<Tenant> for Devices {
    fn name(&self) -> &'static str {
        "autopilot_devices"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "The devices that are registered with Windows Autopilot: all of them, or those that are as the arguments say.",
        )
        .attributes(device_filters::filters())
        .attributes([
            computed("devices", list_of(object(device())), "The devices, by serial number."),
        ])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let attributes = device();
        let all = DEVICES.all(&session).await?;
        let mut devices: Vec<Value> =
            all.iter().map(|object| Value::Object(values(&attributes, object))).collect();
        devices.retain(|device| device_filters::fits(device, &config));
        devices.sort_by(|a, b| key(a).cmp(&key(b)));
        Ok(config.with("devices", Value::list(devices)))
    }
}

fn device() -> Vec<Attribute> {
    let mut attributes =
        vec![computed("id", guid(), "Registration id."), computed("serial_number", text(), "Serial number.")];
    attributes.extend(facts());
    attributes
}

fn key(device: &Value) -> (&str, &str) {
    let text = |name: &str| device.get(name).as_str().unwrap_or_default();
    (text("serial_number"), text("id"))
}
