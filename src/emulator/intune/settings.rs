//! `/deviceManagement/windowsAutopilotSettings` (beta): the Autopilot service's state, and asking it to hurry.

use http::StatusCode;
use serde_json::{Value, json};

use super::types::SETTINGS as SETTINGS_TYPE;
use crate::emulator::api::call::{Call, OperationResult, Reply};
use crate::emulator::api::error::GraphError;
use crate::emulator::api::view::View;
use crate::emulator::intune::views::view as intune_view;
use crate::emulator::world::clock::intune_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::AUTOPILOT_SETTINGS;
use crate::emulator::world::event::{Event, IntuneEvent};
use crate::emulator::world::tenant::Tenant;

const ID: &str = "f1a2c9d4-5b60-4e83-97a1-2d8c0e4b6f75";

/// Where the settings note until when another sync is refused.
const BUSY_UNTIL: &str = "_busyUntil";

const VIEW: View = intune_view(&SETTINGS_TYPE, "deviceManagement/windowsAutopilotSettings");

pub(super) fn init(tenant: &mut Tenant) {
    let settings = json!({
        "id": ID,
        "lastSyncDateTime": intune_timestamp(tenant.now() - time::Duration::hours(9)),
        "lastManualSyncTriggerDateTime": "0001-01-01T00:00:00Z",
        "syncStatus": "completed",
    });
    if let Value::Object(settings) = settings {
        tenant.collection_mut(AUTOPILOT_SETTINGS).insert(settings);
    }
}

pub(super) fn get(call: &mut Call<'_>) -> OperationResult {
    VIEW.one(call, &settings(call.tenant))
}

/// One at a time, and one in ten minutes. Source: WindowsAutopilotIntune, which reads both refusals.
pub(super) fn sync(call: &mut Call<'_>) -> OperationResult {
    let settings = settings(call.tenant);
    let now = call.tenant.now();
    if text(&settings, "syncStatus") == "inProgress" {
        return Err(GraphError::intune(StatusCode::CONFLICT, "Conflict", "A sync is already in progress."));
    }
    let busy = text(&settings, BUSY_UNTIL);
    if busy > intune_timestamp(now).as_str() {
        let until = time::OffsetDateTime::parse(busy, &time::format_description::well_known::Rfc3339);
        let seconds = until.map_or(1, |until| (until - now).whole_seconds().max(0) + 1);
        let text = "A sync was started less than 10 minutes ago.";
        let error = GraphError::intune(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", text);
        return Err(error.with_retry_after(seconds.unsigned_abs()));
    }
    let window = call.tenant.moment_after(call.tenant.latencies.sync_window);
    change(
        call.tenant,
        &[
            ("lastManualSyncTriggerDateTime", &intune_timestamp(now)),
            ("syncStatus", "inProgress"),
            (BUSY_UNTIL, &intune_timestamp(window)),
        ],
    );
    call.tenant.schedule(call.tenant.latencies.sync, IntuneEvent::Synced);
    Ok(Reply::no_content())
}

/// What waited for the service's next round, off the agenda: a sync does it now.
pub(super) fn take_waiting(tenant: &mut Tenant) -> Vec<IntuneEvent> {
    let waits = |event: &Event| match event {
        Event::Intune(
            event @ (IntuneEvent::Register(_) | IntuneEvent::Change { .. } | IntuneEvent::Deregister(_)),
        ) => Some(event.clone()),
        _ => None,
    };
    let waiting = tenant.scheduled().filter_map(waits).collect();
    tenant.cancel(|event| waits(event).is_some());
    waiting
}

/// Ends a sync.
pub(super) fn synced(tenant: &mut Tenant) {
    let now = intune_timestamp(tenant.now());
    change(tenant, &[("lastSyncDateTime", &now), ("syncStatus", "completed")]);
}

fn settings(tenant: &Tenant) -> Entity {
    tenant.collection(AUTOPILOT_SETTINGS).iter().next().cloned().unwrap_or_default()
}

fn change(tenant: &mut Tenant, properties: &[(&str, &str)]) {
    if let Some(settings) = tenant.collection_mut(AUTOPILOT_SETTINGS).iter_mut().next() {
        for (name, value) in properties {
            settings.insert((*name).to_owned(), Value::from(*value));
        }
    }
}
