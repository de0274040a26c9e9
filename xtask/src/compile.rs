//! The binary of a release: the same bytes in whatever folder it is built.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::output;
use crate::project::{NAME, Project, cargo};
use crate::target::Target;

/// Builds the provider for the target and returns where the executable is.
pub(crate) fn compile(project: &Project, target: Target) -> Result<PathBuf> {
    output(cargo(&project.root).args(["fetch", "--locked", "--target", target.triple]))?;
    let command = if target.is_crossed() { "zigbuild" } else { "build" };
    let build = output(
        cargo(&project.root)
            .args([command, "--locked", "--release", "--package", NAME, "--target", target.triple])
            // What a builder's own machine adds to every build would be in the release too.
            .env_remove("RUSTFLAGS")
            .env("CARGO_ENCODED_RUSTFLAGS", join(&rust_flags(project)?))
            .env("CARGO_TARGET_DIR", &project.target)
            .env("CFLAGS", "-g0")
            .env("CARGO_INCREMENTAL", "0")
            .env("SOURCE_DATE_EPOCH", project.time.to_string())
            // The oldest macOS that Rust itself supports, and not the builder's.
            .env("MACOSX_DEPLOYMENT_TARGET", "11.0"),
    );
    build.with_context(|| {
        let needed =
            "`rustup target add` and, for Linux and Windows, zig and cargo-zigbuild (.ci/zig installs them)";
        format!("{target} was not built; it needs {needed}")
    })?;
    Ok(project.target.join(target.triple).join("release").join(format!("{NAME}{}", target.suffix())))
}

/// Takes the builder's folders out of the messages of panics.
fn rust_flags(project: &Project) -> Result<Vec<OsString>> {
    let mut flags = vec![remap(&project.root, NAME)];
    for folder in registries()? {
        flags.push(remap(&folder, "crates"));
    }
    Ok(flags)
}

/// The folders of downloaded crates: one for each registry, and its name depends on how it is reached.
fn registries() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.context("CARGO_HOME is not set")?.join("registry").join("src");
    let mut folders = Vec::new();
    for entry in fs::read_dir(&sources).with_context(|| format!("no crates in {}", sources.display()))? {
        folders.push(entry?.path());
    }
    folders.sort();
    Ok(folders)
}

fn remap(folder: &Path, name: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(folder);
    flag.push("=");
    flag.push(name);
    flag
}

/// As Cargo wants several flags in one variable.
fn join(flags: &[OsString]) -> OsString {
    flags.join(OsString::from("\x1f").as_os_str())
}
