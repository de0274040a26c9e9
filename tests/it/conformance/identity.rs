//! What tells objects apart, on the wire.

use autopilot_provider::autopilot::Autopilot;
use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::protocol::tfplugin6::provider_server::Provider as _;
use autopilot_provider::tf_provider::server::Server;
use autopilot_provider::tf_provider::value::Value;
use serde_json::json;
use tonic::Request;

use super::playground;
use super::playground::Playground;
use crate::support::core::Said;
use crate::support::core::acceptable::identity_violations;

const PLAIN: &str = "playground_plain";

/// Check 75.
#[tokio::test]
async fn identities_are_what_terraform_takes() {
    macro_rules! asked {
        ($provider:expr) => {{
            let server = Server::new($provider);
            let request = Request::new(wire::get_resource_identity_schemas::Request {});
            let identities =
                server.get_resource_identity_schemas(request).await.expect("an answer").into_inner();
            let request = Request::new(wire::get_provider_schema::Request {});
            let schema = server.get_provider_schema(request).await.expect("an answer").into_inner();
            assert_eq!(identity_violations(&identities, &schema), Vec::<String>::new());
            identities
        }};
    }
    assert_eq!(asked!(Playground).identity_schemas.len(), 1);
    let named: Vec<String> = asked!(Autopilot)
        .identity_schemas
        .into_iter()
        .map(|(name, schema)| {
            let parts: Vec<String> = schema.identity_attributes.into_iter().map(|part| part.name).collect();
            format!("{name}: {}", parts.join(", "))
        })
        .collect();
    assert_eq!(
        named,
        [
            "autopilot_default_enrollment_status_page: tenant_id",
            "autopilot_deployment_profile: id",
            "autopilot_device_group: id",
            "autopilot_device_identity: id, serial_number",
            "autopilot_device_join_policy: tenant_id",
            "autopilot_enrollment_scope: tenant_id",
            "autopilot_enrollment_status_page: id",
            "autopilot_user_assignment: id",
        ]
    );
}

/// Check 75. What is stored says what is there, and what is not there is not missed.
#[tokio::test]
async fn a_stored_identity_is_read_or_refused() {
    let (core, _outside) = playground().await;
    let upgrade = async |type_name: &str, stored: &str| {
        let request = wire::upgrade_resource_identity::Request {
            type_name: type_name.to_owned(),
            version: 0,
            raw_identity: Some(wire::RawState { json: stored.as_bytes().to_vec(), ..Default::default() }),
        };
        let reply = core.client().upgrade_resource_identity(request).await.expect("an answer").into_inner();
        (reply.upgraded_identity, Said::from(reply.diagnostics))
    };
    let (identity, said) = upgrade(PLAIN, r#"{"id":"7","former":true}"#).await;
    assert!(identity.is_some() && !said.has_errors(), "{said}");
    upgrade(PLAIN, r#"{"id":[]}"#).await.1.error("Identity cannot be read");
    upgrade("playground_nested", r#"{"id":"7"}"#).await.1.error("Unknown resource identity");
}

/// Check 75. An object has its identity from its creation to its end, in whatever way it came.
#[tokio::test]
async fn an_identity_comes_and_goes_with_its_object() {
    let (core, outside) = playground().await;
    let mut lamp = core.resource(PLAIN);
    lamp.apply(json!({ "name": "desk" })).await;
    let identity = lamp.identity().clone();
    assert_eq!(identity.get("id").as_str(), Some(lamp.text("id")));
    lamp.apply(json!({ "name": "desk", "size": 2 })).await;
    assert_eq!(lamp.identity(), &identity);
    lamp.apply(json!({ "name": "desk", "region": "south" })).await;
    assert_ne!(lamp.identity(), &identity, "that of the new object");
    let mut found = core.resource(PLAIN);
    found.import_identified(&lamp.identity().clone()).await;
    assert_eq!((found.state(), found.identity()), (lamp.state(), lamp.identity()));
    outside.delete(PLAIN, lamp.text("id"));
    lamp.refresh().await;
    assert_eq!(lamp.identity(), &Value::Null);
    let other = core.resource("playground_nested");
    assert!(other.identity_shape().is_none(), "the harness knows types without an identity");
}
