//! What a folder with Terraform configuration uses of this provider.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hcl_edit::structure::{Block, Body};
use serde_json::Value;

use super::common::Failed;

/// The types of this provider that a folder and its local modules use: `autopilot_device_group`, `data.autopilot_group`,
/// `action.autopilot_sync`.
///
/// # Errors
/// The folder or a file of it cannot be read, or is no configuration.
pub(super) fn used_types(folder: &Path) -> Result<BTreeSet<String>, Failed> {
    let mut types = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        let place = fs::canonicalize(&folder).map_err(|error| {
            Failed::new(format!("The folder {} cannot be read: {error}", folder.display()))
        })?;
        if seen.insert(place) {
            left.extend(look_into(&folder, &mut types)?);
        }
    }
    Ok(types)
}

/// Notes the types that a folder uses, and gives the folders of its modules.
fn look_into(folder: &Path, types: &mut BTreeSet<String>) -> Result<Vec<PathBuf>, Failed> {
    let cannot = |what: &Path, error: &dyn std::fmt::Display| {
        Failed::new(format!("{} cannot be read: {error}", what.display()))
    };
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| cannot(folder, &error))?.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let used = if name.ends_with(".tf") || name.ends_with(".tofu") {
            let text = fs::read_to_string(&path).map_err(|error| cannot(&path, &error))?;
            native(&text).map_err(|error| cannot(&path, &error))?
        } else if name.ends_with(".tf.json") || name.ends_with(".tofu.json") {
            let bytes = fs::read(&path).map_err(|error| cannot(&path, &error))?;
            json(&serde_json::from_slice(&bytes).map_err(|error| cannot(&path, &error))?)
        } else {
            continue;
        };
        types.extend(used.types);
        modules.extend(used.modules.iter().map(|source| folder.join(source)));
    }
    Ok(modules)
}

#[derive(Debug, Default, PartialEq)]
struct Used {
    types: Vec<String>,
    /// Sources of modules that are folders here.
    modules: Vec<String>,
}

impl Used {
    fn note(&mut self, block: &str, label: &str) {
        if !label.starts_with("autopilot_") {
            return;
        }
        match block {
            "resource" => self.types.push(label.to_owned()),
            "data" | "action" => self.types.push(format!("{block}.{label}")),
            _ => {}
        }
    }

    fn note_module(&mut self, source: Option<&str>) {
        self.modules.extend(source.filter(|source| source.starts_with('.')).map(str::to_owned));
    }
}

fn native(text: &str) -> Result<Used, hcl_edit::parser::Error> {
    let body: Body = text.parse()?;
    let mut used = Used::default();
    for block in body.blocks() {
        let label = block.labels.first().map(|label| label.as_str()).unwrap_or_default();
        match block.ident.as_str() {
            "module" => used.note_module(source(block)),
            // `check` blocks hold data sources of their own.
            "check" => {
                for inner in block.body.blocks() {
                    let label = inner.labels.first().map(|label| label.as_str()).unwrap_or_default();
                    used.note(inner.ident.as_str(), label);
                }
            }
            kind => used.note(kind, label),
        }
    }
    Ok(used)
}

fn source(module: &Block) -> Option<&str> {
    module.body.get_attribute("source").and_then(|attribute| attribute.value.as_str())
}

fn json(document: &Value) -> Used {
    let mut used = Used::default();
    for block in ["resource", "data", "action"] {
        for label in document[block].as_object().into_iter().flatten().map(|(label, _)| label) {
            used.note(block, label);
        }
    }
    for module in document["module"].as_object().into_iter().flatten().map(|(_, module)| module) {
        used.note_module(module["source"].as_str());
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_in_blocks_and_nowhere_else() {
        let text = r#"
            # resource "autopilot_device_identity" "no" {}
            resource "autopilot_device_group" "a" { description = "resource \"autopilot_x\" \"y\" {}" }
            data "autopilot_user" "b" {}
            action "autopilot_sync" "d" {}
            check "ready" {
              data "autopilot_device" "c" {}
            }
            resource "azuread_group" "other" {}
            locals {
              text = <<-END
                resource "autopilot_deployment_profile" "no" {}
              END
            }
            module "near" { source = "./modules/near" }
            module "far" { source = "registry.example/x/y" }
        "#;
        let used = native(text).unwrap();
        assert_eq!(
            used.types,
            [
                "autopilot_device_group",
                "data.autopilot_user",
                "action.autopilot_sync",
                "data.autopilot_device"
            ]
        );
        assert_eq!(used.modules, ["./modules/near"]);
    }

    #[test]
    fn json_says_the_same_in_its_way() {
        let used = json(&serde_json::json!({
            "resource": {"autopilot_device_group": {"a": {}}}, "data": {"autopilot_user": {"b": {}}},
            "module": {"near": {"source": "../near"}},
        }));
        assert_eq!(used.types, ["autopilot_device_group", "data.autopilot_user"]);
        assert_eq!(used.modules, ["../near"]);
    }

    #[test]
    fn modules_beside_are_followed_and_circles_end() {
        let root = tempfile::tempdir().unwrap();
        let near = root.path().join("near");
        fs::create_dir(&near).unwrap();
        fs::write(root.path().join("main.tf"), "module \"n\" { source = \"./near\" }\n").unwrap();
        let text = "resource \"autopilot_device_group\" \"a\" {}\nmodule \"back\" { source = \"..\" }\n";
        fs::write(near.join("main.tf"), text).unwrap();
        assert_eq!(used_types(root.path()).unwrap(), ["autopilot_device_group".to_owned()].into());
        assert!(used_types(&root.path().join("missing")).unwrap_err().to_string().contains("cannot be read"));
    }
}
