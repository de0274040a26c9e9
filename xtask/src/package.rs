//! The zip that the Registry serves and Terraform unpacks.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::project::{NAME, Project};
use crate::target::Target;

/// Packs the executable with its licences and returns where.
///
/// The same content gives the same bytes: neither the clock nor the file system is asked for times, owners or modes.
pub(crate) fn package(project: &Project, target: Target, binary: &Path, notices: &str) -> Result<PathBuf> {
    let licence = fs::read(project.root.join("LICENSE")).context("LICENSE cannot be read")?;
    let executable = fs::read(binary).with_context(|| format!("{} cannot be read", binary.display()))?;
    let executable_name = format!("{NAME}_v{}{}", project.version, target.suffix());
    let entries: [(&str, u32, &[u8]); 3] = [
        ("LICENSE", 0o644, &licence),
        ("THIRD-PARTY-NOTICES.txt", 0o644, notices.as_bytes()),
        (&executable_name, 0o755, &executable),
    ];

    fs::create_dir_all(project.dist())?;
    let path = project.dist().join(project.file_name(&format!("{}.zip", target.platform)));
    let mut zip =
        ZipWriter::new(File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?);
    for (name, mode, content) in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(9))
            .unix_permissions(mode);
        zip.start_file(name, options)?;
        zip.write_all(content)?;
    }
    zip.finish()?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    /// Packs some content from a new folder.
    fn packed() -> (String, Vec<u8>) {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("LICENSE"), "MIT").expect("it is writable");
        fs::write(folder.path().join("binary"), "program").expect("it is writable");
        let project = Project {
            root: folder.path().to_owned(),
            target: folder.path().join("target"),
            version: "1.2.3".to_owned(),
            time: 0,
        };
        let target = "x86_64-pc-windows-gnu".parse().expect("a target");
        let path = package(&project, target, &folder.path().join("binary"), "thanks").expect("it packs");
        (
            path.file_name().expect("a name").to_string_lossy().into_owned(),
            fs::read(path).expect("it is there"),
        )
    }

    #[test]
    fn a_package_has_the_names_that_the_registry_and_terraform_want() {
        let (name, bytes) = packed();
        assert_eq!(name, "terraform-provider-autopilot_1.2.3_windows_amd64.zip");
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
        let names: Vec<_> = zip.file_names().map(|name| name.expect("text").into_owned()).collect();
        assert_eq!(names, ["LICENSE", "THIRD-PARTY-NOTICES.txt", "terraform-provider-autopilot_v1.2.3.exe"]);
        let mut executable = zip.by_index(2).expect("an entry");
        assert_eq!(executable.unix_mode().expect("a mode") & 0o777, 0o755);
        let mut content = String::new();
        executable.read_to_string(&mut content).expect("text");
        assert_eq!(content, "program");
    }

    #[test]
    fn packing_the_same_twice_in_different_folders_gives_the_same_bytes() {
        assert_eq!(packed(), packed());
    }
}
