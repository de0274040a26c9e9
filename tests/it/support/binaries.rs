//! Programs under test, built before their first use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// `terraform-provider-playground`, from `tests/playground/`, as it is in the source right now.
///
/// `cargo test --test it` alone builds no examples, and would drive yesterday's one.
pub(crate) fn playground() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let directory = examples_directory();
        let mut build = Command::new(env!("CARGO"));
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        build.args(["build", "--quiet", "--example", "terraform-provider-playground", "--target-dir"]);
        build.arg(directory.ancestors().nth(2).expect("examples/ is in target/PROFILE/"));
        if directory.ancestors().nth(1).is_some_and(|profile| profile.ends_with("release")) {
            build.arg("--release");
        }
        if !cfg!(feature = "emulator") {
            build.arg("--no-default-features");
        }
        // What `cargo test` tells this test about its package would look like a change of the environment to the
        // build scripts of dependencies, and rebuild half the tree.
        for (name, _) in std::env::vars_os() {
            let is_build_dependency = name.to_str().is_some_and(|name| {
                ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"]
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
            });
            if is_build_dependency {
                build.env_remove(name);
            }
        }
        let built = build.status().expect("cargo runs");
        assert!(built.success(), "the playground does not build");
        directory.join(format!("terraform-provider-playground{}", std::env::consts::EXE_SUFFIX))
    })
}

/// `target/PROFILE/examples`, beside the `deps` that this test runs from.
fn examples_directory() -> PathBuf {
    let own = std::env::current_exe().expect("a running program has a path");
    own.ancestors().nth(2).expect("tests run from target/PROFILE/deps/").join("examples")
}
