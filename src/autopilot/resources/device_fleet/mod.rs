//! `autopilot_device_fleet`: many devices as one resource (step 3).
//!
//! One bad device is not a failed fleet: what is not registered stands in `failed`, in a warning, and in the next plan. Nothing
//! that a run needs to go on is known to the state alone: registrations are found by serial number in the import queue and
//! among the devices.

mod importing;
mod planning;
mod rows;
mod schema;

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;

use self::planning::{Changes, by_serial};
use self::rows::{Rows, newcomer, pending, wish};
use crate::autopilot::access;
use crate::autopilot::collection::id;
use crate::autopilot::devices::{DEREGISTER, DEVICES, KEEP, REMOVE_FROM_INTUNE, comparable};
use crate::autopilot::entra_object;
use crate::autopilot::one_device::{self, FLEET, hold_users};
use crate::autopilot::permissions::{REMOVING_FROM_INTUNE, SERVICE_CONFIG_READ, SERVICE_CONFIG_WRITE};
use crate::autopilot::registering::arriving::{Arrived, arrive};
use crate::autopilot::registering::leaving::{self, Leaver};
use crate::autopilot::registering::profile_states::{more, profile_states};
use crate::autopilot::registering::properties::put_right;
use crate::autopilot::registering::roll::{Roll, Sought};
use crate::autopilot::registering::settling::all_with_profiles;
use crate::autopilot::registering::trouble::{self, Trouble};
use crate::autopilot::session::Session;
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_change, to_read};
use crate::tf_provider::plan::Plan;
use crate::tf_provider::resource::{Change, Objects, Resource};
use crate::tf_provider::schema::Schema;
use crate::tf_provider::value::Value;

/// Devices registered with Windows Autopilot.
pub(crate) struct DeviceFleet;

#[async_trait]
impl Resource<Tenant> for DeviceFleet {
    fn name(&self) -> &'static str {
        FLEET
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![
            to_read(SERVICE_CONFIG_READ),
            to_change(SERVICE_CONFIG_WRITE),
            REMOVING_FROM_INTUNE,
            entra_object::LOOKED_UP,
        ]
    }

    fn changes_anything(&self, prior: &Value, planned: &Value) -> bool {
        let is_kept = planned.is_null() && prior.get("on_destroy").as_str() == Some(KEEP);
        prior != planned && !is_kept
    }

    /// Its devices, so that a fleet and a single device have the same one nowhere.
    fn objects(&self, state: &Value) -> Option<Objects> {
        let devices = state.get("devices");
        (!devices.is_unknown()).then(|| Objects { type_name: DEVICES.type_name, ids: ids(devices) })
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        if plan.is_destroy() {
            if plan.prior.get("on_destroy").as_str() == Some(REMOVE_FROM_INTUNE) {
                access::require(cx, FLEET, REMOVING_FROM_INTUNE).await?;
            }
            return Ok(());
        }
        let changes = planning::complete(plan);
        planning::guard_removals(plan, &changes)?;
        claim(cx, plan)?;
        for (title, doubt) in planning::doubts(plan, &changes) {
            cx.warn(title, doubt);
        }
        if plan.planned.get("adopt_existing").as_bool() == Some(true) && cx.can_check() {
            plan.adopts = adopted(cx, &changes).await?;
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let devices = change.planned.get("devices").entries();
        let arrived = arrivals(cx, &session, change, devices.keys()).await;
        let mut rows = Rows::default();
        devices.iter().for_each(|(key, row)| rows.arrive(key, row, &arrived));
        if arrived.is_nothing() {
            let why = rows.troubles().unwrap_or_default();
            return Err(Failure::at("devices", NONE_REGISTERED, format!("{why}\n\nNothing was registered.")));
        }
        arrived.warn(cx, rows.troubles());
        let rest = change.planned.clone().with("id", uuid::Uuid::new_v4().to_string());
        let state =
            rows.with_object_ids(cx, &session).await.state(&rest, profile_states(arrived.roll.devices()));
        // An assignment that could not be seen before is refused when its turn comes.
        let _ = hold_users(cx, &ids(state.get("devices")));
        Ok(state)
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let session = cx.session()?;
        if cx.is_import() {
            return importing::read(cx, &session, state).await.map(Some);
        }
        let devices = state.get("devices").entries();
        let adopts = state.get("adopt_existing").as_bool() == Some(true);
        let pending = pending(&state);
        let open = devices.iter().filter(|(_, row)| row.get("id").is_null()).map(|(key, _)| key.as_str());
        let open: Vec<&str> = open.filter(|key| adopts || pending.contains(&comparable(key))).collect();
        let all = ids(state.get("devices"));
        let sought = Sought::ids(all.iter().map(String::as_str)).and_serials(open.iter().copied());
        let roll = sought
            .find(&session, &format!("the fleet {}", state.get("id").as_str().unwrap_or_default()))
            .await?;
        let open: HashSet<&str> = open.into_iter().collect();
        let mut rows = Rows::default();
        for (key, row) in devices {
            match row.get("id").as_str() {
                Some(id) => {
                    if let Some(device) = roll.get(id) {
                        rows.tell(key, row, device, false);
                    }
                }
                None => match roll.with_serial(key).as_slice() {
                    [device] if open.contains(key.as_str()) => rows.tell(key, row, device, false),
                    _ => rows.leave(key, row),
                },
            }
        }
        if rows.devices.is_empty() && !devices.is_empty() {
            return Ok(None);
        }
        for (key, entry) in state.get("failed").entries() {
            if rows.devices.get(key).is_some_and(|row| row.get("id").is_null()) {
                let text = |name: &str| schema::text_in(entry, name).to_owned();
                rows.failed.insert(key.clone(), Trouble::new(text("code"), text("reason")));
            }
        }
        let rows = rows.with_object_ids(cx, &session).await;
        let states = profile_states(roll.devices());
        Ok(Some(rows.state(&state, states)))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let session = cx.session()?;
        let planned = change.planned.get("devices").entries();
        let before = by_serial(change.prior.get("devices"));
        let new = planned.iter().filter(|(_, row)| row.get("id").as_str().is_none());
        let new: Vec<String> = new.map(|(key, _)| key.clone()).collect();
        let mut problems = Vec::new();

        let changed = changed(planned, &before);
        let (shown, mut refused) = match changed_devices(cx, &session, change, &changed).await {
            Ok(outcome) => outcome,
            Err(failure) => {
                problems.push(failure);
                (Roll::default(), HashMap::new())
            }
        };
        let is_stopped = !problems.is_empty();
        let arrived = arrivals(cx, &session, change, new.iter().filter(|_| !is_stopped)).await;
        let mut rows = Rows::default();
        new.iter().for_each(|key| rows.arrive(key, change.planned.get("devices").get(key), &arrived));
        let troubles = rows.troubles();
        for (key, row) in planned.iter().filter(|(_, row)| row.get("id").as_str().is_some()) {
            let id = schema::text_in(row, "id");
            match (changed.contains_key(id), shown.get(id)) {
                (true, Some(device)) => rows.tell(key, row, device, false),
                (true, None) => {
                    rows.leave(key, before.get(&comparable(key)).map_or(row, |(_, row)| row));
                    if !is_stopped {
                        refused.entry(id.to_owned()).or_insert_with(|| Trouble::new("gone", GONE));
                    }
                }
                (false, _) => rows.leave(key, row),
            }
        }
        let refused = refused.iter().filter_map(|(id, trouble)| Some((changed.get(id)?.as_str(), trouble)));
        if let Some(troubles) = trouble::told(refused) {
            problems.push(Failure::at("devices", "Changes of devices were refused", troubles));
        }
        if !is_stopped {
            problems.extend(leave(cx, &session, change, &mut rows).await.err());
        }
        arrived.warn(cx, troubles);
        let rows = rows.with_object_ids(cx, &session).await;
        let states = match change.planned.get("profile_states") {
            // Who came was seen, and the others were counted a moment ago.
            Value::Unknown if before.len() + new.len() == planned.len() => {
                more(change.prior.get("profile_states"), &profile_states(arrived.roll.devices()))
            }
            Value::Unknown => states_of(&session, &rows).await.unwrap_or_default(),
            known => known.clone(),
        };
        let state = rows.state(&change.planned, states);
        let _ = hold_users(cx, &ids(state.get("devices")));
        if problems.is_empty() {
            return Ok(state);
        }
        cx.keep(state);
        let told = problems.into_iter().flat_map(|failure| failure.into_diagnostics().into_iter());
        Err(told.collect::<Diagnostics>().into())
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        let session = cx.session()?;
        let change = Change { prior: state.clone(), planned: Value::Null, config: Value::Null };
        let mut rows = Rows::default();
        let outcome = leave(cx, &session, &change, &mut rows).await;
        if outcome.is_err() {
            cx.keep(rows.state(&state, state.get("profile_states").clone()));
        }
        outcome
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        importing::import(cx, &cx.session()?, text).await
    }
}

/// Registers rows.
async fn arrivals(
    cx: &Cx,
    session: &Session,
    change: &Change,
    keys: impl Iterator<Item = &String>,
) -> Arrived {
    let waits = change.planned.get("wait_for_profile").as_bool() == Some(true);
    let pending = pending(&change.prior);
    let newcomers = keys.map(|key| newcomer(key, change, &pending)).collect();
    arrive(cx, session, newcomers, waits, |former| importing::back_up(cx, former)).await
}

/// Rows whose device is to show something else, by id, with their keys.
fn changed(
    planned: &BTreeMap<String, Value>,
    before: &HashMap<String, (&String, &Value)>,
) -> HashMap<String, String> {
    let differs = |(key, row): (&String, &Value)| {
        let (id, (_, known)) = (row.get("id").as_str()?, before.get(&comparable(key))?);
        (wish(id, row) != wish(id, known)).then(|| (id.to_owned(), key.clone()))
    };
    planned.iter().filter_map(differs).collect()
}

/// Brings devices of the fleet to what is written of them now.
async fn changed_devices(
    cx: &Cx,
    session: &Session,
    change: &Change,
    changed: &HashMap<String, String>,
) -> Result<(Roll, HashMap<String, Trouble>), Failure> {
    if changed.is_empty() {
        return Ok(Default::default());
    }
    let planned = change.planned.get("devices");
    let wishes: Vec<_> = changed.iter().map(|(id, key)| wish(id, planned.get(key))).collect();
    let sought = Sought::ids(changed.keys().map(String::as_str));
    let roll = sought.look(session, &format!("devices to be changed {}", uuid::Uuid::new_v4())).await?;
    let (mut roll, refused) = put_right(session, &wishes, roll).await?;
    if change.planned.get("wait_for_profile").as_bool() == Some(true) {
        roll.extend(all_with_profiles(cx, session, &sought).await?);
    }
    Ok((roll, refused))
}

/// Deregisters the devices that are not in the fleet any more. Those that stay all the same are kept in `rows`.
async fn leave(cx: &Cx, session: &Session, change: &Change, rows: &mut Rows) -> Result<(), Failure> {
    let on_destroy = change.prior.get("on_destroy").as_str().unwrap_or(DEREGISTER);
    let (stays, pending) = (by_serial(change.planned.get("devices")), pending(&change.prior));
    let prior = change.prior.get("devices").entries();
    let leaving = prior.iter().filter(|(key, _)| on_destroy != KEEP && !stays.contains_key(&comparable(key)));
    let leavers: Vec<Leaver> = leaving
        .map(|(key, row)| Leaver { key: key.clone(), id: row.get("id").as_str().map(str::to_owned) })
        .filter(|one| one.id.is_some() || pending.contains(&comparable(&one.key)))
        .collect();
    let outcome = leaving::leave(cx, session, &leavers, on_destroy == REMOVE_FROM_INTUNE).await;
    outcome.map_err(|(keys, failure)| {
        keys.iter().for_each(|key| rows.leave(key, change.prior.get("devices").get(key)));
        failure
    })
}

/// The profile states of a fleet, as a list tells them.
async fn states_of(session: &Session, rows: &Rows) -> Result<Value, graph::Error> {
    let ids = rows.devices.values().filter_map(|row| row.get("id").as_str());
    let roll = Sought::ids(ids).look(session, &format!("profile states {}", uuid::Uuid::new_v4())).await?;
    Ok(profile_states(roll.devices()))
}

/// Each serial number belongs to one resource of a configuration, and the user of a device of the fleet to the fleet.
fn claim(cx: &Cx, plan: &Plan) -> Result<(), Failure> {
    if cx.is_replacement() {
        return Ok(());
    }
    let devices = plan.planned.get("devices");
    one_device::claim(cx, devices.entries().keys().map(String::as_str), FLEET, true)?;
    hold_users(cx, &ids(devices))
}

/// Ids of devices that are registered already and would be taken over.
async fn adopted(cx: &Cx, changes: &Changes) -> Result<Vec<String>, Failure> {
    let sought = Sought::serials(changes.to_register.iter().map(String::as_str));
    let about = format!("devices to be taken over {}", uuid::Uuid::new_v4());
    let roll = sought.look(&cx.session()?, &about).await?;
    Ok(roll.devices().map(|device| id(device).to_owned()).collect())
}

fn ids(devices: &Value) -> Vec<String> {
    devices.entries().values().filter_map(|row| row.get("id").as_str().map(str::to_owned)).collect()
}

const GONE: &str =
    "Deregistered outside since this was planned. Plan again: what the configuration has is registered anew.";
const NONE_REGISTERED: &str = "No device of the fleet is registered";
