//! What the account that signed in may do: known from its token, and said before anything is asked.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::permissions::is_granted;
use super::tenant::{Cx, Tenant};
use crate::graph::signin::Claims;
use crate::graph::{Graph, Scope, comparison, how_to_get};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Access, Permission};
use crate::tf_provider::provider::{Client, Doing, Permit, Permitted};

#[async_trait]
impl Client for Tenant {
    fn tenant(&self) -> Option<&str> {
        self.id()
    }

    async fn permit(&self, request: Permit<'_>) -> Permitted {
        let is_read_only = self.graph().as_ref().is_ok_and(Graph::is_read_only);
        if is_read_only && request.doing == Doing::Change {
            return self.refuse_once(READ_ONLY, read_only(), read_only);
        }
        let is_needed = |need: &&Permission| match need.access {
            Access::Read => true,
            // What will not be changed needs no permission for changing.
            Access::Change => request.doing != Doing::Read && !is_read_only,
            Access::Aside => false,
        };
        let needs: Vec<Permission> = request.needs.iter().filter(is_needed).copied().collect();
        self.allows(request.type_name, &needs, request.cancel).await
    }
}

/// Refuses a plan for which a permission is missing that only this plan needs.
pub(crate) async fn require(cx: &Cx, type_name: &str, need: Permission) -> Result<(), Failure> {
    match cx.client().allows(type_name, &[need], cx.cancel()).await {
        Permitted::No(failure) => Err(failure),
        Permitted::Yes | Permitted::AlreadyReported(_) => Ok(()),
    }
}

impl Tenant {
    /// Whether the token has all of these.
    async fn allows(&self, type_name: &str, needs: &[Permission], cancel: &CancellationToken) -> Permitted {
        // While settings are not known, nothing can be; the operation says so itself where it must.
        let Ok(graph) = self.graph() else { return Permitted::Yes };
        let claims = match graph.claims(&Scope::new(cancel.clone(), PATIENCE)).await {
            Ok(claims) => claims,
            Err(error) => return self.refuse_once(SIGN_IN, error.into(), not_signed_in),
        };
        match needs.iter().find(|need| is_granted(need, &claims) == Some(false)) {
            None => Permitted::Yes,
            Some(lacking) => {
                let failure = refusal(type_name, lacking, &claims);
                self.refuse_once(&lacking.one_of.join(" "), failure, || as_reported(type_name, lacking))
            }
        }
    }

    /// Tells a failure that concerns many objects in full once, and shortly from then on.
    fn refuse_once(&self, what: &str, failure: Failure, shortly: impl FnOnce() -> Failure) -> Permitted {
        if self.was_reported(what) { Permitted::AlreadyReported(shortly()) } else { Permitted::No(failure) }
    }
}

fn not_signed_in() -> Failure {
    Failure::new(
        "Not signed in",
        "The sign-in could not be renewed, as is said in full by another error. Nothing was asked or changed here.",
    )
}

fn read_only() -> Failure {
    Failure::new(
        "The provider is read only",
        "The provider is set to read only (`read_only`, ARM_READ_ONLY), and this would change the tenant. Nothing was \
         changed. Plan with `read_only`, and apply without it, with a sign-in that may change the tenant.",
    )
}

fn as_reported(type_name: &str, lacking: &Permission) -> Failure {
    let least = lacking.one_of.first().copied().unwrap_or_default();
    Failure::new(
        "Permission missing",
        format!("`{type_name}` needs {least} too, as is said in full by another error."),
    )
}

fn refusal(type_name: &str, lacking: &Permission, claims: &Claims) -> Failure {
    if lacking.person_only && claims.is_app_only() {
        return needs_a_person(type_name, lacking, claims);
    }
    Failure::new(
        "Permission missing",
        format!(
            "This sign-in is not enough to {} `{type_name}`. {}{}\n\nNothing was asked of Microsoft Graph for it, and \
             nothing was changed.",
            lacking.purpose,
            comparison(lacking.one_of, Some(claims)).replace("this call needs", "it needs"),
            how_to_get(lacking.one_of, claims)
        ),
    )
}

/// Graph would answer an application with 403 whatever is granted, because no application permission exists.
fn needs_a_person(type_name: &str, lacking: &Permission, claims: &Claims) -> Failure {
    let app = claims.app_name.as_ref().or(claims.app_id.as_ref()).map_or("an application", String::as_str);
    let tenant = claims.tenant_id.as_deref().map(|id| format!(" --tenant {id}")).unwrap_or_default();
    let least = lacking.one_of.first().copied().unwrap_or_default();
    Failure::new(
        "A signed-in person is needed",
        format!(
            "The provider signed in as {app}, an application by itself. Microsoft Graph lets only a signed-in person \
             {} `{type_name}`: there is no application permission for it that could be granted.\n\nKeep this resource in \
             a configuration of its own. An administrator with the role Cloud Device Administrator runs \
             `terraform-provider-autopilot login{tenant}`, which asks for {least}, and applies it without a client secret, \
             certificate or OIDC settings. Or leave this one step to the portal: Devices > Enrollment > Windows > \
             Automatic Enrollment.",
            lacking.purpose
        ),
    )
}

/// The name under which a failed sign-in is reported once.
const SIGN_IN: &str = "sign-in";
const READ_ONLY: &str = "read only";
/// Within which a token must be there.
const PATIENCE: Duration = Duration::from_secs(120);
