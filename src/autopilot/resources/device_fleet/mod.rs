//! `autopilot_device_fleet`: many devices as one resource (step 3).
//!
//! One bad device is not a failed fleet: what is not registered stands in `failed`, in a warning, and in the next plan. Nothing
//! that a run needs to go on is known to the state alone: registrations are found by serial number in the import queue and
//! among the devices.

mod applying;
mod importing;
mod planning;
mod rows;
mod schema;

use async_trait::async_trait;

use self::applying::{apply, deregister};
use self::planning::Changes;
use self::rows::Rows;
use crate::autopilot::collection::id;
use crate::autopilot::devices::DEVICES;
use crate::autopilot::mapping::{flag_of, text_of};
use crate::autopilot::on_destroy;
use crate::autopilot::one_device::{self, FLEET, hold_users};
use crate::autopilot::registering::profile_states::profile_states;
use crate::autopilot::registering::roll::{Sought, once};
use crate::autopilot::registering::trouble::{self, Trouble};
use crate::autopilot::registering::{self, hashes};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::Permission;
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
        registering::permissions()
    }

    fn changes_anything(&self, prior: &Value, planned: &Value) -> bool {
        prior != planned && !on_destroy::is_release(prior, planned)
    }

    /// Its devices, so that a fleet and a single device have the same one nowhere.
    fn objects(&self, state: &Value) -> Option<Objects> {
        let devices = state.get("devices");
        (!devices.is_unknown()).then(|| Objects { type_name: DEVICES.type_name, ids: ids(devices) })
    }

    async fn plan(&self, cx: &Cx, plan: &mut Plan) -> Result<(), Failure> {
        if plan.is_destroy() {
            return on_destroy::check_permission(cx, &plan.prior).await;
        }
        let changes = planning::complete(plan);
        planning::guard_removals(plan, &changes)?;
        let devices = plan.planned.get("devices");
        if !cx.is_replacement() {
            one_device::claim(cx, devices.entries().keys().map(String::as_str), FLEET, true)?;
            hold_users(cx, &ids(devices))?;
        }
        let adopts = flag_of(&plan.planned, "adopt_existing");
        let keys = || changes.to_register.keys().map(String::as_str);
        hashes::warn_of_doubts(cx, keys().map(|key| (key, plan.config.get("devices").get(key))), adopts);
        if adopts && cx.can_check() {
            let sought = Sought::serials(keys());
            let roll = sought.look(&cx.session()?, &once("devices to be taken over")).await?;
            plan.adopts = roll.devices().map(|device| id(device).to_owned()).collect();
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let planned = change.planned.clone().with("id", uuid::Uuid::new_v4().to_string());
        self.update(cx, &Change { planned, ..change.clone() }).await
    }

    async fn read(&self, cx: &Cx, state: Value) -> Result<Option<Value>, Failure> {
        let session = cx.session()?;
        if cx.is_import() {
            return importing::read(cx, &session, &state).await.map(Some);
        }
        let mut rows = Rows::of(state.get("devices"));
        let (devices, mut failed) =
            (state.get("devices").entries(), trouble::from_state(state.get("failed")));
        // Where it is ours, it may have been registered since.
        let adopts = flag_of(&state, "adopt_existing");
        let is_ours = |key: &str| adopts || failed.get(key).is_some_and(Trouble::is_pending);
        let open = devices.iter().filter(|(key, row)| row.get("id").is_null() && is_ours(key));
        let open: Vec<&str> = open.map(|(key, _)| key.as_str()).collect();
        let sought = Sought::ids(rows.ids()).and_serials(open.iter().copied());
        let roll = sought.find(&session, &format!("the fleet {}", text_of(&state, "id"))).await?;
        for (key, row) in devices {
            match row.get("id").as_str().map(|id| roll.get(id)) {
                Some(Some(device)) => rows.show(key, device),
                Some(None) => drop(rows.devices.remove(key)),
                None => {}
            }
        }
        for key in open {
            if let [device] = roll.with_serial(key).as_slice() {
                rows.show(key, device);
            }
        }
        if rows.devices.is_empty() && !devices.is_empty() {
            return Ok(None);
        }
        failed.retain(|key, _| rows.devices.get(key).is_some_and(|row| row.get("id").is_null()));
        rows.failed = failed;
        Ok(Some(rows.state(cx, &session, &state, profile_states(roll.devices())).await))
    }

    async fn update(&self, cx: &Cx, change: &Change) -> Result<Value, Failure> {
        let state = apply(cx, change).await?;
        // An assignment that could not be seen before is refused when its turn comes.
        let _ = hold_users(cx, &ids(state.get("devices")));
        Ok(state)
    }

    async fn delete(&self, cx: &Cx, state: Value) -> Result<(), Failure> {
        let (changes, mut rows) = (Changes::between(&state, &Value::Null), Rows::of(&Value::Null));
        let left = deregister(cx, &cx.session()?, &state, &changes, &mut rows).await;
        if left.is_err() {
            cx.keep(rows.into_state(&state, state.get("profile_states").clone()));
        }
        left
    }

    async fn import(&self, cx: &Cx, text: &str) -> Result<Value, Failure> {
        importing::import(cx, &cx.session()?, text).await
    }
}

fn ids(devices: &Value) -> Vec<String> {
    devices.entries().values().filter_map(|row| row.get("id").as_str().map(str::to_owned)).collect()
}
