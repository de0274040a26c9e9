//! Runs the real `terraform` in a directory of its own. Nothing outside that directory is read or written: not the
//! user's CLI configuration, nor their plugin cache, nor a registry.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::terraforms::Terraform;

/// A directory with a configuration to run Terraform in. Removed when dropped.
pub(crate) struct Workspace {
    terraform: PathBuf,
    home: TempDir,
    overrides: Vec<(String, PathBuf)>,
    mirrored: bool,
    environment: Vec<(String, String)>,
}

impl Workspace {
    /// With the version on the `PATH`. None when there is none, which says so on stderr, and fails the test under CI.
    #[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
    pub(crate) fn new() -> Option<Self> {
        let terraform = Terraform::on_path();
        if terraform.is_none() {
            assert!(std::env::var_os("CI").is_none(), "neither terraform nor tofu is on PATH");
            eprintln!("skipped: neither terraform nor tofu is on PATH");
        }
        Some(Self::with(&terraform?))
    }

    /// With a program that is some version of Terraform.
    pub(crate) fn with(terraform: &Path) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(home.path().join("work")).expect("a directory");
        let terraform = terraform.to_owned();
        Self { terraform, home, overrides: Vec::new(), mirrored: false, environment: Vec::new() }
    }

    /// The directory that commands run in.
    pub(crate) fn path(&self) -> PathBuf {
        self.home.path().join("work")
    }

    /// Writes a file of the configuration.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
        self
    }

    /// Uses the provider in `directory` for `source` (`NAMESPACE/TYPE`), without `init`.
    pub(crate) fn dev_override(mut self, source: &str, directory: &Path) -> Self {
        self.overrides.push((source.to_owned(), directory.to_owned()));
        self
    }

    /// Offers `binary` as `version` of `source` (`NAMESPACE/TYPE`) to `init`, as a registry would.
    pub(crate) fn mirror(mut self, source: &str, version: &str, binary: &Path) -> Self {
        let kind = source.rsplit('/').next().expect("a provider type");
        let directory =
            self.home.path().join("mirror/registry.terraform.io").join(source).join(version).join(platform());
        fs::create_dir_all(&directory).expect("a directory");
        let name = format!("terraform-provider-{kind}_v{version}{}", std::env::consts::EXE_SUFFIX);
        let target = directory.join(name);
        // A link costs nothing; across file systems only a copy will do.
        fs::hard_link(binary, &target).or_else(|_| fs::copy(binary, &target).map(drop)).expect("a provider");
        self.mirrored = true;
        self
    }

    /// Sets a variable for every command to come.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs `terraform` with these arguments, with nothing on stdin.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, "")
    }

    /// Runs `terraform` and types `input`.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("terraform starts");
        // It may well end without having read anything.
        let _ = child.stdin.take().expect("stdin is piped").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("terraform ends");
        Ran {
            arguments: arguments.join(" "),
            code: output.status.code(),
            stdout: without_colours(&String::from_utf8_lossy(&output.stdout)),
            stderr: without_colours(&String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// The command without arguments, for tests that do more with it than run it.
    pub(crate) fn command(&self) -> Command {
        let configuration = self.home.path().join("terraform.rc");
        fs::write(&configuration, self.cli_configuration()).expect("a file");
        let mut command = Command::new(&self.terraform);
        command.current_dir(self.path()).env_clear();
        for name in ["PATH", "TMPDIR", "TEMP", "SystemRoot"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("HOME", self.home.path());
        command.env("TF_CLI_CONFIG_FILE", configuration);
        command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
        // A command lives for a moment: collecting its garbage is an eighth of what it costs.
        command.env("GOGC", "800");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn cli_configuration(&self) -> String {
        let mut text = String::from("provider_installation {\n");
        if !self.overrides.is_empty() {
            text.push_str("  dev_overrides {\n");
            for (source, directory) in &self.overrides {
                let _ = writeln!(text, "    {source:?} = {directory:?}");
            }
            text.push_str("  }\n");
        }
        if self.mirrored {
            let _ = writeln!(
                text,
                "  filesystem_mirror {{\n    path = {:?}\n  }}",
                self.home.path().join("mirror")
            );
        }
        // No `direct {}`: what is not here does not exist.
        text.push_str("}\n");
        text
    }
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) arguments: String,
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Itself, if the command succeeded; otherwise the test fails and shows why.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "terraform {}\n{}\n{}", self.arguments, self.stdout, self.stderr);
        self
    }
}

/// `linux_amd64` and the like, as registries name it.
fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}_{arch}")
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}
