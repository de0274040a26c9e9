//! `whoami`: as whom the provider would sign in here, and what that account may do.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use autopilot_provider::autopilot::needs::{self, TypeAccess};
use autopilot_provider::graph::signin::{Acting, Claims};
use autopilot_provider::graph::{Endpoint, Graph, Scope};
use serde_json::json;

use super::common::{Failed, USER_AGENT};

/// Show as whom the provider signs in here, and what it may read and change.
///
/// Signs in as the provider would (environment, or a stored sign-in) and compares the token's permissions with what each
/// resource, data source and action needs. Roles in Entra and Intune come on top: no token tells them all.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// As JSON, for scripts.
    #[arg(long)]
    json: bool,
}

/// Signs in and tells.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Failed> {
    let graph = Graph::connect_read_only(super::common::settings(&BTreeMap::new())?, USER_AGENT)?;
    let scope = Scope::default().within(PATIENCE);
    let work = async {
        let claims = graph.claims(&scope).await?;
        Ok::<_, Failed>((organization(&graph, &scope).await, claims))
    };
    let (organization, claims) = tokio::select! {
        known = work => known?,
        _ = tokio::signal::ctrl_c() => return Err(Failed::new("Interrupted.")),
    };
    let types = needs::granted_by(&claims);
    if arguments.json {
        let report = json!({
            "tenant": {"id": claims.tenant_id, "name": organization},
            "account": {
                "kind": kind(&claims), "user": claims.user, "application_id": claims.app_id,
                "application_name": claims.app_name, "object_id": claims.object_id,
            },
            "permissions": claims.permissions,
            "types": types,
        });
        println!("{report:#}");
    } else {
        print!("{}", text(&claims, organization.as_deref(), &types));
    }
    Ok(ExitCode::SUCCESS)
}

/// The organization's name, if it may be read: a courtesy.
async fn organization(graph: &Graph, scope: &Scope) -> Option<String> {
    let answer = graph.get(scope, &Endpoint::v1("organization").select("displayName")).await.ok()?;
    answer["value"][0]["displayName"].as_str().map(str::to_owned)
}

fn kind(claims: &Claims) -> &'static str {
    match claims.acting {
        Acting::AppOnly => "application",
        Acting::Delegated => "person",
        Acting::Unknown => "unknown",
    }
}

fn text(claims: &Claims, organization: Option<&str>, types: &[TypeAccess]) -> String {
    let or_unknown = |value: &Option<String>| value.clone().unwrap_or_else(|| "(unknown)".to_owned());
    let name = organization.map(|name| format!(" ({name})")).unwrap_or_default();
    let app = match &claims.app_name {
        Some(name) => format!("{name} ({})", or_unknown(&claims.app_id)),
        None => or_unknown(&claims.app_id),
    };
    let mut text = format!("Tenant       {}{name}\n", or_unknown(&claims.tenant_id));
    match claims.acting {
        Acting::Delegated => {
            text.push_str(&format!("Person       {}\nApplication  {app}\n", or_unknown(&claims.user)))
        }
        Acting::AppOnly => text.push_str(&format!("Application  {app}, by itself\n")),
        Acting::Unknown => text.push_str("Account      the token does not tell\n"),
    }
    let permissions =
        if claims.permissions.is_empty() { "none".to_owned() } else { claims.permissions.join(", ") };
    text.push_str(&format!("Permissions  {permissions}\n\n"));
    let width = types.iter().map(|one| one.type_name.len()).max().unwrap_or_default();
    text.push_str(&format!("{:width$}  read  change  missing\n", "Type"));
    for one in types {
        let change = match one.change {
            None if one.type_name.starts_with("data.") => "-",
            other => word(other),
        };
        let line =
            format!("{:width$}  {:4}  {change:6}  {}", one.type_name, word(one.read), one.missing.join("; "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if claims.acting == Acting::Delegated {
        text.push_str(
            "\nA person needs roles besides: Cloud Device Administrator for the enrollment scope and the join policy, Intune \
             Administrator for what is Intune's, Groups Administrator for groups.\n",
        );
    }
    text
}

fn word(known: Option<bool>) -> &'static str {
    match known {
        Some(true) => "yes",
        Some(false) => "no",
        None => "?",
    }
}

const PATIENCE: Duration = Duration::from_secs(120);
