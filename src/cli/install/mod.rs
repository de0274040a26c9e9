//! `install`: puts this program where `terraform init` and `tofu init` find providers by themselves.

mod folder;

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use autopilot_provider::autopilot::ADDRESS;
use hcl_edit::structure::Body;

use self::folder::{System, configurations, plugins};
use super::common::Failed;
use crate::mirror;

/// Put this program where `terraform init` and `tofu init` find it by themselves, in every folder of yours.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Take it out again, in every version.
    #[arg(long)]
    uninstall: bool,
    /// Replace another build of this version without asking.
    #[arg(long, conflicts_with = "uninstall")]
    overwrite: bool,
}

/// Installs, or takes out.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failed> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let folder = plugins(System::this(), variable).ok_or_else(|| {
        let needed = if cfg!(windows) { "APPDATA" } else { "HOME" };
        Failed::new(format!(
            "The environment variable {needed} is not set, so your plugin folder is not known."
        ))
    })?;
    if arguments.uninstall {
        return uninstall(&folder);
    }
    install(&folder, arguments.overwrite)?;
    for file in configurations(System::this(), variable) {
        if chooses_where_from(&file) {
            println!("\n{}", not_looked_into(&file, &folder));
        }
    }
    Ok(())
}

fn install(folder: &Path, overwrite: bool) -> Result<(), Failed> {
    let program = std::env::current_exe()?;
    let bytes = fs::read(&program)?;
    let mut news = Vec::new();
    let mut replaced = false;
    for file in mirror::REGISTRIES.map(|registry| mirror::file(folder, registry)) {
        match fs::read(&file) {
            Ok(there) if there == bytes => continue,
            Ok(_) => {
                let said_yes = overwrite || replaced || ask(&file)?;
                if !said_yes {
                    return Err(Failed::new("Nothing was changed."));
                }
                replaced = true;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(cannot(&file, "read", &error)),
        }
        news.push(file);
    }
    for file in &news {
        put(&program, file).map_err(|error| cannot(file, "written", &error))?;
    }
    let version = mirror::VERSION;
    println!(
        "{} {version}, for Terraform and OpenTofu, in {}.",
        if news.is_empty() { "Installed already: the provider" } else { "Installed the provider" },
        folder.display()
    );
    if replaced {
        println!(
            "\nIt replaces another build of the same version. Folders that were initialised with that one have its \
             checksum in .terraform.lock.hcl: remove the block of {ADDRESS} there, and run `terraform init`."
        );
    } else {
        println!("\n`terraform init` finds it in every folder whose configuration says:\n\n{REQUIRED}");
    }
    println!("\n`terraform-provider-autopilot install --uninstall` takes it out again.");
    Ok(())
}

/// Takes every version out, and the folders that are empty then.
fn uninstall(folder: &Path) -> Result<(), Failed> {
    let mut removed = 0;
    for registry in mirror::REGISTRIES {
        for file in installed(&mirror::versions(folder, registry)) {
            fs::remove_file(&file).map_err(|error| cannot(&file, "removed", &error))?;
            println!("Removed {}", file.display());
            removed += 1;
            // Refused where something else is left.
            let above = file.ancestors().skip(1).take_while(|above| *above != folder);
            above.map_while(|above| fs::remove_dir(above).ok()).for_each(drop);
        }
    }
    if removed == 0 {
        println!("There is nothing to remove in {}", folder.display());
    }
    Ok(())
}

/// The files of all versions: `VERSION/PLATFORM/FILE`.
fn installed(versions: &Path) -> Vec<PathBuf> {
    let inside = |folder: &PathBuf| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let files = inside(&versions.to_owned()).iter().flat_map(inside).collect::<Vec<_>>();
    let files = files.iter().flat_map(inside);
    let is_ours = |file: &PathBuf| {
        file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(mirror::FILE_STEM))
    };
    files.filter(is_ours).collect()
}

/// Copies whole or not at all: Terraform may be starting what is there.
fn put(program: &Path, file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension("new");
    fs::copy(program, &beside)?;
    fs::rename(&beside, file).inspect_err(|_| drop(fs::remove_file(&beside)))
}

/// Whether the person wants it replaced; an error where nobody can be asked.
fn ask(file: &Path) -> Result<bool, Failed> {
    let question = format!("{} is another build of this version.", file.display());
    if !io::stdin().is_terminal() {
        return Err(Failed::new(format!("{question} Nothing was changed; --overwrite replaces it.")));
    }
    print!("{question} Replace it? [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}

/// Whether a CLI configuration says where providers come from. Then no host looks into the folders it knows by itself.
fn chooses_where_from(configuration: &Path) -> bool {
    let body = fs::read_to_string(configuration).ok().and_then(|text| text.parse::<Body>().ok());
    body.is_some_and(|body| body.blocks().any(|block| block.ident.as_str() == "provider_installation"))
}

fn not_looked_into(configuration: &Path, folder: &Path) -> String {
    let path = folder.display().to_string().replace('\\', "/");
    format!(
        "But {} has a block `provider_installation`, so only what it names is looked into. Add to that block:\n\n  \
         filesystem_mirror {{\n    path    = \"{path}\"\n    include = [\"*/{ADDRESS}\"]\n  }}\n\nand, if it has \
         `dev_overrides` for {ADDRESS}, remove those.",
        configuration.display()
    )
}

fn cannot(file: &Path, verb: &str, error: &io::Error) -> Failed {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => ". End what uses it, such as a running Terraform, and try again",
        _ => "",
    };
    Failed::new(format!("{} cannot be {verb}: {error}{hint}", file.display()))
}

const REQUIRED: &str = r#"terraform {
  required_providers {
    autopilot = { source = "autopilot-iac/autopilot" }
  }
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_names_this_provider() {
        assert!(REQUIRED.contains(ADDRESS));
    }

    #[test]
    fn a_configuration_that_chooses_where_from_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("terraform.rc");
        for (text, chooses) in [
            ("plugin_cache_dir = \"/x\"\n", false),
            ("# provider_installation {}\n", false),
            ("provider_installation {\n  direct {}\n}\n", true),
        ] {
            fs::write(&file, text).unwrap();
            assert_eq!(chooses_where_from(&file), chooses, "{text}");
        }
        assert!(!chooses_where_from(&folder.path().join("missing")));
    }
}
