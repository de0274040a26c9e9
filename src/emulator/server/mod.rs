//! The sockets: reading requests, delivering answers, or damaging the delivery when a fault says so.

use std::future::ready;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use futures_util::{StreamExt, stream};
use http::{Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use self::shared::Shared;
use super::api::error::GraphError;
use super::core::faults::Damage;
use super::page;
use crate::emulator::core::{Delivery, Request};

pub(crate) mod control;
pub(crate) mod dispatch;
pub(crate) mod shared;
pub(crate) mod state_file;
pub(crate) mod tls;

/// The largest request body.
const BODY_LIMIT: usize = 32 * 1024 * 1024;
/// How long the beginning of a truncated answer has before the connection closes.
const FLUSH: Duration = Duration::from_millis(30);

/// Accepts connections until the emulator stops.
pub(crate) async fn listen(shared: Arc<Shared>, listener: TcpListener, tls: Option<TlsAcceptor>) {
    loop {
        let accepted = tokio::select! {
            () = shared.core.stopping.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors, most likely: others must close some first.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (shared, tls) = (shared.clone(), tls.clone());
        let connections = shared.connections.clone();
        connections.spawn(async move {
            let is_local = peer.ip().to_canonical().is_loopback();
            let stopping = shared.core.stopping.clone();
            let patience = shared.patience;
            let asked = CancellationToken::new();
            let connection = async {
                match tls {
                    None => serve(shared, stream, Origin { scheme: "http", is_local }, &asked).await,
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => {
                            serve(shared, stream, Origin { scheme: "https", is_local }, &asked).await
                        }
                        Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
                    },
                }
            };
            // hyper watches over the headers of HTTP/1 alone, and only once it has seen that it is spoken.
            let dawdling = async {
                if tokio::time::timeout(patience, asked.cancelled()).await.is_ok() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = stopping.cancelled() => {}
                () = connection => {}
                () = dawdling => tracing::debug!("a client asked for nothing and was dismissed"),
            }
        });
    }
}

/// How a connection came.
#[derive(Debug, Clone, Copy)]
struct Origin {
    scheme: &'static str,
    /// From this machine.
    is_local: bool,
}

async fn serve(
    shared: Arc<Shared>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    from: Origin,
    asked: &CancellationToken,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(shared.patience);
    let service = service_fn(move |request| {
        asked.cancel();
        answer(shared.clone(), request, from)
    });
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// An error here makes hyper close the connection (or reset the stream) without an answer, which is what a lost
/// reply looks like.
async fn answer(
    shared: Arc<Shared>,
    request: http::Request<Incoming>,
    from: Origin,
) -> Result<Response<Body>, io::Error> {
    let (head, body) = request.into_parts();
    let body = match tokio::time::timeout(shared.patience, to_bytes(Body::new(body), BODY_LIMIT)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let text = "The request body is larger than this emulator takes.";
            return dismissal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", text);
        }
        Err(_) => {
            let text = "The request body took longer than this emulator waits.";
            return dismissal(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", text);
        }
    };
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = head.uri.authority().map(http::uri::Authority::as_str).or(host).unwrap_or("localhost");
    let request = Request {
        origin: format!("{}://{host}", from.scheme),
        method: head.method,
        uri: head.uri,
        headers: head.headers,
        body,
    };
    if let Some(response) = page::answer(&shared.core, &request, from.is_local) {
        return Ok(response);
    }
    let delivery = shared.core.lock().answer(&request);
    if let Some(store) = &shared.store {
        store.save(delivery.changes).await;
    }
    if !delivery.response_fault.delay.is_zero() {
        tokio::time::sleep(delivery.response_fault.delay).await;
    }
    response(delivery)
}

/// Refuses a request that was not read to its end, so that nothing else can follow it on its connection.
fn dismissal(status: StatusCode, code: &str, text: &str) -> io::Result<Response<Body>> {
    let mut response = response(Delivery::plain_error(&GraphError::new(status, code, text)))?;
    response.headers_mut().insert(header::CONNECTION, http::HeaderValue::from_static("close"));
    Ok(response)
}

fn response(delivery: Delivery) -> io::Result<Response<Body>> {
    let lost = || io::Error::other("a scripted fault loses this answer");
    let length = delivery.body.len();
    let body = match delivery.response_fault.damage {
        Some(Damage::Close) => return Err(lost()),
        Some(Damage::Truncate(bytes)) => {
            let start = delivery.body.slice(..bytes.min(length));
            let end = async move {
                // Time for what precedes to reach the client: an error too soon takes it along.
                tokio::time::sleep(FLUSH).await;
                Err(lost())
            };
            Body::from_stream(stream::once(ready(Ok(start))).chain(stream::once(end)))
        }
        None if delivery.body.is_empty() => Body::empty(),
        None => Body::from(delivery.body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = delivery.status;
    *response.headers_mut() = delivery.headers;
    if delivery.status != StatusCode::NO_CONTENT {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    Ok(response)
}
