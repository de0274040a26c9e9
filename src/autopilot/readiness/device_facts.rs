//! What is read for one device. Whatever many devices ask at the same time shares its requests.

use std::collections::HashSet;

use futures_util::try_join;
use serde_json::Value as Json;

use super::facts::{DeviceFacts, TenantFacts};
use super::known::{ENTRA_DEVICES, Known, MANAGED_DEVICES, known};
use super::objects::{Device, EntraDevice, Managed, Profile};
use super::reader::{PAGE, Reader};
use crate::autopilot::collection::id;
use crate::autopilot::devices::{comparable, with_profiles};
use crate::autopilot::session::Session;
use crate::graph::signin::Claims;
use crate::graph::{self, Collection, Endpoint, Search, decode, decode_all, literal};

/// The device with its profile, of what a list tells of it. Where the lists of profiles say otherwise than its status, the
/// device itself is asked.
pub(crate) async fn with_profile(
    session: &Session,
    tenant: &TenantFacts,
    listed: Json,
) -> Result<Device, graph::Error> {
    if let Some(profiles) = tenant.assigned_devices.of(session, id(&listed)).await? {
        let is_its =
            |profile: &&Profile| profile.id.as_ref().is_some_and(|id| profiles.contains(&id.to_lowercase()));
        let mut device: Device = decode(&listed)?;
        device.deployment_profile = tenant.profiles.iter().find(is_its).cloned();
        if device.agrees_with_status() {
            return Ok(device);
        }
    }
    decode(&with_profiles(session, listed).await?)
}

/// Reads what there is to know of a device and of the user it is for.
pub(crate) async fn read(
    session: &Session,
    claims: &Claims,
    tenant: &TenantFacts,
    device: &Device,
    user: Option<String>,
) -> Result<DeviceFacts, graph::Error> {
    let reader = Reader { session, claims, tenant };
    let ((entra_device, groups), of_user, managed) = try_join!(
        reader.entra(device),
        reader.user(user.as_deref()),
        known(claims, MANAGED_DEVICES, managed(session, device.serial())),
    )?;
    Ok(DeviceFacts { entra_device, groups, managed, user, of_user })
}

type Entra = (Known<Option<EntraDevice>>, Known<HashSet<String>>);

impl Reader<'_> {
    /// The device's object in the directory, and its groups.
    async fn entra(&self, device: &Device) -> Result<Entra, graph::Error> {
        let device_id = device.azure_ad_device_id.as_deref().unwrap_or_default();
        let found = known(self.claims, ENTRA_DEVICES, entra_device(self.session, device_id)).await?;
        let groups = match &found {
            Ok(Some(object)) => known(self.claims, ENTRA_DEVICES, self.groups(devices(), &object.id)).await?,
            Ok(None) => Ok(HashSet::new()),
            Err(lacks) => Err(*lacks),
        };
        Ok((found, groups))
    }
}

async fn entra_device(session: &Session, device_id: &str) -> Result<Option<EntraDevice>, graph::Error> {
    if uuid::Uuid::try_parse(device_id).ok().is_none_or(|id| id.is_nil()) {
        return Ok(None);
    }
    let wanted = device_id.to_owned();
    let search = Search::new(&format!("device id {wanted}"), move |row: &Json| {
        row["deviceId"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(&wanted))
    });
    let search = search.filter(format!("deviceId eq {}", literal(device_id)));
    let all = Collection::new(devices().select("id,deviceId,accountEnabled"));
    let found = session.graph().find(session.scope(), &all, search).await?;
    found.first().map(decode).transpose()
}

async fn managed(session: &Session, serial: &str) -> Result<Vec<Managed>, graph::Error> {
    let wanted = comparable(serial);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let search = Search::new(&format!("serial number {wanted}"), move |row: &Json| {
        row["serialNumber"].as_str().is_some_and(|found| comparable(found) == wanted)
    });
    let search = search.filter(format!("serialNumber eq {}", literal(serial.trim())));
    let all =
        Endpoint::v1("deviceManagement/managedDevices").select("id,serialNumber,userId,userPrincipalName");
    let all = Collection::new(all.needs(MANAGED_DEVICES.one_of));
    let found = session.graph().find(session.scope(), &all, search).await?;
    decode_all(&found)
}

fn devices() -> Endpoint {
    Endpoint::v1("devices").top(PAGE).needs(ENTRA_DEVICES.one_of)
}
