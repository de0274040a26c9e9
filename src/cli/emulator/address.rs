//! Where to listen, as people write it.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use crate::cli::common::Failed;

/// A host, a port, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: Option<u16>,
}

impl Default for Address {
    fn default() -> Self {
        Self { host: LOOPBACK.to_owned(), port: None }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self { host: ip.to_string(), port: None });
        }
        if let Ok(both) = text.parse::<SocketAddr>() {
            return Ok(Self { host: both.ip().to_string(), port: Some(both.port()) });
        }
        let (host, port) = text.rsplit_once(':').unwrap_or((text, ""));
        let port = match port {
            "" => None,
            port => Some(port.parse().map_err(|_| format!("{port:?} is no port: use a number up to 65535"))?),
        };
        if host.contains([':', '/', ' ']) {
            return Err("use HOST, HOST:PORT or :PORT, such as localhost:0".to_owned());
        }
        let host = if host.is_empty() { LOOPBACK } else { host };
        Ok(Self { host: host.to_owned(), port })
    }
}

impl Address {
    /// The address to bind, with `usual` where no port was given. Of a name with several, the first of version 4, which
    /// every client tries.
    pub(super) async fn resolve(&self, usual: u16) -> Result<SocketAddr, Failed> {
        let port = self.port.unwrap_or(usual);
        if let Ok(ip) = self.host.parse::<IpAddr>() {
            return Ok(SocketAddr::new(ip, port));
        }
        let unknown = |why: &str| {
            let host = &self.host;
            Failed::new(format!("cannot listen at {host:?}: {why}. Use a name or address of this machine"))
        };
        let found = tokio::net::lookup_host((self.host.as_str(), port)).await;
        let found: Vec<_> = found.map_err(|error| unknown(&error.to_string()))?.collect();
        let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
        first.copied().ok_or_else(|| unknown("it has no address"))
    }
}

const LOOPBACK: &str = "127.0.0.1";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_a_host_a_port_or_both() {
        for (text, wanted) in [
            ("127.0.0.1:8642", "127.0.0.1:8642"),
            ("localhost:0", "127.0.0.1:0"),
            ("localhost", "127.0.0.1:8642"),
            ("0.0.0.0", "0.0.0.0:8642"),
            (":9000", "127.0.0.1:9000"),
            ("::1", "[::1]:8642"),
            ("[::1]:1", "[::1]:1"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.resolve(8642).await.unwrap().to_string(), wanted, "{text}");
        }
        for wrong in ["localhost:x", "localhost:99999", "http://localhost:1"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
