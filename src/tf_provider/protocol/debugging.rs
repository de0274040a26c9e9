//! Serving to a Terraform that did not start us: for debuggers, and for tests that keep a provider alive.

use std::fmt;

use tokio_util::sync::CancellationToken;

use super::handshake::PROTOCOL_VERSION;
use super::listener::Listener;
use super::serve::{MESSAGE_LIMIT, ServeError, run};
use super::services;
use super::tfplugin6::provider_server::Provider;
use super::tls::install_crypto_provider;

/// Serves `provider` under each of `addresses` (`registry.terraform.io/NAMESPACE/TYPE`) until Ctrl-C.
///
/// `announce` gets what Terraform must be told to attach, once it can. There is no TLS in this mode. A unix socket is
/// ours alone; a port, where a system has no such sockets, is everybody's on this machine, and the announcement says so.
/// Terraform may come and go as often as it likes, and its Shutdown ends nothing.
pub async fn serve_for_debugging<S: Provider>(
    provider: S,
    addresses: &[&str],
    announce: impl FnOnce(&Reattach),
) -> Result<(), ServeError> {
    install_crypto_provider();
    let listener = Listener::bind_for_debugging().await?;
    let reattach = Reattach::new(addresses, listener.network(), listener.address());
    let stopping = CancellationToken::new();
    let ignored = CancellationToken::new();
    let routes = services::routes(provider, MESSAGE_LIMIT, &stopping, ignored);
    let server = run(routes, listener.into_connections(None), stopping.clone());
    let interrupt = tokio::spawn(tokio::signal::ctrl_c());
    announce(&reattach);
    tokio::select! {
        served = server => served,
        interrupted = interrupt => {
            stopping.cancel();
            match interrupted {
                Ok(Err(error)) => Err(ServeError::Signals(error)),
                _ => Ok(()),
            }
        }
    }
}

/// The value of `TF_REATTACH_PROVIDERS` that leads Terraform to this process. `Display` spells it for three shells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reattach {
    value: String,
    is_open: bool,
}

impl Reattach {
    fn new(addresses: &[&str], network: &str, address: &str) -> Self {
        let config = serde_json::json!({
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL_VERSION,
            "Pid": std::process::id(),
            // Otherwise Terraform would kill the process when it is done.
            "Test": true,
            "Addr": { "Network": network, "String": address },
        });
        let providers: serde_json::Map<_, _> =
            addresses.iter().map(|provider| ((*provider).to_owned(), config.clone())).collect();
        Self { value: serde_json::Value::Object(providers).to_string(), is_open: network == "tcp" }
    }

    /// The value by itself: JSON.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// `export ...`, for bash, zsh and their kin.
    pub fn bash(&self) -> String {
        format!("export TF_REATTACH_PROVIDERS='{}'", self.value.replace('\'', r"'\''"))
    }

    /// `set -gx ...`, for fish.
    pub fn fish(&self) -> String {
        format!("set -gx TF_REATTACH_PROVIDERS '{}'", self.value.replace('\\', r"\\").replace('\'', r"\'"))
    }

    /// `$env:...`, for PowerShell.
    pub fn powershell(&self) -> String {
        format!("$env:TF_REATTACH_PROVIDERS = '{}'", self.value.replace('\'', "''"))
    }
}

impl fmt::Display for Reattach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_open {
            f.write_str(OPEN)?;
        }
        writeln!(f, "# bash, zsh\n{}\n", self.bash())?;
        writeln!(f, "# fish\n{}\n", self.fish())?;
        write!(f, "# PowerShell\n{}", self.powershell())
    }
}

/// Said where anybody on the machine can dial.
const OPEN: &str = "\
# While this runs, every program on this machine can use the provider, and with it your sign-in: for a debugger there is no
# TLS, and this system offers nothing but a port. End it with Ctrl-C when you are done.

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_back_what_was_meant() {
        let reattach = Reattach { value: r#"{"it's":"a\\b"}"#.to_owned(), is_open: false };
        assert_eq!(reattach.bash(), r#"export TF_REATTACH_PROVIDERS='{"it'\''s":"a\\b"}'"#);
        assert_eq!(reattach.fish(), r#"set -gx TF_REATTACH_PROVIDERS '{"it\'s":"a\\\\b"}'"#);
        assert_eq!(reattach.powershell(), r#"$env:TF_REATTACH_PROVIDERS = '{"it''s":"a\\b"}'"#);
        for spelling in [reattach.bash(), reattach.fish(), reattach.powershell()] {
            assert!(reattach.to_string().contains(&spelling));
        }
    }

    #[test]
    fn a_port_is_announced_as_everybodys_and_a_socket_is_not() {
        let says = |network| Reattach::new(&["a.example/n/t"], network, "there").to_string();
        assert!(
            says("tcp").starts_with("# While this runs, every program on this machine"),
            "{}",
            says("tcp")
        );
        assert!(says("unix").starts_with("# bash, zsh"), "{}", says("unix"));
    }

    #[test]
    fn the_value_names_every_address() {
        let reattach = Reattach::new(&["a.example/n/t", "b.example/n/t"], "unix", "/tmp/s");
        let value: serde_json::Value = serde_json::from_str(reattach.value()).expect("JSON");
        for address in ["a.example/n/t", "b.example/n/t"] {
            assert_eq!(value[address]["ProtocolVersion"], 6);
            assert_eq!(value[address]["Addr"]["String"], "/tmp/s");
            assert_eq!(value[address]["Test"], true);
        }
    }
}
