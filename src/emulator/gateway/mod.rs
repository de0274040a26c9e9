//! What happens to a Graph request before and after its handler.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::api::call::{Call, OperationResult};
use super::api::error::{ErrorContext, GraphError, Service};
use super::api::model::Version;
use super::api::path::{self, Keys};
use super::api::route::{self, Destination, Permissions};
use super::core::faults::{Damage, Effect};
use super::core::history::Lag;
use super::core::journal::{CallerKind, Exchange};
use super::core::throttle::Demand;
use super::core::{Core, Delivery, Request};
use super::directory;
use super::login::{self, Caller, Identity};
use super::world::tenant::Tenant;
use crate::emulator::core::events;

mod batch;
mod client_checks;
mod item;
mod scripted;

pub(crate) use scripted::scripted;

use item::{Item, ItemResponse};

/// Answers a request from the wire.
pub(crate) fn answer(core: &mut Core, request: &Request) -> Delivery {
    let raw = request.uri.path().trim_start_matches('/');
    let (first, rest) = raw.split_once('/').unwrap_or((raw, ""));
    let Some(version) = Version::from_segment(first) else {
        let message = format!("Invalid version: {first}");
        return Delivery::plain_error(&GraphError::bad_request(message));
    };
    let path = format!("/{}", rest.trim_end_matches('/'));
    let item = Item {
        method: &request.method,
        version,
        path: &path,
        query: request.uri.query().unwrap_or_default(),
        headers: &request.headers,
        body: &request.body,
        origin: &request.origin,
        batch: None,
    };
    let answer = answer_item(core, &item);
    let body = match (&answer.raw, &answer.body) {
        (Some(raw), _) => raw.clone(),
        (None, Some(body)) => body.to_string(),
        (None, None) => String::new(),
    };
    let mut delivery = Delivery::new(answer.status, JSON, body);
    if answer.body.is_none() && answer.raw.is_none() {
        delivery.headers.clear();
    }
    delivery.headers.extend(answer.headers);
    delivery.headers.extend(envelope());
    delivery.response_fault = answer.response_fault;
    delivery
}

/// Answers one item and writes it into the journal.
pub(crate) fn answer_item(core: &mut Core, item: &Item<'_>) -> ItemResponse {
    let started = std::time::Instant::now();
    let request_id = uuid::Uuid::new_v4().to_string();
    let query = if item.query.is_empty() { String::new() } else { format!("?{}", item.query) };
    let full_path = format!("/{}{}{query}", item.version.segment(), item.path);
    let client_request_id = item.headers.get("client-request-id").and_then(|id| id.to_str().ok());
    let client_request_id = client_request_id.unwrap_or(&request_id).to_owned();

    let effects = core.faults.meet(item.method, &full_path);
    let caller = login::authenticate(item.headers, item.origin, &core.tenant);
    let kind = match &caller {
        Err(_) => CallerKind::Nobody,
        Ok(caller) if caller.is_application() => CallerKind::Application,
        Ok(_) => CallerKind::User,
    };
    let (scripted, mut response_fault) = scripted(&effects);
    let mut answer = if let Some(delivery) = scripted {
        scripted::from_script(delivery)
    } else if response_fault.damage == Some(Damage::Close) && effects.contains(&Effect::Reset) {
        ItemResponse::empty(StatusCode::SERVICE_UNAVAILABLE)
    } else {
        let outcome = match &caller {
            _ if effects.contains(&Effect::ExpiredToken) => Err(unauthenticated(login::Rejected::Expired)),
            Err(rejected) => Err(unauthenticated(*rejected)),
            Ok(caller) if item.path == "/$batch" && item.batch.is_none() => {
                batch::answer(core, item, answer_item, &request_id, &mut response_fault)
            }
            Ok(caller) => {
                client_checks::note_early_call(core, item, caller, &full_path);
                with_history(core, item, &effects, |core| handle(core, item, caller))
            }
        };
        let scene = ErrorContext {
            request_id: &request_id,
            client_request_id: &client_request_id,
            date: core.tenant.now(),
            version: Some(item.version),
            path: item.path,
        };
        let own = ItemResponse::from_outcome(outcome, &scene);
        scripted::instead(&effects).unwrap_or(own)
    };
    response_fault.join(std::mem::take(&mut answer.response_fault));
    answer.response_fault = response_fault;
    if let (Ok(caller), Some(wait)) = (&caller, retry_after(&answer.headers)) {
        let what = format!("{} {}", item.method, item.path);
        core.journal.throttled(&caller.app_id, &what, core.tenant.now(), wait);
    }
    answer.headers.extend(tracing_headers(&request_id, &client_request_id));
    core.journal.record(Exchange {
        time: core.tenant.now(),
        method: item.method.to_string(),
        path: full_path,
        status: answer.status.as_u16(),
        version: item.version.segment(),
        caller: kind,
        microseconds: started.elapsed().as_micros().try_into().unwrap_or(u64::MAX),
        batch: item.batch.map(str::to_owned),
        request_id,
        client_request_id,
        user_agent: header_text(item.headers, header::USER_AGENT),
        fault: !effects.is_empty(),
    });
    answer
}

/// Token, route and permissions, then the handler.
fn handle(core: &mut Core, item: &Item<'_>, caller: &Caller) -> OperationResult {
    let Some(pieces) = path::pieces(item.path) else {
        return Err(GraphError::bad_request("The request URL is invalid."));
    };
    let service = route::service(&pieces);
    let router = core.router.clone();
    let (route, keys) = match router.find(item.method, item.version, &pieces) {
        Destination::Found { route, keys } => (route, keys),
        Destination::WrongMethod { template } => return Err(wrong_method(service, item, &template)),
        Destination::OtherVersion { segment } => {
            let message = format!("Resource not found for the segment '{segment}'.");
            let status = core.tenant.behaviour.unknown_segment_status;
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            return Err(GraphError::new(status, "BadRequest", message));
        }
        Destination::Unknown => {
            let message = format!(
                "This emulator does not offer {} /{}{}. If the real service does, the emulator should learn it.",
                item.method,
                item.version.segment(),
                item.path,
            );
            return Err(GraphError::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message));
        }
    };
    let is_list = item.method == Method::GET && !route.template.ends_with('}');
    let demand = Demand::new(&caller.app_id, service, item.method, is_list, item.query);
    let metering = client_checks::meter(core, item, demand)?;
    permit(service, route.permissions, caller, &keys, &core.tenant)?;
    let mut call = Call {
        tenant: &mut core.tenant,
        version: item.version,
        service,
        path: item.path,
        headers: item.headers,
        caller,
        origin: item.origin,
        keys,
        query: url::form_urlencoded::parse(item.query.as_bytes()).into_owned().collect(),
        body: item.body,
    };
    let mut reply = (route.handler)(&mut call)?;
    events::catch_up(&mut core.tenant);
    reply.headers.extend(metering);
    Ok(reply)
}

/// An application needs a permission; a person needs the permission, and to be somebody who may.
fn permit(
    service: Service,
    permissions: &Permissions,
    caller: &Caller,
    keys: &Keys,
    tenant: &Tenant,
) -> Result<(), GraphError> {
    let wanted = if caller.is_application() { permissions.application } else { permissions.delegated };
    let is_granted = wanted.iter().any(|name| caller.permissions.iter().any(|held| held == name));
    let may = match &caller.identity {
        Identity::Application => true,
        Identity::User { id, roles, .. } => {
            permissions.roles.is_empty()
                || roles.iter().any(|role| permissions.roles.contains(&role.as_str()))
                || (permissions.owners && directory::owns_group(tenant, id, keys))
        }
    };
    if is_granted && may {
        return Ok(());
    }
    Err(match service {
        Service::Directory => GraphError::new(
            StatusCode::FORBIDDEN,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        ),
        Service::Intune => {
            if is_granted {
                // What Intune says to a person without a role is a guess.
                let text = "User is not authorized to perform this operation.";
                return Err(GraphError::intune(StatusCode::FORBIDDEN, "Forbidden", text.to_owned()));
            }
            let subject = if caller.is_application() { "Application" } else { "User" };
            let text = format!(
                "{subject} is not authorized to perform this operation. {subject} must have one of the following \
                 scopes: {}",
                wanted.join(", ")
            );
            GraphError::intune(StatusCode::FORBIDDEN, "Forbidden", text)
        }
    })
}

/// Lets a read see the past when a fault says so, and keeps the past while faults may ask for it.
fn with_history(
    core: &mut Core,
    item: &Item<'_>,
    effects: &[Effect],
    work: impl FnOnce(&mut Core) -> OperationResult,
) -> OperationResult {
    let lag = effects.iter().find_map(|effect| match effect {
        Effect::StaleRead { writes, seconds } => Some(Lag { writes: *writes, seconds: *seconds }),
        _ => None,
    });
    let now = core.tenant.now();
    if let (&Method::GET, Some(moment)) = (item.method, lag.and_then(|lag| core.past.seen_with(lag, now))) {
        let present = core.tenant.exchange(moment);
        let outcome = work(core);
        core.tenant.exchange(present);
        return outcome;
    }
    let reach = core.faults.longest_lag();
    let before = (reach.is_some() && item.method != Method::GET).then(|| core.tenant.snapshot());
    let outcome = work(core);
    if let (Some(before), Some(reach), Ok(_)) = (before, reach, &outcome) {
        core.past.keep(before, now, reach);
    }
    outcome
}

fn unauthenticated(rejected: login::Rejected) -> GraphError {
    let challenge = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
                     client_id=\"00000003-0000-0000-c000-000000000000\"";
    let mut error =
        GraphError::new(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", rejected.message());
    error.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    error
}

fn wrong_method(service: Service, item: &Item<'_>, template: &str) -> GraphError {
    match service {
        Service::Intune => GraphError::no_route(template, item.method, item.path),
        Service::Directory => GraphError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        ),
    }
}

fn header_text(headers: &HeaderMap, name: HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn tracing_headers(request_id: &str, client_request_id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [("request-id", request_id), ("client-request-id", client_request_id)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

/// Headers that every answer of the gateway carries.
fn envelope() -> HeaderMap {
    let diagnostic = r#"{"ServerInfo":{"DataCenter":"EmulatedTenant","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"EMULATOR01"}}"#;
    [
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "Accept-Encoding"),
        (HeaderName::from_static("odata-version"), "4.0"),
        (HeaderName::from_static("x-ms-ags-diagnostic"), diagnostic),
    ]
    .into_iter()
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .collect()
}

const JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
