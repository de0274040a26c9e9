//! Where the host dials: a unix socket only we can reach, or a loopback port behind TLS. Never plaintext on TCP,
//! where every local user could drive a provider that holds its practitioner's tokens.

use std::io;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::Stream;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::AbortOnDropHandle;

use super::connection::{Connection, Io};
use super::handshake::Launch;
use super::listen_error::ListenError;
#[cfg(unix)]
use super::socket_file::{self, SocketFile};

/// A bound socket. The host may dial as soon as this exists.
pub(super) struct Listener {
    socket: Socket,
    network: &'static str,
    address: String,
    #[cfg(unix)]
    file: Option<SocketFile>,
}

enum Socket {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    /// Binds a unix socket, or a port when there can be none and TLS will protect it.
    pub(super) async fn bind(launch: &Launch) -> Result<Self, ListenError> {
        let encrypted = launch.client_certificate.is_some();
        #[cfg(unix)]
        match socket_file::bind(launch) {
            Ok((listener, file)) => {
                let address = file.path().to_string_lossy().into_owned();
                return Ok(Self {
                    socket: Socket::Unix(listener),
                    network: "unix",
                    address,
                    file: Some(file),
                });
            }
            Err(error) if !encrypted => return Err(error),
            Err(error) => tracing::debug!(%error, "listening on TCP instead of a unix socket"),
        }
        if !encrypted {
            return Err(ListenError::PlaintextOverTcp);
        }
        Self::on_port(launch.ports.clone()).await
    }

    /// Binds for a host that cannot speak TLS: a unix socket of ours alone, or where a system has none, a port that
    /// every program of this machine can dial.
    pub(super) async fn bind_for_debugging() -> Result<Self, ListenError> {
        if cfg!(unix) { Self::bind(&Launch::default()).await } else { Self::on_port(None).await }
    }

    async fn on_port(ports: Option<RangeInclusive<u16>>) -> Result<Self, ListenError> {
        let listener = bind_tcp(ports).await?;
        let address = listener.local_addr().map_err(ListenError::Tcp)?.to_string();
        Ok(Self {
            socket: Socket::Tcp(listener),
            network: "tcp",
            address,
            #[cfg(unix)]
            file: None,
        })
    }

    /// `unix` or `tcp`, as the handshake line and the reattach variable name it.
    pub(super) fn network(&self) -> &'static str {
        self.network
    }

    /// Socket path or `127.0.0.1:port`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Accepts connections in the background, for as long as the result lives. Dropping it frees the address.
    pub(super) fn into_connections(self, tls: Option<Arc<ServerConfig>>) -> Connections {
        let (open, _) = watch::channel(0);
        let (ready, incoming) = mpsc::channel(1);
        let accepting = tokio::spawn(accept(self.socket, tls.map(TlsAcceptor::from), ready, open.clone()));
        Connections {
            incoming,
            open,
            _accepting: AbortOnDropHandle::new(accepting),
            #[cfg(unix)]
            _file: self.file,
        }
    }
}

/// Connections whose TLS handshake is done, as they come.
pub(super) struct Connections {
    incoming: mpsc::Receiver<Connection>,
    open: watch::Sender<usize>,
    _accepting: AbortOnDropHandle<()>,
    #[cfg(unix)]
    _file: Option<SocketFile>,
}

impl Connections {
    /// How many connections are open, now and later.
    pub(super) fn open(&self) -> watch::Receiver<usize> {
        self.open.subscribe()
    }
}

impl Stream for Connections {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_recv(cx).map(|connection| connection.map(Ok))
    }
}

async fn accept(
    socket: Socket,
    tls: Option<TlsAcceptor>,
    ready: mpsc::Sender<Connection>,
    open: watch::Sender<usize>,
) {
    loop {
        let accepted = match &socket {
            #[cfg(unix)]
            Socket::Unix(socket) => socket.accept().await.map(|(io, _)| Raw::Unix(io)),
            Socket::Tcp(socket) => socket.accept().await.map(|(io, _)| Raw::Tcp(io)),
        };
        match accepted {
            Ok(raw) => drop(tokio::spawn(admit(raw, tls.clone(), ready.clone(), open.clone()))),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                // Out of file descriptors, most likely: trying again at once would only spin.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

enum Raw {
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
    Tcp(tokio::net::TcpStream),
}

async fn admit(
    raw: Raw,
    tls: Option<TlsAcceptor>,
    ready: mpsc::Sender<Connection>,
    open: watch::Sender<usize>,
) {
    let secured = match raw {
        #[cfg(unix)]
        Raw::Unix(io) => secure(io, tls).await,
        Raw::Tcp(io) => {
            // Calls are small and each is waited for.
            let _ = io.set_nodelay(true);
            secure(io, tls).await
        }
    };
    match secured {
        Ok(io) => {
            // The receiver is gone when the server is stopping: the connection closes with it.
            let _ = ready.send(Connection::new(io, open)).await;
        }
        Err(error) => tracing::warn!(%error, "a connection was refused"),
    }
}

async fn secure<IO>(io: IO, tls: Option<TlsAcceptor>) -> io::Result<Pin<Box<dyn Io>>>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match tls {
        None => Ok(Box::pin(io)),
        Some(tls) => match tokio::time::timeout(TLS_HANDSHAKE_LIMIT, tls.accept(io)).await {
            Ok(stream) => Ok(Box::pin(stream?)),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the TLS handshake was not finished")),
        },
    }
}

async fn bind_tcp(ports: Option<RangeInclusive<u16>>) -> Result<TcpListener, ListenError> {
    let Some(ports) = ports else {
        return TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(ListenError::Tcp);
    };
    let (min, max) = (*ports.start(), *ports.end());
    for port in ports {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            // Windows reserves ranges of ports for itself and answers so.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            bound => return bound.map_err(ListenError::Tcp),
        }
    }
    Err(ListenError::NoFreePort { min, max })
}

/// A host dials from the same machine; this is plenty, and ends a client that says nothing.
const TLS_HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn takes_the_first_free_port_of_the_range() {
        let taken = bind_tcp(None).await.expect("a port");
        let port = taken.local_addr().expect("an address").port();
        let error = bind_tcp(Some(port..=port)).await.expect_err("the only port is taken").to_string();
        assert!(error.contains(&format!("from {port} to {port}")), "{error}");
        let next = bind_tcp(Some(port..=u16::MAX)).await.expect("a later port");
        assert!(next.local_addr().expect("an address").port() > port);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn plaintext_is_never_offered_on_tcp() {
        let launch = Launch { socket_directory: Some("/nonexistent".into()), ..Launch::default() };
        let error = Listener::bind(&launch).await.err().expect("no plaintext listener").to_string();
        assert!(error.contains("/nonexistent") && error.contains("TMPDIR"), "{error}");

        let encrypted = Launch { client_certificate: Some(vec![0x30].into()), ..launch };
        let listener = Listener::bind(&encrypted).await.expect("TCP with TLS");
        assert_eq!(listener.network(), "tcp");
        assert!(listener.address().starts_with("127.0.0.1:"), "{}", listener.address());
    }
}
