//! Which crates end up in the executable.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::output;
use crate::project::{NAME, Project, cargo};
use crate::target::Target;

/// The packages whose code is linked into the target's executable, by name and version, ours aside.
pub(crate) fn linked(project: &Project, target: Target) -> Result<Vec<Package>> {
    let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", target.triple];
    let metadata = output(cargo(&project.root).args(arguments))?;
    let metadata: Metadata =
        serde_json::from_slice(&metadata).context("cargo metadata is not as expected")?;
    reached(metadata)
}

fn reached(metadata: Metadata) -> Result<Vec<Package>> {
    let nodes: HashMap<String, Node> =
        metadata.resolve.nodes.into_iter().map(|node| (node.id.clone(), node)).collect();
    let mut packages: HashMap<String, Package> =
        metadata.packages.into_iter().map(|package| (package.id.clone(), package)).collect();
    let ours = packages.values().find(|package| package.name == NAME).context("the provider is a package")?;

    let mut open = vec![ours.id.clone()];
    let mut seen = BTreeSet::from_iter(open.clone());
    while let Some(id) = open.pop() {
        for dependency in nodes.get(&id).into_iter().flat_map(|node| &node.deps) {
            // Those without a kind are the normal ones. A macro runs in the compiler alone.
            let normal = dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
            let is_macro = packages.get(&dependency.pkg).is_some_and(Package::is_macro);
            if normal && !is_macro && seen.insert(dependency.pkg.clone()) {
                open.push(dependency.pkg.clone());
            }
        }
    }
    let mut linked: Vec<_> = seen.iter().filter_map(|id| packages.remove(id)).collect();
    linked.retain(|package| package.name != NAME);
    linked.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(linked)
}

/// A crate, as `cargo metadata` describes it.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) license_file: Option<PathBuf>,
    pub(crate) repository: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<Built>,
}

/// What Cargo makes of a package: a library, a macro.
#[derive(Deserialize)]
pub(crate) struct Built {
    kind: Vec<String>,
}

impl Package {
    fn is_macro(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }

    /// Who wrote it, for people.
    pub(crate) fn authors(&self) -> String {
        if self.authors.is_empty() { "its authors".to_owned() } else { self.authors.join(", ") }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Deserialize)]
struct DependencyKind {
    kind: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_is_found_and_nothing_else() {
        let project = Project::here().expect("a project");
        let target = "x86_64-unknown-linux-musl".parse().expect("a target");
        let linked = linked(&project, target).expect("cargo tells");
        let is_linked = |name: &str| linked.iter().any(|package| package.name == name);
        assert!(is_linked("ring") && is_linked("tokio") && is_linked("axum"));
        assert!(!is_linked("insta"), "a crate of the tests");
        assert!(!is_linked("serde_derive"), "a macro");
        assert!(!is_linked("windows-sys"), "another system's");
        assert!(!is_linked(NAME), "our own");
    }
}
