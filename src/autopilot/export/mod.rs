//! `export`: what a tenant has, as `import` blocks, from which Terraform writes the configuration.

mod collected;
mod devices;
mod file;
mod groups;
mod names;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::collected::Collected;
use self::devices::devices;
use self::groups::groups;
use super::groups::GROUPS;
use super::one_device::FLEET;
use super::resources::{self, deployment_profile::PROFILES, enrollment_status_page::PAGES};
use super::session::Session;
use super::tenant::Tenant;
use crate::graph::{Scope, tame};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::provider::{Client, Doing, Permit, Permitted};
use crate::tf_provider::resource::Resource;

pub use self::file::{Exported, Import};

/// What of a tenant is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Types of resources, with or without `autopilot_`; all of them if there is none.
    pub types: Vec<String>,
    /// Group tags to which devices are narrowed; none if there is none.
    pub tags: Vec<String>,
    /// Whether each device is a resource of its own, instead of a part of its group tag's fleet.
    pub one_by_one: bool,
}

/// Reads what a tenant has that a resource can manage. Only reads.
///
/// What the sign-in may not read is left out and said, unless it was asked for by name.
///
/// # Errors
/// A type is unknown, two of them are for the same devices, something that was asked for may not be read, or Graph cannot be
/// asked.
pub async fn export(
    tenant: Tenant,
    cancel: &CancellationToken,
    wanted: &Wanted,
) -> Result<Exported, Failure> {
    let resources = resources::all();
    let chosen = chosen(&resources, wanted)?;
    let graph = tenant.graph().clone()?;
    let session = Session::new(graph, Scope::new(cancel.clone(), ALLOWED));
    let mut found = Collected::new(session, wanted.tags.clone());
    let mut readable = BTreeSet::new();
    for resource in &resources {
        let name = resource.name();
        match refusal(&tenant, resource.as_ref(), cancel).await {
            None => drop(readable.insert(name)),
            Some(_) if !chosen.contains(name) => {}
            Some(refusal) if !wanted.types.is_empty() => return Err(refusal),
            Some(refusal) => found.left_out.push(format!("{name}: {}", shortly(refusal))),
        }
    }
    for resource in
        resources.iter().filter(|one| chosen.contains(one.name()) && readable.contains(one.name()))
    {
        match resource.name() {
            name if resource.is_singleton() => {
                found.add(name, "tenant", "tenant", "tenant", "What every tenant has once");
            }
            name if name == PROFILES.type_name => {
                let profiles = PROFILES.all(&found.session).await?;
                found.named(name, "profile", &profiles)?;
            }
            name if name == PAGES.type_name => {
                let pages = PAGES.all(&found.session).await?;
                found.named(name, "page", &pages)?;
            }
            name if name == GROUPS.type_name => groups(&mut found, &readable).await?,
            name => devices(&mut found, name).await?,
        }
    }
    let Collected { imports, left_out, .. } = found;
    Ok(Exported { tenant: tenant.id().map(str::to_owned), imports, left_out })
}

/// Why the sign-in may not read objects of a type, if it may not.
async fn refusal(
    tenant: &Tenant,
    resource: &dyn Resource<Tenant>,
    cancel: &CancellationToken,
) -> Option<Failure> {
    let needs = resource.permissions();
    let request = Permit { type_name: resource.name(), doing: Doing::Read, needs: &needs, cancel };
    match tenant.permit(request).await {
        Permitted::Yes => None,
        Permitted::No(failure) | Permitted::AlreadyReported(failure) => Some(failure),
    }
}

/// The first paragraph says what is missing; the others what to do for a resource, which nobody has yet.
fn shortly(refusal: Failure) -> String {
    let problems = refusal.into_diagnostics();
    let paragraphs = problems.iter().filter_map(|problem| problem.detail.split("\n\n").next());
    paragraphs.collect::<Vec<_>>().join(" ")
}

/// The types that are wanted.
fn chosen(
    resources: &[Box<dyn Resource<Tenant>>],
    wanted: &Wanted,
) -> Result<BTreeSet<&'static str>, Failure> {
    let known: Vec<&'static str> = resources.iter().map(|one| one.name()).collect();
    let singly = ["autopilot_device_identity", "autopilot_user_assignment"];
    if wanted.types.is_empty() {
        let other = |name: &&str| if wanted.one_by_one { *name != FLEET } else { !singly.contains(name) };
        return Ok(known.into_iter().filter(other).collect());
    }
    let mut chosen = BTreeSet::new();
    for text in &wanted.types {
        let found = known.iter().find(|name| *name == text || name.strip_prefix(PREFIX) == Some(text));
        chosen.insert(*found.ok_or_else(|| unknown_type(text, &known))?);
    }
    let is_single = wanted.one_by_one || singly.iter().any(|name| chosen.contains(name));
    if chosen.contains(FLEET) && is_single {
        return Err(Failure::new(
            "Two resources for one device",
            format!(
                "A device is managed by a fleet or by resources of its own (`{}`), not by both. Export the ones or the others.",
                singly.join("`, `")
            ),
        ));
    }
    Ok(chosen)
}

fn unknown_type(text: &str, known: &[&str]) -> Failure {
    Failure::new(
        "Unknown type",
        format!("There is no resource `{}`. There are {}.", tame(text), known.join(", ")),
    )
}

const PREFIX: &str = "autopilot_";
/// Within which a tenant is read; a hundred thousand devices are two hundred pages.
const ALLOWED: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autopilot::devices::DEVICES;

    #[test]
    fn types_are_named_with_and_without_their_prefix_and_devices_once() {
        let chosen = |types: &[&str], one_by_one| {
            let types = types.iter().map(|name| (*name).to_owned()).collect();
            super::chosen(&resources::all(), &Wanted { types, one_by_one, ..Wanted::default() })
        };
        let some = chosen(&["device_group", "autopilot_deployment_profile"], false).expect("types");
        assert_eq!(some.into_iter().collect::<Vec<_>>(), [PROFILES.type_name, GROUPS.type_name]);
        let all = chosen(&[], false).expect("types");
        assert!(all.contains(FLEET) && !all.contains(DEVICES.type_name));
        let all = chosen(&[], true).expect("types");
        assert!(!all.contains(FLEET) && all.contains(DEVICES.type_name));
        for wrong in [&["device_fleet", "user_assignment"][..], &["azuread_group"]] {
            assert!(chosen(wrong, false).is_err(), "{wrong:?}");
        }
    }
}
