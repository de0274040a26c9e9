//! The client for talking to Entra.

use std::path::PathBuf;

use super::cloud::is_loopback;
use super::error::Error;
use super::signin::{Argument, Settings};
use super::wire::{HttpSettings, http_client};

/// A client for talking to Entra, as `settings` say.
pub(crate) fn entra_client(settings: &Settings, user_agent: &str) -> Result<reqwest::Client, Error> {
    http_client(&entra_settings(settings, user_agent))
}

/// How Entra is talked to.
pub(super) fn entra_settings(settings: &Settings, user_agent: &str) -> HttpSettings {
    let authority = &settings.endpoints().authority;
    // The same client asks a pipeline for its token.
    let pipeline = settings.text(Argument::OidcRequestUrl);
    HttpSettings {
        user_agent: user_agent.to_owned(),
        ca_file: settings.text(Argument::CaFile).map(PathBuf::from),
        no_proxy: is_loopback(authority),
        is_plain: authority.scheme() == "http" && pipeline.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::signin::Arguments;

    #[test]
    fn certificate_authorities_are_left_alone_only_where_nothing_but_plain_http_is_spoken() {
        let emulated = ("ARM_AUTHORITY_HOST", "http://127.0.0.1:8099");
        let pipeline = ("ARM_OIDC_REQUEST_URL", "https://pipelines.example/token");
        let table = [(vec![], false), (vec![emulated], true), (vec![emulated, pipeline], false)];
        for (environment, is_plain) in table {
            let variables =
                environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            let settings = Settings::resolve(&Arguments::new(), &variables).unwrap();
            assert_eq!(entra_settings(&settings, "test").is_plain, is_plain, "{environment:?}");
        }
    }
}
