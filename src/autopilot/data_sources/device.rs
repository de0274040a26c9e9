//! `autopilot_device`: one registered device.

use async_trait::async_trait;

use crate::autopilot::devices::{self, By, ENROLLMENT_STATES, PROFILE_STATES, REMEDIATION_STATES};
use crate::autopilot::entra_object;
use crate::autopilot::mapping::values;
use crate::autopilot::permissions::SERVICE_CONFIG_READ;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{
    Attribute, AttributeKind, Schema, check, choice, computed, guid, object, optional_computed, rule, text,
};
use crate::tf_provider::value::Value;

/// A registered device, by id or serial number.
pub(crate) struct Device;

#[async_trait]
impl DataSource<Tenant> for Device {
    fn name(&self) -> &'static str {
        "autopilot_device"
    }

    fn schema(&self) -> Schema {
        Schema::new("A device that is registered with Windows Autopilot, whoever registered it.")
            .attributes([
                optional_computed("id", guid(), "Registration id of the device."),
                optional_computed(
                    "serial_number",
                    text(),
                    "Serial number of the device. Capital letters do not matter.",
                )
                .check(check::not_blank()),
            ])
            .attributes(facts())
            .attributes([
                computed(
                    "entra_object_id",
                    text(),
                    "Object id of its object in Microsoft Entra, which groups take as a member. Null without the \
                     permission `Device.Read.All`.",
                )
                .local(),
                computed("assigned_profile", profile(), "The deployment profile the device has; null if none.")
                    .remote("deploymentProfile"),
                computed(
                    "intended_profile",
                    profile(),
                    "The deployment profile the device is to have. While it is another than the one the device has, the \
                     device should not be handed out.",
                )
                .remote("intendedDeploymentProfile"),
            ])
            .rule(rule::exactly_one(&["id", "serial_number"]))
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ), entra_object::LOOKED_UP]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let (by, wanted) = match config.get("id").as_str() {
            Some(id) => (By::Id, id),
            None => (By::SerialNumber, config.get("serial_number").as_str().unwrap_or_default()),
        };
        let advice = "Give `id`, the registration id, or `serial_number`";
        let found = devices::find_by(&session, by, wanted, advice).await?;
        let found = devices::with_profiles(&session, found).await?;
        let result = Value::Object(values(&self.schema().attributes, &found));
        let result = entra_object::looked_up(cx, &session, result, &Value::Null).await;
        // What the user wrote stays as it was spelt.
        let written = ["id", "serial_number"].into_iter().filter(|name| !config.get(name).is_null());
        Ok(written.fold(result, |result, name| result.with(name, config.get(name).clone())))
    }
}

/// A deployment profile, in short.
fn profile() -> AttributeKind {
    object([
        computed("id", guid(), "Id of the profile."),
        computed("display_name", text(), "Name of the profile."),
        computed("last_modified_date_time", text(), "When the profile was last changed."),
    ])
}

/// What is known of a device besides its id and serial number.
pub(super) fn facts() -> Vec<Attribute> {
    vec![
        computed("group_tag", text(), "Group tag; null if none."),
        computed(
            "display_name",
            text(),
            "Name that the device gets when it is set up; null if none is given.",
        ),
        computed("manufacturer", text(), "Manufacturer."),
        computed("model", text(), "Model."),
        computed("system_family", text(), "Product family, in the manufacturer's words."),
        computed("sku_number", text(), "Stock number, in the manufacturer's words."),
        computed("product_key", text(), "Windows product id; null if none."),
        computed("purchase_order", text(), "Purchase order; null if none.").remote("purchaseOrderIdentifier"),
        computed("enrollment_state", choice(ENROLLMENT_STATES), "Whether the device is enrolled in Intune."),
        computed("last_contacted_date_time", text(), "When the device was last seen; null if never."),
        computed("profile_status", choice(PROFILE_STATES), "Whether a deployment profile is assigned.")
            .remote("deploymentProfileAssignmentStatus"),
        computed("profile_assigned_date_time", text(), "When the deployment profile was assigned.")
            .remote("deploymentProfileAssignedDateTime"),
        computed(
            "remediation_state",
            choice(REMEDIATION_STATES),
            "Whether the device is still the one that was registered.",
        ),
        computed("remediation_state_date_time", text(), "When that was found; null if never.")
            .remote("remediationStateLastModifiedDateTime"),
        computed(
            "entra_device_id",
            text(),
            "Device id of its object in Microsoft Entra (not the object id).",
        )
        .remote("azureAdDeviceId"),
        computed("managed_device_id", guid(), "Id of the device in Intune, once it is enrolled."),
        computed("user_principal_name", text(), "User the device is assigned to; null if none."),
        computed("addressable_user_name", text(), "Name by which setup greets that user."),
    ]
}
