//! From an import to a registered device: waiting for the verdict, and for what follows it.

pub(crate) mod arriving;
pub(crate) mod candidate;
pub(crate) mod hashes;
pub(crate) mod leaving;
pub(crate) mod many;
mod pace;
pub(crate) mod profile_states;
mod progress;
pub(crate) mod properties;
pub(crate) mod roll;
pub(crate) mod selector;
pub(crate) mod settling;
pub(crate) mod trouble;

use std::time::Duration;

use serde_json::Value as Json;
use tokio::time::Instant;

use self::candidate::ATTEMPTS;
use self::many::IMPORT_AGAIN;
use self::settling::{ENTRA_WITHIN, left_for_waiting};
use super::collection::{POLL_MAX, POLL_MIN, id};
use super::devices::{self, DEVICES, Registered, with_serial_for_sure};
use super::entra_object;
use super::hardware_hash;
use super::mapping::{flag_of, text_of};
use super::permissions::{REMOVING_FROM_INTUNE, SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use super::registration::{Device, PendingImport, Reason, Refusal, Verdict};
use super::session::Session;
use super::tenant::Cx;
use crate::graph::{self, ErrorKind, Poll, Schedule, decode};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::resource::Change;
use crate::tf_provider::value::Value;

/// What registering devices needs.
pub(crate) fn permissions() -> Vec<Permission> {
    vec![
        to_read(SERVICE_CONFIG_READ),
        to_change(SERVICE_CONFIG_WRITE),
        REMOVING_FROM_INTUNE,
        entra_object::LOOKED_UP,
    ]
}

/// Sends a device to the import queue. From the moment it may be on its way, the state holds the ticket, so that it is found
/// again whatever happens; there is no state if nothing came of it.
pub(crate) async fn submit(
    cx: &Cx,
    session: &Session,
    change: &Change,
    known: &mut Value,
) -> Result<PendingImport, Failure> {
    let device = device(change)?;
    let place = cx.client().registrations().join(session, device);
    let mut holds = |ticket: &PendingImport| {
        *known = change.planned.clone().with("id", ticket.to_id());
        cx.keep(known.clone());
    };
    holds(&place.ticket());
    match place.sent(session).await {
        Ok(ticket) => {
            holds(&ticket);
            Ok(ticket)
        }
        Err(error) => {
            if !matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::ServiceFault | ErrorKind::TimedOut)
            {
                forget(cx, known);
            }
            Err(error.into())
        }
    }
}

/// Waits until the import of the device is decided, and answers the registration id. What is refused for a passing reason
/// is imported again; what is refused for good leaves no state.
pub(crate) async fn registered(
    cx: &Cx,
    session: &Session,
    change: &Change,
    mut ticket: PendingImport,
    known: &mut Value,
) -> Result<String, Failure> {
    let serial = text_of(&change.planned, "serial_number");
    let adopt = flag_of(&change.planned, "adopt_existing");
    let mut stumbled = 0;
    loop {
        let refusal = match verdict(cx, session, &ticket, serial).await? {
            Ok(id) => {
                cx.client().registrations().discard(session, &ticket).await;
                return Ok(id);
            }
            Err(refusal) => refusal,
        };
        let reason = refusal.reason();
        if reason == Reason::TakenHere
            // After a stumble it may be our own first attempt that took the serial number.
            && (adopt || stumbled > 0)
            && let Some(device) = with_serial_for_sure(session, serial).await?
        {
            cx.client().registrations().discard(session, &ticket).await;
            return Ok(id(&device).to_owned());
        }
        cx.client().registrations().discard(session, &ticket).await;
        let is_passing = match reason {
            Reason::Transient => {
                stumbled += 1;
                stumbled < ATTEMPTS
            }
            Reason::TakenHere | Reason::TakenElsewhere => cx.client().registrations().was_just_freed(serial),
            _ => false,
        };
        if !is_passing {
            forget(cx, known);
            cx.client().registrations().withdraw(serial);
            return Err(refusal.failure(serial));
        }
        tracing::info!(?refusal, "importing the device again in a moment");
        pause(session, IMPORT_AGAIN).await?;
        ticket = submit(cx, session, change, known).await?;
    }
}

/// One look at an import, for a state that holds no registration id yet.
pub(crate) async fn found(
    cx: &Cx,
    session: &Session,
    ticket: &PendingImport,
    serial: &str,
) -> Result<Found, Failure> {
    let records = cx.client().registrations().queue().look(session, Instant::now()).await?;
    Ok(match ticket.verdict(&records, serial) {
        Verdict::Registered(Some(id)) => Found::Registered(id),
        Verdict::Registered(None) | Verdict::Running => Found::Running,
        Verdict::Refused(_) => Found::Nothing,
        Verdict::NoRecord => match with_serial_for_sure(session, serial).await? {
            Some(device) => Found::Registered(id(&device).to_owned()),
            None => Found::Nothing,
        },
    })
}

/// What became of an import.
pub(crate) enum Found {
    Running,
    Registered(String),
    Nothing,
}

/// Lets an import that is under way come to its end, since what the queue has taken cannot be called back. Answers the
/// device that came of it.
pub(crate) async fn ended(
    cx: &Cx,
    session: &Session,
    ticket: &PendingImport,
    serial: &str,
) -> Result<Option<String>, Failure> {
    let what = format!("the import of the device {serial} to end");
    let ended = graph::wait(&what, session.scope(), Schedule::growing(POLL_MIN, POLL_MAX), || async {
        Ok::<_, Failure>(match found(cx, session, ticket, serial).await? {
            Found::Running => Poll::Pending("it is still running".to_owned()),
            Found::Registered(id) => Poll::Ready(Some(id)),
            Found::Nothing => Poll::Ready(None),
        })
    })
    .await?;
    cx.client().registrations().discard(session, ticket).await;
    if let Some(device) = &ended {
        // Registered devices are listed later, and what is not listed cannot be told from what is gone.
        cx.client().registrations().devices().wait_until_consistent(session, device, |_| Ok(true)).await?;
    }
    Ok(ended)
}

/// Waits until the device shows its object in Entra, which groups take as a member. Only a warning when it takes too long.
pub(crate) async fn in_entra(cx: &Cx, session: &Session, id: &str) -> Result<Json, Failure> {
    let is_in_entra = |device: &Json| Ok(decode::<Registered>(device)?.is_in_entra());
    let devices = cx.client().registrations().devices();
    match devices.wait_until_consistent(&session.narrowed(ENTRA_WITHIN), id, is_in_entra).await {
        Ok(device) => Ok(device),
        Err(_) if !cx.cancel().is_cancelled() => {
            cx.warn(
                "No Microsoft Entra device yet",
                format!(
                    "The device {id} is registered, but Windows Autopilot has not shown its Microsoft Entra device within \
                     {} minutes, so `entra_device_id` is empty. A later refresh shows it.",
                    ENTRA_WITHIN.as_secs() / 60
                ),
            );
            devices.wait_until_consistent(session, id, |_| Ok(true)).await
        }
        Err(failure) => Err(failure),
    }
}

/// Waits until a deployment profile is assigned and the device service knows, which is when the word stays. The end of the
/// time is only a warning: an error would taint a device that is registered well, and Terraform would register it anew.
pub(crate) async fn with_profile(cx: &Cx, session: &Session, id: &str) -> Result<Json, Failure> {
    let patient = session.narrowed(left_for_waiting(session));
    let what = format!("a deployment profile to be assigned to the device {id}");
    let settled = graph::wait(&what, patient.scope(), Schedule::growing(POLL_MIN, POLL_MAX), || async {
        let Some(device) = devices::read(&patient, id).await? else {
            return Ok::<_, Failure>(Poll::Pending("the device cannot be read yet".to_owned()));
        };
        Ok(match decode::<Registered>(&device)?.profile_status() {
            "assignedInSync" | "failed" => Poll::Ready(device),
            status => Poll::Pending(format!("its profile status is {status}")),
        })
    })
    .await;
    let device = match settled {
        Ok(device) => device,
        Err(failure) if cx.cancel().is_cancelled() => return Err(failure),
        Err(_) => match devices::read(session, id).await? {
            Some(device) => device,
            None => DEVICES.wait_until_consistent(session, id, |_| Ok(true)).await?,
        },
    };
    let unassigned = |summary: &str, what: &str| {
        cx.warn(
            summary,
            format!(
                "The device {id} is registered, but {what}. Do not hand it out yet. Check that a profile is assigned to a \
                 group the device is in, or to all devices; dynamic groups may take hours to notice a device."
            ),
        );
    };
    match decode::<Registered>(&device)?.profile_status() {
        "assignedInSync" => {}
        "failed" => {
            unassigned("The deployment profile could not be assigned", "the assignment of its profile failed")
        }
        status if status.starts_with("assigned") => unassigned(
            "The deployment profile is not confirmed yet",
            "the device service had not taken note of its profile in time; the next refresh tells",
        ),
        status => unassigned(
            "No deployment profile assigned yet",
            &format!("no deployment profile was assigned to it in time; its profile status is \"{status}\""),
        ),
    }
    Ok(device)
}

/// Nothing exists, and no state is to say otherwise.
fn forget(cx: &Cx, known: &mut Value) {
    *known = Value::Null;
    cx.keep(Value::Null);
}

async fn verdict(
    cx: &Cx,
    session: &Session,
    ticket: &PendingImport,
    serial: &str,
) -> Result<Result<String, Refusal>, Failure> {
    let what = format!("Windows Autopilot to register the device {serial}");
    let began = Instant::now();
    graph::wait(&what, session.scope(), Schedule::growing(POLL_MIN, POLL_MAX), || async {
        let records = cx.client().registrations().queue().glance(session, began).await?;
        Ok::<_, Failure>(match ticket.verdict(&records, serial) {
            Verdict::Registered(Some(id)) => Poll::Ready(Ok(id)),
            Verdict::Refused(refusal) => Poll::Ready(Err(refusal)),
            Verdict::Running => Poll::Pending("the import is still running".to_owned()),
            // The id follows a moment later, or the record was purged before it was read.
            Verdict::Registered(None) | Verdict::NoRecord => {
                match with_serial_for_sure(session, serial).await? {
                    Some(device) => Poll::Ready(Ok(id(&device).to_owned())),
                    None => Poll::Pending("the import is not shown yet, nor is the device".to_owned()),
                }
            }
        })
    })
    .await
}

fn device(change: &Change) -> Result<Device, Failure> {
    let text = |name: &str| text_of(&change.planned, name).to_owned();
    let serial_number = text("serial_number").trim().to_owned();
    let Some(hash) = hardware_hash::configured(&change.config) else {
        return Err(Failure::at(
            "hardware_hash",
            "No hardware hash to register the device with",
            format!(
                "The device `{serial_number}` is not registered with Windows Autopilot in this tenant, and registering \
                 it needs its hardware hash. Give `hardware_hash` or `hardware_hash_wo`; \
                 `Get-WindowsAutopilotInfo` captures it on the device."
            ),
        ));
    };
    let hardware_hash = hardware_hash::normalized(hash).map_err(|problem| {
        Failure::at("hardware_hash", "Not a hardware hash", format!("The hash cannot be sent: {problem}."))
    })?;
    Ok(Device {
        serial_number,
        hardware_hash,
        product_key: text("product_key"),
        group_tag: text("group_tag"),
        user: String::new(),
    })
}

async fn pause(session: &Session, time: Duration) -> Result<(), Failure> {
    let mut looked = false;
    graph::wait::<(), graph::Error, _, _>("another attempt", session.scope(), Schedule::every(time), || {
        let done = std::mem::replace(&mut looked, true);
        async move {
            Ok(if done {
                Poll::Ready(())
            } else {
                Poll::Pending("the last one was refused for now".to_owned())
            })
        }
    })
    .await
    .map_err(Failure::from)
}
