//! Budgets, and who keeps to them.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};

use super::item::Item;
use crate::emulator::api::error::{GraphError, Service};
use crate::emulator::core::Core;
use crate::emulator::core::journal::Violation;
use crate::emulator::core::throttle::{Demand, Verdict};
use crate::emulator::login::Caller;
use crate::emulator::world::collections::USERS;

/// Counts a request against the budgets. Gives back the headers that tell a client how it stands.
pub(crate) fn meter(core: &mut Core, item: &Item<'_>, demand: Demand<'_>) -> Result<HeaderMap, GraphError> {
    let now = core.tenant.now();
    let users = core.tenant.collection(USERS).len();
    let mut headers = HeaderMap::new();
    if demand.service == Service::Directory {
        headers.insert("x-ms-resource-unit", HeaderValue::from(demand.units));
    }
    let (budget, retry_after, information) = match core.throttle.judge(demand, users, now) {
        Verdict::Within { used } => {
            if used >= 0.8
                && core.throttle.enforced
                && let Ok(used) = HeaderValue::from_str(&format!("{used:.2}"))
            {
                headers.insert("x-ms-throttle-limit-percentage", used);
            }
            return Ok(headers);
        }
        Verdict::Beyond { budget, retry_after, information } => (budget, retry_after, information),
    };
    if demand.is_write {
        core.journal.violation(Violation {
            time: now,
            method: item.method.to_string(),
            path: item.path.to_owned(),
            reason: format!("a write beyond the published budget: {budget}"),
        });
    }
    if !core.throttle.enforced {
        return Ok(headers);
    }
    let wait = Duration::from_secs(retry_after);
    core.journal.throttled(demand.app, waiting_room(demand.service, demand.is_write), now, wait);
    let mut error = GraphError::too_many_requests(retry_after);
    let access = if demand.is_write { "Write" } else { "ReadWrite" };
    let scope = format!("Tenant_Application/{access}/{}/{}", demand.app, core.tenant.id);
    if let Ok(scope) = HeaderValue::from_str(&scope) {
        error.headers.insert("x-ms-throttle-scope", scope);
    }
    error.headers.insert("x-ms-throttle-information", HeaderValue::from_static(information));
    Err(error)
}

/// Records a call that comes before the client was asked to come back.
pub(crate) fn note_early_call(core: &mut Core, item: &Item<'_>, caller: &Caller, full_path: &str) {
    let first = item.path.trim_start_matches('/').split(['/', '(']).next().unwrap_or_default();
    let room = waiting_room(Service::of(first), item.method != Method::GET);
    let this = format!("{} {}", item.method, item.path);
    let now = core.tenant.now();
    let left =
        [this.as_str(), room].iter().find_map(|what| core.journal.remaining_wait(&caller.app_id, what, now));
    if let Some(left) = left {
        core.journal.violation(Violation {
            time: now,
            method: item.method.to_string(),
            path: full_path.to_owned(),
            reason: format!("called again {:.1} s before Retry-After had passed", left.as_secs_f64()),
        });
    }
}

/// What a throttled application has to leave alone.
fn waiting_room(service: Service, is_write: bool) -> &'static str {
    match (service, is_write) {
        (Service::Intune, true) => "writes to Intune",
        (Service::Intune, false) => "reads of Intune",
        (Service::Directory, true) => "writes to the directory",
        (Service::Directory, false) => "reads of the directory",
    }
}
