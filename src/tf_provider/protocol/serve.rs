//! From start to Shutdown.

use std::io::{self, Write as _};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;

use super::handshake::{HandshakeError, Launch, Line, process_environment};
use super::listen_error::ListenError;
use super::listener::{Connections, Listener};
use super::services;
use super::tfplugin6::provider_server::Provider;
use super::tls::{ServerTls, TlsError, install_crypto_provider};

/// Largest message in either direction, in bytes. Hosts send as much as 2 GiB and accept it; SDKs stop here.
pub const MESSAGE_LIMIT: usize = 256 << 20;

/// How to serve.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeOptions {
    /// Exit when no connection has been open for this long. A host that is killed tells nobody.
    pub abandoned_after: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self { abandoned_after: Duration::from_secs(60) }
    }
}

/// Why the provider could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The environment is not one that a host makes.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// No certificate, or no TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Nowhere to listen.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The host does not read its end of stdout.
    #[error("the address of this plugin could not be written for the host: {0}")]
    Announce(io::Error),
    /// The threads to serve with could not be started.
    #[error("the program could not start its threads: {0}")]
    Runtime(#[from] io::Error),
    /// Signals could not be caught.
    #[error("Ctrl-C could not be caught: {0}")]
    Signals(io::Error),
    /// gRPC ended by itself.
    #[error("the gRPC server failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves `provider` to the host that started this process, and returns when the host is done.
///
/// That is: after Shutdown, or when the host has vanished; calls still running are then dropped, at the latest 200 ms
/// later. Ctrl-C does nothing, because the host gets it too and calls StopProvider; SIGTERM and SIGHUP, which CI
/// systems send to whole process groups, end it only once no host is connected. Only one line is ever written to
/// stdout, and stdin is not read.
///
/// Return from `main` soon afterwards: the host kills what is still there two seconds after Shutdown.
pub async fn serve<S: Provider>(provider: S, options: ServeOptions) -> Result<(), ServeError> {
    install_crypto_provider();
    let launch = Launch::from_environment(&process_environment)?;
    if launch.version_refused {
        tracing::error!("the host does not speak version 6 of the plugin protocol and will say so");
    }
    let dismissed = outlive_signals().map_err(ServeError::Signals)?;
    let stopping = CancellationToken::new();

    let tls = launch.client_certificate.clone().map(ServerTls::pinned_to).transpose()?;
    let listener = Listener::bind(&launch).await?;
    let line = Line {
        network: listener.network(),
        address: listener.address(),
        certificate: tls.as_ref().map(|tls| &tls.certificate),
        answer_multiplexing: launch.asks_for_multiplexing,
    }
    .to_string();
    let connections = listener.into_connections(tls.map(|tls| tls.config));
    announce(&line).map_err(ServeError::Announce)?;

    let open = connections.open();
    let routes = services::routes(provider, MESSAGE_LIMIT, &stopping, stopping.clone());
    tokio::select! {
        served = run(routes, connections, stopping) => served,
        () = abandoned(open, options.abandoned_after, dismissed) => {
            tracing::warn!("no host is connected any more: exiting");
            Ok(())
        }
    }
}

/// Answers calls until `stopping` is cancelled, and then a moment longer, so that the last answer gets out.
pub(super) async fn run(
    routes: Routes,
    connections: Connections,
    stopping: CancellationToken,
) -> Result<(), ServeError> {
    let server = Server::builder().add_routes(routes);
    tokio::select! {
        served = server.serve_with_incoming_shutdown(connections, stopping.clone().cancelled_owned()) => Ok(served?),
        () = async { stopping.cancelled().await; tokio::time::sleep(DRAIN_LIMIT).await } => Ok(()),
    }
}

fn announce(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// From here on signals do not end the process. The result is cancelled by a request to terminate.
///
/// Once caught, a signal stays caught for the life of the process, with or without a listener.
#[cfg(unix)]
fn outlive_signals() -> io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};

    drop(signal(SignalKind::interrupt())?);
    let dismissed = CancellationToken::new();
    for kind in [SignalKind::terminate(), SignalKind::hangup()] {
        let (mut signals, dismissed) = (signal(kind)?, dismissed.clone());
        tokio::spawn(async move {
            signals.recv().await;
            dismissed.cancel();
        });
    }
    Ok(dismissed)
}

/// From here on Ctrl-C and Ctrl-Break do not end the process, nor does anything else cancel the result.
///
/// Once caught, an event stays caught for the life of the process, with or without a listener.
#[cfg(windows)]
fn outlive_signals() -> io::Result<CancellationToken> {
    drop(tokio::signal::windows::ctrl_c()?);
    drop(tokio::signal::windows::ctrl_break()?);
    Ok(CancellationToken::new())
}

/// Completes when no connection has been open for `patience`, or as soon as none is once `dismissed`.
async fn abandoned(mut open: watch::Receiver<usize>, patience: Duration, dismissed: CancellationToken) {
    // A closed channel means that the server is gone; it answers for itself.
    while open.wait_for(|&now| now == 0).await.is_ok() {
        tokio::select! {
            returned = open.wait_for(|&now| now > 0) => drop(returned),
            () = tokio::time::sleep(patience) => return,
            () = dismissed.cancelled() => return,
        }
    }
    std::future::pending().await
}

/// How long calls may go on after Shutdown. The host does not wait for them: it closes the connection.
const DRAIN_LIMIT: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_counts_as_gone_only_after_a_long_silence() {
        let (open, watched) = watch::channel(0);
        let patience = Duration::from_secs(60);
        let gone = tokio::spawn(abandoned(watched, patience, CancellationToken::new()));
        let started = tokio::time::Instant::now();

        tokio::time::sleep(Duration::from_secs(59)).await;
        open.send_replace(2);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        open.send_replace(1);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert!(!gone.is_finished(), "one connection is still open");

        open.send_replace(0);
        tokio::time::sleep(Duration::from_secs(1)).await;
        open.send_replace(1);
        tokio::time::sleep(Duration::from_secs(1)).await;
        open.send_replace(0);
        gone.await.expect("it completes");
        assert_eq!(started.elapsed().as_secs(), 59 + 3600 + 3600 + 1 + 1 + 60);
    }
}
