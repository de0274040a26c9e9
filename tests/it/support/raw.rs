//! Drives a plugin binary as Terraform does, one wire call at a time.
//!
//! ```ignore
//! let plugin = Launch::of(binaries::playground()).encrypted().start().await;
//! let mut provider = plugin.provider().await;
//! provider.get_provider_schema(Default::default()).await?;
//! let ended = plugin.shutdown().await;
//! assert!(ended.status.success());
//! ```

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use autopilot_provider::tf_provider::protocol::MESSAGE_LIMIT;
use autopilot_provider::tf_provider::protocol::generated::plugin::Empty;
use autopilot_provider::tf_provider::protocol::generated::plugin::grpc_controller_client::GrpcControllerClient;
use autopilot_provider::tf_provider::protocol::tfplugin6::provider_client::ProviderClient;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tonic::codegen::Service;
use tonic::transport::{Channel, Endpoint, Uri};

use super::client_identity::{ClientIdentity, client_config};

const MAGIC_COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// A plugin about to be started.
pub(crate) struct Launch {
    command: Command,
    identity: Option<ClientIdentity>,
    temporary: TempDir,
}

impl Launch {
    /// With the environment that a host gives, nothing of this process's own but PATH, and a temporary directory of
    /// its own: a plugin that is killed cannot tidy up.
    pub(crate) fn of(binary: &Path) -> Self {
        let mut command = Command::new(binary);
        command.env_clear();
        for name in ["PATH", "SystemRoot"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let temporary = tempfile::tempdir().expect("a temporary directory");
        command.env("TMPDIR", temporary.path()).env("TEMP", temporary.path());
        command.env("TF_PLUGIN_MAGIC_COOKIE", MAGIC_COOKIE);
        command.env("PLUGIN_PROTOCOL_VERSIONS", "5,6");
        command.env("PLUGIN_MIN_PORT", "10000").env("PLUGIN_MAX_PORT", "25000");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self { command, identity: None, temporary }
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Announces a host with this certificate, and connects as that host.
    pub(crate) fn encrypted_for(mut self, identity: ClientIdentity) -> Self {
        self.command.env("PLUGIN_CLIENT_CERT", identity.pem());
        self.identity = Some(identity);
        self
    }

    /// With TLS, and a fresh identity.
    pub(crate) fn encrypted(self) -> Self {
        self.encrypted_for(ClientIdentity::p256())
    }

    /// Starts it and waits for its handshake line.
    pub(crate) async fn start(mut self) -> Plugin {
        let mut child = self.command.spawn().expect("the plugin starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        let mut stderr = child.stderr.take().expect("stderr is piped");
        let stderr = tokio::spawn(async move {
            let mut text = String::new();
            stderr.read_to_string(&mut text).await.expect("UTF-8 on stderr");
            text
        });
        let mut line = String::new();
        soon(stdout.read_line(&mut line)).await.expect("stdout can be read");
        if line.is_empty() {
            panic!("no handshake line; stderr: {}", soon(stderr).await.expect("stderr can be read"));
        }
        let handshake = Handshake::parse(&line);
        Plugin { child, stdout, stderr, handshake, identity: self.identity, _temporary: self.temporary }
    }

    /// Runs it to its end, for starts that are to fail.
    pub(crate) async fn run(mut self) -> std::process::Output {
        soon(self.command.output()).await.expect("the plugin starts")
    }
}

/// The handshake line, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Handshake {
    pub(crate) line: String,
    pub(crate) network: String,
    pub(crate) address: String,
    pub(crate) certificate: Option<CertificateDer<'static>>,
}

impl Handshake {
    fn parse(line: &str) -> Self {
        let line = line.strip_suffix('\n').expect("a whole line").to_owned();
        let fields: Vec<&str> = line.split('|').collect();
        assert!(fields.len() >= 6, "{line}");
        assert_eq!((fields[0], fields[1], fields[4]), ("1", "6", "grpc"), "{line}");
        let certificate = (!fields[5].is_empty())
            .then(|| STANDARD_NO_PAD.decode(fields[5]).expect("unpadded standard base64").into());
        Self { network: fields[2].to_owned(), address: fields[3].to_owned(), certificate, line }
    }
}

/// A running plugin. Killed when dropped.
pub(crate) struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: JoinHandle<String>,
    pub(crate) handshake: Handshake,
    identity: Option<ClientIdentity>,
    _temporary: TempDir,
}

impl Plugin {
    /// A connection as the host that was announced: one HTTP/2 connection for many calls.
    pub(crate) async fn channel(&self) -> Channel {
        self.channel_as(self.identity.as_ref()).await.expect("the plugin accepts its host")
    }

    /// A connection with another identity, or none. Refusal may show only in the first call: a TLS 1.3 client is
    /// done before the server has seen its certificate.
    pub(crate) async fn channel_as(
        &self,
        identity: Option<&ClientIdentity>,
    ) -> Result<Channel, tonic::transport::Error> {
        self.channel_over(rustls::DEFAULT_VERSIONS, identity).await
    }

    /// The same, with these versions of TLS.
    pub(crate) async fn channel_over(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
        identity: Option<&ClientIdentity>,
    ) -> Result<Channel, tonic::transport::Error> {
        let server = self.handshake.certificate.clone();
        let tls = server.map(|server| client_config(server, identity, versions));
        dial(&self.handshake.network, &self.handshake.address, tls).await
    }

    /// A plaintext connection, whatever the plugin announced.
    pub(crate) async fn plaintext_channel(&self) -> Result<Channel, tonic::transport::Error> {
        dial(&self.handshake.network, &self.handshake.address, None).await
    }

    /// The provider service on a connection of its own, with the message limits of a host.
    pub(crate) async fn provider(&self) -> ProviderClient<Channel> {
        provider_on(self.channel().await)
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("still running")
    }

    /// Sends a signal by its name, as `kill` knows it.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().await.expect("kill runs");
        assert!(sent.success());
    }

    /// Asks it to end, as a host does, and sees it out.
    pub(crate) async fn shutdown(self) -> Ended {
        let mut controller = GrpcControllerClient::new(self.channel().await);
        let asked = Instant::now();
        soon(controller.shutdown(Empty {})).await.expect("Shutdown is answered");
        let mut ended = self.wait().await;
        ended.took = asked.elapsed();
        ended
    }

    /// Waits for it to end by itself.
    pub(crate) async fn wait(mut self) -> Ended {
        let started = Instant::now();
        let status = soon(self.child.wait()).await.expect("the process ends");
        let took = started.elapsed();
        let mut stdout = String::new();
        soon(self.stdout.read_to_string(&mut stdout)).await.expect("UTF-8 on stdout");
        let stderr = soon(self.stderr).await.expect("stderr can be read");
        Ended { status, took, stdout, stderr }
    }
}

/// A plugin that is no more.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// Since it was asked to end, or since the wait began.
    pub(crate) took: Duration,
    /// What it wrote after the handshake line.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Connects to what a handshake line or a reattach variable names.
pub(crate) async fn dial(
    network: &str,
    address: &str,
    tls: Option<rustls::ClientConfig>,
) -> Result<Channel, tonic::transport::Error> {
    let dial = Dial { network: network.to_owned(), address: address.to_owned(), tls: tls.map(Arc::new) };
    // The name is for the Host header only: `Dial` knows where to go.
    soon(Endpoint::from_static("http://localhost").connect_with_connector(dial)).await
}

/// The provider service, with the message limits of a host.
pub(crate) fn provider_on(channel: Channel) -> ProviderClient<Channel> {
    ProviderClient::new(channel)
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT)
}

/// Fails when `work` takes unreasonably long, so that no test hangs.
pub(crate) async fn soon<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("done within thirty seconds")
}

#[derive(Clone)]
struct Dial {
    network: String,
    address: String,
    tls: Option<Arc<rustls::ClientConfig>>,
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

impl Dial {
    async fn dial(self) -> io::Result<TokioIo<Box<dyn Io>>> {
        let io: Box<dyn Io> = match self.network.as_str() {
            #[cfg(unix)]
            "unix" => Box::new(tokio::net::UnixStream::connect(&self.address).await?),
            "tcp" => Box::new(tokio::net::TcpStream::connect(&self.address).await?),
            other => return Err(io::Error::other(format!("a network called {other}"))),
        };
        let Some(tls) = self.tls else {
            return Ok(TokioIo::new(io));
        };
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = tokio_rustls::TlsConnector::from(tls).connect(name, io).await?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "the plugin negotiates HTTP/2");
        Ok(TokioIo::new(Box::new(stream)))
    }
}

impl Service<Uri> for Dial {
    type Response = TokioIo<Box<dyn Io>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        Box::pin(self.clone().dial())
    }
}
