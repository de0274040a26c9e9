//! What the login host says of itself.

use serde_json::{Value, json};

use super::form::tenant_segment;
use super::refusal::OAuthError;
use super::request::LoginRequest;
use crate::emulator::world::tenant::Tenant;

/// OpenID Connect discovery.
pub(super) fn configuration(request: &LoginRequest<'_>, tenant: &Tenant) -> Result<Value, OAuthError> {
    let segment = tenant_segment(request, tenant)?;
    let authority = format!("{}/{}", request.origin, request.path[0]);
    let issuer = match segment {
        Some(id) => format!("{}/{id}/v2.0", request.origin),
        // What /common says: the reader puts in the tenant of the token at hand.
        None => format!("{}/{{tenantid}}/v2.0", request.origin),
    };
    let host = request.origin.split_once("://").map_or(request.origin, |(_, host)| host);
    Ok(json!({
        "token_endpoint": format!("{authority}/oauth2/v2.0/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{authority}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{}/oidc/userinfo", request.origin),
        "authorization_endpoint": format!("{authority}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{authority}/oauth2/v2.0/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{authority}/oauth2/v2.0/logout"),
        "claims_supported": [
            "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name",
            "msgraph_host", "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid",
            "ver", "at_hash", "c_hash", "email",
        ],
        "kerberos_endpoint": format!("{authority}/kerberos"),
        "tenant_region_scope": "EU",
        "cloud_instance_name": host,
        "cloud_graph_host_name": host,
        "msgraph_host": host,
        "rbac_url": "https://pas.windows.net",
    }))
}

/// Instance discovery: MSAL asks it whether an authority's host may be trusted.
pub(super) fn instances(request: &LoginRequest<'_>) -> Value {
    let host = request.origin.split_once("://").map_or(request.origin, |(_, host)| host);
    let asked = request.query.iter().find(|(key, _)| key == "authorization_endpoint");
    let tenant = asked.and_then(|(_, endpoint)| url::Url::parse(endpoint).ok());
    let tenant = tenant.and_then(|url| Some(url.path_segments()?.next()?.to_owned()));
    let tenant = tenant.unwrap_or_else(|| "common".to_owned());
    json!({
        "tenant_discovery_endpoint": format!("{}/{tenant}/v2.0/.well-known/openid-configuration", request.origin),
        "api-version": "1.1",
        "metadata": [
            { "preferred_network": host, "preferred_cache": host, "aliases": [host] },
            {
                "preferred_network": "login.microsoftonline.com",
                "preferred_cache": "login.windows.net",
                "aliases": [
                    "login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net",
                ],
            },
        ],
    })
}
