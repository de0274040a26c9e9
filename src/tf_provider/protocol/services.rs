//! The services that a plugin offers beside its own: its end, its standard streams, its extra connections, its
//! health. Hosts open the long streams right after connecting and never send or expect anything on them.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use tonic::codegen::BoxStream;
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use super::call_log::CallLog;
use super::generated::health::health_check_response::ServingStatus;
use super::generated::health::health_server::{Health, HealthServer};
use super::generated::health::{
    HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse,
};
use super::generated::plugin::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use super::generated::plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use super::generated::plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use super::generated::plugin::{ConnInfo, Empty, StdioData};
use super::tfplugin6::provider_server::{Provider, ProviderServer};

/// Everything that one connection can call. Long streams end when `stopping` is cancelled.
///
/// The controller's Shutdown cancels `on_shutdown`.
pub(super) fn routes<S: Provider>(
    provider: S,
    message_limit: usize,
    stopping: &CancellationToken,
    on_shutdown: CancellationToken,
) -> Routes {
    let provider = ProviderServer::new(provider)
        .max_decoding_message_size(message_limit)
        .max_encoding_message_size(message_limit);
    Routes::new(CallLog(provider))
        .add_service(GrpcControllerServer::new(Controller { on_shutdown }))
        .add_service(GrpcStdioServer::new(Stdio { stopping: stopping.clone() }))
        .add_service(GrpcBrokerServer::new(Broker { stopping: stopping.clone() }))
        .add_service(HealthServer::new(AlwaysServing { stopping: stopping.clone() }))
}

struct Controller {
    on_shutdown: CancellationToken,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.on_shutdown.cancel();
        Ok(Response::new(Empty {}))
    }
}

/// Open and silent: nothing in this process writes to stdout, and stderr reaches the host by itself.
struct Stdio {
    stopping: CancellationToken,
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        let silence = stream::pending().take_until(self.stopping.clone().cancelled_owned());
        Ok(Response::new(silence.boxed()))
    }
}

/// Open and unused: no call of a provider needs a second connection.
struct Broker {
    stopping: CancellationToken,
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        offers: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        let unanswered = offers.into_inner().filter_map(async |_| None);
        Ok(Response::new(unanswered.take_until(self.stopping.clone().cancelled_owned()).boxed()))
    }
}

/// A plugin that answers at all is well.
struct AlwaysServing {
    stopping: CancellationToken,
}

const SERVING: HealthCheckResponse = HealthCheckResponse { status: ServingStatus::Serving as i32 };

/// Known as a whole, and by the name that plugin hosts ask for.
const HEALTHY: [&str; 2] = ["", "plugin"];

#[tonic::async_trait]
impl Health for AlwaysServing {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        if HEALTHY.contains(&service.as_str()) {
            Ok(Response::new(SERVING))
        } else {
            Err(Status::not_found(format!("no service {service:?}; ask for \"plugin\"")))
        }
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        let statuses = BTreeMap::from(HEALTHY.map(|service| (service.to_owned(), SERVING)));
        Ok(Response::new(HealthListResponse { statuses }))
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let status = if HEALTHY.contains(&request.into_inner().service.as_str()) {
            SERVING
        } else {
            HealthCheckResponse { status: ServingStatus::ServiceUnknown.into() }
        };
        let unchanging = stream::iter([Ok(status)]).chain(stream::pending());
        Ok(Response::new(unchanging.take_until(self.stopping.clone().cancelled_owned()).boxed()))
    }
}
