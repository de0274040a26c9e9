//! What the host says in the environment, and the one line we say back on stdout. Pure.

use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// Whether the environment carries the magic cookie that Terraform and OpenTofu give to the plugins they start.
///
/// Without it a person started the program. Not a security measure: anybody can set a variable.
pub fn started_by_terraform() -> bool {
    has_cookie(&process_environment)
}

/// Why the environment cannot be served. Each of these is the host's doing, never the practitioner's.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The magic cookie is missing.
    #[error(
        "this program is a Terraform plugin and was not started by Terraform. Put it where Terraform looks for \
         providers, and run `terraform plan`"
    )]
    NotStartedByTerraform,
    /// `PLUGIN_CLIENT_CERT` holds no certificate.
    #[error(
        "PLUGIN_CLIENT_CERT holds no PEM certificate ({0}), so the host could not be recognised. Terraform sets this \
         variable itself: look for a wrapper that changes it"
    )]
    ClientCertificate(rustls::pki_types::pem::Error),
    /// The port range is not two ports in order.
    #[error("PLUGIN_MIN_PORT={min:?} and PLUGIN_MAX_PORT={max:?} are not a range of ports from 1 to 65535")]
    Ports {
        /// As given.
        min: String,
        /// As given.
        max: String,
    },
}

/// What the host asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Launch {
    /// The only client to be let in. None means that the host will speak plaintext.
    pub(super) client_certificate: Option<CertificateDer<'static>>,
    /// Where to put a unix socket; the system's temporary directory otherwise.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there are no such sockets"))]
    pub(super) socket_directory: Option<PathBuf>,
    /// Name or number of the group that may use the socket besides ourselves.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there are no such sockets"))]
    pub(super) socket_group: Option<String>,
    /// Ports to choose from on TCP; any free port otherwise.
    pub(super) ports: Option<RangeInclusive<u16>>,
    /// The host wants to hear whether brokered connections can share one socket.
    pub(super) asks_for_multiplexing: bool,
    /// The major versions the host speaks do not include ours. It says so better than we could, once it has our
    /// line.
    pub(super) version_refused: bool,
}

impl Launch {
    /// Reads the variables with `environment`.
    pub(super) fn from_environment(
        environment: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Self, HandshakeError> {
        if !has_cookie(environment) {
            return Err(HandshakeError::NotStartedByTerraform);
        }
        let present = |name: &str| environment(name).filter(|value| !value.is_empty());
        let text = |name: &str| present(name).map(|value| value.to_string_lossy().into_owned());

        let client_certificate = text("PLUGIN_CLIENT_CERT")
            .map(|pem| CertificateDer::from_pem_slice(pem.as_bytes()))
            .transpose()
            .map_err(HandshakeError::ClientCertificate)?;
        let versions = text("PLUGIN_PROTOCOL_VERSIONS");
        let ours = PROTOCOL_VERSION.to_string();
        Ok(Self {
            client_certificate,
            socket_directory: present("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            socket_group: text("PLUGIN_UNIX_SOCKET_GROUP"),
            ports: port_range(text("PLUGIN_MIN_PORT"), text("PLUGIN_MAX_PORT"))?,
            asks_for_multiplexing: present("PLUGIN_MULTIPLEX_GRPC").is_some(),
            version_refused: versions.is_some_and(|list| !list.split(',').any(|v| v.trim() == ours)),
        })
    }
}

/// The major version of the protocol; hosts negotiate by it alone.
pub(super) const PROTOCOL_VERSION: u32 = 6;

/// The line that tells the host where to dial and whom to expect there.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// `unix` or `tcp`.
    pub(super) network: &'a str,
    /// A path, or `127.0.0.1:port`.
    pub(super) address: &'a str,
    /// Our certificate, when TLS is on.
    pub(super) certificate: Option<&'a CertificateDer<'static>>,
    /// Append the field that says whether brokered connections can share one socket. They cannot.
    pub(super) answer_multiplexing: bool,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { network, address, .. } = self;
        let certificate = self.certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
        write!(f, "{CORE_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}")?;
        if self.answer_multiplexing {
            write!(f, "|false")?;
        }
        Ok(())
    }
}

/// Looks a variable up in the environment of this process.
pub(super) fn process_environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

fn has_cookie(environment: &dyn Fn(&str) -> Option<OsString>) -> bool {
    environment("TF_PLUGIN_MAGIC_COOKIE").is_some_and(|value| value == MAGIC_COOKIE)
}

fn port_range(
    min: Option<String>,
    max: Option<String>,
) -> Result<Option<RangeInclusive<u16>>, HandshakeError> {
    let (Some(min), Some(max)) = (min, max) else {
        return Ok(None);
    };
    match (min.parse::<u16>(), max.parse::<u16>()) {
        (Ok(from), Ok(to)) if 0 < from && from <= to => Ok(Some(from..=to)),
        _ => Err(HandshakeError::Ports { min, max }),
    }
}

/// Version of the handshake itself.
const CORE_VERSION: u32 = 1;

/// The same for Terraform and OpenTofu, and for every version of the protocol.
const MAGIC_COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE: (&str, &str) = ("TF_PLUGIN_MAGIC_COOKIE", MAGIC_COOKIE);

    fn launch(variables: &[(&str, &str)]) -> Result<Launch, HandshakeError> {
        let found = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        Launch::from_environment(&found)
    }

    #[test]
    fn refuses_to_serve_without_the_right_cookie() {
        assert!(matches!(launch(&[]), Err(HandshakeError::NotStartedByTerraform)));
        let wrong = [("TF_PLUGIN_MAGIC_COOKIE", "d602")];
        assert!(matches!(launch(&wrong), Err(HandshakeError::NotStartedByTerraform)));
        assert_eq!(launch(&[COOKIE]).expect("the cookie is enough"), Launch::default());
    }

    #[test]
    fn notices_a_host_that_does_not_speak_version_six() {
        for (versions, refused) in
            [("5,6", false), ("6", false), ("6, 5", false), ("", false), ("5", true), ("16", true)]
        {
            let launch = launch(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", versions)]).expect("a launch");
            assert_eq!(launch.version_refused, refused, "{versions:?}");
        }
    }

    #[test]
    fn takes_a_port_range_or_says_what_is_wrong_with_it() {
        let ports =
            |min, max| launch(&[COOKIE, ("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)]).map(|l| l.ports);
        assert_eq!(ports("10000", "25000").expect("a range"), Some(10000..=25000));
        assert_eq!(ports("7", "7").expect("one port is a range"), Some(7..=7));
        assert_eq!(ports("", "25000").expect("half a range is none"), None);
        for (min, max) in [("9", "8"), ("0", "0"), ("1", "65536"), ("a", "b")] {
            let error = ports(min, max).expect_err("not a range").to_string();
            assert!(error.contains(min) && error.contains(max), "{error}");
        }
    }

    #[test]
    fn a_client_certificate_that_is_none_is_an_error_and_never_plaintext() {
        let error = launch(&[COOKIE, ("PLUGIN_CLIENT_CERT", "garbage")]).expect_err("no certificate");
        assert!(error.to_string().contains("PLUGIN_CLIENT_CERT"), "{error}");
    }

    #[test]
    fn writes_the_line_in_the_order_the_host_reads() {
        let line = Line { network: "unix", address: "/tmp/p", certificate: None, answer_multiplexing: false };
        assert_eq!(line.to_string(), "1|6|unix|/tmp/p|grpc|");
        let certificate = CertificateDer::from(vec![0xfb, 0xff, 0xfe, 0x00]);
        let line = Line {
            network: "tcp",
            address: "127.0.0.1:10000",
            certificate: Some(&certificate),
            answer_multiplexing: true,
        };
        assert_eq!(line.to_string(), "1|6|tcp|127.0.0.1:10000|grpc|+//+AA|false");
    }
    #[test]
    fn the_registry_learns_the_protocol_that_is_spoken() {
        let manifest = include_str!("../../../terraform-registry-manifest.json");
        let manifest: serde_json::Value = serde_json::from_str(manifest).expect("JSON");
        let spoken = format!("{PROTOCOL_VERSION}.0");
        assert_eq!(manifest["metadata"]["protocol_versions"], serde_json::json!([spoken]));
    }
}
