//! The provider block, and what the provider offers.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::backup::Backups;
use super::tenant::Tenant;
use super::{actions, data_sources, functions, list_resources, resources};
use crate::graph::secret::Secret;
use crate::graph::signin::{
    ARGUMENTS, Argument, ArgumentFacts, ArgumentKind, Arguments, Mistake, Origin, Settings,
};
use crate::graph::{Graph, Scope, run_id};
use crate::tf_provider::action::Action;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::function::Function;
use crate::tf_provider::list_resource::ListResource;
use crate::tf_provider::path::Path;
use crate::tf_provider::provider::Provider;
use crate::tf_provider::resource::Resource;
use crate::tf_provider::schema::{Attribute, Schema, boolean, optional, text};
use crate::tf_provider::value::Value;

/// Where the provider is published; what `required_providers` names as its source.
pub const ADDRESS: &str = "autopilot-iac/autopilot";

/// The provider `autopilot`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Autopilot;

#[async_trait]
impl Provider for Autopilot {
    type Client = Tenant;

    fn name(&self) -> &'static str {
        "autopilot"
    }

    fn schema(&self) -> Schema {
        let named =
            ARGUMENTS.iter().filter_map(|facts| Some(argument(facts.name?, facts, facts.description.into())));
        let aliases = ARGUMENTS.iter().filter_map(|facts| {
            Some(argument(facts.alias?, facts, format!("The same as `{}`.", facts.name?)))
        });
        Schema::new(
            "Windows Autopilot user-driven Microsoft Entra join as code, from automatic enrollment to the laptop's user.",
        )
        .attributes(named)
        .attributes(aliases)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        // Only what is written is judged here; the environment is that of another moment.
        let (arguments, mut problems) = arguments(config);
        if let Err(mistakes) = Settings::resolve(&arguments, &BTreeMap::new()) {
            problems.extend(refused(mistakes));
        }
        problems
    }

    async fn configure(&self, config: Value, terraform_version: &str) -> Result<Tenant, Failure> {
        if let Some(unknown) = config.entries().iter().find(|(_, value)| value.is_unknown()) {
            return Ok(Tenant::unknown(not_known_yet(unknown.0)));
        }
        let (arguments, problems) = arguments(&config);
        if problems.has_errors() {
            return Err(problems.into());
        }
        let settings = Settings::resolve(&arguments, &Settings::environment()).map_err(refused)?;
        let user_agent = user_agent(terraform_version, settings.text(Argument::PartnerId));
        let backups = Backups::in_folder(settings.text(Argument::BackupPath))?;
        let graph = Graph::connect(settings, &user_agent)?;
        // Here a sign-in that fails is one error, whatever the number of objects. (Where there is no provider block,
        // Terraform adds that one may be needed.)
        let tenant = graph.claims(&Scope::default()).await?.tenant_id;
        Ok(Tenant::new(graph, tenant).keeping(backups))
    }

    fn resources(&self) -> Vec<Box<dyn Resource<Tenant>>> {
        resources::all()
    }

    fn data_sources(&self) -> Vec<Box<dyn DataSource<Tenant>>> {
        data_sources::all()
    }

    fn list_resources(&self) -> Vec<Box<dyn ListResource<Tenant>>> {
        list_resources::all()
    }

    fn actions(&self) -> Vec<Box<dyn Action<Tenant>>> {
        actions::all()
    }

    fn functions(&self) -> Vec<Box<dyn Function>> {
        functions::all()
    }
}

fn argument(name: &'static str, facts: &ArgumentFacts, description: String) -> Attribute {
    let kind = match facts.kind {
        ArgumentKind::Text => text(),
        ArgumentKind::Flag { .. } => boolean(),
    };
    let environment: Vec<String> = facts.environment.iter().map(|name| format!("`{name}`")).collect();
    let environment = match environment.as_slice() {
        [] => String::new(),
        names => format!(" Environment: {}.", names.join(" or ")),
    };
    let attribute = optional(name, kind, format!("{description}{environment}"));
    if facts.secret { attribute.sensitive() } else { attribute }
}

/// What is written in the provider block, under one name or the other.
fn arguments(config: &Value) -> (Arguments, Diagnostics) {
    let mut arguments = Arguments::new();
    let mut problems = Diagnostics::default();
    for facts in ARGUMENTS {
        let written = |name: Option<&'static str>| {
            let value = config.get(name?);
            value.as_str().map(str::to_owned).or_else(|| value.as_bool().map(|flag| flag.to_string()))
        };
        let (own, other) = (written(facts.name), written(facts.alias));
        if let (Some(own), Some(other), Some(name), Some(alias)) = (&own, &other, facts.name, facts.alias)
            && own != other
        {
            problems.error_at(
                Path::from(alias),
                "Two values for one provider setting",
                format!("`{alias}` is another name for `{name}`, and they have different values. Remove one of them."),
            );
        }
        arguments.extend(own.or(other).map(|value| (facts.argument, Secret::new(value))));
    }
    (arguments, problems)
}

fn refused(mistakes: Vec<Mistake>) -> Diagnostics {
    let mut problems = Diagnostics::default();
    for mistake in mistakes {
        let text = format!("{mistake}.");
        match mistake.origin {
            Origin::Argument(name) => {
                problems.error_at(Path::from(name), "Provider setting cannot be used", text)
            }
            Origin::Environment(_) => problems.error("Provider setting cannot be used", text),
        }
    }
    problems
}

fn not_known_yet(attribute: &str) -> Failure {
    Failure::at(
        attribute,
        "Provider setting not known yet",
        format!(
            "The provider's `{attribute}` comes from an object that does not exist yet, so the tenant cannot be \
                 asked. Apply that object first (`terraform apply -target=...`), or give the value directly."
        ),
    )
}

fn user_agent(terraform_version: &str, partner: Option<&str>) -> String {
    let ours = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let partner = partner.map(|id| format!(" pid-{id}")).unwrap_or_default();
    format!("{ours} (run {}) Terraform/{terraform_version}{partner}", run_id())
}
