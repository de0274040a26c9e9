//! Which of the demanded checks are tried, and by which tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The numbers of the checks that comments in the tests name: `/// Check 7.`, `/// Checks 7 and 9.`
fn tried() -> BTreeMap<u32, BTreeSet<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut found: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    visit(&root, &mut |path, text| {
        let comments = text.lines().filter_map(|line| line.trim_start().strip_prefix("///"));
        let sentences = comments.flat_map(|comment| comment.split_inclusive(['.', ':'])).map(str::trim);
        for sentence in sentences {
            let Some(numbers) = sentence.strip_prefix("Check ").or(sentence.strip_prefix("Checks ")) else {
                continue;
            };
            for number in numbers.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()) {
                let file = path.strip_prefix(&root).unwrap_or(path).display().to_string();
                found.entry(number).or_default().insert(file);
            }
        }
    });
    found
}

fn visit(directory: &Path, look: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            visit(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &fs::read_to_string(&path).expect("a source file"));
        }
    }
}

/// Every check is named by a test, or the list says where or why not. `cargo test coverage -- --nocapture` prints it.
#[test]
#[expect(clippy::print_stdout, reason = "the list is for people")]
fn every_check_is_tried_or_says_why_not() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/facts/checks.csv");
    let mut list = csv::Reader::from_path(list).expect("the list of checks");
    let mut tried = tried();
    let mut wrong = Vec::new();
    for row in list.records() {
        let row = row.expect("a row");
        let number: u32 = row[0].parse().expect("a number");
        let (claim, instead) = (&row[1], &row[2]);
        match (tried.remove(&number), instead) {
            (Some(files), "") => {
                println!("{number:>2} {claim}: {}", files.into_iter().collect::<Vec<_>>().join(", "));
            }
            (None, "") => wrong.push(format!("{number} ({claim}) is tried nowhere")),
            (Some(_), _) => {
                wrong.push(format!("{number} ({claim}) is tried after all: take out `{instead}`"))
            }
            (None, instead) => println!("{number:>2} {claim}: {instead}"),
        }
    }
    wrong.extend(tried.keys().map(|number| format!("{number} is not a check in the list")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
