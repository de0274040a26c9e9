use std::time::Duration;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use super::*;
use crate::emulator::core::events;
use crate::emulator::core::seed::Seed;
use crate::emulator::world::applications::{Application, Decision, FederatedCredential, Secret};
use crate::emulator::world::clock::{Clock, Latencies};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use serde_json::Value;

const CLIENT: &str = "8d1f5c3e-2b6a-4f90-a7c4-1e9b0d3f6a58";
const WORKSTATION: &str = "f0a4c9d2-7e51-4b38-9d06-c3b8e2a1f759";
const SECRET: &str = "contoso-emulated-secret";
const SCOPE: &str = "https://graph.microsoft.com/.default";
const ORIGIN: &str = "https://login.test";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct Stage {
    tenant: Tenant,
}

impl Stage {
    fn new() -> Self {
        let mut tenant = Seed::default().tenant(Latencies::none(), 1);
        tenant.clock = Clock::stepped();
        Self { tenant }
    }

    fn ask(&mut self, method: Method, path: &str, headers: &HeaderMap, body: &str) -> (u16, Value) {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path: Vec<String> = path.trim_matches('/').split('/').map(str::to_owned).collect();
        let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let body = body.as_bytes();
        let request =
            LoginRequest { method: &method, path: &path, query: &query, headers, body, origin: ORIGIN };
        let reply = answer(&request, &mut self.tenant);
        let body = match reply.body {
            LoginBody::Json(body) => body,
            LoginBody::Page(text) | LoginBody::Redirect(text) => text.into(),
        };
        (reply.status.as_u16(), body)
    }

    fn get(&mut self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, &HeaderMap::new(), "")
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, path, &HeaderMap::new(), &body)
    }

    /// A token request with client credentials, of which some fields are changed; "" takes a field away.
    fn sign_in(&mut self, changed: &[(&str, &str)]) -> (u16, Value) {
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("scope", SCOPE),
        ];
        fields.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        fields.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
        self.post("/contoso.onmicrosoft.com/oauth2/v2.0/token", &fields)
    }

    fn with_assertion(&mut self, assertion: &str) -> (u16, Value) {
        let fields =
            [("client_secret", ""), ("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
        self.sign_in(&fields)
    }

    fn automation(&mut self) -> &mut Application {
        &mut self.tenant.registrations.applications[0]
    }

    /// Registers a certificate for the key that [`jwt::sign_under`] signs with, and gives its thumbprint.
    fn register_certificate(&mut self) -> String {
        let key = KeyPair::from_pem(include_str!("../signing-key.pem")).unwrap();
        let certificate =
            CertificateParams::new(vec!["automation".to_owned()]).unwrap().self_signed(&key).unwrap();
        self.automation().certificates.push(certificate.pem());
        URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, certificate.der()))
    }

    fn assertion_claims(&self) -> Value {
        let now = self.tenant.now().unix_timestamp();
        json!({
            "aud": format!("{ORIGIN}/{}/oauth2/v2.0/token", self.tenant.id),
            "iss": CLIENT, "sub": CLIENT, "jti": "1", "nbf": now, "exp": now + 600,
        })
    }
}

fn claims(answer: &Value) -> Value {
    let token = answer["access_token"].as_str().expect("a token");
    Value::Object(jwt::parts(token).expect("a well-formed token").1)
}

/// The AADSTS number of a refusal, after a look at the rest of it.
fn number(answer: &Value) -> u64 {
    let number = answer["error_codes"][0].as_u64().unwrap_or_else(|| panic!("no refusal: {answer}"));
    let description = answer["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
    assert!(description.contains(answer["trace_id"].as_str().unwrap()), "{description}");
    assert_eq!(answer["timestamp"].as_str().unwrap().len(), "2026-01-31 12:00:00Z".len());
    number
}

#[test]
fn an_application_gets_a_token_with_its_roles() {
    let mut stage = Stage::new();
    let (status, answer) = stage.sign_in(&[]);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 3599);
    assert!(answer.get("refresh_token").is_none());
    let claims = claims(&answer);
    assert_eq!(claims["idtyp"], "app");
    assert_eq!(claims["aud"], "https://graph.microsoft.com");
    assert_eq!(claims["tid"], stage.tenant.id.as_str());
    assert_eq!(claims["appid"], CLIENT);
    assert!(claims["roles"].as_array().unwrap().contains(&json!("Group.ReadWrite.All")));
    assert!(claims.get("scp").is_none());
}

#[test]
fn the_secret_may_come_in_a_basic_header() {
    let mut stage = Stage::new();
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{SECRET}")));
    let headers = [(header::AUTHORIZATION, basic.parse().unwrap())].into_iter().collect();
    let body = format!("grant_type=client_credentials&scope={SCOPE}");
    let (status, answer) = stage.ask(Method::POST, "/contoso.com/oauth2/v2.0/token", &headers, &body);
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn a_wrong_request_is_refused_with_its_number() {
    let mut stage = Stage::new();
    let expired = stage.tenant.now() - Duration::from_secs(1);
    stage.automation().secrets.push(Secret {
        key_id: String::new(),
        value: "old".into(),
        expires: Some(expired),
    });
    type Fields<'a> = &'a [(&'a str, &'a str)];
    let cases: &[(Fields<'_>, u16, &str, u64)] = &[
        (&[("client_secret", "wrong")], 401, "invalid_client", 7_000_215),
        (&[("client_secret", "old")], 401, "invalid_client", 7_000_222),
        (&[("client_secret", "")], 401, "invalid_client", 7_000_218),
        (&[("client_id", "5e2d7c10-84b3-4f6a-9e1d-70c5a2b8f943")], 400, "unauthorized_client", 700_016),
        (&[("client_id", WORKSTATION)], 401, "invalid_client", 700_025),
        (&[("client_id", "")], 400, "invalid_request", 900_144),
        (&[("scope", "")], 400, "invalid_request", 900_144),
        (&[("grant_type", "")], 400, "invalid_request", 900_144),
        (&[("grant_type", "password")], 400, "unsupported_grant_type", 70_003),
        (&[("scope", "https://graph.microsoft.com/User.Read")], 400, "invalid_scope", 1_002_012),
        (&[("scope", "https://graph.example/.default")], 400, "invalid_resource", 500_011),
        (
            &[("scope", "https://graph.microsoft.com/.default https://graph.microsoft.us/.default")],
            400,
            "invalid_scope",
            70_011,
        ),
        (&[("client_secret", ""), ("client_assertion", "x")], 400, "invalid_request", 900_144),
        (
            &[("client_secret", ""), ("client_assertion", "x"), ("client_assertion_type", "y")],
            400,
            "invalid_request",
            90_014,
        ),
    ];
    for (changed, status, error, code) in cases {
        let (got, answer) = stage.sign_in(changed);
        assert_eq!(
            (got, answer["error"].as_str().unwrap(), number(&answer)),
            (*status, *error, *code),
            "{changed:?}"
        );
    }
}

#[test]
fn a_tenant_is_known_by_id_and_by_domain_only() {
    let mut stage = Stage::new();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT),
        ("client_secret", SECRET),
        ("scope", SCOPE),
    ];
    let id = stage.tenant.id.clone();
    for (tenant, expected) in [
        (id.as_str(), 0),
        ("Contoso.com", 0),
        ("fabrikam.com", 90_002),
        ("5e2d7c10-84b3-4f6a-9e1d-70c5a2b8f943", 90_002),
        ("contoso", 900_023),
        ("common", 53_003),
    ] {
        let (_, answer) = stage.post(&format!("/{tenant}/oauth2/v2.0/token"), &fields);
        let got = if answer.get("access_token").is_some() { 0 } else { number(&answer) };
        assert_eq!(got, expected, "{tenant}");
    }
}

#[test]
fn the_old_token_endpoint_is_refused() {
    let mut stage = Stage::new();
    let fields = [("grant_type", "client_credentials"), ("resource", "https://graph.microsoft.com")];
    let (status, answer) = stage.post("/contoso.com/oauth2/token", &fields);
    assert_eq!((status, number(&answer)), (400, 900_144));
    let (status, answer) = stage.get("/contoso.com/oauth2/v2.0/token");
    assert_eq!((status, number(&answer)), (404, 90_014));
}

#[test]
fn discovery_leads_to_endpoints_that_exist() {
    let mut stage = Stage::new();
    let (status, document) = stage.get("/contoso.com/v2.0/.well-known/openid-configuration");
    assert_eq!(status, 200);
    assert_eq!(document["issuer"], format!("{ORIGIN}/{}/v2.0", stage.tenant.id));
    let path = |name: &str| document[name].as_str().unwrap().strip_prefix(ORIGIN).unwrap().to_owned();
    let (status, keys) = stage.get(&path("jwks_uri"));
    assert_eq!((status, keys["keys"][0]["kty"].as_str()), (200, Some("RSA")));
    let (_, answer) = stage.post(&path("token_endpoint"), &[]);
    assert_eq!(number(&answer), 900_144);
    let (_, answer) = stage.post(&path("device_authorization_endpoint"), &[]);
    assert_eq!(number(&answer), 900_144);
    let (_, common) = stage.get("/common/v2.0/.well-known/openid-configuration");
    assert_eq!(common["issuer"], format!("{ORIGIN}/{{tenantid}}/v2.0"));
    let (status, _) = stage.get("/nowhere.test/v2.0/.well-known/openid-configuration");
    assert_eq!(status, 400);
    let question = "/common/discovery/instance?api-version=1.1&authorization_endpoint=https://login.test/contoso.com/oauth2/v2.0/authorize";
    let (_, instance) = stage.get(question);
    assert_eq!(
        instance["tenant_discovery_endpoint"],
        format!("{ORIGIN}/contoso.com/v2.0/.well-known/openid-configuration")
    );
}

#[test]
fn a_registered_certificate_signs_assertions() {
    let mut stage = Stage::new();
    let thumbprint = stage.register_certificate();
    let head = json!({ "typ": "JWT", "alg": "RS256", "x5t#S256": thumbprint });
    let good = stage.assertion_claims();
    let (status, answer) = stage.with_assertion(&jwt::sign_under(&head, &good));
    assert_eq!(status, 200, "{answer}");

    let changed = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let now = stage.tenant.now().unix_timestamp();
    let cases = [
        (head.clone(), changed("exp", json!(now - 301)), 700_024),
        (head.clone(), changed("nbf", json!(now + 301)), 700_024),
        (head.clone(), changed("aud", json!("https://login.test/fabrikam.com/oauth2/v2.0/token")), 700_023),
        (head.clone(), changed("aud", json!("https://evil.test/contoso.com/oauth2/v2.0/token")), 700_023),
        (head.clone(), changed("sub", json!("someone else")), 700_021),
        (json!({ "alg": "RS256", "x5t": "unknown" }), good.clone(), 700_027),
        (json!({ "alg": "PS256", "x5t#S256": thumbprint }), good.clone(), 700_027),
        (json!({ "alg": "none", "x5t#S256": thumbprint }), good.clone(), 700_027),
    ];
    for (head, claims, expected) in cases {
        let (status, answer) = stage.with_assertion(&jwt::sign_under(&head, &claims));
        assert_eq!((status, number(&answer)), (401, expected), "{head} {claims}");
    }
    let (_, answer) = stage.with_assertion("no token");
    assert_eq!(number(&answer), 50_027);
    let microsofts = changed("aud", json!("https://login.microsoftonline.com/contoso.com/v2.0"));
    assert_eq!(stage.with_assertion(&jwt::sign_under(&head, &microsofts)).0, 200);
}

#[test]
fn a_trusted_issuer_vouches_for_an_application() {
    let mut stage = Stage::new();
    let subject = "repo:contoso/infrastructure:ref:refs/heads/main";
    let now = stage.tenant.now().unix_timestamp();
    let claims = |issuer: &str, subject: &str, audience: Value| {
        let claims = json!({ "iss": issuer, "sub": subject, "aud": audience, "exp": now + 600 });
        jwt::sign_under(&json!({ "alg": "RS256" }), &claims)
    };
    let (github, audience) =
        ("https://token.actions.githubusercontent.com", json!("api://AzureADTokenExchange"));
    let good = claims(github, subject, audience.clone());
    let (status, answer) = stage.with_assertion(&good);
    assert_eq!((status, number(&answer)), (400, 700_211));
    stage.automation().federated_credentials.push(FederatedCredential {
        issuer: github.to_owned(),
        subject: subject.to_owned(),
        audience: "api://AzureADTokenExchange".to_owned(),
        certificates: Vec::new(),
    });
    assert_eq!(stage.with_assertion(&good).0, 200);
    assert_eq!(stage.with_assertion(&claims(github, subject, json!([audience]))).0, 200);
    let (_, answer) = stage.with_assertion(&claims(github, "repo:fabrikam/x", audience));
    assert_eq!(number(&answer), 700_213);
    let (_, answer) = stage.with_assertion(&claims(github, subject, json!("sts.amazonaws.com")));
    assert_eq!(number(&answer), 700_212);
    stage.automation().federated_credentials[0].certificates.push("no certificate".to_owned());
    assert_eq!(stage.with_assertion(&good).0, 200, "an unreadable certificate is none");
    stage.register_certificate();
    let pem = stage.automation().certificates[0].clone();
    stage.automation().federated_credentials[0].certificates = vec![pem];
    assert_eq!(stage.with_assertion(&good).0, 200);
    let (head, body) = good.rsplit_once('.').unwrap();
    let (_, answer) = stage.with_assertion(&format!("{head}.{}", body.replace(&body[..4], "AAAA")));
    assert_eq!(number(&answer), 50_012);
}

#[test]
fn a_device_code_waits_for_its_user() {
    let mut stage = Stage::new();
    stage.tenant.registrations.approve_as = None;
    let scope = "https://graph.microsoft.com/.default offline_access openid";
    let begin = |stage: &mut Stage| {
        let fields = [("client_id", WORKSTATION), ("scope", scope)];
        let (status, code) = stage.post("/organizations/oauth2/v2.0/devicecode", &fields);
        assert_eq!(status, 200, "{code}");
        code
    };
    let poll = |stage: &mut Stage, code: &Value| {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", WORKSTATION),
            ("device_code", code["device_code"].as_str().unwrap()),
        ];
        stage.post("/organizations/oauth2/v2.0/token", &fields)
    };
    let code = begin(&mut stage);
    let (status, answer) = poll(&mut stage, &code);
    assert_eq!((status, answer["error"].as_str()), (400, Some("authorization_pending")));
    let administrator = crate::emulator::directory::sample::ADMINISTRATOR;
    stage.tenant.registrations.device_codes[0].decision = Decision::Approved(administrator.to_owned());
    let (status, answer) = poll(&mut stage, &code);
    assert_eq!(status, 200, "{answer}");
    let token = claims(&answer);
    assert_eq!(token["upn"], administrator);
    assert!(token["scp"].as_str().unwrap().split(' ').any(|s| s == "Policy.ReadWrite.MobilityManagement"));
    assert!(answer["id_token"].is_string() && answer["client_info"].is_string());
    assert_eq!(poll(&mut stage, &code).1["error"], "bad_verification_code", "a code is good once");

    let refresh = answer["refresh_token"].as_str().unwrap().to_owned();
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", WORKSTATION),
        ("refresh_token", &refresh),
        ("scope", "https://graph.microsoft.com/User.Read"),
    ];
    let (status, answer) = stage.post("/contoso.com/oauth2/v2.0/token", &fields);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(claims(&answer)["scp"], "User.Read");
    let fields = [("grant_type", "refresh_token"), ("client_id", WORKSTATION), ("refresh_token", "made up")];
    assert_eq!(stage.post("/contoso.com/oauth2/v2.0/token", &fields).1["error"], "invalid_grant");

    let declined = begin(&mut stage);
    stage.tenant.registrations.device_codes[0].decision = Decision::Declined;
    assert_eq!(poll(&mut stage, &declined).1["error"], "authorization_declined");
    let late = begin(&mut stage);
    events::step(&mut stage.tenant, Duration::from_secs(901));
    assert_eq!(poll(&mut stage, &late).1["error"], "expired_token");
}

mod person;
