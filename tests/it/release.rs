//! What stands in several places because each tool reads its own file.

use std::fs;
use std::path::Path;

fn text(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn dependencies_are_judged_for_every_target_that_is_released() {
    let targets = text("xtask/src/target.rs");
    let released: Vec<&str> =
        targets.split("triple: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(released.len(), 6, "{released:?}");
    let judged = text("deny.toml");
    let left: Vec<_> = released.iter().filter(|target| !judged.contains(&format!("\"{target}\""))).collect();
    assert!(left.is_empty(), "deny.toml, [graph] targets: {left:?}");
}

#[test]
fn the_changelog_begins_with_this_version_in_the_registrys_form() {
    let changelog = text("CHANGELOG.md");
    let heading = changelog.lines().find(|line| line.starts_with("## ")).expect("a heading");
    let version = env!("CARGO_PKG_VERSION");
    assert!(heading.starts_with(&format!("## {version} (")) && heading.ends_with(')'), "{heading}");
}
