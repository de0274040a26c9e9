//! What is released, and where it goes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::output;

/// The name of the program, its package, and the beginning of every file of a release.
pub(crate) const NAME: &str = "terraform-provider-autopilot";

/// The folder that holds it, and what Cargo knows.
pub(crate) struct Project {
    /// The root of the sources.
    pub(crate) root: PathBuf,
    /// Where Cargo builds.
    pub(crate) target: PathBuf,
    /// The version to be released.
    pub(crate) version: String,
    /// Seconds since 1970 that stand for the time of the release in every file that wants a time.
    pub(crate) time: u64,
}

impl Project {
    /// The one that `cargo xtask` was typed in.
    pub(crate) fn here() -> Result<Self> {
        // Told by `cargo run`; were it compiled in, this program would not be the same in every folder.
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let xtask = xtask.context("start it as `cargo xtask`")?;
        let root = xtask.parent().context("xtask is in a folder of the project")?;
        let metadata =
            output(cargo(root).args(["metadata", "--format-version", "1", "--no-deps", "--locked"]))?;
        let metadata: Metadata =
            serde_json::from_slice(&metadata).context("cargo metadata is not as expected")?;
        let package = metadata.packages.into_iter().find(|package| package.name == NAME);
        Ok(Self {
            root: root.to_owned(),
            target: metadata.target_directory,
            version: package.context("the workspace has the provider")?.version,
            time: time(root)?,
        })
    }

    /// Where packages and checksums are written.
    pub(crate) fn dist(&self) -> PathBuf {
        self.target.join("dist")
    }

    /// The name of a file of this release.
    pub(crate) fn file_name(&self, end: &str) -> String {
        format!("{NAME}_{}_{end}", self.version)
    }
}

/// The cargo that runs this program, in the project's folder.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root);
    cargo
}

/// `SOURCE_DATE_EPOCH`, or else when the last commit was made: the same for everybody who builds it.
fn time(root: &Path) -> Result<u64> {
    let given = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(given) => given,
        Err(_) => {
            let git = output(Command::new("git").current_dir(root).args(["log", "-1", "--format=%ct"]));
            String::from_utf8(git.context("without git, set SOURCE_DATE_EPOCH")?)?
        }
    };
    given.trim().parse().with_context(|| format!("SOURCE_DATE_EPOCH={given:?} is no number of seconds"))
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}
