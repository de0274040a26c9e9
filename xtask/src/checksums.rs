//! What proves to the Registry and to Terraform that a package is the one released.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::project::Project;
use crate::{output, report};

/// Writes the manifest, the checksums of all packages and of the manifest, and with a key their detached signature.
pub(crate) fn write(project: &Project, key: Option<&str>) -> Result<()> {
    let manifest = project.dist().join(project.file_name("manifest.json"));
    fs::copy(project.root.join("terraform-registry-manifest.json"), &manifest)
        .with_context(|| format!("{} cannot be written", manifest.display()))?;

    let mut names = Vec::new();
    for entry in fs::read_dir(project.dist())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let ours = name.starts_with(&project.file_name("")) && name.ends_with(".zip");
        names.extend(ours.then_some(name));
    }
    if names.is_empty() {
        bail!("{} holds no package of version {}", project.dist().display(), project.version);
    }
    names.push(project.file_name("manifest.json"));
    names.sort();

    let sums = project.dist().join(project.file_name("SHA256SUMS"));
    fs::write(&sums, lines(&project.dist(), &names)?)?;
    report(&format!("wrote {}", sums.display()));
    match key {
        Some(key) => sign(&sums, key),
        None => Ok(()),
    }
}

/// As `sha256sum` prints them.
fn lines(folder: &Path, names: &[String]) -> Result<String> {
    let mut lines = String::new();
    for name in names {
        let digest = Sha256::digest(fs::read(folder.join(name))?);
        for byte in digest {
            write!(lines, "{byte:02x}")?;
        }
        writeln!(lines, "  {name}")?;
    }
    Ok(lines)
}

/// A detached binary signature beside the file, which is the form the Registry takes.
fn sign(file: &Path, key: &str) -> Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    let gpg = ["--batch", "--yes", "--local-user", key, "--detach-sign", "--output"];
    output(Command::new("gpg").args(gpg).arg(&name).arg(file))?;
    report(&format!("signed {}", file.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_of_sha256sum() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a"), "abc").expect("it is writable");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n";
        assert_eq!(lines(folder.path(), &["a".to_owned()]).expect("it reads"), expected);
    }
}
