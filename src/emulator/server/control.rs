//! The control path: `/_emulator/...`, outside everything Microsoft has. No token. [`DOORS`] is all there is, and
//! `GET /_emulator/` shows it. What goes in and out is JSON where nothing else is said, and people script it: names and
//! shapes stay.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::emulator::core::{Core, Delivery, Request, events, files, seed};
use crate::emulator::oobe::{self, factory};
use crate::emulator::world::applications::Decision;
use crate::emulator::world::clock::directory_timestamp;
use crate::emulator::world::collection::{Entity, text};
use crate::emulator::world::collections::{CollectionName, USERS};
use crate::emulator::world::tenant::Tenant;

/// What can be asked for below `/_emulator/`.
struct Door {
    method: Method,
    name: &'static str,
    /// For a person, in a line.
    does: &'static str,
    open: fn(&mut Core, &[u8]) -> Result<Said, Wrong>,
}

const fn get(name: &'static str, does: &'static str, open: Opener) -> Door {
    Door { method: Method::GET, name, does, open }
}

const fn post(name: &'static str, does: &'static str, open: Opener) -> Door {
    Door { method: Method::POST, name, does, open }
}

const fn delete(name: &'static str, does: &'static str, open: Opener) -> Door {
    Door { method: Method::DELETE, name, does, open }
}

type Opener = fn(&mut Core, &[u8]) -> Result<Said, Wrong>;

const DOORS: &[Door] = &[
    get("", "this list", |_, _| Ok(Said::Text(list()))),
    get("health", "says that it runs, and for which tenant", |core, _| {
        Ok(Said::Json(json!({ "running": true, "tenant": seed::summary(&core.tenant) })))
    }),
    get("state", "the whole tenant", |core, _| {
        let state = serde_json::to_value(&core.tenant).map_err(|error| error.to_string())?;
        Ok(Said::Json(state))
    }),
    get("laptops", "laptops fresh from the factory, with their hardware hashes", |core, _| {
        Ok(Said::Json(factory::laptops(&core.tenant)))
    }),
    get("laptops.csv", "the same as a file for parse_device_csv", |core, _| {
        Ok(Said::File("text/csv; charset=utf-8", factory::laptops_csv(&core.tenant)?.into_bytes()))
    }),
    get("laptops-utf16.csv", "the same as Windows PowerShell writes it", |core, _| {
        Ok(Said::File("text/csv; charset=utf-16", utf16(&factory::laptops_csv(&core.tenant)?)))
    }),
    post("laptops", r#"{"serialNumber": "SN1"} builds a laptop, or exports its hash anew"#, |core, body| {
        Ok(Said::Json(factory::laptop(&mut core.tenant, &read(body)?)?))
    }),
    post(
        "power-on",
        r#"{"serialNumber": "SN1", "user": "megan@contoso.com"} plays its first start"#,
        |core, body| {
            let answer = oobe::power_on(&mut core.tenant, &read(body)?)?;
            events::catch_up(&mut core.tenant);
            Ok(Said::Json(answer))
        },
    ),
    get("requests", "what was asked so far, oldest first", |core, _| {
        Ok(Said::Json(json!(core.journal.exchanges().collect::<Vec<_>>())))
    }),
    delete("requests", "forgets requests and violations", |core, _| {
        core.journal.clear();
        done()
    }),
    get("violations", "contract violations of clients", |core, _| {
        Ok(Said::Json(json!(core.journal.violations())))
    }),
    get("faults", "the faults that are set, and how often each was met", |core, _| {
        Ok(Said::Json(core.faults.report()))
    }),
    post("faults", "adds a fault, or a list of them", |core, body| {
        let text = std::str::from_utf8(body).map_err(|error| unreadable(&error))?;
        for fault in files::faults(text).map_err(|reason| unreadable(&reason))? {
            core.add_fault(fault)?;
        }
        Ok(Said::Json(core.faults.report()))
    }),
    delete("faults", "takes all faults back", |core, _| {
        core.faults.clear();
        done()
    }),
    get("clock", "the tenant's time", |core, _| Ok(Said::Json(clock(&core.tenant)))),
    post("clock", r#"{"stepSeconds": 90} moves it forward"#, |core, body| {
        let step: ClockStep = read(body)?;
        let step = Duration::try_from_secs_f64(step.step_seconds)
            .map_err(|_| "\"stepSeconds\" must be a number of seconds, not below 0".to_owned())?;
        events::step(&mut core.tenant, step);
        Ok(Said::Json(clock(&core.tenant)))
    }),
    post("seed", r#"{"groups": [{"displayName": "Pilot"}]} adds objects"#, |core, body| {
        let collections: BTreeMap<CollectionName, Vec<Entity>> = read(body)?;
        seed::add(&mut core.tenant, &collections);
        events::catch_up(&mut core.tenant);
        done()
    }),
    post("reset", "begins again as at the start; faults and requests are forgotten", |core, _| {
        core.reset();
        done()
    }),
    post("revoke", r#"{"user": "megan@contoso.com"} ends all sign-ins of a person"#, |core, body| {
        let revoked: Revoked = read(body)?;
        let tokens = core.tenant.registrations.refresh_tokens.iter_mut();
        tokens
            .filter(|token| token.user_principal_name.eq_ignore_ascii_case(&revoked.user))
            .for_each(|token| token.revoked = true);
        core.tenant.touch();
        done()
    }),
    get("devicelogin", "the page on which a person approves a device code", |core, _| {
        Ok(Said::Page(device_login("", &core.tenant)))
    }),
    post("devicelogin", "what that page sends", |core, body| {
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
        let field = |name: &str| form.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
        let approval = Approval { user_code: field("code"), approve_as: Some(field("user")) };
        let said = decide(&mut core.tenant, approval).err().unwrap_or_else(|| "Signed in.".to_owned());
        Ok(Said::Page(device_login(&said, &core.tenant)))
    }),
    get("device-codes", "who waits for the approval of a device code", |core, _| {
        let codes = core.tenant.registrations.device_codes.iter();
        let codes = codes.map(|code| json!({ "userCode": code.user_code, "decision": code.decision }));
        Ok(Said::Json(codes.collect()))
    }),
    post(
        "device-codes",
        r#"{"userCode": "ABC", "approveAs": "megan@contoso.com"} approves one; null declines"#,
        |core, body| {
            decide(&mut core.tenant, read(body)?)?;
            done()
        },
    ),
    get("tenant.schema.json", "the JSON schema of a file for --tenant", |_, _| schema("tenant.schema.json")),
    get("faults.schema.json", "the JSON schema of a file for --faults", |_, _| schema("faults.schema.json")),
    get("ca.pem", "the certificate authority of the HTTPS address", |core, _| {
        Ok(Said::File("application/x-pem-file", core.ca_pem.clone().into_bytes()))
    }),
];

/// Answers a control request.
pub(crate) fn answer(core: &mut Core, request: &Request) -> Delivery {
    let path = request.uri.path().trim_matches('/');
    let what = path.strip_prefix("_emulator").unwrap_or_default().trim_matches('/');
    let door = DOORS.iter().find(|door| door.method == request.method && door.name == what);
    let said =
        door.map_or_else(|| Err(no_door(&request.method, what)), |door| (door.open)(core, &request.body));
    match said {
        Ok(Said::Json(body)) => Delivery::json(StatusCode::OK, &body),
        Ok(Said::Text(text)) => Delivery::new(StatusCode::OK, "text/plain; charset=utf-8", text),
        Ok(Said::File(kind, bytes)) => Delivery::new(StatusCode::OK, kind, bytes),
        Ok(Said::Page(page)) => Delivery::new(StatusCode::OK, "text/html; charset=utf-8", page),
        Err(Wrong(status, text)) => Delivery::json(status, &json!({ "error": text })),
    }
}

enum Said {
    Json(Value),
    Text(String),
    File(&'static str, Vec<u8>),
    Page(String),
}

struct Wrong(StatusCode, String);

impl From<String> for Wrong {
    fn from(text: String) -> Self {
        Self(StatusCode::BAD_REQUEST, text)
    }
}

fn done() -> Result<Said, Wrong> {
    Ok(Said::Json(json!({ "done": true })))
}

/// Every door, in a line each.
fn list() -> String {
    let lines = DOORS.iter().map(|door| {
        let path = format!("/_emulator/{}", door.name);
        format!("{:<6}  {path:<31}  {}\n", door.method.as_str(), door.does)
    });
    lines.collect()
}

fn no_door(method: &Method, what: &str) -> Wrong {
    let text = format!("there is no control {method} {what:?}; GET /_emulator/ lists what there is");
    Wrong(StatusCode::NOT_FOUND, text)
}

fn schema(name: &str) -> Result<Said, Wrong> {
    Ok(Said::Json(files::schemas().remove(name).unwrap_or_default()))
}

/// As Windows PowerShell writes text into a file: little-endian, with a byte order mark.
fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockStep {
    step_seconds: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Revoked {
    user: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Approval {
    user_code: String,
    approve_as: Option<String>,
}

fn decide(tenant: &mut Tenant, approval: Approval) -> Result<(), String> {
    let codes = &mut tenant.registrations.device_codes;
    let code = codes.iter_mut().find(|code| code.user_code.eq_ignore_ascii_case(&approval.user_code));
    let code = code.ok_or_else(|| format!("nobody waits with the user code {:?}", approval.user_code))?;
    code.decision = approval.approve_as.map_or(Decision::Declined, Decision::Approved);
    tenant.touch();
    Ok(())
}

/// The page on which a person approves a device code. Nobody is asked for a password: every user is made up.
fn device_login(said: &str, tenant: &Tenant) -> String {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let users = tenant
        .collection(USERS)
        .iter()
        .map(|user| format!("<option value=\"{0}\">{0}</option>", plain(text(user, "userPrincipalName"))));
    format!(
        "<!doctype html><title>Sign in to {0}</title><h1>Sign in to {0}</h1><p>{1}</p><form method=\"post\">\
         <p><label>Code <input name=\"code\" autofocus></label></p>\
         <p><label>As <select name=\"user\">{2}</select></label></p><button>Approve</button></form>",
        plain(&tenant.display_name),
        plain(said),
        users.collect::<String>(),
    )
}

fn clock(tenant: &Tenant) -> Value {
    json!({ "now": directory_timestamp(tenant.now()) })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| unreadable(&error))
}

fn unreadable(reason: &dyn std::fmt::Display) -> String {
    format!("the body cannot be read: {reason}")
}
