//! Signed tokens: making and checking them.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Map, Value, json};

use super::caller::{Caller, Identity};
use super::roles;
use crate::emulator::world::tenant::Tenant;

/// Why Graph does not accept a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejected {
    Missing,
    Malformed,
    Signature,
    Expired,
    Audience,
    Tenant,
}

impl Rejected {
    /// Graph's words.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Missing => "Access token is empty.",
            Self::Malformed => "IDX14100: JWT is not well formed, there are no dots (.).",
            Self::Signature => "Access token validation failure. Invalid signature.",
            Self::Expired => "Lifetime validation failed, the token is expired.",
            Self::Audience => "Access token validation failure. Invalid audience.",
            Self::Tenant => "Access token validation failure. Invalid tenant.",
        }
    }
}

/// The caller a request's bearer token speaks for.
pub(crate) fn authenticate(headers: &HeaderMap, origin: &str, tenant: &Tenant) -> Result<Caller, Rejected> {
    let value = headers.get(header::AUTHORIZATION).ok_or(Rejected::Missing)?;
    let value = value.to_str().map_err(|_| Rejected::Malformed)?;
    let (scheme, token) = value.split_once(' ').ok_or(Rejected::Missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(Rejected::Missing);
    }
    let claims = verified(token.trim())?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|exp| exp <= tenant.now().unix_timestamp()) {
        return Err(Rejected::Expired);
    }
    if !is_graph(&text("aud"), origin) {
        return Err(Rejected::Audience);
    }
    if text("tid") != tenant.id {
        return Err(Rejected::Tenant);
    }
    let application = claims.get("idtyp").and_then(Value::as_str) == Some("app");
    let (identity, permissions) = match application {
        true => {
            let roles = claims.get("roles").and_then(Value::as_array).into_iter().flatten();
            (Identity::Application, roles.filter_map(|role| Some(role.as_str()?.to_owned())).collect())
        }
        false => (
            Identity::User {
                roles: roles::of_id(tenant, &text("oid")),
                id: text("oid"),
                user_principal_name: text("upn"),
            },
            text("scp").split(' ').map(str::to_owned).collect(),
        ),
    };
    Ok(Caller { app_id: text("appid"), identity, permissions })
}

/// Whether a resource is Microsoft Graph: in any cloud, by its application id, or at this very address.
pub(super) fn is_graph(resource: &str, origin: &str) -> bool {
    const GRAPHS: [&str; 5] = [
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://dod-graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
        "00000003-0000-0000-c000-000000000000",
    ];
    let resource = resource.trim_end_matches('/');
    let loopback = || {
        let url = url::Url::parse(resource).ok();
        let host = url.as_ref().and_then(url::Url::host_str).map(str::to_owned);
        host.is_some_and(|host| matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]"))
    };
    GRAPHS.contains(&resource) || resource == origin || loopback()
}

/// A token with these claims.
pub(super) fn sign(claims: &Value) -> String {
    sign_under(&json!({ "typ": "JWT", "alg": "RS256", "x5t": KEY.id, "kid": KEY.id }), claims)
}

/// A token with this header, signed with RS256 whatever the header says.
pub(super) fn sign_under(head: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", encode(head), encode(claims));
    let mut signature = vec![0; KEY.pair.public().modulus_len()];
    let signed = KEY.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature);
    signed.expect("an RSA key signs anything");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The public half of the signing key, for those who check tokens themselves.
pub(super) fn key_set() -> Value {
    let public = PublicKeyComponents::<Vec<u8>>::from(KEY.pair.public());
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "keys": [{
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": KEY.id,
        "x5t": KEY.id,
        "n": number(&public.n),
        "e": number(&public.e),
    }] })
}

/// Header and claims of a token, unchecked.
pub(super) fn parts(token: &str) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let mut parts = token.split('.');
    let (head, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let object = |part: &str| match serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    };
    parts.next().is_none().then_some((object(head)?, object(claims)?))
}

/// The claims of a token that this emulator signed.
fn verified(token: &str) -> Result<Map<String, Value>, Rejected> {
    let (head, claims) = parts(token).ok_or(Rejected::Malformed)?;
    if head.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(Rejected::Signature);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Rejected::Malformed)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Rejected::Malformed)?;
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, KEY.pair.public().as_ref());
    public.verify(message.as_bytes(), &signature).map_err(|_| Rejected::Signature)?;
    Ok(claims)
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

struct SigningKey {
    pair: RsaKeyPair,
    id: String,
}

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let lines = include_str!("signing-key.pem").lines().filter(|line| !line.starts_with('-'));
    let der = STANDARD.decode(lines.collect::<String>()).expect("the key in the source is base64");
    let pair = RsaKeyPair::from_pkcs8(&der).expect("the key in the source is an RSA key");
    let id = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, pair.public().as_ref());
    SigningKey { id: URL_SAFE_NO_PAD.encode(id), pair }
});
