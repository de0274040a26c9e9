//! Every call of the provider in the log: what was asked, how long it took, and the span that what happens meanwhile
//! is logged in.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tonic::Code;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tracing::Instrument as _;

/// Logs the calls of a service. Keys are those that Terraform's own SDK uses.
#[derive(Clone)]
pub(super) struct CallLog<S>(pub(super) S);

impl<S: NamedService> NamedService for CallLog<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for CallLog<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let rpc = request.uri().path().rsplit('/').next().unwrap_or_default();
        // At the level of an error, so that the span is there for every event that is heard at all.
        let span = tracing::error_span!("call", tf_rpc = rpc, tf_req_id = %uuid::Uuid::new_v4());
        let answer = self.0.call(request);
        let logged = async move {
            tracing::trace!("called");
            let started = Instant::now();
            let Ok(answer) = answer.await;
            let tf_req_duration_ms = started.elapsed().as_secs_f64() * 1000.0;
            match failure(&answer) {
                None => tracing::debug!(tf_req_duration_ms, "answered"),
                // Hosts try calls that are optional and take this for an answer.
                Some(Code::Unimplemented) => tracing::debug!(tf_req_duration_ms, "not offered"),
                Some(code) => tracing::warn!(tf_req_duration_ms, %code, "answered with a gRPC error"),
            }
            Ok(answer)
        };
        Box::pin(logged.instrument(span))
    }
}

/// The gRPC error of an answer without a message; an answer with one carries its status at the end.
fn failure(answer: &Response<Body>) -> Option<Code> {
    answer
        .headers()
        .get("grpc-status")
        .map(|status| Code::from_bytes(status.as_bytes()))
        .filter(|&code| code != Code::Ok)
}
