//! Microsoft's clouds: where Graph lives, who signs in, and what a token for it is called.

use std::fmt;

use url::{Host, Url};

/// One of Microsoft's sovereign deployments of Entra ID and Graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// The worldwide service, GCC included.
    #[default]
    Global,
    /// US Government L4 (GCC High).
    UsGovernment,
    /// US Government L5 (Department of Defense).
    Dod,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// Every cloud, in the order in which the manual lists them.
    pub const ALL: [Self; 4] = [Self::Global, Self::UsGovernment, Self::Dod, Self::China];

    /// The name that the `environment` argument uses, as in the azurerm provider.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "public",
            Self::UsGovernment => "usgovernment",
            Self::Dod => "dod",
            Self::China => "china",
        }
    }

    /// Understands azurerm's names and aliases, and those of the Azure CLI (`AzureUSGovernment`, `AzureChinaCloud`).
    pub fn from_name(name: &str) -> Option<Self> {
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        let plain = plain.strip_prefix("azure").unwrap_or(&plain);
        let plain = plain.strip_suffix("cloud").unwrap_or(plain);
        match plain {
            "" if name.is_empty() => None,
            "" | "public" | "global" => Some(Self::Global),
            "usgovernment" | "usgov" | "usgovernmentl4" | "gcchigh" => Some(Self::UsGovernment),
            "dod" | "usgovernmentl5" | "usgovernmentdod" => Some(Self::Dod),
            "china" => Some(Self::China),
            _ => None,
        }
    }

    /// Root of Microsoft Graph, without version and without a slash at the end.
    pub fn graph_root(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsGovernment => "https://graph.microsoft.us",
            Self::Dod => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// Where tokens are issued, without a slash at the end.
    pub fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGovernment | Self::Dod => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }

    /// The audience that a workload's own token must name to be exchanged for one of Entra's.
    pub fn federation_audience(self) -> &'static str {
        match self {
            Self::Global => "api://AzureADTokenExchange",
            Self::UsGovernment | Self::Dod => "api://AzureADTokenExchangeUSGov",
            Self::China => "api://AzureADTokenExchangeChina",
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where this run of the program finds Graph and Entra: a cloud's own addresses, or others put in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The cloud that is reached, or played by an emulator.
    pub cloud: Cloud,
    /// Root of Graph, without version.
    pub graph: Url,
    /// Issuer of tokens; the tenant is the first segment after it.
    pub authority: Url,
    scope: String,
}

impl Endpoints {
    /// The cloud's own addresses.
    pub fn of(cloud: Cloud) -> Self {
        let parse = |url| Url::parse(url).expect("a constant of this module, parsed by its tests");
        Self {
            cloud,
            graph: parse(cloud.graph_root()),
            authority: parse(cloud.authority()),
            scope: default_scope(cloud.graph_root()),
        }
    }

    /// Sends requests to another Graph, such as an emulator or a sovereign cloud not known here.
    ///
    /// Over https the address also becomes the resource that tokens are asked for; an emulator on loopback plays
    /// [`Endpoints::cloud`] and gets tokens by that cloud's name.
    pub fn with_graph(mut self, url: &str) -> Result<Self, EndpointError> {
        self.graph = endpoint(url)?;
        if self.graph.scheme() == "https" && !is_loopback(&self.graph) {
            self.scope = default_scope(self.graph.as_str().trim_end_matches('/'));
        }
        Ok(self)
    }

    /// Asks another authority for tokens.
    pub fn with_authority(mut self, url: &str) -> Result<Self, EndpointError> {
        self.authority = endpoint(url)?;
        Ok(self)
    }

    /// The scope that asks for everything granted to the identity in Graph.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The OAuth 2.0 v2 token endpoint of a tenant (its id or one of its domains).
    pub fn token_endpoint(&self, tenant: &str) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.authority.as_str().trim_end_matches('/'))
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self::of(Cloud::default())
    }
}

/// Why an address cannot stand in for Graph or for the authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is no absolute http or https address.
    #[error("{0:?} is not an address such as https://graph.microsoft.com")]
    NotAnAddress(String),
    /// It would carry tokens or secrets in the clear.
    #[error(
        "{0:?} would send tokens in the clear. Use https; plain http is accepted only for this machine \
         (localhost, 127.0.0.1 or [::1])"
    )]
    InTheClear(String),
    /// It holds more than scheme, host, port and path.
    #[error("{0:?} may hold only scheme, host, port and path, no user name, query or fragment")]
    TooMuch(String),
}

fn default_scope(root: &str) -> String {
    format!("{root}/.default")
}

/// An address to which paths are appended: [`confidential`], and without a query.
pub(crate) fn endpoint(text: &str) -> Result<Url, EndpointError> {
    let url = confidential(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(EndpointError::TooMuch(text.to_owned()));
    }
    Ok(url)
}

/// An address that may be given a secret: https anywhere, http on this machine only.
pub(crate) fn confidential(text: &str) -> Result<Url, EndpointError> {
    let not_an_address = || EndpointError::NotAnAddress(text.to_owned());
    let url = Url::parse(text.trim()).map_err(|_| not_an_address())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EndpointError::TooMuch(format!("{}://...", url.scheme())));
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" if url.has_host() => Err(EndpointError::InTheClear(text.to_owned())),
        _ => Err(not_an_address()),
    }
}

/// Whether the address can only be this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_azurerm_and_of_the_cli_are_understood() {
        for (name, cloud) in [
            ("public", Cloud::Global),
            ("global", Cloud::Global),
            ("AzureCloud", Cloud::Global),
            ("AzurePublicCloud", Cloud::Global),
            ("usgovernment", Cloud::UsGovernment),
            ("usgovernmentl4", Cloud::UsGovernment),
            ("AzureUSGovernment", Cloud::UsGovernment),
            ("AzureUSGovernmentCloud", Cloud::UsGovernment),
            ("dod", Cloud::Dod),
            ("usgovernmentl5", Cloud::Dod),
            ("china", Cloud::China),
            ("AzureChinaCloud", Cloud::China),
        ] {
            assert_eq!(Cloud::from_name(name), Some(cloud), "{name}");
        }
        for name in ["", "german", "mars", "publicx"] {
            assert_eq!(Cloud::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn every_cloud_is_found_by_its_own_name_and_has_its_own_graph() {
        for cloud in Cloud::ALL {
            assert_eq!(Cloud::from_name(cloud.name()), Some(cloud));
            let endpoints = Endpoints::of(cloud);
            assert_eq!(endpoints.scope(), format!("{}/.default", cloud.graph_root()));
            assert_eq!(
                endpoints.token_endpoint("contoso.com"),
                format!("{}/contoso.com/oauth2/v2.0/token", cloud.authority())
            );
        }
    }

    #[test]
    fn http_is_for_this_machine_only() {
        for url in ["http://127.0.0.1:8080", "http://localhost:1/x", "http://[::1]:2", "https://10.0.0.1"] {
            assert!(endpoint(url).is_ok(), "{url}");
        }
        for url in ["http://graph.microsoft.com", "http://10.0.0.1", "http://localhost.example.com"] {
            assert!(matches!(endpoint(url), Err(EndpointError::InTheClear(_))), "{url}");
        }
        for url in ["", "graph.microsoft.com", "ftp://127.0.0.1", "file:///etc/passwd"] {
            assert!(matches!(endpoint(url), Err(EndpointError::NotAnAddress(_))), "{url}");
        }
        let with_password = endpoint("https://user:hunter2@host").unwrap_err();
        assert!(!with_password.to_string().contains("hunter2"));
    }

    #[test]
    fn an_emulator_on_loopback_is_asked_for_the_clouds_own_resource() {
        let emulator = Endpoints::of(Cloud::Dod).with_graph("http://127.0.0.1:9/").unwrap();
        assert_eq!(emulator.scope(), "https://dod-graph.microsoft.us/.default");
        let elsewhere = Endpoints::default().with_graph("https://graph.sovereign.example/").unwrap();
        assert_eq!(elsewhere.scope(), "https://graph.sovereign.example/.default");
    }

    #[test]
    fn an_authority_keeps_its_path() {
        let endpoints = Endpoints::default().with_authority("http://127.0.0.1:9/entra/").unwrap();
        assert_eq!(endpoints.token_endpoint("t"), "http://127.0.0.1:9/entra/t/oauth2/v2.0/token");
    }
}
