//! `docs/service-facts.md`: each fact has a source, a confidence and a test that exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CONFIDENCES: [&str; 4] = ["captured", "documented", "shipped", "guess"];

#[test]
fn every_fact_about_the_service_has_a_source_a_confidence_and_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/service-facts.md")).expect("the page");
    let tests = tests_in(&["src", "tests"].map(|folder| root.join(folder)));
    let mut problems = Vec::new();
    let mut facts = 0;
    for (number, line) in page.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [fact, source, confidence, named] = cells.as_slice() else { continue };
        if *fact == "Fact" {
            continue;
        }
        facts += 1;
        if fact.is_empty() || source.is_empty() {
            problems.push(format!("line {number}: a fact without its source"));
        }
        if !CONFIDENCES.contains(confidence) {
            problems.push(format!("line {number}: `{confidence}` is no confidence"));
        }
        for name in named.split(", ").map(|name| name.trim_matches('`')) {
            if !tests.contains(name) {
                problems.push(format!("line {number}: there is no test `{name}`"));
            }
        }
    }
    assert!(facts >= 30, "only {facts} facts were read: has the table another form now?");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The names of all test functions in the files below these folders.
fn tests_in(folders: &[PathBuf]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut left = folders.to_vec();
    while let Some(place) = left.pop() {
        if place.is_dir() {
            left.extend(fs::read_dir(place).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if place.extension().is_some_and(|extension| extension == "rs") {
            names.extend(tests_of(&fs::read_to_string(place).expect("a file")));
        }
    }
    names
}

/// The functions behind an attribute that ends in `test` or `test(..)`, and those a `proptest!` block holds.
fn tests_of(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut announced = false;
    for line in code.lines().map(str::trim) {
        if line.starts_with("#[") {
            announced |= line.contains("test]") || line.contains("::test(");
        } else if let Some(rest) = line.trim_start_matches("async ").strip_prefix("fn ")
            && std::mem::take(&mut announced)
        {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            names.push(name);
        }
    }
    names
}
