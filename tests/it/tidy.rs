//! The house rules that can be checked by reading the source.

mod uses;

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
    let mut wrong = Vec::new();
    for circle in &circles {
        for file in circle {
            let next = uses[*file].iter().filter(|used| circle.contains(used));
            let next: Vec<_> = next.map(|used| used.display().to_string()).collect();
            wrong.push(format!("{} uses {}", file.display(), next.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "what two files need of each other belongs in a third, below both: {wrong:#?}");
}

#[test]
fn rooms_of_the_emulator_use_only_rooms_below() {
    let place = |file: &Path| {
        let room = file.strip_prefix("src/emulator").ok()?.iter().next()?.to_str()?;
        EMULATOR.iter().position(|known| *known == room)
    };
    let uses = uses::uses(&sources("src/emulator"));
    let mut wrong = Vec::new();
    for (file, used) in &uses {
        let Some(own) = place(file) else {
            assert!(file.ends_with("emulator/mod.rs"), "{} lies in no room", file.display());
            continue;
        };
        let above = used.iter().filter(|used| place(used).is_some_and(|room| room > own));
        wrong.extend(above.map(|above| format!("{} uses {}", file.display(), above.display())));
    }
    assert!(wrong.is_empty(), "docs/architecture.md says which room lies above which: {wrong:#?}");
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

/// The emulator's rooms, from the ground up.
const EMULATOR: &[&str] = &[
    "world",
    "rules",
    "login",
    "api",
    "directory",
    "intune",
    "oobe",
    "core",
    "gateway",
    "page",
    "server",
    "running",
];
