//! The machines a release is built for.

use std::fmt;
use std::str::FromStr;

/// A machine that the provider is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// As rustc names it.
    pub(crate) triple: &'static str,
    /// As Terraform names it, for file names.
    pub(crate) platform: &'static str,
    /// The system it is built on, as Rust names it.
    built_on: &'static str,
}

/// All of them. Linux is linked statically, so that it runs in Alpine and on the oldest server alike.
const TARGETS: [Target; 6] = [
    Target { triple: "x86_64-unknown-linux-musl", platform: "linux_amd64", built_on: "linux" },
    Target { triple: "aarch64-unknown-linux-musl", platform: "linux_arm64", built_on: "linux" },
    Target { triple: "x86_64-pc-windows-gnu", platform: "windows_amd64", built_on: "linux" },
    Target { triple: "aarch64-pc-windows-msvc", platform: "windows_arm64", built_on: "windows" },
    // Apple's frameworks are on Apple's machines only.
    Target { triple: "x86_64-apple-darwin", platform: "darwin_amd64", built_on: "macos" },
    Target { triple: "aarch64-apple-darwin", platform: "darwin_arm64", built_on: "macos" },
];

impl Target {
    /// Those that are built on a system like this one.
    pub(crate) fn built_here() -> Vec<Self> {
        TARGETS.into_iter().filter(|target| target.built_on == std::env::consts::OS).collect()
    }

    /// Whether zig links it, which brings the C library and the linker of another system.
    pub(crate) fn is_crossed(self) -> bool {
        self.built_on == "linux"
    }

    /// What an executable's name ends with.
    pub(crate) fn suffix(self) -> &'static str {
        if self.platform.starts_with("windows") { ".exe" } else { "" }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(triple: &str) -> Result<Self, String> {
        TARGETS.into_iter().find(|target| target.triple == triple).ok_or_else(|| {
            let known: Vec<_> = TARGETS.iter().map(|target| target.triple).collect();
            format!("no release is built for it; it is one of {}", known.join(", "))
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.triple)
    }
}
