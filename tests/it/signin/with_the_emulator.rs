//! Sign-in and Graph together, against the emulated tenant.

use std::time::Duration;

use autopilot_provider::emulator::{Emulator, FederatedCredential, Options, Running};
use autopilot_provider::graph::{Endpoint, Graph, Scope};

use super::*;

fn settings(running: &Running, root: &str, more: &[(&str, &str)]) -> Settings {
    let credentials = running.credentials();
    let own = [
        ("ARM_TENANT_ID", credentials.tenant_id.as_str()),
        ("ARM_CLIENT_ID", credentials.client_id.as_str()),
        ("ARM_AUTHORITY_HOST", root),
        ("ARM_MSGRAPH_ENDPOINT", root),
    ];
    let environment =
        own.iter().chain(more).map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Settings::resolve(&Arguments::new(), &environment).unwrap()
}

fn scope() -> Scope {
    Scope::default().within(Duration::from_secs(20))
}

async fn organization(settings: Settings) -> String {
    let graph = Graph::connect(settings, "signin-test").unwrap_or_else(|error| panic!("{error}"));
    let found =
        graph.list(&scope(), &Endpoint::v1("organization")).await.unwrap_or_else(|error| panic!("{error}"));
    found[0]["displayName"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_client_secret_opens_graph_over_http_and_over_https_with_a_private_authority() {
    let running = Emulator::start(Options::default().with_https()).await.unwrap();
    let secret = running.credentials().client_secret.clone();
    let plain = settings(&running, &running.url(), &[("ARM_CLIENT_SECRET", &secret)]);
    assert_eq!(organization(plain).await, "Contoso");

    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, running.ca_pem()).unwrap();
    let https = running.https_url().unwrap();
    let trusting = [("ARM_CLIENT_SECRET", secret.as_str()), ("ARM_CA_FILE", ca_file.to_str().unwrap())];
    assert_eq!(organization(settings(&running, &https, &trusting)).await, "Contoso");

    let distrusting = settings(&running, &https, &trusting[..1]);
    let graph = Graph::connect(distrusting, "signin-test").unwrap();
    let error = graph.claims(&scope()).await.unwrap_err();
    let message = format!("{error}\n{}", error.advice());
    assert!(message.contains("is not trusted here") && message.contains("ca_file"), "{message}");
}

#[tokio::test]
async fn a_certificate_opens_graph_once_it_is_registered() {
    let base64 = STANDARD.encode(PFX);
    let variables =
        [("ARM_CLIENT_CERTIFICATE", base64.as_str()), ("ARM_CLIENT_CERTIFICATE_PASSWORD", "hunter2")];
    let unknown = Emulator::start(Options::default()).await.unwrap();
    let error = refused(settings(&unknown, &unknown.url(), &variables)).await;
    assert!(error.contains("AADSTS700027") && error.contains("Upload its public part"), "{error}");

    let archive = p12_keystore::Pkcs12Archive::from_pkcs12(PFX, "hunter2").unwrap();
    let mut options = Options::default();
    options.seed.applications[0].certificates = vec![format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(archive.certs[0].cert.as_der())
    )];
    let known = Emulator::start(options).await.unwrap();
    assert_eq!(organization(settings(&known, &known.url(), &variables)).await, "Contoso");
}

#[tokio::test]
async fn a_pipelines_identity_opens_graph_once_it_is_trusted() {
    let (issuer, subject) = ("https://issuer.example", "repo:contoso/devices:ref:refs/heads/main");
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let identity = jwt(json!({
        "iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange", "nbf": now, "exp": now + 600,
    }));
    let variables = [("ARM_USE_OIDC", "true"), ("ARM_OIDC_TOKEN", identity.as_str())];
    let unknown = Emulator::start(Options::default()).await.unwrap();
    let error = refused(settings(&unknown, &unknown.url(), &variables)).await;
    assert!(error.contains("AADSTS700211") && error.contains(&format!("subject:  {subject}")), "{error}");

    let mut options = Options::default();
    options.seed.applications[0].federated_credentials = vec![FederatedCredential {
        issuer: issuer.into(),
        subject: subject.into(),
        audience: "api://AzureADTokenExchange".into(),
        certificates: Vec::new(),
    }];
    let known = Emulator::start(options).await.unwrap();
    assert_eq!(organization(settings(&known, &known.url(), &variables)).await, "Contoso");
}

#[tokio::test]
async fn what_people_mistype_is_explained() {
    let running = Emulator::start(Options::default()).await.unwrap();
    let secret = running.credentials().client_secret.clone();
    for (mistake, message) in [
        (vec![("ARM_CLIENT_SECRET", "51d0e7a9-4c3b-4a1f-b6d8-2f9e8c7a0b13")], "the secret's id was pasted"),
        (
            vec![("ARM_CLIENT_SECRET", &secret), ("ARM_TENANT_ID", "fabrikam.com")],
            "There is no tenant fabrikam.com in the cloud \"public\"",
        ),
        (
            vec![("ARM_CLIENT_SECRET", &secret), ("ARM_CLIENT_ID", "00000000-0000-4000-8000-000000000000")],
            "There is no application 00000000-0000-4000-8000-000000000000 in the tenant",
        ),
    ] {
        let error = refused(settings(&running, &running.url(), &mistake)).await;
        assert!(error.contains(message), "{error}");
    }
}

#[tokio::test]
async fn a_persons_refresh_token_opens_what_applications_may_not_see() {
    let running = Emulator::start(Options::default()).await.unwrap();
    let client = running.credentials().public_client_id.clone();
    let endpoint = format!("{}/{}/oauth2/v2.0", running.url(), running.credentials().tenant_id);
    let scope_asked = "https://graph.microsoft.com/.default offline_access";
    let code =
        post(&format!("{endpoint}/devicecode"), &[("client_id", &client), ("scope", scope_asked)]).await;
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let code = code["device_code"].as_str().unwrap();
    let redeemed = [("grant_type", grant), ("client_id", &client), ("device_code", code)];
    let granted = post(&format!("{endpoint}/token"), &redeemed).await;
    let refresh = granted["refresh_token"].as_str().unwrap();

    let variables = [("ARM_CLIENT_ID", client.as_str()), ("ARM_REFRESH_TOKEN", refresh)];
    let graph = Graph::connect(settings(&running, &running.url(), &variables), "signin-test").unwrap();
    let claims = graph.claims(&scope()).await.unwrap();
    assert_eq!(claims.acting, Acting::Delegated);
    assert_eq!(claims.grants("Policy.ReadWrite.MobilityManagement"), Some(true));
    assert!(claims.user.is_some_and(|user| user.contains('@')));
}

async fn post(url: &str, form: &[(&str, &str)]) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(url).body(body);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.send().await.unwrap().json().await.unwrap()
}

async fn refused(settings: Settings) -> String {
    let graph = Graph::connect(settings, "signin-test").unwrap();
    let error = graph.claims(&scope()).await.unwrap_err();
    format!("{error}\n{}", error.advice())
}
