//! The house rules that can be checked by reading the source.

mod uses;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Which of our rooms a room may import, itself aside.
const MAY_IMPORT: [(&str, &[&str]); 4] =
    [("tf_provider", &[]), ("graph", &[]), ("emulator", &[]), ("autopilot", &["tf_provider", "graph"])];

#[test]
fn rooms_import_only_what_the_architecture_allows() {
    let mut wrong = Vec::new();
    for (room, allowed) in MAY_IMPORT {
        for (file, text) in sources(&format!("src/{room}")) {
            for (number, line) in text.lines().enumerate() {
                let imported = imported_rooms(line)
                    .into_iter()
                    .filter(|other| *other != room && !allowed.contains(other));
                wrong.extend(
                    imported
                        .map(|other| format!("{}:{}: {room} imports {other}", file.display(), number + 1)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "docs/architecture.md says who may import whom: {wrong:#?}");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let uses = uses::uses(&sources("src"));
    let circles = uses::circles(&uses);
    let known = |file: &Path| {
        let known = file.strip_prefix("src/emulator").ok();
        known.is_some_and(|file| KNOWN_ON_A_CIRCLE.iter().any(|known| Path::new(known) == file))
    };
    let mut news = Vec::new();
    for circle in &circles {
        for file in circle.iter().filter(|file| is_in_a_room(file) && !known(file)) {
            let next = uses[*file].iter().filter(|used| circle.contains(used));
            let next: Vec<_> = next.map(|used| used.display().to_string()).collect();
            news.push(format!("{} uses {}", file.display(), next.join(", ")));
        }
    }
    assert!(news.is_empty(), "what two files need of each other belongs in a third, below both: {news:#?}");

    let on_one: BTreeSet<&PathBuf> = circles.iter().flatten().copied().collect();
    let emulator = Path::new("src/emulator");
    let left: Vec<_> =
        KNOWN_ON_A_CIRCLE.iter().filter(|file| !on_one.contains(&emulator.join(file))).collect();
    assert!(left.is_empty(), "no longer on a circle, so no exception any more: {left:#?}");
}

/// Whether the file is in a room, rather than the binary's.
fn is_in_a_room(file: &Path) -> bool {
    MAY_IMPORT.iter().any(|(room, _)| file.starts_with(Path::new("src").join(room)))
}

#[test]
fn generated_protocol_types_are_named_at_the_edge_only() {
    let mut wrong = Vec::new();
    for (file, text) in sources("src") {
        let path = file.display().to_string().replace('\\', "/");
        let at_the_edge = path.contains("tf_provider/server") || path.contains("tf_provider/protocol");
        if !at_the_edge && text.contains("tfplugin6") {
            wrong.push(path);
        }
    }
    assert!(
        wrong.is_empty(),
        "only tf_provider/server and tf_provider/protocol speak the wire's types: {wrong:#?}"
    );
}

#[test]
fn no_test_sleeps_for_luck() {
    let sleeps = |text: &str| {
        text.contains("thread::sleep(Duration::from_secs") || text.contains("std::thread::sleep_ms")
    };
    let wrong: Vec<PathBuf> = sources("tests")
        .into_iter()
        .filter(|(file, text)| !file.ends_with("tidy.rs") && sleeps(text))
        .map(|(f, _)| f)
        .collect();
    assert!(wrong.is_empty(), "await a condition instead: {wrong:#?}");
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let forbidden = [
        concat!("registry.", "npmjs"),
        concat!(".crates", ".io"),
        concat!("python", "hosted"),
        concat!("/wo", "rk/"),
    ];
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "docs", "examples", "proto", ".ci"] {
        for (file, text) in texts(&root().join(folder)) {
            wrong.extend(
                forbidden
                    .iter()
                    .filter(|word| text.contains(**word))
                    .map(|word| format!("{}: {word}", file.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "no path of one machine and no registry's host: {wrong:#?}");
}

/// Rooms named by a line that imports or uses one of ours by its full path.
fn imported_rooms(line: &str) -> Vec<&'static str> {
    let code = line.trim_start();
    if code.starts_with("//") {
        return Vec::new();
    }
    MAY_IMPORT
        .iter()
        .map(|(room, _)| *room)
        .filter(|room| code.contains(&format!("crate::{room}::")))
        .collect()
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut all = texts(&root().join(folder));
    all.retain(|(file, _)| file.extension().is_some_and(|extension| extension == "rs"));
    assert!(!all.is_empty(), "{folder} holds no source");
    all
}

fn texts(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(texts(&path));
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push((path.strip_prefix(root()).unwrap_or(&path).to_owned(), text));
        }
    }
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Files of the emulator that lie on a circle still. A file that leaves its circle leaves this list.
const KNOWN_ON_A_CIRCLE: &[&str] = &[
    "call.rs",
    "control.rs",
    "directory/answer.rs",
    "directory/deleted.rs",
    "directory/devices.rs",
    "directory/groups.rs",
    "directory/links.rs",
    "directory/membership.rs",
    "directory/mobility.rs",
    "directory/mod.rs",
    "directory/objects.rs",
    "directory/organization.rs",
    "directory/reference.rs",
    "directory/registration.rs",
    "directory/replication.rs",
    "directory/users.rs",
    "graph/batch.rs",
    "graph/manners.rs",
    "graph/mod.rs",
    "graph/script.rs",
    "intune/answer.rs",
    "intune/apps.rs",
    "intune/enrollment/assignments.rs",
    "intune/enrollment/checks.rs",
    "intune/enrollment/defaults.rs",
    "intune/enrollment/mod.rs",
    "intune/enrollment/priorities.rs",
    "intune/factory.rs",
    "intune/filters.rs",
    "intune/identities/actions.rs",
    "intune/identities/deletion.rs",
    "intune/identities/entra.rs",
    "intune/identities/mod.rs",
    "intune/imports.rs",
    "intune/managed_devices.rs",
    "intune/mod.rs",
    "intune/permissions.rs",
    "intune/power_on/apps.rs",
    "intune/power_on/mod.rs",
    "intune/power_on/status_page.rs",
    "intune/profiles/assignments.rs",
    "intune/profiles/mod.rs",
    "intune/resolution.rs",
    "intune/sample.rs",
    "intune/scope_tags.rs",
    "intune/settings.rs",
    "intune/target.rs",
    "login/assertion.rs",
    "login/authorization_code.rs",
    "login/consent.rs",
    "login/delegated.rs",
    "login/device_code.rs",
    "login/discovery.rs",
    "login/jwt.rs",
    "login/mod.rs",
    "login/page.rs",
    "login/proof.rs",
    "login/refusal.rs",
    "login/roles.rs",
    "login/token.rs",
    "odata/check.rs",
    "odata/eval.rs",
    "odata/filter.rs",
    "odata/parser.rs",
    "route.rs",
    "rules/lexer.rs",
    "rules/mod.rs",
    "rules/parser.rs",
    "rules/properties.rs",
    "shared.rs",
    "service.rs",
    "store.rs",
    "tenant.rs",
];
