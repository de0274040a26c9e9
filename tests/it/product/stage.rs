//! An emulated tenant with the provider in front of it.

use std::ffi::OsStr;

use autopilot_provider::emulator::{Clock, CollectionName, Control, Latencies, Options};
use autopilot_provider::graph::signin::ARGUMENTS;
use autopilot_provider::tf_provider::value::Value;
use serde_json::{Value as Json, json};

use super::case::{Belongs, Case, Method, Outside, SignedIn, merged};
use crate::support::autopilot::autopilot;
use crate::support::core::{Core, Instance};
use crate::support::emulated_tenant::{EmulatedTenant, Reply};
use crate::support::eventually::eventually;

/// The arguments of the provider block for a tenant.
pub(crate) fn provider_block(tenant: &EmulatedTenant, signed_in: SignedIn) -> Json {
    let credentials = tenant.credentials();
    let common = json!({
        "graph_endpoint": tenant.url(""),
        "authority_host": tenant.url(""),
        "tenant_id": credentials.tenant_id,
    });
    let own = match signed_in {
        SignedIn::Application => json!({
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        }),
        SignedIn::Administrator => json!({
            "client_id": credentials.public_client_id,
            "refresh_token": tenant.control().sign_in_administrator(),
        }),
    };
    merged(common, &own)
}

/// A tenant, before anybody manages it.
pub(crate) struct Stage {
    tenant: EmulatedTenant,
}

impl Stage {
    /// Contoso, where everything happens at once. Ids are the same each time.
    pub(crate) async fn quick() -> Self {
        Self::with(Options::default()).await
    }

    /// Contoso, with delays as in a real tenant, a hundred and twenty times faster.
    pub(crate) async fn slow() -> Self {
        Self::with(Options {
            clock: Clock::scaled(120.0),
            latencies: Latencies::realistic(),
            ..Options::default()
        })
        .await
    }

    /// A tenant of its own kind.
    pub(crate) async fn with(options: Options) -> Self {
        let mut options = Options { chance: Some(7), ..options };
        for application in &mut options.seed.applications {
            application.roles.push("RoleManagement.ReadWrite.Directory".to_owned());
            application.scopes.push("RoleManagement.ReadWrite.Directory".to_owned());
        }
        Self { tenant: EmulatedTenant::start(options).await }
    }

    /// Contoso, whose applications were granted everything but these permissions.
    pub(crate) async fn without(permissions: &[&str]) -> Self {
        let mut options = Options::default();
        for application in &mut options.seed.applications {
            for granted in [&mut application.roles, &mut application.scopes] {
                granted.retain(|name| !permissions.contains(&name.as_str()));
            }
        }
        Self::with(options).await
    }

    /// A token of the application itself.
    #[cfg(unix)]
    pub(crate) fn application_token(&self) -> &str {
        &self.tenant.application
    }

    /// Requests that Graph was sent: method and path.
    pub(crate) fn graph_requests(&self) -> Vec<String> {
        let all = self.control().requests().into_iter();
        let graph = all.filter(|one| one.path.starts_with("/v1.0/") || one.path.starts_with("/beta/"));
        graph.map(|one| format!("{} {}", one.method, one.path)).collect()
    }

    pub(crate) fn control(&self) -> Control {
        self.tenant.control()
    }

    /// Puts an object into the tenant that the covered resource refers to.
    pub(crate) fn put(&self, collection: &str, object: Json) {
        let Json::Object(object) = object else {
            panic!("{object} is no object");
        };
        let name =
            CollectionName::parse(collection).unwrap_or_else(|| panic!("no collection {collection:?}"));
        self.control().with_tenant(|tenant| tenant.collection_mut(name).insert(object));
    }

    /// A request of the administrator, who may do anything.
    pub(crate) async fn administrator(&self, method: &str, path: &str, body: Json) -> Reply {
        let reply = self.tenant.call_as_administrator(method, path, body).await;
        assert!(reply.status < 300, "{method} {path}: {} {}", reply.status, reply.body);
        reply
    }

    /// The provider as a new Terraform command starts it.
    pub(crate) async fn provider(&self, signed_in: SignedIn) -> Core {
        let core = self.unconfigured().await;
        core.configure(self.provider_block(signed_in)).await;
        core
    }

    /// The provider before it is configured.
    pub(crate) async fn unconfigured(&self) -> Core {
        autopilot().await
    }

    /// Where the tenant is.
    pub(crate) fn url(&self) -> String {
        self.tenant.url("")
    }

    /// The arguments of the provider block.
    pub(crate) fn provider_block(&self, signed_in: SignedIn) -> Json {
        provider_block(&self.tenant, signed_in)
    }

    /// Runs a command of the program as a person does who is signed in so; it must succeed.
    pub(crate) async fn program(&self, signed_in: SignedIn, arguments: &[&OsStr]) -> String {
        let block = self.provider_block(signed_in);
        let variables = ARGUMENTS.iter().filter_map(|facts| {
            let value = block.get(facts.name?)?.as_str()?.to_owned();
            Some((*facts.environment.first()?, value))
        });
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_terraform-provider-autopilot"));
        command.args(arguments).env_clear().envs(variables);
        let output = command.output().await.expect("the program starts");
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {text}");
        text
    }

    /// All objects, without what the service notes for itself.
    pub(crate) fn objects(&self) -> Json {
        let mut objects = self.control().state()["collections"].take();
        if let Json::Object(collections) = &mut objects {
            collections.remove("deletedItems");
            // A record of an import says what was done, and is tidied up by the service.
            collections.remove("importedWindowsAutopilotDeviceIdentities");
            collections.retain(|_, objects| !is_nothing(objects));
        }
        forget_times(&mut objects);
        objects
    }

    /// Waits until the tenant's objects are these.
    pub(crate) async fn becomes(&self, objects: &Json, when: &str) {
        if !eventually(|| self.objects() == *objects).await {
            assert_same_objects(objects, &self.objects(), when);
        }
    }
}

/// A resource on a stage, through one Terraform command after the other.
pub(crate) struct Life<'a> {
    pub(crate) case: &'a Case,
    pub(crate) stage: &'a Stage,
    pub(crate) instance: Instance,
}

impl<'a> Life<'a> {
    /// A resource that does not exist yet.
    pub(crate) async fn new(case: &'a Case, stage: &'a Stage) -> Self {
        let core = stage.provider(case.signed_in).await;
        Self { case, stage, instance: core.resource(case.type_name) }
    }

    /// The resource, made so.
    pub(crate) async fn made(case: &'a Case, stage: &'a Stage, config: &Json) -> Self {
        let mut life = Self::new(case, stage).await;
        life.instance.apply(config).await;
        life
    }

    /// The provider in another process, as for the next Terraform command.
    pub(crate) async fn next_command(&mut self) -> &mut Instance {
        let core = self.stage.provider(self.case.signed_in).await;
        self.instance.continue_with(core);
        &mut self.instance
    }

    /// Applies in a new process.
    pub(crate) async fn apply(&mut self, config: &Json) -> &Value {
        self.next_command().await.apply(config).await
    }

    /// Where Graph keeps the object.
    pub(crate) fn address(&self) -> String {
        filled(self.case.address, self.instance.state())
    }

    /// Lets an administrator do what the portal allows.
    pub(crate) async fn happen(&self, outside: &Outside) {
        let address = self.address();
        match outside {
            Outside::Nothing(_) => {}
            Outside::Write(body) => self.written(body).await,
            Outside::Other(property, values) => {
                let now = self.stage.administrator("GET", &address, Json::Null).await.body;
                let top = property.split('/').next().unwrap_or(property);
                let mut body = json!({ top: now[top] });
                let place = property.split('/').fold(&mut body, |object, step| &mut object[step]);
                let other = values.iter().find(|value| *value != place);
                *place = other.expect("another value").clone();
                self.written(&body).await;
            }
            Outside::Requests(requests) => {
                for (method, below, body) in requests {
                    let path = if below.starts_with("/beta/") || below.starts_with("/v1.0/") {
                        below.clone()
                    } else {
                        format!("{address}{below}")
                    };
                    self.stage.administrator(method, &path, body.clone()).await;
                }
            }
        }
    }

    async fn written(&self, body: &Json) {
        let address = self.address();
        let now = self.stage.administrator("GET", &address, Json::Null).await.body;
        if self.case.changed_by == Method::Patch {
            let mut body = body.clone();
            if let Some(kind) = now.get("@odata.type") {
                body["@odata.type"] = kind.clone();
            }
            self.stage.administrator("PATCH", &address, body).await;
            return;
        }
        let mut whole = merged(now, body);
        if let Json::Object(whole) = &mut whole {
            whole.retain(|name, _| !name.starts_with('@'));
        }
        self.stage.administrator("PUT", &address, whole).await;
    }

    /// Lets an administrator end it.
    pub(crate) async fn ended_outside(&self) {
        let (method, below) = self.case.ended_by;
        self.stage.administrator(method, &format!("{}{below}", self.address()), Json::Null).await;
    }

    /// Destroys in a new process. What belongs to the tenant is still there afterwards.
    pub(crate) async fn destroy(&mut self) {
        let is_ours = self.case.belongs == Belongs::ToConfiguration;
        let instance = self.next_command().await;
        if is_ours {
            instance.destroy().await;
        } else {
            instance.destroy_alone().await;
        }
    }

    /// Destroys, and claims that the tenant is as it was.
    pub(crate) async fn end(mut self, before: &Json, when: &str) {
        self.destroy().await;
        self.stage.becomes(before, when).await;
    }
}

/// The configuration, so that destroying it puts back what was there.
pub(crate) fn restoring(case: &Case, config: &Json) -> Json {
    match case.belongs {
        Belongs::ToConfiguration => config.clone(),
        Belongs::ToTenant => merged(config.clone(), &json!({"on_destroy": "restore"})),
    }
}

/// A template with the state's values in the places of their dotted paths.
pub(crate) fn filled(template: &str, state: &Value) -> String {
    let mut parts = template.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (path, rest) = part.split_once('}').unwrap_or((part, ""));
        let value = path.split('.').fold(state, |object, step| object.get(step));
        text.push_str(value.as_str().unwrap_or_default());
        text.push_str(rest);
    }
    text
}

fn is_nothing(objects: &Json) -> bool {
    objects.as_array().is_some_and(Vec::is_empty)
        || objects.as_object().is_some_and(serde_json::Map::is_empty)
}

fn forget_times(objects: &mut Json) {
    match objects {
        Json::Object(object) => {
            object.retain(|name, _| {
                !name.contains("odified") && !["_replicatedAt", "version"].contains(&name.as_str())
            });
            object.values_mut().for_each(forget_times);
        }
        Json::Array(list) => list.iter_mut().for_each(forget_times),
        _ => {}
    }
}

#[track_caller]
pub(crate) fn assert_same_objects(wanted: &Json, found: &Json, when: &str) {
    if wanted == found {
        return;
    }
    let text = |json: &Json| serde_json::to_string_pretty(json).unwrap_or_default();
    let (wanted, found) = (text(wanted), text(found));
    let only = |a: &str, b: &str| -> String {
        let others: std::collections::HashSet<&str> = b.lines().collect();
        let lines: Vec<&str> = a.lines().filter(|line| !others.contains(line)).collect();
        lines.join("\n")
    };
    panic!(
        "{when}, the tenant is not as it was.\nOnly before:\n{}\nOnly now:\n{}",
        only(&wanted, &found),
        only(&found, &wanted)
    );
}
