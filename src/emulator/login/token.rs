//! The token endpoint.

use serde_json::{Map, Value, json};

use super::proof::prove;
use super::refusal::Refusal;
use super::registration::{Application, Decision, RefreshToken};
use super::{DeviceCode, LoginRequest, form, jwt};
use crate::emulator::collection::text;
use crate::emulator::tenant::Tenant;

/// Seconds a token is good for.
const LIFETIME: i64 = 3599;
/// Seconds a device code is good for.
const DEVICE_CODE_LIFETIME: i64 = 900;
/// The standard's name; MSAL for Node says `device_code`.
const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(super) type Form = std::collections::BTreeMap<String, String>;

/// `POST /{tenant}/oauth2/v2.0/token`.
pub(super) fn token(request: &LoginRequest<'_>, tenant: &mut Tenant) -> Result<Value, Refusal> {
    let segment = tenant_segment(request, tenant)?;
    let form = form(request);
    match field(&form, "grant_type")? {
        "client_credentials" => {
            if segment.is_none() {
                return Err(Refusal::new(
                    53_003,
                    "invalid_request",
                    "Client credentials cannot be used with /common or /organizations: name the tenant.",
                ));
            }
            client_credentials(request, &form, tenant)
        }
        "refresh_token" => refresh_token(request, &form, tenant),
        DEVICE_CODE_GRANT | "device_code" => redeem_device_code(request, &form, tenant),
        other => Err(Refusal::new(
            70_003,
            "unsupported_grant_type",
            format!("The app requested an unsupported grant type '{other}'."),
        )),
    }
}

/// `POST /{tenant}/oauth2/v2.0/devicecode`.
pub(super) fn device_code(request: &LoginRequest<'_>, tenant: &mut Tenant) -> Result<Value, Refusal> {
    tenant_segment(request, tenant)?;
    let form = form(request);
    let application = application(&form, tenant)?;
    let client_id = application.client_id.clone();
    let scope = field(&form, "scope")?.to_owned();
    resource(&scope, request)?;
    let letters = tenant.new_guid().replace('-', "").to_uppercase();
    let code = DeviceCode {
        device_code: format!("{}{}", tenant.new_guid(), tenant.new_guid()).replace('-', ""),
        user_code: letters[..9].to_owned(),
        client_id,
        scope,
        expires: tenant.now() + time::Duration::seconds(DEVICE_CODE_LIFETIME),
        decision: tenant.registrations.approve_as.clone().map_or(Decision::Pending, Decision::Approved),
    };
    let page = format!("{}/_emulator/devicelogin", request.origin);
    let answer = json!({
        "user_code": code.user_code,
        "device_code": code.device_code,
        "verification_uri": page,
        "expires_in": DEVICE_CODE_LIFETIME,
        "interval": 1,
        "message": format!(
            "To sign in, use a web browser to open the page {page} and enter the code {} to authenticate.",
            code.user_code,
        ),
    });
    tenant.registrations.device_codes.push(code);
    tenant.touch();
    Ok(answer)
}

/// The tenant a path names: its id, or none for `common` and `organizations`.
pub(super) fn tenant_segment(request: &LoginRequest<'_>, tenant: &Tenant) -> Result<Option<String>, Refusal> {
    let segment = request.path[0].as_str();
    if matches!(segment, "common" | "organizations") {
        return Ok(None);
    }
    let known = segment.eq_ignore_ascii_case(&tenant.id)
        || tenant.domains.iter().any(|domain| domain.eq_ignore_ascii_case(segment));
    if known {
        return Ok(Some(tenant.id.clone()));
    }
    if uuid::Uuid::parse_str(segment).is_err() && !segment.contains('.') {
        return Err(Refusal::new(
            900_023,
            "invalid_request",
            format!(
                "Specified tenant identifier '{segment}' is neither a valid DNS name, nor a valid external domain."
            ),
        ));
    }
    Err(Refusal::new(
        90_002,
        "invalid_request",
        format!(
            "Tenant '{segment}' not found. Check to make sure you have the correct tenant ID and are signing into \
             the correct cloud. Check with your subscription administrator, this may happen if there are no active \
             subscriptions for the tenant."
        ),
    ))
}

fn client_credentials(
    request: &LoginRequest<'_>,
    form: &Form,
    tenant: &mut Tenant,
) -> Result<Value, Refusal> {
    let application = application(form, tenant)?.clone();
    prove(&application, form, request, tenant)?;
    let scope = field(form, "scope")?;
    if scope.split_whitespace().any(|scope| !scope.ends_with("/.default")) {
        return Err(Refusal::new(
            1_002_012,
            "invalid_scope",
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value \
                 with /.default suffixed to the resource identifier (application ID URI)."
            ),
        ));
    }
    let audience = resource(scope, request)?;
    let now = tenant.now().unix_timestamp();
    let claims = json!({
        "aud": audience,
        "iss": format!("https://sts.windows.net/{}/", tenant.id),
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
        "aio": "E2ZgYAgAAA==",
        "app_displayname": application.display_name,
        "appid": application.client_id,
        "appidacr": if form.contains_key("client_secret") { "1" } else { "2" },
        "idp": format!("https://sts.windows.net/{}/", tenant.id),
        "idtyp": "app",
        "oid": application.object_id,
        "roles": application.roles,
        "sub": application.object_id,
        "tenant_region_scope": "EU",
        "tid": tenant.id,
        "uti": tenant.new_guid(),
        "ver": "1.0",
        "wids": ["0997a1d0-0d1d-4acb-b408-d5ca73121e90"],
    });
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": jwt::sign(&claims),
    }))
}

fn redeem_device_code(
    request: &LoginRequest<'_>,
    form: &Form,
    tenant: &mut Tenant,
) -> Result<Value, Refusal> {
    let client_id = application(form, tenant)?.client_id.clone();
    let code = form
        .get("device_code")
        .or_else(|| form.get("code"))
        .ok_or_else(|| Refusal::missing("device_code"))?;
    let codes = &tenant.registrations.device_codes;
    let found = codes.iter().position(|known| known.device_code == *code && known.client_id == client_id);
    let Some(index) = found else {
        return Err(Refusal::new(70_019, "bad_verification_code", "The verification code is not known."));
    };
    let known = codes[index].clone();
    if known.expires <= tenant.now() {
        return Err(Refusal::new(
            70_020,
            "expired_token",
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
        ));
    }
    match known.decision {
        Decision::Pending => Err(Refusal::new(
            70_016,
            "authorization_pending",
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )),
        Decision::Declined => Err(Refusal::new(
            70_018,
            "authorization_declined",
            "The end user denied the authorization request.",
        )),
        Decision::Approved(user) => {
            tenant.registrations.device_codes.remove(index);
            tenant.touch();
            for_user(request, &client_id, &user, &known.scope, tenant)
        }
    }
}

fn refresh_token(request: &LoginRequest<'_>, form: &Form, tenant: &mut Tenant) -> Result<Value, Refusal> {
    let application = application(form, tenant)?.clone();
    if !application.public_client {
        prove(&application, form, request, tenant)?;
    }
    let token = field(form, "refresh_token")?;
    let known = tenant.registrations.refresh_tokens.iter().find(|known| known.token == token).cloned();
    let known = known.filter(|known| known.client_id == application.client_id).ok_or_else(|| {
        Refusal::new(9_002_313, "invalid_grant", "Invalid request. Request is malformed or invalid.")
    })?;
    if known.expires <= tenant.now() {
        return Err(Refusal::new(
            700_082,
            "invalid_grant",
            "The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.",
        ));
    }
    let scope =
        form.get("scope").map_or("https://graph.microsoft.com/.default offline_access", String::as_str);
    for_user(request, &application.client_id, &known.user_principal_name, scope, tenant)
}

/// A token for a signed-in user, with an id token and a refresh token when the scope asks for them.
fn for_user(
    request: &LoginRequest<'_>,
    client_id: &str,
    user_principal_name: &str,
    scope: &str,
    tenant: &mut Tenant,
) -> Result<Value, Refusal> {
    let audience = resource(scope, request)?;
    let Some(application) = tenant.registrations.application(client_id).cloned() else {
        return Err(unknown_application(client_id, tenant));
    };
    let user = tenant.collection("users").find("userPrincipalName", user_principal_name).cloned();
    let user = user.ok_or_else(|| {
        Refusal::new(
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
    let granted = granted(&application, scope);
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
        let claims = json!({
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
        answer.insert("id_token".into(), jwt::sign(&claims).into());
    }
    if scope.split_whitespace().any(|scope| matches!(scope, "openid" | "profile" | "offline_access")) {
        let info = json!({ "uid": text(&user, "id"), "utid": tenant.id });
        let info =
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, info.to_string());
        answer.insert("client_info".into(), info.into());
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
    });
    tenant.touch();
    token
}

/// What a user's token may do: everything consented for `/.default`, else the asked scopes that were.
fn granted(application: &Application, scope: &str) -> Vec<String> {
    let asked: Vec<&str> = scope.split_whitespace().map(|s| s.rsplit('/').next().unwrap_or(s)).collect();
    if asked.contains(&".default") {
        return application.scopes.clone();
    }
    application.scopes.iter().filter(|scope| asked.contains(&scope.as_str())).cloned().collect()
}

fn granted_with_resource(granted: &[String], audience: &str) -> String {
    granted.iter().map(|scope| format!("{audience}/{scope}")).collect::<Vec<_>>().join(" ")
}

/// The one resource that a scope is about. Scopes without a resource are Graph's.
fn resource(scope: &str, request: &LoginRequest<'_>) -> Result<String, Refusal> {
    let mut resources: Vec<&str> = scope
        .split_whitespace()
        .filter(|scope| !matches!(*scope, "openid" | "profile" | "email" | "offline_access"))
        .map(|scope| scope.rsplit_once('/').map_or("https://graph.microsoft.com", |(resource, _)| resource))
        .collect();
    resources.dedup();
    match resources.as_slice() {
        [] => Ok("https://graph.microsoft.com".to_owned()),
        [one] if jwt::is_graph(one, request.origin) => Ok((*one).to_owned()),
        [one] => Err(Refusal::new(
            500_011,
            "invalid_resource",
            format!(
                "The resource principal named {one} was not found in the tenant. This can happen if the application \
                 has not been installed by the administrator of the tenant or consented to by any user in the \
                 tenant. You might have sent your authentication request to the wrong tenant."
            ),
        )),
        _ => Err(Refusal::new(
            70_011,
            "invalid_scope",
            format!(
                "The provided value for the input parameter 'scope' is not valid. One or more scopes in '{scope}' \
                 are not compatible with each other."
            ),
        )),
    }
}

fn application<'t>(form: &Form, tenant: &'t Tenant) -> Result<&'t Application, Refusal> {
    let client_id = field(form, "client_id")?;
    tenant.registrations.application(client_id).ok_or_else(|| unknown_application(client_id, tenant))
}

fn unknown_application(client_id: &str, tenant: &Tenant) -> Refusal {
    Refusal::new(
        700_016,
        "unauthorized_client",
        format!(
            "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in \
             the tenant. You may have sent your authentication request to the wrong tenant.",
            tenant.display_name
        ),
    )
}

pub(super) fn field<'f>(form: &'f Form, name: &str) -> Result<&'f str, Refusal> {
    let value = form.get(name).map(String::as_str).filter(|value| !value.is_empty());
    value.ok_or_else(|| Refusal::missing(name))
}
