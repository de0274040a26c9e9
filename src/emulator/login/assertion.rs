//! Client assertions: tokens that an application signs with its certificate, or brings from another issuer.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use serde_json::{Map, Value};

use super::jwt;
use super::refusal::OAuthError;
use super::request::LoginRequest;
use crate::emulator::world::applications::{Application, FederatedCredential};
use crate::emulator::world::tenant::Tenant;

/// Checks an assertion for an application.
pub(super) fn check(
    assertion: &str,
    application: &Application,
    request: &LoginRequest<'_>,
    tenant: &Tenant,
) -> Result<(), OAuthError> {
    let malformed =
        || OAuthError::unauthorized(50_027, "invalid_client", "JWT token is invalid or malformed.");
    let (head, claims) = jwt::parts(assertion).ok_or_else(malformed)?;
    let own = text(&claims, "iss").eq_ignore_ascii_case(&application.client_id);
    match own {
        true => by_certificate(assertion, &head, &claims, application, request, tenant)?,
        false => by_federation(assertion, &head, &claims, application)?,
    }
    let now = tenant.now().unix_timestamp();
    // MSAL for Python writes them as floats.
    let number = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    // The service allows five minutes of difference between clocks.
    if number("exp").is_none_or(|exp| exp + 300 < now) || number("nbf").is_some_and(|nbf| nbf - 300 > now) {
        return Err(OAuthError::unauthorized(
            700_024,
            "invalid_client",
            "Client assertion is not within its valid time range. Review the documentation for certificate \
             credentials.",
        ));
    }
    Ok(())
}

fn by_certificate(
    assertion: &str,
    head: &Map<String, Value>,
    claims: &Map<String, Value>,
    application: &Application,
    request: &LoginRequest<'_>,
    tenant: &Tenant,
) -> Result<(), OAuthError> {
    let invalid = |reason: &str| {
        OAuthError::unauthorized(
            700_027,
            "invalid_client",
            format!("Client assertion contains an invalid signature. [Reason - {reason}]"),
        )
    };
    let certificate = certificates(&application.certificates).find(|der| is_named(der, head));
    let certificate = certificate.ok_or_else(|| invalid("The key was not found."))?;
    if !is_signed(assertion, head, &certificate) {
        return Err(invalid("The provided signature value did not match the expected signature value."));
    }
    if !text(claims, "sub").eq_ignore_ascii_case(&application.client_id) {
        return Err(OAuthError::unauthorized(
            700_021,
            "invalid_client",
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    if !is_for_this_authority(text(claims, "aud"), request, tenant) {
        return Err(OAuthError::unauthorized(
            700_023,
            "invalid_client",
            "Client assertion audience claim does not match Realm issuer.",
        ));
    }
    Ok(())
}

fn by_federation(
    assertion: &str,
    head: &Map<String, Value>,
    claims: &Map<String, Value>,
    application: &Application,
) -> Result<(), OAuthError> {
    let (issuer, subject) = (text(claims, "iss"), text(claims, "sub"));
    let same_issuer = |credential: &&FederatedCredential| credential.issuer == issuer;
    let trusted: Vec<_> = application.federated_credentials.iter().filter(same_issuer).collect();
    if trusted.is_empty() {
        return Err(OAuthError::new(
            700_211,
            "invalid_request",
            format!(
                "No matching federated identity record found for presented assertion issuer '{issuer}'. Check your \
                 federated identity credential Subject, Audience and Issuer against the presented assertion."
            ),
        ));
    }
    let credential = trusted.into_iter().find(|credential| credential.subject == subject).ok_or_else(|| {
        OAuthError::new(
            700_213,
            "invalid_request",
            format!(
                "No matching federated identity record found for presented assertion subject '{subject}'. Check \
                 your federated identity credential Subject, Audience and Issuer against the presented assertion."
            ),
        )
    })?;
    let audiences = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(audience)) => vec![audience.as_str()],
        _ => Vec::new(),
    };
    if !audiences.contains(&credential.audience.as_str()) {
        return Err(OAuthError::new(
            700_212,
            "invalid_request",
            format!(
                "No matching federated identity record found for presented assertion audience '{}'.",
                audiences.join(" ")
            ),
        ));
    }
    let mut certificates = certificates(&credential.certificates).peekable();
    if certificates.peek().is_some() && !certificates.any(|der| is_signed(assertion, head, &der)) {
        return Err(OAuthError::unauthorized(
            50_012,
            "invalid_client",
            "Authentication failed: the signature of the presented assertion is not one of its issuer's.",
        ));
    }
    Ok(())
}

/// The audience is the token endpoint, or the issuer, of this authority or of one of Microsoft's.
fn is_for_this_authority(audience: &str, request: &LoginRequest<'_>, tenant: &Tenant) -> bool {
    let Ok(url) = url::Url::parse(audience) else {
        return false;
    };
    let microsofts = ["login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn"];
    let known_host = audience.starts_with(&format!("{}/", request.origin))
        || url.host_str().is_some_and(|host| microsofts.contains(&host));
    let path: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    let this_tenant = path.first().is_some_and(|segment| {
        segment.eq_ignore_ascii_case(&tenant.id)
            || segment.eq_ignore_ascii_case(&request.path[0])
            || tenant.domains.iter().any(|domain| domain.eq_ignore_ascii_case(segment))
    });
    known_host
        && this_tenant
        && matches!(path[1..], ["oauth2", "v2.0", "token"] | ["v2.0"] | ["oauth2", "token"])
}

/// The DER of every PEM certificate that can be read.
fn certificates(pems: &[String]) -> impl Iterator<Item = CertificateDer<'static>> + '_ {
    pems.iter().filter_map(|pem| {
        let inside =
            pem.split_once("-----BEGIN CERTIFICATE-----")?.1.split_once("-----END CERTIFICATE-----")?.0;
        let base64: String = inside.split_whitespace().collect();
        Some(CertificateDer::from(STANDARD.decode(base64).ok()?))
    })
}

/// Whether the token's header names this certificate by one of its thumbprints.
fn is_named(der: &CertificateDer<'_>, head: &Map<String, Value>) -> bool {
    let thumbprint = |algorithm| URL_SAFE_NO_PAD.encode(digest::digest(algorithm, der));
    let sha1 = thumbprint(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    let sha256 = thumbprint(&digest::SHA256);
    let is = |name: &str, value: &str| text(head, name).trim_end_matches('=') == value;
    is("x5t", &sha1) || is("x5t#S256", &sha256)
}

fn is_signed(token: &str, head: &Map<String, Value>, der: &CertificateDer<'_>) -> bool {
    let algorithm: &dyn SignatureVerificationAlgorithm = match text(head, "alg") {
        "RS256" => webpki::ring::RSA_PKCS1_2048_8192_SHA256,
        "PS256" => webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        _ => return false,
    };
    let Some((message, signature)) = token.rsplit_once('.') else {
        return false;
    };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
        return false;
    };
    let Ok(certificate) = webpki::EndEntityCert::try_from(der) else {
        return false;
    };
    certificate.verify_signature(algorithm, message.as_bytes(), &signature).is_ok()
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> &'c str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}
