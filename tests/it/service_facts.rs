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

/// Second law: whatever the emulator refuses is seen or documented somewhere, or is said to be a guess.
#[test]
fn every_refusal_of_the_emulator_says_where_it_is_known_from() {
    const REFUSES: [&str; 6] = [
        "GraphError::intune_bad_request(",
        "GraphError::directory(",
        "GraphError::bad_request(",
        "GraphError::intune(",
        "GraphError::new(",
        "refuse(",
    ];
    const KNOWN_FROM: [&str; 12] = [
        "ource",
        "guess",
        "reference",
        "#",
        "live",
        "page",
        "eports",
        "M365DSC",
        "microsoft365wp",
        "CIPP",
        "answers",
        "What's new",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/emulator");
    let (mut unsaid, mut refusals) = (Vec::new(), 0);
    let mut left = ["intune", "directory", "oobe"].map(|folder| root.join(folder)).to_vec();
    while let Some(place) = left.pop() {
        if place.is_dir() {
            left.extend(fs::read_dir(place).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let text = fs::read_to_string(&place).expect("a file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines: Vec<&str> = code.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.trim_start().starts_with("//") || !REFUSES.iter().any(|words| line.contains(words)) {
                continue;
            }
            refusals += 1;
            let before = &lines[at.saturating_sub(FAR)..=at];
            let comments = before.iter().filter_map(|line| line.split_once("//")).map(|(_, comment)| comment);
            if !comments.into_iter().any(|comment| KNOWN_FROM.iter().any(|word| comment.contains(word))) {
                unsaid.push(format!("{}:{}: {}", place.display(), at + 1, line.trim()));
            }
        }
    }
    assert!(refusals > 40, "only {refusals} refusals were found: are they written in another way now?");
    assert!(unsaid.is_empty(), "{} say nothing:\n{}", unsaid.len(), unsaid.join("\n"));
}

/// How many lines above a refusal its source may stand.
const FAR: usize = 14;
