//! How an emulator is started.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::emulator::core::faults::Fault;
use crate::emulator::core::seed::Seed;
use crate::emulator::world::clock::{Clock, Latencies};

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
