//! `autopilot_device_allow_next_enrollment`: lets a device that set itself up without a user do so once more.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::done::done;
use super::target;
use crate::autopilot::devices::{self, DEVICES};
use crate::autopilot::mapping::shows;
use crate::autopilot::permissions::{SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::decode;
use crate::tf_provider::action::{Action, Progress};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// Allows the next enrollment of a device.
pub(super) struct DeviceAllowNextEnrollment;

#[async_trait]
impl Action<Tenant> for DeviceAllowNextEnrollment {
    fn name(&self) -> &'static str {
        "autopilot_device_allow_next_enrollment"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "Lets a device that set itself up without a user (self-deploying, pre-provisioned) do so once more, as *Unblock \
             device* does in the Intune admin center. Without it, setting up such a device again fails with 0x80180014.",
        )
        .attributes(target::arguments())
        .rule(target::rule())
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(SERVICE_CONFIG_READ), to_change(SERVICE_CONFIG_WRITE).to("unblock a device")]
    }

    async fn invoke(&self, cx: &Cx, config: &Value, progress: &Progress) -> Result<(), Failure> {
        let session = cx.session()?;
        let device: Device = decode(&target::device(&session, config).await?)?;
        let serial = device.serial_number.unwrap_or_default();
        if device.userless_enrollment_status.as_deref() == Some(ALLOWED) {
            progress.tell(format!("The device `{serial}` may enroll already; that will do."));
            return Ok(());
        }
        let allowed = Map::from_iter([("userlessEnrollmentStatus".to_owned(), json!(ALLOWED))]);
        let is_done = || async {
            let found = devices::read(&session, &device.id).await?;
            Ok(found.is_some_and(|found| shows(&found, &allowed)))
        };
        let action = DEVICES.member_now(&device.id).then("allowNextEnrollment");
        let asked = session.graph().post_once(session.scope(), &action, Json::Null, is_done).await;
        let look = "Look at the device in Devices > Enrollment > Windows > Windows Autopilot > Devices";
        done(asked, &format!("unblock the device `{serial}`"), look)?;
        progress.tell(format!("The device `{serial}` may enroll once more."));
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    id: String,
    serial_number: Option<String>,
    userless_enrollment_status: Option<String>,
}

const ALLOWED: &str = "allowed";
