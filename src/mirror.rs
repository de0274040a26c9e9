//! Folders laid out so that Terraform and OpenTofu install this program from them.

use std::path::{Path, PathBuf};

use autopilot_provider::autopilot::ADDRESS;

/// Where each host looks a provider up that names no registry.
pub(crate) const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// This version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the file names of all versions begin with.
pub(crate) const FILE_STEM: &str = "terraform-provider-autopilot_v";

/// Where all versions of the provider are, for one registry.
pub(crate) fn versions(mirror: &Path, registry: &str) -> PathBuf {
    mirror.join(registry).join(ADDRESS)
}

/// The file that this program is, for one registry.
pub(crate) fn file(mirror: &Path, registry: &str) -> PathBuf {
    let platform = format!("{}_{}", os(), architecture());
    let name = format!("{FILE_STEM}{VERSION}{}", std::env::consts::EXE_SUFFIX);
    versions(mirror, registry).join(VERSION).join(platform).join(name)
}

/// This system, as Terraform's platform names have it.
fn os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// This processor, as Terraform's platform names have it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}
