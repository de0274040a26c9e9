//! Bringing a fleet to what is planned: first the devices that change, then those that come, then those that go.

use super::importing;
use super::planning::Changes;
use super::rows::Rows;
use crate::autopilot::mapping::flag_of;
use crate::autopilot::on_destroy;
use crate::autopilot::registering::arriving::{Arrived, Newcomer, arrive};
use crate::autopilot::registering::leaving;
use crate::autopilot::registering::profile_states::{counted, more, profile_states};
use crate::autopilot::registering::properties::{self, Desired};
use crate::autopilot::registering::trouble::{self, Trouble};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::Cx;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::resource::Change;
use crate::tf_provider::value::Value;

/// Creates or changes a fleet. An error keeps the state as it is then, unless nothing is registered.
pub(super) async fn apply(cx: &Cx, change: &Change) -> Result<Value, Failure> {
    let session = cx.session()?;
    let changes = Changes::between(&change.prior, &change.planned);
    let mut rows = Rows::of(change.planned.get("devices"));
    let changed = change_devices(cx, &session, change, &changes, &mut rows).await;
    let arrived = match &changed {
        Ok(_) => register(cx, &session, change, &changes).await,
        Err(_) => Arrived::default(),
    };
    changes.to_register.keys().for_each(|key| rows.arrive(key, &arrived));
    let troubles = trouble::summary(rows.failed.iter().map(|(key, trouble)| (key.as_str(), trouble)));
    if change.prior.is_null() && arrived.is_nothing() {
        let text = format!("{}\n\nNothing was registered.", troubles.unwrap_or_default());
        return Err(Failure::at("devices", "No device of the fleet is registered", text));
    }
    arrived.warn(cx, troubles);
    let left = match &changed {
        Ok(_) => deregister(cx, &session, &change.prior, &changes, &mut rows).await,
        Err(_) => Ok(()),
    };
    let states = match change.planned.get("profile_states") {
        // Who came was seen, and the others were counted a moment ago.
        Value::Unknown if changes.to_leave.is_empty() => {
            more(change.prior.get("profile_states"), &profile_states(arrived.roll.devices()))
        }
        Value::Unknown => counted(&session, rows.ids()).await,
        known => known.clone(),
    };
    let state = rows.state(cx, &session, &change.planned, states).await;
    let problems = changed.unwrap_or_else(Some).into_iter().chain(left.err());
    let problems: Diagnostics = problems.flat_map(Failure::into_diagnostics).collect();
    if problems.is_empty() {
        return Ok(state);
    }
    cx.keep(state);
    Err(problems.into())
}

/// Deregisters the devices that are not in the fleet any more. Those that stay all the same are kept in `rows`.
pub(super) async fn deregister(
    cx: &Cx,
    session: &Session,
    prior: &Value,
    changes: &Changes,
    rows: &mut Rows,
) -> Result<(), Failure> {
    let left = leaving::leave(cx, session, &changes.to_leave, on_destroy::of(prior)).await;
    left.map_err(|(keys, failure)| {
        let stays = prior.get("devices").entries().iter().filter(|(key, _)| keys.contains(*key));
        rows.devices.extend(stays.map(|(key, row)| (key.clone(), row.clone())));
        failure
    })
}

/// Registers what is to come.
async fn register(cx: &Cx, session: &Session, change: &Change, changes: &Changes) -> Arrived {
    let (planned, config) = (change.planned.get("devices"), change.config.get("devices"));
    let adopts = flag_of(&change.planned, "adopt_existing");
    let newcomers = changes
        .to_register
        .iter()
        .map(|(key, is_ours)| Newcomer::of(key, planned.get(key), config.get(key), adopts || *is_ours));
    let waits = flag_of(&change.planned, "wait_for_profile");
    arrive(cx, session, newcomers.collect(), waits, |former| importing::back_up(cx, former)).await
}

/// Brings registered devices to what is written of them now. Rows whose device is not seen to get there stay as they were.
/// What stops it is an error; what is refused of single devices comes back, and the rest goes on.
async fn change_devices(
    cx: &Cx,
    session: &Session,
    change: &Change,
    changes: &Changes,
    rows: &mut Rows,
) -> Result<Option<Failure>, Failure> {
    let planned = change.planned.get("devices");
    let desired = changes.to_change.iter().map(|(key, id, _)| (id.clone(), Desired::of(planned.get(key))));
    let waits = flag_of(&change.planned, "wait_for_profile");
    let changed = properties::change(cx, session, &desired.collect(), waits).await;
    let seen = |id: &str| changed.as_ref().ok().and_then(|(roll, _)| roll.get(id));
    for (key, id, prior) in &changes.to_change {
        match seen(id) {
            Some(device) => rows.show(key, device),
            None => drop(rows.devices.insert(key.clone(), prior.clone())),
        }
    }
    let (roll, refused) = changed?;
    let gone = Trouble::new("gone", GONE);
    let trouble_of = |id: &str| refused.get(id).or_else(|| roll.get(id).is_none().then_some(&gone));
    let changed = changes.to_change.iter();
    let troubles = trouble::summary(changed.filter_map(|(key, id, _)| Some((key.as_str(), trouble_of(id)?))));
    Ok(troubles.map(|text| Failure::at("devices", "Changes of devices were refused", text)))
}

const GONE: &str =
    "Deregistered outside since this was planned. Plan again: what the configuration has is registered anew.";
