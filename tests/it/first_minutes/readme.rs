//! What the README shows of the demo is what the demo prints.

use super::{program, said};
use crate::support::terraform::Workspace;

#[test]
fn the_demo_prints_what_the_readme_shows() {
    if Workspace::new().is_none() {
        return;
    }
    let readme = include_str!("../../../README.md");
    let shown =
        readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the output");
    let output = program(&["demo"]).output().expect("it starts");
    let printed = said(&output);
    assert!(output.status.success(), "{printed}");
    assert!(printed.lines().last().is_some_and(|line| line.starts_with("demo: ok, in ")), "{printed}");
    let (shown, printed) = (sections(shown), sections(&printed));
    let titles = |all: &[Section]| all.iter().map(|section| section.title.clone()).collect::<Vec<_>>();
    assert_eq!(titles(&shown), titles(&printed));
    for (shown, printed) in shown.iter().zip(&printed) {
        let title = &shown.title;
        for line in shown.lines.iter().filter(|line| *line != "...") {
            let is_there = printed.lines.iter().any(|one| is_shown_as(one, line));
            assert!(is_there, "{title}: the demo does not print {line:?} but {:#?}", printed.lines);
        }
        let is_whole = !shown.lines.contains(&"...".to_owned());
        assert!(!is_whole || shown.lines.len() == printed.lines.len(), "{title}: {:#?}", printed.lines);
    }
}

struct Section {
    title: String,
    lines: Vec<String>,
}

/// The output's sections. Objects are made in no fixed order, and no run takes as long as another.
fn sections(text: &str) -> Vec<Section> {
    let mut all: Vec<Section> = vec![Section { title: String::new(), lines: Vec::new() }];
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix("== ") {
            Some(title) => all.push(Section { title: title.to_owned(), lines: Vec::new() }),
            None => all.last_mut().expect("one at least").lines.push(without_figures(line)),
        }
    }
    all
}

/// Without the times, counts and device names that differ from run to run; several blanks are one.
fn without_figures(line: &str) -> String {
    let figures = |word: &str| match word.trim_end_matches(['.', ',']) {
        number if number.parse::<f64>().is_ok() => "#".to_owned(),
        name if name.starts_with("CONTOSO-") || name.starts_with("http://") => "#".to_owned(),
        _ => word.to_owned(),
    };
    line.split_whitespace().map(figures).collect::<Vec<_>>().join(" ")
}

fn is_shown_as(printed: &str, shown: &str) -> bool {
    match shown.strip_suffix("...") {
        Some(beginning) => printed.starts_with(beginning.trim_end()),
        None => printed == shown,
    }
}
