//! What Terraform's calls cost: one by one in this process, without the socket (decode, plan, encode), and the start of
//! the product's own, from exec to its schema, over mutual TLS.
//!
//! `cargo bench --bench protocol`
//!
//! It ends with the size of the binary and, on Linux, with the memory it holds once its schema was asked for.

#[cfg(unix)]
#[path = "../tests/it/support/client_identity.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod client_identity;
#[cfg(unix)]
#[path = "../tests/it/support/raw.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod raw;

use std::hint::black_box;

use async_trait::async_trait;
use autopilot_provider::autopilot::Autopilot;
use autopilot_provider::tf_provider::context::Context;
use autopilot_provider::tf_provider::failure::Failure;
use autopilot_provider::tf_provider::plan::plan;
use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::protocol::tfplugin6::provider_server::Provider as Service;
use autopilot_provider::tf_provider::provider::Provider;
use autopilot_provider::tf_provider::resource::{Change, Resource};
use autopilot_provider::tf_provider::schema::{
    Attribute, Schema, boolean, check, computed, default, integer, map_of, object, optional, required,
    set_of, text,
};
use autopilot_provider::tf_provider::server::Server;
use autopilot_provider::tf_provider::value::{Value, msgpack};
use divan::Bencher;
use tokio::runtime::Runtime;
use tonic::Request;

fn main() {
    divan::main();
    #[cfg(unix)]
    weigh();
}

#[cfg(unix)]
const BINARY: &str = env!("CARGO_BIN_EXE_terraform-provider-autopilot");

/// Starts the product as Terraform does and asks for its schema.
#[cfg(unix)]
async fn start() -> raw::Plugin {
    let launch = raw::Launch::of(BINARY.as_ref());
    let plugin = launch.encrypted_for(client_identity::ClientIdentity::like_terraform()).start().await;
    let request = wire::get_provider_schema::Request {};
    plugin.provider().await.get_provider_schema(request).await.expect("it answers");
    plugin
}

#[cfg(unix)]
#[divan::bench(sample_count = 30, sample_size = 1)]
fn start_of_the_product(bencher: Bencher<'_, '_>) {
    let runtime = Runtime::new().expect("a runtime starts");
    bencher.bench(|| runtime.block_on(start()));
}

/// Prints what the product weighs.
#[cfg(unix)]
#[expect(clippy::print_stdout, reason = "a bench reports on stdout")]
fn weigh() {
    let size = std::fs::metadata(BINARY).expect("a binary").len();
    println!("binary: {:.1} MB", size as f64 / 1e6);
    let runtime = Runtime::new().expect("a runtime starts");
    let plugin = runtime.block_on(start());
    let status = std::fs::read_to_string(format!("/proc/{}/status", plugin.id())).unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM")) {
        println!("{line}");
    }
}

/// The names of forty attributes.
const NAMES: [&str; 40] = [
    "a00", "a01", "a02", "a03", "a04", "a05", "a06", "a07", "a08", "a09", "a10", "a11", "a12", "a13", "a14",
    "a15", "a16", "a17", "a18", "a19", "a20", "a21", "a22", "a23", "a24", "a25", "a26", "a27", "a28", "a29",
    "a30", "a31", "a32", "a33", "a34", "a35", "a36", "a37", "a38", "a39",
];

fn attribute(position: usize) -> Attribute {
    let (name, words) = (NAMES[position], "One of forty.");
    match position % 8 {
        0 => required(name, text(), words).check(check::longest(200)),
        1 => optional(name, text(), words).ignore_case(),
        2 => default(name, boolean(), true, words),
        3 => default(name, integer(), 5, words).check(check::between(1, 60)),
        4 => optional(name, set_of(text()), words),
        5 => optional(name, map_of(text()), words),
        6 => computed(name, text(), words).keep_prior(),
        _ => optional(
            name,
            set_of(object([required("id", text(), words), default("on", boolean(), true, words)])),
            words,
        ),
    }
}

fn written(position: usize) -> Value {
    let word = |n: usize| Value::from(format!("0a1b2c3d-0000-4000-8000-{n:012}"));
    match position % 8 {
        0 | 1 => word(position),
        4 => Value::set((0..4).map(word)),
        5 => Value::map([("owner", word(1)), ("ring", word(2))]),
        7 => Value::set((0..4).map(|n| Value::object([("id", word(n)), ("on", Value::Null)]))),
        _ => Value::Null,
    }
}

fn schema() -> Schema {
    Schema::new("Forty attributes.").attributes((0..NAMES.len()).map(attribute))
}

/// A configuration, the settled state of it, and a configuration with one change.
fn configurations() -> (Value, Value, Value) {
    let config = Value::object(NAMES.iter().enumerate().map(|(position, name)| (*name, written(position))));
    let settled = plan(&schema(), Value::Null, config.clone()).planned;
    let settled = settled.map_leaves(|_, leaf| if leaf.is_unknown() { "given".into() } else { leaf });
    let changed = config.clone().with("a00", "changed");
    (config, settled, changed)
}

#[divan::bench]
fn plan_of_forty_unchanged_attributes(bencher: Bencher<'_, '_>) {
    let (schema, (config, settled, _)) = (schema(), configurations());
    let input = || (settled.clone(), config.clone());
    bencher.with_inputs(input).bench_values(|(prior, config)| plan(black_box(&schema), prior, config));
}

#[divan::bench]
fn plan_of_forty_attributes_of_which_one_changes(bencher: Bencher<'_, '_>) {
    let (schema, (_, settled, changed)) = (schema(), configurations());
    let input = || (settled.clone(), changed.clone());
    bencher.with_inputs(input).bench_values(|(prior, config)| plan(black_box(&schema), prior, config));
}

/// PlanResourceChange as the server answers it: decode three values, plan, encode.
#[divan::bench]
fn plan_call_with_forty_attributes(bencher: Bencher<'_, '_>) {
    let runtime = Runtime::new().expect("a runtime starts");
    let server = Server::new(Forty);
    let configure = Request::new(wire::configure_provider::Request::default());
    runtime.block_on(server.configure_provider(configure)).expect("it is configured");
    let (ty, (_, settled, changed)) = (schema().ty(), configurations());
    let encode = |value: &Value| {
        let msgpack = msgpack::encode(value, &ty).expect("it fits");
        Some(wire::DynamicValue { msgpack, json: Vec::new() })
    };
    let request = wire::plan_resource_change::Request {
        type_name: "forty_attributes".to_owned(),
        prior_state: encode(&settled),
        proposed_new_state: encode(&changed),
        config: encode(&changed),
        ..Default::default()
    };
    bencher.with_inputs(|| Request::new(request.clone())).bench_values(|request| {
        let reply = runtime.block_on(server.plan_resource_change(request)).expect("it answers").into_inner();
        assert!(reply.diagnostics.is_empty());
        reply
    });
}

/// GetProviderSchema of the product, which every Terraform command asks for at least once.
#[divan::bench]
fn schema_of_the_product(bencher: Bencher<'_, '_>) {
    let runtime = Runtime::new().expect("a runtime starts");
    let server = Server::new(Autopilot);
    bencher.bench(|| {
        let request = Request::new(wire::get_provider_schema::Request {});
        runtime.block_on(server.get_provider_schema(request)).expect("it answers")
    });
}

struct Forty;

#[async_trait]
impl Provider for Forty {
    type Client = ();

    fn name(&self) -> &'static str {
        "forty"
    }

    fn schema(&self) -> Schema {
        Schema::new("Nothing to configure.")
    }

    async fn configure(&self, _: Value, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn resources(&self) -> Vec<Box<dyn Resource<()>>> {
        vec![Box::new(Self)]
    }
}

#[async_trait]
impl Resource<()> for Forty {
    fn name(&self) -> &'static str {
        "forty_attributes"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    async fn create(&self, _: &Context<()>, change: &Change) -> Result<Value, Failure> {
        Ok(change.planned.clone())
    }

    async fn read(&self, _: &Context<()>, state: Value) -> Result<Option<Value>, Failure> {
        Ok(Some(state))
    }

    async fn update(&self, _: &Context<()>, change: &Change) -> Result<Value, Failure> {
        Ok(change.planned.clone())
    }

    async fn delete(&self, _: &Context<()>, _: Value) -> Result<(), Failure> {
        Ok(())
    }
}
