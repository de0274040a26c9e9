//! The devices registered with Windows Autopilot, as every part of the product finds them.

use serde::Deserialize;
use serde_json::Value as Json;

use super::collection::{NamedCollection, id};
use super::mapping::NO_ID;
use super::permissions::{SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use super::session::Session;
use crate::graph::{self, Collection, Endpoint, ErrorKind, Search, literal};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::schema::{Choice, GUID, pick};

/// The collection of registered devices. Beta alone tells profile status and Entra device.
pub(crate) const DEVICES: NamedCollection = NamedCollection {
    noun: "Autopilot device",
    type_name: "autopilot_device_identity",
    endpoint: || Endpoint::beta("deviceManagement/windowsAutopilotDeviceIdentities"),
    reads: SERVICE_CONFIG_READ,
    writes: SERVICE_CONFIG_WRITE,
    ids: &GUID,
    is_ours: |_| true,
    by_name: None,
    expand: None,
    is_replicated: false,
};

/// What is read of a registered device besides its attributes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) serial_number: Option<String>,
    pub(crate) group_tag: Option<String>,
    user_principal_name: Option<String>,
    pub(crate) addressable_user_name: Option<String>,
    managed_device_id: Option<String>,
    azure_ad_device_id: Option<String>,
    deployment_profile_assignment_status: Option<String>,
}

impl Registered {
    /// The user it is assigned to.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user_principal_name.as_deref().filter(|user| !user.is_empty())
    }

    /// Intune's id of the device, if Intune manages it at present.
    pub(crate) fn managed_device(&self) -> Option<&str> {
        self.managed_device_id.as_deref().filter(|id| !id.is_empty() && *id != NO_ID)
    }

    /// Whether Autopilot tells its device id in Microsoft Entra.
    pub(crate) fn is_in_entra(&self) -> bool {
        let id = self.azure_ad_device_id.as_deref().and_then(|id| uuid::Uuid::try_parse(id).ok());
        id.is_some_and(|id| !id.is_nil())
    }

    /// How far the assignment of a deployment profile is, in Graph's words.
    pub(crate) fn profile_status(&self) -> &str {
        self.deployment_profile_assignment_status.as_deref().unwrap_or("unknown")
    }
}

/// A registered device. The read of one has been seen to say that its profile status is unknown, where the list tells it
/// (docs-contrib #5985).
pub(crate) async fn read(session: &Session, device: &str) -> Result<Option<Json>, graph::Error> {
    let Some(mut found) = DEVICES.read(session, device).await? else {
        return Ok(None);
    };
    if found[PROFILE_STATUS] == "unknown" {
        let listed =
            DEVICES.all(session).await?.into_iter().find(|listed| id(listed).eq_ignore_ascii_case(device));
        if let Some(listed) = listed {
            found[PROFILE_STATUS] = listed[PROFILE_STATUS].clone();
        }
    }
    Ok(Some(found))
}

/// The device with the profiles it has and is to have, which only the read of one device tells. A service that refuses to
/// tell them leaves them out. Devices of the same moment share their requests.
pub(crate) async fn with_profiles(session: &Session, device: Json) -> Result<Json, graph::Error> {
    let expanded = (DEVICES.endpoint)().expand("deploymentProfile,intendedDeploymentProfile");
    let expanded = Collection::new(expanded.needs(SERVICE_CONFIG_READ)).one_by_one();
    match session.graph().read_one(session.scope(), &expanded, id(&device)).await {
        Ok(Some(mut expanded)) => {
            // The list knows the status better.
            expanded[PROFILE_STATUS] = device[PROFILE_STATUS].clone();
            Ok(expanded)
        }
        Err(error) if !matches!(error.kind(), ErrorKind::Refused | ErrorKind::ServiceFault) => Err(error),
        _ => Ok(device),
    }
}

/// The registered device with this serial number, as a filter finds it: cheap, and enough where the service has the last
/// word on duplicates anyway. Several are an error that lists them: many boards hold "Default string" for a serial number.
pub(crate) async fn with_serial(session: &Session, serial: &str) -> Result<Option<Json>, Failure> {
    the_one(serial, filtered(session, serial).await?)
}

/// The registered device with this serial number, looked for in the whole list too if a filter finds none.
pub(crate) async fn with_serial_for_sure(session: &Session, serial: &str) -> Result<Option<Json>, Failure> {
    the_one(serial, all_with_serial(session, serial).await?)
}

/// The device that a person names: by its registration id, or as `serial:...`.
pub(crate) async fn find(session: &Session, text: &str) -> Result<Json, Failure> {
    let (by, shown) = match text.strip_prefix(SERIAL_PREFIX) {
        Some(serial) => (By::SerialNumber, serial),
        None => (By::Id, text),
    };
    let advice = "Use the registration id, or `serial:` followed by the serial number";
    find_by(session, by, shown, advice).await
}

/// What a device is looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Id,
    SerialNumber,
}

/// The device with this id or serial number. `advice` tells whoever gave another how to.
pub(crate) async fn find_by(session: &Session, by: By, text: &str, advice: &str) -> Result<Json, Failure> {
    let text = text.trim();
    let found = match by {
        By::SerialNumber => with_serial_for_sure(session, text).await?,
        By::Id if (GUID.test)(text).is_ok() => read(session, text).await?,
        By::Id => None,
    };
    let named = match by {
        By::SerialNumber => "serial number",
        By::Id => "registration id",
    };
    found.ok_or_else(|| {
        Failure::new(
            "No such Autopilot device",
            format!(
                "No device registered with Windows Autopilot in this tenant has the {named} `{text}`. {advice}. A device \
                 registered a moment ago may take some minutes to appear.",
            ),
        )
    })
}

/// The serial number of a device; empty if it has none.
pub(crate) fn serial_number(device: &Json) -> &str {
    device["serialNumber"].as_str().unwrap_or_default().trim()
}

/// Serial numbers are compared without case and surrounding blanks.
pub(crate) fn comparable(serial: &str) -> String {
    serial.trim().to_uppercase()
}

/// The first of many names, and how many more there are.
pub(crate) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(MOST_LISTED);
    let shown: Vec<String> = names.take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
    let and = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{and}", shown.join(", "))
}

fn by_serial(serial: &str) -> Search {
    let wanted = comparable(serial);
    Search::new(&format!("serial number {wanted}"), move |device: &Json| {
        comparable(serial_number(device)) == wanted
    })
}

/// The registered devices with this serial number; the whole list is read if a filter finds none.
pub(crate) async fn all_with_serial(session: &Session, serial: &str) -> Result<Vec<Json>, graph::Error> {
    let found = filtered(session, serial).await?;
    if found.is_empty() { search(session, by_serial(serial)).await } else { Ok(found) }
}

async fn filtered(session: &Session, serial: &str) -> Result<Vec<Json>, graph::Error> {
    let all = by_serial(serial);
    // Equality is refused by the service, and `contains` is unreliable with hyphens, spaces and the like.
    let all = if serial.chars().all(|c| c.is_ascii_alphanumeric()) {
        all.filter(format!("contains(serialNumber,{})", literal(serial)))
    } else {
        all
    };
    search(session, all).await
}

async fn search(session: &Session, search: Search) -> Result<Vec<Json>, graph::Error> {
    session.graph().find(session.scope(), &DEVICES.collection(), search).await
}

fn the_one(serial: &str, mut found: Vec<Json>) -> Result<Option<Json>, Failure> {
    if found.len() < 2 {
        return Ok(found.pop());
    }
    let advice = format!(
        "Nothing says which of them is meant. Name it by its registration id: `terraform import {}.NAME ID`, or `id` in a data \
         source.",
        DEVICES.type_name
    );
    Err(several(serial, &found.iter().collect::<Vec<_>>(), &advice))
}

/// Why a serial number does not name a device; `advice` says how to go on.
pub(crate) fn several(serial: &str, devices: &[&Json], advice: &str) -> Failure {
    let text = |device: &Json, name: &str| device[name].as_str().unwrap_or_default().to_owned();
    let shown = devices.iter().map(|device| {
        let [manufacturer, model, tag] = ["manufacturer", "model", "groupTag"].map(|name| text(device, name));
        format!("{} ({manufacturer} {model}, group tag `{tag}`)", id(device))
    });
    Failure::new(
        "Several devices have this serial number",
        format!(
            "{} devices that are registered with Windows Autopilot in this tenant have the serial number `{serial}`: {}. \
             {advice}",
            devices.len(),
            shown.collect::<Vec<_>>().join(", "),
        ),
    )
}

/// What of a device's enrollment is known.
pub(crate) const ENROLLMENT_STATES: &[Choice] = &[
    pick("unknown", "unknown", "not known"),
    pick("enrolled", "enrolled", "enrolled in Intune"),
    pick("pending_reset", "pendingReset", "waiting to be reset"),
    pick("failed", "failed", "enrollment failed"),
    pick("not_contacted", "notContacted", "never seen since its registration"),
    pick("blocked", "blocked", "blocked from enrolling"),
];

/// How far the assignment of a deployment profile is, in the portal's words. One word is misspelt by Graph.
pub(crate) const PROFILE_STATES: &[Choice] = &[
    pick("unknown", "unknown", "not known"),
    pick("assigned", "assignedInSync", "assigned, and the device service knows"),
    pick("assigned_out_of_sync", "assignedOutOfSync", "assigned, and the device service has an older one"),
    pick("assigned_sync_unknown", "assignedUnkownSyncState", "assigned, not confirmed yet"),
    pick("not_assigned", "notAssigned", "no profile is meant for the device"),
    pick("assigning", "pending", "on its way; minutes to tens of minutes"),
    pick("failed", "failed", "the assignment failed"),
];

/// Whether the hardware is still the one that was registered.
pub(crate) const REMEDIATION_STATES: &[Choice] = &[
    pick("unknown", "unknown", "not known"),
    pick("none_required", "noRemediationRequired", "nothing is to be done"),
    pick("automatic_required", "automaticRemediationRequired", "\"Fix pending\": the service is at it"),
    pick("manual_required", "manualRemediationRequired", "\"Attention required\": register the device anew"),
];

/// Where Graph tells how far the assignment of a profile is.
pub(crate) const PROFILE_STATUS: &str = "deploymentProfileAssignmentStatus";
/// How many names a message lists.
const MOST_LISTED: usize = 20;
/// What stands before a serial number where a device is named.
pub(crate) const SERIAL_PREFIX: &str = "serial:";
