//! gRPC without a socket.

use std::pin::Pin;
use std::task::{Context, Poll};

use autopilot_provider::tf_provider::protocol::tfplugin6::provider_server::{Provider, ProviderServer};
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::codegen::Service;
use tonic::transport::{Channel, Endpoint, Server, Uri};

/// Largest message in either direction, in bytes: what Terraform's own libraries allow.
pub(super) const MESSAGE_LIMIT: usize = 256 << 20;

/// Serves until the last clone of the channel is gone.
pub(super) async fn in_memory<S: Provider>(provider: S) -> Channel {
    let (dial, dialled) = mpsc::unbounded_channel::<DuplexStream>();
    let service = ProviderServer::new(provider)
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let incoming = UnboundedReceiverStream::new(dialled).map(Ok::<_, std::io::Error>);
    tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
    Endpoint::from_static("http://memory")
        .connect_with_connector(Dial(dial))
        .await
        .expect("memory is reachable")
}

struct Dial(mpsc::UnboundedSender<DuplexStream>);

impl Service<Uri> for Dial {
    type Response = TokioIo<DuplexStream>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let sent = self.0.send(theirs).map_err(|_| std::io::Error::other("the server is gone"));
        Box::pin(async move { sent.map(|()| TokioIo::new(ours)) })
    }
}
