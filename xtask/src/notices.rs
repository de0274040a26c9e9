//! The licences of everything that is linked into the executable.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::linked::Package;

/// What each crate's licence asks to be handed on: the list of them, and each text once.
pub(crate) fn notices(linked: &[Package]) -> Result<String> {
    let mut notices = PREFACE.to_owned();
    let mut shared: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in linked {
        let licence = package.license.as_deref().unwrap_or("see its text below");
        writeln!(notices, "{package}: {licence}")?;
        let found = texts(package)?;
        if found.is_empty() {
            writeln!(
                notices,
                "    by {}, {}",
                package.authors(),
                package.repository.as_deref().unwrap_or("no address")
            )?;
        }
        for text in found {
            shared.entry(text).or_default().push(package.to_string());
        }
    }
    let mut shared: Vec<_> = shared.into_iter().map(|(text, packages)| (packages, text)).collect();
    shared.sort();
    for (packages, text) in shared {
        write!(notices, "\n{}\n{}\n\n{text}\n", "-".repeat(80), packages.join(", "))?;
    }
    Ok(notices)
}

/// Every licence and notice that a package brings: of a choice all, since handing on too many harms nobody.
fn texts(package: &Package) -> Result<BTreeSet<String>> {
    let folder = package.manifest_path.parent().context("a manifest is in a folder")?;
    let mut files = BTreeSet::from_iter(package.license_file.iter().map(|file| folder.join(file)));
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && is_licence(&path) {
            files.insert(path);
        }
    }
    let mut texts = BTreeSet::new();
    for file in files {
        let text = fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        texts.insert(lines.join("\n").trim_matches('\n').to_owned());
    }
    Ok(texts)
}

fn is_licence(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_source = file.extension().is_some_and(|extension| extension == "rs");
    !is_source
        && ["licen", "copying", "copyright", "notice", "unlicense"].iter().any(|word| name.starts_with(word))
}

/// What no package of Cargo's is.
const PREFACE: &str = "\
terraform-provider-autopilot is under the MIT licence: see LICENSE beside this file. Linked into it are:

The Rust standard library: MIT OR Apache-2.0, by its contributors, https://github.com/rust-lang/rust
In executables for Linux, musl: MIT, Copyright (c) 2005-2020 Rich Felker, et al., https://musl.libc.org
In executables for Windows, the mingw-w64 runtime: public domain and ZPL-2.1, https://www.mingw-w64.org

and the crates that follow; their texts come after the list.

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_two_crates_share_is_handed_on_once() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("LICENSE-MIT"), "the text \r\n").expect("it is writable");
        fs::write(folder.path().join("license.rs"), "code").expect("it is writable");
        let package = |name: &str| Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some("MIT".to_owned()),
            license_file: None,
            repository: None,
            authors: Vec::new(),
            manifest_path: folder.path().join("Cargo.toml"),
            targets: Vec::new(),
        };
        let notices = super::notices(&[package("one"), package("two")]).expect("they are written");
        assert_eq!(notices.matches("the text").count(), 1);
        assert!(notices.contains("\none 1.0.0, two 1.0.0\n"), "{notices}");
        assert!(!notices.contains("code"));
    }
}
