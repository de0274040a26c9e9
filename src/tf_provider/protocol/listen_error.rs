//! Why there is nowhere to listen.

use std::io;
use std::path::PathBuf;

/// Why there is nowhere to listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// No unix socket, and no TLS that would allow TCP instead.
    #[error(
        "no unix socket could be made at {path}: {source}. Point TMPDIR to a short path on a local disk. (Over TCP the \
         provider insists on TLS, which the host has turned off.)",
        path = path.display()
    )]
    Socket {
        /// Where it was tried.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `PLUGIN_UNIX_SOCKET_GROUP` names no group of this machine.
    #[error("PLUGIN_UNIX_SOCKET_GROUP={0:?} is no group on this machine, and not the number of one")]
    UnknownGroup(String),
    /// TLS is off on a system where plugins listen on TCP.
    #[error(
        "without TLS (TF_DISABLE_PLUGIN_TLS is set) a plugin must not listen on TCP, where every local user could use \
         its credentials, and this system offers nothing else. Unset TF_DISABLE_PLUGIN_TLS"
    )]
    PlaintextOverTcp,
    /// Every port of the range is taken.
    #[error(
        "every port from {min} to {max} is taken: free one, or widen PLUGIN_MIN_PORT and PLUGIN_MAX_PORT"
    )]
    NoFreePort {
        /// First port tried.
        min: u16,
        /// Last port tried.
        max: u16,
    },
    /// The system refused a TCP socket.
    #[error("no TCP socket could be opened on 127.0.0.1: {0}")]
    Tcp(io::Error),
}
