//! What the provider says of itself.

use std::time::{Duration, Instant};

use autopilot_provider::autopilot::Autopilot;
use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::protocol::tfplugin6::provider_server::Provider as Service;
use autopilot_provider::tf_provider::server::Server;
use prost::Message as _;
use serde_json::json;
use tonic::Request;

use super::playground::Playground;
use super::{Outside, playground};
use crate::support::core::acceptable::schema_violations;
use crate::support::core::{Action, Core};

async fn schema<S: Service>(server: &S) -> wire::get_provider_schema::Response {
    let reply = server.get_provider_schema(Request::new(wire::get_provider_schema::Request {})).await;
    reply.expect("GetProviderSchema answers").into_inner()
}

/// Checks 25, 26 and 30.
#[tokio::test]
async fn terraform_takes_the_schemas() {
    let reply = schema(&Server::new(Playground)).await;
    assert_eq!(schema_violations(&reply, "playground"), Vec::<String>::new());
    assert!(reply.diagnostics.is_empty(), "{:?}", reply.diagnostics);
    let reply = schema(&Server::new(Autopilot)).await;
    assert_eq!(schema_violations(&reply, "autopilot"), Vec::<String>::new());
    assert!(reply.diagnostics.is_empty(), "{:?}", reply.diagnostics);
}

/// Checks 25 and 26: the judge itself.
#[tokio::test]
async fn schemas_that_terraform_refuses_are_told_apart() {
    type Break = fn(&mut wire::schema::Attribute);
    let broken: [(Break, &str); 6] = [
        (|a| a.required = false, "neither required nor optional nor computed"),
        (|a| a.computed = true, "required and something else"),
        (|a| a.r#type = b"strin".to_vec(), "cannot be read"),
        (|a| a.r#type.clear(), "has no type"),
        (|a| a.nested_type = Some(Default::default()), "a type and a nested type"),
        (|a| a.description.clear(), "no description"),
    ];
    for (break_it, expected) in broken {
        let mut reply = schema(&Server::new(Playground)).await;
        let plain = reply.resource_schemas.get_mut("playground_plain").expect("a resource");
        let attributes = &mut plain.block.as_mut().expect("a block").attributes;
        break_it(attributes.iter_mut().find(|a| a.name == "name").expect("an attribute"));
        let found = schema_violations(&reply, "playground");
        assert!(found.iter().any(|f| f.contains(expected)), "{expected}: {found:?}");
    }
}

/// Check 27.
#[tokio::test]
async fn metadata_and_functions_say_what_the_schema_says() {
    let server = Server::new(Playground);
    let reply = schema(&server).await;
    let metadata = server.get_metadata(Request::new(wire::get_metadata::Request {})).await;
    let metadata = metadata.expect("GetMetadata answers").into_inner();
    assert!(metadata.resources.iter().map(|r| &r.type_name).eq(reply.resource_schemas.keys()));
    assert!(metadata.data_sources.iter().map(|d| &d.type_name).eq(reply.data_source_schemas.keys()));
    let mut functions: Vec<&String> = metadata.functions.iter().map(|f| &f.name).collect();
    functions.sort();
    assert!(functions.into_iter().eq(reply.functions.keys()));
    assert_eq!(metadata.server_capabilities, reply.server_capabilities);
    let functions = server.get_functions(Request::new(wire::get_functions::Request {})).await;
    assert_eq!(functions.expect("GetFunctions answers").into_inner().functions, reply.functions);
}

/// Check 28.
#[tokio::test]
async fn the_schema_is_small_quick_and_always_the_same() {
    let server = Server::new(Autopilot);
    let started = Instant::now();
    let first = schema(&server).await.encode_to_vec();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(first.len() < 64 << 20);
    assert_eq!(first, schema(&server).await.encode_to_vec());
}

/// Check 31.
#[tokio::test]
async fn everything_works_in_a_process_that_was_never_asked_for_its_schema() {
    let (known, outside) = playground().await;
    let core = known.serving_like(Server::new(Playground)).await;
    core.configure(json!({ "directory": outside.path() })).await;
    let mut lamp = core.resource("playground_plain");
    lamp.apply(json!({ "name": "desk" })).await;
    assert_eq!(lamp.last_action(), Action::Create);
}

/// Check 32.
#[tokio::test]
async fn an_unknown_type_is_a_diagnostic_in_every_call() {
    let (core, _outside): (Core, Outside) = playground().await;
    let unknown = || "playground_unheard_of".to_owned();
    let mut client = core.client();
    macro_rules! said {
        ($call:ident, $message:ident { $($field:ident: $value:expr),* }) => {{
            let request = wire::$message::Request { $($field: $value,)* ..Default::default() };
            let reply = client.$call(request).await.expect("an answer, not a failed call");
            (stringify!($call), reply.into_inner().diagnostics)
        }};
    }
    let all = [
        said!(validate_resource_config, validate_resource_config { type_name: unknown() }),
        said!(upgrade_resource_state, upgrade_resource_state { type_name: unknown() }),
        said!(read_resource, read_resource { type_name: unknown() }),
        said!(plan_resource_change, plan_resource_change { type_name: unknown() }),
        said!(apply_resource_change, apply_resource_change { type_name: unknown() }),
        said!(import_resource_state, import_resource_state { type_name: unknown() }),
        said!(move_resource_state, move_resource_state { target_type_name: unknown() }),
        said!(generate_resource_config, generate_resource_config { type_name: unknown() }),
        said!(upgrade_resource_identity, upgrade_resource_identity { type_name: unknown() }),
        said!(validate_data_resource_config, validate_data_resource_config { type_name: unknown() }),
        said!(read_data_source, read_data_source { type_name: unknown() }),
        said!(
            validate_ephemeral_resource_config,
            validate_ephemeral_resource_config { type_name: unknown() }
        ),
        said!(open_ephemeral_resource, open_ephemeral_resource { type_name: unknown() }),
    ];
    for (call, said) in all {
        let [diagnostic] = said.as_slice() else { panic!("{call}: {said:?}") };
        assert!(diagnostic.detail.contains("playground_unheard_of"), "{call}: {}", diagnostic.detail);
    }
    let request = wire::call_function::Request { name: unknown(), arguments: Vec::new() };
    let error = client.call_function(request).await.expect("an answer").into_inner().error;
    assert!(error.expect("an error").text.contains("playground_unheard_of"));
}
