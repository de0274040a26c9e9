//! What is read for one device. Whatever many devices ask at the same time shares its requests.

use std::collections::HashSet;

use futures_util::try_join;
use serde_json::Value as Json;

use super::facts::{Device, DeviceFacts, EntraDevice, Managed, Person};
use super::known::{ENTRA_DEVICES, Known, MANAGED_DEVICES, OWNED_DEVICES, PEOPLE, known};
use crate::autopilot::collection::Identified;
use crate::autopilot::devices::comparable;
use crate::autopilot::session::Session;
use crate::graph::signin::Claims;
use crate::graph::{self, Collection, Endpoint, Search, decode, decode_all, literal};

/// Reads what there is to know of a device and of the user it is for.
pub(crate) async fn read(
    session: &Session,
    claims: &Claims,
    device: &Device,
    user: Option<String>,
) -> Result<DeviceFacts, graph::Error> {
    let (of_device, of_user, managed) = try_join!(
        entra(session, claims, device),
        person(session, claims, user.as_deref()),
        known(claims, MANAGED_DEVICES, managed(session, device.serial())),
    )?;
    let (entra_device, device_groups) = of_device;
    let (person, user_groups, owned_devices) = of_user;
    Ok(DeviceFacts { entra_device, device_groups, user, person, user_groups, owned_devices, managed })
}

type OfDevice = (Known<Option<EntraDevice>>, Known<HashSet<String>>);
type OfUser = (Known<Option<Person>>, Known<HashSet<String>>, Known<Vec<String>>);

async fn entra(session: &Session, claims: &Claims, device: &Device) -> Result<OfDevice, graph::Error> {
    let device_id = device.azure_ad_device_id.as_deref().unwrap_or_default();
    let found = known(claims, ENTRA_DEVICES, entra_device(session, device_id)).await?;
    let groups = match &found {
        Ok(Some(object)) => {
            known(claims, ENTRA_DEVICES, below(session, devices(), "transitiveMemberOf", &object.id)).await?
        }
        Ok(None) => Ok(Vec::new()),
        Err(lacks) => Err(*lacks),
    };
    Ok((found, groups.map(in_lower_case)))
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

async fn person(session: &Session, claims: &Claims, user: Option<&str>) -> Result<OfUser, graph::Error> {
    let Some(user) = user else { return Ok((Ok(None), Ok(HashSet::new()), Ok(Vec::new()))) };
    let selected = users().select("id,userPrincipalName,accountEnabled,userType,assignedPlans");
    let found = known(claims, PEOPLE, async {
        let people = Collection::new(selected).one_by_one();
        let found = session.graph().read_one(session.scope(), &people, user).await?;
        found.as_ref().map(decode::<Person>).transpose()
    });
    let found = found.await?;
    let id = match &found {
        Ok(Some(person)) => &person.id,
        Ok(None) => return Ok((found, Ok(HashSet::new()), Ok(Vec::new()))),
        Err(lacks) => {
            let lacks = *lacks;
            return Ok((found, Err(lacks), Err(OWNED_DEVICES)));
        }
    };
    let (groups, owned) = try_join!(
        known(claims, PEOPLE, below(session, users(), "transitiveMemberOf", id)),
        known(claims, OWNED_DEVICES, below(session, users(), "ownedDevices", id)),
    )?;
    Ok((found, groups.map(in_lower_case), owned))
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

/// The ids of the objects below a member.
async fn below(
    session: &Session,
    of: Endpoint,
    name: &'static str,
    id: &str,
) -> Result<Vec<String>, graph::Error> {
    let lists = Collection::new(of.select("id")).lists_below(name);
    let rows = session.graph().list_below(session.scope(), &lists, id).await?;
    let objects: Vec<Identified> = decode_all(&rows)?;
    Ok(objects.into_iter().map(|object| object.id).collect())
}

fn in_lower_case(ids: Vec<String>) -> HashSet<String> {
    ids.into_iter().map(|id| id.to_lowercase()).collect()
}

fn devices() -> Endpoint {
    Endpoint::v1("devices").needs(ENTRA_DEVICES.one_of)
}

fn users() -> Endpoint {
    Endpoint::v1("users").needs(PEOPLE.one_of)
}
