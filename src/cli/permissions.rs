//! `permissions`: what an app registration must be granted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use autopilot_provider::autopilot::needs::{self, Needed};
use autopilot_provider::autopilot::permission_ids::{self, GRAPH};
use autopilot_provider::autopilot::permissions;
use autopilot_provider::tf_provider::permission::Access;

use super::common::Failed;
use super::configuration::used_types;

/// Show what an app registration needs: for the resource types used in a folder, or for all.
///
/// The least permissions of Microsoft Graph, as a table, as commands of the Azure CLI, as configuration for the azuread
/// provider, or as what to click in the Entra admin center. What only a signed-in person can have is named apart.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A folder with Terraform configuration; modules in folders beside it are followed.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// How to show it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// For every type of this provider, whatever the folder holds.
    #[arg(long)]
    all: bool,
    /// With --all, what the actions need as well, one of which resets devices.
    #[arg(long)]
    with_actions: bool,
    /// Only what reading needs: for `terraform plan` with `read_only = true`.
    #[arg(long)]
    read_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table.
    Table,
    /// Commands of the Azure CLI.
    Az,
    /// Configuration for the azuread provider.
    Azuread,
    /// What to click.
    Portal,
}

/// Prints what is needed.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failed> {
    let used = if arguments.all { BTreeSet::new() } else { used_types(&arguments.folder)? };
    let everything = arguments.all || used.is_empty();
    let about = match everything {
        false => format!("the {} types used in {}", used.len(), arguments.folder.display()),
        true if arguments.all => "every type of this provider".to_owned(),
        true => format!("every type of this provider ({} uses none)", arguments.folder.display()),
    };
    let mut needed = needs::of_types(|name| everything || used.contains(name));
    needed.retain(|one| used.contains(&one.type_name) || arguments.with_actions || !one.is_for_an_action());
    let grants = Grants::of(needed, arguments.read_only);
    print!("{}", show(&grants, arguments.format, &about));
    Ok(ExitCode::SUCCESS)
}

/// What to grant, each with what for.
#[derive(Debug, Default)]
struct Grants {
    application: BTreeMap<&'static str, BTreeSet<String>>,
    aside: BTreeMap<&'static str, BTreeSet<String>>,
    person: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Grants {
    fn of(needed: Vec<Needed>, read_only: bool) -> Self {
        let needed: Vec<Needed> = needed
            .into_iter()
            .filter(|one| !read_only || permissions::is_for_reading(&one.permission))
            .collect();
        let mut grants = Self::default();
        let must = |one: &&Needed| one.permission.access != Access::Aside && !one.permission.person_only;
        let least = permissions::least(needed.iter().filter(must).map(|one| one.permission));
        let of_people = needed.iter().filter(|one| one.permission.person_only).map(|one| one.permission);
        let of_people = permissions::least(of_people);
        for one in &needed {
            let names = one.permission.one_of;
            let (place, chosen) = match one.permission {
                permission if permission.person_only => (&mut grants.person, &of_people),
                permission if permission.access == Access::Aside => (&mut grants.aside, &least),
                _ => (&mut grants.application, &least),
            };
            let granted = names.iter().find(|name| chosen.contains(*name)).copied();
            let what = match one.permission.access {
                Access::Aside => format!("{}: {}", one.type_name, one.permission.purpose),
                _ => one.type_name.clone(),
            };
            // What is granted anyway needs no line of its own.
            match (granted, one.permission.access) {
                (Some(_), Access::Aside) => {}
                (Some(name), _) => drop(place.entry(name).or_default().insert(what)),
                (None, _) => drop(names.first().map(|name| place.entry(*name).or_default().insert(what))),
            }
        }
        grants
    }
}

fn show(grants: &Grants, format: Format, about: &str) -> String {
    let names: Vec<&str> = grants.application.keys().copied().collect();
    let (mark, granted) = match format {
        Format::Table => ("", table(&grants.application)),
        Format::Az => ("# ", az(&names)),
        Format::Azuread => ("# ", azuread(&names)),
        Format::Portal => ("", portal(&names)),
    };
    let mut text = String::new();
    if names.is_empty() {
        text.push_str(&format!(
            "{mark}No application permission of Microsoft Graph is needed for {about}.\n"
        ));
    } else {
        let what = "Application permissions of Microsoft Graph";
        text.push_str(&format!("{mark}{what} for {about}, the least that are enough:\n\n{granted}"));
    }
    let apart = [
        ("Optional; without it the check or step named here is left out or refused by itself", &grants.aside),
        (
            "Not for applications: a person signs in with `terraform-provider-autopilot login` (role: Cloud Device \
             Administrator) and has the delegated permission",
            &grants.person,
        ),
    ];
    for (title, rows) in apart.into_iter().filter(|(_, rows)| !rows.is_empty()) {
        text.push_str(&format!("\n{mark}{title}:\n"));
        let rows = table(rows);
        text.extend(rows.lines().map(|line| format!("{mark}{line}\n")));
    }
    text
}

fn table(rows: &BTreeMap<&'static str, BTreeSet<String>>) -> String {
    let width = rows.keys().map(|name| name.len()).max().unwrap_or_default();
    let line = |(name, uses): (&&str, &BTreeSet<String>)| {
        let uses: Vec<&str> = uses.iter().map(String::as_str).collect();
        format!("  {name:width$}  {}\n", uses.join(", "))
    };
    rows.iter().map(line).collect()
}

fn az(names: &[&str]) -> String {
    let ids = names.iter().filter_map(|name| permission_ids::of(name)?.application);
    let roles: Vec<String> = ids.map(|id| format!("{id}=Role")).collect();
    format!(
        "# {}\n# APP_ID is the application (client) id of the app registration.\naz ad app permission add --id APP_ID --api \
         {GRAPH} --api-permissions {}\naz ad app permission admin-consent --id APP_ID\n",
        names.join(", "),
        roles.join(" ")
    )
}

fn azuread(names: &[&str]) -> String {
    let list: String = names.iter().map(|name| format!("    \"{name}\",\n")).collect();
    format!(
        r#"locals {{
  autopilot_permissions = toset([
{list}  ])
}}

data "azuread_application_published_app_ids" "well_known" {{}}

resource "azuread_service_principal" "graph" {{
  client_id    = data.azuread_application_published_app_ids.well_known.result["MicrosoftGraph"]
  use_existing = true
}}

resource "azuread_application" "autopilot" {{
  display_name = "Autopilot"

  required_resource_access {{
    resource_app_id = azuread_service_principal.graph.client_id

    dynamic "resource_access" {{
      for_each = local.autopilot_permissions
      content {{
        id   = azuread_service_principal.graph.app_role_ids[resource_access.value]
        type = "Role"
      }}
    }}
  }}
}}

resource "azuread_service_principal" "autopilot" {{
  client_id = azuread_application.autopilot.client_id
}}

# The administrator's consent.
resource "azuread_app_role_assignment" "autopilot" {{
  for_each            = local.autopilot_permissions
  app_role_id         = azuread_service_principal.graph.app_role_ids[each.value]
  principal_object_id = azuread_service_principal.autopilot.object_id
  resource_object_id  = azuread_service_principal.graph.object_id
}}
"#
    )
}

fn portal(names: &[&str]) -> String {
    let list: String = names.iter().map(|name| format!("     - {name}\n")).collect();
    format!(
        "  1. Microsoft Entra admin center > Identity > Applications > App registrations > your application.\n  2. API \
         permissions > Add a permission > Microsoft Graph > Application permissions.\n  3. Choose:\n{list}  4. Add \
         permissions, then \"Grant admin consent\" (a Privileged Role Administrator or Global Administrator).\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(types: &[&str], format: Format, read_only: bool) -> String {
        let needed = needs::of_types(|name| types.is_empty() || types.contains(&name));
        show(&Grants::of(needed, read_only), format, "these")
    }

    #[test]
    fn the_least_that_is_enough_is_shown_once_with_what_for() {
        let text =
            shown(&["autopilot_deployment_profile", "autopilot_device_identity"], Format::Table, false);
        assert!(
            text.contains(
                "DeviceManagementServiceConfig.ReadWrite.All  autopilot_deployment_profile, autopilot_device_identity"
            ),
            "{text}"
        );
        assert!(!text.contains("ServiceConfig.Read.All"), "reading comes with writing: {text}");
        assert!(text.contains("Optional") && text.contains("remove_from_intune"), "{text}");
    }

    #[test]
    fn what_only_a_person_can_have_is_named_apart_and_never_granted() {
        for format in [Format::Table, Format::Az, Format::Azuread, Format::Portal] {
            let text = shown(&["autopilot_enrollment_scope", "autopilot_device_group"], format, false);
            let (granted, apart) = text.split_once("Not for applications").expect("both");
            assert!(granted.contains("Group.ReadWrite.All") && !granted.contains("Mobility"), "{text}");
            assert!(apart.contains("Policy.ReadWrite.MobilityManagement"), "{text}");
        }
    }

    #[test]
    fn a_reading_registration_can_change_nothing() {
        for format in [Format::Table, Format::Az, Format::Azuread, Format::Portal] {
            assert!(!shown(&[], format, true).contains("Write"), "{}", shown(&[], format, true));
        }
    }

    #[test]
    fn commands_name_permissions_by_their_ids() {
        let text = shown(&["autopilot_device_group"], Format::Az, false);
        assert!(text.contains("62a82d76-70ea-41e2-9197-370581804d09=Role"), "{text}");
    }
}
