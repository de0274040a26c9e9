//! A provider without any resources, whose calls wait, echo, count and panic on request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use autopilot_provider::tf_provider::protocol::tfplugin6;
use tfplugin6::provider_server::Provider;
use tfplugin6::{
    DynamicValue, Schema, ServerCapabilities, configure_provider, get_provider_schema, plan_resource_change,
    read_data_source, read_resource, schema, stop_provider, validate_provider_config,
    validate_resource_config,
};
use tonic::{Request, Response, Status};

#[derive(Default)]
pub(crate) struct WireProbe {
    /// Calls of ReadResource that wait for ever and have not been dropped.
    waiting: Arc<AtomicUsize>,
}

type RpcResult<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Provider for WireProbe {
    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> RpcResult<get_provider_schema::Response> {
        Ok(Response::new(get_provider_schema::Response {
            provider: Some(Schema { block: Some(schema::Block::default()), ..Schema::default() }),
            server_capabilities: Some(ServerCapabilities {
                plan_destroy: true,
                ..ServerCapabilities::default()
            }),
            ..Default::default()
        }))
    }

    async fn validate_provider_config(
        &self,
        _: Request<validate_provider_config::Request>,
    ) -> RpcResult<validate_provider_config::Response> {
        Ok(Response::new(Default::default()))
    }

    async fn configure_provider(
        &self,
        _: Request<configure_provider::Request>,
    ) -> RpcResult<configure_provider::Response> {
        Ok(Response::new(Default::default()))
    }

    /// Logs once at every level, and panics if asked to validate a `panic`.
    async fn validate_resource_config(
        &self,
        request: Request<validate_resource_config::Request>,
    ) -> RpcResult<validate_resource_config::Response> {
        let type_name = request.into_inner().type_name;
        tracing::trace!(type_name, "traced");
        tracing::debug!(type_name, "debugged");
        tracing::info!(type_name, "informed");
        tracing::warn!(type_name, "warned");
        tracing::error!(type_name, "failed");
        assert!(type_name != "panic", "asked to panic");
        Ok(Response::new(Default::default()))
    }

    /// Plans exactly what is proposed.
    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> RpcResult<plan_resource_change::Response> {
        Ok(Response::new(plan_resource_change::Response {
            planned_state: request.into_inner().proposed_new_state,
            ..Default::default()
        }))
    }

    /// Never answers.
    async fn read_resource(&self, _: Request<read_resource::Request>) -> RpcResult<read_resource::Response> {
        let _waiting = Waiting::new(self.waiting.clone());
        std::future::pending().await
    }

    /// Answers with the number of calls that wait in ReadResource.
    async fn read_data_source(
        &self,
        _: Request<read_data_source::Request>,
    ) -> RpcResult<read_data_source::Response> {
        let waiting = self.waiting.load(Ordering::SeqCst).to_string();
        let state = DynamicValue { json: waiting.into_bytes(), ..Default::default() };
        Ok(Response::new(read_data_source::Response { state: Some(state), ..Default::default() }))
    }

    async fn stop_provider(&self, _: Request<stop_provider::Request>) -> RpcResult<stop_provider::Response> {
        Ok(Response::new(Default::default()))
    }
}

struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn new(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
