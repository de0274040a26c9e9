//! `autopilot_entra_device`: a device's object in Microsoft Entra.

use async_trait::async_trait;

use crate::autopilot::entra_object::{self, ENTRA_DEVICES};
use crate::autopilot::look_up::result;
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::DEVICE_READ;
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{
    Schema, boolean, check, computed, guid, list_of, optional_computed, rule, text,
};
use crate::tf_provider::value::Value;

/// A device in Microsoft Entra, by object id, device id or name.
pub(crate) struct EntraDevice;

#[async_trait]
impl DataSource<Tenant> for EntraDevice {
    fn name(&self) -> &'static str {
        ENTRA_DEVICES.type_name
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "A device's object in Microsoft Entra: the one that registration with Windows Autopilot makes, or that of any \
             other device.",
        )
        .attributes([
            optional_computed("id", guid(), "Object id, which groups take as a member."),
            optional_computed(DEVICE_ID, guid(), "Device id, which Windows Autopilot and Intune tell."),
            optional_computed(
                "display_name",
                text(),
                "Name of the device. Capital letters do not matter; several devices of one name are an error.",
            )
            .check(check::not_blank()),
            computed(
                "account_enabled",
                boolean(),
                "Whether the device is let in. Setup stops at a device that is not.",
            ),
            computed("operating_system", text(), "Operating system; null until the device has joined."),
            computed("operating_system_version", text(), "Its version; null until the device has joined."),
            computed(
                "trust_type",
                text(),
                "`AzureAd` for a device that joined Microsoft Entra, `ServerAd` for a hybrid one, `Workplace` for a \
                 registered personal one.",
            ),
            computed("profile_type", text(), "`RegisteredDevice`, or another kind."),
            computed("is_managed", boolean(), "Whether a management service such as Intune manages the device."),
            computed("is_compliant", boolean(), "Whether it keeps to the compliance policies."),
            computed("enrollment_profile_name", text(), "Deployment profile with which it was set up; null if none."),
            computed("registration_date_time", text(), "When the device joined; null if it never did."),
            computed(
                "approximate_last_sign_in_date_time",
                text(),
                "When it was last seen, give or take two weeks; null if never.",
            ),
            computed(
                "physical_ids",
                list_of(text()),
                "What rules of dynamic groups look at: `[ZTDId]` with the Autopilot id, `[OrderID]` with the group tag.",
            ),
        ])
        .rule(rule::exactly_one(&["id", DEVICE_ID, "display_name"]))
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(DEVICE_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let found = match config.get(DEVICE_ID).as_str() {
            Some(device_id) => with_device_id(&session, device_id).await?,
            None => ENTRA_DEVICES.look_up(&session, &config).await?,
        };
        let schema = self.schema();
        let shown = Value::Object(values(&schema.attributes, &found));
        Ok(result(&schema, &config, &shown))
    }
}

async fn with_device_id(session: &Session, device_id: &str) -> Result<serde_json::Value, Failure> {
    session.get_opt(&entra_object::address(device_id)).await?.ok_or_else(|| {
        Failure::at(
            DEVICE_ID,
            "No such Entra device",
            format!(
                "No device in this tenant has the device id `{device_id}`. An object id goes into `id`. The object of a \
                 device that was registered a moment ago may take some minutes to appear."
            ),
        )
    })
}

const DEVICE_ID: &str = "device_id";
