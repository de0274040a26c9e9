//! Tokens with which an application acts for a signed-in person.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::consent::granted;
use super::form::{resource, unknown_application};
use super::refusal::OAuthError;
use super::request::LoginRequest;
use super::{jwt, roles};
use crate::emulator::world::applications::RefreshToken;
use crate::emulator::world::collection::text;
use crate::emulator::world::collections::USERS;
use crate::emulator::world::tenant::Tenant;

/// Seconds a token is good for.
pub(super) const LIFETIME: i64 = 3599;

/// Who signed in.
pub(super) struct Person<'a> {
    pub(super) user_principal_name: &'a str,
    /// What the application wants to find in the id token.
    pub(super) nonce: Option<&'a str>,
}

/// A token for a signed-in user, with an id token and a refresh token when the scope asks for them.
pub(super) fn for_user(
    request: &LoginRequest<'_>,
    client_id: &str,
    person: Person<'_>,
    scope: &str,
    tenant: &mut Tenant,
) -> Result<Value, OAuthError> {
    let user_principal_name = person.user_principal_name;
    let audience = resource(scope, request)?;
    let Some(application) = tenant.registrations.application(client_id).cloned() else {
        return Err(unknown_application(client_id, tenant));
    };
    let user = tenant.collection(USERS).find("userPrincipalName", user_principal_name).cloned();
    let user = user.ok_or_else(|| {
        OAuthError::new(
            50_034,
            "invalid_grant",
            format!(
                "The user account {user_principal_name} does not exist in the {} directory. To sign into this \
                 application, the account must be added to the directory.",
                tenant.id
            ),
        )
    })?;
    let now = tenant.now();
    let seconds = now.unix_timestamp();
    let granted = granted(tenant, &application, user_principal_name, scope)?;
    let claims = json!({
        "aud": audience,
        "iss": format!("https://sts.windows.net/{}/", tenant.id),
        "iat": seconds,
        "nbf": seconds,
        "exp": seconds + LIFETIME,
        "acct": 0,
        "acr": "1",
        "amr": ["pwd", "mfa"],
        "app_displayname": application.display_name,
        "appid": application.client_id,
        "appidacr": if application.public_client { "0" } else { "1" },
        "idtyp": "user",
        "ipaddr": "127.0.0.1",
        "name": text(&user, "displayName"),
        "oid": text(&user, "id"),
        "scp": granted.join(" "),
        "sub": text(&user, "id"),
        "tenant_region_scope": "EU",
        "tid": tenant.id,
        "unique_name": text(&user, "userPrincipalName"),
        "upn": text(&user, "userPrincipalName"),
        "uti": tenant.new_guid(),
        "ver": "1.0",
        "wids": roles::wids(&user),
    });
    let mut answer = Map::new();
    answer.insert("token_type".into(), "Bearer".into());
    answer.insert("scope".into(), granted_with_resource(&granted, &audience).into());
    answer.insert("expires_in".into(), LIFETIME.into());
    answer.insert("ext_expires_in".into(), LIFETIME.into());
    answer.insert("access_token".into(), jwt::sign(&claims).into());
    if scope.split_whitespace().any(|scope| scope == "offline_access") {
        let token = issue_refresh_token(tenant, &application.client_id, text(&user, "userPrincipalName"));
        answer.insert("refresh_token".into(), token.into());
    }
    if scope.split_whitespace().any(|scope| scope == "openid") {
        let mut claims = json!({
            "aud": application.client_id,
            "iss": format!("{}/{}/v2.0", request.origin, tenant.id),
            "iat": seconds,
            "nbf": seconds,
            "exp": seconds + LIFETIME,
            "name": text(&user, "displayName"),
            "oid": text(&user, "id"),
            "preferred_username": text(&user, "userPrincipalName"),
            "sub": text(&user, "id"),
            "tid": tenant.id,
            "uti": tenant.new_guid(),
            "ver": "2.0",
        });
        if let Some(nonce) = person.nonce {
            claims["nonce"] = nonce.into();
        }
        answer.insert("id_token".into(), jwt::sign(&claims).into());
    }
    if scope.split_whitespace().any(|scope| matches!(scope, "openid" | "profile" | "offline_access")) {
        let info = json!({ "uid": text(&user, "id"), "utid": tenant.id });
        answer.insert("client_info".into(), URL_SAFE_NO_PAD.encode(info.to_string()).into());
    }
    Ok(Value::Object(answer))
}

/// A refresh token with which an application acts for this user for 90 days.
pub(crate) fn issue_refresh_token(tenant: &mut Tenant, client_id: &str, user_principal_name: &str) -> String {
    let token = format!("1.A{}{}", tenant.new_guid(), tenant.new_guid()).replace('-', "");
    tenant.registrations.refresh_tokens.push(RefreshToken {
        token: token.clone(),
        client_id: client_id.to_owned(),
        user_principal_name: user_principal_name.to_owned(),
        expires: tenant.now() + time::Duration::days(90),
        revoked: false,
    });
    tenant.touch();
    token
}

fn granted_with_resource(granted: &[String], audience: &str) -> String {
    granted.iter().map(|scope| format!("{audience}/{scope}")).collect::<Vec<_>>().join(" ")
}
