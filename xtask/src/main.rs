//! `cargo xtask`: what a maintainer does to release, and what CI does to see that it works.

mod changelog;
mod checksums;
mod compile;
mod linked;
mod notices;
mod package;
mod project;
mod sbom;
mod target;

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand};

use project::Project;
use target::Target;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The chores of a release", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the provider for other machines, and pack it as the Registry wants it into target/dist, with a bill of
    /// materials beside it.
    Dist {
        /// A target to build for, as rustc names it. Left out: all that are built on a system like this one.
        #[arg(long = "target", value_name = "TARGET")]
        targets: Vec<Target>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Print the targets that are built on a system like this one, a line for each.
    Targets,
    /// Write the checksums of what is in target/dist: of packages that other machines built as well.
    Checksums {
        #[command(flatten)]
        signing: Signing,
    },
    /// Print what the changelog says of this version; a tag that is not this version's is refused.
    Changelog {
        /// The tag: the version after a `v`.
        tag: String,
    },
}

#[derive(Args)]
struct Signing {
    /// The GnuPG key that signs the checksums. Left out: nothing is signed.
    #[arg(long, env = "GPG_FINGERPRINT", value_name = "KEY")]
    key: Option<String>,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let project = Project::here()?;
    match task {
        Task::Dist { targets, signing } => {
            let targets = if targets.is_empty() { Target::built_here() } else { targets };
            for target in targets {
                let binary = compile::compile(&project, target)?;
                let linked = linked::linked(&project, target)?;
                let package = package::package(&project, target, &binary, &notices::notices(&linked)?)?;
                let bill = project.dist().join(project.file_name(&format!("{}.cdx.json", target.platform)));
                fs::write(bill, sbom::sbom(&project, target, &linked)?)?;
                let megabytes = fs::metadata(&binary)?.len() as f64 / 1e6;
                report(&format!("packed {}, a program of {megabytes:.1} MB", package.display()));
            }
            checksums::write(&project, signing.key.as_deref())
        }
        Task::Targets => {
            Target::built_here().iter().for_each(|target| report(target.triple));
            Ok(())
        }
        Task::Checksums { signing } => checksums::write(&project, signing.key.as_deref()),
        Task::Changelog { tag } => {
            report(&changelog::notes(&project, &tag)?);
            Ok(())
        }
    }
}

/// Runs a command to its end and returns what it printed; its complaints go where ours go.
fn output(command: &mut Command) -> Result<Vec<u8>> {
    let shown = format!("{command:?}");
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.with_context(|| format!("{shown} could not be started"))?;
    if !output.status.success() {
        bail!("{shown} failed: {}", output.status);
    }
    Ok(output.stdout)
}

#[expect(clippy::print_stdout, reason = "a person or a script reads it")]
fn report(line: &str) {
    println!("{line}");
}
