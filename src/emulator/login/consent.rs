//! Which delegated permissions an application has for a person: what was consented to, and who may consent.
//!
//! Sources: "Permissions and consent overview" of the Microsoft identity platform, the permissions reference (which
//! permissions an administrator must consent to), the list of AADSTS codes, and Azure/azure-cli#20572 for the fixed
//! permissions of Microsoft's own applications.

use super::refusal::OAuthError;
use super::roles::{
    self, APPLICATION_ADMINISTRATOR, CLOUD_APPLICATION_ADMINISTRATOR, GLOBAL_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR,
};
use crate::emulator::world::applications::{Application, Consent};
use crate::emulator::world::collections::USERS;
use crate::emulator::world::tenant::Tenant;

/// Scopes of OpenID Connect; nobody is refused them.
const SIGN_IN: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The permissions of Graph that a `scope` names, without the resource before them.
pub(super) fn asked(scope: &str) -> Vec<&str> {
    let names = scope.split_whitespace().map(|scope| scope.rsplit('/').next().unwrap_or(scope));
    names.filter(|name| !SIGN_IN.contains(name)).collect()
}

/// What a token for this person may do: everything consented to for `.default`, else what was asked.
///
/// # Errors
/// Something was asked that does not exist (650053), that Microsoft's application cannot be given (65002), or that
/// nobody consented to (65001).
pub(super) fn granted(
    tenant: &Tenant,
    application: &Application,
    user: &str,
    scope: &str,
) -> Result<Vec<String>, OAuthError> {
    let consented = consented(tenant, application, user);
    let asked = asked(scope);
    if asked.contains(&".default") {
        return if consented.is_empty() { Err(not_consented(application)) } else { Ok(consented) };
    }
    match missing(tenant, application, user, scope)?.as_slice() {
        // Microsoft's own applications are always given all that is fixed for them.
        [] if !application.preauthorized.is_empty() => Ok(consented),
        [] => Ok(consented.into_iter().filter(|name| asked.contains(&name.as_str())).collect()),
        _ => Err(not_consented(application)),
    }
}

/// What of a `scope` still needs consent.
///
/// # Errors
/// Something was asked that does not exist, or that Microsoft's application cannot be given.
pub(super) fn missing(
    tenant: &Tenant,
    application: &Application,
    user: &str,
    scope: &str,
) -> Result<Vec<String>, OAuthError> {
    let asked = asked(scope);
    if let Some(unknown) = asked.iter().find(|name| **name != ".default" && !KNOWN.contains(name)) {
        return Err(OAuthError::new(
            650_053,
            "invalid_client",
            format!(
                "The application '{}' asked for scope '{unknown}' that doesn't exist on the resource \
                 '00000003-0000-0000-c000-000000000000'. Contact the app vendor.",
                application.display_name
            ),
        ));
    }
    let consented = consented(tenant, application, user);
    let missing: Vec<String> = asked
        .into_iter()
        .filter(|name| *name != ".default" && !consented.iter().any(|held| held == name))
        .map(str::to_owned)
        .collect();
    if !missing.is_empty() && !application.preauthorized.is_empty() {
        return Err(OAuthError::new(
            65_002,
            "invalid_client",
            format!(
                "Consent between first party application '{}' and first party resource \
                 '00000003-0000-0000-c000-000000000000' must be configured via preauthorization - applications owned \
                 and operated by Microsoft must get approval from the API owner before requesting tokens for that API.",
                application.client_id
            ),
        ));
    }
    Ok(missing)
}

/// A person accepts what an application asks for: for themselves, or for everybody.
///
/// # Errors
/// What was asked cannot be had, or only an administrator may consent to it (90094).
pub(super) fn accept(
    tenant: &mut Tenant,
    application: &Application,
    user: &str,
    scope: &str,
    for_all: bool,
) -> Result<(), OAuthError> {
    let permissions = missing(tenant, application, user, scope)?;
    let roles =
        tenant.collection(USERS).find("userPrincipalName", user).map(roles::of_user).unwrap_or_default();
    let administers = roles.iter().any(|role| CONSENTING_ROLES.contains(&role.as_str()));
    if !administers && permissions.iter().any(|name| !FOR_EVERY_USER.contains(&name.as_str())) {
        return Err(needs_administrator(application));
    }
    // For everybody the whole of it, whatever this one person had accepted before.
    let (by, permissions) = match for_all && administers {
        true => {
            (None, asked(scope).into_iter().filter(|name| *name != ".default").map(str::to_owned).collect())
        }
        false => (Some(user.to_owned()), permissions),
    };
    if !permissions.is_empty() {
        let consent = Consent { client_id: application.client_id.clone(), user: by, permissions };
        tenant.registrations.consents.push(consent);
        tenant.touch();
    }
    Ok(())
}

fn not_consented(application: &Application) -> OAuthError {
    OAuthError::new(
        65_001,
        "invalid_grant",
        format!(
            "The user or administrator has not consented to use the application with ID '{}' named '{}'. Send an \
             interactive authorization request for this user and resource.",
            application.client_id, application.display_name
        ),
    )
}

fn needs_administrator(application: &Application) -> OAuthError {
    OAuthError::new(
        90_094,
        "access_denied",
        format!(
            "Admin consent is required for the permissions requested by '{}'. Ask an administrator to grant permission \
             to this app before you can use it.",
            application.display_name
        ),
    )
}

fn consented(tenant: &Tenant, application: &Application, user: &str) -> Vec<String> {
    let granted = tenant.registrations.consents.iter().filter(|consent| {
        consent.client_id == application.client_id
            && consent.user.as_deref().is_none_or(|by| by.eq_ignore_ascii_case(user))
    });
    let mut all: Vec<String> = application.preauthorized.clone();
    for name in application.scopes.iter().chain(granted.flat_map(|consent| &consent.permissions)) {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all
}

/// Who may consent to delegated permissions that need an administrator. Source: "Grant tenant-wide admin consent".
const CONSENTING_ROLES: [&str; 4] = [
    GLOBAL_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    APPLICATION_ADMINISTRATOR,
    CLOUD_APPLICATION_ADMINISTRATOR,
];

/// Permissions to which every user may consent. Source: permissions reference, "AdminConsentRequired: No".
const FOR_EVERY_USER: [&str; 3] = ["User.Read", "User.ReadWrite", "User.ReadBasic.All"];

/// The delegated permissions of Graph that this emulator knows to exist: those that its routes ask for, and what
/// clients commonly ask for besides.
const KNOWN: &[&str] = &[
    "Application.Read.All",
    "Application.ReadWrite.All",
    "AuditLog.Read.All",
    "Device.Read.All",
    "DeviceManagementApps.Read.All",
    "DeviceManagementApps.ReadWrite.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementManagedDevices.PrivilegedOperations.All",
    "DeviceManagementManagedDevices.Read.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementRBAC.ReadWrite.All",
    "DeviceManagementScripts.Read.All",
    "DeviceManagementServiceConfig.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Mail.Read",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "OrganizationalBranding.Read.All",
    "Policy.Read.All",
    "Policy.Read.DeviceConfiguration",
    "Policy.ReadWrite.DeviceConfiguration",
    "Policy.ReadWrite.MobilityManagement",
    "RoleManagement.Read.Directory",
    "User.Read",
    "User.Read.All",
    "User.ReadBasic.All",
    "User.ReadWrite",
    "User.ReadWrite.All",
];
