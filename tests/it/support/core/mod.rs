//! Terraform core, as far as one provider can tell the difference.
//!
//! Drives any served provider over real gRPC through the calls Terraform makes around a resource, in Terraform's order
//! (validate, plan, plan again during apply, apply, upgrade, read, import), keeps the state as a state file would, and
//! holds every reply against the rules Terraform enforces ([`rules`]), and some that only users enforce: a second plan
//! is empty, planning is repeatable, a read right after an apply shows no drift. A violation panics with all that was
//! found.
//!
//! ```ignore
//! let core = Core::serving(Server::new(Playground::default())).await;
//! core.configure(json!({ "directory": dir.path() })).await;
//!
//! let mut lamp = core.resource("playground_plain");
//! lamp.apply(json!({ "name": "desk" })).await;                  // create, then: no drift, empty plan
//! lamp.apply(json!({ "name": "desk", "size": 3 })).await;       // update, then the same claims
//! assert_eq!(lamp.last_action(), Action::Update);
//! assert_eq!(lamp.state().get("size"), &3.into());
//!
//! let mut found = core.resource("playground_plain");
//! found.import(lamp.text("id")).await;                          // import and read
//! found.assert_empty_plan(json!({ "name": "desk", "size": 3 })).await;
//! assert_eq!(found.state(), lamp.state());
//! lamp.destroy().await;                                         // and a read finds nothing
//! ```
//!
//! Configurations are JSON along the schema: what is left out is null (for repeated blocks: empty). Values that only
//! apply knows are put in afterwards: `config(json!({..})).with("group_id", Value::Unknown)`, see
//! [`Instance::apply_once_known`]. Every claiming method has a twin `try_...` that returns diagnostics or an
//! [`ApplyOutcome`] instead of panicking, for what is to fail:
//!
//! ```ignore
//! let outcome = lamp.try_apply(json!({ "name": "desk", "fail": "after_create" })).await;
//! assert!(outcome.said.error("Service unavailable").detail.contains("run apply again"));
//! assert!(lamp.is_tainted() && lamp.text("id") != "");
//! ```

pub(crate) mod acceptable;
mod action;
mod connection;
pub(crate) mod identity;
mod instance;
pub(crate) mod listing;
pub(crate) mod proposed;
pub(crate) mod rules;
mod said;
pub(crate) mod shape;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use autopilot_provider::tf_provider::protocol::tfplugin6::provider_client::ProviderClient;
use autopilot_provider::tf_provider::protocol::tfplugin6::provider_server::Provider as Service;
use autopilot_provider::tf_provider::protocol::tfplugin6::{self as wire};
use autopilot_provider::tf_provider::value::{Type, Value, json, msgpack};
use serde_json::Value as Json;
use tokio::sync::OnceCell;
use tonic::transport::Channel;

pub(crate) use action::Acted;
use identity::IdentityShape;
pub(crate) use instance::{Action, ApplyOutcome, Instance, Planned, placed, without};
pub(crate) use said::Said;
use shape::{Block, Shape};

/// A connection to one provider process, with its schema. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Core {
    client: ProviderClient<Channel>,
    schema: Arc<Schemas>,
    configured: Arc<Mutex<Configured>>,
    /// Whether everything is part of one command, in which each object is planned once.
    is_one_command: bool,
}

/// How often the provider was configured, which begins a command, and with what.
#[derive(Default)]
struct Configured {
    times: u64,
    with: Option<wire::configure_provider::Request>,
}

/// Everything a provider says of itself.
pub(crate) struct Schemas {
    provider: Shape,
    resources: BTreeMap<String, Shape>,
    data_sources: BTreeMap<String, Shape>,
    identities: BTreeMap<String, IdentityShape>,
    lists: BTreeMap<String, Shape>,
    actions: BTreeMap<String, Shape>,
    functions: BTreeMap<String, wire::Function>,
}

fn client(channel: Channel) -> ProviderClient<Channel> {
    ProviderClient::new(channel)
        .max_decoding_message_size(connection::MESSAGE_LIMIT)
        .max_encoding_message_size(connection::MESSAGE_LIMIT)
}

impl Schemas {
    async fn read(mut client: ProviderClient<Channel>) -> Self {
        let schema = client.get_provider_schema(wire::get_provider_schema::Request {}).await;
        let schema = schema.expect("GetProviderSchema answers").into_inner();
        Said::from(schema.diagnostics).expect_no_errors("GetProviderSchema");
        let request = wire::get_resource_identity_schemas::Request {};
        let identities = client.get_resource_identity_schemas(request).await;
        let identities = identities.expect("GetResourceIdentitySchemas answers").into_inner();
        Said::from(identities.diagnostics).expect_no_errors("GetResourceIdentitySchemas");
        let identities = identities.identity_schemas.into_iter();
        let shapes = |all: &BTreeMap<String, wire::Schema>| -> BTreeMap<_, _> {
            all.iter().map(|(name, schema)| (name.clone(), Shape::read(schema))).collect()
        };
        Self {
            provider: Shape::read(&schema.provider.expect("a provider schema")),
            resources: shapes(&schema.resource_schemas),
            data_sources: shapes(&schema.data_source_schemas),
            lists: shapes(&schema.list_resource_schemas),
            identities: identities.map(|(name, schema)| (name, IdentityShape::read(&schema))).collect(),
            actions: schema
                .action_schemas
                .iter()
                .map(|(name, action)| (name.clone(), Shape::read(action.schema.as_ref().expect("a schema"))))
                .collect(),
            functions: schema.functions,
        }
    }
}

impl Core {
    /// Serves a provider in this process and connects to it through memory.
    pub(crate) async fn serving<S: Service>(provider: S) -> Self {
        Self::over(connection::in_memory(provider).await).await
    }

    /// The same for a provider that is served again and again, and asked for its schemas once.
    pub(crate) async fn serving_again<S: Service>(provider: S, schemas: &OnceCell<Arc<Schemas>>) -> Self {
        let client = client(connection::in_memory(provider).await);
        let schema = schemas.get_or_init(|| async { Arc::new(Schemas::read(client.clone()).await) }).await;
        Self::new(client, Arc::clone(schema))
    }

    /// Talks to a provider that is served already.
    pub(crate) async fn over(channel: Channel) -> Self {
        let client = client(channel);
        let schema = Schemas::read(client.clone()).await;
        Self::new(client, Arc::new(schema))
    }

    fn new(client: ProviderClient<Channel>, schema: Arc<Schemas>) -> Self {
        Self { client, schema, configured: Arc::default(), is_one_command: false }
    }

    /// Validates and configures; both must succeed.
    pub(crate) async fn configure(&self, config: impl Into<Config>) {
        self.try_configure(config).await.expect_no_errors("configuring the provider");
    }

    /// Validates and, unless that finds errors, configures.
    pub(crate) async fn try_configure(&self, config: impl Into<Config>) -> Said {
        let block = &self.schema.provider.block;
        let config = encode(&config.into().complete(block), &block.ty());
        let request = wire::validate_provider_config::Request { config: Some(config.clone()) };
        let reply =
            self.client().validate_provider_config(request).await.expect("ValidateProviderConfig answers");
        let said = Said::from(reply.into_inner().diagnostics);
        if said.has_errors() {
            return said;
        }
        let request = wire::configure_provider::Request {
            terraform_version: "1.11.4".to_owned(),
            config: Some(config),
            client_capabilities: Some(CAPABILITIES),
        };
        self.configured.lock().unwrap().with = Some(request.clone());
        said.and(self.ask_configure(request).await)
    }

    /// The same connection for several objects of one command: nothing is configured again.
    pub(crate) fn one_command(&self) -> Self {
        Self { is_one_command: true, ..self.clone() }
    }

    /// Configures the provider once more, as the next Terraform command does.
    pub(crate) async fn next_command(&self) {
        if self.is_one_command {
            return;
        }
        let request = self.configured.lock().unwrap().with.clone();
        if let Some(request) = request {
            self.ask_configure(request).await.expect_no_errors("configuring the provider again");
        }
    }

    /// Which command this is.
    fn command(&self) -> u64 {
        self.configured.lock().unwrap().times
    }

    async fn ask_configure(&self, request: wire::configure_provider::Request) -> Said {
        let reply = self.client().configure_provider(request).await.expect("ConfigureProvider answers");
        self.configured.lock().unwrap().times += 1;
        reply.into_inner().diagnostics.into()
    }

    /// A resource of this type that does not exist yet.
    pub(crate) fn resource(&self, type_name: &str) -> Instance {
        let shape = self.schema.resources.get(type_name);
        let shape = shape.unwrap_or_else(|| panic!("no resource type {type_name}"));
        let identity = self.schema.identities.get(type_name).cloned();
        Instance::new(self.clone(), type_name, shape.clone(), identity)
    }

    /// Every resource type with its shape.
    pub(crate) fn resource_types(&self) -> impl Iterator<Item = (&str, &Shape)> {
        self.schema.resources.iter().map(|(name, shape)| (name.as_str(), shape))
    }

    /// Reads a data source, which must succeed.
    pub(crate) async fn data(&self, type_name: &str, config: impl Into<Config>) -> Value {
        self.try_data(type_name, config)
            .await
            .unwrap_or_else(|said| panic!("data source {type_name}: {said}"))
    }

    /// Validates the configuration of a data source and reads it. The result must be whole (O4).
    pub(crate) async fn try_data(&self, type_name: &str, config: impl Into<Config>) -> Result<Value, Said> {
        let shape = self.schema.data_sources.get(type_name);
        let block = &shape.unwrap_or_else(|| panic!("no data source {type_name}")).block;
        let config = config.into().complete(block);
        let request = wire::validate_data_resource_config::Request {
            type_name: type_name.to_owned(),
            config: Some(encode(&config, &block.ty())),
        };
        let reply = self
            .client()
            .validate_data_resource_config(request)
            .await
            .expect("ValidateDataResourceConfig answers");
        Said::from(reply.into_inner().diagnostics).into_result()?;
        let request = wire::read_data_source::Request {
            type_name: type_name.to_owned(),
            config: Some(encode(&config, &block.ty())),
            provider_meta: None,
            client_capabilities: Some(CAPABILITIES),
        };
        let reply =
            self.client().read_data_source(request).await.expect("ReadDataSource answers").into_inner();
        Said::from(reply.diagnostics).into_result()?;
        let state = decode(reply.state.as_ref(), &block.ty());
        assert!(!state.is_null(), "data source {type_name} answered null");
        demand(&format!("result of data source {type_name}"), rules::stored_violations(block, &state));
        for name in block.attributes.keys().filter(|name| !config.get(name).is_null()) {
            assert_eq!(
                state.get(name).reveal(),
                config.get(name).reveal(),
                "data source {type_name} changed `{name}`"
            );
        }
        Ok(state)
    }

    /// Calls a function twice with JSON arguments: the result, which must be the same (O5), or the text of the error
    /// and the argument it is about.
    pub(crate) async fn call(
        &self,
        function: &str,
        arguments: &[Json],
    ) -> Result<Value, (String, Option<i64>)> {
        let declared =
            self.schema.functions.get(function).unwrap_or_else(|| panic!("no function {function}"));
        let ty = |ty: &[u8]| Type::from_json(ty).expect("a type");
        let arguments: Vec<_> = arguments
            .iter()
            .enumerate()
            .map(|(index, argument)| {
                let parameter = declared.parameters.get(index).or(declared.variadic_parameter.as_ref());
                let ty = ty(&parameter.expect("no more arguments than parameters").r#type);
                encode(&from_json(argument, &ty), &ty)
            })
            .collect();
        let request = wire::call_function::Request { name: function.to_owned(), arguments };
        let first =
            self.client().call_function(request.clone()).await.expect("CallFunction answers").into_inner();
        let second = self.client().call_function(request).await.expect("CallFunction answers").into_inner();
        assert_eq!(first, second, "function {function} is not pure");
        match first.error {
            Some(error) => Err((error.text, error.function_argument)),
            None => {
                let returns = declared.r#return.as_ref().expect("a return type");
                let result = decode(first.result.as_ref(), &ty(&returns.r#type));
                assert!(result.is_wholly_known(), "function {function} returned an unknown value");
                Ok(result)
            }
        }
    }

    /// What Terraform does at the first Ctrl-C.
    pub(crate) async fn interrupt(&self) {
        self.client().stop_provider(wire::stop_provider::Request {}).await.expect("StopProvider answers");
    }

    /// The same provider in another process, which is never asked for its schema: it may be known from before.
    pub(crate) async fn serving_like<S: Service>(&self, provider: S) -> Self {
        let client = ProviderClient::new(connection::in_memory(provider).await);
        Self { client, schema: self.schema.clone(), configured: Arc::default(), is_one_command: false }
    }

    /// For calls this driver has no words for.
    pub(crate) fn client(&self) -> ProviderClient<Channel> {
        self.client.clone()
    }
}

/// What a user writes: JSON along the schema, and values that JSON cannot say.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    json: Json,
    values: Vec<(String, Value)>,
}

/// A configuration to which values are to be added [`with`](Config::with) `with`.
pub(crate) fn config(json: Json) -> Config {
    Config { json, values: Vec::new() }
}

impl Config {
    /// The same configuration with another value at a dotted path, such as [`Value::Unknown`].
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.values.push((name.to_owned(), value.into()));
        self
    }

    /// The configuration as core hands it to a provider.
    pub(crate) fn complete(self, block: &Block) -> Value {
        let ty = block.ty();
        let written = from_json(&self.json, &ty);
        let values = self.values.into_iter();
        let written = values.fold(written, |object, (path, value)| placed(&object, &path, value));
        let written = written.conform(&ty).unwrap_or_else(|error| panic!("configuration: {error}"));
        block.complete(written)
    }
}

impl From<Json> for Config {
    fn from(json: Json) -> Self {
        config(json)
    }
}

impl From<&Json> for Config {
    fn from(json: &Json) -> Self {
        config(json.clone())
    }
}

impl From<&Self> for Config {
    fn from(config: &Self) -> Self {
        config.clone()
    }
}

/// What Terraform 1.11 says of itself during plan.
const CAPABILITIES: wire::ClientCapabilities = wire::ClientCapabilities {
    deferral_allowed: false,
    write_only_attributes_allowed: true,
    store_planned_private: false,
    computed_blocks_allowed: false,
};

fn from_json(json: &Json, ty: &Type) -> Value {
    json::decode(json.to_string().as_bytes(), ty, json::Surplus::Refuse)
        .unwrap_or_else(|error| panic!("{json} does not fit the schema: {error}"))
}

fn encode(value: &Value, ty: &Type) -> wire::DynamicValue {
    let msgpack = msgpack::encode(value, ty).unwrap_or_else(|error| panic!("{error}"));
    wire::DynamicValue { msgpack, json: Vec::new() }
}

fn decode(value: Option<&wire::DynamicValue>, ty: &Type) -> Value {
    match value {
        Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, ty)
            .unwrap_or_else(|error| panic!("a reply does not conform: {error}")),
        Some(value) if !value.json.is_empty() => panic!("replies are msgpack, not JSON"),
        _ => Value::Null,
    }
}

fn demand(what: &str, violations: Vec<String>) {
    assert!(violations.is_empty(), "{what} breaks Terraform's rules:\n  {}", violations.join("\n  "));
}
