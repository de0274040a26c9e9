//! `check-tenant`: what a maintainer asks of somebody who has a tenant.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use autopilot_provider::autopilot::{Report, Verdict, check_tenant};
use autopilot_provider::graph::{Graph, Scope};
use tokio_util::sync::CancellationToken;

use super::common::{Failed, USER_AGENT};

/// Look whether a tenant is as this program takes Microsoft's service for. Only reads.
///
/// Signs in as the provider would (environment, or a stored sign-in), sends about thirty reading requests, and writes a
/// report with names of properties and kinds of values, without any value of the tenant. What differs from what this
/// program expects is worth an issue: attach the report.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to write the report.
    #[arg(long, value_name = "FILE", default_value = "check-tenant.json")]
    report: PathBuf,
}

/// Looks, tells, and writes the report.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Failed> {
    let graph = Graph::connect_read_only(super::common::settings(&BTreeMap::new())?, USER_AGENT)?;
    let interrupted = CancellationToken::new();
    let scope = Scope::new(interrupted.clone(), ALLOWED);
    let report = tokio::select! {
        report = check_tenant(&graph, &scope) => report?,
        _ = tokio::signal::ctrl_c() => return Err(Failed::new("Interrupted; no report was written.")),
    };
    let text = serde_json::to_string_pretty(&report).map_err(|error| Failed::new(error.to_string()))?;
    fs::write(&arguments.report, text + "\n").map_err(|error| {
        Failed::new(format!("The report cannot be written to {}: {error}", arguments.report.display()))
    })?;
    tell(&report, &arguments.report.display());
    Ok(if report.is_news() { ExitCode::from(DIFFERENT) } else { ExitCode::SUCCESS })
}

fn tell(report: &Report, file: &dyn fmt::Display) {
    for finding in &report.findings {
        let verdict = match finding.verdict {
            Verdict::AsExpected => "as expected",
            Verdict::Different => "different",
            Verdict::NotSeen => "not seen",
        };
        println!("{verdict:12} {}", finding.about);
        for detail in &finding.details {
            println!("             - {detail}");
        }
    }
    println!(
        "\nThe report is in {file}. It holds names of properties and kinds of values, and nothing of the tenant."
    );
    if report.is_news() {
        println!(
            "What is different may be a change of Microsoft's service that this program does not know yet: please \
             attach the report to an issue."
        );
    }
}

/// The exit code that tells of a difference; 1 is a failure to look.
const DIFFERENT: u8 = 2;
const ALLOWED: Duration = Duration::from_secs(600);
