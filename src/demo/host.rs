//! Terraform or OpenTofu, run so that nothing of the user's own set-up is read or changed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::error::{DemoError, PATIENCE};
use crate::mirror;

/// A Terraform or OpenTofu that finds this program as its provider.
pub(crate) struct Host {
    binary: PathBuf,
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a command did.
pub(crate) struct Ran {
    /// Exit code; none when it was killed.
    pub(crate) code: Option<i32>,
    /// What it printed.
    pub(crate) text: String,
}

impl Host {
    /// The first of `terraform` and `tofu` on the PATH.
    pub(crate) fn find() -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let names = ["terraform", "tofu"].map(|name| format!("{name}{}", std::env::consts::EXE_SUFFIX));
        names
            .iter()
            .find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
    }

    /// Prepares `folder` so that the host installs this program from it and asks no registry.
    pub(crate) fn new(
        binary: PathBuf,
        folder: &Path,
        environment: Vec<(String, String)>,
    ) -> Result<Self, DemoError> {
        let program = std::env::current_exe()?;
        for registry in mirror::REGISTRIES {
            let file = mirror::file(&folder.join("mirror"), registry);
            std::fs::create_dir_all(file.parent().unwrap_or(folder))?;
            link(&program, &file)?;
        }
        let path = folder.join("mirror").display().to_string().replace('\\', "/");
        let configuration =
            format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{path}\"\n  }}\n}}\n");
        std::fs::write(folder.join(CLI_CONFIGURATION), configuration)?;
        Ok(Self { binary, folder: folder.to_owned(), environment })
    }

    /// What it is called: `terraform` or `tofu`.
    pub(crate) fn name(&self) -> String {
        self.binary.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where it runs.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its environment, for somebody who wants to go on by hand.
    pub(crate) fn variables(&self) -> Vec<(String, OsString)> {
        let own =
            [(String::from("TF_CLI_CONFIG_FILE"), self.folder.join(CLI_CONFIGURATION).into_os_string())];
        own.into_iter()
            .chain(self.environment.iter().map(|(name, value)| (name.clone(), value.into())))
            .collect()
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<Ran, DemoError> {
        self.run_and_hear(arguments, |_| ()).await
    }

    /// Runs a command to its end, with each line it prints as it comes.
    pub(crate) async fn run_and_hear(
        &self,
        arguments: &[&str],
        mut hear: impl FnMut(&str),
    ) -> Result<Ran, DemoError> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // Sign-in settings of this machine must not reach the emulated tenant, nor its answers a real one.
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            if ["ARM_", "AZURE_", "TF_", "AUTOPILOT_"].iter().any(|prefix| name_text.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command.envs(self.variables()).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
        let mut child = command.spawn()?;
        let (mut text, mut errors) = (String::new(), String::new());
        let out = child.stdout.take().map(|pipe| BufReader::new(pipe).lines());
        let err = child.stderr.take().map(|pipe| BufReader::new(pipe).lines());
        let (Some(mut out), Some(mut err)) = (out, err) else {
            return Err(DemoError::Broken("the output of the command cannot be read".to_owned()));
        };
        let listening = async {
            while let Some(line) = out.next_line().await? {
                hear(&line);
                text.push_str(&line);
                text.push('\n');
            }
            Ok::<_, std::io::Error>(())
        };
        let complaining = async {
            while let Some(line) = err.next_line().await? {
                errors.push_str(&line);
                errors.push('\n');
            }
            Ok::<_, std::io::Error>(())
        };
        let both = tokio::time::timeout(PATIENCE, async { tokio::try_join!(listening, complaining) });
        both.await.map_err(|_| DemoError::Broken(format!("`{}` did not end", arguments.join(" "))))??;
        let status = child.wait().await?;
        text.push_str(&errors);
        Ok(Ran { code: status.code(), text })
    }
}

impl Ran {
    /// Makes anything but success an error that shows what was printed.
    pub(crate) fn expect_success(&self, what: &str) -> Result<(), DemoError> {
        if self.code == Some(0) {
            return Ok(());
        }
        Err(DemoError::Broken(format!("{what} failed:\n{}", self.text)))
    }
}

/// A hard link where the file system allows one, else a copy: the program is large.
fn link(from: &Path, to: &Path) -> Result<(), DemoError> {
    if std::fs::hard_link(from, to).is_err() {
        std::fs::copy(from, to)?;
    }
    Ok(())
}

const CLI_CONFIGURATION: &str = "cli.tfrc";
