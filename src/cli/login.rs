//! `login` and `logout`: a person signs in once, and the provider goes on with it.

use std::collections::BTreeMap;
use std::process::{ExitCode, Stdio};

use autopilot_provider::autopilot::needs;
use autopilot_provider::graph::signin::{
    Argument, Arguments, GRAPH_COMMAND_LINE_TOOLS, LoginRequest, SignedIn, Store,
};
use url::Url;

use super::common::{Failed, USER_AGENT};

/// Sign in to a tenant as a person, once; the provider uses it from then on.
///
/// Opens the browser. The first sign-in of an organization needs an administrator who consents. Signs in to Microsoft
/// Graph Command Line Tools unless --client-id names an application of your own (a public client with the redirect
/// address http://localhost).
#[derive(Debug, clap::Args)]
pub(crate) struct LoginArguments {
    /// The tenant, by its id or one of its domains; otherwise that of the person who signs in.
    #[arg(long, env = "ARM_TENANT_ID", hide_env_values = true)]
    tenant: Option<String>,
    /// Application (client) id of a public client of your own.
    #[arg(long, env = "ARM_LOGIN_CLIENT_ID", hide_env_values = true, default_value = GRAPH_COMMAND_LINE_TOOLS)]
    client_id: String,
    /// Microsoft cloud: public, usgovernment, dod or china.
    #[arg(long, env = "ARM_ENVIRONMENT", hide_env_values = true)]
    environment: Option<String>,
    /// Show a code to be entered on another device, where this machine has no browser.
    #[arg(long)]
    device_code: bool,
    /// Ask only for what is needed to read: enough for `terraform plan`.
    #[arg(long)]
    read_only: bool,
    /// Ask for what the actions need as well, one of which resets devices.
    #[arg(long, conflicts_with = "read_only")]
    with_actions: bool,
    /// Open no browser: only show the address.
    #[arg(long)]
    no_browser: bool,
}

/// Remove what `login` stored.
#[derive(Debug, clap::Args)]
pub(crate) struct LogoutArguments {
    /// Only of this tenant, by its id or one of its domains.
    #[arg(long)]
    tenant: Option<String>,
    /// Only of this application.
    #[arg(long)]
    client_id: Option<String>,
    /// Every stored sign-in, of all tenants.
    #[arg(long, conflicts_with_all = ["tenant", "client_id"])]
    all: bool,
}

/// Signs in, and keeps it.
pub(crate) async fn login(arguments: LoginArguments) -> Result<ExitCode, Failed> {
    let mut written = Arguments::new();
    if let Some(environment) = &arguments.environment {
        written.insert(Argument::Environment, environment.as_str().into());
    }
    let settings = super::common::settings(&written)?;
    let store = Store::of(&settings)?;
    // What cannot be kept is not worth a sign-in.
    store.sign_ins()?;
    let asked = needs::delegated(arguments.read_only, arguments.with_actions).into_iter().map(str::to_owned);
    let tenant = arguments.tenant.as_deref();
    let request = LoginRequest::new(settings, tenant, &arguments.client_id, asked, USER_AGENT)?;
    let signing_in = async {
        match arguments.device_code {
            true => {
                let show = |code: &autopilot_provider::graph::signin::DeviceCode| {
                    println!("Open {} on any device, and enter the code {}", code.page, code.code);
                    println!("Waiting for up to {} minutes ...", code.expires_in.as_secs() / 60);
                };
                request.with_device_code(show).await
            }
            false => request.with_browser(|page| show_page(page, arguments.no_browser)).await,
        }
    };
    let signed_in = tokio::select! {
        signed_in = signing_in => signed_in?,
        _ = tokio::signal::ctrl_c() => return Err(Failed::new("Interrupted; nothing was stored.")),
    };
    store.put(&signed_in.sign_in)?;
    tell(&signed_in, &store, arguments.read_only);
    Ok(ExitCode::SUCCESS)
}

/// Removes stored sign-ins.
pub(crate) async fn logout(arguments: LogoutArguments) -> Result<ExitCode, Failed> {
    let store = Store::of(&super::common::settings(&BTreeMap::new())?)?;
    let known = store.sign_ins()?;
    if !arguments.all && arguments.tenant.is_none() && arguments.client_id.is_none() && known.len() > 1 {
        let list: Vec<String> =
            known.iter().map(|one| format!("  --tenant {} ({})", one.tenant_id, one.user)).collect();
        return Err(Failed::new(format!(
            "There are {} stored sign-ins. Say which to remove, or --all:\n{}",
            known.len(),
            list.join("\n")
        )));
    }
    let removed = store.remove(|one| {
        let of_tenant = |tenant: &String| {
            one.tenant_id.eq_ignore_ascii_case(tenant)
                || one.domains.iter().any(|domain| domain.eq_ignore_ascii_case(tenant))
        };
        arguments.tenant.as_ref().is_none_or(of_tenant)
            && arguments.client_id.as_ref().is_none_or(|client| one.client_id.eq_ignore_ascii_case(client))
    })?;
    if removed.is_empty() {
        println!("There is no such stored sign-in in {}; nothing to remove.", store.path().display());
    }
    for one in &removed {
        println!("Removed the sign-in of {} in tenant {}.", one.user, one.tenant_id);
    }
    if !removed.is_empty() {
        println!(
            "Microsoft Entra was not told: a copy of the file would still work. To end the sign-in everywhere, choose \
             \"Revoke sessions\" for the person in the Entra admin center."
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows the address, and opens it unless that is not wanted or not possible.
fn show_page(page: &Url, no_browser: bool) {
    println!("Sign in at this address:\n\n  {page}\n");
    if !no_browser && let Err(why) = open_browser(page) {
        println!("No browser could be opened ({why}): open the address by hand, or use --device-code.\n");
    }
    println!("Waiting for the browser to come back ...");
}

/// With the program that `BROWSER` names, or the system's own way.
fn open_browser(page: &Url) -> std::io::Result<()> {
    match std::env::var_os("BROWSER").filter(|name| !name.is_empty()) {
        Some(browser) => std::process::Command::new(browser)
            .arg(page.as_str())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(drop),
        None => open::that_detached(page.as_str()),
    }
}

fn tell(signed_in: &SignedIn, store: &Store, read_only: bool) {
    let SignedIn { sign_in, organization, missing } = signed_in;
    let place = organization.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
    println!("\nSigned in as {} in tenant {}{place}.", sign_in.user, sign_in.tenant_id);
    println!("Granted: {}", sign_in.scopes.join(", "));
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        println!(
            "Asked for and not granted: {}. What needs it will say so while planning; an administrator consents by \
             signing in with the same command.",
            missing.join(", ")
        );
    }
    let protection = if cfg!(windows) {
        "It is not encrypted; the access list of your profile folder keeps it to you, the system and administrators"
    } else {
        "It is not encrypted; only your user may read it"
    };
    println!("Kept in {}. {protection}.", store.path().display());
    let next = if read_only { "`terraform plan` with `read_only = true`" } else { "`terraform plan`" };
    println!(
        "Next: {next}, or `terraform-provider-autopilot whoami` to see what you may do. `logout` removes the sign-in."
    );
}
