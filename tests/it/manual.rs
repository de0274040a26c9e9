//! The manual says what the declarations say. `UPDATE=1 cargo test manual` rewrites it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use autopilot_provider::autopilot::Autopilot;
use autopilot_provider::tf_provider::docs::{pages, permission_table};

#[test]
fn every_page_says_what_the_declarations_say() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    let mut pages = pages(&Autopilot, &source);
    let guide = source("manual/guide/signing-in.md").expect("the guide to signing in");
    pages.insert(
        "guides/signing-in.md".to_owned(),
        guide.replace("{{permissions}}", permission_table(&Autopilot).trim_end()),
    );
    for (name, text) in &pages {
        let path = root().join("docs").join(name);
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
        } else if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            stale.push(name.clone());
        }
    }
    let superfluous = committed().into_iter().filter(|name| !pages.contains_key(name));
    stale.extend(superfluous.map(|name| format!("{name} (no such type)")));
    assert!(stale.is_empty(), "run `UPDATE=1 cargo test manual` and commit docs/: {stale:#?}");
}

#[test]
fn every_type_has_prose_and_an_example_and_resources_say_how_to_import() {
    use autopilot_provider::tf_provider::provider::Provider;
    let mut missing = Vec::new();
    let mut expect = |path: String| {
        if source(&path).is_none_or(|text| text.trim().is_empty()) {
            missing.push(path);
        }
    };
    expect("manual/provider.md".to_owned());
    expect("examples/provider/provider.tf".to_owned());
    for resource in Autopilot.resources() {
        let name = resource.name();
        expect(format!("manual/resource/{}.md", name.trim_start_matches("autopilot_")));
        expect(format!("examples/resources/{name}/resource.tf"));
        expect(format!("examples/resources/{name}/import.sh"));
        expect(format!("examples/resources/{name}/import-by-string-id.tf"));
        if resource.identity().is_some() {
            expect(format!("examples/resources/{name}/import-by-identity.tf"));
        }
    }
    for source in Autopilot.data_sources() {
        let name = source.name();
        expect(format!("manual/data-source/{}.md", name.trim_start_matches("autopilot_")));
        expect(format!("examples/data-sources/{name}/data-source.tf"));
    }
    for list in Autopilot.list_resources() {
        let name = list.name();
        expect(format!("manual/list-resource/{}.md", name.trim_start_matches("autopilot_")));
        expect(format!("examples/list-resources/{name}/list-resource.tfquery.hcl"));
    }
    for action in Autopilot.actions() {
        let name = action.name();
        expect(format!("manual/action/{}.md", name.trim_start_matches("autopilot_")));
        expect(format!("examples/actions/{name}/action.tf"));
    }
    for function in Autopilot.functions() {
        expect(format!("manual/function/{}.md", function.name()));
        expect(format!("examples/functions/{}/function.tf", function.name()));
    }
    assert!(missing.is_empty(), "write these: {missing:#?}");
}

#[test]
fn every_type_is_under_a_heading_of_the_registrys_sidebar() {
    let pages = pages(&Autopilot, &source);
    let without = pages
        .iter()
        .filter(|(path, text)| !path.starts_with("functions/") && text.contains("subcategory: \"\""));
    let without: Vec<_> = without.map(|(path, _)| path).collect();
    assert!(without.is_empty(), "src/autopilot/manual/subcategories.txt does not name them: {without:?}");
}

/// Generated pages that are committed. Guides and the architecture text are written by hand.
fn committed() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["resources", "data-sources", "list-resources", "actions", "functions"] {
        let Ok(entries) = fs::read_dir(root().join("docs").join(folder)) else {
            continue;
        };
        for entry in entries {
            found.insert(format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    found
}

fn source(path: &str) -> Option<String> {
    let path = match path.strip_prefix("manual/") {
        Some(rest) => root().join("src/autopilot/manual").join(rest),
        None => root().join(path),
    };
    fs::read_to_string(path).ok()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The Azure CLI can manage groups only, so nobody is sent there but by what says so.
#[test]
fn nobody_is_sent_to_a_sign_in_that_cannot_do_the_job() {
    let mut wrong = Vec::new();
    let mut left = vec![root().join("README.md"), root().join("docs"), root().join("examples")];
    while let Some(place) = left.pop() {
        if place.is_dir() {
            left.extend(fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let Ok(text) = fs::read_to_string(&place) else { continue };
        let recommended = text.lines().filter(|line| line.contains("az login"));
        let honest = |line: &&str| line.contains("not enough") || line.contains("manage groups");
        wrong.extend(
            recommended.filter(|line| !honest(line)).map(|line| format!("{}: {line}", place.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
