//! `restore`: puts back what an apply has written over.

use std::path::PathBuf;
use std::process::ExitCode;

use autopilot_provider::autopilot::{Backup, Restore, Tenant};
use autopilot_provider::graph::{Graph, Scope};

use super::common::{Failed, USER_AGENT};

/// Put back what a tenant-wide setting or a taken-over object was before this provider first wrote to it.
///
/// FILE is one of those that an apply leaves in the folder that the provider's `backup_path` names. Signs in as the provider
/// would (environment, or a stored sign-in), shows what will change, and changes it. Terraform is not told: the next plan
/// shows the difference, so take the resource out of the configuration as well, or change it there.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The file that holds what was there.
    file: PathBuf,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
}

/// Compares, tells, and writes.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Failed> {
    let backup = Backup::read(&arguments.file).map_err(Failed::new)?;
    let settings = super::common::settings(&std::collections::BTreeMap::new())?;
    let graph = match arguments.dry_run {
        true => Graph::connect_read_only(settings, USER_AGENT)?,
        false => Graph::connect(settings, USER_AGENT)?,
    };
    let tenant = graph.claims(&Scope::default()).await?.tenant_id;
    let restore = Restore::begin(Tenant::new(graph, tenant), &backup).await?;
    let differences = restore.differences();
    println!("{} as it was at {}", backup.type_name, backup.taken_at);
    if differences.is_empty() {
        println!("Nothing to do: everything is as it was.");
        return Ok(ExitCode::SUCCESS);
    }
    for difference in &differences {
        println!("  - {difference}");
    }
    if arguments.dry_run {
        println!("Nothing was changed, as asked.");
        return Ok(ExitCode::SUCCESS);
    }
    let warnings = restore.carry_out().await?;
    for warning in warnings.iter() {
        println!("Warning: {}\n  {}", warning.summary, warning.detail);
    }
    println!("Put back.");
    Ok(ExitCode::SUCCESS)
}
