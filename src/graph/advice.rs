//! What to do about an error: one text for everybody who must act.

use super::call::Call;
use super::error_kind::ErrorKind;
use super::signin::{Acting, Claims, GRAPH_COMMAND_LINE_TOOLS};

/// What to do next, and who; `needs` are the permissions of which the call needs one, and `who` made it.
pub(crate) fn of(kind: ErrorKind, needs: &[&str], who: Option<&Claims>, call: &Call) -> String {
    if matches!(kind, ErrorKind::Refused | ErrorKind::ServiceFault) && is_about_words(call) {
        return "The service does not say why. One known reason is a character of the name or of the \
                description that it does not take, such as a hyphen, a slash or a bracket: try letters, \
                digits and blanks only. If that is not it, apply again later; Microsoft's support can look \
                the request up by its id."
            .to_owned();
    }
    match kind.advice() {
        Some(advice) => advice.to_owned(),
        None => permission(needs, who, &call.path),
    }
}

/// How whoever signed in comes by one of these permissions.
pub(crate) fn how_to_get(needs: &[&str], who: &Claims) -> String {
    let wanted = needs.first().copied().unwrap_or("the permission");
    let app = match (&who.app_name, &who.app_id) {
        (Some(name), Some(id)) => format!("{name} ({id})"),
        (name, id) => name.as_ref().or(id.as_ref()).cloned().unwrap_or_else(|| "that signed in".to_owned()),
    };
    let tenant = who.tenant_id.as_deref().map(|id| format!(" --tenant {id}")).unwrap_or_default();
    match (who.acting, who.app_id.as_deref()) {
        (Acting::Delegated, Some(AZURE_CLI)) => format!(
            "This is the sign-in of the Azure CLI (or azd): an application of Microsoft's with fixed permissions, to \
             which {wanted} cannot be added (Azure/azure-cli#20572). Sign in with `terraform-provider-autopilot login{tenant}` \
             instead; the provider prefers that sign-in."
        ),
        (Acting::Delegated, Some(GRAPH_COMMAND_LINE_TOOLS)) => format!(
            "Run `terraform-provider-autopilot login{tenant}` again: it asks for {wanted}, and an administrator of the \
             tenant has to consent."
        ),
        (Acting::Delegated, Some(id)) => format!(
            "Let the application {app} ask for the delegated permission {wanted}: run \
             `terraform-provider-autopilot login{tenant} --client-id {id}` with an administrator's consent, or add the \
             permission to the app registration and sign in again."
        ),
        (Acting::AppOnly, _) => format!(
            "An administrator of the tenant grants the application permission {wanted} to the app registration {app} \
             (API permissions, then \"Grant admin consent\"; `terraform-provider-autopilot permissions --format az` prints \
             the commands). A token fetched earlier does not have it yet: run Terraform again."
        ),
        _ => format!(
            "An administrator of the tenant grants {wanted} to the application that signs in (API permissions, then \
             \"Grant admin consent\"). A token fetched earlier does not have it yet: sign in again."
        ),
    }
}

/// What a token has and what is needed.
pub(crate) fn comparison(needs: &[&str], who: Option<&Claims>) -> String {
    let needed = match needs {
        [] => None,
        [one] => Some(format!("this call needs {one}")),
        several => Some(format!("this call needs one of {}", several.join(", "))),
    };
    let has = who.map(|who| match who.permissions.as_slice() {
        [] => "The token has no permission of Microsoft Graph".to_owned(),
        some => format!("The token has {}", some.join(", ")),
    });
    match (has, needed) {
        (Some(has), Some(needed)) => format!("{has}; {needed}. "),
        (Some(has), None) => format!("{has}. "),
        (None, Some(needed)) => format!("The token does not tell its permissions; {needed}. "),
        (None, None) => String::new(),
    }
}

fn permission(needs: &[&str], who: Option<&Claims>, path: &str) -> String {
    let unknown = Claims::unknown();
    let claims = who.unwrap_or(&unknown);
    let next = match needs.iter().any(|need| claims.grants(need) == Some(true)) {
        true => role(claims, path),
        false => how_to_get(needs, claims),
    };
    comparison(needs, who) + &next
}

/// The permission is there, and it is not enough.
///
/// Sources: the role notes of each call's page in Graph's reference, and "Role-based access control with Microsoft
/// Intune".
fn role(who: &Claims, path: &str) -> String {
    if who.acting == Acting::AppOnly {
        return "The permission is there, so what is missing is a scope tag, the tenant's licence, or the service's own \
                consent to applications."
            .to_owned();
    }
    let least = if path.contains("/policies/") {
        "Cloud Device Administrator"
    } else if path.contains("/deviceManagement/") || path.contains("/deviceAppManagement/") {
        "Intune Administrator, or a custom Intune role with the permissions of \"Enrollment programs\""
    } else if path.contains("/groups") {
        "Groups Administrator, or being the group's owner"
    } else {
        "a role that allows it"
    };
    let person = who.user.as_deref().unwrap_or("the person who signed in");
    format!(
        "The permission is there, so what is missing is a role of {person}: the least one is {least}. With Privileged \
         Identity Management the role must be active. If the role is there too, look for a scope tag or the tenant's \
         licence."
    )
}

/// Whether a profile or page was written, and refused or failed without a word.
///
/// microsoft-graph-docs #4934 (2019), IntuneDocs #2629 and M365DSC #3892: characters of names and descriptions are answered
/// so. Which ones is not settled.
fn is_about_words(call: &Call) -> bool {
    let written = ["windowsAutopilotDeploymentProfiles", "deviceEnrollmentConfigurations"];
    call.bare
        && ["POST", "PATCH"].contains(&call.method.as_str())
        && written.iter().any(|collection| call.path.contains(collection))
}

/// The Azure CLI's own application, which azd uses too.
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

#[cfg(test)]
mod tests {
    use super::*;

    fn who(acting: Acting, app_id: &str, has: &str) -> Claims {
        Claims {
            acting,
            permissions: has.split_whitespace().map(str::to_owned).collect(),
            app_id: Some(app_id.to_owned()),
            tenant_id: Some("t1".to_owned()),
            ..Claims::unknown()
        }
    }

    fn to(path: &str) -> Call {
        Call { path: path.to_owned(), ..Call::default() }
    }

    #[test]
    fn a_profile_or_page_refused_without_a_word_may_have_a_character_that_is_not_taken() {
        let bare = |method: &str, path: &str, bare| Call { method: method.to_owned(), bare, ..to(path) };
        let profiles = "/beta/deviceManagement/windowsAutopilotDeploymentProfiles";
        let page = "/beta/deviceManagement/deviceEnrollmentConfigurations/1_Windows10";
        for (kind, call, is_so) in [
            (ErrorKind::Refused, bare("POST", profiles, true), true),
            (ErrorKind::ServiceFault, bare("POST", profiles, true), true),
            (ErrorKind::Refused, bare("PATCH", page, true), true),
            (ErrorKind::Refused, bare("DELETE", page, true), false),
            (ErrorKind::Refused, bare("POST", profiles, false), false),
            (ErrorKind::Refused, bare("POST", "/v1.0/groups", true), false),
        ] {
            let advice = of(kind, &[], None, &call);
            assert_eq!(advice.contains("a character of the name"), is_so, "{call}: {advice}");
        }
    }

    fn advice(needs: &[&str], who: Option<&Claims>) -> String {
        of(ErrorKind::PermissionMissing, needs, who, &to("/beta/deviceManagement/x"))
    }

    #[test]
    fn a_403_compares_what_the_token_has_with_what_the_call_needs() {
        let app = |has| who(Acting::AppOnly, "a", has);
        let table = [
            (&["B"][..], Some(app("A")), "The token has A; this call needs B. An administrator"),
            (
                &["B", "C"],
                Some(app("A D")),
                "The token has A, D; this call needs one of B, C. An administrator",
            ),
            (
                &["B"],
                Some(app("")),
                "The token has no permission of Microsoft Graph; this call needs B. An administrator",
            ),
            (&["B"], None, "The token does not tell its permissions; this call needs B. An administrator"),
            (&[], None, "An administrator"),
        ];
        for (needs, who, expected) in table {
            let advice = advice(needs, who.as_ref());
            assert!(advice.starts_with(expected), "{advice}");
        }
    }

    #[test]
    fn the_way_to_a_permission_depends_on_who_signs_in() {
        let delegated = |app| who(Acting::Delegated, app, "A");
        for (who, expected, never) in [
            (delegated(AZURE_CLI), "`terraform-provider-autopilot login --tenant t1` instead", "grants"),
            (
                delegated(GRAPH_COMMAND_LINE_TOOLS),
                "`terraform-provider-autopilot login --tenant t1` again",
                "grants",
            ),
            (delegated("own"), "login --tenant t1 --client-id own", "az login"),
            (who(Acting::AppOnly, "ci", "A"), "permissions --format az", "autopilot login"),
            (Claims::unknown(), "grants B to the application", "autopilot login"),
        ] {
            let advice = advice(&["B"], Some(&who));
            assert!(advice.contains(expected) && !advice.contains(never), "{advice}");
        }
    }

    #[test]
    fn a_403_despite_the_permission_names_the_least_role_and_sends_nobody_to_grant_it() {
        let person = Claims { user: Some("iris@contoso.com".to_owned()), ..who(Acting::Delegated, "a", "c") };
        for (path, role) in [
            ("/beta/policies/mobileDeviceManagementPolicies", "Cloud Device Administrator"),
            ("/v1.0/groups/1", "Groups Administrator"),
            ("/beta/deviceManagement/x", "Intune Administrator"),
        ] {
            let advice = of(ErrorKind::PermissionMissing, &["B", "C"], Some(&person), &to(path));
            assert!(advice.contains("a role of iris@contoso.com") && advice.contains(role), "{advice}");
            assert!(!advice.contains("grants"), "{advice}");
        }
    }
}
