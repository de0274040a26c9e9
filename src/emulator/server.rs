//! The sockets: reading requests, delivering answers, or spoiling the delivery.

use std::future::ready;
use std::io;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use futures_util::{StreamExt, stream};
use http::{Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use parking_lot::{Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::GraphError;
use super::faults::Damage;
use super::service::{Core, Delivery, Request};
use super::store::Store;

/// The largest request body.
const BODY_LIMIT: usize = 32 * 1024 * 1024;
/// How long a client may take to send a request's headers; then the connection is closed. The number is a guess.
const HEADERS_WITHIN: std::time::Duration = std::time::Duration::from_secs(30);
/// How long the beginning of a truncated answer has before the connection closes.
const FLUSH: std::time::Duration = std::time::Duration::from_millis(30);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    core: Mutex<Core>,
    /// Where state is kept, if anywhere.
    store: Option<Store>,
    pub(crate) stopping: CancellationToken,
    pub(crate) connections: TaskTracker,
}

impl Shared {
    pub(crate) fn new(core: Core, store: Option<Store>) -> Arc<Self> {
        Arc::new(Self {
            core: Mutex::new(core),
            store,
            stopping: CancellationToken::new(),
            connections: TaskTracker::new(),
        })
    }

    /// Keeps the state file up to date until the emulator stops.
    pub(crate) async fn keep_saving(self: Arc<Self>) {
        if let Some(store) = &self.store {
            store.keep_saving(self.clone()).await;
        }
    }

    /// The core, locked. A panic under the lock was answered with 500 and leaves a usable tenant.
    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock()
    }
}

/// Accepts connections until the emulator stops.
pub(crate) async fn listen(shared: Arc<Shared>, listener: TcpListener, tls: Option<TlsAcceptor>) {
    loop {
        let accepted = tokio::select! {
            () = shared.stopping.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: others must close some first.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (shared, tls) = (shared.clone(), tls.clone());
        let connections = shared.connections.clone();
        connections.spawn(async move {
            let stopping = shared.stopping.clone();
            let connection = async {
                match tls {
                    None => serve(shared, stream, "http").await,
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => serve(shared, stream, "https").await,
                        Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
                    },
                }
            };
            tokio::select! {
                () = stopping.cancelled() => {}
                () = connection => {}
            }
        });
    }
}

async fn serve(
    shared: Arc<Shared>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    scheme: &'static str,
) {
    let service = service_fn(move |request| answer(shared.clone(), request, scheme));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// An error here makes hyper close the connection (or reset the stream) without an answer, which is what a lost
/// reply looks like.
async fn answer(
    shared: Arc<Shared>,
    request: http::Request<Incoming>,
    scheme: &str,
) -> Result<Response<Body>, io::Error> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(Body::new(body), BODY_LIMIT).await else {
        let text = "The request body is larger than this emulator takes.";
        let error = GraphError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", text);
        let mut response = response(Delivery::plain_error(&error))?;
        response.headers_mut().insert(header::CONNECTION, http::HeaderValue::from_static("close"));
        return Ok(response);
    };
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = head.uri.authority().map(http::uri::Authority::as_str).or(host).unwrap_or("localhost");
    let request = Request {
        origin: format!("{scheme}://{host}"),
        method: head.method,
        uri: head.uri,
        headers: head.headers,
        body,
    };
    let delivery = shared.core().answer(&request);
    if let Some(store) = &shared.store {
        store.save(delivery.changes).await;
    }
    if !delivery.spoil.delay.is_zero() {
        tokio::time::sleep(delivery.spoil.delay).await;
    }
    response(delivery)
}

fn response(delivery: Delivery) -> io::Result<Response<Body>> {
    let lost = || io::Error::other("a scripted fault loses this answer");
    let length = delivery.body.len();
    let body = match delivery.spoil.damage {
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
