//! One exchange with the server: bytes out, bytes in. Everything above it is decided without a socket.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};

use super::error::Error;
use super::error_kind::ErrorKind;
use super::reply::Reply;

/// A request as it goes out. It holds the token and perhaps a hardware hash, so it has no `Debug`.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

/// No complete answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The request never left.
    NotSent(Cause),
    /// It never left and never will: a certificate nobody here trusts, a proxy that wants a password.
    Distrusted(Cause),
    /// It may have been carried out.
    ReplyLost(Cause),
    /// It was answered with this status, and the body has no end in sight.
    TooLong(u16),
}

pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Whatever carries requests: the network, or a test's mock.
#[async_trait]
pub(crate) trait Wire: Send + Sync {
    async fn exchange(&self, request: Outgoing) -> Result<Reply, Fault>;
}

/// How this program presents itself and whom it trusts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HttpSettings {
    /// `User-Agent`, with the program's version.
    pub(crate) user_agent: String,
    /// A PEM file of certificate authorities to trust besides the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// Whether to ignore `HTTPS_PROXY` and its relatives: a server on this machine is never behind a proxy.
    pub(crate) no_proxy: bool,
    /// Whether all that is asked speaks plain http, so that no certificate authority has to be read and trusted.
    pub(crate) is_plain: bool,
}

/// The one connection pool: HTTP/2 where offered, proxy from the environment, no redirect ever followed.
///
/// # Errors
/// The file of certificate authorities cannot be read.
pub(crate) fn http_client(settings: &HttpSettings) -> Result<reqwest::Client, Error> {
    // reqwest takes the process's default; a second installation is refused and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(ATTEMPT)
        .pool_idle_timeout(IDLE)
        .http2_adaptive_window(true)
        .http2_keep_alive_interval(KEEP_ALIVE);
    if settings.no_proxy {
        builder = builder.no_proxy();
    }
    if settings.is_plain {
        builder = builder.tls_certs_only([]);
    }
    if let Some(file) = &settings.ca_file {
        let unusable = |cause: Cause| {
            // A relative path is one from the folder that Terraform runs in, which is not always where it was written.
            let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            let what = format!("The file of certificate authorities, {}, cannot be used", file.display());
            Error::new(ErrorKind::Unreachable, what).because(cause)
        };
        let pem = std::fs::read(file).map_err(|error| unusable(error.into()))?;
        let certificates =
            reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.into()))?;
        if certificates.is_empty() {
            return Err(unusable("it holds no PEM certificate".into()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Unreachable, "The HTTP client cannot be set up").because(error)
    })
}

/// The network.
pub(crate) struct Http(pub(crate) reqwest::Client);

#[async_trait]
impl Wire for Http {
    async fn exchange(&self, request: Outgoing) -> Result<Reply, Fault> {
        let mut builder = self.0.request(request.method, request.url).headers(request.headers);
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let response = builder.send().await.map_err(fault)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A refusal needs a few words; the rest of it is nobody's loss.
        let is_success = response.status().is_success();
        let longest = if is_success { LONGEST_BODY } else { LONGEST_REFUSAL };
        match beginning(response, longest).await.map_err(fault)? {
            (_, false) if is_success => Err(Fault::TooLong(status)),
            (body, _) => Ok(Reply { status, headers, body }),
        }
    }
}

/// The beginning of a body, unpacked, and whether that is all of it. A packed body can be a thousand times as long as it
/// looks, and some have no end.
pub(crate) async fn beginning(
    mut response: reqwest::Response,
    longest: usize,
) -> Result<(Bytes, bool), reqwest::Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        let room = longest - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok((body.freeze(), false));
        }
    }
    Ok((body.freeze(), true))
}

fn fault(error: reqwest::Error) -> Fault {
    // The URL may hold a filter with a serial number; the path is in the error already.
    let error = error.without_url();
    let lasting = ["certificate", "proxy authorization", "proxy authentication"];
    let said = chain(&error);
    if lasting.iter().any(|word| said.contains(word)) {
        Fault::Distrusted(error.into())
    } else if error.is_connect() || error.is_builder() {
        Fault::NotSent(error.into())
    } else {
        Fault::ReplyLost(error.into())
    }
}

/// What the libraries say, in one line and small letters: their errors have no types to look at.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text.to_lowercase()
}

/// A page of a thousand devices is less than 2 MB.
const LONGEST_BODY: usize = 64 << 20;
const LONGEST_REFUSAL: usize = 64 << 10;
const CONNECT: Duration = Duration::from_secs(15);
/// Graph's own gateway gives up after about 100 seconds.
const ATTEMPT: Duration = Duration::from_secs(120);
const IDLE: Duration = Duration::from_secs(90);
const KEEP_ALIVE: Duration = Duration::from_secs(30);
