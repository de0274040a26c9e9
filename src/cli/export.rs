//! `export`: a tenant that was made by hand becomes code.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use autopilot_provider::autopilot::{Tenant, Wanted, export};
use autopilot_provider::graph::{Graph, Scope};
use tokio_util::sync::CancellationToken;

use super::common::{Failed, USER_AGENT};

/// Write an import block for everything of the tenant that this provider can manage. Only reads.
///
/// Signs in as the provider would (environment, or a stored sign-in) and writes to the standard output. With that file beside
/// the provider's block, `terraform plan -generate-config-out=generated.tf` writes the configuration, and the plan changes
/// nothing.
///
/// Devices become a fleet for each group tag; of groups, those come that follow Windows Autopilot, and those of devices that a
/// profile or page is assigned to.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only resources of this type, such as `device_group`; may be given several times.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Of the devices, only those with this group tag (empty: without one); may be given several times.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Make each device a resource of its own, and its user another, instead of fleets.
    #[arg(long)]
    one_by_one: bool,
}

/// Looks, and writes.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Failed> {
    let Arguments { types, tags, one_by_one } = arguments;
    let graph = Graph::connect_read_only(super::common::settings(&BTreeMap::new())?, USER_AGENT)?;
    let tenant = graph.claims(&Scope::default()).await?.tenant_id;
    let interrupted = CancellationToken::new();
    let wanted = Wanted { types, tags, one_by_one };
    let exported = tokio::select! {
        exported = export(Tenant::new(graph, tenant), &interrupted, &wanted) => exported?,
        _ = tokio::signal::ctrl_c() => return Err(Failed::new("Interrupted; nothing was written.")),
    };
    // Whoever reads may go away.
    let _ = write!(std::io::stdout().lock(), "{exported}");
    for left_out in &exported.left_out {
        eprintln!("Left out: {left_out}");
    }
    eprintln!("{} to import.", exported.imports.len());
    Ok(ExitCode::SUCCESS)
}
