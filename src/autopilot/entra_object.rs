//! A device's object in Microsoft Entra: Autopilot tells its device id, and groups want its object id.

use serde::Deserialize;

use super::permissions::DEVICE_READ;
use super::session::Session;
use super::tenant::Cx;
use crate::graph::{self, Endpoint, Kind, decode, literal};
use crate::tf_provider::permission::{Permission, aside};
use crate::tf_provider::value::Value;

/// What looking objects up needs.
pub(crate) const LOOKED_UP: Permission = aside("tell `entra_object_id` (optional)", DEVICE_READ);

/// The device with its object id, which is asked for when `known` is of another object or has none. Without the permission
/// it stays null, with one warning a run.
pub(crate) async fn looked_up(cx: &Cx, session: &Session, device: Value, known: &Value) -> Value {
    let Some(device_id) = device.get(DEVICE_ID).as_str().map(str::to_owned) else {
        return device.with(OBJECT_ID, Value::Null);
    };
    if known.get(DEVICE_ID).as_str() == Some(&device_id) && known.get(OBJECT_ID).as_str().is_some() {
        return device.with(OBJECT_ID, known.get(OBJECT_ID).clone());
    }
    let object = match find(session, &device_id).await {
        Ok(found) => found.map(|object| object.id),
        Err(error) => {
            if error.kind() == Kind::PermissionMissing && !cx.client().is_told(LOOKED_UP.purpose) {
                cx.warn(
                    "Object ids in Microsoft Entra not looked up",
                    format!(
                        "`{OBJECT_ID}` of Autopilot devices stays null, because the account has none of the permissions \
                         {}. Grant one of them if groups are to have devices as members one by one.",
                        DEVICE_READ.join(", ")
                    ),
                );
            }
            tracing::info!(%error, "the device's object in Microsoft Entra is not looked up");
            None
        }
    };
    device.with(OBJECT_ID, object)
}

/// The directory's object of a device.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceObject {
    pub(crate) id: String,
    pub(crate) display_name: Option<String>,
}

/// The directory's object of a device; none if there is none.
pub(crate) async fn find(session: &Session, device_id: &str) -> Result<Option<DeviceObject>, graph::Error> {
    if uuid::Uuid::try_parse(device_id).is_err() {
        return Ok(None);
    }
    let path = format!("devices(deviceId={})", literal(device_id));
    let found = session.get_opt(&Endpoint::v1(&path).select("id,displayName").needs(DEVICE_READ)).await?;
    found.as_ref().map(decode).transpose()
}

const DEVICE_ID: &str = "entra_device_id";
const OBJECT_ID: &str = "entra_object_id";
