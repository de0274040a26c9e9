//! What a release says of itself: its part of CHANGELOG.md.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::project::Project;

/// The part about this version, if `tag` is this version's and somebody has written the day into its heading.
pub(crate) fn notes(project: &Project, tag: &str) -> Result<String> {
    if tag.strip_prefix('v') != Some(&project.version) {
        bail!("the tag {tag} is not v{}, the version that Cargo.toml has", project.version);
    }
    let changelog =
        fs::read_to_string(project.root.join("CHANGELOG.md")).context("CHANGELOG.md cannot be read")?;
    section(&changelog, &project.version)
}

fn section(changelog: &str, version: &str) -> Result<String> {
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with(&format!("## {version} (")));
    let heading =
        lines.next().with_context(|| format!("CHANGELOG.md has no heading `## {version} (YYYY-MM-DD)`"))?;
    let day = heading.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or_default();
    let is_date = day.len() == 10 && day.split('-').map(str::len).eq([4, 2, 2]);
    if !is_date || day.split('-').any(|part| part.parse::<u16>().is_err()) {
        bail!("`{heading}` in CHANGELOG.md does not say the day of the release as (YYYY-MM-DD)");
    }
    let section: Vec<_> = lines.take_while(|line| !line.starts_with("## ")).collect();
    Ok(section.join("\n").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str =
        "# Changelog\n\n## 0.2.0 (2027-01-31)\n\nNew.\n\n- a\n\n## 0.1.0 (unreleased)\n\nOld.\n";

    #[test]
    fn notes_are_the_part_of_one_version() {
        assert_eq!(section(CHANGELOG, "0.2.0").expect("a part"), "New.\n\n- a");
    }

    #[test]
    fn a_version_without_a_part_or_a_day_is_not_released() {
        let error = |version| section(CHANGELOG, version).expect_err("no").to_string();
        assert_eq!(error("0.3.0"), "CHANGELOG.md has no heading `## 0.3.0 (YYYY-MM-DD)`");
        let expected =
            "`## 0.1.0 (unreleased)` in CHANGELOG.md does not say the day of the release as (YYYY-MM-DD)";
        assert_eq!(error("0.1.0"), expected);
    }
}
