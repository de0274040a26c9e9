//! Which stored sign-in the settings mean. Nobody is signed in as somebody else in silence.

use super::{Store, StoredSignIn};
use crate::graph::signin::argument::Argument;
use crate::graph::signin::{Failure, Settings};

/// Whether a stored sign-in can be used, for the choice of a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredLogin {
    /// One fits.
    Fits,
    /// None fits, and why.
    Absent(String),
    /// There is something, and it cannot be used as it is: several fit, or the file cannot be trusted.
    Unusable(String),
}

/// What was found for the settings.
pub(in crate::graph::signin) enum Found {
    None(String),
    One(Box<StoredSignIn>),
    Several(Vec<StoredSignIn>),
}

/// Looks what is stored for these settings. Reads a file, and asks no server.
pub(in crate::graph::signin) fn stored_login(settings: &Settings) -> StoredLogin {
    if !settings.flag(Argument::UseLogin) {
        return StoredLogin::Absent(String::new());
    }
    match find(settings) {
        Ok(Found::One(_)) => StoredLogin::Fits,
        Ok(Found::None(why)) => StoredLogin::Absent(why),
        Ok(Found::Several(several)) => StoredLogin::Unusable(which_of(&several)),
        Err(failure) => StoredLogin::Unusable(failure.to_string().replace("\n\n", ". ")),
    }
}

/// Finds the stored sign-in for these settings.
pub(in crate::graph::signin) fn find(settings: &Settings) -> Result<Found, Failure> {
    Ok(select(Store::of(settings)?.sign_ins()?, settings))
}

/// The authority as it is stored.
pub(super) fn authority(settings: &Settings) -> String {
    settings.endpoints().authority.as_str().trim_end_matches('/').to_owned()
}

fn select(sign_ins: Vec<StoredSignIn>, settings: &Settings) -> Found {
    if sign_ins.is_empty() {
        return Found::None("nobody has run `terraform-provider-autopilot login`".to_owned());
    }
    let authority = authority(settings);
    let mut fitting: Vec<StoredSignIn> =
        sign_ins.into_iter().filter(|one| one.authority == authority).collect();
    if let Some(tenant) = settings.text(Argument::TenantId) {
        let known: Vec<String> = fitting.iter().flat_map(|one| [one.tenant_id.clone()]).collect();
        fitting.retain(|one| {
            one.tenant_id.eq_ignore_ascii_case(tenant)
                || one.domains.iter().any(|domain| domain.eq_ignore_ascii_case(tenant))
        });
        if fitting.is_empty() && !known.is_empty() {
            return Found::None(format!(
                "the stored sign-ins are for other tenants than {tenant} ({}); run `terraform-provider-autopilot login \
                 --tenant {tenant}`",
                known.join(", ")
            ));
        }
    }
    if let Some(client) = settings.text(Argument::ClientId)
        && fitting.iter().any(|one| one.client_id.eq_ignore_ascii_case(client))
    {
        fitting.retain(|one| one.client_id.eq_ignore_ascii_case(client));
    }
    match fitting.len() {
        0 => Found::None(format!("no stored sign-in is for {authority}")),
        1 => Found::One(Box::new(fitting.remove(0))),
        _ => Found::Several(fitting),
    }
}

fn which_of(several: &[StoredSignIn]) -> String {
    let list: Vec<String> = several
        .iter()
        .map(|one| format!("{} in tenant {} with client {}", one.user, one.tenant_id, one.client_id))
        .collect();
    format!(
        "{} stored sign-ins fit: {}. Say which with tenant_id (and client_id if one tenant has two), or remove one with \
         `terraform-provider-autopilot logout`",
        several.len(),
        list.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use time::OffsetDateTime;

    use super::*;
    use crate::graph::secret::Secret;

    fn sign_in(authority: &str, tenant: &str, client: &str) -> StoredSignIn {
        StoredSignIn {
            authority: authority.into(),
            tenant_id: tenant.into(),
            domains: vec![format!("{tenant}.example")],
            client_id: client.into(),
            user: format!("kim@{tenant}.example"),
            scopes: Vec::new(),
            signed_in: OffsetDateTime::UNIX_EPOCH,
            refresh_token: Secret::new("r"),
            other: serde_json::Map::new(),
        }
    }

    #[test]
    fn the_sign_in_of_the_tenant_is_taken_and_never_one_of_another() {
        let global = "https://login.microsoftonline.com";
        let stored = || {
            vec![
                sign_in(global, "t1", "a"),
                sign_in(global, "t1", "b"),
                sign_in(global, "t2", "a"),
                sign_in("https://login.microsoftonline.us", "t3", "a"),
            ]
        };
        for (environment, expected) in [
            (&[("ARM_TENANT_ID", "T2")][..], Ok("t2/a")),
            (&[("ARM_TENANT_ID", "t2.EXAMPLE")], Ok("t2/a")),
            (&[("ARM_TENANT_ID", "t1"), ("ARM_CLIENT_ID", "B")], Ok("t1/b")),
            (&[("ARM_TENANT_ID", "t2"), ("ARM_CLIENT_ID", "z")], Ok("t2/a")),
            (&[("ARM_ENVIRONMENT", "usgovernment")], Ok("t3/a")),
            (&[("ARM_TENANT_ID", "t3")], Err("login --tenant t3")),
            (&[("ARM_ENVIRONMENT", "china")], Err("no stored sign-in is for https://login.chinacloudapi.cn")),
            (
                &[("ARM_TENANT_ID", "t1")],
                Err("2 stored sign-ins fit: kim@t1.example in tenant t1 with client a; "),
            ),
            (&[], Err("3 stored sign-ins fit")),
        ] {
            let environment: BTreeMap<String, String> =
                environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            let settings = Settings::resolve(&BTreeMap::new(), &environment).unwrap();
            match (select(stored(), &settings), expected) {
                (Found::One(one), Ok(expected)) => {
                    assert_eq!(format!("{}/{}", one.tenant_id, one.client_id), expected, "{environment:?}");
                }
                (Found::None(why), Err(expected)) => {
                    assert!(why.contains(expected), "{environment:?}: {why}")
                }
                (Found::Several(several), Err(expected)) => {
                    let why = which_of(&several);
                    assert!(why.contains(expected), "{environment:?}: {why}");
                }
                _ => panic!("{environment:?}"),
            }
        }
    }

    #[test]
    fn nothing_stored_says_how_to_sign_in() {
        let settings = Settings::default();
        assert!(
            matches!(select(Vec::new(), &settings), Found::None(why) if why.contains("autopilot login`"))
        );
    }
}
