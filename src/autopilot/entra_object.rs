//! A device's object in Microsoft Entra: Autopilot tells its device id, and groups want its object id.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::try_join_all;
use serde::Deserialize;

use super::collection::NamedCollection;
use super::permissions::DEVICE_READ;
use super::session::Session;
use super::tenant::Cx;
use crate::graph::{self, Endpoint, ErrorKind, decode, decode_all, literal};
use crate::tf_provider::permission::{Permission, aside};
use crate::tf_provider::schema::GUID;
use crate::tf_provider::value::Value;

/// All devices of the directory.
pub(crate) const ENTRA_DEVICES: NamedCollection = NamedCollection {
    noun: "Entra device",
    type_name: "autopilot_entra_device",
    endpoint: || Endpoint::v1("devices"),
    reads: DEVICE_READ,
    writes: &[],
    ids: &GUID,
    is_ours: |_| true,
    by_name: Some(|name| format!("displayName eq {}", literal(name))),
    expand: None,
    is_replicated: true,
};

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
            not_looked_up(cx, &error);
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
    device_id: Option<String>,
    pub(crate) display_name: Option<String>,
}

/// Takes an object id away that was looked up for another device id than the device has.
pub(crate) fn forget_if_other(device: Value, known: &Value) -> Value {
    match device.get(DEVICE_ID) == known.get(DEVICE_ID) {
        true => device,
        false => device.with(OBJECT_ID, Value::Null),
    }
}

/// Looks up the object ids of those of many devices that have none: one by one where they are few, in pages where they are
/// many.
pub(crate) async fn look_up_all(cx: &Cx, session: &Session, devices: impl Iterator<Item = &mut Value>) {
    let lacking = devices.filter(|device| device.get(OBJECT_ID).is_null());
    let mut lacking: Vec<(String, &mut Value)> =
        lacking.filter_map(|device| Some((device.get(DEVICE_ID).as_str()?.to_owned(), device))).collect();
    let found = match lacking.len() {
        0 => return,
        1..=FEW => try_join_all(lacking.iter().map(|(device_id, _)| find(session, device_id)))
            .await
            .map(|found| Arc::new(object_ids(found.into_iter().flatten()))),
        _ => cx.client().entra_objects().get_since(Instant::now(), all_registered(session)).await,
    };
    let found = found.unwrap_or_else(|error| {
        not_looked_up(cx, &error);
        Arc::default()
    });
    for (device_id, device) in &mut lacking {
        **device = std::mem::take(*device).with(OBJECT_ID, found.get(device_id));
    }
}

/// Object ids by device id.
type ObjectIds = HashMap<String, String>;

fn object_ids(objects: impl Iterator<Item = DeviceObject>) -> ObjectIds {
    objects.filter_map(|object| Some((object.device_id?, object.id))).collect()
}

/// The object ids of all Autopilot devices. Registration writes a ZTDID into each (Microsoft's reference of
/// `device`: `physicalIds` can be filtered by how one begins).
async fn all_registered(session: &Session) -> Result<ObjectIds, graph::Error> {
    let devices = Endpoint::v1("devices").select("id,deviceId").needs(DEVICE_READ).top(PAGE);
    let registered = devices.clone().filter("physicalIds/any(p:startswith(p,'[ZTDID]'))");
    let found = match session.list(&registered).await {
        Err(error) if error.kind() == ErrorKind::Refused => session.list(&devices).await,
        outcome => outcome,
    };
    Ok(object_ids(decode_all(&found?)?.into_iter()))
}

fn not_looked_up(cx: &Cx, error: &graph::Error) {
    if error.kind() == ErrorKind::PermissionMissing && !cx.client().was_reported(LOOKED_UP.purpose) {
        cx.warn(
            "Object ids in Microsoft Entra not looked up",
            format!(
                "`{OBJECT_ID}` of Autopilot devices stays null, because the account has none of the permissions {}. Grant \
                 one of them if groups are to have devices as members one by one.",
                DEVICE_READ.join(", ")
            ),
        );
    }
    tracing::info!(%error, "objects of devices in Microsoft Entra are not looked up");
}

/// The directory's object of a device; none if there is none.
pub(crate) async fn find(session: &Session, device_id: &str) -> Result<Option<DeviceObject>, graph::Error> {
    if uuid::Uuid::try_parse(device_id).is_err() {
        return Ok(None);
    }
    let endpoint = address(device_id).select("id,deviceId,displayName");
    session.get_opt(&endpoint).await?.as_ref().map(decode).transpose()
}

/// The address of the object with this device id.
pub(crate) fn address(device_id: &str) -> Endpoint {
    Endpoint::v1(&format!("devices(deviceId={})", literal(device_id))).needs(DEVICE_READ)
}

/// Up to so many are looked up one by one.
const FEW: usize = 10;
/// Rows on a page, as many as the directory gives.
const PAGE: usize = 999;
const DEVICE_ID: &str = "entra_device_id";
const OBJECT_ID: &str = "entra_object_id";
