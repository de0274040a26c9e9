//! The versions of Terraform that tests are run with: those that `TERRAFORMS` names, which is a list like `PATH`, or the
//! one on the `PATH`. `tests/terraforms/install` brings several.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that is Terraform, or OpenTofu.
#[derive(Clone, Debug)]
pub(crate) struct Terraform {
    pub(crate) program: PathBuf,
    is_tofu: bool,
    version: (u32, u32),
}

impl Terraform {
    /// The one on the `PATH`, for tests that are run with one version.
    pub(crate) fn on_path() -> Option<PathBuf> {
        ["terraform", "tofu"].into_iter().find_map(find_on_path)
    }

    /// All that were named. None says so on stderr, and fails the test under CI.
    #[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
    pub(crate) fn all() -> Vec<Self> {
        let named = std::env::var_os("TERRAFORMS").unwrap_or_default();
        let named: Vec<PathBuf> =
            std::env::split_paths(&named).filter(|p| !p.as_os_str().is_empty()).collect();
        let programs = if named.is_empty() { Self::on_path().into_iter().collect() } else { named };
        if programs.is_empty() {
            assert!(std::env::var_os("CI").is_none(), "neither terraform nor tofu is on PATH");
            eprintln!("skipped: neither terraform nor tofu is on PATH");
        }
        programs.iter().map(|program| Self::new(program)).collect()
    }

    /// Those of [`all`](Self::all) that know a feature.
    #[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
    pub(crate) fn with(feature: Feature) -> Vec<Self> {
        let able: Vec<Self> = Self::all().into_iter().filter(|terraform| terraform.knows(feature)).collect();
        if able.is_empty() {
            eprintln!("skipped: no version of Terraform that TERRAFORMS names knows {feature:?}");
        }
        able
    }

    pub(crate) fn knows(&self, feature: Feature) -> bool {
        let since = match (feature, self.is_tofu) {
            (Feature::WriteOnly, _) => (1, 11),
            (Feature::Identity, _) => (1, 12),
            (Feature::Query | Feature::Actions, false) => (1, 14),
            (Feature::Query | Feature::Actions, true) => return false,
        };
        self.version >= since
    }

    fn new(program: &Path) -> Self {
        let said = Command::new(program).arg("version").env("CHECKPOINT_DISABLE", "1").output();
        let said = said.unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let read = || {
            let (name, version) = said.lines().find_map(|line| line.split_once(" v"))?;
            let mut parts = version.split('.').map(str::parse);
            Some((name == "OpenTofu", (parts.next()?.ok()?, parts.next()?.ok()?)))
        };
        let (is_tofu, version) =
            read().unwrap_or_else(|| panic!("{} is no Terraform: {said}", program.display()));
        Self { program: program.to_owned(), is_tofu, version }
    }
}

impl fmt::Display for Terraform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.is_tofu { "OpenTofu" } else { "Terraform" };
        write!(f, "{name} {}.{}", self.version.0, self.version.1)
    }
}

/// What not every version has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// Arguments that are in no state.
    WriteOnly,
    /// Identities, and imports by them.
    Identity,
    /// `query`, and list blocks.
    Query,
    /// Actions, and triggers of them.
    Actions,
}

fn find_on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|directory| directory.join(&file))
        .find(|p| p.is_file())
}
