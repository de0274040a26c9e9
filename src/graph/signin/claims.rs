//! What the token in use says about itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::graph::secret::Secret;

/// The claims of an access token, read without verifying the signature: they are used to explain and to refuse
/// early, never to grant. Graph remains the judge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// On whose behalf the token acts.
    pub acting: Acting,
    /// Names of granted permissions: `roles` of an app-only token, `scp` of a delegated one.
    pub permissions: Vec<String>,
    /// The tenant's id (`tid`).
    pub tenant_id: Option<String>,
    /// The application that signed in (`appid`, or `azp` in tokens of version 2).
    pub app_id: Option<String>,
    /// The application's name, when the token carries it.
    pub app_name: Option<String>,
    /// The signed-in person (`upn`, `preferred_username` or `unique_name`).
    pub user: Option<String>,
    /// Object id of the user or service principal (`oid`).
    pub object_id: Option<String>,
    /// Who may be given this token (`aud`).
    pub audience: Option<String>,
    /// Who issued it (`iss`).
    pub issuer: Option<String>,
    /// Whom it describes (`sub`).
    pub subject: Option<String>,
    /// When it stops being accepted (`exp`).
    pub expires: Option<OffsetDateTime>,
}

/// On whose behalf a token acts. Some parts of Graph accept only one of the two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acting {
    /// An application by itself.
    AppOnly,
    /// An application on behalf of a signed-in person.
    Delegated,
    /// The token is opaque, or says neither.
    #[default]
    Unknown,
}

impl Claims {
    /// What is known of an opaque token: nothing.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// Reads any token. One that is no JSON Web Token gives [`Claims::unknown`].
    pub fn decode(token: &Secret) -> Self {
        let Some(claims) = payload(token.expose()) else {
            return Self::unknown();
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let first = |names: &[&str]| names.iter().find_map(|name| text(name));
        let scopes = text("scp");
        let roles: Option<Vec<String>> = claims
            .get("roles")
            .and_then(Value::as_array)
            .map(|roles| roles.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        // A delegated token may carry `roles` too (the user's roles in the application), so `scp` decides first.
        let acting = match (text("idtyp").as_deref(), &scopes, &roles) {
            (Some("app"), ..) => Acting::AppOnly,
            (Some("user"), ..) | (_, Some(_), _) => Acting::Delegated,
            (_, None, Some(_)) => Acting::AppOnly,
            _ => Acting::Unknown,
        };
        let permissions = match acting {
            Acting::Delegated => scopes.unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            _ => roles.unwrap_or_default(),
        };
        Self {
            acting,
            permissions,
            tenant_id: text("tid"),
            app_id: first(&["appid", "azp"]),
            app_name: text("app_displayname"),
            user: first(&["upn", "preferred_username", "unique_name"]),
            object_id: text("oid"),
            audience: audience(&claims),
            issuer: text("iss"),
            subject: text("sub"),
            expires: claims
                .get("exp")
                .and_then(seconds)
                .and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok()),
        }
    }

    /// Whether the token acts for an application alone.
    pub fn is_app_only(&self) -> bool {
        self.acting == Acting::AppOnly
    }

    /// Whether a permission was granted, or `None` when the token does not tell.
    pub fn grants(&self, permission: &str) -> Option<bool> {
        if self.acting == Acting::Unknown {
            return None;
        }
        Some(self.permissions.iter().any(|granted| granted.eq_ignore_ascii_case(permission)))
    }
}

fn payload(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn audience(claims: &Map<String, Value>) -> Option<String> {
    match claims.get("aud")? {
        Value::String(one) => Some(one.clone()),
        Value::Array(several) => several.first()?.as_str().map(str::to_owned),
        _ => None,
    }
}

fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|s| s as i64)).or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn token(claims: Value) -> Secret {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        Secret::new(format!("{}.{}.c2ln", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims)))
    }

    #[test]
    fn an_app_only_token_is_recognised() {
        let claims = Claims::decode(&token(json!({
            "idtyp": "app", "roles": ["Group.ReadWrite.All"], "tid": "t", "appid": "a", "oid": "o", "exp": 1_700_000_000,
            "aud": "https://graph.microsoft.com", "app_displayname": "ci"
        })));
        assert_eq!(claims.acting, Acting::AppOnly);
        assert!(claims.is_app_only());
        assert_eq!(claims.permissions, ["Group.ReadWrite.All"]);
        assert_eq!(claims.expires.map(OffsetDateTime::unix_timestamp), Some(1_700_000_000));
        assert_eq!(claims.grants("group.readwrite.all"), Some(true));
        assert_eq!(claims.grants("Device.Read.All"), Some(false));
        assert_eq!((claims.tenant_id.as_deref(), claims.app_id.as_deref()), (Some("t"), Some("a")));
        assert_eq!(claims.audience.as_deref(), Some("https://graph.microsoft.com"));
    }

    #[test]
    fn a_delegated_token_is_recognised_even_with_roles() {
        let claims = Claims::decode(&token(json!({
            "scp": "User.Read Policy.ReadWrite.MobilityManagement", "roles": ["Admin"], "upn": "kim@contoso.com"
        })));
        assert_eq!(claims.acting, Acting::Delegated);
        assert_eq!(claims.permissions, ["User.Read", "Policy.ReadWrite.MobilityManagement"]);
        assert_eq!(claims.user.as_deref(), Some("kim@contoso.com"));
    }

    #[test]
    fn roles_alone_mean_app_only_and_neither_means_unknown() {
        assert_eq!(Claims::decode(&token(json!({"roles": ["X"]}))).acting, Acting::AppOnly);
        let silent = Claims::decode(&token(json!({"tid": "t"})));
        assert_eq!(silent.acting, Acting::Unknown);
        assert_eq!(silent.grants("X"), None);
    }

    #[test]
    fn version_two_tokens_name_their_app_in_azp() {
        assert_eq!(Claims::decode(&token(json!({"azp": "a"}))).app_id.as_deref(), Some("a"));
    }

    proptest! {
        #[test]
        fn every_text_can_be_decoded(text in ".*", payload in ".*") {
            Claims::decode(&Secret::new(text.clone()));
            Claims::decode(&Secret::new(format!("{text}.{}.{text}", URL_SAFE_NO_PAD.encode(payload))));
        }

        #[test]
        fn a_text_without_two_dots_is_opaque(text in "[^.]*") {
            prop_assert_eq!(Claims::decode(&Secret::new(text)), Claims::unknown());
        }
    }
}
