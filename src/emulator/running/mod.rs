//! Starting, using and stopping an emulator in-process.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;

use super::core::Core;
use super::core::faults::Fault;
use super::core::journal::{Exchange, Violation};
use super::core::seed::Seed;
use super::server::shared::Shared;
use super::server::state_file::Store;
use super::server::{listen, tls};
use super::world::clock::{Clock, Latencies};
use super::world::tenant::Tenant;
use crate::emulator::core::events;

mod environment;

pub use environment::{SignIn, environment};

/// How to start an emulator. The default listens on HTTP at a free loopback port, holds Contoso, and does everything
/// at once.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen for HTTP; port 0 takes a free one.
    pub http: Option<SocketAddr>,
    /// Where to listen for HTTPS, with a certificate of the emulator's own CA.
    pub https: Option<SocketAddr>,
    /// What the tenant begins with.
    pub seed: Seed,
    /// The tenant's clock.
    pub clock: Clock,
    /// How long things take (a seed that says so itself wins).
    pub latencies: Latencies,
    /// A file that keeps the tenant across restarts; when it exists, it wins over the seed. Every answered change is
    /// in it before the answer goes out.
    pub state: Option<PathBuf>,
    /// Faults set from the start.
    pub faults: Vec<Fault>,
    /// Whether the service's published budgets are enforced with 429.
    pub throttle: bool,
    /// Whether every request is written to the error output.
    pub log_requests: bool,
    /// What makes ids and odds repeatable; none takes a new one.
    pub chance: Option<u64>,
    /// How long a client may take to send the headers of a request, and then its body. The default is a guess.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            http: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            https: None,
            seed: Seed::default(),
            clock: Clock::real(),
            latencies: Latencies::none(),
            state: None,
            faults: Vec::new(),
            throttle: false,
            log_requests: false,
            chance: None,
            patience: Duration::from_secs(30),
        }
    }
}

impl Options {
    /// HTTPS beside HTTP, on a free loopback port.
    pub fn with_https(mut self) -> Self {
        self.https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        self
    }
}

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

/// How to sign in to the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The directory (tenant) id.
    pub tenant_id: String,
    /// The application id that has the secret.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The application id for signing in with a device code.
    pub public_client_id: String,
}

impl Credentials {
    fn of(tenant: &Tenant) -> Self {
        let applications = &tenant.registrations.applications;
        let confidential = applications.iter().find(|application| !application.secrets.is_empty());
        let public = applications.iter().find(|application| application.public_client);
        Self {
            tenant_id: tenant.id.clone(),
            client_id: confidential.map(|found| found.client_id.clone()).unwrap_or_default(),
            client_secret: confidential.map(|found| found.secrets[0].value.clone()).unwrap_or_default(),
            public_client_id: public.map(|found| found.client_id.clone()).unwrap_or_default(),
        }
    }
}

/// Direct access to a running emulator. Everything here waits for the request that is being answered, so never call
/// it from within [`Control::with_tenant`].
#[derive(Debug, Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    /// Reads or changes the tenant between two requests. What is due happens before and after.
    pub fn with_tenant<T>(&self, work: impl FnOnce(&mut Tenant) -> T) -> T {
        let mut core = self.shared.core.lock();
        events::catch_up(&mut core.tenant);
        let before = core.tenant.changes();
        let result = work(&mut core.tenant);
        if core.tenant.changes() != before {
            super::directory::objects_changed(&mut core.tenant);
        }
        events::catch_up(&mut core.tenant);
        result
    }

    /// Moves the clock forward and lets everything happen that becomes due.
    pub fn step(&self, by: Duration) {
        let mut core = self.shared.core.lock();
        events::step(&mut core.tenant, by);
    }

    /// Sets a fault.
    ///
    /// # Panics
    /// When its path is no regular expression or its status no HTTP status.
    pub fn add_fault(&self, fault: Fault) {
        if let Err(reason) = self.shared.core.lock().add_fault(fault) {
            panic!("{reason}");
        }
    }

    /// Takes all faults back.
    pub fn clear_faults(&self) {
        self.shared.core.lock().faults.clear();
    }

    /// What was asked so far, oldest first.
    pub fn requests(&self) -> Vec<Exchange> {
        self.shared.core.lock().journal.exchanges().cloned().collect()
    }

    /// Forgets requests and violations.
    pub fn clear_requests(&self) {
        self.shared.core.lock().journal.clear();
    }

    /// Where clients broke the contract.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.core.lock().journal.violations().to_vec()
    }

    /// The whole tenant as JSON.
    pub fn state(&self) -> Value {
        serde_json::to_value(&self.shared.core.lock().tenant).unwrap_or_default()
    }

    /// Signs the tenant's administrator in, in person, with the public client, and returns the refresh token that a
    /// device code would have led to.
    pub fn sign_in_administrator(&self) -> String {
        let administrator = self.shared.core.lock().tenant.registrations.approve_as.clone();
        self.sign_in(administrator.as_deref().unwrap_or(super::directory::sample::ADMINISTRATOR))
    }

    /// The same for anybody.
    pub fn sign_in(&self, user_principal_name: &str) -> String {
        self.with_tenant(|tenant| {
            let client_id = Credentials::of(tenant).public_client_id;
            super::login::issue_refresh_token(tenant, &client_id, user_principal_name)
        })
    }

    /// Powers a device on; see `POST /_emulator/power-on`.
    ///
    /// # Errors
    /// A text that says what is wrong with the request.
    pub fn power_on(&self, request: &Value) -> Result<Value, String> {
        self.with_tenant(|tenant| super::oobe::power_on(tenant, request))
    }

    /// A laptop fresh from the factory, with its `hardwareHash`; see `POST /_emulator/laptops`.
    ///
    /// # Errors
    /// A text that says what is wrong with the request.
    pub fn laptop(&self, request: &Value) -> Result<Value, String> {
        self.with_tenant(|tenant| super::oobe::factory::laptop(tenant, request))
    }

    /// Begins again with the seed; faults and log are emptied too.
    pub fn reset(&self) {
        self.shared.core.lock().reset();
    }
}
