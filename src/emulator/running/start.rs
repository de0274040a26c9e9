//! Starting, reaching and stopping an emulator in-process.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;

use super::control::Control;
use super::credentials::Credentials;
use super::options::Options;
use crate::emulator::core::Core;
use crate::emulator::server::shared::Shared;
use crate::emulator::server::state_file::Store;
use crate::emulator::server::{listen, tls};

/// The emulated tenant.
#[derive(Debug)]
pub struct Emulator;

impl Emulator {
    /// Starts an emulator and answers when it listens.
    ///
    /// # Errors
    /// When a port cannot be had, or a fault has no valid pattern.
    pub async fn start(options: Options) -> io::Result<Running> {
        let chance = options.chance.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
        let kept =
            options.state.as_deref().map(|path| Store::load(path, &options.clock)).transpose()?.flatten();
        let tenant = kept.unwrap_or_else(|| {
            let mut tenant = options.seed.tenant(options.latencies.clone(), chance);
            tenant.clock = options.clock.clone();
            tenant
        });
        let authority = options.https.map(|_| tls::Authority::new()).transpose()?;
        let ca_pem = authority.as_ref().map(|authority| authority.ca_pem.clone()).unwrap_or_default();
        let credentials = Credentials::of(&tenant);
        let mut core = Core::new(tenant, options.seed, ca_pem.clone());
        for fault in options.faults {
            core.faults.add(fault).map_err(io::Error::other)?;
        }
        core.throttle.enforced = options.throttle;
        core.journal.aloud = options.log_requests;
        let shared = Shared::new(core, options.state.map(Store::new), options.patience);
        shared.connections.spawn(shared.clone().keep_saving());
        let mut running = Running { shared: shared.clone(), http: None, https: None, ca_pem, credentials };
        if let Some(address) = options.http {
            let listener = bind(address).await?;
            running.http = Some(listener.local_addr()?);
            shared.connections.spawn(listen(shared.clone(), listener, None));
        }
        if let (Some(address), Some(authority)) = (options.https, authority) {
            let listener = bind(address).await?;
            running.https = Some(listener.local_addr()?);
            let acceptor = authority.acceptor(address.ip())?;
            shared.connections.spawn(listen(shared.clone(), listener, Some(acceptor)));
        }
        shared.connections.close();
        Ok(running)
    }
}

/// An emulator that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
    http: Option<SocketAddr>,
    https: Option<SocketAddr>,
    ca_pem: String,
    credentials: Credentials,
}

impl Running {
    /// The root of Graph and of the login authority: `http://127.0.0.1:4711`, or the HTTPS one when it does not
    /// listen for HTTP.
    pub fn url(&self) -> String {
        match self.http {
            Some(address) => format!("http://{}", reachable(address)),
            None => self.https_url().unwrap_or_default(),
        }
    }

    /// The HTTPS root, when it listens for HTTPS: on this machine under the name `localhost`.
    pub fn https_url(&self) -> Option<String> {
        self.https.map(reachable).map(|address| match address.ip().is_loopback() {
            true => format!("https://localhost:{}", address.port()),
            false => format!("https://{address}"),
        })
    }

    /// The CA certificate to trust for HTTPS; empty without HTTPS.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// How to sign in.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// A handle for looking inside and for pulling strings.
    pub fn control(&self) -> Control {
        Control { shared: self.shared.clone() }
    }

    /// Stops listening, drops all connections and waits until they are gone.
    pub async fn stop(self) {
        self.shared.core.stopping.cancel();
        self.shared.connections.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.core.stopping.cancel();
    }
}

async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "Another program listens there: choose another port, or 0 for a free one"
            }
            io::ErrorKind::AddrNotAvailable => "Use an address of this machine, or localhost",
            _ => "Choose another port, or 0 for a free one",
        };
        let text = format!("cannot listen at {address}: {error}. {advice}");
        io::Error::new(error.kind(), text)
    })
}

/// An address for clients on this machine: one that listens everywhere is nowhere to connect to, on Windows least of all.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        });
    }
    address
}
