//! From what the user wrote and what the environment holds to what counts.

use std::collections::BTreeMap;
use std::fmt;

use super::argument::{ARGUMENTS, Argument, ArgumentKind};
use crate::graph::cloud::{Cloud, Endpoints};
use crate::graph::secret::Secret;

/// What is written in the provider block; flags as `true` or `false`. Empty text counts as not written.
pub type Arguments = BTreeMap<Argument, Secret>;

/// What sign-in goes by. Nothing here was read from a file or asked of a server yet.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    explicit: BTreeMap<Argument, Setting>,
    endpoints: Endpoints,
}

#[derive(Clone, Debug)]
struct Setting {
    value: Secret,
    origin: Origin,
}

/// Where a value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the provider block, under this name.
    Argument(&'static str),
    /// In this environment variable.
    Environment(&'static str),
}

/// A value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {problem}")]
pub struct Mistake {
    /// The argument it was given for.
    pub argument: Argument,
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl Settings {
    /// Arguments win over the environment; within the environment, `ARM_*` wins over `AZURE_*`.
    ///
    /// Pure: the environment is a map. Returns every mistake, not only the first.
    pub fn resolve(
        arguments: &Arguments,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<Mistake>> {
        let mut settings = Self::default();
        for facts in ARGUMENTS {
            let written = facts
                .name
                .and_then(|name| Some((arguments.get(&facts.argument)?.clone(), Origin::Argument(name))));
            let surrounding = facts.environment.iter().map(|&name| {
                let value = environment.get(name).map(|value| Secret::new(value.as_str()));
                value.map(|value| (value, Origin::Environment(name)))
            });
            let first =
                std::iter::once(written).chain(surrounding).flatten().find(|(value, _)| !value.is_empty());
            if let Some((value, origin)) = first {
                settings.explicit.insert(facts.argument, Setting { value, origin });
            }
        }
        let mistakes = settings.check();
        if mistakes.is_empty() { Ok(settings) } else { Err(mistakes) }
    }

    /// What this process's environment says about sign-in, for [`Self::resolve`]. Reads no other variable.
    pub fn environment() -> BTreeMap<String, String> {
        let names = ARGUMENTS.iter().flat_map(|facts| facts.environment);
        names.filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect()
    }

    /// The addresses of Graph and of the authority.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// A value that is no secret.
    pub fn text(&self, argument: Argument) -> Option<&str> {
        debug_assert!(!argument.facts().secret, "{argument} is a secret");
        self.explicit.get(&argument).map(|explicit| explicit.value.expose())
    }

    /// A secret value.
    pub fn secret(&self, argument: Argument) -> Option<&Secret> {
        self.explicit.get(&argument).map(|explicit| &explicit.value)
    }

    /// Whether a flag is set, by the user or by default.
    pub fn flag(&self, argument: Argument) -> bool {
        let default = argument.facts().kind == (ArgumentKind::Flag { default: true });
        self.text(argument).and_then(parse_flag).unwrap_or(default)
    }

    /// Whether a value was given.
    pub fn has(&self, argument: Argument) -> bool {
        self.explicit.contains_key(&argument)
    }

    /// Where a value was found.
    pub fn origin(&self, argument: Argument) -> Option<Origin> {
        self.explicit.get(&argument).map(|explicit| explicit.origin)
    }

    fn check(&mut self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for facts in ARGUMENTS.iter().filter(|facts| facts.kind != ArgumentKind::Text) {
            if let Some(Setting { value, origin }) = self.explicit.get(&facts.argument)
                && parse_flag(value.expose()).is_none()
            {
                let problem = format!("{:?} is neither true nor false", value.expose());
                mistakes.push(Mistake { argument: facts.argument, origin: *origin, problem });
            }
        }
        if let (Some(tenant), Some(origin)) = (self.text(Argument::TenantId), self.origin(Argument::TenantId))
            && !tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
        {
            let problem = format!("{tenant:?} is neither a tenant's id nor one of its domains");
            mistakes.push(Mistake { argument: Argument::TenantId, origin, problem });
        }
        if let (Some(partner), Some(origin)) =
            (self.text(Argument::PartnerId), self.origin(Argument::PartnerId))
            && uuid::Uuid::try_parse(partner).is_err()
        {
            let problem = format!("{partner:?} is no GUID such as 00000000-0000-0000-0000-000000000000");
            mistakes.push(Mistake { argument: Argument::PartnerId, origin, problem });
        }
        self.place(&mut mistakes);
        mistakes
    }

    /// Finds the cloud and its addresses.
    fn place(&mut self, mistakes: &mut Vec<Mistake>) {
        let mut endpoints = Endpoints::default();
        let mut mistake = |argument, origin, problem| mistakes.push(Mistake { argument, origin, problem });
        if let Some(Setting { value, origin }) = self.explicit.get(&Argument::Environment) {
            match Cloud::from_name(value.expose()) {
                Some(cloud) => endpoints = Endpoints::of(cloud),
                None => mistake(
                    Argument::Environment,
                    *origin,
                    format!(
                        "{:?} is no cloud of Microsoft. Use one of {}",
                        value.expose(),
                        Cloud::ALL.map(Cloud::name).join(", ")
                    ),
                ),
            }
        }
        // A cloud's own Graph has that cloud's sign-in: the msgraph provider has no other setting for it.
        if let Some(Setting { value, origin }) = self.explicit.get(&Argument::GraphEndpoint)
            && let Some(cloud) = cloud_of_graph(value.expose())
        {
            if !self.has(Argument::Environment) {
                endpoints = Endpoints::of(cloud);
            } else if endpoints.cloud != cloud {
                let problem = format!(
                    "this is Microsoft Graph of the cloud \"{cloud}\", but environment names \"{}\". Remove one of them",
                    endpoints.cloud
                );
                mistake(Argument::GraphEndpoint, *origin, problem);
            }
        }
        // Workload identity in AKS sets AZURE_AUTHORITY_HOST in every pod to the authority of the cluster's cloud: it
        // is a hint at the cloud, and a user who names the environment knows better.
        let authority = self.explicit.get(&Argument::AuthorityHost);
        let hinted = authority.and_then(|explicit| cloud_of_authority(explicit.value.expose()));
        let is_hint =
            authority.is_some_and(|explicit| explicit.origin == Origin::Environment("AZURE_AUTHORITY_HOST"));
        match (authority, hinted) {
            (Some(_), Some(cloud)) if is_hint => {
                if !self.has(Argument::Environment) {
                    endpoints = Endpoints::of(cloud);
                }
            }
            (Some(Setting { value, origin }), _) => match endpoints.clone().with_authority(value.expose()) {
                Ok(placed) => endpoints = placed,
                Err(error) => mistake(Argument::AuthorityHost, *origin, error.to_string()),
            },
            (None, _) => {}
        }
        if let Some(Setting { value, origin }) = self.explicit.get(&Argument::GraphEndpoint) {
            match endpoints.clone().with_graph(value.expose()) {
                Ok(placed) => endpoints = placed,
                Err(error) => mistake(Argument::GraphEndpoint, *origin, error.to_string()),
            }
        }
        self.endpoints = endpoints;
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => write!(f, "argument {name}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// The spellings of azurerm's environment variables, which are Go's.
fn parse_flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    }
}

fn cloud_of_graph(url: &str) -> Option<Cloud> {
    Cloud::ALL.into_iter().find(|cloud| cloud.graph_root() == url.trim().trim_end_matches('/'))
}

fn cloud_of_authority(url: &str) -> Option<Cloud> {
    Cloud::ALL.into_iter().find(|cloud| cloud.authority() == url.trim().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Argument::*;

    fn resolve(
        arguments: &[(Argument, &str)],
        environment: &[(&str, &str)],
    ) -> Result<Settings, Vec<Mistake>> {
        let arguments = arguments.iter().map(|(name, value)| (*name, Secret::new(*value))).collect();
        let environment =
            environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Settings::resolve(&arguments, &environment)
    }

    #[test]
    fn arguments_win_then_arm_then_azure() {
        let all = [("ARM_CLIENT_ID", "arm"), ("AZURE_CLIENT_ID", "azure")];
        for (written, environment, value, origin) in [
            ("own", &all[..], "own", Origin::Argument("client_id")),
            ("", &all[..], "arm", Origin::Environment("ARM_CLIENT_ID")),
            ("", &all[1..], "azure", Origin::Environment("AZURE_CLIENT_ID")),
        ] {
            let settings = resolve(&[(ClientId, written)], environment).unwrap();
            assert_eq!((settings.text(ClientId), settings.origin(ClientId)), (Some(value), Some(origin)));
        }
        let empty = resolve(&[], &[("ARM_CLIENT_ID", ""), ("AZURE_CLIENT_ID", "azure")]).unwrap();
        assert_eq!(empty.text(ClientId), Some("azure"), "an empty variable is no value");
    }

    #[test]
    fn every_row_is_read_from_each_of_its_names() {
        for facts in ARGUMENTS {
            let value = match (facts.kind, facts.argument) {
                (ArgumentKind::Flag { .. }, _) => "true",
                (_, Environment) => "china",
                (_, GraphEndpoint | AuthorityHost) => "https://host.example",
                (_, PartnerId) => "6e2b7c3a-6a0e-4f0b-9d5e-2f6d9a1b0c11",
                _ => "v",
            };
            if facts.name.is_some() {
                assert!(resolve(&[(facts.argument, value)], &[]).unwrap().has(facts.argument));
            }
            for name in facts.environment {
                let settings = resolve(&[], &[(name, value)]).unwrap();
                assert_eq!(settings.origin(facts.argument), Some(Origin::Environment(name)));
            }
        }
    }

    #[test]
    fn flags_have_gos_spellings_and_defaults() {
        let nothing = resolve(&[], &[]).unwrap();
        assert!(
            nothing.flag(UseCli) && !nothing.flag(UseOidc) && !nothing.flag(UseMsi) && !nothing.flag(UseAzd)
        );
        for (text, value) in [("true", true), ("1", true), ("T", true), ("False", false), ("0", false)] {
            assert_eq!(resolve(&[], &[("ARM_USE_CLI", text)]).unwrap().flag(UseCli), value, "{text}");
        }
        assert!(!resolve(&[(UseCli, "false")], &[("ARM_USE_CLI", "true")]).unwrap().flag(UseCli));
    }

    #[test]
    fn all_mistakes_are_reported_at_once_and_where_they_stand() {
        let mistakes = resolve(
            &[(TenantId, "a tenant"), (GraphEndpoint, "http://graph.example")],
            &[("ARM_USE_OIDC", "yes please"), ("ARM_ENVIRONMENT", "mars"), ("ARM_AUTHORITY_HOST", "login")],
        )
        .unwrap_err();
        let messages: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
        assert_eq!(messages.len(), 5, "{messages:#?}");
        assert!(
            messages[0].starts_with("environment variable ARM_USE_OIDC: \"yes please\""),
            "{}",
            messages[0]
        );
        assert!(messages[1].starts_with("argument tenant_id: \"a tenant\""));
        assert!(messages[2].contains("public, usgovernment, dod, china"));
        assert!(messages[4].contains("in the clear"));
    }

    #[test]
    fn clouds_and_addresses_are_found() {
        let of = |arguments: &[(Argument, &str)], environment: &[(&str, &str)]| {
            resolve(arguments, environment).unwrap().endpoints().clone()
        };
        assert_eq!(of(&[], &[]).cloud, Cloud::Global);
        assert_eq!(of(&[], &[("ARM_ENVIRONMENT", "dod")]).cloud, Cloud::Dod);
        let us = "https://login.microsoftonline.us/";
        assert_eq!(of(&[], &[("AZURE_AUTHORITY_HOST", us)]), Endpoints::of(Cloud::UsGovernment));
        assert_eq!(
            of(&[(Environment, "public")], &[("AZURE_AUTHORITY_HOST", us)]),
            Endpoints::of(Cloud::Global),
            "the hint of a pod yields to what the user wrote"
        );
        for cloud in Cloud::ALL {
            let root = cloud.graph_root();
            assert_eq!(of(&[], &[("ARM_MSGRAPH_ENDPOINT", root)]), Endpoints::of(cloud), "{root}");
            let other = if cloud == Cloud::China { "public" } else { "china" };
            let mistakes = resolve(&[(Environment, other)], &[("ARM_MSGRAPH_ENDPOINT", root)]).unwrap_err();
            let problem = &mistakes[0].problem;
            assert!(problem.contains(other) && problem.contains(cloud.name()), "{problem}");
        }
        let emulator =
            of(&[(AuthorityHost, "http://127.0.0.1:7")], &[("ARM_MSGRAPH_ENDPOINT", "http://127.0.0.1:8")]);
        assert_eq!((emulator.authority.port(), emulator.graph.port()), (Some(7), Some(8)));
    }

    #[test]
    fn the_process_environment_is_read_by_name() {
        let environment = Settings::environment();
        assert!(environment.contains_key("PATH"));
        let known: Vec<&str> = ARGUMENTS.iter().flat_map(|facts| facts.environment).copied().collect();
        assert!(environment.keys().all(|name| known.contains(&name.as_str())));
    }

    #[test]
    fn debug_shows_no_secret() {
        let settings = resolve(&[(ClientSecret, "hunter2")], &[("ARM_OIDC_TOKEN", "hunter3")]).unwrap();
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hunter"), "{shown}");
    }
}
