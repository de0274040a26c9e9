//! `autopilot_device_reset`: resets a device to how it left the factory, or nearly.

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::managed_device::ManagedDevice;
use crate::autopilot::devices::{self, By, comparable};
use crate::autopilot::mapping::{flag_of, text_of};
use crate::autopilot::permissions::{MANAGED_DEVICES_ORDER, MANAGED_DEVICES_READ, SERVICE_CONFIG_READ};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::action::{Action, Progress};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::schema::{Rule, Schema, boolean, check, optional, required, text};
use crate::tf_provider::value::Value;

/// Resets a device.
pub(super) struct DeviceReset;

#[async_trait]
impl Action<Tenant> for DeviceReset {
    fn name(&self) -> &'static str {
        "autopilot_device_reset"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Resets an enrolled device to its factory settings, as *Wipe* does in the Intune admin center. **What is on the \
             device is lost**; registered with Windows Autopilot, it sets itself up again.",
        )
        .attributes([
            required("serial_number", text(), "Serial number of the device.").check(check::not_blank()),
            required(CONFIRM, text(), "The serial number once more. A slip of the hand shall cost nobody a laptop.")
                .check(check::not_blank()),
            optional(
                "keep_enrollment_data",
                boolean(),
                "Whether the device stays enrolled in Intune. Left out, it does not.",
            ),
            optional(
                "keep_user_data",
                boolean(),
                "Whether the files of its users stay on the device. Left out, they do not.",
            ),
            optional(
                "keep_esim_data_plan",
                boolean(),
                "Whether an eSIM keeps its data plan. Left out, it does not.",
            ),
        ])
        .rule(written_twice())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![
            to_read(SERVICE_CONFIG_READ),
            to_read(MANAGED_DEVICES_READ),
            to_change(MANAGED_DEVICES_ORDER).to("reset a device"),
        ]
    }

    async fn invoke(&self, cx: &Cx, config: &Value, progress: &Progress) -> Result<(), Failure> {
        let session = cx.session()?;
        let serial = text_of(config, "serial_number");
        let advice = "Give the serial number that the Intune admin center shows";
        let device = devices::find_by(&session, By::SerialNumber, serial, advice).await?;
        let managed = ManagedDevice::of(&session, &device, "reset").await?;
        refuse_another(&managed, serial)?;
        refuse_leaving(&managed, serial)?;
        let body: Json = json!({
            "keepEnrollmentData": flag_of(config, "keep_enrollment_data"),
            "keepUserData": flag_of(config, "keep_user_data"),
            "persistEsimDataPlan": flag_of(config, "keep_esim_data_plan"),
        });
        managed.order(&session, "wipe", body, &format!("reset the device `{serial}`")).await?;
        progress.tell(format!("The device `{serial}` resets itself as soon as it is on and online."));
        Ok(())
    }
}

fn written_twice() -> Rule {
    Rule::new("`serial_number` and `confirm_serial_number` are the same.", |config, problems| {
        let (serial, again) = (config.get("serial_number"), config.get(CONFIRM));
        if let (Some(serial), Some(again)) = (serial.as_str(), again.as_str())
            && comparable(serial) != comparable(again)
        {
            problems.error_at(
                CONFIRM,
                "Two different serial numbers",
                format!(
                    "A reset loses what is on the device, so its serial number is written twice. Here it is `{serial}` and \
                     `{again}`. Write that of the device to reset in both."
                ),
            );
        }
    })
}

/// Registration and enrollment are joined by Intune; what is about to be lost is looked at twice.
fn refuse_another(managed: &ManagedDevice, serial: &str) -> Result<(), Failure> {
    let found = managed.serial_number.as_deref().unwrap_or_default();
    if comparable(found) == comparable(serial) {
        return Ok(());
    }
    Err(Failure::at(
        "serial_number",
        "Intune knows the device by another serial number",
        format!(
            "Windows Autopilot says that the device `{serial}` is enrolled as {}, and Intune shows that one with the serial \
             number `{found}`. Nothing was done. Look at both in the Intune admin center, and reset the right one there.",
            managed.id
        ),
    ))
}

/// A device that is on its way out, or being reset already, is left alone.
fn refuse_leaving(managed: &ManagedDevice, serial: &str) -> Result<(), Failure> {
    let state = managed.management_state.as_deref().unwrap_or_default();
    if !LEAVING.contains(&state) {
        return Ok(());
    }
    Err(Failure::at(
        "serial_number",
        "The device is leaving Intune or being reset already",
        format!(
            "Intune has an order for the device `{serial}` that is not carried out yet (`{state}`), and nothing was added to it. \
             Wait until the device has contacted Intune, or cancel that order in the Intune admin center."
        ),
    ))
}

const CONFIRM: &str = "confirm_serial_number";
/// States in which an order that ends the present enrollment is under way (managementState in Graph's reference).
const LEAVING: [&str; 5] = ["wipePending", "wipeIssued", "retirePending", "retireIssued", "deletePending"];
