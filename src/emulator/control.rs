//! The control path: `/_emulator/...`, outside everything Microsoft has. JSON in and out, no token.
//!
//! | Request | Does |
//! |---|---|
//! | `GET health` | says that it runs, and for which tenant |
//! | `GET state` | the whole tenant |
//! | `GET requests`, `DELETE requests` | the log of requests; forgets it (and the violations) |
//! | `GET violations` | where clients were rude |
//! | `GET faults`, `POST faults`, `DELETE faults` | lists, adds (one [`Fault`] or an array), clears |
//! | `GET clock`, `POST clock` | the time; `{"stepSeconds": 90}` moves it |
//! | `POST seed` | adds objects: `{"groups": [{"displayName": ".."}], ..}` |
//! | `POST reset` | begins again with the seed |
//! | `POST power-on` | plays a device's out-of-box experience |
//! | `GET laptops`, `POST laptops` | what the factory has built; builds `{"serialNumber": ".."}` or exports its hash anew |
//! | `GET ca.pem` | the CA certificate for HTTPS |
//! | `GET devicelogin`, `POST devicelogin` | the page on which a person approves a device code |
//! | `GET device-codes` | who waits for approval |
//! | `POST revoke` | `{"user": "user@domain"}` ends all sign-ins of a person: refresh tokens are refused from now on |
//! | `POST device-codes` | `{"userCode": "..", "approveAs": "user@domain"}`, or `null` to decline |

use std::collections::BTreeMap;
use std::time::Duration;

use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::clock::directory_timestamp;
use super::collection::{Entity, text};
use super::faults::Fault;
use super::login::Decision;
use super::service::{Core, Delivery, Request};
use super::tenant::Tenant;
use super::{intune, seed};

/// Answers a control request.
pub(crate) fn answer(core: &mut Core, request: &Request) -> Delivery {
    let path = request.uri.path().trim_matches('/');
    let what = path.strip_prefix("_emulator").unwrap_or_default().trim_matches('/');
    match respond(core, &request.method, what, &request.body) {
        Ok(Said::Json(body)) => Delivery::json(StatusCode::OK, &body),
        Ok(Said::Pem(pem)) => Delivery::new(StatusCode::OK, "application/x-pem-file", pem),
        Ok(Said::Page(page)) => Delivery::new(StatusCode::OK, "text/html; charset=utf-8", page),
        Err(Wrong(status, text)) => Delivery::json(status, &json!({ "error": text })),
    }
}

enum Said {
    Json(Value),
    Pem(String),
    Page(String),
}

struct Wrong(StatusCode, String);

impl From<String> for Wrong {
    fn from(text: String) -> Self {
        Self(StatusCode::BAD_REQUEST, text)
    }
}

fn respond(core: &mut Core, method: &Method, what: &str, body: &[u8]) -> Result<Said, Wrong> {
    let done = Ok(Said::Json(json!({ "done": true })));
    let answer = match (method.as_str(), what) {
        ("GET", "" | "health") => json!({ "running": true, "tenant": seed::summary(&core.tenant) }),
        ("GET", "state") => serde_json::to_value(&core.tenant).map_err(|error| error.to_string())?,
        ("GET", "requests") => json!(core.journal.exchanges().collect::<Vec<_>>()),
        ("DELETE", "requests") => {
            core.journal.clear();
            return done;
        }
        ("GET", "violations") => json!(core.journal.violations()),
        ("GET", "faults") => core.faults.report(),
        ("POST", "faults") => {
            let faults: OneOrMany<Fault> = read(body)?;
            for fault in faults.into_vec() {
                core.add_fault(fault)?;
            }
            core.faults.report()
        }
        ("DELETE", "faults") => {
            core.faults.clear();
            return done;
        }
        ("GET", "clock") => clock(&core.tenant),
        ("POST", "clock") => {
            let step: Step = read(body)?;
            let step = Duration::try_from_secs_f64(step.step_seconds)
                .map_err(|_| "\"stepSeconds\" must be a number of seconds, not below 0".to_owned())?;
            core.tenant.step(step);
            clock(&core.tenant)
        }
        ("POST", "seed") => {
            let collections: BTreeMap<String, Vec<Entity>> = read(body)?;
            seed::plant(&mut core.tenant, &collections);
            core.tenant.catch_up();
            return done;
        }
        ("POST", "reset") => {
            core.reset();
            return done;
        }
        ("POST", "power-on") => {
            let answer = intune::power_on(&mut core.tenant, &read(body)?)?;
            core.tenant.catch_up();
            answer
        }
        ("GET", "laptops") => intune::laptops(&core.tenant),
        ("POST", "laptops") => intune::laptop(&mut core.tenant, &read(body)?)?,
        ("GET", "ca.pem") => return Ok(Said::Pem(core.ca_pem.clone())),
        ("GET", "devicelogin") => return Ok(Said::Page(device_login("", &core.tenant))),
        ("POST", "devicelogin") => {
            let form: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
            let field = |name: &str| form.get(name).map(|value| value.trim().to_owned()).unwrap_or_default();
            let approval = Approval { user_code: field("code"), approve_as: Some(field("user")) };
            let said = decide(&mut core.tenant, approval).err().unwrap_or_else(|| "Signed in.".to_owned());
            return Ok(Said::Page(device_login(&said, &core.tenant)));
        }
        ("POST", "revoke") => {
            let revoked: Revoked = read(body)?;
            let tokens = core.tenant.registrations.refresh_tokens.iter_mut();
            tokens
                .filter(|token| token.user_principal_name.eq_ignore_ascii_case(&revoked.user))
                .for_each(|token| token.revoked = true);
            core.tenant.touch();
            return done;
        }
        ("GET", "device-codes") => {
            let codes = core.tenant.registrations.device_codes.iter();
            codes.map(|code| json!({ "userCode": code.user_code, "decision": code.decision })).collect()
        }
        ("POST", "device-codes") => {
            decide(&mut core.tenant, read(body)?)?;
            return done;
        }
        _ => {
            let text = format!("there is no control {method} {what:?}; see the documentation of `emulator`");
            return Err(Wrong(StatusCode::NOT_FOUND, text));
        }
    };
    Ok(Said::Json(answer))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::Many(many) => many,
            Self::One(one) => vec![one],
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Step {
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

/// The page on which a person approves a device code. Nobody is asked for a password: every user is pretend.
fn device_login(said: &str, tenant: &Tenant) -> String {
    let plain = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let users = tenant
        .collection("users")
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
    serde_json::from_slice(body).map_err(|error| format!("the body cannot be read: {error}"))
}
