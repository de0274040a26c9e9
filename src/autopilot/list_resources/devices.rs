//! Registered devices, each as an `autopilot_device_identity`.

use async_trait::async_trait;

use super::rows::tell_rows;
use crate::autopilot::device_filters;
use crate::autopilot::devices::{DEVICES, comparable};
use crate::autopilot::mapping::text_of;
use crate::autopilot::permissions::SERVICE_CONFIG_READ;
use crate::autopilot::resources::device_identity;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::list_resource::{ListResource, Listed, Query, Results};
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{Schema, optional, text};

/// Registered devices.
pub(super) struct Devices;

#[async_trait]
impl ListResource<Tenant> for Devices {
    fn name(&self) -> &'static str {
        DEVICES.type_name
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "The devices that are registered with Windows Autopilot: all of them, or those that are as the arguments say.",
        )
        .attributes(device_filters::filters())
        .attributes([optional(
            "serial_number_prefix",
            text(),
            "Only devices whose serial number begins so. Capital letters do not matter.",
        )])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ)]
    }

    async fn list(&self, cx: &Cx, query: &Query, results: &mut Results) -> Result<(), Failure> {
        let prefix = comparable(text_of(&query.config, "serial_number_prefix"));
        tell_rows(&cx.session()?, &DEVICES.read_from(), results, |row| {
            let state = device_identity::imported(row);
            let serial = text_of(&state, "serial_number");
            if !device_filters::fits(&state, &query.config) || !comparable(serial).starts_with(&prefix) {
                return Ok(None);
            }
            let made = [text_of(&state, "manufacturer"), text_of(&state, "model")].join(" ");
            let display_name = match made.trim() {
                "" => serial.to_owned(),
                made => format!("{serial} ({made})"),
            };
            Ok(Some(Listed { state, display_name }))
        })
        .await
    }
}
