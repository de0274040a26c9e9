//! What to do about an error: one text for everybody who must act.

use super::error::Kind;

/// What to do next, and who; `needs` are the permissions of which the call needs one, `has` those of the token.
pub(crate) fn of(kind: Kind, needs: &[&str], has: Option<&[String]>) -> String {
    let advice = match kind {
        Kind::SignIn => {
            "Sign in again. If that does not help, the token is for another tenant, another cloud or another service: \
             check the provider's tenant_id and environment, and where the token comes from."
        }
        Kind::PermissionMissing => return permission(needs, has),
        Kind::NotFound => "Check that the object still exists in this tenant and that its id is right.",
        Kind::Refused => {
            "Change the configuration as the service's reason says. If the reason does not help, Microsoft's support can \
             look the request up by its id."
        }
        Kind::Conflict => {
            "Somebody else may be changing the same object, or one like it exists already. Look at it in the portal, then \
             apply again."
        }
        Kind::Throttled => {
            "The tenant's request budget is used up, by this program or another one. Wait, then apply again; with very \
             large plans allow more time in the timeouts block."
        }
        Kind::Unreachable => {
            "Check the network, HTTPS_PROXY and NO_PROXY, and whether the certificate authority of an inspecting proxy is \
             trusted here (the provider's ca_file adds one)."
        }
        Kind::ServiceFault => {
            "Microsoft's service failed; usually applying again later is enough. If it persists, Microsoft's support can \
             look the request up by its id."
        }
        Kind::Interrupted => "Nothing further was sent. Apply again to go on.",
        Kind::TimedOut => {
            "The work may still finish by itself. Apply again to go on, or allow more time in the timeouts block."
        }
        Kind::UnexpectedAnswer => {
            "Something between here and Graph may have answered in its place (a proxy, a sign-in page). If not, please \
             report it with the facts above."
        }
    };
    advice.to_owned()
}

fn permission(needs: &[&str], has: Option<&[String]>) -> String {
    let needed = match needs {
        [] => None,
        [one] => Some(format!("this call needs {one}")),
        several => Some(format!("this call needs one of {}", several.join(", "))),
    };
    let has_any = |has: &[String]| match has {
        [] => "The token has no permission of Microsoft Graph".to_owned(),
        some => format!("The token has {}", some.join(", ")),
    };
    let comparison = match (has.map(has_any), needed) {
        (Some(has), Some(needed)) => format!("{has}; {needed}. "),
        (Some(has), None) => format!("{has}. "),
        (None, Some(needed)) => format!("The token does not tell its permissions; {needed}. "),
        (None, None) => String::new(),
    };
    let is_granted = |need: &&str| has.unwrap_or_default().iter().any(|have| have.eq_ignore_ascii_case(need));
    let next = if needs.iter().any(is_granted) {
        "The permission is there, so what is missing is a directory or Intune role, a scope tag, or the tenant's licence."
    } else {
        "An administrator of the tenant grants it to the app registration (API permissions, then \"Grant admin consent\"). \
         A token fetched earlier does not have it yet: sign in again."
    };
    comparison + next
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names are separated by spaces.
    fn advice(needs: &str, has: Option<&str>) -> String {
        let needs: Vec<&str> = needs.split_whitespace().collect();
        let has: Option<Vec<String>> = has.map(|has| has.split_whitespace().map(str::to_owned).collect());
        of(Kind::PermissionMissing, &needs, has.as_deref())
    }

    #[test]
    fn a_403_compares_what_the_token_has_with_what_the_call_needs() {
        let table = [
            ("B", Some("A"), "The token has A; this call needs B. An administrator"),
            ("B C", Some("A D"), "The token has A, D; this call needs one of B, C. An administrator"),
            (
                "B",
                Some(""),
                "The token has no permission of Microsoft Graph; this call needs B. An administrator",
            ),
            ("B", None, "The token does not tell its permissions; this call needs B. An administrator"),
            ("", None, "An administrator"),
        ];
        for (needs, has, expected) in table {
            let advice = advice(needs, has);
            assert!(advice.starts_with(expected), "{advice}");
        }
    }

    #[test]
    fn a_403_despite_the_permission_does_not_send_anyone_to_grant_it() {
        let advice = advice("B C", Some("c"));
        assert!(advice.contains("The permission is there") && !advice.contains("grants"), "{advice}");
    }
}
